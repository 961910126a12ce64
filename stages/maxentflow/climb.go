package maxentflow

import (
	"context"
	"fmt"
	"math"
	"slices"

	"reprise/stages/internal/rng"
)

// What a law must show on nodes and states that it was not fitted to (method.md,
// section 15).
const (
	maxLawError = 0.05
	maxDlogZ    = 0.02
	maxWeight   = 0.005
)

// Where the climb begins and how far it goes.
const (
	firstNodes   = 65536
	mostNodes    = 262144
	heldOutNodes = 65536
	mostAttempts = 12
	// climbStates is how many of the held-out states compare the attempts; the
	// law that is kept is measured on all of them.
	climbStates = 500
	// better is how much of the best law's error another may have at most, to
	// be worth its smaller tolerance.
	better = 0.7
)

// attempt is one solution of the dual and how it did on held-out nodes and states.
type attempt struct {
	tolerance float64
	nodes     int
	law       *law
	held      *weighted
	proposal  *proposal

	lawError  float64
	dlogZ     float64
	maxWeight float64
	accepted  bool // validated, and better than the accepted ones before
}

// valid tells whether the law may be trusted.
func (a *attempt) valid() bool {
	return a.lawError < maxLawError && math.Abs(a.dlogZ) < maxDlogZ && a.maxWeight < maxWeight
}

// climb looks for the law that validates best. It solves at the tolerance
// given and lowers it as long as held-out validation gets better; where a law
// fails, it tries again with nodes adapted to the solution, then with more of
// them. A first law that fails whatever the nodes raises the tolerance, or lowers
// it where the law misses the field without having escaped. It ends
// when a tolerance fails below one that validated, when two in a row brought
// nothing better, or when the error is small beside what the field is known to.
type climb struct {
	problem *problem
	held    *states   // held-out states
	f       []float64 // the field there, T x R
	seed    int
	fixed   bool                // only at the tolerance given
	report  func(*attempt, int) // called after each attempt with its number from 1
	nodes   *nodes              // held-out nodes, the same for every attempt; others for the last word

	attempts []*attempt
	best     *attempt // nil where none validated
}

func newClimb(p *problem, held *states, f []float64, seed int, report func(*attempt, int)) *climb {
	return &climb{problem: p, held: held, f: f, seed: seed, report: report,
		nodes: defensive(p.base).nodes(heldOutNodes, rng.New(seed, "held-out nodes"))}
}

// run makes the attempts, from this tolerance on, and measures the best law on
// all held-out states and on nodes that had no say in its choice. Where it fails
// there, others that validated have their turn.
func (c *climb) run(ctx context.Context, tolerance float64) error {
	if err := c.search(ctx, tolerance); err != nil || c.best == nil {
		return err
	}
	c.nodes = defensive(c.problem.base).nodes(c.nodes.size(), rng.New(c.seed, "nodes of the last word"))
	c.best = nil
	for _, a := range c.candidates() {
		if err := c.validate(ctx, a, c.held.count); err != nil {
			return err
		}
		if a.accepted = a.valid(); a.accepted {
			c.best = a
			break
		}
	}
	return nil
}

// candidates are the attempts that validated: those that were the best in their
// time, the last one first, then the others.
func (c *climb) candidates() (out []*attempt) {
	for _, best := range []bool{true, false} {
		for _, a := range slices.Backward(c.attempts) {
			if a.valid() && a.accepted == best {
				out = append(out, a)
			}
		}
	}
	return out
}

func (c *climb) search(ctx context.Context, tolerance float64) error {
	if c.fixed {
		_, err := c.level(ctx, tolerance)
		return err
	}
	known := c.problem.eps / rms(c.problem.f)
	raised, lowered := false, false
	for idle := 0; idle < 2 && len(c.attempts) < mostAttempts; {
		a, err := c.level(ctx, tolerance)
		if err != nil {
			return err
		}
		switch {
		case a.accepted && (raised || a.lawError < known/3):
			return nil
		case c.best != nil && !a.valid():
			return nil
		case c.best != nil:
			tolerance /= step
			idle++
			if a.accepted {
				idle = 0
			}
		case !raised && a.underfits():
			tolerance /= step
			lowered = true
		case !lowered && tolerance*step < 0.5:
			tolerance *= step
			raised = true
		default:
			return nil
		}
	}
	return nil
}

