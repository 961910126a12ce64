package runner

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"reprise/cache"
)

// damage flips a byte of the first table that a task gave, wherever it lies in
// the file.
func (l *lab) damage(experiment, address string) {
	l.t.Helper()
	content := l.content(experiment, address)
	l.store.Close()
	l.flip(content)
	l.open()
}

// flip changes these bytes wherever they lie in the store's file.
func (l *lab) flip(content []byte) {
	l.t.Helper()
	file, err := os.ReadFile(l.store.Path())
	if err != nil {
		l.t.Fatal(err)
	}
	f, err := os.OpenFile(l.store.Path(), os.O_RDWR, 0)
	if err != nil {
		l.t.Fatal(err)
	}
	defer f.Close()
	flipped := 0
	for at := 0; ; flipped++ {
		i := bytes.Index(file[at:], content)
		if i < 0 {
			break
		}
		middle := at + i + len(content)/2
		if _, err := f.WriteAt([]byte{file[middle] ^ 1}, int64(middle)); err != nil {
			l.t.Fatal(err)
		}
		at += i + 1
	}
	if flipped == 0 {
		l.t.Fatal("the table's bytes are not in the file")
	}
}

func (l *lab) content(experiment, address string) []byte {
	l.t.Helper()
	r, err := l.store.Latest(experiment, address)
	if err != nil {
		l.t.Fatal(err)
	}
	m, err := l.store.Manifest(r.Artifact)
	if err != nil {
		l.t.Fatal(err)
	}
	b, err := l.store.Read(m.Tables[0].Digest)
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

// TestDamageIsHealed flips a byte of a stored table; the task that needs it
// makes the one that gave it run again.
func TestDamageIsHealed(t *testing.T) {
	l := newLab(t)
	x := l.load(chain)
	l.run(x, Options{})
	l.damage(x.Name, "stage.down")
	l.code = "2" // so that the last stage runs, and reads what is damaged
	got := l.run(l.load(chain), Options{})
	if got.Exit != 0 || !slices.Contains(got.ran, "floor 3.5") || got.states["stage.last"] != Done {
		t.Errorf("ran %q: %+v %v", got.ran, got.SummaryEvent, got.errors)
	}
	if again := l.run(l.load(chain), Options{}); again.Executed != 0 {
		t.Errorf("after healing, %q ran", again.ran)
	}
}

const fan = `
stage "const" "one" { value = 1 }
stage "add" "sums" {
  for_each = { for i in range(6) : "i=${i}" => i }
  of       = [stage.one]
  plus     = each.value
}
stage "add" "all" { of = stage.sums[*] }`

// Several tasks that need what is damaged wait until it is whole, however many
// of them run at once, and its metrics are told once.
func TestDamageBehindManyTasks(t *testing.T) {
	for _, jobs := range []int{1, 4} {
		l := newLab(t)
		x := l.load(fan)
		l.run(x, Options{})
		l.damage(x.Name, "stage.one")
		l.code = "2"
		told := 0
		got := l.run(l.load(fan), Options{Jobs: jobs, Watch: func(e Event) {
			if m, ok := e.(MetricEvent); ok && m.Address == "stage.one" {
				told++
			}
		}})
		if want := []string{"add 1", "add 2", "add 21", "add 3", "add 4", "add 5", "add 6", "const 1"}; !slices.Equal(got.ran, want) {
			t.Errorf("%d jobs: ran %q: %v", jobs, got.ran, got.errors)
		}
		if got.Exit != 0 || got.Executed != 8 || told != 1 {
			t.Errorf("%d jobs: %+v, metrics told %d times", jobs, got.SummaryEvent, told)
		}
	}
}

// TestDamageOfTwo damages bytes that two results have, of which one alone is read:
// both are healed.
func TestDamageOfTwo(t *testing.T) {
	const src = `
stage "const" "one" { value = 1 }
stage "floor" "same" { of = stage.one }
stage "read" "file" { file = "file.txt" }
stage "add" "sum" {
  of   = [stage.one, stage.file]
  plus = stage.same.metrics.value
}
`
	l := newLab(t)
	l.write("file.txt", "four")
	l.run(l.load(src), Options{})
	l.damage("x", "stage.one")
	l.write("file.txt", "other")
	got := l.run(l.load(src), Options{})
	if got.Exit != ExitDone || !slices.Contains(got.ran, "const 1") || got.states["stage.sum"] != Done {
		t.Errorf("ran %q: %+v %v", got.ran, got.SummaryEvent, got.errors)
	}
	if again := l.run(l.load(src), Options{}); len(again.ran) > 0 {
		t.Errorf("after healing, %q ran", again.ran)
	}
}

// What is damaged again after it was healed is not healed for ever.
func TestHealingEnds(t *testing.T) {
	l := newLab(t)
	x := l.load(chain)
	l.run(x, Options{})
	content := l.content(x.Name, "stage.down")
	l.damage(x.Name, "stage.down")
	l.code = "2"
	healed := 0
	got := l.run(l.load(chain), Options{Watch: func(e Event) {
		if task, ok := e.(TaskEvent); ok && task.Address == "stage.down" && task.State == Done && healed < 20 {
			healed++
			l.flip(content)
		}
	}})
	if healed != 1 || got.Exit != ExitFailed || !strings.Contains(got.errors["stage.last"], "stage.down was damaged, and is again after stage.down ran again") {
		t.Errorf("healed %d times: %+v %q", healed, got.SummaryEvent, got.errors)
	}
	if again := l.run(l.load(chain), Options{}); again.Exit != 0 {
		t.Errorf("another run does not heal it: %q", again.errors)
	}
}

// What reprise show advises where a table is damaged.
func TestRerunHeals(t *testing.T) {
	l := newLab(t)
	x := l.load(fan)
	l.run(x, Options{})
	l.damage(x.Name, "stage.all")
	if errs := l.store.Check(); len(errs) == 0 {
		t.Fatal("the damage does not show")
	}
	if got := l.run(x, Options{Rerun: []string{"all"}}); got.Executed != 1 || got.Exit != 0 {
		t.Fatalf("%+v %v", got.SummaryEvent, got.errors)
	}
	l.content(x.Name, "stage.all")
}

// A task that runs all the same keeps its sound result until it has another.
func TestRerunThatFailsLosesNothing(t *testing.T) {
	l := newLab(t)
	path := l.write("data.txt", "abc")
	const src = `stage "read" "file" { file = "./data.txt" }`
	x := l.load(src)
	first := l.run(x, Options{})
	key := cache.Key{}
	got := l.run(x, Options{Rerun: []string{"file"}, Watch: func(e Event) {
		if task, ok := e.(TaskEvent); ok && task.State == Started {
			var err error
			if key, err = cache.ParseKey(task.Key); err != nil {
				t.Error(err)
			}
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	}})
	if first.Executed != 1 || got.Exit != ExitFailed {
		t.Fatalf("%+v, then %+v", first.SummaryEvent, got.SummaryEvent)
	}
	if _, err := l.store.Get(key); err != nil {
		t.Error(err)
	}
}
