package plot

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// example is the inputs of a plot: a bistable network of that rank whose field
// is that of law and flow, too, and trials that end left or right.
type example struct {
	rank    int
	network *lrrnn.Network
	scale   float64 // of the gauge: κ there = scale κ of the network
}

func newExample(rank int, scale float64) *example {
	r := rand.New(rand.NewPCG(1, 2))
	n := lrrnn.New(200, rank, 0)
	for i := range n.Neurons {
		n.Bias[i] = 0.3 * r.NormFloat64()
		for k := range rank {
			n.M[i*rank+k] = r.NormFloat64()
			gain := 0.6
			if k == 0 {
				gain = 1.8
			}
			n.N[i*rank+k] = gain * n.M[i*rank+k]
		}
	}
	return &example{rank, n, scale}
}

// field is the artifact that evaluate_flow gives, with the table gauge.
func (e *example) field() *artifacts.Artifact {
	const columns, rows = 21, 17
	shape := []artifacts.Dim{{Name: "x", Size: columns}}
	total := columns
	if e.rank > 1 {
		shape, total = []artifacts.Dim{{Name: "y", Size: rows}, {Name: "x", Size: columns}}, columns*rows
	}
	kappa, f := make([]float64, total*e.rank), make([]float64, total*e.rank)
	for k := range total {
		here := kappa[k*e.rank : (k+1)*e.rank]
		here[0] = e.scale * (float64(k%columns)/10 - 1) * 2
		if e.rank > 1 {
			here[1] = e.scale * (float64(k/columns)/8 - 1) * 1.5
		}
		e.at(f[k*e.rank:(k+1)*e.rank], here)
	}
	latent := artifacts.Dim{Name: tables.Latent, Size: e.rank}
	points := make([]float64, 3*e.rank)
	points[0], points[2*e.rank] = -1.1*e.scale, 1.1*e.scale
	var own, a []float64
	for _, x := range points {
		own = append(own, x/e.scale)
	}
	for i := range e.rank * e.rank {
		a = append(a, map[bool]float64{true: e.scale}[i%(e.rank+1) == 0])
	}
	return artifacts.New(
		artifacts.NewGrid("field", shape, artifacts.Floats("kappa", "", kappa, latent), artifacts.Floats("law", "", f, latent), artifacts.Floats("flow", "", f, latent)),
		artifacts.NewTable("fixed_points", artifacts.Dim{Name: "point", Size: 3},
			artifacts.Floats("kappa", "", points, latent), artifacts.Floats("kappa_target", "", own, latent),
			artifacts.Bytes("stable", "", []uint8{1, 0, 1}), artifacts.Strings("of", []string{"law", "law", "law"})),
		artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1}, artifacts.Floats("A", "", a, latent, artifacts.Dim{Name: "target_latent", Size: e.rank})))
}

// at writes F in the gauge.
func (e *example) at(dst, kappa []float64) {
	own := make([]float64, len(kappa))
	for i := range kappa {
		own[i] = kappa[i] / e.scale
	}
	e.network.Field(dst, own, nil)
	for i := range dst {
		dst[i] *= e.scale
	}
}

const exampleTrials = 30

// trials has trials of 20 to 24 steps, every other to the right.
func (e *example) trials() *trials.Trials {
	t := &trials.Trials{Neurons: 1}
	at := 0
	for k := range exampleTrials {
		t.First, t.Steps = append(t.First, at), append(t.Steps, 20+k%5)
		t.Test, t.Choice = append(t.Test, false), append(t.Choice, k%2)
		at += 20 + k%5
	}
	t.Activity = make([]float64, at)
	return t
}

// states follow the network from near the origin.
func (e *example) states() *artifacts.Artifact {
	s := &lrrnn.States{Rank: e.rank}
	f := make([]float64, e.rank)
	t := e.trials()
	for k, steps := range t.Steps {
		kappa := make([]float64, e.rank)
		kappa[0] = 0.3 * float64(2*(k%2)-1)
		if e.rank > 1 {
			kappa[1] = float64(k)/15 - 1
		}
		for range steps {
			s.Kappa = append(s.Kappa, kappa...)
			e.network.Field(f, kappa, nil)
			for i := range kappa {
				kappa[i] += 0.2 * (f[i] - kappa[i])
			}
		}
	}
	return artifacts.New(tables.States(s), tables.Network(e.network))
}

func (e *example) inputs() map[string][]*artifacts.Artifact {
	return map[string][]*artifacts.Artifact{
		"field": {e.field()}, "states": {e.states()}, "trials": {artifacts.New(tables.Trials(e.trials())...)},
	}
}

func read(inputs map[string][]*artifacts.Artifact) (*scene, error) {
	return readScene(context.Background(), spec.NewEnv(spec.EnvConfig{Inputs: inputs}))
}