// underfits tells that a law which misses the field is tame all the same: no
// node carries much of it, and others give it the same normaliser. It has too
// few constraints rather than too many.
func (a *attempt) underfits() bool {
	return math.Abs(a.dlogZ) < maxDlogZ && a.maxWeight < maxWeight
}

// step is the ratio between two tolerances, √10.
const step = 3.1622776601683795

// level tries one tolerance: with the nodes that the best law had, then with
// nodes adapted to the solution, then adapted once more and four times as many.
// It stops at the first attempt that validates about as well as the best one,
// or, below a tolerance that validated, when adapting made things worse.
func (c *climb) level(ctx context.Context, tolerance float64) (*attempt, error) {
	proposal, size := defensive(c.problem.base), firstNodes
	if c.best != nil {
		proposal, size = c.best.proposal, c.best.nodes
	}
	var a *attempt
	for round := range 3 {
		var err error
		if round > 0 {
			if proposal, err = c.adapt(ctx, a); err != nil {
				return nil, err
			}
		}
		if round == 2 {
			size = min(4*size, mostNodes)
		}
		best, last := c.best, a
		if a, err = c.try(ctx, tolerance, proposal, size); err != nil {
			return nil, err
		}
		if a.accepted || len(c.attempts) >= mostAttempts {
			break
		}
		if best != nil && (a.valid() && a.lawError < 1.2*best.lawError || last != nil && !(a.miss() < last.miss())) {
			break
		}
	}
	return a, nil
}

// adapt draws nodes where the attempt's law has its mass. They are other nodes
// than it was fitted to: those would not show where it escaped to.
func (c *climb) adapt(ctx context.Context, a *attempt) (*proposal, error) {
	scout := a.proposal.nodes(firstNodes, rng.New(c.seed, fmt.Sprintf("scouts %d", len(c.attempts))))
	seen, err := a.law.at(ctx, c.problem.threads, scout)
	if err != nil {
		return nil, err
	}
	p := around(c.problem.base, seen.w, seen.p)
	p.rounds = a.proposal.rounds + 1
	return p, nil
}

func (c *climb) try(ctx context.Context, tolerance float64, p *proposal, size int) (*attempt, error) {
	n := p.nodes(size, rng.New(c.seed, fmt.Sprintf("nodes %d", len(c.attempts))))
	l, err := c.problem.solve(ctx, n, tolerance)
	if err != nil {
		return nil, err
	}
	a := &attempt{tolerance: tolerance, nodes: size, law: l, proposal: p}
	if err := c.validate(ctx, a, min(climbStates, c.held.count)); err != nil {
		return nil, err
	}
	a.accepted = a.valid() && (c.best == nil || a.lawError < better*c.best.lawError)
	if a.accepted {
		c.best = a
	}
	c.attempts = append(c.attempts, a)
	c.report(a, len(c.attempts))
	return a, nil
}

// validate measures the law on held-out nodes and the first few held-out states.
func (c *climb) validate(ctx context.Context, a *attempt, count int) error {
	held, err := a.law.at(ctx, c.problem.threads, c.nodes)
	if err != nil {
		return err
	}
	r := c.problem.base.r
	got, err := c.held.slice(0, count).field(ctx, c.problem.threads, held.w, held.mean, held.p, r)
	if err != nil {
		return err
	}
	a.held = held
	a.lawError = relativeError(got, c.f[:count*r])
	a.dlogZ = held.logZ - a.law.logZ
	a.maxWeight = largest(held.p)
	return nil
}

// failure says that no law validated, by how little the best one missed, and
// what to try.
func (c *climb) failure() error {
	closest := c.attempts[0]
	for _, a := range c.attempts[1:] {
		if a.miss() < closest.miss() {
			closest = a
		}
	}
	return fmt.Errorf("no law validates on held-out nodes and states after %d attempts: the closest (tolerance %.3g, %d nodes) has law_error %.3g (limit %g), dlogz %.3g (limit %g), max_weight %.3g (limit %g); a wider base (base_n above all, now %.3g) or a larger epsilon makes the law easier to find",
		len(c.attempts), closest.tolerance, closest.nodes, closest.lawError, maxLawError, closest.dlogZ, maxDlogZ, closest.maxWeight, maxWeight, c.problem.base.s)
}

// miss is how far the attempt is from validating: 1 at the limit.
func (a *attempt) miss() float64 {
	return max(a.lawError/maxLawError, math.Abs(a.dlogZ)/maxDlogZ, a.maxWeight/maxWeight)
}
