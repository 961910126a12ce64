package runner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

func TestDatasets(t *testing.T) {
	l := newLab(t)
	l.folders = []string{filepath.Join(l.dir, "sets")}
	if err := os.Mkdir(l.folders[0], 0o777); err != nil {
		t.Fatal(err)
	}
	right := artifacts.DigestOf([]byte("right"))
	src := fmt.Sprintf(`
dataset "d" {
  url    = "file://%s/far/data.bin"
  sha256 = "%s"
}
stage "read" "file" { file = dataset.d }`, l.dir, right)
	missing := l.run(l.load(src), Options{})
	if missing.Exit != ExitFailed || !strings.Contains(missing.errors["stage.file"], "REPRISE_DATASETS") {
		t.Errorf("a dataset that is nowhere: %v", missing.errors)
	}
	l.write("sets/data.bin", "wrong")
	wrong := l.run(l.load(src), Options{})
	if say := wrong.errors["stage.file"]; !strings.Contains(say, right.String()) || !strings.Contains(say, artifacts.DigestOf([]byte("wrong")).String()) {
		t.Errorf("a dataset with the wrong content: %q", say)
	}
	l.write("sets/data.bin", "right")
	if got := l.run(l.load(src), Options{}); !slices.Equal(got.ran, []string{"read right"}) {
		t.Errorf("ran %q: %v", got.ran, got.errors)
	}
	// By address, into the download cache, from which it is read again.
	if err := os.RemoveAll(l.folders[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(l.dir, "far"), 0o777); err != nil {
		t.Fatal(err)
	}
	l.write("far/data.bin", "right")
	for range 2 {
		if got := l.run(l.load(src), Options{Rerun: []string{"file"}}); !slices.Equal(got.ran, []string{"read right"}) {
			t.Errorf("ran %q: %v", got.ran, got.errors)
		}
		if err := os.RemoveAll(filepath.Join(l.dir, "far")); err != nil {
			t.Fatal(err)
		}
	}
}

// server is a server of one dataset; what it does is up to the test.
func server(t *testing.T, serve http.HandlerFunc) (src string) {
	s := httptest.NewServer(serve)
	t.Cleanup(s.Close)
	return fmt.Sprintf(`
dataset "d" {
  url    = "%s/data.bin"
  sha256 = "%s"
}
stage "read" "file" {
  for_each = toset(["a", "b", "c"])
  file     = dataset.d
  label    = each.key
}`, s.URL, artifacts.DigestOf([]byte("right")))
}

// Tasks that need the same dataset fetch it once, and say how far they are; a
// download that was damaged on disk is fetched again.
func TestDownload(t *testing.T) {
	l := newLab(t)
	var fetched atomic.Int32
	src := server(t, func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		fmt.Fprint(w, "right")
	})
	told := 0
	got := l.run(l.load(src), Options{Jobs: 3, Watch: func(e Event) {
		if p, ok := e.(ProgressEvent); ok && p.Unit == "byte" && p.Done == 5 && p.Total == 5 {
			told++
		}
	}})
	if got.Exit != 0 || fetched.Load() != 1 || told == 0 {
		t.Errorf("%+v %v: fetched %d times, complete told %d times", got.SummaryEvent, got.errors, fetched.Load(), told)
	}
	cached := filepath.Join(l.files().Downloads, artifacts.DigestOf([]byte("right")).String())
	if err := os.WriteFile(cached, []byte("rigth"), 0o666); err != nil {
		t.Fatal(err)
	}
	got = l.run(l.load(src), Options{Rerun: []string{"file"}, Jobs: 1})
	if want := []string{"read right", "read right", "read right"}; !slices.Equal(got.ran, want) || fetched.Load() != 2 {
		t.Errorf("ran %q, fetched %d times", got.ran, fetched.Load())
	}
}

