package cache

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Keep says what stays in the store although it could be computed again. The
// last run of each experiment, roots, and what running processes use stay anyway.
// Of the records of runs those stay that are as young, the last of each
// experiment, and the last with a tag that is kept.
type Keep struct {
	Since   time.Time // what was computed or used by a run since then, and checkpoints
	MaxSize int64     // where it is not 0: as much as makes a store of at most so many bytes
	Without []string  // names of roots that keep nothing any more, and are dropped
}

// Garbage is what can be deleted and what cannot.
type Garbage struct {
	Results  int     // to be deleted
	Bytes    int64   // of these, with what nothing else needs
	Kinds    []Tally // these by kind of stage, the largest first
	Kept     []Tally // by what keeps them
	Logs     int     // logs and failures of keys that nothing keeps
	Code     int     // versions of code that no result names any more
	Unneeded int     // artifacts and contents that belong to no result
	Damaged  int     // results that cannot be read, which go too
	Runs     int     // records of runs
	Files    int     // remembered digests of files that are gone

	KeptRuns  map[string]bool           // IDs of the runs whose records stay
	KeptFiles map[artifacts.Digest]bool // digests of files that results name which stay
	Shared    bool                      // another process has the store open for writing

	Checkpoints []StaleCheckpoint // files beside the store's, which Bytes does not count
}

// Garbage says what Collect would delete.
func (s *Store) Garbage(k Keep) (*Garbage, error) {
	var g *Garbage
	err := s.view(func(tx *bolt.Tx) error {
		m, err := s.mark(tx, k)
		if err == nil {
			g = m.garbage
		}
		return err
	})
	return g, err
}

// mark is a decision about all that is in the store, within one transaction.
type mark struct {
	*holdings
	garbage  *Garbage
	reasons  map[Key]string            // why the result of a key stays, if there is one
	free     []*holding                // results to delete
	without  []string                  // roots to delete
	runs     map[string]string         // IDs of the runs whose records are deleted, by key
	tasks    map[Key]bool              // lists of tasks of runs that stay, and their pieces
	unread   map[string]bool           // experiments of runs that stay, whose tasks cannot all be read
	gone     map[string]bool           // paths that are no more, whose digests are to be forgotten
	contents map[artifacts.Digest]bool // that stay
	lists    map[artifacts.Digest]bool // artifacts that stay
}

