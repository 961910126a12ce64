package runner

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/runner/baseline"
	"reprise/spec"
)

// judge decides checks: it has the results of a run or of a plan, and what was
// accepted before.
type judge struct {
	*planner
	file  *baseline.File
	err   error             // why it cannot be read
	given map[string]string // the variables that are not their defaults
}

func (p *planner) judge() *judge {
	j := &judge{planner: p, file: &baseline.File{}, given: p.x.Given()}
	if slices.ContainsFunc(p.x.Checks, func(c *spec.Check) bool { return len(c.Baselines) > 0 }) {
		path := p.x.Beside(baselineName)
		p.x.Note(path) // and again, so that no change in between goes unnoticed
		j.file, j.err = baseline.Load(path)
		p.x.Note(path)
	}
	return j
}

// baselineName is the name of the file of accepted values, or its ending.
const baselineName = "baseline.json"

// check decides the checks of a run. Of one that is limited, those are left
// out that wait for tasks that were not asked for.
func (r *run) check(sum *SummaryEvent) {
	j := r.judge()
	for _, c := range r.x.Checks {
		e, waits := j.decide(c)
		if len(r.o.Only) > 0 && waits {
			sum.ChecksLeft++
			continue
		}
		if Passes(e.Verdict) {
			sum.ChecksPassed++
		} else {
			sum.ChecksFailed++
		}
		r.remarked = r.remarked || e.Verdict != spec.Pass
		r.o.Watch(e)
	}
}

// Passes tells whether a run may have this verdict and end well.
func Passes(verdict string) bool { return verdict == spec.Pass || verdict == spec.Improved }

// weights orders verdicts: a check has the gravest of those within it.
var weights = map[string]int{spec.Improved: 1, spec.Inconclusive: 2, spec.Regressed: 3, spec.Fail: 4}

// decide gives a check its verdict; waits tells whether a metric that it needs
// is not known.
func (j *judge) decide(c *spec.Check) (e CheckEvent, waits bool) {
	v := c.Evaluate(j.metrics)
	e = CheckEvent{Type: "check", Name: v.Name, Verdict: v.Verdict, Asserted: v.Message}
	waits = v.Verdict == spec.Inconclusive
	var messages []string
	if v.Message != "" {
		messages = append(messages, v.Message)
	}
	for _, b := range c.Baselines {
		s, missing := j.sampled(b)
		verdict := j.compare(b, s)
		waits = waits || missing
		if weights[verdict.Verdict] > weights[e.Verdict] {
			e.Verdict = verdict.Verdict
		}
		if verdict.Verdict != spec.Pass {
			messages = append(messages, verdict.sentence())
		}
		e.Baselines = append(e.Baselines, verdict)
	}
	e.Message = strings.Join(messages, "; ")
	return e, waits
}

// sampled is the metric of a baseline, or why there is none.
type sampled struct {
	values baseline.Values
	tasks  []*spec.Task // whose metrics it is made of
	fault  string
}

// sampled reads the metric of a baseline. It waits for a metric that is not known.
func (j *judge) sampled(b *spec.Baseline) (s sampled, waits bool) {
	samples, missing, err := b.Samples(j.metrics)
	switch {
	case err != nil:
		return sampled{fault: err.Error()}, false
	case len(missing) > 0:
		return sampled{fault: "no metrics are known of " + shorten(addresses(missing))}, true
	}
	s.values = baseline.Values{}
	for _, one := range samples {
		s.values[one.Name] = one.Value
		s.tasks = append(s.tasks, one.Tasks...)
	}
	s.tasks = unique(s.tasks)
	return s, false
}

func addresses(tasks []*spec.Task) (out []string) {
	for _, t := range tasks {
		out = append(out, t.Address)
	}
	return out
}

