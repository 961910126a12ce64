package smoother

import (
	"fmt"
	"testing"

	"reprise/stages/internal/rng"
)

// The toy has few neurons: what is measured is mostly this package.
func BenchmarkTrial(b *testing.B) {
	for _, c := range []struct{ rank, steps int }{{1, 60}, {2, 60}, {8, 60}, {2, 1000}} {
		m := newToy(c.rank, c.steps, 1, 0.3, true, 1)
		sys := m.system(0, 0.1)
		m.observe(sys, rng.New(1, "observations"))
		s, r := New(c.rank, c.steps, 8), rng.New(1, "draws")
		b.Run(fmt.Sprintf("smooth/rank=%d/steps=%d", c.rank, c.steps), func(b *testing.B) {
			iterations := 0
			for b.Loop() {
				iterations = s.Smooth(sys, nil).Iterations
			}
			b.ReportMetric(float64(iterations), "iterations")
		})
		b.Run(fmt.Sprintf("draw8/rank=%d/steps=%d", c.rank, c.steps), func(b *testing.B) {
			for b.Loop() {
				s.Draw(sys, 8, r)
			}
		})
	}
}
