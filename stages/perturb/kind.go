// Package perturb is the kind perturb: what a network does when some of its
// neurons are silenced or driven, as its law or the identified part of its
// connectivity predicts it, and as the network itself does it (method.md, section 9).
package perturb

import (
	"context"
	"errors"
	"fmt"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/law"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
)

// Kind is perturb.
var Kind = spec.Kind{
	Name: "perturb",
	Doc: `Silences or drives neurons of a network or a law, and compares what the dynamics determine of the outcome with what happens.

Of a network, the prediction is the perturbed field of the identified part P n of its output weights, m, B and b being known; what happens is
the field with all of n. Of a law, the prediction is the law's own field, perturbed; what happens is that of finite networks drawn from it
and put on its constraints.

The field at a state z after the perturbation is an average of n times h, with h = tanh(w·z + input), and 0 of the silenced. The intact
field fixes it exactly where h lies in the span of the activities at the visited states, on which P projects (as in identifiable_subspace; here the
span at up to 200 of the states, of all singular values above tolerance, which is finer than that kind's). The share of h outside of it, |(1−P) h|/|h|, is told with each
prediction: 0 where the perturbation's effect is determined, 1 where nothing is known of it. Silencing a random fraction f makes the field (1−f) F on
average, which is determined; silencing by weights, or an input that is no combination of m, B and b, mostly is not.

A state of rest at the origin that is unstable becomes stable when so many random neurons are silenced that (1−f) times the largest
eigenvalue of DF there is 1: the critical fraction. It is told where the field at the origin, without inputs, is below 0.05 of the field's root mean square.`,
	New: func() spec.Method {
		return &Perturb{Fraction: 0.2, Along: "uniform", Neurons: 1000, Draws: 3, Tolerance: 1e-4, Seed: 1}
	},
	Tables: []spec.Gives{
		{Name: "field", Doc: "a row a state: kappa[latent], v[channel], the fields intact, predicted and simulated (of the first network), and unidentified, the share of the prediction that the intact field does not determine"},
		{Name: "fixed_points", Doc: "fixed points without inputs: kappa[latent], rate of growth, stable, of what (intact, predicted, simulated), and the number of the draw"},
	},
	Metrics: []spec.Gives{
		{Name: "field_error", Doc: "relative error of the predicted field against the simulated ones, root mean square over networks"},
		{Name: "silenced", Doc: "share of the neurons that fell silent in the simulated networks, mean"},
		{Name: "effect", Doc: "how far the predicted field is from the intact one, relative to the intact"},
		{Name: "scaled_error", Doc: "for random silencing of a network, relative error of (1-f) F as a prediction"},
		{Name: "unidentified", Doc: "share of what is predicted that the intact field does not determine, |(1-P) h|/|h|, root mean square over states"},
		{Name: "max_unidentified", Doc: "largest share at one state"},
		{Name: "stable_fixed_points", Doc: "number of stable fixed points that are predicted; of a network the mean over draws"},
		{Name: "simulated_stable_fixed_points", Doc: "mean number of stable fixed points of the simulated networks"},
		{Name: "stable_norm", Doc: "largest |kappa| of a stable fixed point, predicted"},
		{Name: "simulated_stable_norm", Doc: "the same of the simulated networks, mean"},
		{Name: "fixed_point_error", Doc: "largest distance from a predicted stable fixed point to the nearest simulated one"},
		{Name: "critical_fraction", Doc: "fraction of random neurons whose silencing makes an unstable origin stable, of the law or the identified part"},
	},
}

// Perturb holds the attributes of perturb.
type Perturb struct {
	Network   spec.Ref `hcl:"network,optional" needs:"network,states" doc:"Stage with a network, such as a fit; or give law."`
	Law       spec.Ref `hcl:"law,optional" needs:"law,targets,coordinates" doc:"Stage with a law of maximum entropy."`
	Silence   string   `hcl:"silence,optional" doc:"Which neurons fall silent: random, or those whose m, n, B or b is largest; not given: none. Of a law not n."`
	Fraction  float64  `hcl:"fraction,optional" doc:"Share of the neurons that falls silent."`
	Input     float64  `hcl:"input,optional" doc:"Strength of an input to the neurons."`
	Along     string   `hcl:"along,optional" doc:"What each neuron gets of the input: its m or B (of the first latent or input), its b, uniform, or random (standard normal)."`
	Neurons   int      `hcl:"neurons,optional" doc:"Neurons of a network drawn from a law."`
	Draws     int      `hcl:"draws,optional" doc:"Networks drawn from a law; of a network, choices of random neurons."`
	Tolerance float64  `hcl:"tolerance,optional" doc:"Directions whose singular value is smaller than this share of the first count as not identified."`
	Seed      int      `hcl:"seed,optional" doc:"Seed of networks, of random neurons and of random inputs."`
}

