package cli

import (
	"fmt"
	"math"
	"strings"

	"reprise/internal/report"
	"reprise/runner"
	"reprise/spec"
)

// mostLines of a table in the summary, which is to be read at a glance.
const mostLines = 40

// markdown is a summary of a run for a page: checks with their verdicts, then
// metrics, then what ran and why.
func markdown(o *outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s: %s\n\n%s\n", inMarkdown(o.from.x.Name), headline(o), counts(o.sum))
	b.WriteString(markdownTable([]string{"check", "verdict", ""}, checkRows(o)))
	var metrics, ran [][]string
	for _, tasks := range o.stages() {
		metrics = append(metrics, o.metricRows(tasks)...)
		for _, t := range tasks {
			if e := o.tasks[t.Address]; e.State != runner.Cached {
				why := join(o.reasons[t.Address])
				if e.Error != "" {
					why = firstLine(e.Error)
				}
				ran = append(ran, []string{inCode(t.Address), e.State, seconds(e.Seconds), inMarkdown(why)})
			}
		}
	}
	b.WriteString(markdownTable([]string{"metric", "value"}, metrics))
	if len(ran) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>what ran and why</summary>\n%s\n</details>\n", markdownTable([]string{"task", "state", "time", "why"}, ran))
	}
	return b.String()
}

// headline says in a few words how a run ended.
func headline(o *outcome) string {
	switch {
	case o.sum.Exit == runner.ExitInterrupted:
		return "interrupted"
	case o.sum.Failed > 0:
		return count(o.sum.Failed, "task") + " failed"
	case o.sum.ChecksFailed > 0:
		return count(o.sum.ChecksFailed, "check") + " did not pass"
	case o.sum.LockDiffers > 0:
		return count(o.sum.LockDiffers, "result") + " differ from the lock"
	case o.sum.ChecksPassed > 0:
		return count(o.sum.ChecksPassed, "check") + " passed"
	}
	return "done"
}

func checkRows(o *outcome) (rows [][]string) {
	for _, c := range o.checks {
		rows = append(rows, []string{"**" + inMarkdown(c.Name) + "**", "**" + c.Verdict + "**", inMarkdown(c.Asserted)})
		for _, b := range c.Baselines {
			text := inMarkdown(b.Message)
			for _, cause := range b.Causes[:min(len(b.Causes), mostCauses)] {
				text += "<br>because " + inMarkdown(cause)
			}
			rows = append(rows, []string{inCode(b.Metric), b.Verdict, text})
		}
	}
	locked, _ := o.lockDiffers()
	for _, e := range locked {
		rows = append(rows, []string{"lock " + inCode(e.Address), "**" + e.Verdict + "**", inMarkdown(e.Message)})
	}
	return rows
}

// metricRows are a stage's first metrics; of a sweep their mean and scatter.
func (o *outcome) metricRows(tasks []*spec.Task) (rows [][]string) {
	names := o.metricNames(tasks)
	for _, name := range names[:min(keyMetrics, len(names))] {
		var values []float64
		for _, t := range tasks {
			if v, ok := o.metrics[t.Address][name]; ok {
				values = append(values, v)
			}
		}
		text := figure(values[0])
		if len(values) > 1 {
			mean, variance := report.MeanAndVariance(values)
			text = fmt.Sprintf("%s ± %s over %d tasks", figure(mean), figure(math.Sqrt(variance)), len(values))
		}
		rows = append(rows, []string{inCode(tasks[0].StageAddress()) + " " + inMarkdown(name), text})
	}
	return rows
}

func markdownTable(header []string, rows [][]string) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	b.WriteString("\n")
	line(header)
	fmt.Fprintf(&b, "|%s\n", strings.Repeat(" --- |", len(header)))
	for _, r := range rows[:min(len(rows), mostLines)] {
		line(r)
	}
	if n := len(rows) - mostLines; n > 0 {
		fmt.Fprintf(&b, "\nand %s\n", count(n, "line")+" more")
	}
	return b.String()
}

// inMarkdown keeps text from being read as HTML, a table's end or emphasis.
func inMarkdown(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", `\|`, "*", `\*`, "_", `\_`, "[", `\[`, "`", "\\`", "\r", "", "\n", "<br>").Replace(s)
}

// inCode is a word as code, in a table.
func inCode(s string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'", "\n", " ").Replace(s) + "`"
}
