package artifacts

import (
	"fmt"
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
	files   map[string][]byte
	metrics map[string]float64

	manifest *Manifest // set by Open
	read     func(Digest) ([]byte, error)
}

// New makes an artifact of tables.
func New(tables ...*Table) *Artifact {
	a := &Artifact{tables: map[string]*Table{}, files: map[string][]byte{}, metrics: map[string]float64{}}
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

// SetFile adds a file by its name, such as a picture.
func (a *Artifact) SetFile(name string, content []byte) { a.files[name] = content }

// Open makes an artifact whose tables and files are read by digest when they
// are first asked for. read returns bytes that it has checked against the digest.
func Open(m *Manifest, read func(Digest) ([]byte, error)) *Artifact {
	a := New()
	a.manifest, a.read = m, read
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
			b, err := a.read(e.Digest)
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

// File returns a file's content by name.
func (a *Artifact) File(name string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if b, ok := a.files[name]; ok {
		return b, nil
	}
	if a.manifest != nil {
		if e, ok := find(a.manifest.Files, name); ok {
			return a.read(e.Digest)
		}
	}
	return nil, fmt.Errorf("no file %q in the artifact; it has %s", name, orNone(a.Files()))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Encode turns an artifact made with New into its manifest and the content of
// each entry by digest. The same artifact gives the same bytes every time.
func (a *Artifact) Encode() (*Manifest, map[Digest][]byte, error) {
	m, blobs := &Manifest{}, map[Digest][]byte{}
	add := func(name string, b []byte) Entry {
		d := DigestOf(b)
		blobs[d] = b
		return Entry{Name: name, Digest: d, Size: int64(len(b))}
	}
	for _, name := range a.Tables() {
		t, err := a.Table(name)
		if err != nil {
			return nil, nil, err
		}
		b, err := EncodeTable(t)
		if err != nil {
			return nil, nil, err
		}
		m.Tables = append(m.Tables, add(name, b))
	}
	for _, name := range a.Files() {
		b, err := a.File(name)
		if err != nil {
			return nil, nil, err
		}
		m.Files = append(m.Files, add(name, b))
	}
	for _, name := range slices.Sorted(maps.Keys(a.metrics)) {
		v := a.metrics[name]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, fmt.Errorf("metric %q is %v, which is no number to keep or to compare", name, v)
		}
		m.Metrics = append(m.Metrics, Metric{Name: name, Value: v})
	}
	return m, blobs, nil
}
