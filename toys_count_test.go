package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// count counts and keeps its state at each number. It takes the time of
// REPRISE_TEST_PACE for each, so that a script can stop it, and none in another.
type count struct {
	To int `hcl:"to" doc:"The last number."`
}

func (c *count) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	var at struct {
		Counted int
		X       float64
	}
	if b := env.Restore(); b != nil {
		if err := json.Unmarshal(b, &at); err != nil {
			return nil, err
		}
	}
	trace("count from %d", at.Counted)
	pace, _ := time.ParseDuration(os.Getenv("REPRISE_TEST_PACE"))
	for at.Counted < c.To {
		select {
		case <-time.After(pace):
		case <-ctx.Done():
		}
		at.Counted++
		at.X = math.Sin(3*at.X + float64(at.Counted))
		env.Checkpoint(func() ([]byte, error) { return json.Marshal(at) })
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return number(at.X), nil
}
