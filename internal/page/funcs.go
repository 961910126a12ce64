package page

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"reprise/internal/view"
	"reprise/internal/words"
	"reprise/runner"
)

// How much of long things is shown.
const (
	keyMetrics = 3   // of a stage, among those of all
	mostRows   = 200 // of a sweep
	mostRuns   = 20
	mostFailed = 10 // of a stage, with what they wrote
)

var funcs = template.FuncMap{
	"seconds": words.Seconds, "figure": words.Figure, "size": words.Size, "count": words.Count, "what": view.What, "orNone": words.OrNone, "brief": brief,
	"citation": citation,
	"date":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" },
	"short":    func(s string) string { return s[:min(len(s), 12)] },
	"join":     func(all []string) string { return strings.Join(all, ", ") },
	"command":  commandLine,
	"passing":  passing,
	"parts":    parts,
	"baselines": func(checks []view.Check) bool {
		return slices.ContainsFunc(checks, func(c view.Check) bool { return len(c.Baselines) > 0 })
	},
	"label":    func(address string) string { return strings.TrimPrefix(address, "stage.") },
	"sentence": sentence,
	"table":    newTable, "troubles": troublesOf, "wrong": wrongIn, "numbers": numbers, "chains": chains, "only": only, "without": without, "number": numberOf,
	"first": func(runs []view.RunOf) []view.RunOf { return runs[:min(len(runs), mostRuns)] },
	"percent": func(old, now *float64) string {
		if old == nil || now == nil {
			return ""
		}
		return words.Percent(*old, *now)
	},
}

// brief is the value of a key's item; of inputs, files and code the first digits of
// its digests.
func brief(what, value string) string {
	if !slices.Contains([]string{"in", "file", "code"}, what) {
		return words.OrNone(value)
	}
	all := strings.Fields(value)
	for i, digest := range all {
		all[i] = digest[:min(len(digest), 12)]
	}
	return words.OrNone(strings.Join(all, " "))
}

// commandLine is a command as it is typed.
func commandLine(argv []string) string {
	var typed []string
	for _, w := range argv {
		typed = append(typed, runner.ShellWord(w))
	}
	return strings.Join(typed, " ")
}

// sentence is the first of a text.
func sentence(doc string) string {
	s := strings.Join(strings.Fields(doc), " ")
	s, _, _ = strings.Cut(s, ". ")
	return strings.TrimSuffix(s, ".") + "."
}

// passing is how many checks a run may end well with.
func passing(checks []view.Check) (n int) {
	for _, c := range checks {
		if runner.Passes(c.Verdict) {
			n++
		}
	}
	return n
}

func numberOf(v *float64) string {
	if v == nil {
		return "–"
	}
	return words.Figure(*v)
}
