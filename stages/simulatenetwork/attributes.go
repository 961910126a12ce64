package simulatenetwork

import (
	"errors"

	"reprise/spec"
)

// law is the system with the parameters that are given in place of its presets.
func (s *Simulate) law() law {
	l := law{systems[s.System], systems[s.System].preset}
	if s.Rank != nil {
		l.gain *= float64(*s.Rank) / float64(l.rank) // so that each latent has as much as it had
		l.rank = *s.Rank
	}
	l.inputs, l.inputScale, l.inputGain = s.Inputs, s.InputScale, s.InputGain
	for _, c := range []struct {
		to    *float64
		given *float64
	}{{&l.gain, s.Gain}, {&l.rotation, s.Rotation}, {&l.scale, s.Scale}, {&l.threshold, s.Threshold}, {&l.spread, s.Spread}, {&l.tail, s.TailIndex}} {
		if c.given != nil {
			*c.to = *c.given
		}
	}
	return l
}

// checkParameters refuses those that the system has no use for, or no law with.
func (s *Simulate) checkParameters() error {
	within := func(name string, given *float64, least, most float64) error {
		return spec.Require(given == nil || *given >= least && *given <= most, "%s is from %g to %g, not %g", name, least, most, value(given))
	}
	return errors.Join(
		spec.Require(s.Rank == nil || *s.Rank >= 1 && *s.Rank <= 8, "rank is a whole number from 1 to 8, not %d", rank(s.Rank)),
		spec.Require(s.Rank == nil || s.System == fourAttractors, "rank is of the system %s, not of %q, whose number of latents is its own", fourAttractors, s.System),
		spec.Require(s.Inputs >= 0 && (s.Inputs == 0 || s.Inputs <= s.law().rank), "inputs is a whole number from 0 to the number of latents, %d, not %d", s.law().rank, s.Inputs),
		within("input_scale", &s.InputScale, 1e-3, 1e3), within("input_gain", &s.InputGain, -1e3, 1e3),
		within("gain", s.Gain, 1e-3, 1e3), within("rotation", s.Rotation, -1e3, 1e3), within("scale", s.Scale, 1e-3, 1e3),
		within("threshold", s.Threshold, 0, 1e3), within("spread", s.Spread, 0, 1e3), within("tail_index", s.TailIndex, 0.2, 1e3),
		spec.Require(s.Rotation == nil || s.System == limitCycle, "rotation is of the system %s, not of %q", limitCycle, s.System),
		spec.Require(s.TailIndex == nil || s.System == heavyTail, "tail_index is of the system %s, not of %q", heavyTail, s.System),
	)
}

// rank is what a pointer points to, 0 where it is nil.
func rank(given *int) int {
	if given == nil {
		return 0
	}
	return *given
}

// value is what a pointer points to, 0 where it is nil.
func value(given *float64) float64 {
	if given == nil {
		return 0
	}
	return *given
}
