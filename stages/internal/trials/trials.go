// Package trials holds recorded or simulated trials in memory: what the
// loaders make, and what fits and evaluations read.
//
// Trials of different length lie packed one behind the other, without padding:
// trial k has the steps First[k] to First[k]+Steps[k] of every array over steps.
package trials

// Trials is K trials of N neurons. Arrays over steps are row-major, step by
// neuron or step by channel; optional fields are nil where there is nothing.
type Trials struct {
	First []int  // first step of each trial
	Steps []int  // number of steps of each trial, at least 1
	Test  []bool // held out: not to be fitted

	Neurons int
	// Exactly one of the two observations is set.
	Counts   []uint8   // spike counts, step x neuron
	Activity []float64 // continuous activity, step x neuron

	Channels int       // number of input channels, 0 where there is no input
	Inputs   []float64 // what each channel received in each step, step x channel

	Start        []float64 // when each trial began, seconds on the session's clock
	Baseline     []float64 // slow firing rate around each trial, Hz, trial x neuron
	Choice       []int     // 1 right, 0 left
	Gamma        []float64 // log ratio of right and left click rate; > 0 means right
	Latents      int       // size of a given initial state, 0 where none is given
	InitialState []float64 // given initial state, trial x latent
}

// Len is the number of trials.
func (t *Trials) Len() int { return len(t.Steps) }

// TotalSteps is the number of steps of all trials together.
func (t *Trials) TotalSteps() int {
	n := 0
	for _, s := range t.Steps {
		n += s
	}
	return n
}

// Split returns the training and the test trials, in order.
func (t *Trials) Split() (training, test []int) {
	for k, held := range t.Test {
		if held {
			test = append(test, k)
		} else {
			training = append(training, k)
		}
	}
	return training, test
}
