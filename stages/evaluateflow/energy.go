package evaluateflow

import (
	"context"
	"math"
	"math/rand/v2"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
)

// energyPoints is how many points of flow and law their energy distance takes.
const energyPoints = 3000

// energyDistance compares the flow's samples with draws of the law, in
// coordinates of unit variance under the law: an estimate without bias of
// 2 E|X−Y| − E|X−X'| − E|Y−Y'|, which is 0 for equal laws, so that it can be
// negative (method.md, section 13: below 0.005). It hardly sees errors of the
// density that kl_flow sees.
func (e *evaluation) energyDistance(ctx context.Context) error {
	law := e.flow.draws(rng.New(1, "energy distance"), min(energyPoints, e.flow.law.Neurons))
	flow := cloudOf(e.flow.samples)
	flow = flow[:min(energyPoints, len(flow))]
	if len(law) < 2 || len(flow) < 2 {
		return nil
	}
	for j := range law[0] {
		mean, square := 0.0, 0.0
		for _, x := range law {
			mean += x[j] / float64(len(law))
		}
		for _, x := range law {
			square += (x[j] - mean) * (x[j] - mean)
		}
		sd := math.Sqrt(square / float64(len(law)-1))
		if sd == 0 {
			sd = 1 // a coordinate that is constant in the law
		}
		for _, points := range [][][]float64{law, flow} {
			for _, x := range points {
				x[j] /= sd
			}
		}
	}
	e.metrics["energy_distance"] = 2*e.between(ctx, flow, law)/float64(len(flow)*len(law)) -
		e.between(ctx, flow, flow)/float64(len(flow)*(len(flow)-1)) -
		e.between(ctx, law, law)/float64(len(law)*(len(law)-1))
	return ctx.Err()
}

// between is the sum of the distances of all pairs.
func (e *evaluation) between(ctx context.Context, a, b [][]float64) float64 {
	sums := make([]float64, len(a))
	parallel.For(len(a), e.threads, func(i int) {
		if ctx.Err() != nil {
			return
		}
		for _, y := range b {
			square := 0.0
			for j, x := range a[i] {
				square += (x - y[j]) * (x - y[j])
			}
			sums[i] += math.Sqrt(square)
		}
	})
	total := 0.0
	for _, s := range sums {
		total += s
	}
	return total
}

// cloudOf are the neurons' (m, B, b, n).
func cloudOf(n *lrrnn.Network) [][]float64 {
	out := make([][]float64, n.Neurons)
	for i := range out {
		out[i] = append(out[i], n.M[i*n.Rank:(i+1)*n.Rank]...)
		out[i] = append(out[i], n.B[i*n.Inputs:(i+1)*n.Inputs]...)
		out[i] = append(out[i], n.Bias[i])
		out[i] = append(out[i], n.N[i*n.Rank:(i+1)*n.Rank]...)
	}
	return out
}

// draws are points of the law: nodes drawn with their weights, evenly, and n
// given each.
func (f *flow) draws(r *rand.Rand, count int) [][]float64 {
	nodes := cloudOf(f.nodes)
	var out [][]float64
	at, sum := 0, f.weight[0]
	offset := r.Float64()
	for i := range count {
		u := (float64(i) + offset) / float64(count)
		for sum < u && at < len(nodes)-1 {
			at++
			sum += f.weight[at]
		}
		x := append([]float64{}, nodes[at]...)
		for j := len(x) - f.rank; j < len(x); j++ {
			x[j] += f.spread * r.NormFloat64()
		}
		out = append(out, x)
	}
	return out
}
