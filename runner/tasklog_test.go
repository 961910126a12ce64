package runner

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reprise/cache"
)

func TestTaskLog(t *testing.T) {
	l := &taskLog{}
	line := []byte("a line of sixteen.\n")
	total := 0
	for total < 3*keptLog {
		n, err := l.Write(line)
		if err != nil || n != len(line) {
			t.Fatal(n, err)
		}
		total += n
	}
	if l.Len() != total {
		t.Errorf("%d bytes, not %d", l.Len(), total)
	}
	for _, limit := range []int{100, keptLog} {
		text := l.Text(limit)
		first, end, ok := bytes.Cut(text, fmt.Appendf(nil, "\n[%d bytes are left out here]\n", total-limit))
		if !ok || len(first) != limit/4 || len(first)+len(end) != limit || !bytes.HasPrefix(first, line) || !bytes.HasSuffix(end, line) {
			t.Errorf("%d and %d bytes: %.100q", len(first), len(end), text)
		}
	}
	if cap(l.head)+cap(l.tail) > 5*keptLog {
		t.Errorf("the log holds %d bytes", cap(l.head)+cap(l.tail))
	}
	for _, n := range []int{3, keptLog / 4, keptLog/4 + 1, keptLog} {
		short := &taskLog{}
		short.Write(bytes.Repeat([]byte("x"), n))
		if got := short.Text(keptLog); len(got) != n || bytes.Contains(got, []byte("[")) {
			t.Errorf("%d bytes of %d", len(got), n)
		}
	}
}

// TestLogWhileRunning reads what was written so far, and nothing after the end.
func TestLogWhileRunning(t *testing.T) {
	l := &taskLog{}
	kept := make(chan string, 10)
	stop := l.keepWhile(func(text []byte) error { kept <- string(text); return nil })
	fmt.Fprint(l, "so far")
	if got := <-kept; got != "so far" {
		t.Errorf("%q", got)
	}
	stop()
	fmt.Fprint(l, "more")
	select {
	case got := <-kept:
		t.Errorf("%q was kept after the end", got)
	default:
	}
}

func TestLeftovers(t *testing.T) {
	lab := newLab(t)
	f := lab.files()
	f.Scratch, f.Downloads = t.TempDir(), t.TempDir()
	dead, err := cache.Open(lab.store.Path())
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	var want []string
	for _, owner := range []string{dead.Owner(), lab.store.Owner()} {
		folder := filepath.Join(f.Scratch, "task-"+owner+"-12")
		part := filepath.Join(f.Downloads, "part-"+owner+"-34")
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{filepath.Join(folder, "x"), part, filepath.Join(f.Downloads, strings.Repeat("ab", 32))} {
			if err := os.WriteFile(path, make([]byte, 100), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if owner == dead.Owner() {
			want = append(want, folder, part)
		}
	}
	got, err := f.Leftovers()
	if err != nil || len(got) != 2 {
		t.Fatalf("%v %v, want %v", got, err, want)
	}
	for _, one := range got {
		if (one.Path != want[0] && one.Path != want[1]) || one.Bytes != 100 {
			t.Errorf("%v, want %v", got, want)
		}
	}
	f.Scratch = filepath.Join(f.Scratch, "none")
	if _, err := f.Leftovers(); err != nil {
		t.Error(err)
	}
}

func TestTagAndRecord(t *testing.T) {
	l := newLab(t)
	x := l.load(`stage "const" "one" { value = 1 }`)
	l.run(x, Options{Tag: "v1"})
	r, err := l.store.FindRun("v1", "")
	if err != nil || r.Tag != "v1" || len(r.Tasks) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	res, err := l.store.Get(r.Tasks[0].Key)
	if err != nil || res.Artifact != r.Tasks[0].Artifact {
		t.Errorf("%+v %v", res, err)
	}
	if roots, err := l.store.Roots(); err != nil || len(roots) != 1 || roots[0].Name != cache.TagRoot("v1") || len(roots[0].Keys) != 1 {
		t.Errorf("%+v %v", roots, err)
	}
}
