package spec

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// evaluateWith evaluates an expression over the functions and these variables:
// off, a stage that is off; on and other, stages of two kinds; and unknown
// values that a run would tell.
func evaluateWith(t *testing.T, dir, text string) (cty.Value, error) {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(text), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", text, diags)
	}
	stage := func(kind string, metrics map[string]cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"kind": cty.StringVal(kind), "metrics": cty.ObjectVal(metrics)})
	}
	v, diags := expr.Value(&hcl.EvalContext{
		Functions: functions(dir, nil),
		Variables: map[string]cty.Value{
			"off":            cty.NullVal(cty.DynamicPseudoType),
			"on":             stage("load", map[string]cty.Value{"spikes": cty.NumberIntVal(7)}),
			"other":          stage("simulate", map[string]cty.Value{"loss": cty.UnknownVal(cty.Number)}),
			"unknown":        cty.DynamicVal,
			"unknown_number": cty.UnknownVal(cty.Number),
			"unknown_string": cty.UnknownVal(cty.String),
			"unknown_bool":   cty.UnknownVal(cty.Bool),
			"no_null":        cty.UnknownVal(cty.Number).RefineNotNull(),
			"infinite":       cty.PositiveInfinity,
		},
	})
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	return v, nil
}

func evaluate(t *testing.T, text string) (cty.Value, error) {
	t.Helper()
	return evaluateWith(t, "", text)
}

