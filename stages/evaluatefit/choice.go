package evaluatefit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/trials"
)

const (
	ridge       = 1e-2 // penalty on the weights, per trial
	newtonSteps = 30
)

// choiceAccuracy is the share of test trials whose choice is told from the
// latents at the last step; not ok without choices of both kinds to learn from.
func choiceAccuracy(t *trials.Trials, states *lrrnn.States, training, test []int) (accuracy float64, ok bool) {
	if t.Choice == nil {
		return 0, false
	}
	last := func(k int) []float64 {
		kappa, _ := states.At(t.First[k] + t.Steps[k] - 1)
		return kappa
	}
	var x [][]float64
	var right []bool
	rights := 0
	for _, k := range training {
		x = append(x, last(k))
		right = append(right, t.Choice[k] == 1)
		rights += min(max(t.Choice[k], 0), 1)
	}
	if rights == 0 || rights == len(training) {
		return 0, false
	}
	decide, ok := logistic(x, right)
	if !ok {
		return 0, false
	}
	hits := 0
	for _, k := range test {
		if (decide(last(k)) > 0) == (t.Choice[k] == 1) {
			hits++
		}
	}
	return float64(hits) / float64(len(test)), true
}

// logistic fits a logistic regression of y on x (trials x features, which it
// standardises) with a ridge penalty, by Newton's method, and returns the
// log-odds as a function of x; not ok where the system is singular.
func logistic(x [][]float64, y []bool) (logOdds func(x []float64) float64, ok bool) {
	d := len(x[0])
	mean, spread := make([]float64, d), make([]float64, d)
	for c := range d {
		column := make([]float64, len(x))
		for i := range x {
			column[i] = x[i][c]
		}
		mean[c], spread[c] = stat.PopMeanStdDev(column, nil)
		spread[c] += 1e-9
	}
	z := make([]float64, d+1)
	standard := func(x []float64) []float64 {
		for c := range d {
			z[c] = (x[c] - mean[c]) / spread[c]
		}
		z[d] = 1
		return z
	}
	w := make([]float64, d+1)
	penalty := ridge * float64(len(x))
	for range newtonSteps {
		hessian := mat.NewSymDense(d+1, nil)
		slope := mat.NewVecDense(d+1, nil)
		for c := range d {
			hessian.SetSym(c, c, penalty)
			slope.SetVec(c, -penalty*w[c])
		}
		for i := range x {
			row := mat.NewVecDense(d+1, standard(x[i]))
			p := 1 / (1 + math.Exp(-floats.Dot(w, row.RawVector().Data)))
			hessian.SymRankOne(hessian, p*(1-p)+1e-6, row)
			target := 0.0
			if y[i] {
				target = 1
			}
			slope.AddScaledVec(slope, target-p, row)
		}
		var c mat.Cholesky
		if !c.Factorize(hessian) {
			return nil, false
		}
		var step mat.VecDense
		if c.SolveVecTo(&step, slope) != nil {
			return nil, false
		}
		floats.Add(w, step.RawVector().Data)
	}
	return func(x []float64) float64 { return floats.Dot(w, standard(x)) }, true
}
