package poolsessions

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/trials"
)

// group is n values summed up.
type group struct {
	n        int
	mean, sd float64 // sd is NaN for one value
}

func newGroup(values []float64) group {
	mean, sd := stat.MeanStdDev(values, nil)
	if len(values) < 2 {
		sd = math.NaN()
	}
	return group{len(values), mean, sd}
}

// standardError is that of the mean.
func (g group) standardError() float64 { return g.sd / math.Sqrt(float64(g.n)) }

// interval is the 95 % interval of the mean by Student's t with n−1 degrees of
// freedom; NaN for one value.
func (g group) interval() (low, high float64) {
	if g.n < 2 {
		return math.NaN(), math.NaN()
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(g.n - 1)}.Quantile(0.975)
	return g.mean - t*g.standardError(), g.mean + t*g.standardError()
}

// sums returns the gains and totals of a session's test trials, each trial
// once: the mean over the fits that tested it.
func sums(fits []*trials.Score) (gain, total float64) {
	type trial struct{ gain, total, fits float64 }
	at := map[int]trial{}
	for _, f := range fits {
		for k, p := range f.Position {
			t := at[p]
			at[p] = trial{t.gain + f.Gain[k], t.total + f.Total[k], t.fits + 1}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(at)) { // in order, so that sums are the same each time
		gain += at[p].gain / at[p].fits
		total += at[p].total / at[p].fits
	}
	return gain, total
}

// sessionTable has a row a session and metric.
func sessionTable(sessions []spec.NamedInput, names []string, each []group) *artifacts.Table {
	var session, metric []string
	for _, s := range sessions {
		for _, name := range names {
			session, metric = append(session, s.Name), append(metric, name)
		}
	}
	rows := []artifacts.Dim{{Name: "session", Size: len(sessions)}, {Name: "metric", Size: len(names)}}
	return artifacts.NewGrid("sessions", rows, artifacts.Strings("session", session), artifacts.Strings("metric", metric),
		artifacts.Ints("fits", "", counts(each)), floats("mean", each, func(g group) float64 { return g.mean }), floats("sd", each, func(g group) float64 { return g.sd }))
}

// pooledTable has a row a metric.
func pooledTable(names []string, over []group) *artifacts.Table {
	return artifacts.NewTable("pooled", artifacts.Dim{Name: "metric", Size: len(names)},
		artifacts.Strings("metric", names),
		artifacts.Ints("sessions", "", counts(over)),
		floats("mean", over, func(g group) float64 { return g.mean }),
		floats("sd", over, func(g group) float64 { return g.sd }),
		floats("standard_error", over, group.standardError),
		floats("low", over, func(g group) float64 { low, _ := g.interval(); return low }),
		floats("high", over, func(g group) float64 { _, high := g.interval(); return high }))
}

func counts(of []group) []int64 {
	out := make([]int64, len(of))
	for i, g := range of {
		out[i] = int64(g.n)
	}
	return out
}

func floats(name string, of []group, what func(group) float64) artifacts.Column {
	out := make([]float64, len(of))
	for i, g := range of {
		if out[i] = what(g); math.IsNaN(out[i]) {
			out[i] = math.NaN() // whose bits are always the same
		}
	}
	return artifacts.Floats(name, "", out)
}
