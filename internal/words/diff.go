package words

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/runner"
	"reprise/spec"
)

// Group is tasks of a sweep that changed in the same way from one run to another.
type Group struct {
	Tasks  []runner.TaskDiff
	Name   string   // the task, or the stage and how many of it
	Change string   // as of a TaskDiff
	What   []string // in words, a line each
}

// Groups says what changed in tasks, those of a sweep together that changed in the
// same way; verbose, with the whole digests of their artifacts.
func Groups(tasks []runner.TaskDiff, verbose bool) (groups []Group) {
	for _, of := range folded(tasks) {
		t := of[0]
		g := Group{Tasks: of, Name: t.Address, Change: t.Change}
		if len(of) > 1 {
			g.Name = fmt.Sprintf("%s (%d)", spec.StarredAddress(t.Address), len(of))
		}
		if t.Change != runner.DiffSame {
			g.What = append(changes(t), resultChanges(of, verbose)...)
		}
		groups = append(groups, g)
	}
	return groups
}

// resultChanges says what changed in the results of tasks, where all have one.
func resultChanges(group []runner.TaskDiff, verbose bool) []string {
	t := group[0]
	if t.Old == nil || t.New == nil || !hasResult(t.Old) || !hasResult(t.New) {
		return nil
	}
	what := metricChanges(group)
	same := !slices.ContainsFunc(group, func(t runner.TaskDiff) bool { return t.Old.Artifact != t.New.Artifact })
	digest := artifacts.Digest.Short
	if verbose {
		digest = artifacts.Digest.String
	}
	switch {
	case same && t.Change == runner.DiffChanged:
		what = append(what, "the same artifact")
	case !same && (len(group) == 1 || verbose):
		what = append(what, "artifact: "+digest(t.Old.Artifact)+" -> "+digest(t.New.Artifact))
	}
	return what
}

// folded groups the tasks of a sweep that changed in the same way.
func folded(tasks []runner.TaskDiff) (groups [][]runner.TaskDiff) {
	at := map[string]int{}
	for _, t := range tasks {
		way := strings.Join(append(changes(t), t.Sweep(), t.Change), "\n")
		if t.Change == runner.DiffRenamed {
			way += t.Address
		}
		i, ok := at[way]
		if !ok {
			i = len(groups)
			at[way] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

// changes says what changed in a task but its metrics, which are figures of its own.
func changes(t runner.TaskDiff) []string {
	var out []string
	if t.Change == runner.DiffRenamed {
		out = append(out, "was "+t.Old.Address)
	}
	if t.Old == nil || t.New == nil {
		return out
	}
	if t.Old.State != t.New.State && t.Change == runner.DiffChanged && !(hasResult(t.Old) && hasResult(t.New)) {
		out = append(out, "state: "+t.Old.State+" -> "+t.New.State)
	}
	for _, i := range t.Items {
		out = append(out, i.String())
	}
	if t.Change == runner.DiffChanged && t.Old.Error != t.New.Error {
		out = append(out, "error: "+OrNone(line(t.Old.Error))+" -> "+OrNone(line(t.New.Error)))
	}
	if t.Old.Deleted || t.New.Deleted {
		out = append(out, "the store no longer has "+whose(t)+", so what changed in it cannot be told")
	}
	if t.Old.Key == t.New.Key && t.Old.Artifact != t.New.Artifact && hasResult(t.Old) && hasResult(t.New) {
		out = append(out, "another result for the same key")
	}
	if len(out) == 0 && t.Change == runner.DiffChanged && !(hasResult(t.Old) && hasResult(t.New)) {
		out = append(out, "what changed in it cannot be told, for it has no result")
	}
	return out
}

// line is the first line of a text, cut where it is long.
func line(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return Shortened(first)
}

func hasResult(s *runner.TaskSide) bool { return s.Artifact != artifacts.Digest{} }

func whose(t runner.TaskDiff) string {
	switch {
	case t.Old.Deleted && t.New.Deleted:
		return "both results"
	case t.Old.Deleted:
		return "the old result"
	}
	return "the new result"
}

// metricChanges says how metrics changed; over several tasks, their means.
func metricChanges(group []runner.TaskDiff) (out []string) {
	if len(group) == 1 {
		for _, m := range group[0].Metrics {
			out = append(out, metricChange(m))
		}
		return out
	}
	type sums struct {
		old, now float64
		n        int
	}
	by := map[string]*sums{}
	for _, t := range group {
		for _, m := range t.Metrics {
			if m.Old == nil || m.New == nil {
				continue
			}
			if by[m.Name] == nil {
				by[m.Name] = &sums{}
			}
			s := by[m.Name]
			s.old, s.now, s.n = s.old+*m.Old, s.now+*m.New, s.n+1
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		s := by[name]
		old, now := s.old/float64(s.n), s.now/float64(s.n)
		out = append(out, fmt.Sprintf("mean %s of the %d where it changed", metricChange(runner.MetricDiff{Name: name, Old: &old, New: &now}), s.n))
	}
	return out
}

func metricChange(m runner.MetricDiff) string {
	switch {
	case m.Old == nil:
		return fmt.Sprintf("%s: (none) -> %s", m.Name, Figure(*m.New))
	case m.New == nil:
		return fmt.Sprintf("%s: %s -> (none)", m.Name, Figure(*m.Old))
	}
	text := fmt.Sprintf("%s: %s -> %s (%+.3g", m.Name, Figure(*m.Old), Figure(*m.New), *m.New-*m.Old)
	if change := Percent(*m.Old, *m.New); change != "" {
		text += ", " + change
	}
	return text + ")"
}

// Percent is a change relative to what was before, "" where that is 0.
func Percent(old, now float64) string {
	if old == 0 {
		return ""
	}
	change := 100 * (now - old) / math.Abs(old)
	if math.Abs(change) >= 10 {
		return fmt.Sprintf("%+.0f %%", change)
	}
	return fmt.Sprintf("%+.2g %%", change)
}