// Each line is an expression that must be true.
func TestFunctionsGive(t *testing.T) {
	for line := range strings.Lines(`
length(range(0)) == 0
median([3, 1, 2]) == 2
median([4, 1, 2, 3]) == 2.5
quantile([1], 0.3) == 1
quantile([4, 1, 3, 2], 0) == 1
quantile([4, 1, 3, 2], 1) == 4
quantile([1, 2, 3, 4], 0.25) == 1.75
quantile([0, 1], 0.1) == 0.1
sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
range(3) == tolist([0, 1, 2])
range(-3) == tolist([0, -1, -2])
range(2, 5) == tolist([2, 3, 4])
range(5, 2) == tolist([5, 4, 3])
length(range(2, 2)) == 0
range(1, 10, 4) == tolist([1, 5, 9])
range(1, 9, 4) == tolist([1, 5])
range(1, -1, -0.5) == tolist([1, 0.5, 0, -0.5])
range(0, 1, 0.1) == tolist([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
length(range(200000)) == 200000
element(range(200000), 199999) == 199999
range(9007199254740993, 9007199254740995) == tolist([9007199254740993, 9007199254740994])
{ for s in range(2) : "seed=${s}" => s } == { "seed=0" = 0, "seed=1" = 1 }
[for x in range(-1, 1, 0.5) : "x=${x}"] == ["x=-1", "x=-0.5", "x=0", "x=0.5"]

linspace(0, 1, 5) == tolist([0, 0.25, 0.5, 0.75, 1])
linspace(0, 1, 11) == tolist([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
linspace(2, -2, 3) == tolist([2, 0, -2])
linspace(0.1, 0.7, 3) == tolist([0.1, 0.4, 0.7])
linspace(0, 1, 4)[1] == 0.3333333333333333
linspace(3, 9, 1) == tolist([3])
length(linspace(3, 9, 0)) == 0
logspace(-3, 0, 4) == tolist([0.001, 0.01, 0.1, 1])
logspace(2, 0, 3) == tolist([100, 10, 1])
logspace(0, 1, 3) == tolist([1, 3.1622776601683795, 10])
logspace(-300, -300, 1)[0] == 1e-300

sum([1, 2, 3.5]) == 6.5
sum([0.1, 0.2]) == 0.1 + 0.2
sum(toset([1, 1, 2])) == 3
sum(["2", 3]) == 5
mean([1, 2, 6]) == 3
mean([0.1, 0.2]) == 0.15
mean([1, 1, 2]) == 1.3333333333333333
mean([5]) == 5
std([2, 4, 4, 4, 5, 5, 7, 9]) == 2.138089935299395
std([1, 3]) == 1.4142135623730951
std([0.1, 0.1, 0.1]) == 0
std([1e9, 1e9 + 1, 1e9 + 2]) == 1

abs(-2) + ceil(1.2) + floor(1.8) + max(1, 5) + min([3, 2]...) + signum(-9) == 11
pow(2, 10) == 1024
log(8, 2) == 3
parseint("ff", 16) == 255

chomp("a\n") == "a"
format("%03d-%s", 7, "x") == "007-x"
formatlist("%s!", ["a", "b"]) == tolist(["a!", "b!"])
indent(2, "a\nb") == "a\n  b"
join(",", ["a", "b"]) == "a,b"
upper("a") == "A" && lower("A") == "a" && title("ab cd") == "Ab Cd"
regex("[0-9]+", "T176_x") == "176"
regexall("[0-9]+", "1a22") == tolist(["1", "22"])
split(",", "a,b") == tolist(["a", "b"])
strrev("abc") == "cba" && substr("abc", 1, 2) == "bc"
trim("--a-", "-") == "a" && trimprefix("ab", "a") == "b" && trimsuffix("ab", "b") == "a" && trimspace(" a ") == "a"
startswith("abc", "ab") && !startswith("abc", "b")
endswith("abc", "bc") && !endswith("abc", "b")
strcontains("abc", "b") && !strcontains("abc", "x")
replace("a.b.c", ".", "-") == "a-b-c"
replace("a1b22", "/[0-9]+/", "#") == "a#b#"
replace("k=v", "/(\\w)=(\\w)/", "$2=$1") == "v=k"
replace("a/b", "/", ":") == "a:b"
base64encode("hello") == "aGVsbG8=" && base64decode("aGVsbG8=") == "hello"
basename("a/b.mat") == "b.mat" && dirname("a/b.mat") == "a"

alltrue([true, true]) && !alltrue([true, false]) && alltrue([]) && !alltrue([true, null])
anytrue([false, true]) && !anytrue([false]) && !anytrue([])
!alltrue([unknown_bool, false])
anytrue([unknown_bool, true])
chunklist(["a", "b", "c"], 2) == tolist([tolist(["a", "b"]), tolist(["c"])])
coalescelist([], ["a"]) == ["a"]
compact(["a", "", "b"]) == tolist(["a", "b"])
concat(["a"], ["b"]) == ["a", "b"]
contains(["a"], "a") && !contains(["a"], "b")
distinct(["a", "a"]) == tolist(["a"])
length(distinct(range(50000))) == 50000
flatten([[1], [2, [3]]]) == [1, 2, 3]
index(["a", "b"], "b") == 1
keys({ b = 1, a = 2 }) == ["a", "b"] && values({ b = 1, a = 2 }) == [2, 1]
length([1, 2]) == 2 && length("é!") == 2 && length({ a = 1 }) == 1 && length(toset([1, 1])) == 1 && length(tomap({})) == 0
length([unknown_number, 1]) == 2
lookup({ a = 1 }, "a") == 1
lookup({ a = 1 }, "b", 5) == 5
lookup({ a = 1 }, "a", unknown) == 1
lookup(tomap({ a = 1 }), "b", 5) == 5
lookup(tomap({ a = 1 }), "a") == 1
merge({ a = 1 }, { b = 2 }) == { a = 1, b = 2 }
one([]) == null
one(["a"]) == "a"
one(toset([3])) == 3
reverse([1, 2]) == [2, 1]
setunion([1], [2]) == toset([1, 2]) && setintersection([1, 2], [2]) == toset([2]) && setsubtract([1, 2], [2]) == toset([1])
length(setproduct([1, 2], ["a", "b"])) == 4
slice([1, 2, 3], 1, 3) == [2, 3]
sort(["b", "a"]) == tolist(["a", "b"])
zipmap(["a"], [1]) == { a = 1 }

csvdecode("a,b\n1,2")[0].b == "2"
jsondecode("{\"a\": [1]}").a[0] == 1
jsonencode({ a = 0.1 }) == "{\"a\":0.1}"
tobool("true") && tonumber("1") == 1 && tostring(1.5) == "1.5"
tolist(toset(["a"]))[0] == "a" && tomap({ a = 1 })["a"] == 1 && toset(["a", "a"]) == toset(["a"])
try(on.nothing, "instead") == "instead"
can(on.kind) && !can(on.nothing)

coalesce(off, on).kind == "load"
coalesce(off, off, other).kind == "simulate"
coalesce(on, other).metrics.spikes == 7
coalesce(other, on).kind == "simulate"
coalesce(off, "", "x", 3) == "x"
coalesce(null, 3, "x") == 3
coalesce(on, unknown).kind == "load"
coalesce(false, true) == false

grid({ b = ["x", "y"], a = [1, 2] })["a=2,b=x"] == { a = 2, b = "x" }
keys(grid({ b = ["x", "y"], a = [1, 2] })) == tolist(["a=1,b=x", "a=1,b=y", "a=2,b=x", "a=2,b=y"])
keys(grid({ r = range(2) })) == tolist(["r=0", "r=1"])
keys(grid({ r = toset(["z"]), on = [true] })) == tolist(["on=true,r=z"])
keys(grid({ lr = logspace(-3, -1, 3) })) == tolist(["lr=0.001", "lr=0.01", "lr=0.1"])
keys(grid({ x = [1e-9, 1 / 3, 1e6, 2.50, 1e21, 1.5e-10, -0.5] })) == tolist(["x=-0.5", "x=0.3333333333333333", "x=1.5e-10", "x=1000000", "x=1e-9", "x=1e21", "x=2.5"])
grid({ x = [1, "y"] })["x=1"].x + 1 == 2
grid({ x = [1, "y"] })["x=y"].x == "y"
grid(tomap({ x = [1] }))["x=1"].x == 1
length(grid({ a = [], b = [1] })) == 0
[for k, v in grid({ a = [1], b = ["x"] }) : "${k}: ${v.a}${v.b}"] == ["a=1,b=x: 1x"]
`) {
		if text := strings.TrimSpace(line); text != "" {
			v, err := evaluate(t, text)
			if err != nil {
				t.Errorf("%s: %v", text, err)
			} else if !v.RawEquals(cty.True) {
				t.Errorf("%s is %#v", text, v)
			}
		}
	}
}

