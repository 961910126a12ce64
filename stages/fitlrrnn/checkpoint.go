package fitlrrnn

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"

	"reprise/stages/internal/adam"
)

// saved is all that a descent needs to go on after an epoch with the same
// outcome: what is drawn in an epoch depends on the seed and the epoch alone.
type saved struct {
	Parameters, Kept []float64
	Adam             *adam.Adam
	Warm             [][]float64
	Begun            float64
	History          []epoch
	Best             int
}

// state is the descent after its last epoch.
func (d *descent) state() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(saved{d.par.flat, d.kept, d.adam, d.warm, d.begun, d.history, d.best})
	return b.Bytes(), err
}

// restore is the reverse of state, for a descent that is otherwise the same.
func (d *descent) restore(state []byte) error {
	var s saved
	if err := gob.NewDecoder(bytes.NewReader(state)).Decode(&s); err != nil {
		return fmt.Errorf("the fit cannot go on from its checkpoint: %w; run it with --rerun", err)
	}
	if n := len(d.par.flat); len(s.Parameters) != n || s.Adam == nil || len(s.Adam.Mean) != n || len(s.Adam.Square) != n || len(s.Warm) != len(d.warm) {
		return errors.New("the fit cannot go on from its checkpoint, which is of another fit; run it with --rerun")
	}
	copy(d.par.flat, s.Parameters)
	d.kept, d.adam, d.warm, d.begun, d.history, d.best = s.Kept, s.Adam, s.Warm, s.Begun, s.History, s.Best
	return nil
}
