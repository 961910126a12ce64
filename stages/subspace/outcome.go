package subspace

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// outcome is what was found of a network.
type outcome struct {
	network *lrrnn.Network
	found   *decomposition
	noise   float64 // standard deviation of the field at one state
	ridge   *ridge  // nil where the noise was not estimated
	slopes  *slopes
}

// artifact is all of it but what needs the fit's start.
func (o *outcome) artifact() *artifacts.Artifact {
	n, found := o.network, o.found
	lambda := math.Inf(1) // of a network without n nothing is seen
	if size := rms(n.N); size > 0 {
		lambda = o.noise * o.noise / (size * size)
	}
	if o.ridge != nil {
		lambda = o.ridge.lambda
	}
	weights := found.weights(lambda)
	identified := found.project(n.N, n.Rank)

	latent := artifacts.Dim{Name: tables.Latent, Size: n.Rank}
	neuron := artifacts.Dim{Name: tables.Neuron, Size: n.Neurons}
	neurons := []artifacts.Column{
		artifacts.Floats("n_identified", "", identified, latent), artifacts.Floats("leverage", "", found.leverage()), artifacts.Floats("seen", "", found.seen(weights)),
	}
	if o.ridge != nil {
		neurons = append(neurons, artifacts.Floats("n_estimated", "", o.ridge.n, latent))
	}
	out := artifacts.New(
		artifacts.NewTable("neurons", neuron, neurons...),
		artifacts.NewTable("modes", neuron, artifacts.Floats("mode", "", found.modes(), artifacts.Dim{Name: "mode", Size: found.kept})),
		artifacts.NewTable("spectrum", artifacts.Dim{Name: "mode", Size: len(found.singular)},
			artifacts.Floats("singular_value", "", found.relative()), artifacts.Floats("e", "", found.eigenvalues()), artifacts.Floats("weight", "", weights)),
		o.slopes.table(n.Rank, n.Inputs))
	out.SetMetric("identified_dimension", float64(found.kept))
	out.SetMetric("effective_dimension", floats.Sum(weights))
	if size := sumSquares(n.N); size > 0 {
		out.SetMetric("identified_fraction", sumSquares(identified)/size)
		out.SetMetric("effective_fraction", found.seenFraction(n.N, n.Rank, weights))
	}
	if size := o.product(n.N, n.N); size > 0 {
		out.SetMetric("identified_connectivity", o.product(identified, identified)/size)
	}
	o.slopes.setMetrics(out)
	return out
}

// copied sets how much of n outside of the subspace, and within, is as it started.
func (o *outcome) copied(to, fit *artifacts.Artifact) error {
	table, err := fit.Table("network")
	if err != nil || !table.Has("n_start") {
		return err
	}
	start, err := table.Array("n_start", tables.Neuron, tables.Latent)
	if err != nil {
		return err
	}
	n := o.network
	if len(start.Data) != len(n.N) {
		return fmt.Errorf("column n_start of table network has %d values, n has %d", len(start.Data), len(n.N))
	}
	within, began := o.found.project(n.N, n.Rank), o.found.project(start.Data, n.Rank)
	outside, left := make([]float64, len(n.N)), make([]float64, len(n.N))
	floats.SubTo(outside, n.N, within)
	floats.SubTo(left, start.Data, began)
	for name, pair := range map[string][2][]float64{"copied": {outside, left}, "copied_identified": {within, began}} {
		if c, ok := o.correlation(pair[0], pair[1]); ok {
			to.SetMetric(name, c)
		}
	}
	return nil
}

// product is the sum over all entries of x mᵀ times y mᵀ (x and y N x R), which no
// gauge changes: of n itself a latent that is hardly read has the largest part.
func (o *outcome) product(x, y []float64) float64 {
	r := o.network.Rank
	rows := func(v []float64) *mat.Dense { return mat.NewDense(len(v)/r, r, v) }
	var read, both mat.Dense
	read.Mul(rows(o.network.M).T(), rows(o.network.M))
	both.Mul(rows(x).T(), rows(y))
	both.MulElem(&both, &read)
	return mat.Sum(&both)
}

// correlation is that of the entries of x mᵀ and y mᵀ, about 0; not ok where
// there is nothing beyond rounding.
func (o *outcome) correlation(x, y []float64) (c float64, ok bool) {
	xx, yy := o.product(x, x), o.product(y, y)
	if !(xx > 1e-20*o.product(o.network.N, o.network.N) && yy > 0) {
		return 0, false
	}
	return o.product(x, y) / math.Sqrt(xx*yy), true
}
