package fitlrrnn

import (
	"math"
	"testing"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

// TestSingleAgreesWithDouble compares gradients in single precision, with and
// without latent noise, with those in double precision.
func TestSingleAgreesWithDouble(t *testing.T) {
	for _, offsets := range []bool{true, false} {
		for _, initial := range []initialState{sharedState, trialState, givenState} {
			for _, noisy := range []bool{true, false} {
				// Longer than two windows, the last of them a short one.
				p, par := problemOn(smallTrialsOf(true, 9, 37, 1), lrrnn.Tanh, lrrnn.PoissonExp, offsets, initial, noisy)
				w := newScratch(p)
				if noisy {
					r := rng.New(3, "noise of a path")
					w.noise = make([]float64, p.Trials.Steps[1]*p.rank)
					for i := range w.noise {
						w.noise[i] = r.NormFloat64()
					}
					_, w.sd = p.noisyModel(par)
				}
				want, got := p.newParameters(), p.newParameters()
				loss := p.addGradient(want, par, w, 1, 0.7)
				s := newSingle(p)
				s.load(par)
				narrow := s.newScratch()
				singleLoss := s.addGradient(got, par, narrow, 1, 0.7, w.noise, w.sd)
				s.flush(got, narrow)
				if math.Abs(loss-singleLoss) > 1e-5*math.Abs(loss) {
					t.Errorf("offsets %v, %s, noise %v: loss %v, in double precision %v", offsets, initial, noisy, singleLoss, loss)
				}
				for g, x := range groups(want) {
					var off, size float64
					for i, d := range x {
						off += (groups(got)[g][i] - d) * (groups(got)[g][i] - d)
						size += d * d
					}
					if len(x) > 0 && (size == 0 && groupNames(par)[g] != "variance" || math.Sqrt(off) > 1e-5*math.Sqrt(size)) {
						t.Errorf("offsets %v, %s, noise %v: gradient of %s off by %.2g of %.2g", offsets, initial, noisy, groupNames(par)[g], math.Sqrt(off), math.Sqrt(size))
					}
				}
			}
		}
	}
}

// TestSinglePrecisionFitsAsWell fits a recording in both precisions.
func TestSinglePrecisionFitsAsWell(t *testing.T) {
	data := recording(t, "T212_2019_08_21")
	bits := map[string]float64{}
	for _, precision := range []string{"single", "double"} {
		fit := preset()
		fit.Precision = precision
		r, err := fit.fit(t.Context(), data, outside{threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		bits[precision] = heldOutBits(r)
	}
	t.Logf("bits a spike held out: %.6f in single precision, %.6f in double", bits["single"], bits["double"])
	if d := math.Abs(bits["single"] - bits["double"]); d > 2e-4 {
		t.Errorf("the precisions differ by %.2g bits a spike", d)
	}
}
