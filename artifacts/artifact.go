package artifacts

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// Artifact is the one output of a task. It is made by a stage's method with
// [New], or opened from a manifest with [Open]; then tables are read when they
// are asked for. Reading is safe for concurrent use.
type Artifact struct {
	mu      sync.Mutex
	tables  map[string]*Table
	files   map[string]Content
	metrics map[string]float64

	manifest *Manifest // set by Open
	from     Source
}

// New makes an artifact of tables.
func New(tables ...*Table) *Artifact {
	a := &Artifact{tables: map[string]*Table{}, files: map[string]Content{}, metrics: map[string]float64{}}
	for _, t := range tables {
		if a.tables[t.Name] != nil {
			panic(fmt.Sprintf("artifacts: two tables named %q", t.Name))
		}
		a.tables[t.Name] = t
	}
	return a
}

// SetMetric adds a metric: a scalar that experiments can refer to. A value that
// is no finite number makes the artifact's encoding fail.
func (a *Artifact) SetMetric(name string, value float64) { a.metrics[name] = value }

// Content is bytes that need not be in memory, such as those of a file. They
// must not change.
type Content interface {
	io.ReaderAt
	Size() int64
}

// SetFile adds a file by its name, such as a picture.
func (a *Artifact) SetFile(name string, content []byte) {
	a.SetFileContent(name, bytes.NewReader(content))
}

// SetFileContent is SetFile of what may be larger than the memory.
func (a *Artifact) SetFileContent(name string, content Content) { a.files[name] = content }

// Source has contents by digest. What it gives is what was put, and not damaged.
type Source interface {
	Read(Digest) ([]byte, error)
	// Copy writes a content to w, in parts. It may fail when it has written some.
	Copy(w io.Writer, d Digest) error
}

// Open makes an artifact whose tables and files are read by digest when they
// are first asked for.
func Open(m *Manifest, from Source) *Artifact {
	a := New()
	a.manifest, a.from = m, from
	for _, e := range m.Metrics {
		a.metrics[e.Name] = e.Value
	}
	return a
}

// Tables returns the names of the tables, sorted.
func (a *Artifact) Tables() []string {
	if a.manifest != nil {
		return entryNames(a.manifest.Tables)
	}
	return slices.Sorted(maps.Keys(a.tables))
}

// Files returns the names of the files, sorted.
func (a *Artifact) Files() []string {
	if a.manifest != nil {
		return entryNames(a.manifest.Files)
	}
	return slices.Sorted(maps.Keys(a.files))
}

func entryNames(entries []Entry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

// Metrics returns the metrics by name.
func (a *Artifact) Metrics() map[string]float64 { return maps.Clone(a.metrics) }

// Has tells whether the artifact has the table.
func (a *Artifact) Has(table string) bool { return slices.Contains(a.Tables(), table) }

// Table returns a table by name, or an error that lists the tables there are.
func (a *Artifact) Table(name string) (*Table, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.tables[name]; t != nil {
		return t, nil
	}
	if a.manifest != nil {
		if e, ok := find(a.manifest.Tables, name); ok {
			b, err := a.from.Read(e.Digest)
			if err != nil {
				return nil, fmt.Errorf("table %q: %w", name, err)
			}
			t, err := DecodeTable(name, b)
			if err != nil {
				return nil, err
			}
			a.tables[name] = t
			return t, nil
		}
	}
	return nil, fmt.Errorf("no table %q in the artifact; it has %s", name, orNone(a.Tables()))
}

// File returns a file's content by name, in memory.
func (a *Artifact) File(name string) ([]byte, error) {
	var b bytes.Buffer
	err := a.CopyFile(&b, name)
	return b.Bytes(), err
}

const copyBuffer = 32 << 10 // bytes; most files are smaller

// CopyFile writes a file's content to w, in parts.
func (a *Artifact) CopyFile(w io.Writer, name string) error {
	a.mu.Lock()
	content, ok := a.files[name]
	a.mu.Unlock()
	if ok {
		size := content.Size()
		_, err := io.CopyBuffer(w, io.NewSectionReader(content, 0, size), make([]byte, min(size+512, copyBuffer)))
		return err
	}
	if a.manifest != nil {
		if e, ok := find(a.manifest.Files, name); ok {
			return a.from.Copy(w, e.Digest)
		}
	}
	return fmt.Errorf("no file %q in the artifact; it has %s", name, orNone(a.Files()))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Encoded is the content of a table that Encode made. Nobody else has its bytes, so
// that they are those of its digest, and need not be summed up again.
type Encoded struct {
	bytes  []byte
	digest Digest
}

// Size is the number of bytes.
func (e *Encoded) Size() int64 { return int64(len(e.bytes)) }

// ReadAt reads a part.
func (e *Encoded) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(e.bytes).ReadAt(p, off)
}

// Bytes are all of it, which must not change.
func (e *Encoded) Bytes() []byte { return e.bytes }

// Digest is that of the bytes.
func (e *Encoded) Digest() Digest { return e.digest }

// Encode turns an artifact made with New into its manifest and the content of
// each entry by digest. The same artifact gives the same bytes every time.
func (a *Artifact) Encode() (*Manifest, map[Digest]Content, error) {
	m, contents := &Manifest{}, map[Digest]Content{}
	for _, name := range a.Tables() {
		t, err := a.Table(name)
		if err != nil {
			return nil, nil, err
		}
		b, err := EncodeTable(t)
		if err != nil {
			return nil, nil, err
		}
		content := &Encoded{b, DigestOf(b)}
		m.Tables = append(m.Tables, Entry{Name: name, Digest: content.digest, Size: content.Size()})
		contents[content.digest] = content
	}
	for _, name := range a.Files() {
		h, content := sha256.New(), a.files[name]
		if err := a.CopyFile(h, name); err != nil {
			return nil, nil, fmt.Errorf("file %q: %w", name, err)
		}
		e := Entry{Name: name, Digest: Digest(h.Sum(nil)), Size: content.Size()}
		m.Files, contents[e.Digest] = append(m.Files, e), content
	}
	for _, name := range slices.Sorted(maps.Keys(a.metrics)) {
		v := a.metrics[name]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, fmt.Errorf("metric %q is %v, which is no number to keep or to compare", name, v)
		}
		m.Metrics = append(m.Metrics, Metric{Name: name, Value: v})
	}
	return m, contents, nil
}
