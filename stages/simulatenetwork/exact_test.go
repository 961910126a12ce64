package simulatenetwork

import (
	"math"
	"strings"
	"testing"

	"reprise/stages/internal/tables"
)

// TestExactAttractors wants what method.md, section 11, says of each law.
func TestExactAttractors(t *testing.T) {
	for _, c := range []struct {
		system             string
		norm, rate, period float64
	}{
		{bistable, 1.10730, -0.6128, 0},
		{fourAttractors, 1.30302 * math.Sqrt2, -0.6809, 0},
		{limitCycle, 1.10730, -0.6128, 12.56637},
		{ringAttractor, 1.97133, -0.6838, 0},
		{heavyTail, 0.73595, math.NaN(), 0}, // the section says no rate
	} {
		s := preset()
		s.System = c.system
		got := s.law().exact()
		t.Logf("%s: %v", c.system, got)
		if math.Abs(got["attractor_norm"]-c.norm) > 1e-5 || math.Abs(got["attractor_rate"]-c.rate) > 1e-4 || math.Abs(got["period"]-c.period) > 1e-5 {
			t.Errorf("%s: %v; want %v", c.system, got, c)
		}
	}
}

// TestEvenNetworksAreTheMeanField compares the fields of evenly drawn networks
// with quadrature, with the presets and with other parameters.
func TestEvenNetworksAreTheMeanField(t *testing.T) {
	gain, scale, threshold, tail := 2.7, 1.3, 0.2, 1.1
	for name := range systems {
		for _, s := range []*Simulate{preset(), {Gain: &gain, Scale: &scale, Threshold: &threshold}} {
			s.System, s.Neurons, s.Sampling = name, 16384, "quasirandom"
			if s.Gain != nil && name == heavyTail {
				s.TailIndex = &tail
			}
			l := s.law()
			net := s.network()
			worst := 0.0
			for _, r := range []float64{0.05, 0.5, 1, 2} {
				for _, angle := range []float64{0, 0.7, 2.1, 4} {
					kappa, want := []float64{r}, []float64{l.response(l.parameters, r)}
					if l.rank == 2 {
						kappa = []float64{r * math.Cos(angle), r * math.Sin(angle)}
						want = expected(name, l, kappa)
					}
					got := make([]float64, l.rank)
					net.Field(got, kappa, nil)
					for c := range got {
						worst = max(worst, math.Abs(got[c]-want[c]))
					}
				}
			}
			t.Logf("%s: farthest from the mean field %.2g", name, worst)
			if worst > 2e-3 {
				t.Errorf("%s: the network's field is %v from the law's", name, worst)
			}
		}
	}
}

// expected is the mean field of a law of rank 2.
func expected(name string, l law, kappa []float64) []float64 {
	if name == fourAttractors {
		return []float64{math.Copysign(l.response(l.parameters, math.Abs(kappa[0])), kappa[0]), math.Copysign(l.response(l.parameters, math.Abs(kappa[1])), kappa[1])}
	}
	r := math.Hypot(kappa[0], kappa[1])
	f := l.response(l.parameters, r) / r
	turn := f * l.rotation / l.gain
	return []float64{f*kappa[0] - turn*kappa[1], turn*kappa[0] + f*kappa[1]}
}

// TestCube wants 2^R attractors of R latents where one latent has its own: the
// field of evenly drawn neurons vanishes less κ at every corner of the cube, and at
// saddles on its edges, where a latent is 0.
func TestCube(t *testing.T) {
	for _, latents := range []int{1, 3, 4} {
		s := preset()
		s.System, s.Rank, s.Neurons, s.Sampling = fourAttractors, &latents, 32768, "quasirandom"
		got := s.law().exact()
		if math.Abs(got["attractor_norm"]-1.30302*math.Sqrt(float64(latents))) > 1e-5 || math.Abs(got["attractor_rate"]+0.6809) > 1e-4 {
			t.Errorf("%d latents: %v", latents, got)
		}
		net := s.network()
		kappa, field := make([]float64, latents), make([]float64, latents)
		places := 1
		for range latents {
			places *= 3
		}
		for i := range places {
			for c, at := 0, i; c < latents; c, at = c+1, at/3 {
				kappa[c] = 1.30302 * float64(at%3-1)
			}
			net.Field(field, kappa, nil)
			for c, x := range field {
				if math.Abs(x-kappa[c]) > 3e-3 {
					t.Errorf("%d latents: at %v the field is %v", latents, kappa, field)
					break
				}
			}
		}
	}
}

