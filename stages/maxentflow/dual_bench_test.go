package maxentflow

import (
	"context"
	"fmt"
	"testing"

	"reprise/stages/internal/rng"
)

// BenchmarkDual finds one law: the basis at 16384 nodes and the minimum of the
// dual for two latents (cycle), at the tolerance of the published table.
func BenchmarkDual(b *testing.B) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			p := cycle.problem(1)
			p.threads = threads
			n := defensive(p.base).nodes(16384, rng.New(1, "nodes"))
			modes := 0
			for b.Loop() {
				l, err := p.solve(context.Background(), n, 3e-3)
				if err != nil {
					b.Fatal(err)
				}
				modes = l.modes
			}
			b.ReportMetric(float64(modes), "modes")
		})
	}
}
