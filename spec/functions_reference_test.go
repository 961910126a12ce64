package spec

import (
	"strings"
	"testing"
)

func TestFunctionReference(t *testing.T) {
	found := map[string]Function{}
	for _, g := range Functions() {
		for _, f := range g.Functions {
			found[f.Name] = f
			if len(f.Doc) < 10 || strings.Contains(f.Signature, "(:") || strings.Contains(f.Signature, ", :") {
				t.Errorf("%s: the signature is %s, the description %q", f.Name, f.Signature, f.Doc)
			}
		}
	}
	if len(found) != len(functionNames()) {
		t.Errorf("%d functions are documented, there are %d", len(found), len(functionNames()))
	}
	got, want := found["grid"], `{ "rank=1,seed=0" = { rank = 1, seed = 0 }, "rank=2,seed=0" = { rank = 2, seed = 0 } }`
	if got.Result != want || got.Signature != "grid(lists)" {
		t.Errorf("grid is %+v", got)
	}
	if got := found["join"].Signature; got != "join(separator: string, lists: list(string)...)" {
		t.Errorf("join has the signature %s", got)
	}
}
