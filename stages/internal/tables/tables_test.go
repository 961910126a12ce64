package tables

import (
	"math"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
)

// TestNothingOfNothing holds that networks and states in which a value is no number,
// and networks without neurons, are refused where they are read.
func TestNothingOfNothing(t *testing.T) {
	network := func(change func(n *lrrnn.Network)) error {
		n := lrrnn.New(3, 2, 1)
		change(n)
		_, err := ReadNetwork(artifacts.New(Network(n)))
		return err
	}
	for want, err := range map[string]error{
		"": network(func(*lrrnn.Network) {}),
		"column m of table network is NaN in row 1":  network(func(n *lrrnn.Network) { n.M[2] = math.NaN() }),
		"column n of table network is -Inf in row 2": network(func(n *lrrnn.Network) { n.N[5] = math.Inf(-1) }),
		"column B of table network is NaN in row 0":  network(func(n *lrrnn.Network) { n.B[0] = math.NaN() }),
		"column b of table network is +Inf in row 2": network(func(n *lrrnn.Network) { n.Bias[2] = math.Inf(1) }),
		"has no neurons": network(func(n *lrrnn.Network) { *n = *lrrnn.New(0, 2, 1) }),
	} {
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, not %q", err, want)
		}
	}
	_, err := ReadStates(artifacts.New(States(&lrrnn.States{Rank: 1, Kappa: []float64{0, math.NaN()}})))
	if err == nil || !strings.Contains(err.Error(), "column kappa of table states is NaN in row 1") {
		t.Error(err)
	}
}
