package subspace

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
)

// heldOutStates is at how many states, at most, the field of P n is compared.
const heldOutStates = 2000

// fieldError is how far the other's field is from the network's, relative to the
// network's: at visited states that were not used to find the other, or at the
// used ones where all were.
func fieldError(ctx context.Context, threads int, network, other *lrrnn.Network, visited *lrrnn.States, used []int) (float64, error) {
	taken := make([]bool, visited.Len())
	for _, t := range used {
		taken[t] = true
	}
	var others []int
	for t := range taken {
		if !taken[t] {
			others = append(others, t)
		}
	}
	if len(others) == 0 {
		others = used
	}
	at := &lrrnn.States{Rank: visited.Rank, Inputs: visited.Inputs}
	count := min(len(others), heldOutStates)
	for i := range count { // spread evenly over the trials
		kappa, v := visited.At(others[i*len(others)/count])
		at.Kappa, at.V = append(at.Kappa, kappa...), append(at.V, v...)
	}
	want, err := network.Fields(ctx, threads, at.Kappa, at.V)
	if err != nil {
		return 0, err
	}
	got, err := other.Fields(ctx, threads, at.Kappa, at.V)
	return floats.Distance(got, want, 2) / math.Sqrt(sumSquares(want)), err
}

// setErrors sets the metrics that are errors of the fields of what was found.
func setErrors(ctx context.Context, threads int, to *artifacts.Artifact, found map[string]*lrrnn.Network, network *lrrnn.Network, visited *lrrnn.States, used []int) error {
	for name, other := range found {
		off, err := fieldError(ctx, threads, network, other, visited, used)
		if err != nil {
			return err
		}
		to.SetMetric(name, off)
	}
	return nil
}

// with is the network with other output weights.
func with(network *lrrnn.Network, n []float64) *lrrnn.Network {
	other := *network
	other.N = n
	return &other
}

// measured is the network with Gaussian errors of m, B and b, of standard deviation
// off relative to the root mean square of each.
func measured(network *lrrnn.Network, off float64, seed int) *lrrnn.Network {
	other := *network
	r := rng.New(seed, "errors of the weights")
	for _, weights := range []*[]float64{&other.M, &other.B, &other.Bias} {
		size := rms(*weights)
		*weights = slices.Clone(*weights)
		for i := range *weights {
			(*weights)[i] += off * size * r.NormFloat64()
		}
	}
	return &other
}
