package fitlrrnn

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"testing"
	"time"

	"reprise/stages/internal/trials"
)

func dumped(t testing.TB, name string) *trials.Trials {
	b, err := os.ReadFile("/tmp/lrrnn_" + name + ".bin")
	if err != nil {
		t.Skip(err)
	}
	f := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
		b = b[8*n:]
		return out
	}
	h := f(2)
	K, N := int(h[0]), int(h[1])
	tr := &trials.Trials{Neurons: N, Channels: 2}
	at := 0
	for k, n := range f(K) {
		tr.First = append(tr.First, at)
		tr.Steps = append(tr.Steps, int(n))
		tr.Test = append(tr.Test, k%5 == 4)
		at += int(n)
	}
	for _, c := range f(K) {
		tr.Choice = append(tr.Choice, int(c))
	}
	tr.Gamma, tr.Start, tr.Baseline = f(K), f(K), f(K*N)
	tr.Counts, b = b[:at*N:at*N], b[at*N:]
	tr.Inputs = f(at * 2)
	return tr
}

func TestDumped(t *testing.T) {
	for _, name := range []string{"T176_2018_05_03", "T212_2019_08_21"} {
		tr := dumped(t, name)
		fit := Kind.New().(*Fit)
		start := time.Now()
		r, err := fit.fit(context.Background(), tr, 1, func(int, epoch, float64) {})
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		var ll, ll0, spikes float64
		for k, test := range tr.Test {
			if !test {
				continue
			}
			dst := make([]float64, tr.Steps[k]*tr.Neurons)
			r.model.Expect(dst, tr, r.states, k)
			for i, l := range dst {
				y := float64(tr.Counts[tr.First[k]*tr.Neurons+i])
				m := r.mean[i%tr.Neurons]
				ll += y*math.Log(l) - l
				ll0 += y*math.Log(m) - m
				spikes += y
			}
		}
		t.Log(name, "train", r.score, "test", (ll-ll0)/spikes/math.Ln2, took, "loss", r.loss, r.history[0], r.history[len(r.history)-1])
	}
}
