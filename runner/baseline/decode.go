package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"reprise/spec"
)

// maxBytes bounds a file that is read; a sweep of a thousand tasks has 0.2 MB.
const maxBytes = 64 << 20

// Decode reads the text of a file. Errors begin with its name and the line.
func Decode(name string, text []byte) (*File, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	f := &File{}
	if at, fault := ambiguous(text); fault != "" {
		return nil, fmt.Errorf("%s:%d: %s", name, lineAt(text, at), fault)
	}
	if err := d.Decode(f); err != nil {
		return nil, located(name, text, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s:%d: there is more behind its end", name, lineAt(text, int(d.InputOffset())+1))
	}
	if f.Format != Format {
		return nil, fmt.Errorf("%s:%d: it has the form %d, and this reprise reads %d", name, find(text, `"reprise-baseline"`), f.Format, Format)
	}
	for i, a := range f.Accepted {
		if a == nil || a.Check == "" || a.Given == nil || a.Metrics == nil {
			return nil, fmt.Errorf("%s:%d: what was accepted needs a check, given and metrics", name, find(text, `"accepted"`))
		}
		if slices.ContainsFunc(f.Accepted[:i], func(b *Accepted) bool { return (&File{Accepted: []*Accepted{b}}).Find(a.Check, a.Given) != nil }) {
			return nil, fmt.Errorf("%s:%d: check %q is there twice with the same variables", name, find(text, quote(a.Check)), a.Check)
		}
		if a.Code == nil {
			a.Code = map[string]string{}
		}
		if a.Tasks == nil {
			a.Tasks = map[string]string{}
		}
		for metric, m := range a.Metrics {
			if err := m.check(); err != nil {
				return nil, fmt.Errorf("%s:%d: %s: %w", name, find(text, quote(a.Check), quote(metric)), metric, err)
			}
		}
	}
	return f, nil
}

// ambiguous finds what Go's decoder takes for something else than it says: null,
// which it reads as 0, and a name that is there twice, whose last value it takes.
func ambiguous(text []byte) (at int, fault string) {
	d := json.NewDecoder(bytes.NewReader(text))
	type level struct {
		names map[string]bool // nil in a list
		value bool            // a value comes next, not a name
	}
	open := []level{{}}
	for {
		token, err := d.Token()
		if err != nil { // the end, or a fault that is told elsewhere
			return 0, ""
		}
		in := &open[len(open)-1]
		name, text := token.(string)
		switch {
		case token == json.Delim('}') || token == json.Delim(']'):
			open = open[:len(open)-1]
			open[len(open)-1].value = false
			continue
		case in.names != nil && !in.value && text:
			if in.names[name] {
				return int(d.InputOffset()), fmt.Sprintf("%s is there twice", quote(name))
			}
			in.names[name], in.value = true, true
			continue
		case token == nil:
			return int(d.InputOffset()), "null is no value in a baseline file"
		case token == json.Delim('{'):
			open = append(open, level{names: map[string]bool{}})
			continue
		case token == json.Delim('['):
			open = append(open, level{})
			continue
		}
		in.value = false
	}
}

// check complains of what Encode would not have written.
func (m *Metric) check() error {
	switch {
	case m == nil:
		return errors.New("it has nothing")
	case (m.Value == nil) == (len(m.Values) == 0):
		return errors.New("it has a value or values")
	case m.N != len(m.All()):
		return fmt.Errorf("n is %d, and there are %d values", m.N, len(m.All()))
	case m.Better != "" && m.Better != "lower" && m.Better != "higher":
		return fmt.Errorf("better is lower or higher, not %q", m.Better)
	case len(m.Tolerance) != 1:
		return errors.New("it has one tolerance")
	}
	for kind, value := range m.Tolerance {
		if kind != spec.Absolute && kind != spec.Relative && kind != spec.StandardErrors || value < 0 {
			return fmt.Errorf("there is no tolerance %s %g", kind, value)
		}
	}
	return nil
}

// located adds the name and the line to an error of JSON.
func located(name string, text []byte, err error) error {
	var (
		syntax *json.SyntaxError
		typ    *json.UnmarshalTypeError
	)
	// Without a stream, so that offsets are those in the text.
	if whole := json.Unmarshal(text, &File{}); errors.As(whole, &syntax) {
		hint := ""
		if bytes.Contains(text, []byte("<<<<<<< ")) {
			hint = "; it has a conflict of git's: take either side, then accept anew with reprise baseline update"
		}
		return fmt.Errorf("%s:%d: it is no JSON: %w%s", name, lineAt(text, int(syntax.Offset)), syntax, hint)
	} else if errors.As(whole, &typ) {
		return fmt.Errorf("%s:%d: %s cannot be a JSON %s", name, lineAt(text, int(typ.Offset)), nameOr(typ.Field, "the file"), typ.Value)
	}
	if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return fmt.Errorf("%s:%d: there is no %s in a baseline file", name, find(text, field), field)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// lineAt is the line of an offset.
func lineAt(text []byte, offset int) int {
	return 1 + bytes.Count(text[:min(max(offset-1, 0), len(text))], []byte("\n"))
}

// find is the line of the last of these words, each looked for behind the one
// before it.
func find(text []byte, words ...string) int {
	at := 0
	for _, w := range words {
		i := bytes.Index(text[at:], []byte(w))
		if i < 0 {
			break
		}
		at += i + len(w)
	}
	return lineAt(text, at)
}

// quote is a string as the file has it.
func quote(s string) string { return strings.TrimSpace(string(indented(s))) }
