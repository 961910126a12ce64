package poolsessions

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/rng"
	"reprise/stages/internal/tables"
	"reprise/stages/internal/trials"
)

// metrics is an artifact of metrics alone.
func metrics(m map[string]float64) *artifacts.Artifact {
	a := artifacts.New()
	for name, value := range m {
		a.SetMetric(name, value)
	}
	return a
}

// score is an artifact as evaluate_fit gives it.
func score(bits float64, s *trials.Score) *artifacts.Artifact {
	a := artifacts.New(tables.Score(s)...)
	a.SetMetric(s.Name(), bits)
	return a
}

func session(name string, fits ...*artifacts.Artifact) spec.NamedInput {
	return spec.NamedInput{Name: name, List: len(fits) != 1, Artifacts: fits}
}

func attempt(t *testing.T, p *Pool, sessions ...spec.NamedInput) (*artifacts.Artifact, error) {
	t.Helper()
	a, err := p.Run(t.Context(), spec.NewEnv(spec.EnvConfig{Named: map[string][]spec.NamedInput{"sessions": sessions}}))
	if err == nil {
		_, _, err = a.Encode()
	}
	return a, err
}

func pool(t *testing.T, p *Pool, sessions ...spec.NamedInput) *artifacts.Artifact {
	t.Helper()
	a, err := attempt(t, p, sessions...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

// TestByHand wants each session to count once, however many fits it has.
func TestByHand(t *testing.T) {
	x := func(v float64) *artifacts.Artifact { return metrics(map[string]float64{"x": v, "same": 5}) }
	a := pool(t, &Pool{}, session("a", x(0), x(2)), session("b", x(2)), session("c", x(2), x(3), x(4), x(3)))
	m := a.Metrics()
	near(t, "sessions", m["sessions"], 3)
	near(t, "mean of 1, 2, 3", m["x"], 2)
	near(t, "its standard error", m["x_sem"], 1/math.Sqrt(3))
	const t975 = 4.302652729911 // Student's t, 2 degrees of freedom, tables
	near(t, "lower end", m["x_low"], 2-t975/math.Sqrt(3))
	near(t, "upper end", m["x_high"], 2+t975/math.Sqrt(3))
	near(t, "standard error of the same", m["same_sem"], 0)
	table, err := a.Table("sessions")
	if err != nil {
		t.Fatal(err)
	}
	fits, _ := table.Ints("fits")
	sd, _ := table.Floats("sd")
	name, _ := table.Strings("metric")
	if !slices.Equal(fits, []int64{2, 2, 1, 1, 4, 4}) || name[1] != "x" || math.Abs(sd[1]-math.Sqrt2) > 1e-12 || !math.IsNaN(sd[3]) {
		t.Errorf("fits %v, metrics %v, sd %v", fits, name, sd)
	}
}

// TestCoverage wants the interval to hold the truth 95 times of 100, of four sessions.
func TestCoverage(t *testing.T) {
	r := rng.New(1, "sessions")
	const times = 4000
	var held []float64
	for range times {
		values := make([]float64, 4)
		for i := range values {
			values[i] = 7 + r.NormFloat64()
		}
		low, high := newGroup(values).interval()
		in := 0.0
		if low < 7 && 7 < high {
			in = 1
		}
		held = append(held, in)
	}
	if share := stat.Mean(held, nil); math.Abs(share-0.95) > 0.012 {
		t.Errorf("%v of the intervals hold the truth", share)
	}
}

// TestWeighed wants a session to count by its spikes, and a trial once,
// however many fits tested it.
func TestWeighed(t *testing.T) {
	of := func(position int, gain, spikes float64) *trials.Score {
		return &trials.Score{Rank: 1, Spikes: true, Position: []int{position}, Gain: []float64{gain * math.Ln2}, Total: []float64{spikes}}
	}
	sessions := []spec.NamedInput{
		session("a", score(1, of(0, 1, 10)), score(1, of(0, 3, 10)), score(1, of(1, 2, 10))), // 2 + 2 bits of 20 spikes
		session("b", score(2, of(0, 8, 80))),
	}
	m := pool(t, &Pool{}, sessions...).Metrics()
	near(t, "pooled_bits_per_spike", m["pooled_bits_per_spike"], 12./100)
	near(t, "bits_per_spike", m["bits_per_spike"], 1.5)

	activity := &trials.Score{Rank: 1, Position: []int{0, 1}, Gain: []float64{3, 1}, Total: []float64{4, 4}}
	near(t, "pooled_r_squared", pool(t, &Pool{}, session("a", score(0.5, activity))).Metrics()["pooled_r_squared"], 0.5)
	for name, other := range map[string]*artifacts.Artifact{"activity": score(1, activity), "no trials": metrics(map[string]float64{"x": 1})} {
		other.SetMetric("bits_per_spike", 1)
		if _, ok := pool(t, &Pool{}, append(sessions[:1:1], session("c", other))...).Metrics()["pooled_bits_per_spike"]; ok {
			t.Errorf("spikes are pooled with %s", name)
		}
	}
}

// TestOneSession wants a mean and nothing that one session cannot tell.
func TestOneSession(t *testing.T) {
	m := pool(t, &Pool{}, session("a", metrics(map[string]float64{"x": 3}))).Metrics()
	if len(m) != 2 || m["x"] != 3 || m["sessions"] != 1 {
		t.Errorf("%v", m)
	}
}

// TestMetrics wants those that all have, or those that were named.
func TestMetrics(t *testing.T) {
	sessions := []spec.NamedInput{session("a", metrics(map[string]float64{"x": 1, "y": 2, "x_sem": 3})), session("b", metrics(map[string]float64{"x": 1, "y": 2}))}
	m := pool(t, &Pool{}, sessions...).Metrics()
	if m["x"] != 1 || m["y"] != 2 || m["x_sem"] != 0 || len(m) != 9 {
		t.Errorf("of all: %v", m)
	}
	p := &Pool{Metrics: &[]string{"y"}}
	m = pool(t, p, sessions...).Metrics()
	if m["y"] != 2 || len(m) != 5 {
		t.Errorf("of y: %v", m)
	}
	gives := p.Gives()
	for name := range m {
		if !slices.ContainsFunc(gives.Metrics, func(g spec.Gives) bool { return g.Name == name }) {
			t.Errorf("%s comes out unannounced", name)
		}
	}
	if gives.AnyMetric || !(&Pool{}).Gives().AnyMetric {
		t.Error("metrics do not decide what is given")
	}
}

// TestRefusals wants errors that name what is wrong.
func TestRefusals(t *testing.T) {
	x := metrics(map[string]float64{"x": 1})
	clash := metrics(map[string]float64{"x": 1, "x_sem": 1})
	for name, c := range map[string]struct {
		pool     Pool
		sessions []spec.NamedInput
		want     string
	}{
		"no session":     {Pool{}, nil, "empty map"},
		"a dataset":      {Pool{}, []spec.NamedInput{{Name: "d", Path: "x"}}, "session d is a dataset"},
		"none in common": {Pool{}, []spec.NamedInput{session("a", x), session("b", metrics(nil))}, "no metric that all 2 stages have"},
		"one lacks it":   {Pool{Metrics: &[]string{"y"}}, []spec.NamedInput{session("a", x)}, "stage 0 of session a gives no metric y; it gives x"},
		"same names":     {Pool{}, []spec.NamedInput{session("a", clash), session("b", clash)}, "two metrics would be called x_sem"},
	} {
		if _, err := attempt(t, &c.pool, c.sessions...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	for _, names := range [][]string{{}, {"x", "x"}, {"x", "x_low"}, {"sessions"}} {
		if (&Pool{Metrics: &names}).Check() == nil {
			t.Errorf("metrics %q are not refused", names)
		}
	}
}
