package compareconnectivity

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"reprise/spec"
	"reprise/stages/internal/law"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

// projectedStates is how many states say which part of n is identified.
const projectedStates = 300

// item is one law to compare: a law, or neurons that stand for theirs.
type item struct {
	of      string
	states  *lrrnn.States
	law     *law.Law       // or
	neurons *lrrnn.Network // of a network or a flow
}

// count is how many points it can give at most, 0 for any number.
func (i *item) count() int {
	if i.law != nil {
		return 0
	}
	return i.neurons.Neurons
}

// readItems reads networks, laws and flows, in this order.
func readItems(env *spec.Env) (items []*item, err error) {
	for _, in := range env.Inputs("networks") {
		it := &item{of: "network"}
		if it.neurons, err = tables.ReadNetwork(in); err != nil {
			return nil, err
		}
		if it.states, err = tables.ReadStates(in); err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	for _, in := range env.Inputs("laws") {
		it := &item{of: "law"}
		if it.law, err = tables.ReadLaw(in); err != nil {
			return nil, err
		}
		it.states = it.law.Targets.States
		items = append(items, it)
	}
	for _, in := range env.Inputs("flows") {
		it := &item{of: "flow"}
		if it.neurons, err = tables.ReadSamples(in); err != nil {
			return nil, err
		}
		targets, err := tables.ReadTargets(in)
		if err != nil {
			return nil, err
		}
		it.states = targets.States
		items = append(items, it)
	}
	for i, it := range items {
		net := it.any()
		if net.Rank != items[0].states.Rank || it.states.Rank != net.Rank || net.Inputs != items[0].states.Inputs || it.states.Inputs != net.Inputs {
			return nil, fmt.Errorf("%s %d (of all that are compared) has %d latents and %d inputs, and states with %d and %d; the first has states with %d and %d: only laws in as many are compared",
				it.of, i, net.Rank, net.Inputs, it.states.Rank, it.states.Inputs, items[0].states.Rank, items[0].states.Inputs)
		}
		if net.Phi != items[0].any().Phi {
			return nil, fmt.Errorf("%s %d (of all that are compared) has the nonlinearity %v, the first has %v", it.of, i, net.Phi, items[0].any().Phi)
		}
	}
	return items, nil
}

// any is the neurons, or a law's nodes.
func (i *item) any() *lrrnn.Network {
	if i.law != nil {
		return i.law.Nodes
	}
	return i.neurons
}

// clouds are what is compared of an item: points for the distances from others,
// and two more, independent, for that from itself.
type clouds struct{ main, one, two *cloud }

// clouds draws them, of as many points each. A law gives independent draws.
// Neurons that are twice as many are dealt; fewer are drawn from with
// replacement, which for their own law are independent draws too.
func (c *Compare) clouds(ctx context.Context, threads int, it *item, count, number int) (*clouds, error) {
	a, inverse, scales, err := c.gauge(it)
	if err != nil {
		return nil, fmt.Errorf("%s %d: %w", it.of, number, err)
	}
	place := func(n *lrrnn.Network) *cloud { return newCloud(regauge(n, a, inverse, scales)) }
	if it.law != nil {
		sampler := it.law.NewSampler()
		var out [2]*cloud
		for k := range out {
			seed := int(rng.New(c.Seed, fmt.Sprintf("law %d, draw %d", number, k)).Uint64() >> 1)
			d, err := sampler.Draw(ctx, threads, count, seed)
			if err != nil {
				return nil, fmt.Errorf("%s %d: %w", it.of, number, err)
			}
			if c.Identified {
				d.Network.N = d.Mean
			}
			out[k] = place(d.Network)
		}
		return &clouds{out[0], out[0], out[1]}, nil
	}
	n := it.neurons
	if c.Identified {
		if n, err = identifiedPart(n, it.states, c.Tolerance); err != nil {
			return nil, err
		}
	}
	r := rng.New(c.Seed, "neurons") // the same for all: what is the same is at distance 0
	order := r.Perm(n.Neurons)
	main := place(pick(n, order[:count]))
	if n.Neurons >= 2*count {
		return &clouds{main, main, place(pick(n, order[count:2*count]))}, nil
	}
	again := func() *cloud {
		chosen := make([]int, count)
		for i := range chosen {
			chosen[i] = r.IntN(n.Neurons)
		}
		return place(pick(n, chosen))
	}
	return &clouds{main, again(), again()}, nil
}

// gauge is the map of the latents, its inverse, and the inputs' sizes, that bring
// an item into its canonical gauge.
func (c *Compare) gauge(it *item) (a, inverse *mat.Dense, scales []float64, err error) {
	r := it.states.Rank
	second, steps := mat.NewSymDense(r, nil), it.states.Len()
	scales = make([]float64, it.states.Inputs)
	for t := range steps {
		kappa, v := it.states.At(t)
		if c.Gauge == "latents" {
			second.SymRankOne(second, 1/float64(steps), mat.NewVecDense(r, kappa))
		}
		for u, x := range v {
			scales[u] += x * x / float64(steps)
		}
	}
	for u := range scales {
		scales[u] = math.Sqrt(scales[u])
	}
	if c.Gauge == "m" {
		n := it.any()
		for i := range n.Neurons {
			share := 1 / float64(n.Neurons)
			if it.law != nil {
				share = it.law.Weight[i]
			}
			second.SymRankOne(second, share, mat.NewVecDense(r, n.M[i*r:(i+1)*r]))
		}
	}
	a, inverse, ok := whitened(second)
	if !ok {
		return nil, nil, nil, fmt.Errorf("its %s stay within fewer dimensions than its %d latents, or are not finite, so there is no canonical gauge", c.Gauge, r)
	}
	if c.Gauge == "m" { // m white: m → A m, and n by the inverse
		a, inverse = inverse, a
	}
	return a, inverse, scales, nil
}

// regauge is the network with κ → A κ: n → A n, m → A^{−T} m, A symmetric, and
// inputs of unit size.
func regauge(n *lrrnn.Network, a, inverse *mat.Dense, scales []float64) *lrrnn.Network {
	out := *n
	out.M, out.N, out.B = make([]float64, len(n.M)), make([]float64, len(n.N)), slices.Clone(n.B)
	lrrnn.Transform(out.M, n.M, inverse)
	lrrnn.Transform(out.N, n.N, a)
	for i := range out.B {
		out.B[i] *= scales[i%n.Inputs]
	}
	return &out
}

// identifiedPart is the network with P n for n: the part that its field at the
// states determines.
func identifiedPart(n *lrrnn.Network, s *lrrnn.States, tolerance float64) (*lrrnn.Network, error) {
	some := &lrrnn.States{Rank: s.Rank, Inputs: s.Inputs}
	count := min(projectedStates, s.Len())
	for i := range count {
		kappa, v := s.At(i * s.Len() / count)
		some.Kappa, some.V = append(some.Kappa, kappa...), append(some.V, v...)
	}
	m, err := law.NewModes(n, nil, some, tolerance)
	if err != nil {
		return nil, err
	}
	out := *n
	out.N = m.Project(mat.NewDense(n.Neurons, n.Rank, n.N)).RawMatrix().Data
	return &out, nil
}

// pick returns the chosen neurons.
func pick(n *lrrnn.Network, chosen []int) *lrrnn.Network {
	out := lrrnn.New(len(chosen), n.Rank, n.Inputs)
	out.Phi = n.Phi
	for i, at := range chosen {
		copy(out.M[i*n.Rank:], n.M[at*n.Rank:(at+1)*n.Rank])
		copy(out.N[i*n.Rank:], n.N[at*n.Rank:(at+1)*n.Rank])
		copy(out.B[i*n.Inputs:], n.B[at*n.Inputs:(at+1)*n.Inputs])
		out.Bias[i] = n.Bias[at]
	}
	return out
}
