package maxentflow

import (
	"context"
	"fmt"
	"math"

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
	firstNodes   = 16384
	mostNodes    = 65536
	heldOutNodes = 65536
	mostAttempts = 12
	// better is how much of the best law's error another may have at most, to
	// be worth its smaller tolerance.
	better = 0.85
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
// given, lowers it as long as held-out validation gets better, and where a
// law fails or stops getting better, tries again with nodes adapted to the
// solution, then with more of them. A law that fails whatever the nodes raises
// the tolerance. It returns the best law and all attempts; the law is nil where
// none validated.
type climb struct {
	problem *problem
	held    *states   // held-out states
	f       []float64 // the field there, T x R
	seed    int
	report  func(*attempt, int) // called after each attempt with its number from 1

	nodes    *nodes // held-out nodes, the same for every attempt
	attempts []*attempt
	best     *attempt
}

func (c *climb) run(ctx context.Context, tolerance float64) error {
	c.nodes = defensive(c.problem.base).nodes(heldOutNodes, rng.New(c.seed, "held-out nodes"))
	lowest := 0.0 // a tolerance that failed whatever the nodes: no lower one
	for len(c.attempts) < mostAttempts {
		a, err := c.level(ctx, tolerance)
		if err != nil {
			return err
		}
		switch {
		case a.accepted && (lowest == 0 || tolerance/step > lowest*1.01):
			tolerance /= step
		case c.best == nil && tolerance*step < 0.5:
			lowest = tolerance
			tolerance *= step
		default:
			return nil
		}
	}
	return nil
}

// step is the ratio between two tolerances.
const step = math.Sqrt2 * math.Sqrt2 * 1.5811388300841898 // √10

// level tries one tolerance: with as many nodes as the best law had, then with
// nodes adapted to the solution, then adapted once more and four times as many.
// It stops at the first attempt that is accepted.
func (c *climb) level(ctx context.Context, tolerance float64) (*attempt, error) {
	proposal, size := defensive(c.problem.base), firstNodes
	if c.best != nil {
		proposal, size = c.best.proposal, c.best.nodes
	}
	var a *attempt
	for round := range 3 {
		if round > 0 {
			var err error
			if proposal, err = c.adapt(ctx, a); err != nil {
				return nil, err
			}
		}
		if round == 2 {
			size = min(4*size, mostNodes)
		}
		var err error
		if a, err = c.try(ctx, tolerance, proposal, size); err != nil || a.accepted {
			return a, err
		}
		if len(c.attempts) >= mostAttempts {
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
	if err := c.validate(ctx, a); err != nil {
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

// validate measures the law on nodes and states that it was not fitted to.
func (c *climb) validate(ctx context.Context, a *attempt) error {
	held, err := a.law.at(ctx, c.problem.threads, c.nodes)
	if err != nil {
		return err
	}
	got, err := c.held.field(ctx, c.problem.threads, held.w, held.mean, held.p, c.problem.base.r)
	if err != nil {
		return err
	}
	a.held = held
	a.lawError = relativeError(got, c.f)
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
