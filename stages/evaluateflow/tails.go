package evaluateflow

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
)

// tails measures what tells of the need for heavy tails (method.md, P5): where
// the field rises steeply, E|n||m| must be large, and a law without it misses the
// field there, if nowhere else.
func (e *evaluation) tails(ctx context.Context) error {
	f := e.flow
	kappa, v, want := f.choose(true)
	if len(kappa) == 0 {
		return nil
	}
	got, err := f.law.Fields(ctx, e.threads, kappa, v)
	if err != nil {
		return err
	}
	worst := 0.0
	for at := 0; at < len(want); at += f.rank {
		here := want[at : at+f.rank]
		worst = max(worst, floats.Distance(got[at:at+f.rank], here, 2)/floats.Norm(here, 2))
	}
	e.metrics["pointwise_error"] = worst
	moment := 0.0
	for i, p := range f.weight {
		at := i * f.rank
		moment += p * floats.Norm(f.nodes.N[at:at+f.rank], 2) * floats.Norm(f.nodes.M[at:at+f.rank], 2)
	}
	e.metrics["weight_moment"] = moment
	law, flow := sizes(f.nodes), sizes(f.samples)
	same := make([]float64, len(flow))
	for i := range same {
		same[i] = 1 / float64(len(same))
	}
	for name, share := range map[string]float64{"m_error_50": 0.5, "m_error_90": 0.9, "m_error_99": 0.99} {
		e.metrics[name] = math.Abs(quantile(flow, same, share)/quantile(law, f.weight, share) - 1)
	}
	if f.inputs == 0 {
		e.metrics["weight_bound"] = steepest(kappa, want, f.rank)
	}
	return nil
}

// steepest is the largest |F(κ) − F(κ')|/|κ − κ'| of all pairs of states.
func steepest(kappa, field []float64, rank int) float64 {
	slope := 0.0
	for a := 0; a < len(kappa); a += rank {
		for b := 0; b < a; b += rank {
			if d := floats.Distance(kappa[a:a+rank], kappa[b:b+rank], 2); d > 0 {
				slope = max(slope, floats.Distance(field[a:a+rank], field[b:b+rank], 2)/d)
			}
		}
	}
	return slope
}

// sizes are |m| of the neurons.
func sizes(n *lrrnn.Network) []float64 {
	out := make([]float64, n.Neurons)
	for i := range out {
		out[i] = floats.Norm(n.M[i*n.Rank:(i+1)*n.Rank], 2)
	}
	return out
}

// quantile is the least x that this share of the weights, which sum to 1, does
// not exceed.
func quantile(x, weight []float64, share float64) float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	sum := 0.0
	for _, i := range order {
		if sum += weight[i]; sum >= share {
			return x[i]
		}
	}
	return x[order[len(order)-1]]
}
