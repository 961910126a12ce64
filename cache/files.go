package cache

import (
	"encoding/binary"
	"maps"
	"time"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

const (
	// racy is how much older than its hashing a file must be for its identity to
	// tell later changes: clocks of file systems are coarse.
	racy = 2 * time.Second
	// flushDelay is how long remembered digests wait for company.
	flushDelay = 100 * time.Millisecond
)

// FileIdentity is what stat tells of a file that changes when its content does:
// the change time even where the modification time is put back.
type FileIdentity struct {
	Size       int64
	ModTime    int64 // nanoseconds since 1970
	ChangeTime int64 // nanoseconds since 1970
	Inode      uint64
	Device     uint64
}

// Settled tells whether, at a time, the file has been as it is for so long that
// its identity tells of any change since, but for writes through a memory map: of those
// that come before the first was written back the kernel says nothing.
func (id FileIdentity) Settled(at time.Time) bool {
	limit := at.Add(-racy).UnixNano()
	return id.ModTime < limit && id.ChangeTime < limit
}

// IdentitySize is how many bytes an identity takes.
const IdentitySize = 5 * 8

// Append writes the identity behind b.
func (id FileIdentity) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(id.Size))
	b = binary.BigEndian.AppendUint64(b, uint64(id.ModTime))
	b = binary.BigEndian.AppendUint64(b, uint64(id.ChangeTime))
	b = binary.BigEndian.AppendUint64(b, id.Inode)
	return binary.BigEndian.AppendUint64(b, id.Device)
}

// DecodeIdentity reads what Append wrote.
func DecodeIdentity(b [IdentitySize]byte) FileIdentity {
	at := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	return FileIdentity{int64(at(0)), int64(at(1)), int64(at(2)), at(3), at(4)}
}

// FileDigest returns the remembered digest of the file at path, if the file is
// still the one that was hashed.
func (s *Store) FileDigest(path string, id FileIdentity) (artifacts.Digest, bool) {
	s.filesMu.Lock()
	payload := s.files[path]
	s.filesMu.Unlock()
	if payload == nil {
		err := s.view(func(tx *bolt.Tx) (err error) {
			payload, err = getRecord(tx, filesBucket, []byte(path))
			return err
		})
		if err != nil { // it is only a shortcut
			return artifacts.Digest{}, false
		}
	}
	want := id.Append(nil)
	if len(payload) != len(want)+len(artifacts.Digest{}) || string(payload[:len(want)]) != string(want) {
		return artifacts.Digest{}, false
	}
	return artifacts.Digest(payload[len(want):]), true
}

// RememberFile remembers the digest of the file at path, with the identity that
// it had before and after hashing; began is when the hashing began. A file that
// changed less than two seconds before is not remembered: a change right after
// might not show. The record becomes durable soon after; on a store that is
// open for reading only nothing is remembered.
func (s *Store) RememberFile(path string, id FileIdentity, d artifacts.Digest, began time.Time) {
	if s.readOnly || !id.Settled(began) {
		return
	}
	s.filesMu.Lock()
	defer s.filesMu.Unlock()
	if s.files == nil {
		s.files = map[string][]byte{}
	}
	s.files[path] = append(id.Append(nil), d[:]...)
	if s.filesTimer == nil {
		s.filesTimer = time.AfterFunc(flushDelay, s.flushFiles)
	}
}

// flushFiles writes the digests that wait. One that cannot be written is
// computed again next time.
func (s *Store) flushFiles() {
	s.filesMu.Lock()
	files := maps.Clone(s.files)
	if s.filesTimer != nil {
		s.filesTimer.Stop()
		s.filesTimer = nil
	}
	s.filesMu.Unlock()
	if len(files) == 0 {
		return
	}
	s.commit(len(files)*256, func(tx *bolt.Tx) error {
		for path, payload := range files {
			if err := putRecord(tx, filesBucket, []byte(path), payload); err != nil {
				return err
			}
		}
		return nil
	})
	s.filesMu.Lock()
	defer s.filesMu.Unlock()
	for path, payload := range files {
		if string(s.files[path]) == string(payload) {
			delete(s.files, path)
		}
	}
}
