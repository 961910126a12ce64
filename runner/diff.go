package runner

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// How a task of one run stands to that of another.
const (
	DiffSame    = "same"
	DiffChanged = "changed"
	DiffRenamed = "renamed" // the same key under another address
	DiffAdded   = "added"
	DiffRemoved = "removed"
)

// RunDiff is what changed from one run to another.
type RunDiff struct {
	Old       RunHead    `json:"old"`
	New       RunHead    `json:"new"`
	Variables []Change   `json:"variables"`
	Tasks     []TaskDiff `json:"tasks"` // of both runs, also those that are the same
}

// RunHead names a run.
type RunHead struct {
	ID         string    `json:"id"`
	Experiment string    `json:"experiment"`
	Tag        string    `json:"tag,omitempty"`
	Started    time.Time `json:"started"`
	Exit       int       `json:"exit"`
}

// Change is a value that differs; "" where it is not there.
type Change struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// TaskDiff is one task in both runs. Old and New are nil where one lacks it.
type TaskDiff struct {
	Address string       `json:"address"` // in the new run, else in the old
	Change  string       `json:"change"`
	Old     *TaskSide    `json:"old,omitempty"`
	New     *TaskSide    `json:"new,omitempty"`
	Items   []ItemChange `json:"items"`   // of the key
	Metrics []MetricDiff `json:"metrics"` // those that differ
}

// TaskSide is a task in one run. Where its result was deleted from the store
// since, nothing is known of its key's items and metrics. Error is how it failed,
// as far as that was its key's last attempt.
type TaskSide struct {
	Address  string           `json:"address"`
	State    string           `json:"state"`
	Key      cache.Key        `json:"key,omitzero"`
	Artifact artifacts.Digest `json:"artifact,omitzero"`
	Deleted  bool             `json:"deleted,omitempty"`
	Error    string           `json:"error,omitempty"`

	result  *cache.Result
	keyText string
}

// ItemChange is an item of the key that differs, as in [Difference]. For code it
// names the functions that changed, where the store knows them.
type ItemChange struct {
	Difference
	Functions []string `json:"functions,omitempty"`
}

// String says the change in the user's terms.
func (c ItemChange) String() string {
	if len(c.Functions) > 0 {
		return "code: " + c.Name + ": " + shorten(c.Functions)
	}
	return c.Difference.String()
}

// MetricDiff is a metric that differs; nil where a run does not have it.
type MetricDiff struct {
	Name string   `json:"name"`
	Old  *float64 `json:"old"`
	New  *float64 `json:"new"`
}

