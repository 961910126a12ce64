package spec

import (
	"fmt"
	"strconv"
	"strings"
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
	if diags.HasErrors() || fmt.Sprint(r.Settings) != "[{loud false false} {times 4 false}]" {
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
	if v, ok, err := x.Outputs[0].Value(known); string(v) != "2" || !ok || err != nil {
		t.Errorf("output %s %t %v", v, ok, err)
	}
}

func TestFind(t *testing.T) {
	x := mustParse(t, goodSource, Values{})
	tests := []struct{ address, want string }{
		{"total", "[stage.total]"},
		{"stage.total", "[stage.total]"},
		{"fit", `[stage.fit["seed=0"] stage.fit["seed=1"] stage.fit["seed=2"]]`},
		{`fit["seed=1"]`, `[stage.fit["seed=1"]]`},
		{`stage.fit["seed=2"]`, `[stage.fit["seed=2"]]`},
		{"off", "[]"},
		{"total2", "[]"},
	}
	for _, test := range tests {
		if got := fmt.Sprint(addressesOf(x.Find(test.address))); got != test.want {
			t.Errorf("%s finds %s, want %s", test.address, got, test.want)
		}
	}
	if got := x.NoSuchTask("stage.fits"); got != ` Did you mean "stage.fit"?` {
		t.Errorf("NoSuchTask gives %q", got)
	}
}

// TestChecks decides checks of which a part fails, waits or cannot be decided:
// what failed stays failed, and nothing else than true passes.
func TestChecks(t *testing.T) {
	check := func(conditions ...string) string {
		src := "stage \"const\" \"one\" {\n  value = 1\n}\ncheck \"c\" {\n"
		for _, c := range conditions {
			src += "  assert {\n    condition = " + c + "\n    error_message = \"not ${stage.one.metrics.value}\"\n  }\n"
		}
		return src + "}\n"
	}
	is := func(v float64) Metrics {
		return func(*Task) (map[string]float64, bool) { return map[string]float64{"value": v}, true }
	}
	none := func(*Task) (map[string]float64, bool) { return nil, true }
	const above, below, listed = "stage.one.metrics.value > 1", "stage.one.metrics.value < 5", "[6, 7][stage.one.metrics.value] > 0"
	const beyond = "Invalid index: The given key does not identify an element in this collection value."
	tests := []struct {
		name, src     string
		metrics       Metrics
		want, message string
	}{
		{"pass", check(above), is(2), Pass, ""},
		{"fail", check(above), is(1), Fail, "not 1"},
		{"unknown", check(above), nil, Inconclusive, "no metrics are known of stage.one"},
		{"missing", check(above), none, Inconclusive, `x.hcl:6: No such key: There is no "value" in stage.one.metrics. There is none.`},
		{"fault", check(listed), is(9), Inconclusive, "x.hcl:6: " + beyond},
		{"fail and fault", check(below, listed), is(9), Fail, "not 9; x.hcl:10: " + beyond},
		{"fault and fail", check(listed, below), is(9), Fail, "x.hcl:6: " + beyond + "; not 9"},
		{"fail and unknown", check("false", above), nil, Fail, "the condition does not hold; no metrics are known of stage.one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := mustParse(t, test.src, Values{}).Checks[0].Evaluate(test.metrics)
			if v.Verdict != test.want || v.Message != test.message {
				t.Errorf("%s %q, want %s %q", v.Verdict, v.Message, test.want, test.message)
			}
		})
	}
}

// A check whose `when` is false is not there, and what it asserts is not evaluated;
// names in it are looked at all the same.
func TestChecksThatAreOff(t *testing.T) {
	src := `variable "recorded" { default = false }
stage "const" "one" { value = 1 }
stage "const" "two" {
  when  = var.recorded
  value = 2
}
check "always" {
  assert {
    condition     = stage.one.metrics.value > 0
    error_message = "no"
  }
}
check "recorded" {
  when = var.recorded
  assert {
    condition     = stage.two.metrics.value > 1
    error_message = "no"
  }
}`
	for _, recorded := range []bool{false, true} {
		x := mustParse(t, src, Values{Flags: []string{"recorded=" + strconv.FormatBool(recorded)}})
		var names []string
		for _, c := range x.Checks {
			names = append(names, c.Name)
		}
		if want := map[bool]int{false: 1, true: 2}[recorded]; len(names) != want || x.CheckIsOff("recorded") == recorded || x.CheckIsOff("always") {
			t.Errorf("recorded = %v: %q", recorded, names)
		}
	}
	if _, diags := parseText(t, strings.Replace(src, "stage.two.metrics.value > 1", "stage.tow.metrics.value > 1", 1), Values{}); !diags.HasErrors() {
		t.Error("a stage that there is not, in a check that is off")
	}
}
