package fitlrrnn

import (
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/simulatenetwork"
)

func ev(k string, d float64) float64 {
	if s := os.Getenv(k); s != "" {
		f, _ := strconv.ParseFloat(s, 64)
		return f
	}
	return d
}

func TestBistableTmp(t *testing.T) {
	s := simulatenetwork.Kind.New().(*simulatenetwork.Simulate)
	s.Seed = int(ev("SSEED", 1))
	s.LatentNoise = ev("SIG", 0.1)
	s.Trials = int(ev("TRIALS", 64))
	a, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: 2}))
	if err != nil {
		t.Fatal(err)
	}
	data, _ := tables.ReadTrials(a)
	truth, _ := tables.ReadNetwork(a)
	visited, _ := tables.ReadStates(a)
	f := Kind.New().(*Fit)
	f.Rank, f.InitialState, f.Leak = 1, "given", 0.05
	f.Epochs, f.Batch, f.LearningRate = int(ev("EPOCHS", 60)), int(ev("BATCH", 5)), ev("LR", 0.03)
	f.WeightDecay, f.Clip, f.Seed = ev("WD", 1e-4), ev("CLIP", 1), int(ev("SEED", 1))
	start := time.Now()
	r, err := f.fit(t.Context(), data, 2, func(n int, e epoch, b float64) {
		if n%10 == 9 || n < 2 {
			t.Logf("%d %+v %.5f", n, e, b)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	fitted := r.model.Network.Network()
	// gauge
	var sxx, sxy float64
	for i := range visited.Len() {
		x, y := r.states.Kappa[i], visited.Kappa[i]
		sxx += x * x
		sxy += x * y
	}
	A := sxy / sxx
	var num, den, num2 float64
	ff, ft := make([]float64, 1), make([]float64, 1)
	for i := 0; i < visited.Len(); i += 7 {
		k := visited.Kappa[i]
		fitted.Field(ff, []float64{k / A}, nil)
		truth.Field(ft, []float64{k}, nil)
		num += (A*ff[0] - ft[0]) * (A*ff[0] - ft[0])
		fitted.Field(ff, []float64{k}, nil)
		num2 += (ff[0] - ft[0]) * (ff[0] - ft[0])
		den += ft[0] * ft[0]
	}
	t.Logf("A %.4f error %.4f (without alignment %.4f) R2 %.5f took %v", A, math.Sqrt(num/den), math.Sqrt(num2/den), r.score, time.Since(start))
	for k := -2.; k <= 2; k += 0.25 {
		fitted.Field(ff, []float64{k / A}, nil)
		truth.Field(ft, []float64{k}, nil)
		t.Logf("%5.2f %7.3f %7.3f", k, A*ff[0], ft[0])
	}
	_ = lrrnn.MaxLogRate
}
