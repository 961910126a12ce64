package runner

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	longestValue = 60 // bytes of a value that a sentence shows whole
	around       = 20 // characters shown before and after a difference
)

// readable are two values of a key for a sentence: of long ones what differs.
func readable(old, new string) (string, string) {
	if len(old) > longestValue || len(new) > longestValue {
		old, new = differing(old, new)
	}
	return word(old), word(new)
}

// elementsThatDiffer takes the difference between two objects apart; it gives
// nothing for other values.
func elementsThatDiffer(d Difference) (out []string) {
	var old, new map[string]json.RawMessage
	if json.Unmarshal([]byte(d.Old), &old) != nil || json.Unmarshal([]byte(d.New), &new) != nil {
		return nil
	}
	for _, name := range names(old, new) {
		if a, b := string(old[name]), string(new[name]); a != b {
			out = append(out, Difference{d.What, fmt.Sprintf("%s[%s]", d.Name, name), a, b}.String())
		}
	}
	return out
}

// word is a value of a key in the middle of a sentence.
func word(value string) string {
	switch value {
	case "":
		return "(none)"
	case "null":
		return "(not given)"
	}
	if s, err := strconv.Unquote(value); err == nil && s != "" && !strings.ContainsAny(s, " \t\n") {
		return s
	}
	return value
}

// differing leaves of two values what is not the same: of lists and objects the
// elements that differ, of texts the surroundings of the first difference.
func differing(old, new string) (string, string) {
	if old == "" || new == "" {
		return shortened(old), shortened(new)
	}
	var a, b []json.RawMessage
	if json.Unmarshal([]byte(old), &a) == nil && json.Unmarshal([]byte(new), &b) == nil && a != nil && b != nil {
		return lists(a, b)
	}
	return texts(old, new)
}

// lists leaves out the elements that both begin or end with.
func lists(a, b []json.RawMessage) (string, string) {
	first := 0
	for first < min(len(a), len(b)) && string(a[first]) == string(b[first]) {
		first++
	}
	last := 0
	for last < min(len(a), len(b))-first && string(a[len(a)-1-last]) == string(b[len(b)-1-last]) {
		last++
	}
	if len(a)-last == first+1 && len(b)-last == first+1 { // one element, which may be long or a list itself
		old, new := texts(string(a[first]), string(b[first]))
		return bracketed(first, last, old), bracketed(first, last, new)
	}
	return bracketed(first, last, elements(a[first:len(a)-last])), bracketed(first, last, elements(b[first:len(b)-last]))
}

func elements(all []json.RawMessage) string {
	var parts []string
	for _, e := range all {
		parts = append(parts, string(e))
	}
	return shortened(strings.Join(parts, ", "))
}

// bracketed is a part of a list.
func bracketed(before, after int, text string) string {
	if before > 0 {
		text = strings.TrimSuffix("…, "+text, ", ")
	}
	if after > 0 {
		text = strings.TrimPrefix(text+", …", ", ")
	}
	return "[" + text + "]"
}

// texts shows two texts around their first difference.
func texts(old, new string) (string, string) {
	if len(old) <= longestValue && len(new) <= longestValue {
		return old, new
	}
	a, b := []rune(old), []rune(new)
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return window(a, at), window(b, at)
}

// window is the part of a text from a little before a place.
func window(text []rune, at int) string {
	from, to := max(0, at-around), min(len(text), at+2*around)
	if from < 4 { // nothing is saved
		from = 0
	}
	part := string(text[from:to])
	if from > 0 {
		part = "…" + part
	}
	if to < len(text) {
		part += "…"
	}
	return part
}

// shortened is the beginning of a text, and how much there is of it.
func shortened(text string) string {
	if len(text) <= longestValue {
		return text
	}
	n := longestValue
	for n > 0 && !utf8.RuneStart(text[n]) { // no half of a letter
		n--
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:n], len(text))
}
