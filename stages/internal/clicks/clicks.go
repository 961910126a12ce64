// Package clicks is what recorded and simulated sessions of the clicks task
// share: bins, and the control of shuffled clicks.
//
// A rat hears clicks from the left and from the right until it turns to the
// side that had more. Each trial begins with a stereo click, one click on both
// sides at time 0; times are seconds after it. Inputs have two channels, the
// numbers of left and of right clicks in each bin, the stereo click included.
package clicks

import (
	"math"

	"reprise/stages/internal/rng"
	"reprise/stages/internal/trials"
)

// The channels of the inputs.
const (
	Left     = 0
	Right    = 1
	Channels = 2
)

// BinWidth is the width of a bin, seconds.
const BinWidth = 0.01

// Bin returns the bin, from 0, of a click at t seconds after the stereo click.
// Recorded times that lie on a bin's edge are a rounding error off; they belong
// to the bin that begins there.
func Bin(t float64) int { return int(math.Floor(t/BinWidth + 1e-6)) }

// Count adds clicks at the given times to one channel of a trial's inputs, step
// x channel, and drops those behind its last bin.
func Count(inputs []float64, times []float64, channel int) {
	end := BinWidth * float64(len(inputs)/Channels)
	for _, t := range times {
		if t > end { // so that any time is safe to convert
			continue
		}
		if i := Bin(t)*Channels + channel; i < len(inputs) {
			inputs[i]++
		}
	}
}

// Shuffle gives each trial the clicks of another one, drawn by a random
// permutation of all trials, cut to its own length; behind the donor's end
// there are none. Rates and lengths of clicks stay as they were, but they say
// nothing of the trial: a control.
func Shuffle(t *trials.Trials, seed int) {
	donor := rng.New(seed, "shuffle clicks").Perm(t.Len())
	shuffled := make([]float64, len(t.Inputs))
	for k, d := range donor {
		steps := min(t.Steps[k], t.Steps[d])
		copy(shuffled[t.First[k]*t.Channels:], t.Inputs[t.First[d]*t.Channels:(t.First[d]+steps)*t.Channels])
	}
	t.Inputs = shuffled
}

// Spikes is the number of spikes of all trials and neurons.
func Spikes(t *trials.Trials) int {
	n := 0
	for _, c := range t.Counts {
		n += int(c)
	}
	return n
}
