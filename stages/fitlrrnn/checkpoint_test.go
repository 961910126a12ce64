package fitlrrnn

import (
	"context"
	"reflect"
	"testing"

	"reprise/artifacts"
)

// TestResumesWithTheSameBytes stops fits after each epoch and wants them to end
// as if nothing had happened.
func TestResumesWithTheSameBytes(t *testing.T) {
	for name, change := range variations {
		fit, data := preset(), repeat(smallTrials(true), 4)
		fit.Epochs = 5
		change(fit)
		encoded := func(r *result, err error) *artifacts.Manifest {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			manifest, _, err := r.artifact().Encode()
			if err != nil {
				t.Fatal(err)
			}
			return manifest
		}
		whole, err := fit.fit(t.Context(), data, outside{threads: 2})
		want := encoded(whole, err)
		for stop := 1; stop < len(whole.history); stop++ {
			var kept []byte
			ctx, cancel := context.WithCancel(t.Context())
			done := 0
			_, err := fit.fit(ctx, data, outside{threads: 1, checkpoint: func(state func() ([]byte, error)) {
				done++
				if kept, err = state(); err != nil {
					t.Fatal(err)
				}
				if done == stop {
					cancel()
				}
			}})
			if err == nil {
				t.Fatalf("%s: not stopped after epoch %d", name, stop)
			}
			after := 0
			resumed, err := fit.fit(t.Context(), data, outside{threads: 2, restore: kept, tell: func(int, epoch) { after++ }})
			if got := encoded(resumed, err); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: stopped after epoch %d, it ends with other bytes", name, stop)
			}
			if after != len(whole.history)-stop {
				t.Errorf("%s: stopped after epoch %d, it goes through %d more of %d", name, stop, after, len(whole.history))
			}
		}
	}
}
