package spec

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestBudget: a few lines that ask for more than a machine has are told so,
// and take little memory; HCL would build whatever they ask for.
func TestBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("goes to the limits of what may be built")
	}
	laughs := func(first, again, end string) string {
		lines := "locals {\n  a0 = " + first + "\n"
		for i := 1; i < 10; i++ {
			lines += fmt.Sprintf("  a%d = %s\n", i, strings.ReplaceAll(again, "LAST", fmt.Sprintf("local.a%d", i-1)))
		}
		return lines + "}\noutput \"x\" {\n  value = " + end + "\n}\n"
	}
	output := func(e string) string { return "output \"x\" {\n  value = " + e + "\n}\n" }
	for name, src := range map[string]string{
		"product":        output(`length(setproduct(range(1000), range(1000), range(1000)))`),
		"for in for":     output(`length([for i in range(1000) : [for j in range(1000) : [for k in range(1000) : 0]]])`),
		"for of nothing": output(`[for i in range(100000) : i if length([for j in range(100000) : j if false]) > 3]`),
		"for in can":     output(`can([for i in range(1000) : [for j in range(1000) : [for k in range(1000) : 0]]])`),
		"object for":     output(`{ for i in range(100000) : "${i}" => range(1000) }`),
		"text of text":   laughs(`"0123456789"`, `"`+strings.Repeat("${LAST}", 10)+`"`, "length(local.a9)"),
		"list of lists":  laughs("[0, 1]", "["+strings.Repeat("LAST, ", 10)+"]", "length(local.a9)"),
		"joined":         laughs("[0, 1]", "concat("+strings.Repeat("LAST, ", 9)+"LAST)", "length(local.a9)"),
		"format":         output(`format("%999999999d", 1)`),
		"precision":      output(`formatlist("%.99999999f", range(100))`),
		"indent":         output(`indent(999999999, "a\nb")`),
		"replace":        output(`replace(join("", [for i in range(100000) : "a"]), "a", join("", [for i in range(100000) : "a"]))`),
		"split":          laughs(`"0123456789"`, `"`+strings.Repeat("${LAST}", 6)+`"`, `length(split("", local.a9))`),
		"variable":       "variable \"x\" {\n  default = [for i in [" + strings.Repeat("0,", 300) + "] : [for j in [" + strings.Repeat("0,", 300) + "] : [for k in [" + strings.Repeat("0,", 300) + "] : 0]]]\n}\n",
		"tasks":          "locals {\n  long = join(\"\", range(100000))\n}\nstage \"const\" \"a\" {\n  for_each    = { for i in range(100000) : \"${i}\" => i }\n  value       = 1\n  description = local.long\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			x, diags := parse([]string{"a.hcl"}, map[string][]byte{"a.hcl": []byte(src)}, t.TempDir(), Values{}, toyKinds(), nil)
			if x != nil || !strings.Contains(diags.Error(), "bytes of text count as one") {
				t.Fatal(diags.Error())
			}
			readable(t, diags)
			var used runtime.MemStats
			if runtime.ReadMemStats(&used); used.Sys > 3<<30 {
				t.Errorf("%d MB", used.Sys>>20)
			}
		})
	}
}

// TestLongLists: to hand a list written out or made by a for expression to what
// takes a list is work in proportion to its length: with the square of it, this
// would not end in time.
func TestLongLists(t *testing.T) {
	if testing.Short() {
		t.Skip("long lists")
	}
	const n = 100_000
	src := fmt.Sprintf(`
variable "all" {
  type    = list(string)
  default = [%s]
}
output "x" {
  value = [length(join(",", [for i in range(%d) : 0])), length(tolist([for i in range(%d) : "a"])), length(var.all),
    length(toset([for i in range(%d) : "a"])), sum([for i in range(%d) : i %% 2 == 0 ? "1" : "2"])]
}
`, strings.Repeat("1,", n), n, n, n, n)
	x, diags := parse([]string{"a.hcl"}, map[string][]byte{"a.hcl": []byte(src)}, t.TempDir(), Values{}, toyKinds(), nil)
	if diags.HasErrors() {
		t.Fatal(diags.Error())
	}
	got, _, err := x.Outputs[0].Value(nil)
	if want := "[199999,100000,100000,1,150000]"; err != nil || string(got) != want {
		t.Errorf("%s (%v), want %s", got, err, want)
	}
}
