package spec

import (
	"strings"
	"testing"
)

// TestDiagnosticsPrintable: what is printed of a source is what a terminal can
// show, and not all of a line that never ends.
func TestDiagnosticsPrintable(t *testing.T) {
	for name, src := range map[string]string{
		"deep":  "locals {\n  a = " + strings.Repeat("(", 200_000) + "1" + strings.Repeat(")", 200_000) + "\n}\n",
		"long":  "locals {\n  a = [" + strings.Repeat("\"é\", ", 50_000) + "var.none, " + strings.Repeat("1, ", 50_000) + "]\n}\n",
		"codes": "locals {\n  a = \"\x1b[31m\u009b31m\" + var.none # \a\x1b]0;title\a\n}\n",
	} {
		_, diags := parseText(t, src, Values{})
		if !diags.HasErrors() {
			t.Fatal(name, "is taken for good")
		}
		var out strings.Builder
		if err := diags.Write(&out, 100, false); err != nil {
			t.Fatal(err)
		}
		if out.Len() > 3000 || strings.ContainsAny(out.String(), "\x1b\a\u009b") || !strings.Contains(out.String(), " line 2") {
			t.Errorf("%s: %d bytes: %q", name, out.Len(), out.String()[:min(out.Len(), 3000)])
		}
		if name == "long" && !strings.Contains(out.String(), "var.none") {
			t.Errorf("the fault is not shown: %s", out.String())
		}
	}
}
