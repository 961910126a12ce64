package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func loadModules(t *testing.T) *Experiment {
	t.Helper()
	x, diags, err := Load("testdata/good/modules", Values{}, toyKinds())
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags.Error())
	}
	return x
}

func TestFindInModules(t *testing.T) {
	x := loadModules(t)
	tests := []struct{ address, want string }{
		{`module.one.stage.fit["seed=1"]`, `[module.one.stage.fit["seed=1"]]`},
		{`module.one.stage.fit[seed=1]`, `[module.one.stage.fit["seed=1"]]`},
		{"module.one.stage.fit", `[module.one.stage.fit["seed=0"] module.one.stage.fit["seed=1"]]`},
		{`module.many["x"].stage.best`, `[module.many["x"].stage.best]`},
		{"module.many[x].stage.best", `[module.many["x"].stage.best]`},
		{`module.many["y"]`, `[module.many["y"].stage.fit["seed=0"] module.many["y"].stage.best module.many["y"].stage.patterns]`},
		{"module.outer", `[module.outer.module.inner.stage.fit["seed=0"] module.outer.module.inner.stage.best module.outer.module.inner.stage.patterns]`},
		{"module.outer.module.inner.stage.best", `[module.outer.module.inner.stage.best]`},
		{"module.on", "[]"},
		{"module", "[]"},
		{"fit", "[]"},
		{"first", "[stage.first]"},
	}
	for _, test := range tests {
		if got := fmt.Sprint(addressesOf(x.Find(test.address))); got != test.want {
			t.Errorf("%s finds %s, want %s", test.address, got, test.want)
		}
	}
	if n := len(x.Find("module.many")); n != 6 {
		t.Errorf("module.many has %d tasks", n)
	}
	if got := x.NoSuchTask("module.ones"); got != ` Did you mean "module.one"?` {
		t.Errorf("NoSuchTask gives %q", got)
	}
	if got := x.Find("module.one.stage.fit")[1].StageAddress(); got != "module.one.stage.fit" {
		t.Errorf("the stage is %s", got)
	}
}

// TestModuleNeeds follows metrics into a module and out of it.
func TestModuleNeeds(t *testing.T) {
	x := loadModules(t)
	fit, after := x.Find(`module.one.stage.fit["seed=0"]`)[0], x.Find("from_module")[0]
	if got := fmt.Sprint(addressesOf(fit.Needs)); got != "[stage.first]" || len(fit.After) > 0 {
		t.Errorf("it needs %s", got)
	}
	if !slices.Contains(after.Needs, fit) {
		t.Errorf("stage.from_module needs %v", addressesOf(after.Needs))
	}
	best := x.Find("module.one.stage.best")[0]
	if got := fmt.Sprint(addressesOf(best.After)); got != `[module.one.stage.fit["seed=0"] module.one.stage.fit["seed=1"]]` {
		t.Errorf("it stands behind %s", got)
	}
	first := x.Find("first")[0]
	only := func(t *Task) (map[string]float64, bool) { return map[string]float64{"value": 7}, t == first }
	r, diags := fit.Resolve(only)
	if diags.HasErrors() || r == nil || r.Method.(*toyConst).Value != 7 {
		t.Errorf("%v %v", r, diags)
	}
	if r, diags := after.Resolve(only); diags.HasErrors() || r != nil {
		t.Errorf("resolved before the module's metrics are known: %v %v", r, diags)
	}
}

// TestModuleRefusesMetric meets a validation that only a run can decide.
func TestModuleRefusesMetric(t *testing.T) {
	x := loadModules(t)
	large := func(*Task) (map[string]float64, bool) { return map[string]float64{"value": 100}, true }
	const want = "testdata/good/modules/main.hcl:24: Value refused: size is below 100; the module's argument gives 100."
	if _, diags := x.Find(`module.one.stage.fit["seed=0"]`)[0].Resolve(large); !diags.HasErrors() || diags.Error() != want {
		t.Errorf("%v", diags)
	}
	for _, c := range x.Checks {
		v := c.Evaluate(large)
		if c.Name == "module.one.sizes" && (v.Verdict == Pass || !strings.Contains(v.Message, "size is below 100")) {
			t.Errorf("%+v", v)
		}
	}
}

// TestModuleByAnotherName finds nothing of a module's name or folder in what
// makes a key.
func TestModuleByAnotherName(t *testing.T) {
	parts := func(folder, name string) string {
		dir := t.TempDir()
		write := func(path, text string) {
			path = filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		write("main.hcl", "stage \"const\" \"one\" {\n  value = 1\n}\nmodule \""+name+"\" {\n  source = \"./"+folder+"\"\n  one    = stage.one\n}\n")
		write(folder+"/m.hcl", "variable \"one\" {}\nstage \"program\" \"p\" {\n  inputs = { one = var.one }\n  files  = [\"*.py\"]\n}\n")
		write(folder+"/run.py", "")
		x, diags, err := Load(filepath.Join(dir, "main.hcl"), Values{}, toyKinds())
		if err != nil || diags.HasErrors() {
			t.Fatal(err, diags.Error())
		}
		r, _ := x.Tasks[1].Resolve(nil)
		out := fmt.Sprint(r.Settings)
		for _, in := range r.Inputs {
			out += in.Label()
		}
		for _, f := range r.Files {
			out += f.Label()
		}
		return out
	}
	if a, b := parts("a", "x"), parts("b/c", "y"); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

// TestTooManyModules meets modules within modules that multiply.
func TestTooManyModules(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		at := filepath.Join(dir, fmt.Sprint("m", i))
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		src := ""
		if i < 5 {
			src = fmt.Sprintf("module \"x\" {\n  source   = \"../m%d\"\n  for_each = { for i in range(10) : \"i=${i}\" => i }\n}\n", i+1)
		}
		if err := os.WriteFile(filepath.Join(at, "main.hcl"), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, diags, err := Load(filepath.Join(dir, "m0"), Values{}, toyKinds())
	if err != nil || !strings.Contains(diags.Error(), "more than 10000 instances of modules") {
		t.Errorf("%v %v", err, diags)
	}
}