// Check refuses attributes out of their range.
func (p *Perturb) Check() error {
	oneOf := func(name, given string, known ...string) error {
		for _, k := range known {
			if given == k {
				return nil
			}
		}
		return fmt.Errorf("%s is one of %q, not %q", name, known, given)
	}
	return errors.Join(
		oneOf("silence", p.Silence, "", "random", "m", "n", "B", "b"),
		oneOf("along", p.Along, "m", "B", "b", "uniform", "random"),
		spec.Require(p.Fraction >= 0 && p.Fraction < 1, "fraction is from 0 up to 1, not %g", p.Fraction),
		spec.Require(p.Silence != "" || p.Input != 0, "give silence or input: there is nothing to perturb"),
		spec.Require(p.Neurons >= 10 && p.Neurons <= 1<<20, "neurons is a whole number from 10 to %d, not %d", 1<<20, p.Neurons),
		spec.Require(p.Draws >= 1 && p.Draws <= 1000, "draws is a whole number from 1 to 1000, not %d", p.Draws),
		spec.Require(p.Tolerance >= 1e-6 && p.Tolerance < 1, "tolerance is from 1e-6 up to 1, not %g", p.Tolerance),
	)
}

// Run perturbs.
func (p *Perturb) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	network, from := env.Input("network"), env.Input("law")
	if (network == nil) == (from == nil) {
		return nil, errors.New("give either network or law")
	}
	var s *subject
	var err error
	if network != nil {
		s, err = p.ofNetwork(network)
	} else {
		s, err = p.ofLaw(ctx, env.Threads(), from)
	}
	if err != nil {
		return nil, err
	}
	if (p.Silence == "B" || p.Input != 0 && p.Along == "B") && s.intact.Inputs == 0 {
		return nil, errors.New("there are no inputs, so no neuron has a B to silence or drive it by")
	}
	o := &outcome{perturb: p, subject: s, threads: env.Threads(), metrics: map[string]float64{}}
	for _, part := range []func(context.Context) error{o.simulate, o.identify, o.fixedPoints} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	return o.artifact(), nil
}

// subject is what is perturbed.
type subject struct {
	intact    *lrrnn.Network   // its field is the prediction's, before the perturbation
	weight    []float64        // of its neurons, or nil
	reference *lrrnn.Network   // equally likely neurons that say what is identified
	basis     *lrrnn.States    // visited states that span what is
	states    *lrrnn.States    // where fields are compared
	average   bool             // random silencing is predicted on average, not for the choice that was made
	networks  []*lrrnn.Network // what is simulated, one a draw
}

const (
	basisStates      = 200
	comparedStates   = 200
	lawNeurons       = 4000 // of a law, to say what is identified
	conditionedBelow = 3e-3
)

// some returns up to count states, spread evenly.
func some(s *lrrnn.States, count, offset int) *lrrnn.States {
	out := &lrrnn.States{Rank: s.Rank, Inputs: s.Inputs}
	count = min(count, s.Len())
	for i := range count {
		kappa, v := s.At((i*s.Len()/count + offset) % s.Len())
		out.Kappa, out.V = append(out.Kappa, kappa...), append(out.V, v...)
	}
	return out
}

func (p *Perturb) ofNetwork(in *artifacts.Artifact) (*subject, error) {
	n, err := tables.ReadNetwork(in)
	if err != nil {
		return nil, err
	}
	visited, err := tables.ReadStates(in)
	if err != nil {
		return nil, err
	}
	if visited.Rank != n.Rank || visited.Inputs != n.Inputs || visited.Len() == 0 {
		return nil, fmt.Errorf("the network has %d latents and %d inputs, its %d states have %d and %d", n.Rank, n.Inputs, visited.Len(), visited.Rank, visited.Inputs)
	}
	s := &subject{reference: n, basis: some(visited, basisStates, 0), states: some(visited, comparedStates, 1)}
	if s.intact, err = identifiedPart(n, s.basis, p.Tolerance); err != nil {
		return nil, err
	}
	draws := p.Draws
	if p.Silence != "random" && !(p.Input != 0 && p.Along == "random") {
		draws = 1 // nothing is random
	}
	for range draws {
		s.networks = append(s.networks, n)
	}
	return s, nil
}

func (p *Perturb) ofLaw(ctx context.Context, threads int, in *artifacts.Artifact) (*subject, error) {
	l, err := tables.ReadLaw(in)
	if err != nil {
		return nil, err
	}
	if p.Silence == "n" {
		return nil, errors.New("a law predicts the mean of n given m, B and b, not which neurons have a large n; silence by m, B or b, or at random")
	}
	fitted, field := l.Targets.FittedTo()
	s := &subject{intact: l.MeanField(), weight: l.Weight, basis: some(l.Targets.States, basisStates, 0), average: true}
	s.states, _ = l.Targets.HeldOut(comparedStates)
	sampler := l.NewSampler()
	reference, err := sampler.Draw(ctx, threads, lawNeurons, p.Seed)
	if err != nil {
		return nil, err
	}
	s.reference = reference.Network
	for i := range p.Draws {
		d, err := sampler.Draw(ctx, threads, p.Neurons, seedOf(p.Seed, i))
		if err != nil {
			return nil, err
		}
		if _, _, err := law.Condition(d.Network, fitted, field, conditionedBelow); err != nil {
			return nil, err
		}
		s.networks = append(s.networks, d.Network)
	}
	return s, nil
}
