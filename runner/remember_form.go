package runner

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"

	"reprise/cache"
)

// takenFiles are files that tasks take, by their paths; the identity is zero where it
// does not tell of a change.
type takenFiles map[string]seenFile

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
		b = seen.id.Append(b)
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
		path, after, ok := cutText(rest, len(seen.digest)+cache.IdentitySize)
		if !ok {
			return errPlan
		}
		after = after[copy(seen.digest[:], after):]
		seen.id = cache.DecodeIdentity([cache.IdentitySize]byte(after))
		(*f)[path], rest = seen, after[cache.IdentitySize:]
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
