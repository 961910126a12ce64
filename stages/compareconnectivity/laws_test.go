package compareconnectivity

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
)

// drawn is a network of neurons from a law with structure: n follows m through a
// matrix that no rotation leaves as it is, and m is not Gaussian.
func drawn(neurons, rank, inputs, seed int, slope float64) *lrrnn.Network {
	r := rng.New(seed, "test law")
	n := lrrnn.New(neurons, rank, inputs)
	for i := range neurons {
		m, out := n.M[i*rank:(i+1)*rank], n.N[i*rank:(i+1)*rank]
		for k := range m {
			m[k] = (1 + 0.3*float64(k)) * math.Abs(r.NormFloat64()) * float64(1-2*r.IntN(2)%3)
		}
		for k := range out {
			out[k] = slope*m[k]*float64(k+1) + 0.7*m[(k+1)%rank] + 0.3*r.NormFloat64()
		}
		for u := range inputs {
			n.B[i*inputs+u] = 0.5*m[0] + r.NormFloat64()
		}
		n.Bias[i] = 0.3 * r.NormFloat64()
	}
	return n
}

// visited are states of no network in particular.
func visited(rank, inputs, seed int) *lrrnn.States {
	r := rng.New(seed, "test states")
	s := &lrrnn.States{Rank: rank, Inputs: inputs}
	for range 200 {
		for range rank {
			s.Kappa = append(s.Kappa, r.NormFloat64())
		}
		for range inputs {
			s.V = append(s.V, 3*r.NormFloat64())
		}
	}
	return s
}

// invertible draws a matrix that is not a rotation.
func invertible(rank, seed int) *mat.Dense {
	r := rng.New(seed, "test gauge")
	for {
		a := mat.NewDense(rank, rank, nil)
		for i := range rank {
			for j := range rank {
				a.Set(i, j, r.NormFloat64())
			}
		}
		if mat.Cond(a, 2) < 6 {
			return a
		}
	}
}

// copied is the same network and states with the latents in another basis.
func copied(n *lrrnn.Network, s *lrrnn.States, a *mat.Dense) (*lrrnn.Network, *lrrnn.States) {
	var inverse mat.Dense
	if err := inverse.Inverse(a); err != nil {
		panic(err)
	}
	other := *n
	other.M, other.N = make([]float64, len(n.M)), make([]float64, len(n.N))
	lrrnn.Transform(other.N, n.N, a)
	lrrnn.Transform(other.M, n.M, inverse.T())
	moved := *s
	moved.Kappa = make([]float64, len(s.Kappa))
	lrrnn.Transform(moved.Kappa, s.Kappa, a)
	return &other, &moved
}

func compareAs(t *testing.T, threads int, change func(*Compare), networks []*lrrnn.Network, states []*lrrnn.States) (*artifacts.Artifact, error) {
	t.Helper()
	c := Kind.New().(*Compare)
	c.Samples, c.Directions = 200, 32
	change(c)
	if err := c.Check(); err != nil {
		return nil, err
	}
	var inputs []*artifacts.Artifact
	for i, n := range networks {
		inputs = append(inputs, artifacts.New(tables.Network(n), tables.States(states[i])))
	}
	return c.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: map[string][]*artifacts.Artifact{"networks": inputs}}))
}

// TestGaugeCopies is check C2: a network and its copies in other bases, in which
// no number of m and n is the same, are the same law.
func TestGaugeCopies(t *testing.T) {
	for _, c := range []struct {
		rank, inputs int
		gauge        string
		identified   bool
	}{{1, 0, "latents", false}, {1, 1, "m", false}, {2, 0, "latents", false}, {2, 1, "m", false}, {2, 0, "latents", true}, {3, 0, "latents", false}, {4, 0, "latents", false}} {
		n, s := drawn(200, c.rank, c.inputs, 1, 1.5), visited(c.rank, c.inputs, 1)
		networks, states := []*lrrnn.Network{n}, []*lrrnn.States{s}
		for seed := range 2 {
			other, moved := copied(n, s, invertible(c.rank, seed))
			networks, states = append(networks, other), append(states, moved)
		}
		out, err := compareAs(t, 2, func(k *Compare) { k.Gauge, k.Identified = c.gauge, c.identified }, networks, states)
		if err != nil {
			t.Fatal(err)
		}
		m := out.Metrics()
		t.Logf("%+v: copies are at most %.2g apart", c, m["max_law_distance"])
		if most := 1e-7; !(m["max_law_distance"] < most) || m["law_floor"] < 0.02 {
			t.Errorf("%+v: copies are at most %g apart, not less than %g; the floor is %g", c, m["max_law_distance"], most, m["law_floor"])
		}
	}
}

