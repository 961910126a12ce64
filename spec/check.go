package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Verdicts of a check.
const (
	Pass         = "pass"
	Fail         = "fail"
	Inconclusive = "inconclusive" // it could not be decided, which never counts as a pass
)

// Check is a condition on metrics that fails a run.
type Check struct {
	Name    string
	asserts []assertion
	node    *node
	x       *Experiment
}

// Verdict is what a check found.
type Verdict struct {
	Name    string
	Verdict string
	Message string // why it did not pass; empty where it did
}

// Output is a named value of the experiment.
type Output struct {
	Name        string
	Description string
	expr        hclsyntax.Expression
	node        *node
	x           *Experiment
}

// Evaluate decides the check for the metrics that are known.
func (c *Check) Evaluate(m Metrics) Verdict {
	ctx := c.x.evaluator(m).context(c.node)
	v := Verdict{Name: c.Name, Verdict: Pass}
	var messages []string
	for _, a := range c.asserts {
		held, message, diags := a.evaluate(ctx)
		switch {
		case diags.HasErrors():
			v.Verdict = Inconclusive
			messages = append(messages, plain(diags, m, a))
		case !held.known:
			if v.Verdict == Pass {
				v.Verdict = Inconclusive
			}
			messages = append(messages, "it needs metrics that there are not: "+strings.Join(held.waits, ", "))
		case !held.true:
			v.Verdict = Fail
			messages = append(messages, message)
		}
	}
	v.Message = strings.Join(messages, "; ")
	return v
}

// plain turns diagnostics of a condition into one line.
func plain(diags hcl.Diagnostics, _ Metrics, a assertion) string {
	d := diags[0]
	at := a.condition.Range()
	return fmt.Sprintf("%s:%d: %s: %s", at.Filename, at.Start.Line, d.Summary, d.Detail)
}

// outcome is what an assertion's condition gave.
type outcome struct {
	true, known bool
	waits       []string // addresses of the tasks whose metrics are not known
}

// evaluate decides an assertion and gives its message where it does not hold.
func (a assertion) evaluate(ctx *hcl.EvalContext) (held outcome, message string, diags hcl.Diagnostics) {
	v, diags := a.condition.Value(ctx)
	if diags.HasErrors() {
		return held, "", diags
	}
	v, marks := v.UnmarkDeep()
	v, err := convert.Convert(v, cty.Bool)
	if err != nil || v.IsNull() {
		return held, "", append(diags, fault(a.condition.Range(), "Not a condition", "A condition is true or false."))
	}
	if !v.IsKnown() {
		for m := range marks {
			if m, ok := m.(metricOf); ok {
				held.waits = append(held.waits, m.task.Address)
			}
		}
		return held, "", diags
	}
	held.known, held.true = true, v.True()
	if held.true {
		return held, "", diags
	}
	text, textDiags := a.message.Value(ctx)
	diags = append(diags, textDiags...)
	text, _ = text.UnmarkDeep()
	text, err = convert.Convert(text, cty.String)
	if err != nil || !text.IsKnown() || text.IsNull() {
		return held, "the condition does not hold", diags
	}
	return held, text.AsString(), diags
}

// tryCheck evaluates a check at parse time, when every metric is unknown, so
// that faults of type are told before anything runs.
func (p *parser) tryCheck(c *Check) {
	ctx := p.x.evaluator(noMetrics).context(c.node)
	for _, a := range c.asserts {
		if p.bad[a.condition] || p.bad[a.message] {
			continue
		}
		_, _, diags := a.evaluate(ctx)
		p.diags = append(p.diags, diags...)
	}
}

// Value returns the output's value as JSON text, or "(known after run)".
func (o *Output) Value(m Metrics) (string, error) {
	v, diags := o.expr.Value(o.x.evaluator(m).context(o.node))
	if diags.HasErrors() {
		return "", fmt.Errorf("output %q: %s", o.Name, diags[0].Detail)
	}
	return valueText(v), nil
}
