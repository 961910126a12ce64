package runner

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// A run that ends with every task in place leaves a remembered plan: the keys
// that reading the experiment and resolving its tasks came to, with all that
// they were made from. Where the next run finds all of that as it was, it need
// not read the experiment to know that nothing is to run:
//
//	the program, the command line, the folder, the variables  in the key of the plan
//	the experiment's files, modules, files of functions       Reads: their bytes, read again
//	files that tasks take                                      Files: their digests, as a run finds them
//	results                                                    the store's records, each looked up and unsealed
//
// Whatever differs, is damaged or gone makes it no more than a file that was
// read: the run takes place. Nothing is remembered of a run that depends on
// more: tasks with cache = false, programs that are asked for their versions, a lock, a part of the experiment.
type Remembered struct {
	Experiment string
	Variables  map[string]string
	Given      []string
	Checks     int // which passed
	Reads      []spec.Question
	Files      map[string]artifacts.Digest
	Shown      []byte `json:"-"` // what a run shows in which all is cached; the caller's
	tasks      []standing
}

// standing is a task with its result.
type standing struct {
	cache.Standing
	artifact artifacts.Digest
	seconds  float64
}

// PlanKey is the key under which the plan of a run is remembered: of the program
// and all that its user gave to it. shown is what the form of Shown depends on.
// Without ok there is none.
func PlanKey(path string, given spec.Values, shown string) (key cache.Key, ok bool) {
	program, ok := programIdentity()
	here, err := os.Getwd()
	if !ok || err != nil {
		return key, false
	}
	return cache.KeyOf(fmt.Sprintf("plan 1\n%v\n%q\n%q\n%q\n%q\n%q\n%q\n", program, here, path, given.Flags, given.Files, given.EnvironmentOf(), shown)), true
}

// programIdentity is what tells this program from any other build of it. One that
// was written just now has none: another could be put in its place unnoticed.
func programIdentity() (id cache.FileIdentity, ok bool) {
	path := "/proc/self/exe" // the very file that runs, where the name has another by now
	if runtime.GOOS != "linux" {
		var err error
		if path, err = os.Executable(); err != nil {
			return id, false
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return id, false
	}
	id = cache.IdentityOf(info)
	return id, id.Settled(time.Now())
}

// remembered is what the run leaves; nil where the next must take place.
func (r *run) remembered(sum SummaryEvent) *Remembered {
	if sum.Exit != ExitDone || len(r.o.Only) > 0 || r.o.Locked != nil || sum.Cached+sum.Executed != len(r.tasks) || r.remarked {
		return nil
	}
	m := &Remembered{Experiment: r.x.Name, Variables: r.x.Variables(), Given: slices.Sorted(maps.Keys(r.x.Given())), Checks: sum.ChecksPassed, Files: map[string]artifacts.Digest{}}
	for _, t := range r.tasks {
		s, res := r.steps[t], r.results[t]
		if !t.Cache || s.resolved == nil {
			return nil
		}
		if p, probes := s.resolved.Method.(spec.Prober); probes && slices.ContainsFunc(p.Probes(), func(p spec.Probe) bool { return !p.Inside }) {
			return nil
		}
		for _, f := range s.resolved.Files {
			d := s.files[f.Label()]
			if before, known := m.Files[f.Path]; f.Dataset == nil && known && before != d {
				return nil // it changed while others were planned
			}
			if f.Dataset == nil {
				m.Files[f.Path] = d
			}
		}
		m.tasks = append(m.tasks, standing{cache.Standing{Address: t.Address, Key: s.Key, Seal: res.Seal}, res.Artifact, res.Seconds})
	}
	var sure bool
	if m.Reads, sure = r.x.Reads(); !sure {
		return nil
	}
	return m
}

// Tasks are the addresses of the tasks and the seconds that their results took.
func (m *Remembered) Tasks() iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for _, t := range m.tasks {
			if !yield(t.Address, t.seconds) {
				return
			}
		}
	}
}

// Keys are those of the results of all tasks.
func (m *Remembered) Keys() []cache.Key {
	keys := make([]cache.Key, len(m.tasks))
	for i, t := range m.tasks {
		keys[i] = t.Key
	}
	return keys
}

