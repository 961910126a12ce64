package maxentflow

import (
	"context"
	"math"

	"reprise/stages/internal/rng"
)

// correction moves n of a flow's points so that their mean field is the law's:
//
//	n' = n − Σ_j shift_j tanh(w·z_j)
//
// The map has unit Jacobian: a point takes its log density with it, and the flow
// keeps its entropy (method.md, section 7).
type correction struct {
	z     *states   // the law's collocation states
	shift []float64 // J x R
	size  float64   // of the field that it moves at z, relative to the law's
}

// What tells the field of a flow. Its points begin evenly spread over the
// Gaussian, which is worth many times as many random ones; each part is spread by
// itself, so that parts tell by how much they differ how well the field is known.
// Measured on the flow of the planted limit cycle after 500 to 2000 steps: 16384
// points and six steps know the field to 0.0007 of it, 100000 random ones to
// 0.0016; three steps to 0.004, and twenty no better than six.
const (
	correctionParts  = 8
	correctionPoints = 4096 // of each part
	correctionSteps  = 6
)

// correctionTolerance bounds the modes that are corrected, as singular values
// relative to the first. Where the flow's w are not quite the law's, the field is
// corrected by n that are not quite the law's either, which costs relative entropy,
// and weak modes cost much of it for little of the field. Measured as the field's
// error and what kl_flow gains, on the law of the planted limit cycle:
//
//	steps   kl_flow  error   0.003          0.01           0.03           0.1
//	100     .502     .1094   .0022 -.211    .0018 -.280    .0094 +.001    .0113 +.015
//	300     .044     .0180   .0012 +.0195   .0008 +.0006   .0010 +.0000   .0014 +.0001
//	1000    .023     .0094   .0010 +.0059   .0008 +.0014   .0010 +.0001   .0013 -.0001
//	4000    .014     .0076   .0009 +.0033   .0007 +.0006   .0009 +.0003   .0013 +.0000
//
// and of the bistable network, 1000 steps, .0021: error .0020 becomes .0001, .0002,
// .0002, .0010 with gains of .0010, .0005, .0005, .0000.
const correctionTolerance = 0.03

// correct finds the correction of a flow of the law, whose own field at its
// collocation states is want (J x R). The shift is the smallest, in the mean
// square, that corrects the modes of the flow's w above the tolerance. A mode is
// corrected by what is known of its error: by r(1 − v/r²), not below 0, where v is
// the variance of its estimate r, so that noise is not taken for error.
func (l *law) correct(ctx context.Context, threads int, f *flow, want []float64, seed int) (*correction, error) {
	r := l.base.r
	var w, n []float64
	for part := range correctionParts {
		x, err := f.spread(ctx, threads, correctionPoints, rng.New(seed, streamName("correction", part)))
		if err != nil {
			return nil, err
		}
		learned, ns := split(x, f.net.dim-r, r)
		w, n = append(w, l.base.unlearn(learned, make([]float64, correctionPoints))...), append(n, ns...)
	}
	points := &nodes{w: w, logQ: make([]float64, len(n)/r)}
	for i := range points.logQ {
		points.logQ[i] = -math.Log(float64(len(points.logQ)))
	}
	m, err := newModes(ctx, threads, points, l.z, want, correctionTolerance, 0)
	if err != nil {
		return nil, err
	}
	// E nψ of each part.
	parts := make([][]float64, correctionParts)
	err = chunks(ctx, threads, len(points.logQ), correctionPoints, func(c, lo, hi int) {
		parts[c] = make([]float64, m.k*r)
		mulTransA(parts[c], 0, m.psi[lo*m.k:hi*m.k], n[lo*r:hi*r], m.k, r, hi-lo)
	})
	if err != nil {
		return nil, err
	}
	theta := make([]float64, m.k*r)
	for i, c := range m.targets {
		var of [correctionParts]float64
		for p := range of {
			of[p] = parts[p][i]/correctionPoints - c
		}
		mean, se := meanAndError(of[:])
		if mean != 0 {
			theta[i] = mean * max(0, 1-se*se/(mean*mean))
		}
	}
	out := &correction{z: l.z, shift: make([]float64, l.z.count*r), size: m.fieldSize(theta) / rms(want)}
	mul(out.shift, m.proj, theta, l.z.count, r, m.k)
	return out, nil
}

// fieldSize is the root mean square, at the states z, of E[ψ(w) θ tanh(w·z)] with
// θ (K x R): Σ_k S_k² θ_k² of the singular values, which are in proj's columns.
func (m *modes) fieldSize(theta []float64) float64 {
	j, r := len(m.proj)/m.k, len(theta)/m.k
	sum := 0.0
	for k := range m.k {
		norm := 0.0 // of the column: 1/(S_k² J)
		for i := range j {
			norm += m.proj[i*m.k+k] * m.proj[i*m.k+k]
		}
		sum += square(theta[k*r:(k+1)*r]) / (norm * float64(j*r))
	}
	return math.Sqrt(sum)
}

// at is by how much n is to be less at points w (S x D), as S x R.
func (c *correction) at(ctx context.Context, threads int, w []float64) ([]float64, error) {
	r := len(c.shift) / c.z.count
	out := make([]float64, len(w)/c.z.d*r)
	err := chunks(ctx, threads, len(w)/c.z.d, chunkRows, func(_, lo, hi int) {
		phi := make([]float64, (hi-lo)*c.z.count)
		c.z.features(phi, w[lo*c.z.d:hi*c.z.d])
		mul(out[lo*r:hi*r], phi, c.shift, hi-lo, r, c.z.count)
	})
	return out, err
}

// apply moves the points' n (S x R) at w (S x D).
func (c *correction) apply(ctx context.Context, threads int, w, n []float64) error {
	by, err := c.at(ctx, threads, w)
	for i, x := range by {
		n[i] -= x
	}
	return err
}
