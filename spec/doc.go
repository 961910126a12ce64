// Package spec is the language: it reads an experiment's HCL files and
// variables and gives an [Experiment], or [Diagnostics] that say everything
// that is wrong, each at its place.
//
// These are the words, here and everywhere in reprise:
//
//	experiment  one HCL file, or a folder of them read as one
//	stage       a block in it: a kind, a name, attributes
//	kind        what a stage does; it declares its attributes and what it gives
//	task        one stage, or one instance of a stage with for_each, ready to run
//	key         a task's content address
//	artifact    the one output of a task: tables, metrics, files
//	result      what a key maps to
//	store       the file that holds results and artifacts
//
// Reading goes in phases: syntax (parse.go), declarations (declare.go),
// references (refer.go, order.go), values in order of their dependencies
// (evaluate.go, instance.go, module.go), attributes (decode.go, inputs.go). What
// a phase finds faulty is marked and has an unknown value from then on, so that
// later phases report every other fault once and none twice.
//
// A metric that only a run can tell is an unknown value: an attribute that
// depends on it keeps its task unresolved until [Task.Resolve] is told the metric.
//
// A module is a folder that a module block reads as if it were an experiment of
// its own: a parser for each instance, run when the block's node has its value,
// whose variables have the values of the block's attributes and whose outputs
// are the node's value (module.go). Tasks and checks of it join those of the
// experiment. Metrics cross in both directions: an evaluator asks the one of where
// the block stands for its arguments, and the one of the module for its outputs.
//
// HCL's JSON syntax is turned into the tree of HCL's own (json.go, jsonbody.go), so
// that no later phase knows of it. Strings are templates, read at their places.
//
// Only this package knows HCL. It knows no kind by name: kinds come in as [Kinds].
package spec
