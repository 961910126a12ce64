package cache

import (
	"errors"
	"fmt"
	"io"
	"slices"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// Put stores a result, its artifact's manifest and the artifact's contents by
// digest, and returns when all of it is durable. Contents that the store has
// already are not needed and not stored again. The result becomes the latest of
// its experiment and address, and a failure and a checkpoint of its key are
// dropped.
// Artifact and Metrics of r are filled in from m where they are empty.
//
// Whatever happens on the way, the store then holds either all of it or no
// result: chunks go in first, under a pending id, and one transaction writes
// what makes them reachable.
func (s *Store) Put(r *Result, m *artifacts.Manifest, content map[artifacts.Digest]artifacts.Content) error {
	return s.PutInTurn(r, m, content, nil, nil)
}

// PutInTurn is Put of a result that is not durable before those of the keys in after:
// where one of them did not get there, neither does this, which is ErrUnfounded. queued, if not nil, is
// called once it waits for the disk behind them, and whoever takes it from memory then
// takes what the store will have: it is not called where the store has some of the
// contents already, and they are damaged.
func (s *Store) PutInTurn(r *Result, m *artifacts.Manifest, content map[artifacts.Digest]artifacts.Content, after []Key, queued func()) error {
	if err := s.complete(r, m); err != nil {
		return fmt.Errorf("store result of %s: %w", r.Address, err)
	}
	s.dropWarm(r.Key)
	err := s.use(r.Key)
	if err == nil {
		err = errReplaced
	}
	for try := 0; try < 3 && (errors.Is(err, errReplaced) || errors.Is(err, ErrUnfounded)); try++ {
		err = s.put(r, m, content, after, queued)
		queued = nil
	}
	if err != nil {
		return fmt.Errorf("store result of %s: %w", r.Address, err)
	}
	// One that stays is never used any more, and gc deletes it.
	_ = s.DropCheckpoint(r.Key)
	return nil
}

// errReplaced says that what was written, chunks on their way, or contents that were
// there are gone: somebody removed the file or put another in its place, or collected them.
var errReplaced = errors.New("the store's file was removed, moved away or replaced while it was written, and results from before are not in it any more: run again")

func (s *Store) replaced() error { return fmt.Errorf("%s: %w", s.path, errReplaced) }

// ErrUnfounded says that what a result was made from is not in the store: it did not
// fit, say.
var ErrUnfounded = errors.New("what it was made from could not be stored")

func (s *Store) complete(r *Result, m *artifacts.Manifest) error {
	if r.Key != KeyOf(r.KeyText) {
		return fmt.Errorf("key %s is not that of its text", r.Key.Short())
	}
	if r.Artifact == (artifacts.Digest{}) {
		r.Artifact = m.Digest()
	}
	if r.Artifact != m.Digest() {
		return fmt.Errorf("artifact %s is not that of the manifest, %s", r.Artifact.Short(), m.Digest().Short())
	}
	if r.Metrics == nil {
		r.Metrics = map[string]float64{}
		for _, e := range m.Metrics {
			r.Metrics[e.Name] = e.Value
		}
	}
	return nil
}

// placed says where contents lie that are stored but not reachable yet.
type placed map[artifacts.Digest]index

func (s *Store) put(r *Result, m *artifacts.Manifest, content map[artifacts.Digest]artifacts.Content, after []Key, queued func()) error {
	record, err := r.encode()
	if err != nil {
		return err
	}
	r.Seal = [sealSize]byte(seal(resultsBucket, r.Key[:], record))
	sizes, err := s.absent(m, content)
	if err != nil {
		return err
	}
	parts, loader := cut(sizes), newLoader(sizes, content)
	var staged placed
	var last []piece
	var bytes int
	for i, part := range parts {
		if last, bytes, err = loader.load(part); err == nil && i < len(parts)-1 {
			staged, err = s.stage(staged, last, bytes)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = loader.check()
	}
	if err == nil {
		bytes += len(record)
		wait := s.enqueue(bytes, func(tx *bolt.Tx) error {
			if err := founded(tx, after); err != nil {
				return err
			}
			if err := stillThere(tx, m, sizes); err != nil {
				return err
			}
			if err := placeContents(tx, s.owner, sizes, staged, last); err != nil {
				return err
			}
			if err := putRecord(tx, artifactsBucket, r.Artifact[:], m.Text()); err != nil {
				return err
			}
			return s.putResult(tx, r, record)
		})
		if queued != nil && s.confirms(m, sizes) {
			queued()
		}
		err = wait()
	}
	if len(staged) > 0 { // nothing is left of it but after a failure, or where another process was faster
		s.discard(staged)
	}
	return err
}

func (s *Store) putResult(tx *bolt.Tx, r *Result, record []byte) error {
	if err := putRecord(tx, resultsBucket, r.Key[:], record); err != nil {
		return err
	}
	if err := putRecord(tx, latestBucket, addressKey(r.Experiment, r.Address), r.Key[:]); err != nil {
		return err
	}
	if err := s.restamp(tx); err != nil {
		return err
	}
	failures, err := bucketOf(tx, failuresBucket)
	if err != nil {
		return err
	}
	return failures.Delete(r.Key[:])
}

// absent looks at the contents that were handed over and returns the sizes of those
// that the store lacks.
func (s *Store) absent(m *artifacts.Manifest, content map[artifacts.Digest]artifacts.Content) (map[artifacts.Digest]int64, error) {
	lacks := map[artifacts.Digest]int64{}
	err := s.view(func(tx *bolt.Tx) error {
		for _, e := range m.Contents() {
			if _, err := contentIndex(tx, e.Digest); err != nil {
				lacks[e.Digest] = e.Size
			}
		}
		return nil
	})
	if errors.Is(err, ErrMissing) { // the file was removed
		for _, e := range m.Contents() {
			lacks[e.Digest] = e.Size
		}
	} else if err != nil {
		return nil, err
	}
	for _, e := range m.Contents() {
		if _, lacking := lacks[e.Digest]; !lacking {
			continue
		}
		b, given := content[e.Digest]
		switch {
		case !given:
			return nil, fmt.Errorf("%q: content %s: %w, and was not handed over", e.Name, e.Digest.Short(), ErrMissing)
		case b.Size() != e.Size:
			return nil, fmt.Errorf("%q: the bytes handed over are not those of digest %s", e.Name, e.Digest.Short())
		}
	}
	return lacks, nil
}

// confirms tells whether the contents that the store has already are whole.
func (s *Store) confirms(m *artifacts.Manifest, absent map[artifacts.Digest]int64) bool {
	for _, e := range m.Contents() {
		if _, isAbsent := absent[e.Digest]; isAbsent {
			continue
		}
		if _, err := s.stream(e.Digest, io.Discard); err != nil { // which compares each chunk with its sum
			return false
		}
	}
	return true
}

// founded looks for the results that another was made from.
func founded(tx *bolt.Tx, keys []Key) error {
	all, err := hasAll(tx, resultsBucket, keys)
	if err == nil && !all {
		err = ErrUnfounded
	}
	return err
}

// hasAll tells whether a bucket has something under each key.
func hasAll(tx *bolt.Tx, bucket []byte, keys []Key) (bool, error) {
	b, err := bucketOf(tx, bucket)
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		if b.Get(key[:]) == nil {
			return false, nil
		}
	}
	return true, nil
}

// stillThere looks for the contents that need not be written because the store
// had them.
func stillThere(tx *bolt.Tx, m *artifacts.Manifest, written map[artifacts.Digest]int64) error {
	for _, e := range m.Contents() {
		if _, isWritten := written[e.Digest]; isWritten {
			continue
		}
		if _, err := contentIndex(tx, e.Digest); err != nil {
			return errReplaced
		}
	}
	return nil
}

// cut divides contents into pieces, and these into parts, one a transaction. The
// last part, which may be empty, goes with the records that make all reachable.
func cut(sizes map[artifacts.Digest]int64) [][]piece {
	parts, bytes := [][]piece{nil}, int64(0)
	for _, d := range sortedDigests(sizes) {
		for at := int64(0); at < sizes[d]; at += chunkBytes {
			size := min(chunkBytes, sizes[d]-at)
			if bytes+size > txBytes {
				parts, bytes = append(parts, nil), 0
			}
			last := len(parts) - 1
			parts[last] = append(parts[last], piece{of: d, at: at, size: size})
			bytes += size
		}
	}
	return parts
}

func sortedDigests(sizes map[artifacts.Digest]int64) []artifacts.Digest {
	var all []artifacts.Digest
	for d := range sizes {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b artifacts.Digest) int { return slices.Compare(a[:], b[:]) })
	return all
}

