package cache

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"reprise/artifacts"
)

func TestFailuresAndLogs(t *testing.T) {
	s := open(t, newPath(t))
	x := sample("stage.a", 1)
	if _, err := s.Failure(x.r.Key); !errors.Is(err, ErrMissing) {
		t.Errorf("failure of a key that never failed: %v", err)
	}
	want := Failure{Key: x.r.Key, Experiment: "e", Address: "stage.a", Run: "r1", Error: "boom", Time: time.Unix(5, 0).UTC()}
	if err := s.PutFailure(x.r.Key, want); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Failure(x.r.Key); err != nil || *got != want {
		t.Errorf("failure: %+v %v", got, err)
	}
	put(t, s, x)
	if _, err := s.Failure(x.r.Key); !errors.Is(err, ErrMissing) {
		t.Errorf("failure after a put: %v", err)
	}
	long := strings.Repeat("line\n", 2_000_000)
	for run, log := range map[string]string{"r1": "one\ntwo\n", "r2": long} {
		if err := s.PutLog(x.r.Key, run, []byte(log)); err != nil {
			t.Fatal(err)
		}
		from, got, err := s.Log(x.r.Key)
		if err != nil || from != run || !strings.HasSuffix(string(got), log[len(log)-8:]) || len(got) > logBytes+100 {
			t.Errorf("log: %q, %d bytes, %v", from, len(got), err)
		}
		if log != long && string(got) != log {
			t.Errorf("log: %q, put %q", got, log)
		}
	}
	if _, _, err := s.Log(KeyOf("none")); !errors.Is(err, ErrMissing) {
		t.Errorf("log of a task without: %v", err)
	}
}

func TestRuns(t *testing.T) {
	s := open(t, newPath(t))
	var put []*Run
	for i, id := range []string{"b", "a", "c"} {
		r := &Run{ID: id, Experiment: "e", Started: time.Unix(int64(100+i), 0).UTC(), Exit: i, Counts: map[string]int{"done": i},
			Command: []string{"reprise", "run"}, Variables: map[string]string{"rank": "2"},
			Tasks: []RunTask{{Address: "stage.a", Key: KeyOf(id), State: "done", Seconds: 1.5}}}
		put = append(put, r)
		if err := s.PutRun(r); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := s.Runs()
	if err != nil || len(runs) != 3 {
		t.Fatalf("runs: %v %v", runs, err)
	}
	for i, r := range runs {
		if r.ID != put[2-i].ID || r.Tasks != nil {
			t.Errorf("run %d: %+v", i, r)
		}
	}
	if r, err := s.RunByID("a"); err != nil || !reflect.DeepEqual(r, put[1]) {
		t.Errorf("run a: %+v %v", r, err)
	}
	if _, err := s.RunByID("d"); !errors.Is(err, ErrMissing) {
		t.Errorf("run d: %v", err)
	}
}

func TestFiles(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	id, d := IdentityOf(info), artifacts.DigestOf([]byte("x"))
	s.RememberFile(file, id, d, time.Now())
	if _, ok := s.FileDigest(file, id); ok {
		t.Error("the digest of a file that was just written is trusted")
	}
	later := time.Now().Add(time.Minute)
	s.RememberFile(file, id, d, later)
	for range 2 { // from memory, then from the file
		if got, ok := s.FileDigest(file, id); !ok || got != d {
			t.Errorf("digest %v %v", got, ok)
		}
		for i, change := range []func(*FileIdentity){
			func(f *FileIdentity) { f.Size++ }, func(f *FileIdentity) { f.ModTime++ }, func(f *FileIdentity) { f.ChangeTime++ },
			func(f *FileIdentity) { f.Inode++ }, func(f *FileIdentity) { f.Device++ },
		} {
			other := id
			change(&other)
			if _, ok := s.FileDigest(file, other); ok {
				t.Errorf("the digest of a changed file is trusted (%d)", i)
			}
		}
		s.Close()
		s = open(t, path)
	}
	r, err := OpenExisting(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.RememberFile("other", id, d, later)
	if _, ok := r.FileDigest("other", id); ok {
		t.Error("a store open for reading remembered a file")
	}
	if got, ok := r.FileDigest(file, id); !ok || got != d {
		t.Errorf("digest from a store open for reading: %v %v", got, ok)
	}
}

func TestKeyText(t *testing.T) {
	k := KeyOf("a")
	b, err := k.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back Key
	if err := back.UnmarshalText(b); err != nil || back != k || !strings.HasPrefix(k.String(), k.Short()) {
		t.Errorf("%v %v", back, err)
	}
	for _, bad := range []string{"", "abc", k.String() + "00", strings.Repeat("x", 64)} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%q was taken for a key", bad)
		}
	}
}