// TestInputs wants the field that the documentation gives of networks with inputs,
// filtered inputs that follow what was received, and noiseless latents that follow
// the field at both.
func TestInputs(t *testing.T) {
	for name, channels := range map[string]int{bistable: 1, limitCycle: 2} {
		s := preset()
		s.System, s.Inputs, s.Neurons, s.Sampling, s.LatentNoise, s.Trials, s.Steps = name, channels, 16384, "quasirandom", 0, 6, 40
		s.ObservedNeurons = &channels
		l := s.law()
		out := run(t, s, 2)
		net, err := tables.ReadNetwork(out)
		if err != nil {
			t.Fatal(err)
		}
		states, err := tables.ReadStates(out)
		if err != nil {
			t.Fatal(err)
		}
		data, err := tables.ReadTrials(out)
		if err != nil {
			t.Fatal(err)
		}
		if net.Inputs != channels || states.Inputs != channels || data.Channels != channels {
			t.Fatalf("%s: %d, %d and %d channels", name, net.Inputs, states.Inputs, data.Channels)
		}
		field, worst, size := make([]float64, l.rank), 0.0, 0.0
		for at := range states.Len() {
			kappa, v := states.At(at)
			square := l.threshold * l.threshold
			for _, x := range kappa {
				square += l.scale * l.scale * x * x
			}
			for c, x := range v {
				square += l.inputScale * l.inputScale * x * x
				before := 0.0
				if at%s.Steps > 0 {
					_, last := states.At(at - 1)
					before = last[c]
				}
				if want := 0.95*before + data.Inputs[at*channels+c]; math.Abs(x-want) > 1e-12 {
					t.Fatalf("%s, step %d: v is %v, want %v", name, at, x, want)
				}
				size += x * x / float64(len(states.V))
			}
			slope := average(func(x float64) float64 { h := math.Tanh(math.Sqrt(square) * x); return 1 - h*h })
			net.Field(field, kappa, v)
			for c, f := range field {
				want := l.gain * l.scale * l.scale * kappa[c]
				if l.rank == 2 {
					want += []float64{-1, 1}[c] * l.rotation * l.scale * l.scale * kappa[1-c]
				}
				want = slope * (want + l.inputGain*l.inputScale*l.inputScale*v[c])
				worst = max(worst, math.Abs(f-want))
				if (at+1)%s.Steps == 0 {
					continue
				}
				next, _ := states.At(at + 1)
				if moved := 0.95*kappa[c] + 0.05*f; math.Abs(next[c]-moved) > 1e-9 {
					t.Fatalf("%s, step %d: next state %v, want %v", name, at, next[c], moved)
				}
			}
		}
		t.Logf("%s: farthest from the mean field %.2g, mean square of v %.2f", name, worst, size)
		if worst > 3e-3 || size < 0.2 || size > 1.5 {
			t.Errorf("%s: the field is %v from the law's, the mean square of v %v", name, worst, size)
		}
	}
	s := preset()
	s.Inputs = 2
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "inputs is") {
		t.Errorf("two channels for one latent: %v", err)
	}
}

// TestHeavyTailRises wants the exponents of F at 0 and the bound on E|n||m| of
// method.md, section 11.
func TestHeavyTailRises(t *testing.T) {
	s := preset()
	s.System = heavyTail
	l := s.law()
	for _, c := range []struct{ kappa, slope, bound float64 }{{0.1, 0.58, 2.63}, {0.01, 0.65, 6.27}, {0.001, 0.68, 13.5}} {
		f := l.response(l.parameters, c.kappa)
		slope := math.Log(l.response(l.parameters, c.kappa*1.01)/f) / math.Log(1.01)
		if math.Abs(slope-c.slope) > 0.01 || math.Abs(f/c.kappa-c.bound) > 0.01*c.bound {
			t.Errorf("at %g: log-slope %.3f, F/κ %.3f; want %g, %g", c.kappa, slope, f/c.kappa, c.slope, c.bound)
		}
	}
}

// TestNoAttractor wants no metric where the gain is too weak for an attractor.
func TestNoAttractor(t *testing.T) {
	weak := 0.9
	s := preset()
	s.Gain = &weak
	if got := s.law().exact(); len(got) != 0 {
		t.Errorf("a law at rest in 0 alone has the metrics %v", got)
	}
}

// TestAllSystemsRun simulates each and reads its metrics.
func TestAllSystemsRun(t *testing.T) {
	for name := range systems {
		s := preset()
		s.System, s.Neurons, s.Trials, s.Steps = name, 60, 6, 30
		if a := run(t, s, 2); a.Metrics()["attractor_norm"] == 0 {
			t.Errorf("%s: metrics %v", name, a.Metrics())
		}
	}
	s := preset()
	s.TailIndex = new(float64)
	if err := s.Check(); err == nil {
		t.Error("took a tail index for a bistable network")
	}
	s = preset()
	s.Rank = new(int)
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "1 to 8") || !strings.Contains(err.Error(), "four_attractors") {
		t.Errorf("rank 0 of a bistable network: %v", err)
	}
}
