package spec

import (
	"cmp"
	"fmt"
	"math"
	"slices"
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
	Name  string  // its key, or the instance key of its task, or its position; "" where there is one value
	Value float64 // finite
	Tasks []*Task // whose metrics it is made of, by address
}

// Samples returns the values of the baseline's metric. waits are the tasks whose
// metrics are not known; then there are no samples.
func (b *Baseline) Samples(m Metrics) (samples []Sample, waits []*Task, err error) {
	ev := b.x.evaluator(m)
	v, diags := evaluateExpr(b.expr, ev.context(b.node))
	if diags = append(diags, *ev.diags...); diags.HasErrors() {
		return nil, nil, fmt.Errorf("%s: %s: %s", b.Where, diags[0].Summary, diags[0].Detail)
	}
	if bare, marks := v.UnmarkDeep(); !bare.IsWhollyKnown() {
		if waits = waiting(metricsIn(marks), m); len(waits) == 0 {
			err = fmt.Errorf("%s: %s cannot be told", b.Where, b.Metric)
		}
		return nil, waits, err
	}
	whole, outer := v.Unmark()
	switch {
	case whole.IsNull():
		return nil, nil, fmt.Errorf("%s: %s is null", b.Where, b.Metric)
	case !whole.CanIterateElements():
		one, err := b.sample(whole.WithMarks(outer), nil)
		if err != nil {
			return nil, nil, err
		}
		return []Sample{one}, nil, nil
	case whole.LengthInt() == 0:
		return nil, nil, fmt.Errorf("%s: %s has no values", b.Where, b.Metric)
	}
	for it := whole.ElementIterator(); it.Next(); {
		key, value := it.Element()
		one, err := b.sample(value, outer)
		if err != nil {
			return nil, nil, err
		}
		one.Name, _ = asText(key)
		samples = append(samples, one)
	}
	if t := whole.Type(); t.IsListType() || t.IsTupleType() {
		b.nameByInstance(samples)
	}
	return samples, nil, nil
}

// waiting leaves the tasks whose metrics are not known.
func waiting(tasks []*Task, m Metrics) []*Task {
	return slices.DeleteFunc(tasks, func(t *Task) bool { return t.metrics(m) != nil })
}

// nameByInstance names the elements of a list after the instances that their
// metrics are of, or the instances of modules that those are in, where each has just
// one and no two the same; else they keep their positions.
func (b *Baseline) nameByInstance(samples []Sample) {
	for _, of := range []func(*Task) string{func(t *Task) string { return t.keysBelow(b.x, t.Instance) }, func(t *Task) string { return t.keysBelow(b.x, "") }} {
		if names, ok := namedBy(samples, of); ok {
			for i := range samples {
				samples[i].Name = names[i]
			}
			return
		}
	}
}

func namedBy(samples []Sample, of func(*Task) string) (names []string, ok bool) {
	names = make([]string, len(samples))
	taken := map[string]bool{}
	for i, s := range samples {
		for _, t := range s.Tasks {
			name := of(t)
			if name != "" && names[i] != "" && name != names[i] {
				return nil, false
			}
			names[i] = cmp.Or(names[i], name)
		}
		if names[i] == "" || taken[names[i]] {
			return nil, false
		}
		taken[names[i]] = true
	}
	return names, true
}

// keysBelow joins the keys of the instances of modules below an experiment that a
// task is in, outermost first, and its own.
func (t *Task) keysBelow(below *Experiment, own string) string {
	keys := []string{own}
	for x := t.x; x != below && x.within != nil; x = x.within.outer {
		if x.within.each != nil {
			keys = append(keys, x.within.each.key)
		}
	}
	slices.Reverse(keys)
	return strings.Trim(strings.Join(keys, "/"), "/")
}

// sample reads one value. Where nothing tells which tasks it alone is made of, it
// is of those that the whole is made of.
func (b *Baseline) sample(v cty.Value, whole cty.ValueMarks) (s Sample, err error) {
	v, marks := v.UnmarkDeep()
	if s.Tasks = metricsIn(marks); len(s.Tasks) == 0 {
		s.Tasks = metricsIn(whole)
	}
	number, err := convert.Convert(v, cty.Number)
	if err != nil || number.IsNull() {
		return s, fmt.Errorf("%s: %s takes a number, or a list or map of them, and there is %s", b.Where, b.Metric, described(v))
	}
	if s.Value, _ = number.AsBigFloat().Float64(); math.IsInf(s.Value, 0) {
		return s, fmt.Errorf("%s: %s has a value that is not finite", b.Where, b.Metric)
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
	text, ok := p.texts[b.expr]
	if !ok {
		text = string(b.expr.Range().SliceBytes(p.files[at.Filename].Bytes))
	}
	b.Metric = strings.Join(strings.Fields(text), " ")
	n.exprs = append(n.exprs, b.expr)
	for _, other := range c.Baselines {
		if other.Metric == b.Metric {
			p.fault(b.expr.Range(), "Declared twice", "This check has a baseline of this metric already, at %s. Another tolerance for the same metric goes into another check.", other.Where)
		}
	}
	c.Baselines = append(c.Baselines, b)
}

// tolerance reads { absolute = 0.1 }, or relative, or standard_errors.
func (p *parser) tolerance(a *hclsyntax.Attribute) (t Tolerance) {
	v, diags := evaluateExpr(a.Expr, nil)
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
		constant := len(marks) == 0 && bare.IsWhollyKnown()
		empty := constant && bare.CanIterateElements() && bare.LengthInt() == 0 // a sweep of no tasks, this time
		if bare.Type().IsSetType() {
			p.fault(b.expr.Range(), "Not a metric", "A set forgets which task gave which value, and has equal ones once: take a list, as in stage.name[*].metrics.name.")
		} else if constant && !empty || !isNumeric(bare.Type(), 1) {
			p.fault(b.expr.Range(), "Not a metric", "A baseline takes a metric, as in stage.name.metrics.name, or those of a sweep, as in stage.name[*].metrics.name, not %s.", described(bare))
		}
	}
}

// isNumeric tells whether values of a type can be numbers, or lists or maps of
// them, so many deep.
func isNumeric(t cty.Type, deep int) bool {
	numeric := func(t cty.Type) bool { return isNumeric(t, deep-1) }
	switch {
	case t == cty.Number || t == cty.DynamicPseudoType:
		return true
	case deep == 0:
		return false
	case t.IsListType() || t.IsMapType():
		return numeric(t.ElementType())
	case t.IsTupleType():
		return !slices.ContainsFunc(t.TupleElementTypes(), func(t cty.Type) bool { return !numeric(t) })
	case t.IsObjectType():
		for _, a := range t.AttributeTypes() {
			if !numeric(a) {
				return false
			}
		}
		return true
	}
	return false
}