// TestGaugeKeepsVolume is why entropies do not depend on the gauge: (m, n) to
// (A⁻ᵀ m, A n) has determinant 1, whatever A.
func TestGaugeKeepsVolume(t *testing.T) {
	for rank := 1; rank <= 4; rank++ {
		a, jacobian := invertible(rank, 3), mat.NewDense(2*rank, 2*rank, nil)
		for column := range 2 * rank {
			unit := lrrnn.New(1, rank, 0)
			if column < rank {
				unit.M[column] = 1
			} else {
				unit.N[column-rank] = 1
			}
			moved, _ := copied(unit, &lrrnn.States{Rank: rank}, a)
			jacobian.SetCol(column, append(moved.M, moved.N...))
		}
		near(t, fmt.Sprintf("rank %d: determinant of the gauge's Jacobian", rank), mat.Det(jacobian), 1, 1e-12)
		if d := mat.Det(a); math.Abs(d-1) < 0.1 {
			t.Errorf("rank %d: det A is %v, which shows nothing", rank, d)
		}
	}
}

// TestPlantedDifference wants the distance of points from themselves made
// larger, which is known, and the distance of a shift of one coordinate.
func TestPlantedDifference(t *testing.T) {
	for rank := 1; rank <= 2; rank++ {
		p := newCloud(drawn(300, rank, 1, 1, 1.5))
		q := *p
		q.x = make([]float64, len(p.x))
		for i, x := range p.x {
			q.x[i] = 1.25 * x
		}
		along := directions(16, p.dim, 1)
		size := 0.0 // mean square along these directions, turned with P or not
		pair := newPairing(p, &q, along)
		for _, sorted := range pair.sp {
			for _, x := range sorted {
				size += x * x / float64(len(sorted)*len(pair.sp))
			}
		}
		identity := make([]float64, rank*rank)
		for i := range rank {
			identity[i*rank+i] = 1
		}
		near(t, "squared distance as it is", pair.at(identity), 0.0625*size, 1e-9*size)
		want := 0.25 / math.Sqrt((1+1.25*1.25)/2) // were directions all there are
		near(t, "distance", lawDistance(p, &q, directions(128, p.dim, 1), 1), want, 0.06*want)
	}
	// Along one axis alone, without opposites, a shift is that far.
	a := &cloud{rank: 1, dim: 3, x: []float64{0, 1, 0, 0, 2, 0}}
	b := &cloud{rank: 1, dim: 3, x: []float64{0, 5, 0, 0, 4, 0}}
	near(t, "squared distance of a shift", newPairing(a, b, []float64{0, 1, 0}).at([]float64{1}), 9, 1e-12)
	a.odd, b.odd = true, true
	b.x[1], b.x[4] = -1, 2
	near(t, "squared distance of a neuron from its opposite", newPairing(a, b, []float64{0, 1, 0}).at([]float64{1}), 0, 0)
}

// TestPseudometric wants symmetry and the triangle inequality, within what the
// search leaves open.
func TestPseudometric(t *testing.T) {
	for rank := 1; rank <= 3; rank++ {
		var p []*cloud
		for k := range 5 - rank {
			p = append(p, newCloud(drawn(100, rank, 0, k, 0.4+0.9*float64(k))))
		}
		along := directions(16, p[0].dim, 3)
		d := make(map[[2]int]float64)
		for i := range p {
			for j := range p {
				if i != j { // without the scale, which differs from pair to pair
					d[[2]int{i, j}] = lawDistance(p[i], p[j], along, 1) * math.Sqrt((p[i].meanSquare()+p[j].meanSquare())/2)
				}
			}
		}
		for i := range p {
			for j := range p {
				if i == j {
					continue
				}
				near(t, fmt.Sprintf("rank %d: distance the other way", rank), d[[2]int{j, i}], d[[2]int{i, j}], []float64{0, 1e-9, 2e-3, 0.05}[rank]*d[[2]int{i, j}])
				for k := range p {
					if k != i && k != j && d[[2]int{i, j}] > 1.02*(d[[2]int{i, k}]+d[[2]int{k, j}]) {
						t.Errorf("rank %d: %d and %d are %g apart, by way of %d %g and %g", rank, i, j, d[[2]int{i, j}], k, d[[2]int{i, k}], d[[2]int{k, j}])
					}
				}
			}
		}
	}
}