// compare decides whether a metric held.
func (j *judge) compare(b *spec.Baseline, s sampled) BaselineVerdict {
	v := BaselineVerdict{Metric: b.Metric, Verdict: spec.Inconclusive, Tolerance: map[string]float64{b.Tolerance.Kind: b.Tolerance.Value}, Better: b.Better, Message: s.fault}
	if s.fault != "" {
		return v
	}
	if j.err != nil {
		v.Message = j.err.Error()
		return v
	}
	accepted := j.file.Find(b.Check, j.given)
	if accepted == nil || accepted.Metrics[b.Metric] == nil {
		v.Message = fmt.Sprintf("no baseline%s: %s", j.under(), j.updateCommand())
		return v
	}
	was := accepted.Metrics[b.Metric]
	c := baseline.Compare(was.All(), s.values, b.Tolerance, b.Better)
	v.set(c)
	v.Message = c.Sentence(b.Tolerance)
	others := asksOther(was, b) // of one that passes, too: it may have been loosened
	if v.Verdict != spec.Pass {
		others = append(others, j.isElsewhere(accepted, s)...)
	}
	v.Message = strings.Join(append([]string{v.Message}, others...), "; ")
	if v.Verdict == spec.Pass {
		return v
	}
	v.Causes = j.causes(accepted, s.tasks)
	switch {
	case v.Verdict == spec.Improved:
		v.Message += "; accept it: " + j.updateCommand()
	case len(v.Gone)+len(v.Added) > 0:
		v.Message += "; where that is meant, accept it: " + j.updateCommand()
	}
	return v
}

// asksOther says whether something else was asked of a metric when it was accepted.
func asksOther(was *baseline.Metric, b *spec.Baseline) []string {
	now := baseline.Asked(b.Tolerance, b.Better)
	if was.Asked() == now {
		return nil
	}
	return []string{fmt.Sprintf("accepted when it was %s, and is %s now", was.Asked(), now)}
}

// isElsewhere says whether a metric was accepted on another machine or of another build.
func (j *judge) isElsewhere(accepted *baseline.Accepted, s sampled) []string {
	arch, toolchain := j.madeBy(s.tasks)
	if arch == accepted.Arch && toolchain == accepted.Toolchain {
		return nil
	}
	return []string{fmt.Sprintf("accepted on %s with %s, and is of %s with %s now", accepted.Arch, accepted.Toolchain, arch, toolchain)}
}

// set takes over the figures of a comparison.
func (v *BaselineVerdict) set(c baseline.Comparison) {
	v.Verdict, v.Old, v.New, v.Change, v.Allowed, v.Test, v.More = c.Verdict, &c.Old, &c.New, &c.Change, &c.Allowed, c.Test, c.More
	v.Gone, v.Added = c.Gone, c.Added
}

// sentence is all that a check says of one of its baselines.
func (v BaselineVerdict) sentence() string {
	text := v.Metric + " " + v.Verdict + ": " + v.Message
	if len(v.Causes) > 0 {
		text += "; because " + strings.Join(v.Causes, ", ")
	}
	return text
}

// madeBy are the architectures and toolchains that tasks ran with.
func (j *judge) madeBy(tasks []*spec.Task) (arch, toolchain string) {
	archs, toolchains := map[string]bool{}, map[string]bool{}
	for _, t := range tasks {
		if r := j.results[t]; r != nil {
			archs[r.Arch], toolchains[r.Toolchain] = true, true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(archs)), ", "), strings.Join(slices.Sorted(maps.Keys(toolchains)), ", ")
}

// under says for which variables, as in " for rank=3".
func (j *judge) under() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(j.given)) {
		parts = append(parts, name+"="+flagValue(j.given[name]))
	}
	if len(parts) == 0 {
		return ""
	}
	return " for " + strings.Join(parts, ", ")
}

// updateCommand accepts what a run with the same variables gives.
func (j *judge) updateCommand() string { return j.command("reprise baseline update") }

func (j *judge) runCommand() string { return j.command("reprise run") }

// command is one about the experiment as it is now.
func (j *judge) command(words ...string) string {
	return strings.Join(words, " ") + " " + ShellWord(j.x.Path()) + VariableFlags(j.given) + j.o.Flags
}

// VariableFlags gives variables, by name as JSON text, their values on a command
// line; each flag has a space before it.
func VariableFlags(given map[string]string) string {
	var flags strings.Builder
	for _, name := range slices.Sorted(maps.Keys(given)) {
		flags.WriteString(" --var " + ShellWord(name+"="+flagValue(given[name])))
	}
	return flags.String()
}

// flagValue is a variable's JSON as --var takes it: a string as it is.
func flagValue(text string) string {
	var s string
	if json.Unmarshal([]byte(text), &s) == nil && text != "null" {
		return s
	}
	return text
}

// ShellWord is a word as a shell takes it.
func ShellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/:=+,@%", r)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
