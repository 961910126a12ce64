package perturb

import (
	"cmp"
	"math"
	"slices"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

// size is the number that a neuron is chosen by: |m|, |n|, |B| or |b|.
func size(n *lrrnn.Network, by string, i int) float64 {
	part := n.Bias[i : i+1]
	switch by {
	case "m":
		part = n.M[i*n.Rank : (i+1)*n.Rank]
	case "n":
		part = n.N[i*n.Rank : (i+1)*n.Rank]
	case "B":
		part = n.B[i*n.Inputs : (i+1)*n.Inputs]
	}
	sum := 0.0
	for _, x := range part {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// bySize are the neurons, the largest first, those that are alike in their order.
func bySize(n *lrrnn.Network, by string) (order []int, sizes []float64) {
	order, sizes = make([]int, n.Neurons), make([]float64, n.Neurons)
	for i := range order {
		order[i], sizes[i] = i, size(n, by, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	return order, sizes
}

// threshold is the size above which the given fraction of a law's points lies, by
// weights that sum to 1.
func threshold(n *lrrnn.Network, by string, fraction float64, weight []float64) float64 {
	order, sizes := bySize(n, by)
	mass := 0.0
	for _, i := range order {
		if mass += weight[i]; mass > fraction*(1+1e-12) {
			return sizes[i]
		}
	}
	return math.Inf(-1) // all
}

// keep tells of each neuron what is left of its output: 0 where it is silenced.
// Of a network those are as many as the fraction says, the largest or random ones; of
// those drawn from a law the ones above the law's threshold; with average, of a random
// choice, every neuron's mean over such choices.
func (p *Perturb) keep(n *lrrnn.Network, above *float64, average bool, seed int) []float64 {
	out := make([]float64, n.Neurons)
	for i := range out {
		out[i] = 1
	}
	switch {
	case p.Silence == "":
	case p.Silence == "random" && average:
		for i := range out {
			out[i] = 1 - p.Fraction
		}
	case p.Silence == "random":
		order := rng.New(seed, "silenced").Perm(n.Neurons)
		for _, i := range order[:int(math.Round(p.Fraction*float64(n.Neurons)))] {
			out[i] = 0
		}
	case above == nil:
		order, _ := bySize(n, p.Silence)
		for _, i := range order[:int(math.Round(p.Fraction*float64(n.Neurons)))] {
			out[i] = 0
		}
	default:
		for i := range out {
			if size(n, p.Silence, i) > *above {
				out[i] = 0
			}
		}
	}
	return out
}

// direction is what each neuron gets of an input of strength 1.
func (p *Perturb) direction(n *lrrnn.Network, seed int) []float64 {
	out := make([]float64, n.Neurons)
	r := rng.New(seed, "input")
	for i := range out {
		switch p.Along {
		case "m":
			out[i] = n.M[i*n.Rank]
		case "B":
			out[i] = n.B[i*n.Inputs]
		case "b":
			out[i] = n.Bias[i]
		case "uniform":
			out[i] = 1
		default:
			out[i] = r.NormFloat64()
		}
	}
	return out
}

// perturbed is the network with what is left of each neuron's output, and an
// input to each.
func perturbed(n *lrrnn.Network, keep, input []float64) *lrrnn.Network {
	out := *n
	out.N, out.Bias = make([]float64, len(n.N)), make([]float64, len(n.Bias))
	for i, x := range n.N {
		out.N[i] = keep[i/n.Rank] * x
	}
	for i, b := range n.Bias {
		out.Bias[i] = b + input[i]
	}
	return &out
}
