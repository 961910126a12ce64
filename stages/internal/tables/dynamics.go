package tables

import (
	"fmt"
	"slices"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
)

// Dynamics returns the table dynamics: what a model has once, in one row.
func Dynamics(m *lrrnn.Model) *artifacts.Table {
	return artifacts.NewTable("dynamics", artifacts.Dim{Name: "model", Size: 1},
		artifacts.Floats("leak", "", []float64{m.Leak}),
		artifacts.Floats("input_leak", "", []float64{m.InputLeak}),
		artifacts.Strings("observation", []string{string(m.Observation)}),
	)
}

// ReadDynamics reads the table dynamics into m. spikes says what the model's
// trials have.
func ReadDynamics(a *artifacts.Artifact, m *lrrnn.Model, spikes bool) error {
	table, err := a.Table("dynamics")
	if err != nil {
		return err
	}
	r := reader{table: table}
	leak, _ := r.required("leak", "model")
	inputLeak, _ := r.required("input_leak", "model")
	if r.err != nil {
		return r.err
	}
	names, err := table.Strings("observation")
	if err != nil {
		return err
	}
	if len(names) != 1 || len(leak) != 1 || len(inputLeak) != 1 {
		return fmt.Errorf("table dynamics has %d rows, not one", len(names))
	}
	m.Leak, m.InputLeak, m.Observation = leak[0], inputLeak[0], lrrnn.Observation(names[0])
	if !slices.Contains(lrrnn.Observations(), m.Observation) {
		return fmt.Errorf("column observation of table dynamics has %q, which is none of %v", names[0], lrrnn.Observations())
	}
	if m.Observation.Spikes() != spikes {
		return fmt.Errorf("the fit observes %s, and the trials have %s", m.Observation, map[bool]string{true: "spikes", false: "activity"}[spikes])
	}
	return nil
}
