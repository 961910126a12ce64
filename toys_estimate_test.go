package main

import (
	"context"
	"math"
	"os"
	"strconv"

	"reprise/artifacts"
	"reprise/spec"
)

// estimate is a kind whose numerics a script can make worse: its code is the
// variable REPRISE_TEST_CODE_estimate, and so is the bias of what it gives.
type estimate struct {
	Of   float64 `hcl:"of" doc:"What to estimate."`
	Seed int     `hcl:"seed,optional" doc:"Of the error."`
}

func (e *estimate) Run(context.Context, *spec.Env) (*artifacts.Artifact, error) {
	trace("estimate %g with seed %d", e.Of, e.Seed)
	scatter := math.Sin(float64(7 * e.Seed)) // as good as chance
	return number(e.Of + scatter/10 + bias()), nil
}

// bias is what the line of numerics adds that a script edits.
func bias() float64 {
	b, err := strconv.ParseFloat(os.Getenv("REPRISE_TEST_CODE_estimate"), 64)
	if err != nil {
		return 0
	}
	return b
}

func estimateKind() *spec.Kind {
	return &spec.Kind{Name: "estimate", Doc: "Estimates a number.", New: func() spec.Method { return &estimate{} },
		Tables:  []spec.Gives{{Name: "number", Doc: "the number, one row"}},
		Metrics: []spec.Gives{{Name: "value", Doc: "the number"}},
		Code: func() []spec.Code {
			version := "estimate-" + os.Getenv("REPRISE_TEST_CODE_estimate")
			functions := func() map[string]string { return map[string]string{"bias": version, "Run": "1"} }
			return []spec.Code{{Package: "stages/estimate", Version: version, Functions: functions}}
		}}
}
