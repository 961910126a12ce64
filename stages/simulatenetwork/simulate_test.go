package simulatenetwork

import (
	"bytes"
	"context"
	"math"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

func preset() *Simulate { return Kind.New().(*Simulate) }

func run(t *testing.T, s *Simulate, threads int) *artifacts.Artifact {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	a, err := s.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: threads}))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rest finds the root of −κ + F(κ) between lo and hi, and its slope there.
func rest(net *lrrnn.Network, lo, hi float64) (kappa, slope float64) {
	field := make([]float64, 1)
	for hi-lo > 1e-12 {
		mid := (lo + hi) / 2
		net.Field(field, []float64{mid}, nil)
		if field[0] > mid {
			lo = mid
		} else {
			hi = mid
		}
	}
	jacobian := make([]float64, 1)
	net.Jacobian(jacobian, []float64{lo}, nil)
	return lo, jacobian[0] - 1
}

// TestMeanField wants the fixed points of method.md, section 11.
func TestMeanField(t *testing.T) {
	s := preset()
	s.Neurons, s.Sampling = 16384, "quasirandom"
	net := s.network()
	for _, side := range [][2]float64{{-2, -0.5}, {0.5, 2}} {
		kappa, slope := rest(net, side[0], side[1])
		if math.Abs(math.Abs(kappa)-1.10730) > 5e-4 || math.Abs(slope+0.6128) > 1e-3 {
			t.Errorf("rests at %v with rate %v; want ±1.10730, -0.6128", kappa, slope)
		}
	}
	slope := make([]float64, 1)
	net.Jacobian(slope, []float64{0}, nil)
	if math.Abs(slope[0]-1-0.6615) > 2e-3 {
		t.Errorf("the origin has rate %v, want 0.6615", slope[0]-1)
	}
}

func TestFiniteNetworkVaries(t *testing.T) {
	kappa, _ := rest(preset().network(), 0.5, 2)
	if kappa < 0.95 || kappa > 1.25 || math.Abs(kappa-1.1073) < 1e-4 {
		t.Errorf("a network of 1000 rests at %v; want near 1.107, but not on it", kappa)
	}
}

func TestSameBytesForAnyThreads(t *testing.T) {
	s := preset()
	s.Neurons, s.Trials, s.Steps = 50, 7, 20
	var texts [][]byte
	for _, threads := range []int{1, 3} {
		m, _, err := run(t, s, threads).Encode()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, m.Text())
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Errorf("one thread gives\n%s\nthree give\n%s", texts[0], texts[1])
	}
}

// TestNoiselessDataFollowTheField reads the tables back and checks both
// equations: the step of the latents, and activity = m·κ + b.
func TestNoiselessDataFollowTheField(t *testing.T) {
	s := preset()
	observed := 7
	s.Neurons, s.ObservedNeurons, s.Trials, s.Steps, s.LatentNoise, s.ObservationNoise = 40, &observed, 5, 9, 0, 0
	a := run(t, s, 1)
	data, err := tables.ReadTrials(a)
	if err != nil {
		t.Fatal(err)
	}
	net, err := tables.ReadNetwork(a)
	if err != nil {
		t.Fatal(err)
	}
	states, err := tables.ReadStates(a)
	if err != nil {
		t.Fatal(err)
	}
	if data.Neurons != 7 || net.Neurons != 40 || states.Len() != 45 || !data.Test[4] || data.Test[3] {
		t.Fatalf("%d observed of %d neurons, %d states, test %v", data.Neurons, net.Neurons, states.Len(), data.Test)
	}
	field := make([]float64, 1)
	for at := range states.Len() {
		kappa, v := states.At(at)
		if x := net.Drive(3*40/7, kappa, v); math.Abs(x-data.Activity[at*7+3]) > 1e-12 {
			t.Fatalf("step %d: activity %v, want %v", at, data.Activity[at*7+3], x)
		}
		if at%9 == 0 && kappa[0] != data.InitialState[at/9] {
			t.Errorf("trial %d starts at %v, not at its initial state %v", at/9, kappa[0], data.InitialState[at/9])
		}
		if at%9 == 8 {
			continue
		}
		net.Field(field, kappa, v)
		next, _ := states.At(at + 1)
		if want := 0.95*kappa[0] + 0.05*field[0]; math.Abs(next[0]-want) > 1e-12 {
			t.Fatalf("step %d: next state %v, want %v", at, next[0], want)
		}
	}
}

// TestNoiseHasItsSize compares the spread of the noise with what was asked for.
func TestNoiseHasItsSize(t *testing.T) {
	s := preset()
	s.Neurons = 100
	a := run(t, s, 2)
	data, _ := tables.ReadTrials(a)
	net, _ := tables.ReadNetwork(a)
	states, _ := tables.ReadStates(a)
	var observed, latent, n float64
	field := make([]float64, 1)
	for at := range states.Len() - 1 {
		kappa, v := states.At(at)
		d := data.Activity[at*100] - net.Drive(0, kappa, v)
		observed += d * d
		if (at+1)%s.Steps == 0 {
			continue
		}
		net.Field(field, kappa, v)
		next, _ := states.At(at + 1)
		d = next[0] - 0.95*kappa[0] - 0.05*field[0]
		latent += d * d
		n++
	}
	if sd := math.Sqrt(observed / float64(states.Len()-1)); math.Abs(sd-0.1) > 0.003 {
		t.Errorf("observation noise %v, want 0.1", sd)
	}
	if sd := math.Sqrt(latent / n / s.Dt); math.Abs(sd-0.1) > 0.003 {
		t.Errorf("latent noise %v, want 0.1", sd)
	}
}

func TestCheckRefuses(t *testing.T) {
	none := 0
	for name, change := range map[string]func(*Simulate){
		"system":   func(s *Simulate) { s.System = "tristable" },
		"neurons":  func(s *Simulate) { s.Neurons = 0 },
		"observed": func(s *Simulate) { s.ObservedNeurons = &none },
		"memory":   func(s *Simulate) { s.Neurons = 1 << 20 },
		"dt":       func(s *Simulate) { s.Dt = math.NaN() },
		"noise":    func(s *Simulate) { s.LatentNoise = -1 },
		"sampling": func(s *Simulate) { s.Sampling = "sobol" },
		"fold":     func(s *Simulate) { s.TestFold = 5 },
	} {
		s := preset()
		change(s)
		if s.Check() == nil {
			t.Errorf("%s: accepted %+v", name, *s)
		}
	}
}

func TestStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := preset().Run(ctx, spec.NewEnv(spec.EnvConfig{})); err == nil {
		t.Error("ran on after it was cancelled")
	}
}
