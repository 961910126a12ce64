package cache

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/internal/soak"
)

// small is what the store has that is flipped byte by byte: of some buckets more
// than fits a page, so that it has branches.
func small() (xs []made) {
	for i := range 16 {
		xs = append(xs, sample(fmt.Sprintf("stage.a[%d]", i), float64(i), bytesOf(uint64(i), 50+i*20), bytesOf(99, 5000)))
	}
	return xs
}

func makeSmall(t *testing.T, path string) []byte {
	t.Helper()
	s := open(t, path)
	xs := small()
	for _, x := range xs {
		put(t, s, x)
	}
	_, err := s.Collect(Keep{Since: time.Now()}) // leaves free pages
	for _, err := range []error{err,
		s.PutRun(&Run{ID: "a", Experiment: "e", Tasks: []RunTask{{Address: "stage.a", Key: KeyOf("a")}}}),
		s.PutLog(xs[0].r.Key, "a", []byte("it said this")),
		s.PutFailure(KeyOf("b"), Failure{Key: KeyOf("b"), Error: "it failed"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// quickFolder is one in memory where the system has such: the test syncs often.
func quickFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "reprise")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// change is damage to a store's file: other bytes at a place.
type change struct {
	at int
	to []byte
}

// anyByte flips a bit of every byte.
func anyByte(whole []byte) (all []change) {
	r := rand.New(rand.NewPCG(5, 5))
	for at, b := range whole {
		all = append(all, change{at, []byte{b ^ byte(1<<r.IntN(8))}})
	}
	return all
}

// anyReference makes every reference of bbolt's branch pages lead to every page,
// the page itself and those above it among them.
func anyReference(whole []byte) (all []change) {
	size := os.Getpagesize()
	const header, element, branch = 16, 16, 1
	for page := 0; page+size <= len(whole); page += size {
		if binary.NativeEndian.Uint16(whole[page+8:]) != branch {
			continue
		}
		for i := range int(binary.NativeEndian.Uint16(whole[page+10:])) {
			for to := range len(whole)/size + 2 {
				all = append(all, change{page + header + i*element + 8, binary.NativeEndian.AppendUint64(nil, uint64(to))})
			}
		}
	}
	return all
}

var attacks = map[string]func(whole []byte) []change{"byte": anyByte, "reference": anyReference}

// TestAnyByte flips bytes anywhere in the file, structure and all. With the tag
// soak it is every byte.
func TestAnyByte(t *testing.T) { attack(t, "byte", soak.Count(300, 1<<30)) }

// TestAnyReference has pages lead to others than they should.
func TestAnyReference(t *testing.T) { attack(t, "reference", soak.Count(300, 1<<30)) }

// attack damages a store in up to so many ways, each in a copy: nothing but what
// was put may be read, and nothing may panic, or end the process, or never end.
// So another process tries, which says what it tries next.
func attack(t *testing.T, name string, most int) {
	dir := quickFolder(t)
	path := filepath.Join(dir, "whole.db")
	whole := makeSmall(t, path)
	all := attacks[name](whole)
	step := (len(all) + most - 1) / most
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	noticed, tried := 0, 0
	for next := rand.IntN(step); next < len(all); {
		c := exec.Command(exe)
		c.Env = append(os.Environ(), fmt.Sprintf("REPRISE_TEST_CHILD=attack %s %d %d %s", name, next, step, path))
		var failed bytes.Buffer
		c.Stderr = &failed
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		hung := time.AfterFunc(time.Minute, func() { c.Process.Signal(syscall.SIGQUIT) }) // it says where it is
		begun := next
		for in := bufio.NewScanner(out); in.Scan(); {
			hung.Reset(time.Minute)
			switch did, what, _ := strings.Cut(in.Text(), ": "); did {
			case "try":
				next, tried = next+step, tried+1
			case "noticed":
				noticed++
			case "wrong":
				t.Errorf("%v: %s", all[next-step], what)
			}
		}
		hung.Stop()
		if err := c.Wait(); err == nil {
			break
		}
		t.Errorf("%v ended the process: %.3000s", all[max(0, next-step)], failed.String())
		if next == begun {
			break
		}
	}
	t.Logf("%d of %d changes to %d bytes, %d noticed", tried, len(all), len(whole), noticed)
	if noticed == 0 || tried < len(all)/step {
		t.Error("it tested too little")
	}
}

// attacked tries changes in this process and says what came of each.
func attacked(do string) int {
	var name, path string
	var first, step int
	_, err := fmt.Sscan(do, &name, &first, &step, &path)
	whole, readErr := os.ReadFile(path)
	if err := errors.Join(err, readErr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	xs, all := small(), attacks[name](whole)
	spoiled := filepath.Join(filepath.Dir(path), "spoiled", "store.db")
	for i := first; i < len(all); i += step {
		fmt.Println("try:", i)
		b := bytes.Clone(whole)
		copy(b[all[i].at:], all[i].to)
		os.RemoveAll(filepath.Dir(spoiled))
		if err := errors.Join(os.MkdirAll(filepath.Dir(spoiled), 0o777), os.WriteFile(spoiled, b, 0o666)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		amiss, wrong := tryAll(spoiled, xs)
		if amiss {
			fmt.Println("noticed: so it was")
		}
		if wrong != "" {
			fmt.Println("wrong:", strings.ReplaceAll(wrong, "\n", " "))
		}
	}
	return 0
}

// tryAll does with a store what can be done, and compares what it gets; it tells
// whether anything was amiss, and what was wrong, which nothing may be.
func tryAll(path string, xs []made) (amiss bool, wrong string) {
	s, err := Open(path)
	if err != nil {
		return true, unclear(err)
	}
	defer s.Close()
	structure := false
	hit := func(err error) bool {
		if err != nil {
			amiss = true
			structure = structure || strings.Contains(err.Error(), "its structure")
			wrong += unclear(err)
		}
		return err != nil
	}
	readEach := func() (sound int) {
		for _, x := range xs {
			r, err := s.Get(x.r.Key)
			if hit(err) {
				continue
			}
			if r.KeyText != x.r.KeyText || r.Artifact != x.m.Digest() {
				wrong += fmt.Sprintf("a wrong result: %+v ", r)
			}
			m, err := s.Manifest(r.Artifact)
			if hit(err) {
				continue
			}
			if string(m.Text()) != string(x.m.Text()) {
				wrong += fmt.Sprintf("a wrong manifest: %s ", m.Text())
			}
			sound++
			for _, e := range m.Contents() {
				b, err := s.Read(e.Digest)
				if hit(err) {
					sound--
				} else if e.Digest != artifacts.DigestOf(b) {
					wrong += "a wrong content "
				}
			}
		}
		return sound
	}
	readEach()
	_, err = s.Runs()
	hit(err)
	_, err = s.Info()
	hit(err)
	for _, err := range s.Check() {
		hit(err)
	}
	if structure || !amiss {
		return amiss, wrong
	}
	return amiss, wrong + heal(s, xs, readEach)
}

// heal runs everything again, as tasks would be whose results are damaged, and drops
// what is damaged still. Then all is as it was, or bbolt's pages are damaged and it is
// said so.
func heal(s *Store, xs []made, readEach func() int) (wrong string) {
	var failed error
	for _, x := range xs {
		if failed = s.Forget(x.r.Key); failed == nil {
			failed = s.Put(x.r, x.m, x.content)
		}
		if failed != nil {
			break
		}
	}
	sound := readEach()
	pages := slices.ContainsFunc(s.Check(), func(err error) bool { return unclear(err) == "" })
	if sound < len(xs) && failed == nil && !pages {
		return fmt.Sprintf("%d of %d results are sound after all was put again", sound, len(xs))
	}
	if failed != nil || pages {
		return unclear(failed)
	}
	if _, err := s.Collect(Keep{}); err != nil {
		return "cannot drop what is damaged: " + err.Error()
	}
	if left := s.Check(); len(left) > 0 {
		return fmt.Sprintf("damaged still: %v", left)
	}
	return ""
}

// unclear complains of an error that does not say that the store is damaged.
func unclear(err error) string {
	if err == nil || isDamage(err) || strings.Contains(err.Error(), elsewhere) {
		return ""
	}
	return "an error that does not tell of damage: " + err.Error()
}
