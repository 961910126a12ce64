package spec

import (
	"maps"
	"net/url"
	"path"
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"reprise/artifacts"
)

// A stage's value is the same object type for every kind, so that conditionals
// and lists can mix stages; names of metrics are checked by refer, not by type.
var (
	taskCapsule    = cty.Capsule("stage", reflect.TypeFor[Task]())
	datasetCapsule = cty.Capsule("dataset", reflect.TypeFor[Dataset]())
	stageType      = cty.Object(map[string]cty.Type{"metrics": cty.Map(cty.Number), "task": taskCapsule})
)

// metricOf marks a metric's value, so that what depends on it is known to.
type metricOf struct{ task *Task }

// evaluate gives every node its value, in order.
func (p *parser) evaluate() {
	p.x.functions = maps.Clone(p.x.functions)
	p.x.functions[instancesFunction] = instances
	p.flags, p.fileValues = p.readGiven()
	for _, n := range p.order {
		for _, e := range n.needs {
			n.faulty = n.faulty || e.to.faulty
		}
		if !n.cyclic {
			n.value = n.eval()
		}
	}
	for _, s := range p.stages {
		p.x.Tasks = append(p.x.Tasks, s.tasks...)
	}
	p.x.orderTasks()
}

// instances turns the map of a stage's tasks into their list, and a stage that
// is off into the empty list.
var instances = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "stage", Type: cty.DynamicPseudoType, AllowNull: true, AllowMarked: true, AllowDynamicType: true, AllowUnknown: true}},
	Type:   func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, marks := args[0].Unmark()
		switch {
		case v.IsNull():
			return cty.ListValEmpty(stageType), nil
		case !v.IsKnown() || !v.CanIterateElements():
			return cty.DynamicVal, nil
		case v.LengthInt() == 0:
			return cty.ListValEmpty(stageType), nil
		}
		return cty.ListVal(v.AsValueSlice()).WithMarks(marks), nil
	},
})

// Metrics tells the metrics of a task that has a result; ok is false for others.
type Metrics func(t *Task) (metrics map[string]float64, ok bool)

func noMetrics(*Task) (map[string]float64, bool) { return nil, false }

// evaluator gives nodes their values for the metrics that are known.
type evaluator struct {
	x       *Experiment
	metrics Metrics
	memo    map[*node]cty.Value
}

func (x *Experiment) evaluator(m Metrics) *evaluator {
	return &evaluator{x: x, metrics: m, memo: map[*node]cty.Value{}}
}

// context returns what the expressions of a node can refer to.
func (ev *evaluator) context(n *node) *hcl.EvalContext {
	byRoot := map[string]map[string]cty.Value{}
	for _, e := range n.needs {
		root, name := splitAddress(e.to.address)
		if byRoot[root] == nil {
			byRoot[root] = map[string]cty.Value{}
		}
		byRoot[root][name] = ev.value(e.to)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: ev.x.functions}
	for root, values := range byRoot {
		ctx.Variables[root] = cty.ObjectVal(values)
	}
	return ctx
}

// value is a node's value; only what depends on metrics is computed again.
func (ev *evaluator) value(n *node) cty.Value {
	if n.value.IsWhollyKnown() || n.faulty {
		return n.value
	}
	if v, ok := ev.memo[n]; ok {
		return v
	}
	v := n.value
	switch {
	case n.stage != nil:
		v = n.stage.value(ev.metrics)
	case len(n.exprs) == 1: // a local
		if got, diags := n.exprs[0].Value(ev.context(n)); !diags.HasErrors() {
			v = got
		}
	}
	ev.memo[n] = v
	return v
}

// value evaluates one expression of a node at parse time.
func (p *parser) value(n *node, e hclsyntax.Expression) cty.Value {
	return p.valueIn(n, e, p.x.evaluator(noMetrics).context(n))
}

func (p *parser) valueIn(n *node, e hclsyntax.Expression, ctx *hcl.EvalContext) cty.Value {
	if p.bad[e] {
		return cty.DynamicVal
	}
	v, diags := e.Value(ctx)
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() {
		n.faulty, p.bad[e] = true, true
		return cty.DynamicVal
	}
	return v
}

// Dataset is bytes pinned by their digest, wherever they come from.
type Dataset struct {
	Address string // dataset.recording["T176_2018_05_03"]
	URL     string
	SHA256  artifacts.Digest
}

// FileName is the last part of the address's path.
func (d *Dataset) FileName() string {
	if u, err := url.Parse(d.URL); err == nil {
		return path.Base(u.Path)
	}
	return path.Base(d.URL)
}

func (p *parser) datasetValue(n *node, attrs hclsyntax.Attributes) cty.Value {
	if attrs["url"] == nil || attrs["sha256"] == nil {
		return cty.DynamicVal
	}
	ctx := p.x.evaluator(noMetrics).context(n)
	one := func(address string, ctx *hcl.EvalContext) cty.Value {
		u := p.text(n, attrs["url"], ctx)
		sum := p.text(n, attrs["sha256"], ctx)
		if !u.known || !sum.known {
			return cty.UnknownVal(datasetCapsule)
		}
		digest, err := artifacts.ParseDigest(sum.text)
		if err != nil {
			p.fault(attrs["sha256"].Expr.Range(), "Invalid digest", "%s.", err)
			n.faulty = true
			return cty.UnknownVal(datasetCapsule)
		}
		if parsed, err := url.Parse(u.text); err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https" && parsed.Scheme != "file") {
			p.fault(attrs["url"].Expr.Range(), "Invalid url", "%q is no address that begins with https://, http:// or file://.", u.text)
			n.faulty = true
			return cty.UnknownVal(datasetCapsule)
		}
		return cty.CapsuleVal(datasetCapsule, &Dataset{Address: address, URL: u.text, SHA256: digest})
	}
	if attrs["for_each"] == nil {
		return one(n.address, ctx)
	}
	all, ok := p.instances(n, attrs["for_each"].Expr, ctx)
	if !ok {
		return cty.DynamicVal
	}
	values := map[string]cty.Value{}
	for _, i := range all {
		values[i.key] = one(instanceAddress(n.address, i.key), i.context(ctx))
	}
	if len(values) == 0 {
		return cty.MapValEmpty(datasetCapsule)
	}
	return cty.MapVal(values)
}

// known is a string that may be unknown.
type known struct {
	text  string
	known bool
}

func (p *parser) text(n *node, a *hclsyntax.Attribute, ctx *hcl.EvalContext) known {
	v := p.valueIn(n, a.Expr, ctx)
	v, _ = v.UnmarkDeep()
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() {
		p.fault(a.Expr.Range(), "Wrong type", "%q is a string.", a.Name)
		n.faulty = true
		return known{}
	}
	if !s.IsKnown() {
		return known{}
	}
	return known{s.AsString(), true}
}
