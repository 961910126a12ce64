package simulatenetwork

import (
	"errors"

	"reprise/spec"
)

// law is the system with the parameters that are given in place of its presets.
func (s *Simulate) law() law {
	l := law{systems[s.System], systems[s.System].preset}
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
		within("gain", s.Gain, 1e-3, 1e3), within("rotation", s.Rotation, -1e3, 1e3), within("scale", s.Scale, 1e-3, 1e3),
		within("threshold", s.Threshold, 0, 1e3), within("spread", s.Spread, 0, 1e3), within("tail_index", s.TailIndex, 0.2, 1e3),
		spec.Require(s.Rotation == nil || s.System == limitCycle, "rotation is of the system %s, not of %q", limitCycle, s.System),
		spec.Require(s.TailIndex == nil || s.System == heavyTail, "tail_index is of the system %s, not of %q", heavyTail, s.System),
	)
}

// value is what a pointer points to, 0 where it is nil.
func value(given *float64) float64 {
	if given == nil {
		return 0
	}
	return *given
}
