package runner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// toyCount counts, does some arithmetic at each number, and keeps its state there.
type toyCount struct {
	To       int       `hcl:"to" doc:"The last number."`
	File     spec.File `hcl:"file,optional" doc:"Something to look at."`
	Deaf     bool      `hcl:"deaf,optional" doc:"Do not stop when told to."`
	ran      *ran
	counting func(ctx context.Context, number int) error
}

func (m *toyCount) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	counted, x := 0, 0.5
	if b := env.Restore(); b != nil {
		counted = int(binary.LittleEndian.Uint64(b))
		x = math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))
	}
	m.ran.add(fmt.Sprintf("count from %d", counted))
	for counted < m.To {
		counted++
		x = math.Sin(3*x + float64(counted))
		if m.counting != nil {
			if err := m.counting(ctx, counted); err != nil {
				return nil, err
			}
		}
		env.Checkpoint(func() ([]byte, error) {
			b := binary.LittleEndian.AppendUint64(nil, uint64(counted))
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(x)), nil
		})
		if err := ctx.Err(); err != nil && !m.Deaf {
			return nil, err
		}
	}
	return number(x), nil
}

const counts = `stage "count" "n" { to = 10 }`

// stop runs an experiment until the toy kind count is at a number.
func (l *lab) stop(src string, at int) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l.counting = func(_ context.Context, number int) error {
		if number == at {
			cancel()
		}
		return nil
	}
	if got := l.runCtx(ctx, l.load(src), Options{}); got.Exit != ExitInterrupted || got.states["stage.n"] != Cancelled {
		l.t.Fatalf("%+v %v", got.SummaryEvent, got.states)
	}
	l.counting = nil
}

// wantRan complains where other methods ran than these.
func (l *lab) wantRan(got outcome, want ...string) {
	l.t.Helper()
	if !slices.Equal(got.ran, want) {
		l.t.Errorf("ran %q, not %q; %v", got.ran, want, got.errors)
	}
}

func (l *lab) result(address string) *cache.Result {
	l.t.Helper()
	r, err := l.store.Latest("x", address)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// logOf is what the last run of the only task wrote.
func (l *lab) logOf(src string) string {
	l.t.Helper()
	_, log, err := l.store.Log(l.key(src))
	if err != nil && !errors.Is(err, cache.ErrMissing) {
		l.t.Fatal(err)
	}
	return string(log)
}

func (l *lab) key(src string) cache.Key {
	l.t.Helper()
	steps, _, err := Plan(context.Background(), l.load(src), l.store, l.files(), Options{})
	if err != nil {
		l.t.Fatal(err)
	}
	return steps[0].Key
}

// checkpoints are the files of them.
func (l *lab) checkpoints() []string {
	l.t.Helper()
	found, err := filepath.Glob(l.store.Path() + ".checkpoints/*")
	if err != nil {
		l.t.Fatal(err)
	}
	return found
}

// TestGoesOnFromACheckpoint holds that a stopped task goes on where it was, and
// gives the bytes of one that was never stopped.
func TestGoesOnFromACheckpoint(t *testing.T) {
	never := newLab(t)
	never.run(never.load(counts), Options{})
	whole := never.result("stage.n")
	if whole.Resumed || len(never.checkpoints()) != 0 {
		t.Errorf("never stopped: %+v, %q", whole, never.checkpoints())
	}

	l := newLab(t)
	l.stop(counts, 4)
	l.wantRan(l.run(l.load(`stage "count" "n" { to = 9 }`), Options{}), "count from 0") // another key
	l.store.Close()
	l.open()
	var told []ResumeEvent
	got := l.run(l.load(counts), Options{Watch: func(e Event) {
		if e, ok := e.(ResumeEvent); ok {
			told = append(told, e)
		}
	}})
	l.wantRan(got, "count from 4")
	if len(told) != 1 || told[0].Address != "stage.n" || told[0].Seconds > 60 {
		t.Errorf("it was told that it goes on: %+v", told)
	}
	if log := l.logOf(counts); !strings.HasPrefix(log, "goes on from a checkpoint of ") {
		t.Errorf("the log says %q", log)
	}
	if r := l.result("stage.n"); !r.Resumed || r.Artifact != whole.Artifact || r.Key != whole.Key {
		t.Errorf("%+v, and without a stop %+v", r, whole)
	}
	if left := l.checkpoints(); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
}

// TestResumedSecondsCountAll holds that a result knows how long it takes to make
// it again, for estimates and gc.
func TestResumedSecondsCountAll(t *testing.T) {
	l := newLab(t)
	l.stop(counts, 4)
	c, err := l.store.Checkpoint(l.key(counts))
	if err != nil {
		t.Fatal(err)
	}
	c.Seconds = 1000
	if err := l.store.PutCheckpoint(context.Background(), l.key(counts), *c); err != nil {
		t.Fatal(err)
	}
	l.stop(counts, 6)
	l.wantRan(l.run(l.load(counts), Options{}), "count from 6")
	if r := l.result("stage.n"); r.Seconds < 1000 || r.Seconds > 1100 {
		t.Errorf("it took %g s", r.Seconds)
	}
}

func TestDamagedCheckpointIsNotUsed(t *testing.T) {
	l := newLab(t)
	l.stop(counts, 4)
	path := l.checkpoints()[0]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-3] ^= 1
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	l.wantRan(l.run(l.load(counts), Options{}), "count from 0")
	if log := l.logOf(counts); !strings.Contains(log, "starts anew") || !strings.Contains(log, cache.ErrCorrupt.Error()) {
		t.Errorf("the log says %q", log)
	}
	if l.result("stage.n").Resumed {
		t.Error("the result says that it went on")
	}
}

