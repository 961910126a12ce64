package spec

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParse reads experiments of 10,000 tasks.
func BenchmarkParse(b *testing.B) {
	const n = 10_000
	var blocks, broken strings.Builder
	for i := range n {
		fmt.Fprintf(&blocks, "stage \"sum\" \"s%d\" {\n  a     = stage.%s\n  times = var.rank + local.two\n}\n", i, map[bool]string{true: "one", false: fmt.Sprintf("s%d", i-1)}[i%100 == 0])
		fmt.Fprintf(&broken, "stage \"sum\" \"s%d\" {\n  a     = stage.t%d\n  tmes = var.rnk\n}\n", i, i)
	}
	head := "variable \"rank\" {\n  default = 1\n}\nlocals {\n  two = 2\n}\nstage \"const\" \"one\" {\n  value = 1\n}\n"
	chained := head + fmt.Sprintf(`
stage "const" "fit" {
  for_each = grid({ seed = range(%d), rank = [1] })
  value    = each.value.seed
}
stage "sum" "next" {
  for_each = stage.fit
  a        = stage.fit[each.key]
}
stage "const" "late" {
  for_each = stage.fit
  value    = stage.fit[each.key].metrics.value
}
stage "collect" "all" {
  all = stage.next[*]
}
check "mean" {
  assert {
    condition     = mean(stage.next[*].metrics.value) > 0
    error_message = "no"
  }
}`, n)
	for name, src := range map[string]string{"blocks": head + blocks.String(), "for_each": chained} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				x := mustParse(b, src, Values{})
				if len(x.Tasks) < n {
					b.Fatal(len(x.Tasks))
				}
			}
		})
	}
	b.Run("faulty", func(b *testing.B) {
		for range b.N {
			if _, diags := parseText(b, head+broken.String(), Values{}); len(diags.List()) != 3*n {
				b.Fatal(len(diags.List()))
			}
		}
	})
	b.Run("resolve", func(b *testing.B) {
		x := mustParse(b, chained, Values{})
		b.ResetTimer()
		for range b.N {
			for _, t := range x.Find("late")[:100] {
				if r, diags := t.Resolve(numbered); r == nil || diags.HasErrors() {
					b.Fatal(diags)
				}
			}
		}
	})
}