func (s *Store) mark(tx *bolt.Tx, k Keep) (*mark, error) {
	h, err := hold(tx)
	if err != nil {
		return nil, err
	}
	m := &mark{holdings: h, garbage: &Garbage{Damaged: len(h.damaged), KeptRuns: map[string]bool{}, KeptFiles: map[artifacts.Digest]bool{}}, reasons: map[Key]string{}, without: k.Without,
		runs: map[string]string{}, tasks: map[Key]bool{}, unread: map[string]bool{}, gone: map[string]bool{}, contents: map[artifacts.Digest]bool{}, lists: map[artifacts.Digest]bool{}}
	if err := m.rooted(tx); err != nil {
		return nil, err
	}
	hasResult := map[Key]bool{}
	for _, r := range h.results {
		hasResult[r.key] = true
	}
	if m.garbage.Checkpoints, err = s.staleCheckpoints(k.Since, hasResult); err != nil {
		return nil, err
	}
	used, err := s.inUse()
	if err != nil {
		return nil, err
	}
	for key := range used {
		m.keep(key, "used by a running process")
	}
	if err := m.recent(tx, k.Since); err != nil {
		return nil, err
	}
	for _, r := range h.results {
		if !r.started.Before(k.Since) {
			m.keep(r.key, keptRecent)
		}
		if m.unread[r.of] {
			m.keep(r.key, keptUnread)
		}
		r.why = m.reasons[r.key]
	}
	if k.MaxSize > 0 && usedBytes(tx) <= k.MaxSize {
		clear(m.runs)
	}
	for _, id := range m.runs {
		delete(m.garbage.KeptRuns, id)
	}
	err = runsOf(tx, func(r *Run, unread error) (bool, error) {
		if unread == nil && m.runs[string(runKey(r))] == "" {
			m.tasks[r.List] = true
			pieces, _ := piecesOf(tx, r.List) // none of a list that cannot be read
			for _, p := range pieces {
				m.tasks[p] = true
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	m.choose(tx, k.MaxSize)
	if err := m.missing(tx); err != nil {
		return nil, err
	}
	if m.garbage.Shared, err = s.shared(); err != nil {
		return nil, err
	}
	return m, m.count(tx)
}

// What keeps results.
const (
	keptLast   = "last run of its experiment"
	keptRecent = "computed or used lately"
	keptFits   = "the store is small enough"
	keptUnread = "perhaps of a run whose record is damaged"
)

// keep keeps the result of a key; the first reason counts.
func (m *mark) keep(key Key, why string) {
	if m.reasons[key] == "" {
		m.reasons[key] = why
	}
}

// rooted keeps what roots name. A damaged root is an error: what it keeps is not known.
func (m *mark) rooted(tx *bolt.Tx) error {
	all, err := roots(tx)
	if err != nil {
		return err
	}
	for _, r := range all {
		if slices.Contains(m.without, r.Name) {
			continue
		}
		for _, key := range r.Keys {
			m.keep(key, r.Name)
		}
	}
	return nil
}

// recent keeps what the runs since then had, and of each experiment the last run
// and the last that went to its end. A damaged record of a run keeps nothing, damaged
// tasks of one all results of the experiment: many runs may share them.
// The record of any other goes, but for the last with a tag.
func (m *mark) recent(tx *bolt.Tx, since time.Time) error {
	last, complete, tags := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, name := range m.without {
		tags[name] = true
	}
	return runsOf(tx, func(r *Run, err error) (bool, error) {
		if err != nil {
			return true, nil
		}
		m.garbage.KeptRuns[r.ID] = true
		ended, tag := r.Exit == 0 || r.Exit == 3, TagRoot(r.Tag)
		tagged := r.Tag != "" && !tags[tag]
		tags[tag] = true
		why := keptRecent
		switch {
		case !last[r.Experiment] || ended && !complete[r.Experiment]:
			why = keptLast
		case r.Started.Before(since):
			if !tagged {
				m.runs[string(runKey(r))] = r.ID
			}
			return true, nil
		}
		last[r.Experiment] = true
		complete[r.Experiment] = complete[r.Experiment] || ended
		tasks, err := tasksOf(tx, r.List)
		m.unread[r.Experiment] = m.unread[r.Experiment] || err != nil
		for _, t := range tasks {
			if t.Key != (Key{}) {
				m.keep(t.Key, why)
			}
		}
		return true, nil
	})
}

// missing finds files that are no more.
func (m *mark) missing(tx *bolt.Tx) error {
	b, err := bucketOf(tx, filesBucket)
	if err != nil {
		return err
	}
	return b.ForEach(func(path, _ []byte) error {
		if _, err := os.Lstat(string(path)); errors.Is(err, fs.ErrNotExist) {
			m.gone[string(path)] = true
		}
		return nil
	})
}

// choose picks the results to delete of those that nothing keeps: all, or with a
// limit only as many as it takes, first what is cheapest to compute again for
// the bytes it frees.
func (m *mark) choose(tx *bolt.Tx, limit int64) {
	for _, r := range m.results {
		if r.why == "" {
			m.free = append(m.free, r)
		}
	}
	if limit <= 0 {
		return
	}
	slices.SortStableFunc(m.free, func(a, b *holding) int {
		return cmp.Compare(a.seconds/float64(m.size(a)), b.seconds/float64(m.size(b)))
	})
	l := newLedger(m.holdings)
	for _, r := range m.results {
		l.add(r)
	}
	used := usedBytes(tx)
	for i, r := range m.free {
		if used <= limit {
			for _, stays := range m.free[i:] {
				stays.why = keptFits
				m.keep(stays.key, keptFits)
			}
			m.free = m.free[:i]
			return
		}
		used -= l.remove(r)
	}
}

// count marks what kept results need, and sums up.
func (m *mark) count(tx *bolt.Tx) error {
	g, l := m.garbage, newLedger(m.holdings)
	var kept, kinds tallies
	for _, r := range m.results {
		if r.why == "" {
			continue
		}
		kept.add(r.why, l.add(r))
		m.lists[r.artifact] = true
		if a := m.artifacts[r.artifact]; a != nil {
			for _, e := range a.contents {
				m.contents[e.Digest] = true
			}
		}
	}
	for _, r := range m.free {
		n := l.add(r)
		g.Results++
		g.Bytes += n
		kinds.add(r.kind, n)
	}
	for _, ts := range []tallies{kept, kinds} {
		slices.SortFunc(ts, func(a, b Tally) int {
			return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
		})
	}
	g.Kept, g.Kinds = kept, kinds
	for word := range m.named("file") {
		if d, err := artifacts.ParseDigest(word); err == nil {
			g.KeptFiles[d] = true
		}
	}
	return m.countOthers(tx, l)
}

// countOthers counts what goes and is no result.
func (m *mark) countOthers(tx *bolt.Tx, l *ledger) error {
	g := m.garbage
	return m.eachDoomed(tx, func(bucket, key, value []byte) {
		switch string(bucket) {
		case string(logsBucket), string(failuresBucket):
			g.Logs++
			g.Bytes += int64(len(value))
		case string(codeBucket):
			g.Code++
			g.Bytes += int64(len(value))
		case string(runsBucket):
			g.Runs++
			g.Bytes += int64(len(value))
		case string(runTasksBucket):
			g.Bytes += int64(len(value))
		case string(filesBucket):
			g.Files++
			g.Bytes += int64(len(value))
		case string(artifactsBucket):
			if len(key) == len(artifacts.Digest{}) && l.artifacts[artifacts.Digest(key)] == 0 {
				g.Unneeded++
				g.Bytes += int64(len(value))
			}
		case string(contentsBucket):
			if len(key) == len(artifacts.Digest{}) && l.contents[artifacts.Digest(key)] == 0 {
				g.Unneeded++
				if ix, err := readIndex(key, value); err == nil {
					g.Bytes += ix.size
				}
			}
		}
	})
}