func TestFunctionsRefuse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`range()`, "range takes a limit"},
		{`range(1, 2, 3, 4)`, "range takes a limit"},
		{`range(0, 5, 0)`, "step must not be zero"},
		{`range(0, 5, -1)`, "steps of -1 never lead from 0 to 5"},
		{`range(5, 0, 0.5)`, "steps of 0.5 never lead from 5 to 0"},
		{`range(1e8)`, "1e+08 values; the most is 1000000"},
		{`range(0, 1, 1e-400)`, "the most is 1000000"},
		{`range(infinite)`, "infinite"},
		{`range("x")`, "number is required"},
		{`linspace(0, 1, 2.5)`, "whole number from 0 to 1000000, not 2.5"},
		{`linspace(0, 1, -1)`, "not -1"},
		{`linspace(0, 1, 1e9)`, "not 1000000000"},
		{`linspace(infinite, 1, 2)`, "infinite"},
		{`logspace(0.001, 1000, 3)`, "power of ten"},
		{`logspace(0, 1)`, `Missing value for "n"`},
		{`sum([])`, "at least 1"},
		{`mean([])`, "at least 1"},
		{`mean([1, null])`, "element 1 is null"},
		{`mean([infinite])`, "infinite"},
		{`mean(3)`, "list of number required"},
		{`median([])`, "at least 1"},
		{`quantile([1], 1.5)`, "a number from 0 to 1, not 1.5"},
		{`quantile([1], -0.1)`, "a number from 0 to 1, not -0.1"},
		{`quantile([1, null], 0.5)`, "element 1 is null"},
		{`std([1])`, "at least 2 of them, and the list has 1"},
		{`std([unknown_number])`, "at least 2 of them, and the list has 1"},
		{`coalesce()`, "all arguments are null or empty"},
		{`coalesce(off, "")`, "all arguments are null or empty"},
		{`index(["a"], "b")`, "no such value"},
		{`index("a", "a")`, "a list is required"},
		{`length(3)`, "a string is required"},
		{`lookup({ a = 1 }, "b")`, `no key "b"`},
		{`lookup(tomap({ a = 1 }), "b")`, `no key "b"`},
		{`lookup(tomap({ a = 1 }), "b", "x")`, "type of the map's values"},
		{`lookup([1], "b")`, "a map or an object"},
		{`lookup({}, "b", 1, 2)`, "at most one default"},
		{`one([1, 2])`, "2 elements"},
		{`one(tolist([1, 2]))`, "2 elements"},
		{`one(3)`, "a list or a set"},
		{`base64decode("?")`, "not base64"},
		{`base64decode("/w==")`, "no UTF-8"},
		{`replace("a", "/(/", "")`, "missing closing )"},
		{`grid([1])`, "object of lists"},
		{`grid({})`, "at least one named list"},
		{`grid({ a = 1 })`, "a is no list"},
		{`grid({ a = null })`, "a is no list"},
		{`grid({ a = [null] })`, "a[0] is null"},
		{`grid({ a = [1, [2]] })`, "a[1] is a list; a grid takes"},
		{`grid({ a = [1, 1] })`, `two combinations have the key "a=1"`},
		{`grid({ a = ["x", "x,b=y"], b = ["y,b=z", "z"] })`, "two combinations have the key"},
		{`grid({ a = range(1000), b = range(1000) })`, "more than 100000 combinations"},
	} {
		v, err := evaluate(t, c.text)
		if err == nil {
			t.Errorf("%s gives %#v, want the error %q", c.text, v, c.want)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.text, err, c.want)
		}
	}
}

