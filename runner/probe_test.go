package runner

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"reprise/spec"
)

// TestProbesRunAtOnce has two probes that each wait for the other, asked for
// several times each.
func TestProbesRunAtOnce(t *testing.T) {
	f := &Files{}
	var runs atomic.Int32
	meet := make(chan struct{})
	probe := func(name string) spec.Probe {
		return spec.Probe{Name: name, Run: func(context.Context) (string, error) {
			runs.Add(1)
			select {
			case meet <- struct{}{}:
			case <-meet:
			case <-time.After(10 * time.Second):
				return "", errors.New("it waits for the other")
			}
			return name, nil
		}}
	}
	for range 2 {
		f.startProbe(t.Context(), probe("a"))
		f.startProbe(t.Context(), probe("b"))
	}
	for _, name := range []string{"a", "b", "a"} {
		if got, err := f.probe(t.Context(), probe(name)); got != name || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if runs.Load() != 2 {
		t.Errorf("they ran %d times", runs.Load())
	}
}
