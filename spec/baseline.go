package spec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Baseline compares a metric with the value that was accepted for it, which lies
// in a file beside the experiment.
type Baseline struct {
	Check     string // the name of its check
	Metric    string // as it is written in the experiment, without spaces
	Tolerance Tolerance
	Better    string // "lower", "higher", or "" where every move counts as worse
	Where     string // file:line of its block

	expr hclsyntax.Expression
	node *node
	x    *Experiment
}

// Tolerance is how far a metric may move.
type Tolerance struct {
	Kind  string // one of the constants below
	Value float64
}

// Kinds of tolerance.
const (
	Absolute       = "absolute"        // in the metric's unit
	Relative       = "relative"        // as a part of the accepted value
	StandardErrors = "standard_errors" // of the change of the mean across a sweep
)

// Sample is one value of a metric. Across a sweep there is one a task.
type Sample struct {
	Name  string  // the instance key of its task, or its own key; "" where there is one value
	Value float64 // finite
	Tasks []*Task // whose metrics it is made of, by address
}

// Samples returns the values of the baseline's metric. waits are the tasks whose
// metrics are not known; then there are no samples.
func (b *Baseline) Samples(m Metrics) (samples []Sample, waits []*Task, err error) {
	v, diags := evaluateExpr(b.expr, b.x.evaluator(m).context(b.node))
	if diags.HasErrors() {
		return nil, nil, fmt.Errorf("%s: %s: %s", b.Where, diags[0].Summary, diags[0].Detail)
	}
	if bare, marks := v.UnmarkDeep(); !bare.IsWhollyKnown() {
		return nil, metricsIn(marks), nil
	}
	whole, outer := v.Unmark()
	if whole.IsNull() {
		return nil, nil, fmt.Errorf("%s: %s is null", b.Where, b.Metric)
	}
	if !whole.CanIterateElements() {
		one, err := b.sample("", whole.WithMarks(outer))
		if err != nil {
			return nil, nil, err
		}
		one.Name = ""
		return []Sample{one}, nil, nil
	}
	for it := whole.ElementIterator(); it.Next(); {
		key, value := it.Element()
		name, _ := asText(key)
		if whole.Type().IsListType() || whole.Type().IsTupleType() || whole.Type().IsSetType() {
			name = ""
		}
		one, err := b.sample(name, value.WithMarks(outer))
		if err != nil {
			return nil, nil, err
		}
		if one.Name == "" {
			one.Name = strconv.Itoa(len(samples))
		}
		samples = append(samples, one)
	}
	if len(samples) == 0 {
		return nil, nil, fmt.Errorf("%s: %s has no values", b.Where, b.Metric)
	}
	return samples, nil, nil
}

// sample reads one value. Where it has no key, and is of one task of a sweep, it
// is named after that.
func (b *Baseline) sample(name string, v cty.Value) (Sample, error) {
	v, marks := v.UnmarkDeep()
	s := Sample{Name: name, Tasks: metricsIn(marks)}
	number, err := convert.Convert(v, cty.Number)
	if err != nil || number.IsNull() {
		return s, fmt.Errorf("%s: %s takes a number, or a list or map of them, and there is %s", b.Where, b.Metric, described(v))
	}
	s.Value, _ = number.AsBigFloat().Float64()
	if name == "" && len(s.Tasks) == 1 {
		s.Name = s.Tasks[0].Instance
	}
	return s, nil
}

// baselineAttributes of a baseline block.
var baselineAttributes = []string{"metric", "tolerance", "better"}

func (p *parser) declareBaseline(c *Check, n *node, block *hclsyntax.Block) {
	p.noBlocks(block)
	a := p.attributes(block, baselineAttributes[:2], baselineAttributes[2:])
	at := block.DefRange()
	b := &Baseline{Check: c.Name, Where: fmt.Sprintf("%s:%d", at.Filename, at.Start.Line), node: n, x: p.x}
	p.constant(a["better"], cty.String, &b.Better)
	if better := a["better"]; better != nil && b.Better != "lower" && b.Better != "higher" {
		p.fault(better.Expr.Range(), "Wrong value", "better is \"lower\" or \"higher\"; without it every move counts as worse.")
	}
	if a["tolerance"] != nil {
		b.Tolerance = p.tolerance(a["tolerance"])
	}
	if a["metric"] == nil {
		return
	}
	b.expr = a["metric"].Expr
	b.Metric = strings.Join(strings.Fields(string(b.expr.Range().SliceBytes(p.files[at.Filename].Bytes))), " ")
	n.exprs = append(n.exprs, b.expr)
	c.Baselines = append(c.Baselines, b)
}

// tolerance reads { absolute = 0.1 }, or relative, or standard_errors.
func (p *parser) tolerance(a *hclsyntax.Attribute) (t Tolerance) {
	v, diags := a.Expr.Value(nil)
	if !diags.HasErrors() && v.IsWhollyKnown() && !v.IsNull() && v.Type().IsObjectType() && v.LengthInt() == 1 {
		for kind, value := range v.AsValueMap() {
			number, err := convert.Convert(value, cty.Number)
			if err != nil || number.IsNull() || kind != Absolute && kind != Relative && kind != StandardErrors {
				break
			}
			t.Kind = kind
			if t.Value, _ = number.AsBigFloat().Float64(); t.Value >= 0 {
				return t
			}
		}
	}
	p.fault(a.Expr.Range(), "Invalid tolerance", "A tolerance is one of { absolute = 0.1 }, { relative = 0.05 } and { standard_errors = 2 }, with a number written out that is not negative.")
	return t
}

// tryBaselines tells the faults of baselines at parse time, when every metric is unknown.
func (p *parser) tryBaselines(c *Check) {
	for _, b := range c.Baselines {
		v := p.value(c.node, b.expr)
		if p.bad[b.expr] {
			continue
		}
		bare, marks := v.UnmarkDeep()
		if t := bare.Type(); len(marks) == 0 && !c.node.faulty || t.Equals(stageType) {
			p.fault(b.expr.Range(), "Not a metric", "A baseline takes a metric, as in stage.name.metrics.name, or those of a sweep, as in stage.name[*].metrics.name, not %s.", described(bare))
		}
	}
}
