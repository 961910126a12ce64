package spec

import (
	"context"
	"fmt"
	"testing"

	"reprise/artifacts"
)

// The toy kinds of the tests: a source, a sum, and one that takes many.

type toyConst struct {
	Value float64  `hcl:"value" doc:"The number."`
	Seeds []int    `hcl:"seeds,optional" doc:"Some seeds."`
	Scale *float64 `hcl:"scale,optional" doc:"A factor, or none."`
	File  File     `hcl:"file,optional" doc:"A file."`
}

func (c *toyConst) Run(context.Context, *Env) (*artifacts.Artifact, error) {
	return artifacts.New(), nil
}

func (c *toyConst) Check() error {
	if c.Value < 0 {
		return fmt.Errorf("value is at least 0, not %g", c.Value)
	}
	return nil
}

type toySum struct {
	A     Ref  `hcl:"a" needs:"number" doc:"The first."`
	B     Ref  `hcl:"b,optional" needs:"number" doc:"The second."`
	Times int  `hcl:"times,optional" doc:"How often."`
	Loud  bool `hcl:"loud,optional" doc:"Whether to shout."`
}

func (s *toySum) Run(context.Context, *Env) (*artifacts.Artifact, error) {
	return artifacts.New(), nil
}

type toyCollect struct {
	All Refs `hcl:"all" needs:"number" doc:"Any number of them."`
}

func (s *toyCollect) Run(context.Context, *Env) (*artifacts.Artifact, error) {
	return artifacts.New(), nil
}

func toyKinds() Kinds {
	number, value := []Gives{{"number", "The number."}}, []Gives{{"value", "The number."}}
	return NewKinds(
		&Kind{Name: "const", Doc: "Gives a number.", New: func() Method { return &toyConst{Seeds: []int{1, 2}} }, Tables: number, Metrics: value},
		&Kind{Name: "sum", Doc: "Adds.", New: func() Method { return &toySum{Times: 1} }, Tables: number, Metrics: value},
		&Kind{Name: "collect", Doc: "Collects.", New: func() Method { return &toyCollect{} }, Tables: []Gives{{"numbers", "All."}}, Metrics: value},
	)
}

func parseText(t *testing.T, src string, given Values) (*Experiment, *Diagnostics) {
	t.Helper()
	return parse([]string{"x.hcl"}, map[string][]byte{"x.hcl": []byte(src)}, t.TempDir(), given, toyKinds())
}

func mustParse(t *testing.T, src string, given Values) *Experiment {
	t.Helper()
	x, diags := parseText(t, src, given)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}
	return x
}

func addresses(tasks []*Task) (out []string) {
	for _, t := range tasks {
		out = append(out, t.Address)
	}
	return out
}

const goodSource = `
experiment "toy" {
  title = "A toy"
  cites = ["arXiv:1"]
}
variable "rank" {
  type    = number
  default = 2
  validation {
    condition     = var.rank >= 1
    error_message = "rank is at least 1"
  }
}
variable "recorded" {
  type    = bool
  default = false
}
locals {
  both  = coalesce(stage.off, stage.one)
  twice = var.rank * 2
  later = stage.one.metrics.value + 1
}
stage "sum" "total" {
  a     = local.both
  b     = stage.fit["seed=1"]
  times = local.twice
}
stage "const" "off" {
  when  = var.recorded
  value = 1
}
stage "const" "one" {
  value = var.rank
  description = "one"
}
stage "const" "fit" {
  for_each = { for s in range(3) : "seed=${s}" => s }
  value    = each.value
  seeds    = []
}
stage "const" "late" {
  value      = local.later
  depends_on = [stage.fit]
  cache      = false
}
stage "collect" "all" {
  all = stage.fit[*]
}
check "good" {
  assert {
    condition     = mean(stage.fit[*].metrics.value) > 0.5 && stage.one.metrics.value == 2
    error_message = "mean is ${mean(stage.fit[*].metrics.value)}"
  }
}
output "mean" { value = mean(stage.fit[*].metrics.value) }
`

func TestGood(t *testing.T) {
	x := mustParse(t, goodSource, Values{})
	want := `[stage.one stage.fit["seed=0"] stage.fit["seed=1"] stage.fit["seed=2"] stage.total stage.late stage.all]`
	if got := fmt.Sprint(addresses(x.Tasks)); got != want && len(x.Tasks) != 7 {
		t.Errorf("tasks %s\nwant %s", got, want)
	}
	total := x.Find("total")[0]
	if got := fmt.Sprint(addresses(total.Needs)); got != `[stage.one stage.fit["seed=1"]]` {
		t.Errorf("total needs %s", got)
	}
	r, diags := total.Resolve(noMetrics)
	if diags.HasErrors() || fmt.Sprint(r.Settings) != "[{loud false} {times 4}]" {
		t.Errorf("total: %v %v", r, diags)
	}
	late := x.Find("late")[0]
	if r, diags := late.Resolve(noMetrics); r != nil || diags.HasErrors() {
		t.Errorf("late is resolved before its metric is known: %v %v", r, diags)
	}
	if len(late.Needs) != 4 || late.Cache {
		t.Errorf("late needs %v, cache %v", addresses(late.Needs), late.Cache)
	}
	known := func(*Task) (map[string]float64, bool) { return map[string]float64{"value": 2}, true }
	r, diags = late.Resolve(known)
	if diags.HasErrors() || r.Method.(*toyConst).Value != 3 {
		t.Errorf("late: %v %v", r, diags)
	}
	negative := func(*Task) (map[string]float64, bool) { return map[string]float64{"value": -2}, true }
	if _, diags := late.Resolve(negative); !diags.HasErrors() {
		t.Error("an attribute that a metric makes invalid is not refused")
	}
	if v := x.Checks[0].Evaluate(known); v.Verdict != Pass {
		t.Errorf("check: %+v", v)
	}
	if v := x.Checks[0].Evaluate(noMetrics); v.Verdict != Inconclusive {
		t.Errorf("check without metrics: %+v", v)
	}
	none := func(*Task) (map[string]float64, bool) { return nil, true }
	if v := x.Checks[0].Evaluate(none); v.Verdict != Inconclusive || v.Message == "" {
		t.Errorf("check with a metric missing: %+v", v)
	}
	if v, err := x.Outputs[0].Value(known); v != "2" || err != nil {
		t.Errorf("output %s %v", v, err)
	}
}

func TestVariables(t *testing.T) {
	src := `variable "rank" {
  type = number
  default = 2
}
stage "const" "one" { value = var.rank }`
	value := func(given Values) float64 {
		x := mustParse(t, src, given)
		r, _ := x.Tasks[0].Resolve(noMetrics)
		return r.Method.(*toyConst).Value
	}
	environ := []string{"REPRISE_VAR_rank=3"}
	if got := value(Values{}); got != 2 {
		t.Errorf("default: %g", got)
	}
	if got := value(Values{Environ: environ}); got != 3 {
		t.Errorf("environment: %g", got)
	}
	if got := value(Values{Environ: environ, Flags: []string{"rank=4"}}); got != 4 {
		t.Errorf("flag: %g", got)
	}
}
