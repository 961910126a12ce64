package runner

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"

	"reprise/cache"
	"reprise/spec"
)

// takenFiles are files that tasks take, by their paths; the identity is zero where it
// does not tell of a change.
type takenFiles map[string]seenFile

// paths are in the order in which tasks name them by number.
func (f takenFiles) paths() []string { return slices.Sorted(maps.Keys(f)) }

// Encode writes the plan: all but tasks as JSON, and the tasks in turn.
func (m *Remembered) Encode() (head, tail []byte, err error) {
	m.Count = len(m.tasks)
	if head, err = json.Marshal(m); err != nil {
		return nil, nil, err
	}
	tail = make([]byte, 0, 256*len(m.tasks))
	numbers := map[string]int{}
	for i, path := range m.Files.paths() {
		numbers[path] = i
	}
	for _, t := range m.tasks {
		tail = appendText(tail, t.Address)
		tail = append(append(append(tail, t.Key[:]...), t.Seal[:]...), t.artifact[:]...)
		tail = binary.BigEndian.AppendUint64(tail, math.Float64bits(t.seconds))
		tail = appendFlag(tail, t.metrics)
		tail = appendInts(tail, len(t.files))
		for _, f := range t.files {
			tail = appendText(appendText(appendInts(tail, numbers[f.Path]), f.Attribute), f.Name)
		}
	}
	tail = appendFlag(tail, m.outline != nil)
	if m.outline != nil {
		tail = appendOutline(tail, m.outline)
	}
	return head, tail, nil
}

func appendOutline(b []byte, o *spec.Outline) []byte {
	for _, t := range o.Tasks {
		b = appendInts(b, t.Block, t.Takes, t.After, len(t.Needs))
		b = appendInts(b, t.Needs...)
		b = appendFlag(b, t.Gives.AnyMetric)
		for _, list := range [][]spec.Gives{t.Gives.Tables, t.Gives.Metrics, t.Gives.Files} {
			b = appendInts(b, len(list))
			for _, g := range list {
				b = appendText(appendText(b, g.Name), g.Doc)
			}
		}
	}
	b = appendInts(b, o.Stages, len(o.Blocks))
	for _, one := range o.Blocks {
		b = appendText(appendText(appendText(b, one.File), one.Stage), one.Kind)
		b = appendInts(b, one.Start.Line, one.Start.Column, one.Start.Byte, one.End)
		b = appendFlag(appendFlag(b, one.Each), one.IsOff)
	}
	return b
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
	r := &formReader{rest: string(m.tail())}
	paths := m.Files.paths()
	tasks := make([]standing, 0, min(m.Count, len(r.rest)))
	for len(tasks) < m.Count && !r.bad {
		t := standing{Standing: cache.Standing{Address: r.text()}}
		r.bytes(t.Key[:])
		r.bytes(t.Seal[:])
		r.bytes(t.artifact[:])
		var seconds [8]byte
		r.bytes(seconds[:])
		t.seconds, t.metrics = math.Float64frombits(binary.BigEndian.Uint64(seconds[:])), r.flag()
		for range r.count() {
			f, i := spec.FileInput{}, r.int()
			if f.Attribute, f.Name = r.text(), r.text(); i < len(paths) {
				f.Path = paths[i]
			} else {
				r.bad = true
			}
			t.files = append(t.files, f)
		}
		tasks = append(tasks, t)
	}
	if r.flag() {
		m.outline = r.outline(tasks)
	}
	if r.bad || len(r.rest) > 0 {
		return errPlan
	}
	m.tasks, m.tail = tasks, nil
	return nil
}

func (r *formReader) outline(tasks []standing) *spec.Outline {
	o := &spec.Outline{Tasks: make([]spec.OutlinedTask, len(tasks))}
	needs := make([]int, 0, 2*len(tasks)) // of all tasks
	for i := range o.Tasks {
		t := &o.Tasks[i]
		t.Address, t.Block, t.Takes, t.After = tasks[i].Address, r.int(), r.int(), r.int()
		first := len(needs)
		for range r.count() {
			needs = append(needs, r.int())
		}
		if len(needs) > first {
			t.Needs = needs[first:len(needs):len(needs)]
		}
		t.Gives.AnyMetric = r.flag()
		for _, list := range []*[]spec.Gives{&t.Gives.Tables, &t.Gives.Metrics, &t.Gives.Files} {
			for range r.count() {
				*list = append(*list, spec.Gives{Name: r.text(), Doc: r.text()})
			}
		}
	}
	o.Stages = r.int()
	blocks := r.count()
	o.Blocks = make([]spec.Block, 0, min(blocks, 2*len(tasks)+100))
	for range blocks {
		b := spec.Block{File: r.text(), Stage: r.text(), Kind: r.text()}
		b.Start.Line, b.Start.Column, b.Start.Byte, b.End = r.int(), r.int(), r.int(), r.int()
		b.Each, b.IsOff = r.flag(), r.flag()
		o.Blocks = append(o.Blocks, b)
	}
	return o
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
	plain, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return err
	}
	*f = takenFiles{}
	for r := (&formReader{rest: string(plain)}); len(r.rest) > 0; {
		var (
			seen seenFile
			id   [cache.IdentitySize]byte
		)
		path := r.text()
		r.bytes(seen.digest[:])
		if r.bytes(id[:]); r.bad {
			return errPlan
		}
		seen.id = cache.DecodeIdentity(id)
		(*f)[path] = seen
	}
	return nil
}

// appendText writes a text behind its length.
func appendText(b []byte, text string) []byte { return append(appendInts(b, len(text)), text...) }

func appendInts(b []byte, numbers ...int) []byte {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func appendFlag(b []byte, set bool) []byte {
	if set {
		return append(b, 1)
	}
	return append(b, 0)
}

// formReader reads what was appended; of what is cut off or none of that it is bad
// for good, and what it gives then counts for nothing.
type formReader struct {
	rest string
	bad  bool
}

func (r *formReader) take(n int) string {
	if r.bad || n > len(r.rest) {
		r.bad = true
		return ""
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *formReader) int() (n int) {
	if len(r.rest) > 0 && r.rest[0] < 0x80 && !r.bad { // as most are
		n = int(r.rest[0])
		r.rest = r.rest[1:]
		return n
	}
	for shift := 0; shift < 28; shift += 7 {
		b := r.take(1)
		if r.bad {
			return 0
		}
		n |= int(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			return n
		}
	}
	r.bad = true
	return 0
}

// count is the number of things that follow, of which each has a byte at least.
func (r *formReader) count() int {
	n := r.int()
	if n > len(r.rest) {
		r.bad = true
		return 0
	}
	return n
}

func (r *formReader) text() string      { return r.take(r.int()) }
func (r *formReader) bytes(into []byte) { copy(into, r.take(len(into))) }
func (r *formReader) flag() bool        { return r.take(1) == "\x01" }
