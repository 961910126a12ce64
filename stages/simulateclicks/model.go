package simulateclicks

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/clicks"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

const (
	rank       = 2
	leak       = 0.1 // a: what a latent loses in a bin, 10 ms of 100 ms
	minNeurons = 16  // more than the directions that are made orthogonal
	maxLogRate = 2   // log of expected spikes in a bin, as the fit clamps it
)

// Sizes of the network's vectors (standard deviation over neurons), and what the
// latents receive through them where the neurons are not saturated. The latents
// race: each accumulates the clicks of its side and holds the other back.
const (
	mSide     = 0.25 // of m, for either latent
	bSide     = 0.05 // of B, for either side's clicks
	threshold = 0.20 // of b
	surplus   = 1.0  // of the part of n that nothing reads

	feedSelf  = 1.05  // overlap of n and m: near 1 / mean slope, so clicks are kept
	feedOther = -0.40 // of one latent on the other
	feedClick = 0.20  // of a side's clicks on its latent
	feedBias  = 0.10  // of the thresholds on both
)

// initial is the state in which each trial begins.
var initial = [rank]float64{0, 0}

// Sizes of the offsets of log rates.
const (
	rateSpread   = 0.5  // of neurons' log rates
	psthSize     = 0.16 // of the bump that each trial has, whatever the clicks
	driftSize    = 0.16 // of the slow drift
	driftWaves   = 3
	driftShort   = 900.0  // seconds: shortest period of the drift
	driftLong    = 3600.0 // seconds: longest
	bumpWidthMin = 5.0    // steps
	bumpWidthMax = 20.0
)

// model is the truth: a network and what its neurons make of it.
type model struct {
	network      *lrrnn.Network
	gain, offset []float64 // per neuron: log rate per bin = offset + gain x + psth + drift
	bump         []bump    // per neuron
	waves        []wave    // neuron x driftWaves
}

type bump struct{ size, center, width float64 } // log rate; steps

type wave struct{ size, period, phase float64 } // log rate; seconds; radians

// newModel draws a network of N neurons. The vectors of n are sums of the vectors
// that neurons read with, made orthogonal over these very neurons, so that the
// dynamics are the ones described even where neurons are few.
func newModel(neurons int, meanRate float64, seed int) *model {
	r := rng.New(seed, "true network")
	z := orthogonal(7, neurons, r)
	left, right, leftClicks, rightClicks, bias := z[0], z[1], z[2], z[3], z[4]
	net := lrrnn.New(neurons, rank, clicks.Channels)
	m := &model{network: net}
	for i := range neurons {
		net.M[i*rank], net.M[i*rank+1] = mSide*left[i], mSide*right[i]
		net.B[i*clicks.Channels+clicks.Left] = bSide * leftClicks[i]
		net.B[i*clicks.Channels+clicks.Right] = bSide * rightClicks[i]
		net.Bias[i] = threshold * bias[i]
		net.N[i*rank] = (feedSelf*left[i]+feedOther*right[i])/mSide + feedClick/bSide*leftClicks[i] + feedBias/threshold*bias[i] + surplus*z[5][i]
		net.N[i*rank+1] = (feedSelf*right[i]+feedOther*left[i])/mSide + feedClick/bSide*rightClicks[i] + feedBias/threshold*bias[i] + surplus*z[6][i]

		m.gain = append(m.gain, 1)
		m.offset = append(m.offset, math.Log(meanRate*clicks.BinWidth)+rateSpread*r.NormFloat64()-rateSpread*rateSpread/2)
		m.bump = append(m.bump, bump{psthSize * r.NormFloat64(), 60 * r.Float64(), bumpWidthMin + (bumpWidthMax-bumpWidthMin)*r.Float64()})
		for range driftWaves {
			period := driftShort * math.Pow(driftLong/driftShort, r.Float64())
			m.waves = append(m.waves, wave{driftSize * math.Sqrt(2.0/driftWaves), period, 2 * math.Pi * r.Float64()})
		}
	}
	return m
}

// orthogonal returns k random vectors of length n, each of mean square 1 and
// orthogonal to the others (Gram-Schmidt on normal vectors, twice for rounding).
func orthogonal(k, n int, r *rand.Rand) [][]float64 {
	var out [][]float64
	for range k {
		v := make([]float64, n)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		for range 2 {
			for _, u := range out {
				floats.AddScaled(v, -floats.Dot(u, v)/float64(n), u)
			}
		}
		floats.Scale(math.Sqrt(float64(n))/floats.Norm(v, 2), v)
		out = append(out, v)
	}
	return out
}

// psth is the log rate that neuron i has in a step of every trial.
func (m *model) psth(i, step int) float64 {
	b := m.bump[i]
	d := (float64(step) - b.center) / b.width
	return b.size * math.Exp(-d*d/2)
}

// drifts are the log rates that each neuron has around a time on the session's
// clock, seconds.
func (m *model) drifts(time float64) []float64 {
	out := make([]float64, m.network.Neurons)
	for i := range out {
		for _, w := range m.waves[i*driftWaves : (i+1)*driftWaves] {
			out[i] += w.size * math.Sin(2*math.Pi*time/w.period+w.phase)
		}
	}
	return out
}

// rates writes the expected spikes per bin of each neuron to dst: at the state κ,
// v, in a step of a trial that has those drifts.
func (m *model) rates(dst, kappa, v []float64, step int, drifts []float64) {
	for i := range dst {
		x := m.network.Drive(i, kappa, v) - m.network.Bias[i] // b is within the network only
		dst[i] = math.Exp(min(m.offset[i]+m.gain[i]*x+m.psth(i, step)+drifts[i], maxLogRate))
	}
}

// step writes the state after κ, v (before the new clicks) to next, without
// noise: κ ← (1−a) κ + a F(κ, v) (data/README.md, "A fit that works").
func (m *model) step(next, kappa, v []float64) {
	m.network.Field(next, kappa, v)
	for l := range next {
		next[l] = (1-leak)*kappa[l] + leak*next[l]
	}
}