// TestSearchFindsTurns wants clouds that are turned, and reflected, found again.
func TestSearchFindsTurns(t *testing.T) {
	for rank := 1; rank <= 4; rank++ {
		for seed := range 2 {
			p := newCloud(drawn(80, rank, 0, 5, 1.5))
			o := haar(rank, rng.New(seed, "turn"))
			q := *p
			q.x = nil
			for i := range p.size() {
				x, turned := p.x[i*p.dim:(i+1)*p.dim], make([]float64, p.dim)
				p.turned(turned, x, o, true) // O on m and n alike
				q.x = append(q.x, turned...)
			}
			if d := lawDistance(p, &q, directions(16, p.dim, 1), 1); !(d < 1e-7) {
				t.Errorf("rank %d, seed %d: turned points are %g apart", rank, seed, d)
			}
		}
	}
}

// TestLaws compares networks of two laws, and wants the floor for what is the
// same and more for what is not.
func TestLaws(t *testing.T) {
	var networks []*lrrnn.Network
	var states []*lrrnn.States
	for seed := range 4 {
		networks, states = append(networks, drawn(400, 2, 0, seed, []float64{1.5, 0.5}[seed/2])), append(states, visited(2, 0, 1))
	}
	var text [2]string
	for i := range text {
		out, err := compareAs(t, i+1, func(k *Compare) { k.Groups = []string{"a", "a", "b", "b"} }, networks, states)
		if err != nil {
			t.Fatal(err)
		}
		m := out.Metrics()
		if m["law_distance_within"] > 1.6*m["law_floor"] || m["law_distance_between"] < 3*m["law_floor"] || m["max_law_distance"] < m["law_distance_between"] {
			t.Errorf("within and between laws: %v", m)
		}
		table, err := out.Table("laws")
		if err != nil {
			t.Fatal(err)
		}
		d, err := table.Array("distance", "law", "other")
		if err != nil {
			t.Fatal(err)
		}
		for a := range 4 {
			for b := range 4 {
				if d.Data[4*a+b] != d.Data[4*b+a] || (a == b) != (d.Data[4*a+b] == 0) {
					t.Errorf("distances %v", d.Data)
				}
			}
		}
		manifest, _, err := out.Encode()
		if err != nil {
			t.Fatal(err)
		}
		text[i] = string(manifest.Text())
	}
	if text[0] != text[1] {
		t.Error("one thread and two give different artifacts")
	}
}

// TestLawRefusals wants errors where laws do not fit together.
func TestLawRefusals(t *testing.T) {
	n, s := drawn(50, 2, 0, 1, 1), visited(2, 0, 1)
	relu := *n
	relu.Phi = lrrnn.ReLU
	flat := &lrrnn.States{Rank: 2, Kappa: []float64{1, 2, 2, 4}}
	none := func(*Compare) {}
	for want, run := range map[string]func() error{
		"latents": func() error {
			_, err := compareAs(t, 1, none, []*lrrnn.Network{n, drawn(50, 1, 0, 1, 1)}, []*lrrnn.States{s, visited(1, 0, 1)})
			return err
		},
		"nonlinearity": func() error {
			_, err := compareAs(t, 1, none, []*lrrnn.Network{n, &relu}, []*lrrnn.States{s, s})
			return err
		},
		"fewer dimensions": func() error {
			_, err := compareAs(t, 1, none, []*lrrnn.Network{n, n}, []*lrrnn.States{s, flat})
			return err
		},
		"compare one with": func() error {
			_, err := compareAs(t, 1, none, []*lrrnn.Network{n}, []*lrrnn.States{s})
			return err
		},
		"nothing to compare": func() error {
			_, err := compareAs(t, 1, none, nil, nil)
			return err
		},
		"groups": func() error {
			_, err := compareAs(t, 1, func(c *Compare) { c.Groups = []string{"a"} }, []*lrrnn.Network{n, n}, []*lrrnn.States{s, s})
			return err
		},
		"directions": func() error {
			_, err := compareAs(t, 1, func(c *Compare) { c.Directions = 3 }, []*lrrnn.Network{n, n}, []*lrrnn.States{s, s})
			return err
		},
	} {
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error %v does not speak of %q", err, want)
		}
	}
}