func TestDownloadFails(t *testing.T) {
	wait := func(r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	}
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		want  []string
	}{
		{"no answer", func(_ http.ResponseWriter, r *http.Request) { wait(r) }, []string{"timeout awaiting response headers"}},
		{"stalled", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "ri")
			w.(http.Flusher).Flush()
			wait(r)
		}, []string{"stopped: nothing came for 200ms"}},
		{"without end", func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				w.Write(make([]byte, 1000))
			}
		}, []string{"stopped: it is larger than 100B"}},
		{"too large", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1024") }, []string{"it has 1KiB, and at most 100B is fetched"}},
		{"not there", http.NotFound, []string{"404", "REPRISE_DATASETS"}},
		{"wrong", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "wrong") },
			[]string{artifacts.DigestOf([]byte("wrong")).String(), artifacts.DigestOf([]byte("right")).String()}},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "ri")
		}, []string{"stopped"}},
	} {
		l := newLab(t)
		l.limits = fetchLimits{200 * time.Millisecond, 200 * time.Millisecond, 100}
		got := l.run(l.load(server(t, c.serve)), Options{})
		say := got.errors[`stage.file["a"]`]
		for _, want := range c.want {
			if !strings.Contains(say, want) {
				t.Errorf("%s: %q does not say %q", c.name, say, want)
			}
		}
		left, err := os.ReadDir(l.files().Downloads)
		if got.Exit != ExitFailed || err != nil || len(left) > 0 {
			t.Errorf("%s: %+v, left behind %v (%v)", c.name, got.SummaryEvent, left, err)
		}
	}
}

