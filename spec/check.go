package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Verdicts of a check.
const (
	Pass         = "pass"
	Fail         = "fail"
	Inconclusive = "inconclusive" // it could not be decided, which never counts as a pass
	Improved     = "improved"     // better than the baseline by more than its tolerance
	Regressed    = "regressed"    // worse than it
)

// Check is a condition on metrics that fails a run.
type Check struct {
	Name        string
	Description string
	Baselines   []*Baseline
	Where       string // file:line of its block

	asserts []assertion
	when    hclsyntax.Expression
	off     bool // its when is false
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

// Conditions are those that the check asserts, as they are written, each in one line.
func (c *Check) Conditions() (out []string) {
	for _, a := range c.asserts {
		at := a.condition.Range()
		if f := c.x.files[at.Filename]; f != nil && at.CanSliceBytes(f.Bytes) {
			out = append(out, strings.Join(strings.Fields(string(at.SliceBytes(f.Bytes))), " "))
		}
	}
	return out
}

func checkAddress(name string) string { return "check." + name }

// CheckIsOff tells whether a check is not among Checks because its `when` is false.
func (x *Experiment) CheckIsOff(name string) bool { return slices.Contains(x.off, checkAddress(name)) }

// Evaluate decides the assertions of the check for the metrics that are known.
func (c *Check) Evaluate(m Metrics) Verdict {
	ev := c.x.evaluator(m)
	ctx := ev.context(c.node)
	v := Verdict{Name: c.Name, Verdict: Pass}
	var messages []string
	for _, d := range *ev.diags {
		v.notPassed(Inconclusive)
		messages = append(messages, d.Summary+": "+d.Detail)
	}
	for _, a := range c.asserts {
		held, message, diags := a.evaluate(ctx)
		switch {
		case diags.HasErrors():
			v.notPassed(Inconclusive)
			messages = append(messages, fmt.Sprintf("%s: %s: %s", a.at(), diags[0].Summary, diags[0].Detail))
		case !held.known:
			v.notPassed(Inconclusive)
			messages = append(messages, "no metrics are known of "+strings.Join(addressesOf(waiting(held.waits, m)), ", "))
		case !held.true:
			v.notPassed(Fail)
			messages = append(messages, message)
		}
	}
	v.Message = strings.Join(messages, "; ")
	return v
}

// notPassed lowers a verdict; what failed stays so.
func (v *Verdict) notPassed(verdict string) {
	if v.Verdict != Fail {
		v.Verdict = verdict
	}
}

func (a assertion) at() string {
	at := a.condition.Range()
	return fmt.Sprintf("%s:%d", at.Filename, at.Start.Line)
}

func addressesOf(tasks []*Task) (out []string) {
	for _, t := range tasks {
		out = append(out, t.Address)
	}
	return out
}

// outcome is what an assertion's condition gave.
type outcome struct {
	true, known bool
	waits       []*Task // whose metrics are not known
}

// evaluate decides an assertion and gives its message where it does not hold.
func (a assertion) evaluate(ctx *hcl.EvalContext) (held outcome, message string, diags hcl.Diagnostics) {
	v, diags := evaluateExpr(a.condition, ctx)
	if diags.HasErrors() {
		return held, "", diags
	}
	v, marks := v.UnmarkDeep()
	converted, err := convert.Convert(v, cty.Bool)
	switch {
	case err != nil || v.IsNull():
		return held, "", hcl.Diagnostics{fault(a.condition.Range(), "Not a condition", "A condition is true or false, not %s.", described(v))}
	case !converted.IsKnown():
		held.waits = metricsIn(marks)
		return held, "", nil
	}
	held.known, held.true = true, converted.True()
	if !held.true {
		message, diags = a.said(ctx)
	}
	return held, message, diags
}

// said is the assertion's message.
func (a assertion) said(ctx *hcl.EvalContext) (string, hcl.Diagnostics) {
	v, diags := evaluateExpr(a.message, ctx)
	if diags.HasErrors() {
		return "", diags
	}
	v, _ = v.UnmarkDeep()
	if _, err := convert.Convert(v, cty.String); err != nil || v.IsNull() {
		return "", hcl.Diagnostics{fault(a.message.Range(), "Wrong type", "An error_message takes a string, not %s.", described(v))}
	}
	if text, ok := asText(v); ok {
		return text, nil
	}
	return "the condition does not hold", nil // the message waits for a metric
}

// tryCheck evaluates a check at parse time, when every metric is unknown, so
// that faults of type are told before anything runs.
func (p *parser) tryCheck(c *Check) {
	ctx := p.x.evaluator(nil).context(c.node)
	if c.when != nil {
		if on, ok := p.condition(c.node, c.when, ctx); ok && !on {
			c.off = true
			p.x.off = append(p.x.off, checkAddress(c.Name))
			return
		}
	}
	for _, a := range c.asserts {
		p.tryAssertion(a, ctx)
	}
	p.tryBaselines(c)
}

// tryAssertion tells the faults of both expressions of an assertion.
func (p *parser) tryAssertion(a assertion, ctx *hcl.EvalContext) {
	if !p.bad[a.condition] {
		_, _, diags := assertion{a.condition, a.condition}.evaluate(ctx)
		p.diags = append(p.diags, diags...)
	}
	if !p.bad[a.message] {
		_, diags := a.said(ctx)
		p.diags = append(p.diags, diags...)
	}
}

// outputValue evaluates an output at parse time. A stage or a dataset cannot be
// shown, so only a module can give one.
func (p *parser) outputValue(n *node, o *Output) cty.Value {
	v := p.value(n, o.expr)
	if p.x.within != nil {
		return v
	}
	bare, _ := v.UnmarkDeep()
	err := cty.Walk(bare, func(_ cty.Path, inner cty.Value) (bool, error) {
		if inner.Type().IsCapsuleType() {
			return false, errors.New("shown")
		}
		return true, nil
	})
	if err != nil {
		p.fault(o.expr.Range(), "Not a value", "An output takes numbers, strings and lists or maps of them, such as a stage's metrics; a stage or dataset as a whole cannot be shown.")
	}
	return v
}

// Value returns the output's value as JSON. known is false where it waits for
// metrics that m does not tell.
func (o *Output) Value(m Metrics) (value json.RawMessage, known bool, err error) {
	ev := o.x.evaluator(m)
	v, diags := evaluateExpr(o.expr, ev.context(o.node))
	if diags = append(diags, *ev.diags...); diags.HasErrors() {
		return nil, false, fmt.Errorf("output %q: %s", o.Name, diags[0].Detail)
	}
	if v, _ = v.UnmarkDeep(); !v.IsWhollyKnown() {
		return nil, false, nil
	}
	if value, err = ctyjson.Marshal(v, v.Type()); err == nil {
		value, err = shortNumbers(value)
	}
	if err != nil {
		return nil, false, fmt.Errorf("output %q: %w", o.Name, err)
	}
	return value, true, nil
}

// shortNumbers writes the numbers in JSON with the digits of a float64, and no others.
func shortNumbers(text []byte) ([]byte, error) {
	var v any
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	if err := in.Decode(&v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(shortened(v)); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func shortened(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, ok := new(big.Float).SetPrec(numberBits).SetString(string(v)); ok {
			return json.Number(shortest(f))
		}
	case []any:
		for i := range v {
			v[i] = shortened(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = shortened(v[k])
		}
	}
	return v
}
