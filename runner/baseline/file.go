package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"reprise/spec"
)

// Format is the number of the form of baseline files.
const Format = 1

// File is what was accepted, by check and by the variables that were given:
//
//	{
//	  "reprise-baseline": 1,
//	  "accepted": [
//	    {
//	      "check": "reproduces",
//	      "given": {},
//	      "arch": "linux/amd64",
//	      "toolchain": "go1.26.0",
//	      "code": {
//	        "stages/fitlrrnn": "5be1…"
//	      },
//	      "tasks": {
//	        "stage.fit[\"seed=0\"]": "9f2c…"
//	      },
//	      "metrics": {
//	        "stage.fit[*].metrics.loss": {
//	          "better": "lower",
//	          "n": 5,
//	          "tolerance": {
//	            "relative": 0.05
//	          },
//	          "values": {
//	            "seed=0": 0.12
//	          }
//	        }
//	      }
//	    }
//	  ]
//	}
type File struct {
	Format   int         `json:"reprise-baseline"`
	Accepted []*Accepted `json:"accepted"`
}

// Accepted is what was accepted for one check under one set of variables.
type Accepted struct {
	Check     string             `json:"check"`
	Given     map[string]string  `json:"given"`     // variables that were not their defaults, as JSON text
	Arch      string             `json:"arch"`      // of the machine that the metrics come from
	Toolchain string             `json:"toolchain"` // that made the program
	Code      map[string]string  `json:"code"`      // of all tasks behind the metrics: package or module -> version
	Tasks     map[string]string  `json:"tasks"`     // they: address -> key
	Metrics   map[string]*Metric `json:"metrics"`   // by the text that the experiment has for it
}

// Metric is what was accepted for a metric, and what was asked of it then.
type Metric struct {
	Better    string             `json:"better,omitempty"`
	N         int                `json:"n"`
	Tolerance map[string]float64 `json:"tolerance"`
	Value     *float64           `json:"value,omitempty"`  // where there is one
	Values    Values             `json:"values,omitempty"` // of a sweep, by instance
}

// NewMetric is what to accept.
func NewMetric(values Values, tolerance spec.Tolerance, better string) *Metric {
	m := &Metric{Better: better, N: len(values), Tolerance: map[string]float64{tolerance.Kind: tolerance.Value}}
	if v, ok := values[""]; ok && len(values) == 1 {
		m.Value = &v
	} else {
		m.Values = values
	}
	return m
}

// All returns the values, a single one with the empty name.
func (m *Metric) All() Values {
	if m.Value != nil {
		return Values{"": *m.Value}
	}
	return m.Values
}

// Asked is what was asked of the metric then, as in "relative 0.05, lower is better".
func (m *Metric) Asked() string { return asked(m.Tolerance, m.Better) }

// Asked is what is asked of a metric, in the same words.
func Asked(t spec.Tolerance, better string) string {
	return asked(map[string]float64{t.Kind: t.Value}, better)
}

func asked(tolerance map[string]float64, better string) string {
	text := ""
	for kind, value := range tolerance {
		text = fmt.Sprintf("%s %g", strings.ReplaceAll(kind, "_", " "), value)
	}
	if better != "" {
		text += ", " + better + " is better"
	}
	return text
}

// Find returns what was accepted for a check under these variables, or nil.
func (f *File) Find(check string, given map[string]string) *Accepted {
	for _, a := range f.Accepted {
		if a.Check == check && maps.Equal(a.Given, given) {
			return a
		}
	}
	return nil
}

// Accept puts it in the place of what was accepted before for the same check
// and variables.
func (f *File) Accept(a *Accepted) {
	f.Accepted = slices.DeleteFunc(f.Accepted, func(b *Accepted) bool { return a.Check == b.Check && maps.Equal(a.Given, b.Given) })
	f.Accepted = append(f.Accepted, a)
}

// Encode writes the file in its one form: sorted, and indented.
func (f *File) Encode() []byte {
	f.Format = Format
	if f.Accepted == nil {
		f.Accepted = []*Accepted{}
	}
	slices.SortFunc(f.Accepted, func(a, b *Accepted) int {
		return cmp.Or(strings.Compare(a.Check, b.Check), strings.Compare(inOrder(a.Given), inOrder(b.Given)))
	})
	return append(bytes.TrimRight(indented(f), "\n"), '\n')
}

// inOrder is a text that orders sets of variables; none comes first.
func inOrder(given map[string]string) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text += name + "\x00" + given[name] + "\x00"
	}
	return text
}

func indented(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // numbers are finite: Compare and Decode see to it
	return b.Bytes()
}

// Load reads a file; one that is not there has nothing in it.
func Load(path string) (*File, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{}, nil
	}
	if err == nil && info.Size() > maxBytes {
		err = fmt.Errorf("%s has %d bytes, which is no baseline file", path, info.Size())
	}
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Decode(path, text)
}
