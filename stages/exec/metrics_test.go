package exec

import (
	"maps"
	"math"
	"strings"
	"testing"
)

func TestReadMetrics(t *testing.T) {
	got, err := readMetrics([]byte(` {"a": 1, "b": {"c": -2.5e-3, "d-e": {"f.1": 3}}, "g": {}} `))
	if want := map[string]float64{"a": 1, "b_c": -2.5e-3, "b_d-e_f.1": 3}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for content, say := range map[string]string{
		``:                         "the file is no JSON",
		`3`:                        "no JSON object of numbers",
		`[1]`:                      "no JSON object of numbers",
		`{"a": 1} {}`:              "more than one JSON object",
		`{"a": 1} x`:               "more than one JSON object",
		`{"a": 1`:                  "unexpected EOF",
		`{"a": NaN}`:               "metric a is no JSON",
		`{"a": {"b": Infinity}}`:   "metric a_b is no JSON",
		`{"a": 1e999}`:             "metric a is 1e999, which is too large",
		`{"a": "1"}`:               "metric a is text",
		`{"a": null}`:              "metric a is null",
		`{"a": {"b": true}}`:       "metric a_b is true or false",
		`{"a": [1]}`:               "metric a is a list",
		`{"a": 1, "a": 2}`:         "metric a is there twice",
		`{"a_b": 1, "a":{"b": 2}}`: "metric a_b is there twice",
		`{"": 1}`:                  "the file has a number without a name",
		`{"a b": 1}`:               `a metric is called "a b": its name has letters`,
		`{"a": {"\u001b[2J": 1}}`:  `a metric is called "a_\x1b[2J"`,
		`{"a": {"": 1}}`:           "metric a has a number without a name",
		strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100): "more than 16 deep",
	} {
		if m, err := readMetrics([]byte(content)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%.40s: %v, %v; want %q", content, m, err, say)
		}
	}
}

func FuzzReadMetrics(f *testing.F) {
	f.Add([]byte(`{"a": {"b": 1}}`))
	f.Add([]byte(`{"a": [NaN`))
	f.Fuzz(func(t *testing.T, content []byte) {
		all, err := readMetrics(content)
		for name, v := range all {
			if err == nil && (name == "" || math.IsNaN(v) || math.IsInf(v, 0)) {
				t.Errorf("%q is %v", name, v)
			}
		}
	})
}
