package spec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse: whatever the source, parse does not panic, and gives either an
// experiment, whose tasks can be resolved, or diagnostics that say something.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.hcl", "testdata/good/*.hcl", "testdata/good/*/*.hcl"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range names {
			if filepath.Base(name) == "for_each.hcl" {
				continue // 100,001 tasks, again and again
			}
			src, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(src))
		}
	}
	f.Add(goodSource)
	for _, e := range oddExpressions {
		f.Add(oddSource(e))
	}
	f.Add(`module "m" { source = "./m" }` + oddSource(`module.m.fit`))
	f.Add("stage \"const\" \"one\" {\n  value = 1\n}\nmodule \"m\" {\n  source = \"./m\"\n  for_each = { a = stage.one }\n  base = each.value\n  size = stage.one.metrics.value\n}\noutput \"o\" {\n  value = module.m[*].fit.metrics.value\n}\n")
	dir := folderWithModule(f)
	f.Fuzz(func(t *testing.T, src string) { fuzz(t, dir, "x.hcl", src) })
}

// FuzzParseJSON is FuzzParse for HCL's JSON syntax.
func FuzzParseJSON(f *testing.F) {
	src, err := os.ReadFile("testdata/good/json/main.hcl.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(src))
	for _, e := range oddExpressions {
		text, err := json.Marshal(map[string]any{"locals": map[string]any{"odd": "${" + e + "}", "${" + e + "}": []any{e, 1, nil}},
			"stage": map[string]any{"const": map[string]any{"one": map[string]any{"value": "${" + e + "}", "depends_on": []string{e}}}}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"module": {"m": {"source": "./m", "base": "${\n\"a\"}"}}, "variable": {"v": {"type": "object({ a = optional(number, 1) })", "default": {}}}}`)
	dir := folderWithModule(f)
	f.Fuzz(func(t *testing.T, src string) { fuzz(t, dir, "x.hcl.json", src) })
}

// folderWithModule is a folder with the module ./m in it.
func folderWithModule(f *testing.F) string {
	dir := f.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "m"), os.DirFS("testdata/bad/modules/good")); err != nil {
		f.Fatal(err)
	}
	return dir
}

func fuzz(t *testing.T, dir, name, src string) {
	if strings.Contains(src, "range") || strings.Contains(src, "space") || strings.Contains(src, "file") {
		return // large lists and the disk are not what this is about
	}
	x, diags := parse([]string{name}, map[string][]byte{name: []byte(src)}, dir, Values{}, toyKinds(), nil)
	if (x == nil) != diags.HasErrors() {
		t.Fatal("neither an experiment nor diagnostics, or both")
	}
	if x == nil {
		saysSomething(t, diags)
		return
	}
	use(t, x)
	x.names = []string{name}
	likeTheWhole(t, x, max(1, len(x.Tasks)/2), func(o *Outline, runs, sees func(int) bool) *Experiment {
		p := newParser(dir, toyKinds(), nil)
		if !p.readPart(map[string][]byte{name: []byte(src)}, o, runs, sees) || p.diags.HasErrors() {
			t.Fatalf("it cannot be read in part: %v", p.diags)
		}
		return p.x
	})
}

// use does with an experiment what a run does.
func use(t *testing.T, x *Experiment) {
	for _, m := range []Metrics{nil, numbered, func(*Task) (map[string]float64, bool) { return nil, true }} {
		for _, task := range x.Tasks {
			if _, diags := task.Resolve(m); diags.HasErrors() {
				saysSomething(t, diags)
			}
		}
		for _, c := range x.Checks {
			c.Evaluate(m)
			for _, b := range c.Baselines {
				if samples, waits, err := b.Samples(m); (err != nil) == (len(samples)+len(waits) > 0) {
					t.Fatalf("%s: %v %v %v", b.Metric, samples, waits, err)
				}
			}
		}
		for _, o := range x.Outputs {
			o.Value(m)
		}
	}
	x.Variables()
}

func saysSomething(t *testing.T, diags *Diagnostics) {
	for _, d := range diags.List() {
		if d.Summary == "" || d.Detail == "" || d.File == "" {
			t.Fatalf("a diagnostic says nothing: %+v", d)
		}
	}
	if err := diags.Write(&strings.Builder{}, 80, false); err != nil {
		t.Fatal(err)
	}
}

var oddExpressions = []string{
	`stage[0]`, `stage["one"]`, `stage.fit["a"]["b"].metrics`, `stage.fit[0].metrics`, `stage.fit.a.metrics.value`,
	`var[*]`, `var.rank[*].x`, `each.value.x.y`, `each`, `local`, `stage`, `dataset.d.url`,
	`stage.one[*][*].metrics[*]`, `stage.fit[*][0].metrics.value`, `stage.fit[*].metrics`, `stage.fit.*.metrics.value`,
	`stage.fit[local.k].metrics.value`, `stage.fit[local.none].metrics.value`, `stage.fit[stage.one].metrics`, `stage.fit[null]`,
	`[for stage in [1, "a"] : stage.fit[*]]`, `{ for stage in [{ fit = 1 }] : "a" => stage.fit[*].metrics.value }`,
	`jsonencode(stage.one)`, `jsonencode(stage.fit)`, `toset([stage.one, stage.fit["a"]])`, `[stage.one] == [stage.fit["a"]]`,
	`stage.one == null`, `keys(stage.one)`, `values(stage.fit)[0].task`, `stage.one.metrics["value"]`, `stage.one.metrics[local.k]`,
	`merge(stage.one, { a = 1 })`, `flatten([stage.fit[*], stage.one])`, `zipmap(["a"], [stage.one])`, `try(stage.fit["z"].metrics.value, 1)`,
	`can(stage.one.metrics.value)`, `distinct([stage.one, stage.one])`, `index([stage.one], stage.one)`, `contains(stage.fit[*], stage.one)`,
	`stage.off == null ? 1 : 2`, `stage.off.metrics.value`, `coalesce(stage.off, stage.fit)`, `one(stage.off[*])`, `sort(stage.fit[*].metrics.value)`,
	`stage.one.metrics.value > 0 ? stage.one : stage.off`, `"${stage.fit[*].metrics.value}"`, `formatlist("%v", stage.fit[*])`, `format("%#v", stage.one)`,
	`1 / 0`, `0 / 0`, `-9e9999`, `1e400`, `tonumber("inf")`, `grid({ a = [stage.one] })`, `tomap({ a = stage.one, b = stage.off })`,
	`stage.one.metrics.value.value`, `local.self`, `dataset.d["a"]`, `dataset.d == dataset.d`, `tostring(dataset.d)`, `[dataset.d][0]`, `mean([])`,
}

// oddSource uses an expression wherever there can be one.
func oddSource(e string) string {
	return `
variable "rank" {
  default = 1
}
locals {
  k    = "a"
  none = null
  odd  = ` + e + `
}
dataset "d" {
  url    = "https://example.org/a"
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
}
stage "const" "one" {
  value = 1
}
stage "const" "off" {
  when  = false
  value = 1
}
stage "const" "fit" {
  for_each = { a = 1, b = 2 }
  value    = each.value
}
stage "mix" "mix" {
  name    = ` + e + `
  inputs  = local.odd
  weights = ` + e + `
}
stage "sum" "sum" {
  for_each = ` + e + `
  a        = ` + e + `
  times    = each.value
}
stage "const" "last" {
  when       = ` + e + `
  value      = local.odd
  file       = ` + e + `
  depends_on = [` + e + `]
}
check "odd" {
  assert {
    condition     = ` + e + `
    error_message = ` + e + `
  }
}
output "odd" {
  value = ` + e + `
}
`
}

// TestOddExpressions uses each expression in one place at a time, so that a
// fault of one place does not hide another.
func TestOddExpressions(t *testing.T) {
	uses := []string{"stage \"mix\" \"m\" {\n  name = %\n}", "stage \"mix\" \"m\" {\n  inputs = %\n}", "stage \"mix\" \"m\" {\n  weights = %\n}",
		"stage \"const\" \"c\" {\n  value = %\n}", "stage \"sum\" \"s\" {\n  a = %\n}", "stage \"const\" \"c\" {\n  value = 1\n  file = %\n}",
		"stage \"const\" \"c\" {\n  for_each = %\n  value = each.value\n}", "stage \"const\" \"c\" {\n  when = %\n  value = 1\n}",
		"locals {\n  odd = %\n}\noutput \"o\" {\n  value = local.odd\n}", "check \"c\" {\n  assert {\n    condition = %\n    error_message = %\n  }\n}",
		"stage \"program\" \"p\" {\n  inputs = %\n}", "stage \"program\" \"p\" {\n  inputs = { a = % }\n  outputs = { v = \"metric\" }\n}", "stage \"program\" \"p\" {\n  outputs = %\n}",
		"check \"c\" {\n  baseline {\n    metric = %\n    tolerance = { absolute = 1 }\n  }\n}",
		"module \"m\" {\n  source = \"./testdata/bad/modules/good\"\n  base = %\n}", "module \"m\" {\n  source = \"./testdata/bad/modules/good\"\n  base = stage.one\n  size = %\n}",
		"module \"m\" {\n  source = \"./testdata/bad/modules/good\"\n  for_each = %\n  base = each.value\n}"}
	base := oddSource("1")
	base = base[:strings.Index(base, `stage "mix"`)]
	good := 0
	for _, e := range oddExpressions {
		for _, u := range uses {
			src := base + strings.ReplaceAll(u, "%", e)
			x, diags := parse([]string{"x.hcl"}, map[string][]byte{"x.hcl": []byte(src)}, ".", Values{}, toyKinds(), nil)
			if diags.HasErrors() {
				readable(t, diags)
				continue
			}
			good++
			use(t, x)
		}
	}
	if good < 40 {
		t.Errorf("only %d of the uses are good", good)
	}
}
