package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"
	bolt "go.etcd.io/bbolt"
)

// Format is the number of the layout that doc.go describes.
const Format = 5

const (
	// chunkBytes is a chunk with its page header and key in a whole number of pages.
	chunkBytes = 1<<20 - 4096
	// txBytes bounds what one transaction writes.
	txBytes  = 16 << 20
	sealSize = 16
)

// What callers branch on.
var (
	// ErrMissing says that the store does not hold what was asked for.
	ErrMissing = errors.New("not in the store")
	// ErrCorrupt says that stored bytes are not those that were written.
	ErrCorrupt = errors.New("damaged in the store")
	// ErrStructure is ErrCorrupt of what holds the records together: a write would
	// lose more, so that nothing but reading what is left and a new file helps.
	ErrStructure = fmt.Errorf("%w: its structure", ErrCorrupt)
	// ErrLocked says that another program does not let go of the store.
	ErrLocked = errors.New("store is locked")
	// ErrRefused says that the disk did not take what was to be written.
	ErrRefused = errors.New("cannot write store")
	// ErrReadOnly says that the store was opened for reading alone.
	ErrReadOnly = errors.New("store is open for reading only")
)

// The buckets of the file.
var (
	metaBucket      = []byte("meta")
	resultsBucket   = []byte("results")
	artifactsBucket = []byte("artifacts")
	contentsBucket  = []byte("contents")
	chunksBucket    = []byte("chunks")
	pendingBucket   = []byte("pending")
	latestBucket    = []byte("latest")
	failuresBucket  = []byte("failures")
	logsBucket      = []byte("logs")
	runsBucket      = []byte("runs")
	runTasksBucket  = []byte("run_tasks")
	filesBucket     = []byte("files")
	rootsBucket     = []byte("roots")
	codeBucket      = []byte("code")

	buckets = [][]byte{metaBucket, resultsBucket, artifactsBucket, contentsBucket, chunksBucket, pendingBucket,
		latestBucket, failuresBucket, logsBucket, runsBucket, runTasksBucket, filesBucket, rootsBucket, codeBucket}

	formatKey = []byte("format")
)

// seal is the checksum of a record; bucket and key are part of it, so that a
// record found under another name is noticed too.
func seal(bucket, key, payload []byte) []byte {
	h := sha256.New()
	h.Write(bucket)
	h.Write([]byte{0})
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(key))))
	h.Write(key)
	h.Write(payload)
	return h.Sum(nil)[:sealSize]
}

// unseal returns the payload of a stored value, or false where it is damaged.
func unseal(bucket, key, value []byte) ([]byte, bool) {
	if len(value) < sealSize {
		return nil, false
	}
	payload := value[sealSize:]
	return payload, bytes.Equal(value[:sealSize], seal(bucket, key, payload))
}

// getRecord returns a copy of a record's payload, ErrMissing or ErrCorrupt.
func getRecord(tx *bolt.Tx, bucket, key []byte) ([]byte, error) {
	b, err := bucketOf(tx, bucket)
	if err != nil {
		return nil, err
	}
	value := b.Get(key)
	if value == nil {
		return nil, ErrMissing
	}
	return checked(bucket, key, value)
}

// checked copies a stored value out of its transaction and unseals it.
func checked(bucket, key, value []byte) ([]byte, error) {
	payload, ok := unseal(bucket, key, slices.Clone(value))
	if !ok {
		return nil, fmt.Errorf("%w: the record %s of %q", ErrCorrupt, keyName(key), bucket)
	}
	return payload, nil
}

// putRecord seals and writes a record.
func putRecord(tx *bolt.Tx, bucket, key, payload []byte) error {
	b, err := bucketOf(tx, bucket)
	if err != nil {
		return err
	}
	if err := b.Put(key, append(seal(bucket, key, payload), payload...)); err != nil {
		return fmt.Errorf("write the record %s of %q: %w", keyName(key), bucket, err)
	}
	return nil
}

// putJSON is putRecord of v as JSON.
func putJSON(tx *bolt.Tx, bucket, key []byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the record %s of %q: %w", keyName(key), bucket, err)
	}
	return putRecord(tx, bucket, key, text)
}

// getJSON is getRecord of JSON into v.
func getJSON(tx *bolt.Tx, bucket, key []byte, v any) error {
	text, err := getRecord(tx, bucket, key)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%w: the record %s of %q: %w", ErrCorrupt, keyName(key), bucket, err)
	}
	return nil
}

// bucketOf returns a bucket that every store has; a store without it is damaged.
func bucketOf(tx *bolt.Tx, name []byte) (*bolt.Bucket, error) {
	if b := tx.Bucket(name); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: there is no bucket %q", ErrCorrupt, name)
}

// keyName shows a key to people: text where it is text, else hexadecimal. Of one
// that damage made long it is the beginning.
func keyName(key []byte) string {
	key = key[:min(len(key), 256)]
	for _, c := range key {
		if c < ' ' || c > '~' {
			return fmt.Sprintf("%x", key)
		}
	}
	return string(key)
}

// addressKey is the key under which things of a task's address are kept.
// Quoted, so that no experiment and address can be taken for others.
func addressKey(experiment, address string) []byte {
	return []byte(strconv.Quote(experiment) + " " + address)
}

// chunkKey is the key of a chunk: its number, big-endian, so that chunks lie in
// order of arrival.
func chunkKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// span is chunks with consecutive numbers.
type span struct{ first, count uint64 }

// sum tells a chunk from what damage makes of it, much faster than its share of a
// digest could.
type sum [sumSize]byte

const sumSize = 16

func sumOf(chunk []byte) sum { return xxh3.Hash128(chunk).Bytes() }

// index says where a content lies, and the sum of each of its chunks. All chunks
// but the last are full.
type index struct {
	size  int64
	spans []span
	sums  []sum
}

func (ix index) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(ix.size))
	for _, r := range ix.spans {
		b = binary.BigEndian.AppendUint64(b, r.first)
		b = binary.BigEndian.AppendUint64(b, r.count)
	}
	for _, c := range ix.sums {
		b = append(b, c[:]...)
	}
	return b
}

func decodeIndex(b []byte) (index, error) {
	if len(b) < 8 || len(b)%16 != 8 {
		return index{}, fmt.Errorf("%w: an index of %d bytes", ErrCorrupt, len(b))
	}
	ix := index{size: int64(binary.BigEndian.Uint64(b))}
	chunks := uint64(ix.size) / chunkBytes
	if uint64(ix.size)%chunkBytes > 0 {
		chunks++
	}
	left := chunks
	for b = b[8:]; left > 0 && len(b) > 0; b = b[16:] {
		r := span{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
		if r.count == 0 || r.count > left {
			return index{}, fmt.Errorf("%w: an index of chunks that are not its content's", ErrCorrupt)
		}
		ix.spans, left = append(ix.spans, r), left-r.count
	}
	if left > 0 || uint64(len(b)/16) != chunks {
		return index{}, fmt.Errorf("%w: an index of %d bytes for %d chunks", ErrCorrupt, len(b), chunks)
	}
	for ; len(b) > 0; b = b[16:] {
		ix.sums = append(ix.sums, sum(b))
	}
	return ix, nil
}

// chunks is the number of chunks of the content.
func (ix index) chunks() uint64 { return uint64(len(ix.sums)) }

// at returns the number of the i-th chunk.
func (ix index) at(i uint64) uint64 {
	for _, r := range ix.spans {
		if i < r.count {
			return r.first + i
		}
		i -= r.count
	}
	return 0
}
