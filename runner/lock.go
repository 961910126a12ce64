package runner

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// lockFormat is the number of the form of lock files.
const lockFormat = 1

// lockBytes bounds a lock file: some hundred thousand tasks.
const lockBytes = 256 << 20

// Lock says what the tasks of an experiment gave, for a file that lies beside it
// in git. It is made of results alone: the same results make the same file,
// whoever writes it.
type Lock struct {
	Format     int                        `json:"reprise_lock"`
	Experiment string                     `json:"experiment"`
	MadeBy     Maker                      `json:"made_by"`   // most of the results
	Variables  map[string]json.RawMessage `json:"variables"` // those that are not their defaults
	Tasks      map[string]LockedTask      `json:"tasks"`     // by address
}

// Maker is what a result was computed with. Bytes can be compared where
// architecture and toolchain are the same.
type Maker struct {
	Arch      string `json:"arch"`      // linux/amd64
	Toolchain string `json:"toolchain"` // go1.26.0
	Version   string `json:"version"`   // of reprise
}

func (m Maker) lacks() bool { return m.Arch == "" || m.Toolchain == "" }

// LockedTask is the result of one task.
type LockedTask struct {
	Key      cache.Key                   `json:"key"`
	Artifact artifacts.Digest            `json:"artifact"`
	Tables   map[string]artifacts.Digest `json:"tables,omitempty"`
	Files    map[string]artifacts.Digest `json:"files,omitempty"`
	Metrics  map[string]float64          `json:"metrics,omitempty"`
	MadeBy   *Maker                      `json:"made_by,omitempty"` // where it is not the lock's
}

// NewLock makes a lock of an experiment whose tasks all have a result, which
// steps of a plan of it name. Tasks with cache = false are not locked.
func NewLock(x *spec.Experiment, store *cache.Store, steps []*Step) (*Lock, error) {
	l := &Lock{Format: lockFormat, Experiment: x.Name, Variables: givenJSON(x), Tasks: map[string]LockedTask{}}
	makers := map[Maker]int{}
	for _, s := range steps {
		if s.Action != ActionCached {
			return nil, fmt.Errorf("%s has no result for what the experiment says now", s.Task.Address)
		}
		if !s.Task.Cache {
			continue
		}
		t, err := lockedTask(store, s.Result)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Task.Address, err)
		}
		l.Tasks[s.Task.Address] = t
		makers[*t.MadeBy]++
	}
	for _, m := range slices.SortedFunc(maps.Keys(makers), compareMakers) {
		if makers[m] > makers[l.MadeBy] {
			l.MadeBy = m
		}
	}
	for address, t := range l.Tasks {
		if *t.MadeBy == l.MadeBy {
			t.MadeBy = nil
			l.Tasks[address] = t
		}
	}
	return l, nil
}

// givenJSON are the variables that are not their defaults.
func givenJSON(x *spec.Experiment) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for name, text := range x.Given() {
		out[name] = json.RawMessage(text)
		if !json.Valid(out[name]) { // it has no form in JSON
			out[name], _ = json.Marshal(text) // a string always has one
		}
	}
	return out
}

func compareMakers(a, b Maker) int {
	return cmp.Or(strings.Compare(a.Arch, b.Arch), strings.Compare(a.Toolchain, b.Toolchain), strings.Compare(a.Version, b.Version))
}

// lockedTask is a result as a lock has it, with its maker.
func lockedTask(store *cache.Store, r *cache.Result) (LockedTask, error) {
	m, err := store.Manifest(r.Artifact)
	if err != nil {
		return LockedTask{}, err
	}
	byName := func(entries []artifacts.Entry) map[string]artifacts.Digest {
		out := map[string]artifacts.Digest{}
		for _, e := range entries {
			out[e.Name] = e.Digest
		}
		return out
	}
	return LockedTask{Key: r.Key, Artifact: r.Artifact, Tables: byName(m.Tables), Files: byName(m.Files), Metrics: r.Metrics,
		MadeBy: &Maker{r.Arch, r.Toolchain, r.Version}}, nil
}

// Keys are those of all tasks, sorted.
func (l *Lock) Keys() []cache.Key {
	var keys []cache.Key
	for _, t := range l.Tasks {
		keys = append(keys, t.Key)
	}
	slices.SortFunc(keys, func(a, b cache.Key) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(keys)
}

// task is the locked result of an address, with its maker.
func (l *Lock) task(address string) (LockedTask, bool) {
	t, ok := l.Tasks[address]
	if ok && t.MadeBy == nil {
		t.MadeBy = &l.MadeBy
	}
	return t, ok
}

// Encode is the lock as its file has it: indented, and sorted by name.
func (l *Lock) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(l); err != nil {
		return nil, fmt.Errorf("lock of %s: %w", l.Experiment, err)
	}
	return b.Bytes(), nil
}

// ReadLock reads a lock file.
func ReadLock(path string) (*Lock, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > lockBytes {
		return nil, fmt.Errorf("%s is no lock file: it is larger than %d MiB", path, lockBytes>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	l, err := parseLock(b)
	if err != nil {
		return nil, fmt.Errorf("%s is no lock file that can be read: %w", path, err)
	}
	return l, nil
}

func parseLock(b []byte) (*Lock, error) {
	var head struct {
		Format int `json:"reprise_lock"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, err
	}
	switch {
	case head.Format > lockFormat:
		return nil, fmt.Errorf("it has format %d, and this reprise reads %d; a newer reprise reads it", head.Format, lockFormat)
	case head.Format != lockFormat:
		return nil, fmt.Errorf("it does not say \"reprise_lock\": %d", lockFormat)
	}
	l := &Lock{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return nil, err
	}
	if l.Tasks == nil {
		return nil, fmt.Errorf("it has no tasks")
	}
	for _, address := range slices.Sorted(maps.Keys(l.Tasks)) {
		if t := l.Tasks[address]; t.Key == (cache.Key{}) || t.Artifact == (artifacts.Digest{}) {
			return nil, fmt.Errorf("%q lacks its key or the digest of its artifact", address)
		} else if t.MadeBy != nil && t.MadeBy.lacks() {
			return nil, fmt.Errorf("made_by of %q lacks arch or toolchain, by which results are compared", address)
		}
	}
	if len(l.Tasks) > 0 && l.MadeBy.lacks() {
		return nil, fmt.Errorf("made_by lacks arch or toolchain, by which results are compared")
	}
	if name, ok := l.unprintable(); ok {
		return nil, fmt.Errorf("it names %q, which a terminal would take for a command", name)
	}
	return l, nil
}

// unprintable finds a name in the lock that reprise never writes.
func (l *Lock) unprintable() (string, bool) {
	all := []string{l.Experiment, l.MadeBy.Arch, l.MadeBy.Toolchain}
	all = slices.AppendSeq(slices.AppendSeq(all, maps.Keys(l.Variables)), maps.Keys(l.Tasks))
	for _, t := range l.Tasks {
		all = slices.AppendSeq(slices.AppendSeq(slices.AppendSeq(all, maps.Keys(t.Tables)), maps.Keys(t.Files)), maps.Keys(t.Metrics))
		if t.MadeBy != nil {
			all = append(all, t.MadeBy.Arch, t.MadeBy.Toolchain)
		}
	}
	for _, name := range all {
		if strings.ContainsFunc(name, unicode.IsControl) {
			return name, true
		}
	}
	return "", false
}
