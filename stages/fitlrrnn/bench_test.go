package fitlrrnn

import (
	"fmt"
	"testing"

	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

// BenchmarkEpoch is one pass through the training trials, of the recording and
// of synthetic trials of 512 neurons, on one thread and two.
func BenchmarkEpoch(b *testing.B) {
	for name, load := range map[string]func() *trials.Trials{
		"T176":  func() *trials.Trials { return recording(b, "T176_2018_05_03") },
		"large": func() *trials.Trials { return large(512, 500, 100) },
	} {
		for _, c := range []struct {
			threads int
			noise   bool
		}{{1, false}, {2, false}, {1, true}} {
			b.Run(fmt.Sprintf("%s/threads=%d/noise=%v", name, c.threads, c.noise), func(b *testing.B) {
				fit, t := preset(), load()
				fit.LatentNoise = c.noise
				training, _ := t.Split()
				mean := t.Means(training)
				p, err := fit.problem(t, training, mean)
				if err != nil {
					b.Fatal(err)
				}
				d := &descent{trainer: newTrainer(p, p.begin(families["aligned"], 1), fit.schedule(len(training)), c.threads), training: training}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := d.pass(b.Context(), 0); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// large is trials of Poisson counts at 0.1 a step and sparse clicks.
func large(neurons, count, steps int) *trials.Trials {
	r := rng.New(1, "large")
	t := &trials.Trials{Neurons: neurons, Channels: 2}
	for k := range count {
		t.First, t.Steps, t.Test = append(t.First, k*steps), append(t.Steps, steps), append(t.Test, false)
		for range steps {
			for range 2 {
				t.Inputs = append(t.Inputs, float64(r.IntN(10)/8))
			}
			for range neurons {
				t.Counts = append(t.Counts, uint8(r.IntN(10)/9))
			}
		}
	}
	return t
}
