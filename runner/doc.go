// Package runner decides what must run and runs it: keys, plans with their
// reasons, parallel tasks, early cut-off, checks, and the record of a run.
//
//	Experiment --step--> cached | run | unknown until another task ends, and why
//	per task: 1 key text = kind and its code, attributes, digests of inputs and files
//	          2 a result under that key: done, nothing is decoded
//	          3 none: claim the key, check the inputs' bytes, run the method,
//	            encode, put artifact and result into the store together
//	          4 digest and metrics become known, so the keys of what follows do
//	end: checks, the run's record, a summary
//
// [Plan] and [Run] share the first step, so that a plan says what a run does.
// The runner knows no kind and no mathematics: methods come with the tasks, and
// see nothing but their [spec.Env].
package runner
