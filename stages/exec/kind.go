// Package exec is the kind exec: any program is a stage. It lays out files and
// inputs in a folder of the task's own, runs the command there with a clean
// environment, and reads what it was told to write. It is the one kind that
// sees files, environment and clock, because programs do.
package exec

import (
	"context"
	"path"

	"reprise/artifacts"
	"reprise/spec"
)

// Kind declares exec.
var Kind = spec.Kind{
	Name: "exec",
	Doc: `Runs any program: it reads files, and writes tables, metrics and files.

The program works in a fresh folder that has the files that files names, at the same relative paths, and writes there what
outputs names. A folder of an output is there before it is asked for. What else the program writes is named in the log and lost.

Each input has a folder of its own, ../inputs/<name>, whose absolute path is in REPRISE_INPUT_<name>: a file <table>.arrow (or .parquet, …: see format) for each of its tables,
metrics.json, and its files in the folder files. A list of stages has folders 0, 1, … with the same in each. Of a dataset,
REPRISE_INPUT_<name> is the path of the file. Where a name has other signs than letters, digits and _, the variable has _.

The environment has nothing but PATH as it is for reprise, HOME and TMPDIR (empty folders), LANG=C.UTF-8, REPRISE_THREADS
(how many threads to use), the inputs, and what env names.

An output's path tells what it is. A file that ends in .arrow, .parquet, .csv or .npz is a table of the output's name. The
output that is called metrics is a JSON object of numbers; an object within it is joined with _, so that
{"test": {"loss": 1}} gives the metric test_loss. Anything else is kept as a file, under
the last part of its path, so that programs that look for reads.bam.bai beside reads.bam find it.
A table has at most 1 GiB, all of them together 2 GiB; files are as large as the disk lets them be.

What the program writes to standard output and standard error is the task's log. A line
reprise-progress {"done": 3, "total": 10, "loss": 0.2} of its standard output is shown as progress instead.

reprise takes the program to give the same for the same key: the attributes, the contents of files and inputs, and what
tools say. The program's own version is not in the key unless tools asks for it. For programs that depend on anything else, such as the
day, there is cache = false.`,
	New: func() spec.Method { return &Exec{Format: "arrow"} },
}

// Exec holds the attributes of exec.
type Exec struct {
	Command []string            `hcl:"command" doc:"The program and its arguments. No shell reads them; for one, write [\"sh\", \"-c\", \"…\"]. A program with a slash, as in ./run.sh, is one of files."`
	Files   spec.Files          `hcl:"files,optional" doc:"Files of the experiment's folder that the program needs, code or data, by name or pattern: *, ?, [a-z], and ** for any folders. The program gets copies."`
	Inputs  spec.RefMap         `hcl:"inputs,optional" doc:"Stages, lists of stages and datasets that the program reads, by name."`
	Outputs map[string]string   `hcl:"outputs,optional,known" doc:"What the program writes: names, and paths in its folder. A name has letters, digits, _ and -."`
	Env     map[string]string   `hcl:"env,optional,secret" doc:"Environment variables of the program. Keys and reasons have digests of their values, not these."`
	Tools   [][]string          `hcl:"tools,optional" doc:"Commands whose output enters the key, such as [\"python3\", \"--version\"]: whatever plans runs each of them once, in an empty folder, with PATH and LANG alone."`
	Format  string              `hcl:"format,optional" doc:"How tables of inputs are laid out: arrow, parquet, csv or npz."`
	Tables  map[string][]string `hcl:"tables,optional,known" doc:"Columns that tables must have, by table. The task fails where one is missing. With names in brackets, as in activity[neuron], the dimensions within a row get these names; where the table has activity_0, activity_1, … instead, they become that column."`
	Rows    map[string]string   `hcl:"rows,optional,known" doc:"What a row of a table is, by table, as in { steps = \"step\" }: the name of that dimension, where the table's file has none."`
	Metrics *[]string           `hcl:"metrics,optional,known" doc:"The metrics that the program gives. The task fails where one is missing, others are not kept, and a reference to another is an error before anything runs. Not given: any."`
}

// Gives tells what the outputs are.
func (e *Exec) Gives() spec.Outputs {
	var o spec.Outputs
	for _, out := range e.outputs() {
		switch {
		case out.isMetrics():
			o.AnyMetric = e.Metrics == nil
			for _, name := range e.promised() {
				o.Metrics = append(o.Metrics, spec.Gives{Name: name, Doc: "from " + out.path})
			}
		case out.format() != "":
			o.Tables = append(o.Tables, spec.Gives{Name: out.name, Doc: "from " + out.path})
		default:
			o.Files = append(o.Files, spec.Gives{Name: out.file(), Doc: "from " + out.path})
		}
	}
	return o
}

func (e *Exec) promised() []string {
	if e.Metrics == nil {
		return nil
	}
	return *e.Metrics
}

// output is one element of outputs.
type output struct{ name, path string }

// isMetrics tells whether the output is the metrics.
func (o output) isMetrics() bool { return o.name == "metrics" }

// format is that of a table's file, "" where the output is no table.
func (o output) format() string { return artifacts.FormatOf(o.path) }

// file is the name that the output has as a file of the artifact: the one that
// the program gave it, for some programs look for names.
func (o output) file() string { return path.Base(o.path) }

// Run runs the program and takes in its outputs.
func (e *Exec) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	f, err := e.layOut(ctx, env)
	if err != nil {
		return nil, err
	}
	if err := f.run(ctx, e.Command, env); err != nil {
		return nil, err
	}
	written := f.written()
	e.nameUndeclared(written, env)
	return e.collect(ctx, f, written, env)
}