// What only a run can tell stays unknown, with its type where that is sure.
func TestFunctionsOfUnknowns(t *testing.T) {
	for text, want := range map[string]cty.Type{
		`range(unknown_number)`:                cty.List(cty.Number),
		`linspace(0, unknown_number, 3)`:       cty.List(cty.Number),
		`logspace(0, 1, unknown_number)`:       cty.List(cty.Number),
		`sum([1, unknown_number])`:             cty.Number,
		`mean([1, unknown_number])`:            cty.Number,
		`mean([1, unknown])`:                   cty.Number,
		`mean([other, other][*].metrics.loss)`: cty.Number,
		`std([unknown_number, 2])`:             cty.Number,
		`quantile([unknown_number, 2], 0.5)`:   cty.Number,
		`quantile([1], unknown_number)`:        cty.Number,
		`std(unknown)`:                         cty.Number,
		`alltrue([true, unknown_bool])`:        cty.Bool,
		`anytrue([false, unknown_bool])`:       cty.Bool,
		`index([1, unknown_number], 2)`:        cty.Number,
		`length(unknown)`:                      cty.Number,
		`lookup({ a = 1 }, unknown_string)`:    cty.DynamicPseudoType,
		`lookup({ a = unknown_number }, "a")`:  cty.Number,
		`one([unknown_number])`:                cty.Number,
		`file(unknown_string)`:                 cty.String,
		`fileset("x", unknown_string)`:         cty.Set(cty.String),
		`grid({ a = [1, unknown_number] })`:    cty.DynamicPseudoType,
		`grid(unknown)`:                        cty.DynamicPseudoType,
		`coalesce(unknown_number, 1)`:          cty.Number,
		`coalesce(off, unknown_string, "x")`:   cty.String,
		`coalesce(unknown_number, "x")`:        cty.DynamicPseudoType,
		`coalesce(unknown, on)`:                cty.DynamicPseudoType,
		`coalesce(off, no_null, "x")`:          cty.Number,
		`coalesce(other, on).metrics.loss`:     cty.Number,
	} {
		v, err := evaluate(t, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if v.IsKnown() || !v.Type().Equals(want) {
			t.Errorf("%s is %#v, want an unknown %s", text, v, want.FriendlyName())
		}
	}
}

// A mark of an argument that took part in the choice stays on the result; one
// of an argument that was never looked at does not get there.
func TestCoalesceKeepsMarks(t *testing.T) {
	got, err := coalesce([]cty.Value{
		cty.NullVal(cty.String).Mark("skipped"), cty.StringVal("x").Mark("chosen"), cty.StringVal("y").Mark("unused"),
	})
	if want := cty.StringVal("x").WithMarks(cty.NewValueMarks("skipped", "chosen")); err != nil || !got.RawEquals(want) {
		t.Errorf("got %#v, %v, want %#v", got, err, want)
	}
}

// The reference is made from what functions say of themselves.
func TestFunctionsAreDocumented(t *testing.T) {
	ours := make(map[string]bool)
	for _, group := range []map[string]function.Function{numericFunctions, collectionFunctions, textFunctions, fileFunctions("", nil)} {
		for name := range group {
			ours[name] = true
		}
	}
	for name, f := range functions("", nil) {
		if f.Description() == "" {
			t.Errorf("%s has no description", name)
		}
		params := f.Params()
		if f.VarParam() != nil {
			params = append(params, *f.VarParam())
		}
		for i, p := range params {
			if p.Name == "" || ours[name] && p.Description == "" {
				t.Errorf("%s: parameter %d (%q) has no name or description", name, i, p.Name)
			}
		}
		if ours[name] && !strings.HasSuffix(f.Description(), ".") {
			t.Errorf("%s: the description is no sentence", name)
		}
	}
}

func TestFunctionNames(t *testing.T) {
	names := functionNames()
	if !slices.IsSorted(names) || len(names) != len(functions("", nil)) {
		t.Errorf("%d functions have the names %v", len(functions("", nil)), names)
	}
	for _, want := range []string{"range", "fileset", "coalesce", "abs", "try"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s", want)
		}
	}
}
