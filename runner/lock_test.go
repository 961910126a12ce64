package runner

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/cache"
)

const two = `
stage "const" "one" { value = 1 }
stage "add" "sum" {
  of   = [stage.one]
  plus = 10
}`

// lockOf runs an experiment and locks it.
func (l *lab) lockOf(src string, flags ...string) *Lock {
	l.t.Helper()
	x := l.load(src, flags...)
	l.run(x, Options{})
	steps, _, err := Plan(l.t.Context(), x, l.store, l.files(), Options{Look: true})
	if err != nil {
		l.t.Fatal(err)
	}
	lock, err := NewLock(x, l.store, steps)
	if err != nil {
		l.t.Fatal(err)
	}
	return lock
}

// held runs an experiment with a lock and returns what was said of each address.
func (l *lab) held(lock *Lock, src string, o Options, flags ...string) (map[string]LockEvent, outcome) {
	l.t.Helper()
	said := map[string]LockEvent{}
	o.Locked = lock
	o.Watch = func(e Event) {
		if e, ok := e.(LockEvent); ok {
			said[e.Address] = e
		}
	}
	return said, l.run(l.load(src, flags...), o)
}

// A lock reads back as it was written, and comes out the same each time.
func TestLockFile(t *testing.T) {
	l := newLab(t)
	lock := l.lockOf(`variable "v" { default = 1 }`+two, "v=2")
	text, err := lock.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := l.write("x.lock.json", string(text))
	read, err := ReadLock(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read.Encode()
	if err != nil || string(again) != string(text) {
		t.Errorf("%v\n%s\nthen\n%s", err, text, again)
	}
	if !strings.Contains(string(text), "\n    \"v\": 2\n") || len(lock.Keys()) != 2 {
		t.Errorf("%s, %d keys", text, len(lock.Keys()))
	}
	if _, err := ReadLock(filepath.Join(l.dir, "none")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

func TestLockNeedsResults(t *testing.T) {
	l := newLab(t)
	x := l.load(two)
	steps, _, err := Plan(t.Context(), x, l.store, l.files(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewLock(x, l.store, steps); err == nil || !strings.Contains(err.Error(), "stage.one has no result") {
		t.Errorf("%v", err)
	}
}

// One result of another machine is marked; the others are of the lock's.
func TestLockOfSeveralMachines(t *testing.T) {
	l := newLab(t)
	lock := l.lockOf(two)
	r, err := l.store.Get(lock.Tasks["stage.sum"].Key)
	if err != nil {
		t.Fatal(err)
	}
	m, err := l.store.Manifest(r.Artifact)
	if err != nil {
		t.Fatal(err)
	}
	r.Arch, r.Experiment = "abacus/wood", "elsewhere"
	if err := l.store.Put(r, m, nil); err != nil {
		t.Fatal(err)
	}
	lock = l.lockOf(two + `
stage "const" "three" { value = 3 }`)
	if by := lock.Tasks["stage.sum"].MadeBy; by == nil || by.Arch != "abacus/wood" || lock.MadeBy.Arch == by.Arch || lock.Tasks["stage.one"].MadeBy != nil {
		t.Errorf("%+v, %v", lock.MadeBy, by)
	}
	if said, got := l.held(lock, two, Options{Only: []string{"sum"}}); got.Exit != ExitDone || said["stage.sum"].Verdict != LockSame {
		t.Errorf("%v %+v", said, got.SummaryEvent)
	}
}

func TestHeldToLock(t *testing.T) {
	l := newLab(t)
	lock := l.lockOf(two)
	said, got := l.held(lock, two, Options{})
	if got.Exit != ExitDone || len(said) != 2 || said["stage.sum"].By != ByDigests || said["stage.sum"].Verdict != LockSame {
		t.Fatalf("%v %+v", said, got.SummaryEvent)
	}
	// Code that gives the same is no difference; code that gives another result is.
	l.code = "2"
	said, got = l.held(lock, two, Options{})
	if got.Exit != ExitDone || said["stage.sum"].Message != "another key, the same result" {
		t.Errorf("%v %+v", said, got.SummaryEvent)
	}
	said, got = l.held(lock, strings.ReplaceAll(two, "10", "11"), Options{})
	if e := said["stage.sum"]; got.Exit != ExitCheck || got.LockDiffers != 1 || e.Verdict != LockDiffers || !strings.HasPrefix(e.Message, "metric value: 11 -> 12; table number: ") {
		t.Errorf("%v %+v", said, got.SummaryEvent)
	}
	// Missing and extra tasks, and those of no concern.
	other := strings.ReplaceAll(two, `"sum"`, `"total"`)
	said, got = l.held(lock, other, Options{})
	if got.LockDiffers != 2 || said["stage.total"].Message != "is not in the lock" || said["stage.sum"].Message != "is in the lock and not in the experiment" {
		t.Errorf("%v %+v", said, got.SummaryEvent)
	}
	if said, got = l.held(lock, other, Options{Only: []string{"one"}}); got.Exit != ExitDone || len(said) != 1 {
		t.Errorf("%v %+v", said, got.SummaryEvent)
	}
	// Variables and the name are told, and are no difference by themselves.
	lock.Experiment, lock.Variables = "another", map[string]json.RawMessage{"gone": json.RawMessage(`[1, 2]`)}
	said, got = l.held(lock, two, Options{})
	if got.Exit != ExitDone || said["var.gone"].Message != "[1,2] -> (default)" || said["x"].Verdict != LockNote {
		t.Errorf("%v %+v", said, got.SummaryEvent)
	}
	// A task that failed outranks a lock that differs.
	said, got = l.held(lock, two+`
stage "fail" "bad" { how = "error" }`, Options{KeepGoing: true})
	if got.Exit != ExitFailed || said["stage.bad"].Address != "" {
		t.Errorf("%v %+v", said, got.SummaryEvent)
	}
}

func digest(text string) artifacts.Digest { return artifacts.DigestOf([]byte(text)) }

func TestCompareLocked(t *testing.T) {
	here, there, newer := &Maker{"linux/amd64", "go1", "1"}, &Maker{"linux/arm64", "go1", "1"}, &Maker{"linux/amd64", "go2", "1"}
	task := func(by *Maker, artifact string, value float64) LockedTask {
		return LockedTask{Key: cache.KeyOf("k"), Artifact: digest(artifact), MadeBy: by, Metrics: map[string]float64{"v": value, "w": 1},
			Tables: map[string]artifacts.Digest{"t": digest(artifact)}, Files: map[string]artifacts.Digest{"f": digest("same")}}
	}
	without := func(t LockedTask, what string) LockedTask {
		switch what {
		case "metrics":
			t.Metrics = nil
		case "table":
			t.Tables = nil
		case "file":
			t.Files = nil
		case "metric":
			t.Metrics = map[string]float64{"w": 1}
		}
		return t
	}
	for _, c := range []struct {
		name          string
		old, now      LockedTask
		verdict, by   string
		message, less string
	}{
		{"the same", task(here, "a", 1), task(here, "a", 1), LockSame, ByDigests, "", ""},
		{"the same bytes elsewhere", task(here, "a", 1), task(there, "a", 1), LockSame, ByDigests, "", ""},
		{"other bytes here", task(here, "a", 1), task(here, "b", 1), LockDiffers, ByDigests, "table t: ", "metric"},
		{"another metric here", task(here, "a", 1), task(here, "b", 1+1e-15), LockDiffers, ByDigests, "metric v: 1 -> 1.000000000000001; table t: ", ""},
		{"rounding elsewhere", task(here, "a", 1), task(there, "b", 1+1e-7), LockSame, ByMetrics, "metrics within 1e-06 (linux/amd64 go1 against linux/arm64 go1)", ""},
		{"rounding with another toolchain", task(here, "a", 1), task(newer, "b", 1+1e-7), LockSame, ByMetrics, "go1 against linux/amd64 go2", ""},
		{"more than rounding", task(here, "a", 1), task(there, "b", 1+1e-5), LockDiffers, ByMetrics, "metric v: 1 -> 1.00001 (linux", ""},
		{"rounding about zero", task(here, "a", 0), task(there, "b", 1e-13), LockSame, ByMetrics, "", ""},
		{"no number", task(here, "a", 1), task(there, "b", math.NaN()), LockDiffers, ByMetrics, "metric v: 1 -> NaN", ""},
		{"infinite", task(here, "a", math.MaxFloat64), task(there, "b", math.Inf(1)), LockDiffers, ByMetrics, "-> +Inf", ""},
		{"a metric less", task(here, "a", 1), without(task(there, "b", 1), "metric"), LockDiffers, ByMetrics, "metric v: 1 -> (none)", ""},
		{"a metric more", without(task(here, "a", 1), "metric"), task(here, "b", 1), LockDiffers, ByDigests, "metric v: (none) -> 1", ""},
		{"a table less", task(here, "a", 1), without(task(there, "b", 1), "table"), LockDiffers, ByMetrics, "table t is gone", ""},
		{"a file more", without(task(here, "a", 1), "file"), task(there, "b", 1), LockDiffers, ByMetrics, "file f is new", ""},
		{"a file less here", task(here, "a", 1), without(task(here, "b", 1), "file"), LockDiffers, ByDigests, "-> (none)", ""},
		{"nothing to compare", without(task(here, "a", 1), "metrics"), without(task(there, "b", 1), "metrics"), LockNote, ByMetrics, "has no metrics", ""},
		{"only the digest", LockedTask{MadeBy: here, Artifact: digest("a")}, LockedTask{MadeBy: here, Artifact: digest("b")}, LockDiffers, ByDigests, "artifact: ", ""},
	} {
		e := compareLocked(c.old, c.now)
		if e.Verdict != c.verdict || e.By != c.by || !strings.Contains(e.Message, c.message) || c.less != "" && strings.Contains(e.Message, c.less) {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

func TestLockSince(t *testing.T) {
	l := newLab(t)
	old, now := l.lockOf(two), l.lockOf(strings.ReplaceAll(two, `"sum"`, `"total"`))
	if events := now.Since(nil); events == nil || len(events) != 0 {
		t.Errorf("%v", events)
	}
	now.Variables["v"] = json.RawMessage("1")
	events := now.Since(old)
	if len(events) != 3 || events[0].Message != "is gone" || events[1].Message != "is new" || events[2].Address != "var.v" {
		t.Errorf("%v", events)
	}
}

func TestBadLockFiles(t *testing.T) {
	l := newLab(t)
	good, err := l.lockOf(two).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"unexpected end of JSON": "",
		"newer reprise":          strings.Replace(string(good), `"reprise_lock": 1`, `"reprise_lock": 2`, 1),
		"does not say":           `{"tasks": {}}`,
		"has no tasks":           `{"reprise_lock": 1}`,
		"lacks its key":          `{"reprise_lock": 1, "tasks": {"stage.a": null}}`,
		"is not a key":           `{"reprise_lock": 1, "tasks": {"stage.a": {"key": "../.."}}}`,
		"would take for a":       strings.Replace(string(good), `"value": 1`, `"\u001b[2J": 1`, 1),
		"cannot unmarshal":       `{"reprise_lock": 1, "tasks": {"stage.a": {"metrics": {"v": "1"}}}}`,
	} {
		_, err := ReadLock(l.write("bad.json", text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "bad.json is no lock file") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// FuzzLock holds that a hostile lock is refused, or read and compared, and never
// more than that.
func FuzzLock(f *testing.F) {
	f.Add([]byte(`{"reprise_lock":1,"made_by":{"arch":"a"},"variables":{"v":null},"tasks":{"stage.a":{"key":"` + strings.Repeat("0a", 32) + `","artifact":"` + strings.Repeat("0b", 32) + `","metrics":{"v":1e308},"made_by":null}}}`))
	f.Add([]byte(`{"reprise_lock":1,"tasks":{"":null}}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseLock(b)
		if err != nil {
			return
		}
		for address := range l.Tasks {
			task, _ := l.task(address)
			if e := compareLocked(task, task); e.Verdict == LockDiffers {
				t.Errorf("%s differs from itself: %+v", address, e)
			}
		}
		text, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseLock(text)
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if events := again.Since(l); len(events) > 0 {
			t.Errorf("%v", events)
		}
	})
}
