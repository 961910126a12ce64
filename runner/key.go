package runner

import (
	"fmt"
	"strconv"
	"strings"

	"reprise/artifacts"
	"reprise/spec"
)

// keyFormat is the number of the form of key texts.
const keyFormat = 1

// keyText is a task's key as text: one item a line, of everything that can
// change its result and nothing else.
//
//	reprise-key 1
//	kind fit_lrrnn
//	format 1                          of the encoding of artifacts
//	code stages/fitlrrnn 5be1…        a line a package, and a module
//	set rank 2                        every attribute, defaults included, as JSON
//	secret env[TOKEN] sha256:9f2c…    an element of one that is not to be read
//	probe "python3 --version" "…"     what the method's probes found
//	file recording <digest>           files[lib/a.py] where there are several
//	in trials <digest>                a line an input, in order; inputs[fits][*] where it is one of a list
//
// A name is quoted where it is not one word.
func keyText(kind *spec.Kind, r *spec.Resolved, k knowns) string {
	var b strings.Builder
	fmt.Fprintf(&b, "reprise-key %d\nkind %s\nformat %d\n", keyFormat, kind.Name, artifacts.Format)
	for _, c := range kind.Code() {
		fmt.Fprintf(&b, "code %s %s\n", c.Package, c.Version)
	}
	for _, s := range r.Settings {
		what := "set"
		if s.Secret {
			what = "secret"
		}
		fmt.Fprintf(&b, "%s %s %s\n", what, oneWord(s.Name), s.Value)
	}
	for _, p := range k.probed {
		fmt.Fprintf(&b, "probe %s %q\n", oneWord(p.Name), p.Value)
	}
	for _, f := range r.Files {
		fmt.Fprintf(&b, "file %s %s\n", oneWord(f.Label()), k.files[f.Label()])
	}
	for _, in := range r.Inputs {
		for _, d := range k.inputs[in.Label()] {
			fmt.Fprintf(&b, "in %s %s\n", oneWord(in.Label()), d)
		}
	}
	return b.String()
}

// knowns is what a key has beyond a task's attributes, by label.
type knowns struct {
	probed []spec.Setting
	files  map[string]artifacts.Digest
	inputs map[string][]artifacts.Digest
}

// oneWord quotes a name that could be taken for several, or for a quoted one.
func oneWord(name string) string {
	if quoted := strconv.Quote(name); quoted[1:len(quoted)-1] != name || strings.ContainsAny(name, " ") {
		return quoted
	}
	return name
}

// Item is one line of a key text: what it is about (as in [Difference], and the
// form of the key), whose, and its value.
type Item struct {
	What  string `json:"what"`
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
}

// Items reads a key text.
func Items(text string) []Item {
	var out []Item
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		what, rest, _ := strings.Cut(line, " ")
		name, value, ok := strings.Cut(rest, " ")
		if quoted, err := strconv.QuotedPrefix(rest); err == nil && strings.HasPrefix(rest[len(quoted):], " ") {
			name, _ = strconv.Unquote(quoted) // it is quoted well
			value, ok = rest[len(quoted)+1:], true
		}
		if !ok {
			name, value = "", rest
		}
		out = append(out, Item{what, name, value})
	}
	return out
}

// Difference is one thing that differs between two keys of a task.
type Difference struct {
	What string `json:"what"` // "set", "secret", "code", "in", "file", "probe", "kind", "format"
	Name string `json:"name"` // of the attribute or package
	Old  string `json:"old"`  // "" where it is new
	New  string `json:"new"`  // "" where it is gone
}

// Differences lists what differs between an earlier key text and a new one.
func Differences(old, new string) []Difference {
	type id struct{ what, name string }
	before, after := map[id][]string{}, map[id][]string{}
	var order []id
	collect := func(text string, into map[id][]string) {
		for _, i := range Items(text) {
			k := id{i.What, i.Name}
			if before[k] == nil && after[k] == nil {
				order = append(order, k)
			}
			into[k] = append(into[k], i.Value)
		}
	}
	collect(new, after)
	collect(old, before)
	var out []Difference
	for _, k := range order {
		o, n := strings.Join(before[k], " "), strings.Join(after[k], " ")
		if o != n {
			out = append(out, Difference{k.what, k.name, o, n})
		}
	}
	return out
}

// String says the difference in the user's terms. Inputs and files are named by
// the caller, who knows what they refer to.
func (d Difference) String() string {
	switch d.What {
	case "set", "probe":
		if elements := elementsThatDiffer(d); len(elements) > 0 {
			return shorten(elements)
		}
		old, new := readable(d.Old, d.New)
		return fmt.Sprintf("%s: %s -> %s", d.Name, old, new)
	case "secret":
		switch "" {
		case d.Old:
			return d.Name + " is new"
		case d.New:
			return d.Name + " is no longer set"
		}
		return d.Name + " changed"
	case "code":
		switch {
		case d.Old == "":
			return fmt.Sprintf("code: %s is new", d.Name)
		case d.New == "":
			return fmt.Sprintf("code: %s is no longer used", d.Name)
		case strings.HasPrefix(d.New, "v") && len(d.New) < 40:
			return fmt.Sprintf("code: %s %s -> %s", d.Name, d.Old, d.New)
		}
		return fmt.Sprintf("code: %s changed", d.Name)
	case "kind":
		return fmt.Sprintf("kind: %s -> %s", d.Old, d.New)
	case "format":
		return "the encoding of artifacts changed"
	case "in":
		return fmt.Sprintf("input %s changed", d.Name)
	case "file":
		name := "file of " + d.Name
		if _, inside, ok := strings.Cut(d.Name, "["); ok {
			name = strings.TrimSuffix(inside, "]")
		}
		switch "" {
		case d.Old:
			return name + " is new"
		case d.New:
			return name + " is no longer used"
		}
		return name + " has new content"
	}
	return "the form of keys changed"
}