// TestNetworkInTheGauge holds that the network's own field, read from another
// stage and mapped, is the one that the field's stage has.
func TestNetworkInTheGauge(t *testing.T) {
	for _, rank := range []int{1, 2, 3} {
		e := newExample(rank, 2.5)
		s, err := read(e.inputs())
		if err != nil {
			t.Fatal(err)
		}
		if !s.whitened || len(s.fields) != 3 || s.fields[0].of != "target" || s.fields[1].of != "law" {
			t.Fatalf("rank %d: fields %+v", rank, s.fields)
		}
		for a := range s.axes {
			for k, x := range s.fields[0].rate[a] {
				if math.Abs(x-s.fields[1].rate[a][k]) > 1e-12 {
					t.Fatalf("rank %d, latent %d: network %v, law %v", rank, a, x, s.fields[1].rate[a][k])
				}
			}
		}
		stable := 0
		for _, p := range s.points {
			if p.of != "target" {
				continue
			}
			f := make([]float64, rank)
			e.at(f, p.kappa)
			for i := range f {
				if math.Abs(f[i]-p.kappa[i]) > 1e-6 {
					t.Errorf("rank %d: %v is no fixed point: F = %v", rank, p.kappa, f)
				}
			}
			if p.stable {
				stable++
			}
		}
		if stable != 2 {
			t.Errorf("rank %d: %d stable fixed points of the network, not 2", rank, stable)
		}
		if got, want := s.visited[0], -0.3*2.5; got != want {
			t.Errorf("rank %d: the first state is %v in the gauge, not %v", rank, got, want)
		}
	}
}

func TestMeanEndsWithHalfTheTrials(t *testing.T) {
	s := &scene{rank: 1, paths: []path{{1, []float64{1, 2, 3, 4}}, {1, []float64{3, 4}}, {1, []float64{5}}, {0, []float64{9, 9, 9, 9}}}}
	got := s.mean(1)
	if len(got) != 2 || got[0] != 3 || got[1] != 3 {
		t.Errorf("mean %v, want 3, 3: from the third step on fewer than half last", got)
	}
	if s.mean(-1) != nil {
		t.Errorf("mean of no trials: %v", s.mean(-1))
	}
}

func TestBadInputs(t *testing.T) {
	e := newExample(2, 2.5)
	without := func(a *artifacts.Artifact, drop string) *artifacts.Artifact {
		var kept []*artifacts.Table
		for _, name := range a.Tables() {
			table, err := a.Table(name)
			if err != nil {
				t.Fatal(err)
			}
			c := &artifacts.Table{Name: name, Rows: table.Rows}
			for _, column := range table.Columns {
				if name+"."+column.Name != drop {
					c.Columns = append(c.Columns, column)
				}
			}
			if name != drop {
				kept = append(kept, c)
			}
		}
		return artifacts.New(kept...)
	}
	for _, c := range []struct{ input, drop, want string }{
		{"field", "field.kappa", `no column "kappa"`},
		{"field", "fixed_points.of", `no column "of"`},
		{"field", "fixed_points.stable", `no column "stable"`},
		{"field", "gauge", "no table gauge"},
		{"field", "gauge.A", `no column "A"`},
		{"states", "states.kappa", `no column "kappa"`},
		{"states", "network.m", `no column "m"`},
		{"trials", "trials.first_step", `no column "first_step"`},
	} {
		inputs := e.inputs()
		inputs[c.input] = []*artifacts.Artifact{without(inputs[c.input][0], c.drop)}
		if _, err := read(inputs); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("without %s: error %v, want %q", c.drop, err, c.want)
		}
	}
	inputs := e.inputs()
	inputs["field"] = []*artifacts.Artifact{without(without(e.field(), "field.law"), "field.flow")}
	if _, err := read(inputs); err == nil || !strings.Contains(err.Error(), "nothing to draw") {
		t.Errorf("without fields: %v", err)
	}
	inputs = e.inputs()
	inputs["states"] = []*artifacts.Artifact{newExample(3, 1).states()}
	if _, err := read(inputs); err == nil || !strings.Contains(err.Error(), "3 latents") {
		t.Errorf("states of another rank: %v", err)
	}
}

func TestTrialsOfOtherStates(t *testing.T) {
	e := newExample(2, 1)
	inputs := e.inputs()
	few := &lrrnn.States{Rank: 2, Kappa: make([]float64, 20)}
	inputs["states"] = []*artifacts.Artifact{artifacts.New(tables.States(few))}
	if _, err := read(inputs); err == nil || !strings.Contains(err.Error(), "do not belong together") {
		t.Errorf("trials beyond the states: %v", err)
	}
}