// Holds tells whether what the experiment was read from is as it was.
func (m *Remembered) Holds() bool { return spec.SameReads(m.Reads) }

// Recall is Run where nothing changed since a plan that [Remembered.Holds]: it
// records a run in which all is cached. Without ok there is no such run, and Run
// must take place. The events of tasks are not told.
func Recall(ctx context.Context, m *Remembered, store *cache.Store, files *Files, o Options) (sum SummaryEvent, ok bool, err error) {
	began := time.Now()
	defer files.hashAhead(ctx, slices.Collect(maps.Keys(m.Files)), o.jobs())()
	for path, d := range m.Files {
		if now, err := files.awaited(ctx, path); err != nil || now != d {
			return sum, false, nil
		}
	}
	all := make([]cache.Standing, len(m.tasks))
	record := make([]cache.RunTask, len(m.tasks))
	for i, t := range m.tasks {
		all[i] = t.Standing
		record[i] = cache.RunTask{Address: t.Address, Key: t.Key, State: Cached, Seconds: t.seconds, Artifact: t.artifact}
	}
	if same, err := store.Stand(m.Experiment, all); err != nil || !same || ctx.Err() != nil {
		return sum, false, nil // a fault shows again when the run takes place
	}
	sum = SummaryEvent{Type: "summary", Run: newRunID(began), Cached: len(all), ChecksPassed: m.Checks}
	sum.Seconds = time.Since(began).Seconds()
	err = store.PutRun(&cache.Run{ID: sum.Run, Experiment: m.Experiment, Started: began, Finished: time.Now(), Seconds: sum.Seconds,
		Counts: map[string]int{Cached: len(all)}, Command: o.Command, Variables: m.Variables, Given: m.Given, Tasks: record})
	if err != nil {
		sum.Exit, err = ExitFailed, unrecorded(sum.Run, err)
	}
	return sum, true, err
}

func newRunID(at time.Time) string {
	return fmt.Sprintf("%s-%04x", at.UTC().Format("20060102T150405Z"), rand.Uint32()&0xffff)
}

func unrecorded(run string, err error) error {
	return fmt.Errorf("the record of run %s cannot be written: %w", run, err)
}

// Encode writes the plan: all but tasks as a line of JSON, the tasks in turn with
// their addresses' lengths, and what is shown.
func (m *Remembered) Encode() ([]byte, error) {
	head, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	b := append(head, '\n')
	b = binary.AppendUvarint(b, uint64(len(m.tasks)))
	for _, t := range m.tasks {
		b = binary.AppendUvarint(b, uint64(len(t.Address)))
		b = append(b, t.Address...)
		b = append(append(append(b, t.Key[:]...), t.Seal[:]...), t.artifact[:]...)
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(t.seconds))
	}
	return append(b, m.Shown...), nil
}

var errPlan = errors.New("no remembered plan")

// DecodeRemembered reads what Encode wrote.
func DecodeRemembered(b []byte) (*Remembered, error) {
	head, rest, _ := bytes.Cut(b, []byte{'\n'})
	m := &Remembered{}
	if err := json.Unmarshal(head, m); err != nil {
		return nil, err
	}
	count := func() (n int, ok bool) {
		v, size := binary.Uvarint(rest)
		if size <= 0 || v > uint64(len(rest)) {
			return 0, false
		}
		rest = rest[size:]
		return int(v), true
	}
	take := func(into []byte) { rest = rest[copy(into, rest):] }
	n, ok := count()
	if !ok {
		return nil, errPlan
	}
	m.tasks = make([]standing, n)
	for i := range m.tasks {
		t := &m.tasks[i]
		size, ok := count()
		if fixed := len(t.Key) + len(t.Seal) + len(t.artifact) + 8; !ok || len(rest) < size+fixed {
			return nil, errPlan
		}
		t.Address = string(rest[:size])
		rest = rest[size:]
		take(t.Key[:])
		take(t.Seal[:])
		take(t.artifact[:])
		t.seconds = math.Float64frombits(binary.BigEndian.Uint64(rest))
		rest = rest[8:]
	}
	m.Shown = rest
	return m, nil
}
