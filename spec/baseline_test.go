package spec

import (
	"fmt"
	"strings"
	"testing"
)

// TestSamplesFaults meets metrics that cannot be compared; what the golden files
// of testdata/good show are those that can.
func TestSamplesFaults(t *testing.T) {
	const stages = `
stage "const" "one" {
  value = 1
}
stage "const" "fit" {
  for_each = { a = 1, b = 2 }
  value    = each.value
}
stage "const" "none" {
  for_each = {}
  value    = 1
}
`
	value := func(v float64) Metrics {
		return func(*Task) (map[string]float64, bool) { return map[string]float64{"value": v}, true }
	}
	gone := func(*Task) (map[string]float64, bool) { return nil, true }
	onlyA := func(t *Task) (map[string]float64, bool) {
		return map[string]float64{"value": 1}, t.Address == `stage.fit["a"]`
	}
	tests := []struct {
		name, metric string
		metrics      Metrics
		want         string // the error, or the tasks that it waits for
	}{
		{"metric missing", "stage.one.metrics.value", gone, `There is no "value" in stage.one.metrics`},
		{"metric missing in a sweep", "stage.fit[*].metrics.value", gone, "value"},
		{"too large a product", "stage.one.metrics.value * stage.one.metrics.value", value(1e300), "out of range"},
		{"no tasks", "stage.none[*].metrics.value", value(1), "stage.none[*].metrics.value has no values"},
		{"null", "stage.one.metrics.value > 1 ? stage.one.metrics.value : null", value(1), "is null"},
		{"null in a list", "[stage.one.metrics.value > 1 ? stage.one.metrics.value : null]", value(1), "there is null"},
		{"too large", "pow(stage.one.metrics.value, 300)", value(1e300), "infinite, or too large"},
		{"fault", "[1][stage.one.metrics.value]", value(7), "Invalid index"},
		{"word", "[stage.one.metrics.value, jsondecode(stage.one.metrics.value > 1 ? \"1\" : \"\\\"x\\\"\")]", value(1), `there is the string "x"`},
		{"waits for one", "stage.fit[*].metrics.value", onlyA, `[stage.fit["b"]]`},
		{"waits for all", "mean(stage.fit[*].metrics.value)", nil, `[stage.fit["a"] stage.fit["b"]]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := mustParse(t, stages+"check \"c\" {\n  baseline {\n    metric = "+test.metric+"\n    tolerance = { absolute = 1 }\n  }\n}\n", Values{})
			samples, waits, err := x.Checks[0].Baselines[0].Samples(test.metrics)
			got := fmt.Sprint(addressesOf(waits))
			if err != nil {
				got = err.Error()
			}
			if len(samples) > 0 || !strings.Contains(got, test.want) {
				t.Errorf("%v, and %s, want %s", samples, got, test.want)
			}
		})
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"4GiB": 4 << 30, "500MB": 500e6, "1.5T": 1.5e12, "2 kB": 2000, "10B": 10, "3Ki": 3072,
		"": 0, "4": 0, "4iB": 0, "-1GB": 0, "1e3": 0, "0B": 0, "99999999999TB": 0, "GB": 0, "1GBB": 0} {
		got, err := ParseSize(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
}
