package runner

import (
	"context"
	"fmt"
	"iter"
	"maps"
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
//	files that tasks take                                      Files: their digests, by their identities where those tell
//	results                                                    Stamp, which is still the store's; or else its records, each looked up and unsealed
//
// Where files that tasks take are all that differs, the plan tells which tasks they
// concern, and no more of the experiment is read than those: [Remembered.LoadPart].
// Whatever else differs, is damaged or gone makes it no more than a file that was
// read: the run takes place. Nothing is remembered of a run that depends on
// more: tasks with cache = false, programs that are asked for their versions, a lock, --only.
type Remembered struct {
	Run        string // that left it
	Experiment string
	Variables  map[string]string
	Given      []string
	Checks     int // which passed
	Reads      []spec.Question
	Files      takenFiles
	Shown      []byte      // what a run shows in which all is cached; the caller's
	Count      int         // of tasks
	Stamp      cache.Stamp // of the store when all tasks were found to stand; zero where none looked
	List       cache.Key   // of that run's tasks
	tasks      []standing
	outline    *spec.Outline   // of the experiment; nil where it has none
	tail       func() []byte   // what the tasks and the outline are read from; nil when they are there
	changed    map[string]bool // the files that are not what they were
}

// standing is a task with its result.
type standing struct {
	cache.Standing
	artifact artifacts.Digest
	seconds  float64
	metrics  bool             // it has some
	files    []spec.FileInput // that the task takes, but for datasets
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
	if sum.Exit != ExitDone || len(r.o.Only) > 0 || r.o.Locked != nil || len(r.mixed) > 0 || sum.Cached+sum.Executed != r.total() || r.total() == 0 || r.remarked {
		return nil
	}
	m := &Remembered{Run: r.id, Experiment: r.x.Name, Variables: r.x.Variables(), Given: slices.Sorted(maps.Keys(r.x.Given())), Checks: sum.ChecksPassed, Files: takenFiles{}}
	if r.o.Part != nil {
		m.tasks = r.o.Part.tasks // whose plan is not needed any more
	} else {
		m.tasks = make([]standing, r.total())
	}
	fresh := make([]bool, len(m.tasks))
	for _, t := range r.tasks {
		if !t.Standing {
			if fresh[t.Place] = m.take(r, t); !fresh[t.Place] {
				return nil
			}
		}
	}
	for i, t := range m.tasks {
		if !fresh[i] {
			for _, f := range t.files {
				m.Files[f.Path] = r.o.Part.Files[f.Path]
			}
		}
	}
	reads, sure := r.x.Reads()
	if !sure {
		return nil
	}
	if r.o.Part != nil { // of what was not read again, what it was read from the last time
		m.outline, reads = r.o.Part.outline, withQuestions(reads, r.o.Part.asked())
		m.Stamp = r.store.StampSince()
	} else {
		m.outline, _ = r.x.Outline()
	}
	for _, q := range reads {
		if _, taken := m.Files[q.Path]; !taken || !q.IsFile() { // which its digest tells, too
			m.Reads = append(m.Reads, q)
		}
	}
	return m
}

// take takes in a task of a run with its result; false where it depends on more than a
// plan remembers.
func (m *Remembered) take(r *run, t *spec.Task) bool {
	s, res := r.steps[t], r.results[t]
	if !t.Cache || s.resolved == nil {
		return false
	}
	if p, probes := s.resolved.Method.(spec.Prober); probes && slices.ContainsFunc(p.Probes(), func(p spec.Probe) bool { return !p.Inside }) {
		return false
	}
	one := standing{cache.Standing{Address: t.Address, Key: s.Key, Seal: res.Seal}, res.Artifact, res.Seconds, len(res.Metrics) > 0, nil}
	for _, f := range s.resolved.Files {
		if f.Dataset == nil {
			m.Files[f.Path] = r.files.identified(f.Path, s.files[f.Label()])
			one.files = append(one.files, f)
		}
	}
	m.tasks[t.Place] = one
	return true
}

// asked are the questions of a plan, with those that digests of files answer.
func (m *Remembered) asked() []spec.Question {
	all := slices.Clone(m.Reads)
	for path := range m.Files {
		all = append(all, spec.FileQuestion(path))
	}
	return all
}

// withQuestions adds those that are not there, which have the answers that they had.
func withQuestions(reads, more []spec.Question) []spec.Question {
	there := map[spec.Question]bool{}
	for _, q := range reads {
		there[q] = true
	}
	for _, q := range more {
		if !there[q] {
			reads = append(reads, q)
		}
	}
	return reads
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

// record is of a run in which all tasks are as they are remembered.
func (m *Remembered) record() *cache.Run {
	tasks := make([]cache.RunTask, len(m.tasks))
	for i, t := range m.tasks {
		tasks[i] = cache.RunTask{Address: t.Address, Key: t.Key, State: Cached, Seconds: t.seconds, Artifact: t.artifact, Stands: true}
	}
	return &cache.Run{ID: m.Run, Experiment: m.Experiment, Tasks: tasks}
}

// Keys are those of the results of all tasks; none where they cannot be read.
func (m *Remembered) Keys() []cache.Key {
	_ = m.load() // without them it takes longer
	return m.keys(func(int) bool { return true })
}

func (m *Remembered) keys(are func(place int) bool) (keys []cache.Key) {
	for i, t := range m.tasks {
		if are(i) {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

// Holds tells whether what the experiment was read from is as it was.
func (m *Remembered) Holds() bool { return spec.SameReads(m.Reads) }

// Recall is Run where nothing changed since a plan that [Remembered.Holds]: it
// records a run in which all is cached. Without ok there is no such run, and Run
// must take place, of the part that [Remembered.LoadPart] reads or the whole. The
// events of tasks are not told. What o.Remember is given spares the next run more.
func Recall(ctx context.Context, m *Remembered, store *cache.Store, files *Files, o Options) (sum SummaryEvent, ok bool, err error) {
	began := time.Now()
	files.expect(m.Files)
	defer files.hashAhead(ctx, slices.Collect(maps.Keys(m.Files)), o.jobs())()
	changed := map[string]bool{}
	for path, f := range m.Files {
		now, err := files.awaited(ctx, path)
		if err != nil {
			return sum, false, nil
		}
		if now != f.digest {
			changed[path] = true
		}
	}
	if len(changed) > 0 {
		m.changed = changed
		return sum, false, nil
	}
	sum = SummaryEvent{Type: "summary", Run: newRunID(began), Cached: m.Count, ChecksPassed: m.Checks}
	record := &cache.Run{ID: sum.Run, Experiment: m.Experiment, Started: began, Counts: map[string]int{Cached: m.Count},
		Command: o.Command, Variables: m.Variables, Given: m.Given, List: m.List}
	end := func() {
		record.Finished = time.Now()
		sum.Seconds = record.Finished.Sub(began).Seconds()
		record.Seconds = sum.Seconds
	}
	end()
	if !files.Rehash { // else the plan is written anew
		if same, err := store.PutRunAgain(record, m.Stamp); same || err != nil || ctx.Err() != nil {
			return sum, same, nil // a fault shows again when the run takes place
		}
	}
	at, ok := m.stand(store, func(int) bool { return true })
	if !ok || ctx.Err() != nil {
		return sum, false, nil
	}
	record.Tasks = m.record().Tasks
	end()
	if err := store.PutRun(record); err != nil {
		sum.Exit = ExitFailed
		return sum, true, unrecorded(sum.Run, err)
	}
	m.Stamp, m.List = at, record.List
	for path, f := range m.Files { // some were too young for an identity
		m.Files[path] = files.identified(path, f.digest)
	}
	if o.Remember != nil {
		o.Remember(m)
	}
	return sum, true, nil
}

// stand tells whether each of some tasks still stands for its result, and the stamp of
// a store in which they do.
func (m *Remembered) stand(store *cache.Store, are func(place int) bool) (at cache.Stamp, ok bool) {
	if m.load() != nil {
		return at, false
	}
	all := make([]cache.Standing, 0, len(m.tasks))
	for i, t := range m.tasks {
		if are(i) {
			all = append(all, t.Standing)
		}
	}
	same, at, err := store.Stand(m.Experiment, all, m.Stamp)
	return at, same && err == nil
}

// newRunID names a run by when it began, to a 65536th of a second, and a number at random:
// hundreds may begin in a second, one after the other or at once.
func newRunID(at time.Time) string {
	return fmt.Sprintf("%s-%04x%02x", at.UTC().Format("20060102T150405Z"), int64(at.Nanosecond())<<16/1e9, rand.Uint32()&0xff)
}

func unrecorded(run string, err error) error {
	return fmt.Errorf("the record of run %s cannot be written: %w", run, err)
}
