package cache

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"
)

// Plan is a remembered plan, a file of its own, so that it can be read without the
// store being opened, and lost without harm: store.db.plans/<key>. Head is what is
// always read of it; both are the caller's.
type Plan struct {
	Head []byte
	Tail func() []byte // nil where it is not as it was written, or no more
}

// mostPlans are kept; of more, those that were written first are deleted.
const mostPlans = 64

// PlanAt reads the plan that is remembered under a key beside the store at path;
// not ok where there is none, or its head is not as it was written.
func PlanAt(path string, key Key) (p Plan, ok bool) {
	full, err := absolute(path)
	if err != nil {
		return p, false
	}
	name := filepath.Join(plansFolder(resolve(full)), key.String())
	f, err := os.Open(name)
	if err != nil {
		return p, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return p, false
	}
	before := make([]byte, sumSize+4)
	if _, err := io.ReadFull(f, before); err != nil {
		return p, false
	}
	size := int64(binary.BigEndian.Uint32(before[sumSize:]))
	if size > info.Size() {
		return p, false
	}
	p.Head = make([]byte, size)
	if _, err := io.ReadFull(f, p.Head); err != nil || !confirmed(before, p.Head) {
		return p, false
	}
	p.Tail = func() []byte {
		b, err := os.ReadFile(name)
		rest, same := bytes.CutPrefix(b, append(before, p.Head...))
		if err != nil || !same || len(rest) < sumSize || !confirmed(rest, rest[sumSize:]) {
			return nil
		}
		return rest[sumSize:]
	}
	return p, true
}

// confirmed tells whether a text begins with the sum of another.
func confirmed(text, of []byte) bool {
	is := sumOf(of)
	return bytes.HasPrefix(text, is[:])
}

func plansFolder(store string) string { return store + ".plans" }

// PutPlan remembers a plan under a key, in place of the one before. It need not
// last: one that a crash cuts off is not read.
func (s *Store) PutPlan(key Key, head, tail []byte) error {
	folder := plansFolder(s.path)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	sum, tailSum := sumOf(head), sumOf(tail)
	whole := binary.BigEndian.AppendUint32(sum[:], uint32(len(head)))
	whole = slices.Concat(whole, head, tailSum[:], tail)
	part := filepath.Join(folder, partPrefix+s.Owner()+"-"+rand.Text())
	err := os.WriteFile(part, whole, 0o666)
	if err == nil {
		err = os.Rename(part, filepath.Join(folder, key.String()))
	}
	if err != nil {
		os.Remove(part)
		return err
	}
	return s.dropOldPlans(folder)
}

// DropPlans forgets all plans: what they have is believed before what the store has.
func (s *Store) DropPlans() error { return os.RemoveAll(plansFolder(s.path)) }

// dropOldPlans bounds the folder, and removes parts of processes that are gone.
func (s *Store) dropOldPlans(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) <= mostPlans {
		return err
	}
	type plan struct {
		name    string
		written int64
	}
	var plans []plan
	for _, e := range entries {
		info, err := e.Info()
		if rest, isPart := strings.CutPrefix(e.Name(), partPrefix); isPart {
			if owner, _, _ := strings.Cut(rest, "-"); s.Alive(owner) {
				continue
			}
		}
		if err == nil {
			plans = append(plans, plan{e.Name(), info.ModTime().UnixNano()})
		}
	}
	slices.SortFunc(plans, func(a, b plan) int { return int(min(1, max(-1, a.written-b.written))) })
	for _, p := range plans[:max(0, len(plans)-mostPlans)] {
		os.Remove(filepath.Join(folder, p.name))
	}
	return nil
}

// Standing is a result that an address stood for: its key and the seal of its
// record.
type Standing struct {
	Address string
	Key     Key
	Seal    [sealSize]byte
}

// Stand tells whether each address of an experiment still stands for the very
// result that it stood for, and the record of that is as it was written: they do as
// long as the store has the stamp that is returned. Where it still has the stamp since,
// of a time at which they did, none is looked up. From then on none of them is
// collected while the store is open, as after [Store.Get].
func (s *Store) Stand(experiment string, all []Standing, since Stamp) (same bool, at Stamp, err error) {
	keys := make([]Key, len(all))
	for i, one := range all {
		keys[i] = one.Key
	}
	if err := s.useAll(keys); err != nil {
		return false, at, err
	}
	err = s.view(func(tx *bolt.Tx) (err error) {
		at, err = stampOf(tx) // before the others are looked at: what comes between changes it
		return err
	})
	if err != nil {
		return false, at, err
	}
	if at == since && at != (Stamp{}) {
		s.stood(at)
		return true, at, nil
	}
	parts := runtime.GOMAXPROCS(0)
	var group errgroup.Group
	for part := range slices.Chunk(all, max(leastStanding, (len(all)+parts-1)/parts)) {
		group.Go(func() error { return s.stand(experiment, part) })
	}
	err = group.Wait()
	if errors.Is(err, errElse) {
		return false, at, nil
	}
	if err != nil {
		return false, at, fmt.Errorf("results of %s: %w", experiment, err)
	}
	s.stood(at)
	return true, at, nil
}

// leastStanding are worth a goroutine of their own.
const leastStanding = 500

var errElse = errors.New("it stands for something else")

// stand is Stand for some of the addresses, errElse where it is false.
func (s *Store) stand(experiment string, all []Standing) error {
	return s.view(func(tx *bolt.Tx) error {
		latest, err := bucketOf(tx, latestBucket)
		if err != nil {
			return err
		}
		results, err := bucketOf(tx, resultsBucket)
		if err != nil {
			return err
		}
		prefix := addressKey(experiment, "")
		addresses, records := latest.Cursor(), results.Cursor() // Get would make one each time
		for _, one := range all {
			at := append(prefix, one.Address...)
			key, ok := unseal(latestBucket, at, sought(addresses, at))
			record := sought(records, one.Key[:])
			_, whole := unseal(resultsBucket, one.Key[:], record)
			if !ok || !whole || !bytes.Equal(key, one.Key[:]) || !bytes.Equal(record[:sealSize], one.Seal[:]) {
				return errElse
			}
		}
		return nil
	})
}

// sought is the value of a key, nil where there is none.
func sought(c *bolt.Cursor, key []byte) []byte {
	if at, value := c.Seek(key); bytes.Equal(at, key) {
		return value
	}
	return nil
}
