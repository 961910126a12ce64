// Package tables reads and writes the tables that several kinds share, so that
// a stage of any kind that gives them can feed any kind that needs them:
//
//	trials   a row a trial: first_step, steps, test, and where known start,
//	         baseline[neuron], choice, gamma, initial_state[latent]
//	steps    a row a step, trials packed one behind the other: counts[neuron]
//	         (spikes) or activity[neuron], and inputs[channel]
//	network  a row a neuron: m[latent], n[latent], B[channel], b, and phi where it is not tanh
//	states   a row a step: kappa[latent], v[channel]
//
// and of a score of a fit:
//
//	fit          one row: rank
//	test_trials  a row a test trial: position, and spikes and gain, or for
//	             activity squared_error and squared_deviation
//
// A column that would have no content (inputs of a network without any) is left
// out. This is the only shared package that knows of artifacts; numerics do not.
package tables

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/trials"
)

// Names of the dimensions that tables share.
const (
	Trial   = "trial"
	Step    = "step"
	Neuron  = "neuron"
	Latent  = "latent"
	Channel = "channel"
)

// Trials returns the tables trials and steps. Extra columns describe each trial
// further, such as its number in the session.
func Trials(t *trials.Trials, extra ...artifacts.Column) []*artifacts.Table {
	neuron := artifacts.Dim{Name: Neuron, Size: t.Neurons}
	columns := []artifacts.Column{
		artifacts.Ints("first_step", "", ints(t.First)),
		artifacts.Ints("steps", "", ints(t.Steps)),
		artifacts.Bytes("test", "", flags(t.Test)),
	}
	if t.Start != nil {
		columns = append(columns, artifacts.Floats("start", "s", t.Start))
	}
	if t.Choice != nil {
		columns = append(columns, artifacts.Ints("choice", "", ints(t.Choice)))
	}
	if t.Gamma != nil {
		columns = append(columns, artifacts.Floats("gamma", "", t.Gamma))
	}
	if t.Baseline != nil {
		columns = append(columns, artifacts.Floats("baseline", "Hz", t.Baseline, neuron))
	}
	if t.Latents > 0 {
		columns = append(columns, artifacts.Floats("initial_state", "", t.InitialState, artifacts.Dim{Name: Latent, Size: t.Latents}))
	}
	var steps []artifacts.Column
	if t.Counts != nil {
		steps = append(steps, artifacts.Bytes("counts", "spikes", t.Counts, neuron))
	} else {
		steps = append(steps, artifacts.Floats("activity", "", t.Activity, neuron))
	}
	if t.Channels > 0 {
		steps = append(steps, artifacts.Floats("inputs", "", t.Inputs, artifacts.Dim{Name: Channel, Size: t.Channels}))
	}
	return []*artifacts.Table{
		artifacts.NewTable("trials", artifacts.Dim{Name: Trial, Size: t.Len()}, append(columns, extra...)...),
		artifacts.NewTable("steps", artifacts.Dim{Name: Step, Size: t.TotalSteps()}, steps...),
	}
}

// ReadTrials reads the tables trials and steps.
func ReadTrials(a *artifacts.Artifact) (*trials.Trials, error) {
	table, err := a.Table("trials")
	if err != nil {
		return nil, err
	}
	steps, err := a.Table("steps")
	if err != nil {
		return nil, err
	}
	t := &trials.Trials{}
	r := reader{table: table}
	t.First = r.ints("first_step")
	t.Steps = r.ints("steps")
	for _, x := range r.ints("test") {
		t.Test = append(t.Test, x != 0)
	}
	t.Start, _ = r.optional("start", Trial)
	t.Gamma, _ = r.optional("gamma", Trial)
	t.Baseline, _ = r.optional("baseline", Trial, Neuron)
	t.InitialState, t.Latents = r.optional("initial_state", Trial, Latent)
	if table.Has("choice") {
		t.Choice = r.ints("choice")
	}
	s := reader{table: steps}
	if steps.Has("counts") {
		c, err := steps.Column("counts")
		if err != nil || len(c.Cell) != 1 {
			return nil, fmt.Errorf("column counts of table steps needs the dimensions (step, neuron)")
		}
		t.Neurons = c.Cell[0].Size
		if t.Counts, err = steps.Bytes("counts"); err != nil {
			return nil, err
		}
	} else {
		t.Activity, t.Neurons = s.required("activity", Step, Neuron)
	}
	t.Inputs, t.Channels = s.optional("inputs", Step, Channel)
	if err := cmp.Or(r.err, s.err); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		table, column string
		values        []float64
	}{
		{"trials", "start", t.Start}, {"trials", "gamma", t.Gamma}, {"trials", "baseline", t.Baseline}, {"trials", "initial_state", t.InitialState},
		{"steps", "activity", t.Activity}, {"steps", "inputs", t.Inputs},
	} {
		rows := table.Len()
		if c.table == "steps" {
			rows = steps.Len()
		}
		for i, x := range c.values {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("column %s of table %s has %v in row %d (from 0); trials must be numbers throughout", c.column, c.table, x, i/(len(c.values)/rows))
			}
		}
	}
	at := 0
	for k := range t.Steps {
		if t.Steps[k] < 1 || t.First[k] != at {
			return nil, fmt.Errorf("trial %d of table trials has %d steps from step %d on; trials must be packed one behind the other, each of at least one step", k, t.Steps[k], t.First[k])
		}
		at += t.Steps[k]
	}
	if at != steps.Len() {
		return nil, fmt.Errorf("table trials speaks of %d steps, table steps has %d", at, steps.Len())
	}
	return t, nil
}