func TestRetryGoesOnAfterTimeout(t *testing.T) {
	l := newLab(t)
	hung := false
	l.counting = func(ctx context.Context, number int) error {
		if number == 3 && !hung {
			hung = true
			<-ctx.Done()
		}
		return nil
	}
	const src = `
stage "count" "n" {
  to      = 10
  timeout = "500ms"
  retries = 1
}`
	l.wantRan(l.run(l.load(src), Options{}), "count from 0", "count from 3")
	if !l.result("stage.n").Resumed {
		t.Error("the result does not say that it went on")
	}
	hung = false
	once := strings.NewReplacer("retries = 1", "", "10", "11").Replace(src)
	if got := l.run(l.load(once), Options{}); got.Failed != 1 {
		t.Errorf("%+v", got.SummaryEvent)
	}
	l.wantRan(l.run(l.load(once), Options{}), "count from 3")
}

func TestFailureStartsAnew(t *testing.T) {
	for how, err := range map[string]error{"fails": errors.New("as asked"), "panics": nil} {
		t.Run(how, func(t *testing.T) {
			l := newLab(t)
			l.stop(counts, 4)
			l.counting = func(_ context.Context, number int) error {
				if number == 6 && err == nil {
					panic("as asked")
				}
				if number == 6 {
					return err
				}
				return nil
			}
			l.wantRan(l.run(l.load(`
stage "count" "n" {
  to      = 10
  retries = 1
}`), Options{}), "count from 0", "count from 4")
			l.counting = nil
			l.wantRan(l.run(l.load(counts), Options{}), "count from 0")
		})
	}
}

func TestAskedAgainStartsAnew(t *testing.T) {
	l := newLab(t)
	l.stop(counts, 4)
	l.wantRan(l.run(l.load(counts), Options{Rerun: []string{"n"}}), "count from 0")

	const uncached = `
stage "count" "n" {
  to    = 9
  cache = false
}`
	l.stop(uncached, 4)
	l.wantRan(l.run(l.load(uncached), Options{}), "count from 0")

	// A verification neither uses a checkpoint nor makes or deletes one.
	planted := cache.Checkpoint{State: make([]byte, 16), Seconds: 1}
	planted.State[0] = 5
	if err := l.store.PutCheckpoint(context.Background(), l.key(counts), planted); err != nil {
		t.Fatal(err)
	}
	l.ran.take()
	found, err := Verify(context.Background(), l.load(counts), l.store, l.files(), Options{}, true)
	if ran := l.ran.take(); err != nil || found[0].Verdict != VerifiedSame || !slices.Equal(ran, []string{"count from 0", "count from 0"}) {
		t.Errorf("verification: %+v, %v; ran %q", found, err, ran)
	}
	if c, err := l.store.Checkpoint(l.key(counts)); err != nil || !bytes.Equal(c.State, planted.State) {
		t.Errorf("after the verification: %+v, %v", c, err)
	}
}

