// Package heldout is the statistics of scores on trials that a fit has not
// seen: the ratio of what all of them gain to what there was to explain, and how
// sure it is.
package heldout

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Ratio is the sum of gains over the sum of totals, in units. It is not the mean
// of each trial's ratio, which would count a trial of few spikes as much as one
// of many. Not a number where the totals sum to 0.
func Ratio(gain, total []float64, unit float64) float64 {
	return floats.Sum(gain) / (floats.Sum(total) * unit)
}

// Block is how many neighbours StandardError should leave out together, of n
// trials, where nothing else is known: the cube root of n, the rate at which the
// error of such an estimate falls fastest (Künsch 1989, Annals of Statistics 17:1217).
func Block(n int) int { return max(1, int(math.Round(math.Cbrt(float64(n))))) }

// StandardError is the jackknife standard error of Ratio over B blocks of
// about so many neighbouring trials, in order,
//
//	√((B−1)/B · Σ_k (R₍ₖ₎ − R̄)²),  R₍ₖ₎ the ratio without block k and R̄ their mean
//
// (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 11; Cochran 1977,
// Sampling Techniques, chapter 6, of ratios). Blocks, because neighbours in a
// session are alike: left out one by one they would seem to tell more than they
// do. It is not ok where fewer than two blocks have a total above 0, for then
// some block cannot be left out.
func StandardError(gain, total []float64, unit float64, block int) (se float64, ok bool) {
	n := len(gain)
	blocks := min(n, max(2, int(math.Round(float64(n)/float64(block)))))
	sumGain, sumTotal := floats.Sum(gain), floats.Sum(total)
	some := 0
	without := make([]float64, blocks)
	for k := range blocks {
		from, to := k*n/blocks, (k+1)*n/blocks
		g, t := floats.Sum(gain[from:to]), floats.Sum(total[from:to])
		if t > 0 {
			some++
		}
		without[k] = (sumGain - g) / ((sumTotal - t) * unit)
	}
	if some < 2 {
		return 0, false
	}
	floats.AddConst(-floats.Sum(without)/float64(blocks), without)
	return math.Sqrt(float64(blocks-1) / float64(blocks) * floats.Dot(without, without)), true
}
