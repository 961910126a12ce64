package spec

import (
	"fmt"
	"testing"
)

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
	if got := fmt.Sprint(addressesOf(x.Tasks)); got != want {
		t.Errorf("tasks %s\nwant %s", got, want)
	}
	total := x.Find("total")[0]
	if got := fmt.Sprint(addressesOf(total.Needs)); got != `[stage.one stage.fit["seed=1"]]` {
		t.Errorf("total needs %s", got)
	}
	r, diags := total.Resolve(nil)
	if diags.HasErrors() || fmt.Sprint(r.Settings) != "[{loud false} {times 4}]" {
		t.Errorf("total: %v %v", r, diags)
	}
	late := x.Find("late")[0]
	if r, diags := late.Resolve(nil); r != nil || diags.HasErrors() {
		t.Errorf("late is resolved before its metric is known: %v %v", r, diags)
	}
	if len(late.Needs) != 4 || late.Cache {
		t.Errorf("late needs %v, cache %v", addressesOf(late.Needs), late.Cache)
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
	if v := x.Checks[0].Evaluate(nil); v.Verdict != Inconclusive {
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