// write appends pieces to the chunks and returns so with theirs added.
func (so placed) write(tx *bolt.Tx, part []piece) (placed, error) {
	b, err := bucketOf(tx, chunksBucket)
	if err != nil {
		return nil, err
	}
	b.FillPercent = 1
	out := placed{}
	for d, ix := range so {
		out[d] = index{spans: slices.Clone(ix.spans), sums: slices.Clone(ix.sums)}
	}
	for _, p := range part {
		n, err := b.NextSequence()
		if err != nil {
			return nil, err
		}
		if err := b.Put(chunkKey(n), p.data); err != nil {
			return nil, err
		}
		ix := out[p.of]
		if last := len(ix.spans) - 1; last >= 0 && ix.spans[last].first+ix.spans[last].count == n {
			ix.spans[last].count++
		} else {
			ix.spans = append(ix.spans, span{n, 1})
		}
		ix.sums = append(ix.sums, p.sum)
		out[p.of] = ix
	}
	return out, nil
}

// stage writes a part of so many bytes as pending.
func (s *Store) stage(before placed, part []piece, bytes int) (after placed, err error) {
	err = s.commit(bytes, func(tx *bolt.Tx) (err error) {
		if after, err = before.write(tx, part); err != nil {
			return err
		}
		for d, ix := range after {
			for i, r := range ix.spans {
				if old := before[d].spans; i < len(old) && old[i] == r {
					continue
				}
				if err := putPending(tx, s.owner, r); err != nil { // over the record of a span that grew
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return before, err
	}
	return after, nil
}

// placeContents writes the last part and makes all contents reachable. A content
// that another process stored meanwhile stays as that left it; our pending
// chunks of it then remain pending.
func placeContents(tx *bolt.Tx, owner [16]byte, sizes map[artifacts.Digest]int64, staged placed, last []piece) error {
	here := map[artifacts.Digest]bool{}
	for d := range sizes {
		_, err := contentIndex(tx, d)
		here[d] = err == nil
	}
	for d, ix := range staged {
		for _, r := range ix.spans {
			if here[d] {
				continue
			}
			if err := takePending(tx, owner, r); err != nil {
				return err
			}
		}
	}
	all, err := staged.write(tx, slices.DeleteFunc(slices.Clone(last), func(p piece) bool { return here[p.of] }))
	if err != nil {
		return err
	}
	for _, d := range sortedDigests(sizes) {
		if here[d] {
			continue
		}
		ix := all[d]
		ix.size = sizes[d]
		if err := putRecord(tx, contentsBucket, d[:], ix.encode()); err != nil {
			return err
		}
	}
	return nil
}
