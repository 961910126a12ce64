package cache

import (
	"cmp"
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Info says what a store holds.
type Info struct {
	Size    int64          // of the file, in bytes
	Free    int64          // of these, pages that hold nothing
	Counts  map[string]int // records by bucket: results, artifacts, contents, logs, runs, …
	Kinds   []Tally        // results by kind of stage, the largest first
	Roots   []Root
	Oldest  time.Time // when the first of the results was computed; zero where there is none
	Newest  time.Time
	Damaged int // results that cannot be read
}

// Info looks at the store.
func (s *Store) Info() (*Info, error) {
	i := &Info{Counts: map[string]int{}}
	err := s.view(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			b, err := bucketOf(tx, name)
			if err != nil {
				return err
			}
			i.Counts[string(name)] = b.Stats().KeyN
		}
		i.Size = tx.Size()
		i.Free = i.Size - usedBytes(tx)
		h, err := hold(tx)
		if err != nil {
			return err
		}
		i.sum(h)
		i.Roots, err = roots(tx)
		return err
	})
	if errors.Is(err, ErrMissing) { // no store holds nothing
		return i, nil
	}
	return i, err
}

func (i *Info) sum(h *holdings) {
	i.Damaged = len(h.damaged)
	var kinds tallies
	l := newLedger(h)
	for _, r := range h.results {
		kinds.add(r.kind, l.add(r))
		if i.Oldest.IsZero() || r.started.Before(i.Oldest) {
			i.Oldest = r.started
		}
		if r.started.After(i.Newest) {
			i.Newest = r.started
		}
	}
	slices.SortFunc(kinds, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	i.Kinds = kinds
}

// usedBytes are the bytes of all pages that hold something.
func usedBytes(tx *bolt.Tx) int64 {
	const ownPages = 4 // two of meta, the free list, the list of buckets
	n := int64(ownPages * tx.DB().Info().PageSize)
	for _, name := range buckets {
		if b := tx.Bucket(name); b != nil {
			st := b.Stats()
			n += int64(st.BranchAlloc + st.LeafAlloc)
		}
	}
	return min(n, tx.Size())
}