// Network returns the table network. Extra columns describe each neuron further.
func Network(n *lrrnn.Network, extra ...artifacts.Column) *artifacts.Table {
	latent := artifacts.Dim{Name: Latent, Size: n.Rank}
	columns := []artifacts.Column{
		artifacts.Floats("m", "", n.M, latent),
		artifacts.Floats("n", "", n.N, latent),
	}
	if n.Inputs > 0 {
		columns = append(columns, artifacts.Floats("B", "", n.B, artifacts.Dim{Name: Channel, Size: n.Inputs}))
	}
	columns = append(columns, artifacts.Floats("b", "", n.Bias))
	if n.Phi != lrrnn.Tanh {
		phi := make([]string, n.Neurons)
		for i := range phi {
			phi[i] = n.Phi.String()
		}
		columns = append(columns, artifacts.Strings("phi", phi))
	}
	return artifacts.NewTable("network", artifacts.Dim{Name: Neuron, Size: n.Neurons}, append(columns, extra...)...)
}

// ReadNetwork reads the table network.
func ReadNetwork(a *artifacts.Artifact) (*lrrnn.Network, error) {
	table, err := a.Table("network")
	if err != nil {
		return nil, err
	}
	r := reader{table: table}
	n := &lrrnn.Network{Neurons: table.Len()}
	n.M, n.Rank = r.required("m", Neuron, Latent)
	n.N, _ = r.required("n", Neuron, Latent)
	n.B, n.Inputs = r.optional("B", Neuron, Channel)
	n.Bias, _ = r.required("b", Neuron)
	if table.Has("phi") {
		if n.Phi, err = readPhi(table); err != nil {
			return nil, err
		}
	}
	if r.err == nil && len(n.N) != len(n.M) {
		r.err = fmt.Errorf("columns m and n of table network have different ranks")
	}
	if r.err == nil && n.Rank > lrrnn.MaxRank {
		r.err = fmt.Errorf("table network has rank %d; the most is %d", n.Rank, lrrnn.MaxRank)
	}
	if r.err == nil && n.Neurons == 0 {
		r.err = errors.New("table network has no neurons")
	}
	r.finite("m", n.M)
	r.finite("n", n.N)
	r.finite("B", n.B)
	r.finite("b", n.Bias)
	return n, r.err
}

// readPhi reads the nonlinearity, which is one for all neurons.
func readPhi(table *artifacts.Table) (lrrnn.Nonlinearity, error) {
	names, err := table.Strings("phi")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if name != names[0] {
			return "", fmt.Errorf("column phi of table network names %s and %s: all neurons must have one nonlinearity", names[0], name)
		}
	}
	phi, ok := lrrnn.ParseNonlinearity(names[0])
	if !ok {
		return "", fmt.Errorf("column phi of table network has %q, which is none of %v", names[0], lrrnn.Nonlinearities())
	}
	return phi, nil
}

// States returns the table states. Extra columns describe each step further.
func States(s *lrrnn.States, extra ...artifacts.Column) *artifacts.Table {
	columns := []artifacts.Column{artifacts.Floats("kappa", "", s.Kappa, artifacts.Dim{Name: Latent, Size: s.Rank})}
	if s.Inputs > 0 {
		columns = append(columns, artifacts.Floats("v", "", s.V, artifacts.Dim{Name: Channel, Size: s.Inputs}))
	}
	return artifacts.NewTable("states", artifacts.Dim{Name: Step, Size: s.Len()}, append(columns, extra...)...)
}

// ReadStates reads the table states.
func ReadStates(a *artifacts.Artifact) (*lrrnn.States, error) {
	table, err := a.Table("states")
	if err != nil {
		return nil, err
	}
	r := reader{table: table}
	s := &lrrnn.States{}
	s.Kappa, s.Rank = r.required("kappa", Step, Latent)
	s.V, s.Inputs = r.optional("v", Step, Channel)
	r.finite("kappa", s.Kappa)
	r.finite("v", s.V)
	return s, r.err
}

// reader reads columns of a table and keeps the first error.
type reader struct {
	table *artifacts.Table
	err   error
}

// required returns a column's values and the size of its last dimension.
func (r *reader) required(column string, dims ...string) ([]float64, int) {
	a, err := r.table.Array(column, dims...)
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return nil, 0
	}
	return a.Data, a.Dims[len(a.Dims)-1].Size
}

// finite refuses a column in which a value is NaN or infinite: of a network or of states
// nothing that is computed would mean anything.
func (r *reader) finite(column string, values []float64) {
	for i, v := range values {
		if r.err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
			r.err = fmt.Errorf("column %s of table %s is %g in row %d", column, r.table.Name, v, i/(len(values)/r.table.Len()))
		}
	}
}

// optional is required where the table has the column, and nil, 0 where not.
func (r *reader) optional(column string, dims ...string) ([]float64, int) {
	if !r.table.Has(column) {
		return nil, 0
	}
	return r.required(column, dims...)
}

func (r *reader) ints(column string) []int {
	v, err := r.table.Ints(column)
	if err != nil && r.err == nil {
		r.err = err
	}
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

func ints(v []int) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}

func flags(v []bool) []uint8 {
	out := make([]uint8, len(v))
	for i, x := range v {
		if x {
			out[i] = 1
		}
	}
	return out
}
