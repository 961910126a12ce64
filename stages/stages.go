// Package stages registers the built-in kinds: one package each, whose kind.go
// has the attributes, the documentation and the step between tables and
// numbers, and whose other files are the numerics that are its own. What kinds
// share is under stages/internal.
//
// To add a kind, add its folder and one line to [Builtin].
package stages

import (
	"sync"

	"reprise/spec"
	"reprise/stages/analyzedynamics"
	"reprise/stages/compareconnectivity"
	"reprise/stages/evaluatefit"
	"reprise/stages/evaluateflow"
	"reprise/stages/exec"
	"reprise/stages/fitlrrnn"
	"reprise/stages/loadclicks"
	"reprise/stages/maxentflow"
	"reprise/stages/perturb"
	"reprise/stages/plot"
	"reprise/stages/poolsessions"
	"reprise/stages/samplenetwork"
	"reprise/stages/selectrank"
	"reprise/stages/simulateclicks"
	"reprise/stages/simulatenetwork"
	"reprise/stages/subspace"
)

// Builtin returns all built-in kinds.
func Builtin() spec.Kinds {
	f := newFingerprints(source)
	return spec.NewKinds(
		f.kind("analyzedynamics", analyzedynamics.Kind),
		f.kind("compareconnectivity", compareconnectivity.Kind),
		f.kind("evaluatefit", evaluatefit.Kind),
		f.kind("evaluateflow", evaluateflow.Kind),
		f.kind("exec", exec.Kind),
		f.kind("fitlrrnn", fitlrrnn.Kind),
		f.kind("loadclicks", loadclicks.Kind),
		f.kind("maxentflow", maxentflow.Kind),
		f.kind("perturb", perturb.Kind),
		f.kind("plot", plot.Kind),
		f.kind("poolsessions", poolsessions.Kind),
		f.kind("samplenetwork", samplenetwork.Kind),
		f.kind("selectrank", selectrank.Kind),
		f.kind("simulateclicks", simulateclicks.Kind),
		f.kind("simulatenetwork", simulatenetwork.Kind),
		f.kind("subspace", subspace.Kind),
	)
}

// kind returns the kind with the fingerprint of the folder that it is in.
func (f *fingerprints) kind(folder string, k spec.Kind) *spec.Kind {
	k.Code = sync.OnceValue(func() []spec.Code { // each key asks for it
		code, err := f.of(folder)
		if err != nil {
			panic("stages: " + err.Error()) // a folder named wrong above
		}
		return code
	})
	return &k
}