// TestCheckpointsThatCannotBeKept holds that a task does without.
func TestCheckpointsThatCannotBeKept(t *testing.T) {
	l := newLab(t)
	l.write(".reprise/store.db.checkpoints", "no folder")
	hung := 0
	l.counting = func(ctx context.Context, number int) error {
		if hung++; hung == 3 {
			<-ctx.Done() // now each call is due
		}
		return nil
	}
	const src = `
stage "count" "n" {
  to      = 5
  timeout = "500ms"
  retries = 1
}`
	got := l.run(l.load(src), Options{})
	l.wantRan(got, "count from 0", "count from 0")
	if log := l.logOf(src); got.Executed != 1 || strings.Count(log, "no checkpoint can be kept: ") != 1 {
		t.Errorf("%+v; the log says %q", got.SummaryEvent, log)
	}
}

// TestCheckpointOfChangedFile holds that no state is kept under a key whose file
// is another by now.
func TestCheckpointOfChangedFile(t *testing.T) {
	l := newLab(t)
	const src = `
stage "count" "n" {
  to   = 10
  file = "data.txt"
}`
	l.write("data.txt", "right")
	ctx, cancel := context.WithCancel(context.Background())
	l.counting = func(_ context.Context, number int) error {
		if number == 4 {
			l.write("data.txt", "wrong")
			cancel()
		}
		return nil
	}
	l.runCtx(ctx, l.load(src), Options{})
	l.counting = nil
	l.ran.take()
	l.write("data.txt", "right")
	l.wantRan(l.run(l.load(src), Options{}), "count from 0")
}

// TestLeftBehindKeepsNothing holds that a method that goes on after its task has
// ended keeps no checkpoint then.
func TestLeftBehindKeepsNothing(t *testing.T) {
	l := newLab(t)
	ctx, cancel := context.WithCancel(context.Background())
	free, passed := make(chan bool), make(chan bool)
	l.counting = func(_ context.Context, number int) error {
		switch number {
		case 3:
			cancel()
			<-free
		case 4:
			close(passed)
			return errors.New("enough")
		}
		return nil
	}
	l.runCtx(ctx, l.load(`
stage "count" "n" {
  to   = 10
  deaf = true
}`), Options{})
	close(free)
	<-passed
	if left := l.checkpoints(); len(left) != 0 {
		t.Errorf("kept %q", left)
	}
}

// TestWhenCheckpointsAreDue looks at an attempt's first minutes: states are
// asked for every few seconds, and more rarely where they take long.
func TestWhenCheckpointsAreDue(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct {
		takes   time.Duration // to make a state
		between time.Duration // checkpoints
	}{{0, checkpointEvery}, {time.Second, checkpointShare * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			e := &execution{site: &site{store: l.store, o: Options{Watch: func(Event) {}}}, keeps: true,
				step: &Step{Key: cache.KeyOf(c.takes.String()), Task: &spec.Task{}, resolved: &spec.Resolved{}}}
			s := e.saver(context.Background(), &taskLog{})
			defer s.end()
			asked := 0
			const long = 5 * time.Minute
			for began := time.Now(); time.Since(began) < long; time.Sleep(100 * time.Millisecond) {
				s.save(func() ([]byte, error) {
					asked++
					time.Sleep(c.takes)
					return []byte("state"), nil
				})
			}
			if want := int(long / (c.between + c.takes)); asked < want*9/10 || asked > want+1 {
				t.Errorf("a state that takes %s is asked for %d times in %s, not %d", c.takes, asked, long, want)
			}
		})
	}
}
