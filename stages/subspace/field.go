package subspace

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"reprise/stages/internal/lrrnn"
)

// heldOutStates is at how many states, at most, the field of P n is compared.
const heldOutStates = 2000

// fieldError is how much the field changes when n becomes the identified part of
// it, relative to the field: at visited states that were not used to find it,
// or at the used ones where all were.
func fieldError(ctx context.Context, threads int, network *lrrnn.Network, identified []float64, visited *lrrnn.States, used []int) (float64, error) {
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
	projected := *network
	projected.N = identified
	got, err := projected.Fields(ctx, threads, at.Kappa, at.V)
	return floats.Distance(got, want, 2) / math.Sqrt(sumSquares(want)), err
}
