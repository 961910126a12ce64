package evaluatefit

import (
	"math"
	"testing"

	"reprise/artifacts"
	"reprise/stages/internal/tables"
)

// TestWildFitsEnd wants a score, or an error, of a fit whose rates run away on
// the test trials: no rate is too large to be drawn.
func TestWildFitsEnd(t *testing.T) {
	tr := planted(t)
	data, fit := fitted(t, tr)
	network, err := fit.Table("network")
	if err != nil {
		t.Fatal(err)
	}
	g, err := network.Floats("g")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []float64{1e300, math.Inf(1)} {
		for i := range g {
			g[i] = size
		}
		m := run(t, Kind.New(), map[string]*artifacts.Artifact{"trials": data, "fit": fit}).Metrics()
		if bits, ok := m["bits_per_spike"]; ok && bits > -10 {
			t.Errorf("g of %g scores %g: it did not run away", size, bits)
		}
	}
}

func TestTrialsMustBeNumbers(t *testing.T) {
	tr := planted(t)
	tr.Inputs[5] = math.NaN()
	if _, err := tables.ReadTrials(artifacts.New(tables.Trials(tr)...)); err == nil || err.Error() != "column inputs of table steps has NaN in row 2 (from 0); trials must be numbers throughout" {
		t.Errorf("%v", err)
	}
}