// Diff compares two runs, task by task: those of the same address, and those of
// the same key where an address is in one run alone.
func Diff(store *cache.Store, old, now *cache.Run) (*RunDiff, error) {
	d := &RunDiff{Old: headOf(old), New: headOf(now), Variables: []Change{}, Tasks: []TaskDiff{}}
	for _, name := range names(old.Variables, now.Variables) {
		if a, b := old.Variables[name], now.Variables[name]; a != b {
			d.Variables = append(d.Variables, Change{name, a, b})
		}
	}
	before, after := byAddress(old), byAddress(now)
	renamed := renames(before, after)
	taken := map[string]bool{}
	for _, t := range now.Tasks {
		was, ok := before[t.Address]
		if !ok {
			was, ok = before[renamed[t.Address]]
		}
		taken[was.Address] = ok
		if err := d.add(store, was, t); err != nil {
			return nil, err
		}
	}
	for _, t := range old.Tasks {
		if !taken[t.Address] {
			if err := d.add(store, t, cache.RunTask{}); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

func headOf(r *cache.Run) RunHead { return RunHead{r.ID, r.Experiment, r.Tag, r.Started, r.Exit} }

func byAddress(r *cache.Run) map[string]cache.RunTask {
	out := map[string]cache.RunTask{}
	for _, t := range r.Tasks {
		out[t.Address] = t
	}
	return out
}

// renames finds for addresses that are in the new run alone those of the old
// run alone that have their key.
func renames(before, after map[string]cache.RunTask) map[string]string {
	gone := map[cache.Key][]string{}
	for _, address := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[address]; !ok && before[address].Key != (cache.Key{}) {
			gone[before[address].Key] = append(gone[before[address].Key], address)
		}
	}
	out := map[string]string{}
	for _, address := range slices.Sorted(maps.Keys(after)) {
		key := after[address].Key
		if _, ok := before[address]; !ok && len(gone[key]) > 0 {
			out[address], gone[key] = gone[key][0], gone[key][1:]
		}
	}
	return out
}

// add compares one task; the one of an empty address is not there.
func (d *RunDiff) add(store *cache.Store, old, now cache.RunTask) error {
	t := TaskDiff{Address: cmp.Or(now.Address, old.Address), Change: DiffSame, Items: []ItemChange{}, Metrics: []MetricDiff{}}
	var err error
	if t.Old, err = side(store, old); err != nil {
		return err
	}
	if t.New, err = side(store, now); err != nil {
		return err
	}
	switch {
	case t.Old == nil:
		t.Change = DiffAdded
	case t.New == nil:
		t.Change = DiffRemoved
	default:
		if err := t.compare(store); err != nil {
			return err
		}
	}
	d.Tasks = append(d.Tasks, t)
	return nil
}

func side(store *cache.Store, t cache.RunTask) (*TaskSide, error) {
	if t.Address == "" {
		return nil, nil
	}
	s := &TaskSide{Address: t.Address, State: t.State, Key: t.Key, Artifact: t.Artifact}
	if !s.has() {
		s.unfinished(store)
		return s, nil
	}
	r, err := store.Get(t.Key)
	switch {
	case errors.Is(err, cache.ErrMissing), errors.Is(err, cache.ErrCorrupt):
		s.Deleted = true
	case err != nil:
		return nil, err
	case s.Artifact == (artifacts.Digest{}) || s.Artifact == r.Artifact:
		s.Artifact, s.result, s.keyText = r.Artifact, r, r.KeyText
	default: // the key has got another result since
		s.Deleted = true
	}
	return s, nil
}

// unfinished completes a task that had no result in its run by what the store
// knows of its key: how it failed, or that it did not another time.
func (s *TaskSide) unfinished(store *cache.Store) {
	if f, err := store.Failure(s.Key); err == nil {
		s.keyText = f.KeyText
		if s.State == Failed {
			s.Error = f.Error
		}
	} else if r, err := store.Peek(s.Key); err == nil {
		s.keyText = r.KeyText
	}
}

// has tells whether the task had a result in its run.
func (s *TaskSide) has() bool { return s.State == Done || s.State == Cached }

func (t *TaskDiff) compare(store *cache.Store) error {
	old, now := t.Old, t.New
	switch {
	case old.has() != now.has() || !now.has() && old.State != now.State, old.Key != now.Key, old.Artifact != now.Artifact:
		t.Change = DiffChanged
	case old.Address != now.Address:
		t.Change = DiffRenamed
	}
	if old.keyText != "" && now.keyText != "" {
		for _, x := range Differences(old.keyText, now.keyText) {
			c := ItemChange{Difference: x}
			if x.What == "code" {
				c.Functions = changedFunctions(store, x.Old, x.New)
			}
			t.Items = append(t.Items, c)
		}
	}
	if old.result == nil || now.result == nil {
		return nil
	}
	for _, name := range names(old.result.Metrics, now.result.Metrics) {
		a, before := old.result.Metrics[name]
		b, after := now.result.Metrics[name]
		m := MetricDiff{Name: name}
		if before {
			m.Old = &a
		}
		if after {
			m.New = &b
		}
		if before != after || a != b {
			t.Metrics = append(t.Metrics, m)
		}
	}
	return nil
}

// changedFunctions names what differs between two versions of a package, where
// the store knows the functions of both.
func changedFunctions(store *cache.Store, old, now string) []string {
	before, err := store.Code(old)
	if err != nil {
		return nil
	}
	after, err := store.Code(now)
	if err != nil {
		return nil
	}
	return functionsDiff(before, after).list()
}

// Sweep is the part of an address that all tasks of a sweep share.
func (t TaskDiff) Sweep() string { return spec.SweepAddress(t.Address) }
