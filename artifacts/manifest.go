package artifacts

import (
	"fmt"
	"strconv"
	"strings"
)

// Entry names one table or file of an artifact and its content.
type Entry struct {
	Name   string
	Digest Digest
	Size   int64 // bytes
}

// Metric is a named scalar.
type Metric struct {
	Name  string
	Value float64
}

// Manifest lists what an artifact holds, each list sorted by name. Its text is
// one line an item, and the sha256 of that text is the artifact's digest:
//
//	file "portrait.svg" sha256 <hex> <bytes>
//	metric "loss" <shortest decimal that reads back the same>
//	table "neurons" sha256 <hex> <bytes>
type Manifest struct {
	Tables  []Entry
	Files   []Entry
	Metrics []Metric
}

// Text is the manifest as text, always the same for the same content.
func (m *Manifest) Text() []byte {
	var b strings.Builder
	for _, e := range m.Files {
		fmt.Fprintf(&b, "file %q sha256 %s %d\n", e.Name, e.Digest, e.Size)
	}
	for _, e := range m.Metrics {
		fmt.Fprintf(&b, "metric %q %s\n", e.Name, strconv.FormatFloat(e.Value, 'g', -1, 64))
	}
	for _, e := range m.Tables {
		fmt.Fprintf(&b, "table %q sha256 %s %d\n", e.Name, e.Digest, e.Size)
	}
	return []byte(b.String())
}

// Digest is the digest of the artifact.
func (m *Manifest) Digest() Digest { return DigestOf(m.Text()) }

// Table returns the entry of the named table.
func (m *Manifest) Table(name string) (Entry, bool) { return find(m.Tables, name) }

// Contents returns all entries, tables and files.
func (m *Manifest) Contents() []Entry {
	return append(append([]Entry{}, m.Tables...), m.Files...)
}

func find(entries []Entry, name string) (Entry, bool) {
	for _, e := range entries {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

// ParseManifest reads what Text wrote.
func ParseManifest(text []byte) (*Manifest, error) {
	m := &Manifest{}
	for n, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if line == "" {
			continue
		}
		bad := fmt.Errorf("manifest line %d is not one that reprise writes: %q", n+1, line)
		what, rest, _ := strings.Cut(line, " ")
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, bad
		}
		name, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, bad
		}
		fields := strings.Fields(rest[len(quoted):])
		switch {
		case what == "metric" && len(fields) == 1:
			v, err := strconv.ParseFloat(fields[0], 64)
			if err != nil {
				return nil, bad
			}
			m.Metrics = append(m.Metrics, Metric{Name: name, Value: v})
		case (what == "table" || what == "file") && len(fields) == 3 && fields[0] == "sha256":
			d, err := ParseDigest(fields[1])
			if err != nil {
				return nil, bad
			}
			size, err := strconv.ParseInt(fields[2], 10, 64)
			if err != nil || size < 0 {
				return nil, bad
			}
			e := Entry{Name: name, Digest: d, Size: size}
			if what == "table" {
				m.Tables = append(m.Tables, e)
			} else {
				m.Files = append(m.Files, e)
			}
		default:
			return nil, bad
		}
	}
	return m, nil
}
