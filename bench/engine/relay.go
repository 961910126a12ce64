package main

import (
	"context"

	"reprise/artifacts"
	"reprise/internal/cli"
	"reprise/spec"
	"reprise/stages"
)

// asReprise in the environment makes this program reprise with three kinds more:
// the built-in ones all compute something, and here only the engine counts.
const asReprise = "REPRISE_BENCH_ENGINE"

func reprise() int {
	kinds := []*spec.Kind{&headKind, &relayKind, &weighKind}
	builtin := stages.Builtin()
	for _, name := range builtin.Names() {
		kinds = append(kinds, builtin.Get(name))
	}
	return cli.Main(spec.NewKinds(kinds...), "bench")
}

// code stands for that of the kinds here.
func code() []spec.Code { return []spec.Code{{Package: "bench/engine", Version: "1"}} }

var gives = []spec.Gives{{Name: "word", Doc: "its bytes"}}

var headKind = spec.Kind{Name: "head", Doc: "Reads a word.", New: func() spec.Method { return &head{} }, Code: code, Tables: gives}

// head is the beginning of a chain.
type head struct {
	File spec.File `hcl:"file" doc:"where the word is"`
}

func (h *head) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	text, err := env.ReadFile("file", 1<<20)
	if err != nil {
		return nil, err
	}
	var word []float64
	for _, b := range text {
		word = append(word, float64(b))
	}
	return said(word), nil
}

var relayKind = spec.Kind{Name: "relay", Doc: "Passes on words.", New: func() spec.Method { return &relay{} }, Code: code, Tables: gives}

// relay is as little work as a task can be.
type relay struct {
	From spec.Refs `hcl:"from,optional" needs:"word" doc:"whose words to pass on"`
	Own  int       `hcl:"own,optional" doc:"a number to put behind them"`
}

func (r *relay) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	var word []float64
	for _, in := range env.Inputs("from") {
		t, err := in.Table("word")
		if err != nil {
			return nil, err
		}
		more, err := t.Floats("byte")
		if err != nil {
			return nil, err
		}
		word = append(word, more...)
	}
	return said(append(word, float64(r.Own))), nil
}

func said(word []float64) *artifacts.Artifact {
	return artifacts.New(artifacts.NewTable("word", artifacts.Dim{Name: "place", Size: len(word)}, artifacts.Floats("byte", "", word)))
}
