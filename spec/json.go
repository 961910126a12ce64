package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sort"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// jsonValue is a value of a JSON text with its place.
type jsonValue struct {
	at      hcl.Range
	token   json.Token // a string, json.Number, bool or nil; json.Delim for the others
	items   []jsonValue
	members []jsonMember
}

// jsonMember is a name and what it stands before in an object.
type jsonMember struct {
	name  string
	at    hcl.Range
	value jsonValue
}

func (v jsonValue) isObject() bool { return v.token == json.Delim('{') }
func (v jsonValue) isList() bool   { return v.token == json.Delim('[') }

// jsonReader reads a JSON text token by token, so that hostile nesting costs no
// stack, and notes where each stands.
type jsonReader struct {
	name    string
	src     []byte
	lines   []int // where they begin
	decoder *json.Decoder
}

// readJSON reads a whole JSON text; the diagnostic is nil where it is good.
func readJSON(name string, src []byte) (jsonValue, *hcl.Diagnostic) {
	r := &jsonReader{name: name, src: src, lines: []int{0}, decoder: json.NewDecoder(bytes.NewReader(src))}
	r.decoder.UseNumber()
	for i, b := range src {
		if b == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	v, d := r.value(0)
	if d == nil {
		if at, _, err := r.next(); err != io.EOF {
			d = fault(at, "Invalid JSON", "Something stands behind the end of the JSON text, which is one object.")
		}
	}
	return v, d
}

// next returns the next token and its place.
func (r *jsonReader) next() (hcl.Range, json.Token, error) {
	begin := int(r.decoder.InputOffset())
	for begin < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[begin]) >= 0 {
		begin++
	}
	t, err := r.decoder.Token()
	end := int(r.decoder.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		begin = max(begin, min(int(syntax.Offset)-1, len(r.src)-1)) // or where its scanner noticed
		end = begin + 1
	}
	return hcl.Range{Filename: r.name, Start: r.pos(begin), End: r.pos(max(begin, end))}, t, err
}

func (r *jsonReader) pos(offset int) hcl.Pos {
	offset = min(offset, len(r.src))
	line := sort.SearchInts(r.lines, offset+1) - 1
	return hcl.Pos{Line: line + 1, Column: utf8.RuneCount(r.src[r.lines[line]:offset]) + 1, Byte: offset}
}

func (r *jsonReader) value(depth int) (jsonValue, *hcl.Diagnostic) {
	at, token, err := r.next()
	v := jsonValue{at: at, token: token}
	switch {
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return v, fault(at, "Invalid JSON", "The text ends too early: a bracket or quote is not closed.")
	case err != nil:
		return v, fault(at, "Invalid JSON", "This is no JSON: %s.", err)
	case depth > maxNesting:
		return v, fault(at, "Nested too deeply", "More than %d brackets stand within each other here.", maxNesting)
	case v.isList():
		for r.decoder.More() {
			item, d := r.value(depth + 1)
			if d != nil {
				return v, d
			}
			v.items = append(v.items, item)
		}
	case v.isObject():
		if d := r.object(&v, depth); d != nil {
			return v, d
		}
	default:
		return v, nil
	}
	if _, _, err = r.next(); err != nil { // the closing bracket
		return v, fault(at, "Invalid JSON", "This bracket is not closed as it should be: %s.", err)
	}
	return v, nil
}

func (r *jsonReader) object(v *jsonValue, depth int) *hcl.Diagnostic {
	lines := map[string]int{}
	for r.decoder.More() {
		at, token, err := r.next()
		name, ok := token.(string)
		if err != nil || !ok {
			return fault(at, "Invalid JSON", "A name between quotes stands here in an object.")
		}
		if line := lines[name]; line > 0 {
			return fault(at, "Name stands twice", "%q stands in this object already, on line %d. For several blocks of one name, write a list of objects.", name, line)
		}
		lines[name] = at.Start.Line
		member := jsonMember{name: name, at: at}
		var d *hcl.Diagnostic
		if member.value, d = r.value(depth + 1); d != nil {
			return d
		}
		v.members = append(v.members, member)
	}
	return nil
}
