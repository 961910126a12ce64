package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"reprise/internal/soak"
)

// TestSizes keeps files of a byte, of a MiB and of many, and a table of a million
// rows, through programs: made, stored, read by another program, verified, exported.
// What comes out is what went in. It says how much memory each command took: the
// most that was its own, and that of the kernel's for files not counted.
func TestSizes(t *testing.T) {
	dir := t.TempDir()
	const source = `
variable "bytes" { type = number }
stage "exec" "make" {
  command = ["sh", "-c", "yes reprise | head -c ${var.bytes} > file.bin"]
  outputs = { file = "file.bin" }
}
stage "exec" "pass" {
  command = ["sh", "-c", "cp \"$REPRISE_INPUT_made/files/file.bin\" out.bin"]
  inputs  = { made = stage.make }
  outputs = { out = "out.bin" }
}`
	file := filepath.Join(dir, "x.hcl")
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	does := func(args ...string) string { return measured(t, dir, args...) }
	for _, size := range []int64{1, 1 << 20, int64(soak.Count(40<<20, 3<<30))} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			bytes := "bytes=" + strconv.FormatInt(size, 10)
			does("run", "x.hcl", "--var", bytes)
			if out := does("export", "x.hcl", "pass", "out.bin", "--to", "copy.bin", "--var", bytes); !strings.HasPrefix(out, yes(t, size)) {
				t.Errorf("%s was written, and not what was made", out)
			}
			does("verify")
		})
	}
}

// TestMillionRows keeps a table of a million rows as TestSizes keeps files.
func TestMillionRows(t *testing.T) {
	dir := t.TempDir()
	const source = `
stage "exec" "rows" {
  command = ["sh", "-c", "{ echo n,half,word; seq 1000000 | awk '{ printf \"%d,%.1f,w%d\\n\", $1, $1 % 1000 + 0.5, $1 % 7 }'; } > rows.csv"]
  outputs = { rows = "rows.csv" }
}
stage "exec" "count" {
  command = ["sh", "-c", "wc -l < \"$REPRISE_INPUT_rows/rows.csv\" > n.txt"]
  inputs  = { rows = stage.rows }
  format  = "csv"
  outputs = { n = "n.txt" }
}`
	if err := os.WriteFile(filepath.Join(dir, "x.hcl"), []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	fmt.Fprintln(&want, "n,half,word")
	for i := range 1_000_000 {
		fmt.Fprintf(&want, "%d,%.1f,w%d\n", i+1, float64((i+1)%1000)+.5, (i+1)%7)
	}
	digest := sha256.Sum256(want.Bytes())
	measured(t, dir, "run", "x.hcl")
	if out := measured(t, dir, "export", "x.hcl", "rows", "--to", "copy.csv"); !strings.HasPrefix(out, hex.EncodeToString(digest[:])) {
		t.Errorf("%s was written, and not what was made", out)
	}
	if out := measured(t, dir, "export", "x.hcl", "count", "--to", "/dev/stdout"); strings.TrimSpace(out) != "1000001" {
		t.Errorf("%s lines", out)
	}
	measured(t, dir, "show", "x.hcl", "rows", "rows")
	measured(t, dir, "verify")
}

// measured runs a command and says the most memory that it had for itself.
func measured(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("reprise-builtin", args...)
	c.Dir, c.Env = dir, append(os.Environ(), "REPRISE_STORE="+filepath.Join(dir, "store.db"))
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	most, over, watched := 0, make(chan bool), make(chan bool)
	go func() {
		defer close(watched)
		for {
			most = max(most, ownMemory(c.Process.Pid))
			select {
			case <-over:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	err := c.Wait()
	close(over)
	<-watched
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, errs.String())
	}
	t.Logf("%-8s at most %4d MiB of its own", args[0], most>>10)
	if most>>10 > mostMiB {
		t.Errorf("%q had %d MiB of its own, of %d that it may", args, most>>10, mostMiB)
	}
	return out.String()
}

// mostMiB bounds what a command has for itself here: a file of 3 GiB is in nobody's
// memory, and a table of a million rows several times.
const mostMiB = 768

// ownMemory is a process's resident memory in KiB, without pages of files; 0 where
// the system does not tell.
func ownMemory(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(b), "RssAnon:")
	kib := 0
	fmt.Sscan(after, &kib)
	return kib
}

// yes is the digest of so many bytes of what yes says.
func yes(t *testing.T, size int64) string {
	h := sha256.New()
	line := []byte(strings.Repeat("reprise\n", 1<<13))
	for left := size; left > 0; left -= int64(len(line)) {
		if _, err := io.Copy(h, bytes.NewReader(line[:min(left, int64(len(line)))])); err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