// A server that does not answer does not hold up Ctrl-C.
func TestDownloadIsCancelled(t *testing.T) {
	l := newLab(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	src := server(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	got := l.runCtx(ctx, l.load(src), Options{Jobs: 1})
	if got.Exit != ExitInterrupted || got.states[`stage.file["a"]`] != Cancelled {
		t.Errorf("%+v %v", got.SummaryEvent, got.states)
	}
}

func TestHashIsCancelled(t *testing.T) {
	l := newLab(t)
	path := l.write("data.txt", "abc")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.files().hash(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("hashing went on: %v", err)
	}
}

// A dataset in a folder of the user's that changes while the task reads it
// makes a failed task, not a false result.
func TestDatasetChangesMeanwhile(t *testing.T) {
	l := newLab(t)
	l.folders = []string{l.dir}
	path := l.write("data.bin", "right")
	l.meanwhile = func() {
		if err := os.WriteFile(path, []byte("other"), 0o666); err != nil {
			t.Error(err)
		}
		now := time.Now() // whatever the clock of the file system, another time
		if err := os.Chtimes(path, now, now.Add(time.Second)); err != nil {
			t.Error(err)
		}
	}
	src := fmt.Sprintf(`
dataset "d" {
  url    = "file:///nowhere/data.bin"
  sha256 = "%s"
}
stage "read" "file" { file = dataset.d }`, artifacts.DigestOf([]byte("right")))
	got := l.run(l.load(src), Options{})
	if say := got.errors["stage.file"]; got.Exit != ExitFailed || !strings.Contains(say, "data.bin changed while the task ran") {
		t.Errorf("%+v: %q", got.SummaryEvent, say)
	}
}

// A file that is another while the task runs, and at its end what it was: nobody can
// tell which of them the task read.
func TestFileChangesBack(t *testing.T) {
	l := newLab(t)
	path, _ := l.settled("data.txt", "right")
	src := fmt.Sprintf("stage \"read\" \"file\" { file = %q }", path)
	l.meanwhile = func() {
		for _, text := range []string{"other", "right"} {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Error(err)
			}
		}
	}
	got := l.run(l.load(src), Options{})
	if say := got.errors["stage.file"]; got.Exit != ExitFailed || !strings.Contains(say, "data.txt changed while the task ran") {
		t.Errorf("%+v: %q", got.SummaryEvent, say)
	}
	l.meanwhile = nil
	if got := l.run(l.load(src), Options{}); got.Exit != ExitDone {
		t.Errorf("once more: %+v", got.errors)
	}
}

// A file that is another once it was read changes nothing for the task: its result is
// that of what it read, and the next run computes the other one.
func TestFileChangesWhenItWasRead(t *testing.T) {
	l := newLab(t)
	path := l.write("data.txt", "one")
	src := fmt.Sprintf("stage \"read\" \"file\" { file = %q }", path)
	l.afterwards = func() { l.write("data.txt", "three") }
	if got := l.run(l.load(src), Options{}); got.Exit != ExitDone || l.result("stage.file").Metrics["value"] != 3 {
		t.Errorf("%+v: %+v", got.SummaryEvent, got.errors)
	}
	l.afterwards = nil
	both := src + fmt.Sprintf("\nstage \"read\" \"later\" {\n  file = %q\n  label = \"${stage.file.metrics.value}\"\n}\n", path)
	l.write("data.txt", "one")
	l.store.Forget(l.result("stage.file").Key)
	l.afterwards = func() { l.write("data.txt", "three") }
	got := l.run(l.load(both), Options{Remember: func(*Remembered) { t.Error("a run with two contents of a file is remembered") }})
	if got.Exit != ExitDone || !slices.Equal(got.Mixed, []string{path}) || l.result("stage.file").Metrics["value"] != 3 || l.result("stage.later").Metrics["value"] != 5 {
		t.Errorf("a task before, a task after: %+v", got.SummaryEvent)
	}
	l.afterwards = nil
	if got := l.run(l.load(src), Options{}); len(got.Mixed) > 0 || got.Executed != 1 || l.result("stage.file").Metrics["value"] != 5 {
		t.Errorf("the other file: %+v", got.SummaryEvent)
	}
	l.write("data.txt", "one")
	if got := l.run(l.load(src), Options{}); got.Executed != 0 || l.result("stage.file").Metrics["value"] != 3 {
		t.Errorf("the first again: %+v", got.SummaryEvent)
	}
}

// Being done with an attribute is of its files alone, and of them as they are: what
// changed is refused however often it is asked.
func TestDoneReadingIsOfAnAttribute(t *testing.T) {
	l := newLab(t)
	files := l.files()
	o := &opened{files: files}
	for _, name := range []string{"one", "two"} {
		path := l.write(name, name)
		if err := o.note(spec.FileInput{Attribute: name, Path: path}, path, artifacts.DigestOf([]byte(name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.doneReading(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	l.write("one", "another")
	if err := o.unchanged(t.Context()); err != nil {
		t.Errorf("a file that was read counts still: %v", err)
	}
	if err := o.doneReading(t.Context(), "one"); err == nil {
		t.Error("read once more, another file is not noticed")
	}
	l.write("two", "another")
	for range 2 {
		if err := o.doneReading(t.Context(), "two"); err == nil {
			t.Error("another file is not noticed")
		}
	}
	if err := o.unchanged(t.Context()); err == nil {
		t.Error("a file that was refused does not count any more")
	}
}

// linked makes a link that leads to one of two settled files of the same size, and
// returns what turns it; ids are those of the files.
func (l *lab) linked(name string) (path string, turn func(to int), ids [2]cache.FileIdentity) {
	l.t.Helper()
	path = filepath.Join(l.dir, name)
	var to [2]string
	for i, text := range []string{"one", "two"} {
		to[i], ids[i] = l.settled(name+text, text)
	}
	turn = func(i int) {
		if err := errors.Join(os.Symlink(to[i], path+".new"), os.Rename(path+".new", path)); err != nil {
			l.t.Error(err)
		}
	}
	turn(0)
	return path, turn, ids
}

// A path that leads elsewhere for a moment, while a method opens it, changes nothing of
// the file that it led to before and after.
func TestPathLeadsElsewhereForAMoment(t *testing.T) {
	l := newLab(t)
	path, turn, _ := l.linked("link")
	o := &opened{files: l.files()}
	if err := o.note(spec.FileInput{Attribute: "file"}, path, artifacts.DigestOf([]byte("one"))); err != nil {
		t.Fatal(err)
	}
	turn(1)
	if r, err := o.open(path); err == nil {
		r.Close()
		t.Error("another file was opened")
	}
	turn(0)
	r, err := o.open(path)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := o.doneReading(t.Context(), "file"); err != nil {
		t.Error(err)
	}
	l.silently("linkone", "eno")
	l.silently("linkone", "one")
	if err := o.doneReading(t.Context(), "file"); err == nil || !strings.Contains(err.Error(), "was written while the task ran") {
		t.Errorf("written while it was read, and back: %v", err)
	}
}

// What is remembered of a file is of the one that was read, wherever its path leads
// before and after.
func TestDigestIsOfTheFileThatWasRead(t *testing.T) {
	l := newLab(t)
	path, turn, ids := l.linked("link")
	want := map[cache.FileIdentity]artifacts.Digest{ids[0]: artifacts.DigestOf([]byte("one")), ids[1]: artifacts.DigestOf([]byte("two"))}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i = 1 - i {
			select {
			case <-stop:
				return
			default:
				turn(i)
			}
		}
	}()
	defer func() {
		close(stop)
		<-stopped
	}()
	for range 3000 {
		seen, err := (&Files{Store: l.store, Rehash: true}).look(t.Context(), path)
		if err != nil || want[seen.id] != seen.digest {
			t.Fatalf("%v: %s is remembered of %+v", err, seen.digest, seen.id)
		}
	}
}

func TestWhatIsNoFile(t *testing.T) {
	l := newLab(t)
	for _, path := range []string{l.dir, filepath.Join(l.dir, "nowhere"), "/dev/null"} {
		if _, err := l.files().hash(context.Background(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
