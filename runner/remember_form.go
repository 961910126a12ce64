package runner

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"

	"reprise/artifacts"
	"reprise/cache"
)

// takenFiles are files that tasks take, by their paths; the identity is zero where it
// does not tell of a change.
type takenFiles map[string]seenFile

// identified is a file that was found to have a digest.
func (f *Files) identified(path string, d artifacts.Digest) seenFile {
	if abs, err := f.abs(path); err == nil {
		if seen, ok := f.lastSeen(abs); ok && seen.digest == d {
			return seen
		}
	}
	return seenFile{digest: d}
}

// expect has files pass for what they were found to be, as long as their identities
// are the same; not where all shall be read.
func (f *Files) expect(all takenFiles) {
	for path, seen := range all {
		if abs, err := f.abs(path); err == nil && !f.Rehash && seen.id != (cache.FileIdentity{}) {
			f.saw(abs, seen)
		}
	}
}

// Encode writes the plan: all but tasks as JSON, and the tasks in turn.
func (m *Remembered) Encode() (head, tail []byte, err error) {
	m.Count = len(m.tasks)
	if head, err = json.Marshal(m); err != nil {
		return nil, nil, err
	}
	for _, t := range m.tasks {
		tail = appendText(tail, t.Address)
		tail = append(append(append(tail, t.Key[:]...), t.Seal[:]...), t.artifact[:]...)
		tail = binary.BigEndian.AppendUint64(tail, math.Float64bits(t.seconds))
	}
	return head, tail, nil
}

var errPlan = errors.New("no remembered plan")

// DecodeRemembered reads what Encode wrote, the tail when it is needed.
func DecodeRemembered(p cache.Plan) (*Remembered, error) {
	m := &Remembered{tail: p.Tail}
	if err := json.Unmarshal(p.Head, m); err != nil {
		return nil, err
	}
	if m.Count < 0 {
		return nil, errPlan
	}
	return m, nil
}

// load reads the tasks, unless they are there.
func (m *Remembered) load() error {
	if m.tail == nil {
		return nil
	}
	rest := m.tail()
	tasks := make([]standing, 0, min(m.Count, len(rest)))
	for len(rest) > 0 {
		var (
			t  standing
			ok bool
		)
		if t.Address, rest, ok = cutText(rest, len(t.Key)+len(t.Seal)+len(t.artifact)+8); !ok {
			return errPlan
		}
		for _, into := range [][]byte{t.Key[:], t.Seal[:], t.artifact[:]} {
			rest = rest[copy(into, rest):]
		}
		t.seconds = math.Float64frombits(binary.BigEndian.Uint64(rest))
		rest = rest[8:]
		tasks = append(tasks, t)
	}
	if len(tasks) != m.Count {
		return errPlan
	}
	m.tasks, m.tail = tasks, nil
	return nil
}

// MarshalText writes the files in turn: as an object they would take as long to
// read as all else that a run needs in which nothing changed.
func (f takenFiles) MarshalText() ([]byte, error) {
	var b []byte
	for path, seen := range f {
		b = append(appendText(b, path), seen.digest[:]...)
		b, _ = binary.Append(b, binary.BigEndian, seen.id)
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText reads what MarshalText wrote.
func (f *takenFiles) UnmarshalText(text []byte) error {
	rest, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return err
	}
	*f = takenFiles{}
	for len(rest) > 0 {
		var seen seenFile
		size := binary.Size(seen.id)
		path, after, ok := cutText(rest, len(seen.digest)+size)
		if !ok {
			return errPlan
		}
		after = after[copy(seen.digest[:], after):]
		_, _ = binary.Decode(after, binary.BigEndian, &seen.id) // it is long enough
		(*f)[path], rest = seen, after[size:]
	}
	return nil
}

// appendText writes a text behind its length.
func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// cutText reads one that at least so many bytes come behind.
func cutText(b []byte, behind int) (text string, rest []byte, ok bool) {
	long, size := binary.Uvarint(b)
	if size <= 0 || long > uint64(len(b)) || len(b) < size+int(long)+behind {
		return "", nil, false
	}
	return string(b[size : size+int(long)]), b[size+int(long):], true
}
