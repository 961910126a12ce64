package spec

import (
	"context"
	"errors"
	"testing"

	"reprise/artifacts"
)

// The toy kinds of the tests. None of them runs.

type toyConst struct {
	idle
	Value float64  `hcl:"value" doc:"The number."`
	Seeds []int    `hcl:"seeds,optional" doc:"Some seeds."`
	Scale *float64 `hcl:"scale,optional" doc:"A factor, or none."`
	File  File     `hcl:"file,optional" doc:"A file."`
}

func (c *toyConst) Check() error {
	return errors.Join(
		Require(c.Value >= 0, "value is at least 0, not %g", c.Value),
		Require(len(c.Seeds) < 4, "seeds are at most 3, not %d", len(c.Seeds)),
	)
}

type toySum struct {
	idle
	A     Ref  `hcl:"a" needs:"number" doc:"The first."`
	B     Ref  `hcl:"b,optional" needs:"number" doc:"The second."`
	Times int  `hcl:"times,optional" doc:"How often."`
	Loud  bool `hcl:"loud,optional" doc:"Whether to shout."`
}

type toyCollect struct {
	idle
	All Refs `hcl:"all" needs:"number" doc:"Any number of them."`
}

type toyMix struct {
	idle
	Name    string             `hcl:"name,optional" doc:"A name."`
	Tags    []string           `hcl:"tags,optional" doc:"Some words."`
	Weights map[string]float64 `hcl:"weights,optional" doc:"Weights by name."`
	Flags   map[string]bool    `hcl:"flags,optional" doc:"Flags by name."`
	Grid    [][]float64        `hcl:"grid,optional" doc:"Numbers in rows."`
	Inputs  Refs               `hcl:"inputs,optional" doc:"Any stages."`
}

func (m *toyMix) Check() error {
	if m.Name == "dull" {
		return errors.New("too dull.")
	}
	return nil
}

type toyBlank struct{ idle }

// toyProgram gives what its attributes say, as a stage that runs any program does.
type toyProgram struct {
	idle
	Inputs  RefMap            `hcl:"inputs,optional" needs:"number" doc:"What it reads."`
	Loose   RefMap            `hcl:"loose,optional" doc:"What it reads, whatever that gives."`
	Files   Files             `hcl:"files,optional" doc:"Its source."`
	Outputs map[string]string `hcl:"outputs,optional,known" doc:"table, metric or file, by name."`
	Any     bool              `hcl:"any,optional,known" doc:"Whether there are other metrics."`
	Factor  float64           `hcl:"factor,optional" doc:"A number."`
}

func (p *toyProgram) Gives() (o Outputs) {
	for _, name := range sortedKeys(p.Outputs) {
		switch one := (Gives{Name: name}); p.Outputs[name] {
		case "table":
			o.Tables = append(o.Tables, one)
		case "metric":
			o.Metrics = append(o.Metrics, one)
		case "file":
			o.Files = append(o.Files, one)
		}
	}
	o.AnyMetric = p.Any
	return o
}

type idle struct{}

func (idle) Run(context.Context, *Env) (*artifacts.Artifact, error) { return artifacts.New(), nil }

func toyKinds() Kinds {
	number, value := []Gives{{"number", "The number."}}, []Gives{{"value", "The number."}}
	return NewKinds(
		&Kind{Name: "const", Doc: "Gives a number.", New: func() Method { return &toyConst{Seeds: []int{1, 2}} }, Tables: number, Metrics: value},
		&Kind{Name: "sum", Doc: "Adds.", New: func() Method { return &toySum{Times: 1} }, Tables: number, Metrics: append(value, Gives{"spread", "How far apart."})},
		&Kind{Name: "collect", Doc: "Collects.", New: func() Method { return &toyCollect{} }, Tables: []Gives{{"numbers", "All."}}, Metrics: value},
		&Kind{Name: "mix", Doc: "Has attributes of all types.", New: func() Method { return &toyMix{Name: "mix", Weights: map[string]float64{"a": 1}} }, Tables: number},
		&Kind{Name: "program", Doc: "Gives what it is told to.", New: func() Method { return &toyProgram{} }},
		&Kind{Name: "blank", Doc: "Has and gives nothing.", New: func() Method { return &toyBlank{} }},
	)
}

func parseText(t testing.TB, src string, given Values) (*Experiment, *Diagnostics) {
	t.Helper()
	return parse([]string{"x.hcl"}, map[string][]byte{"x.hcl": []byte(src)}, t.TempDir(), given, toyKinds(), nil)
}

func mustParse(t testing.TB, src string, given Values) *Experiment {
	t.Helper()
	x, diags := parseText(t, src, given)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}
	return x
}
