package exec

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"reprise/artifacts"
	"reprise/spec"
)

var (
	outputName   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`) })
	variableName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) })
	columnCell   = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([^\[\]]+)\[([A-Za-z_][A-Za-z0-9_]*(?:, ?[A-Za-z_][A-Za-z0-9_]*)*)\]$`)
	})
)

// declaredColumn takes apart the declaration of a column: m[neuron, latent].
func declaredColumn(text string) (name string, dims []string) {
	parts := columnCell().FindStringSubmatch(text)
	if parts == nil {
		return text, nil
	}
	return parts[1], strings.Split(strings.ReplaceAll(parts[2], " ", ""), ",")
}

// Check refuses what could not run.
func (e *Exec) Check() error {
	faults := []error{
		spec.Require(len(e.Command) > 0 && e.Command[0] != "", "command is a list with a program and its arguments, and it is empty"),
		spec.Require(artifacts.FormatOf("table."+e.Format) == e.Format && e.Format != "", "format is arrow, parquet, csv or npz, not %q", e.Format),
	}
	for i, tool := range e.Tools {
		if len(tool) == 0 || tool[0] == "" {
			faults = append(faults, spec.Require(false, "tools[%d] is a list with a program and its arguments, and it is empty", i))
			continue
		}
		faults = append(faults, spec.Require(filepath.IsAbs(tool[0]) || !strings.Contains(tool[0], "/"),
			"tools has %s, and a tool runs in an empty folder, where no file of the experiment is: name a program in PATH, or its absolute path", tool[0]))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Env)) {
		faults = append(faults,
			spec.Require(variableName().MatchString(name), "env has %q, which is no name of a variable: a name has letters, digits and _", name),
			spec.Require(!strings.HasPrefix(name, "REPRISE_"), "env sets %s, and names that begin with REPRISE_ are reprise's own", name))
	}
	faults = append(faults, e.checkOutputs()...)
	return errors.Join(append(faults, e.checkPromises()...)...)
}

// CheckNames refuses inputs that would share a variable, an output that is there
// already and would pass for written, and a program that is not.
func (e *Exec) CheckNames(inputs, files map[string][]string) error {
	var faults []error
	taken := map[string]string{}
	for _, name := range slices.Sorted(slices.Values(inputs["inputs"])) {
		variable := inputVariable(name)
		other, twice := taken[variable]
		faults = append(faults, spec.Require(!twice, "inputs has %s and %s, whose paths would both be in %s: give one another name", other, name, variable))
		taken[variable] = name
	}
	for _, o := range e.outputs() {
		faults = append(faults, spec.Require(!slices.Contains(files["files"], o.path), "outputs has %s = %q, which is one of files too: give it another path", o.name, o.path))
	}
	program := ""
	if len(e.Command) > 0 {
		program = e.Command[0]
	}
	if strings.Contains(program, "/") && !filepath.IsAbs(program) {
		faults = append(faults, spec.Require(slices.Contains(files["files"], path.Clean(program)), "command begins with %s, and files does not name it: the task's folder would not have it", program))
	}
	return errors.Join(faults...)
}

// outputs lists the outputs in the order of their names.
func (e *Exec) outputs() []output {
	var out []output
	for _, name := range slices.Sorted(maps.Keys(e.Outputs)) {
		out = append(out, output{name, e.Outputs[name]})
	}
	return out
}

func (e *Exec) checkOutputs() (faults []error) {
	files := map[string]string{}
	for _, o := range e.outputs() {
		if o.format() == "" && !o.isMetrics() {
			other := files[o.file()]
			faults = append(faults, spec.Require(other == "", "outputs has two files called %s, %s and %s: give one another name", o.file(), other, o.name))
			files[o.file()] = o.name
		}
		local := filepath.IsLocal(o.path) && path.Clean(o.path) == o.path && o.path != "."
		faults = append(faults,
			spec.Require(outputName().MatchString(o.name), "outputs has the name %q: a name has letters, digits, _ and -, and begins with a letter", o.name),
			spec.Require(local, "outputs has %s = %q: a path is relative to the task's folder and stays in it, as in \"out/fig.png\"", o.name, o.path),
			spec.Require(!o.isMetrics() || path.Ext(o.path) == ".json", "outputs has metrics = %q: the output metrics is a JSON file, whose path ends in .json", o.path))
	}
	return faults
}

// checkPromises holds the declarations of tables and metrics against outputs.
func (e *Exec) checkPromises() (faults []error) {
	isTable := func(attribute, name string) {
		o := output{name, e.Outputs[name]}
		faults = append(faults, spec.Require(o.format() != "" && !o.isMetrics(), "%s has %s, which is no output that is a table (.arrow, .parquet, .csv or .npz)", attribute, name))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Tables)) {
		isTable("tables", name)
		seen := map[string]bool{}
		for _, declared := range e.Tables[name] {
			column, _ := declaredColumn(declared)
			faults = append(faults, spec.Require(column != "", "tables has an empty name for a column of %s", name),
				spec.Require(!seen[column], "tables has the column %s of %s twice", column, name))
			seen[column] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Rows)) {
		isTable("rows", name)
		faults = append(faults, spec.Require(variableName().MatchString(e.Rows[name]), "rows has %q for %s, which is no name of a dimension: a name has letters, digits and _", e.Rows[name], name))
	}
	if e.Metrics != nil {
		faults = append(faults, spec.Require(e.Outputs["metrics"] != "", `metrics are promised, and outputs has none: add metrics = "metrics.json"`))
	}
	for _, name := range e.promised() {
		faults = append(faults, spec.Require(name != "", "metrics has an empty name"), spec.Require(metricName(name), "metrics has the name %.60q: a name has letters, digits, _, . and -", name))
	}
	return faults
}

// shown is a command as a shell would take it.
func shown(command []string) string {
	var words []string
	for _, w := range command {
		if w == "" || strings.ContainsFunc(w, needsQuotes) {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// brief is a command for a line of a message.
func brief(command []string) string {
	text := []rune(strings.Join(strings.Fields(shown(command)), " "))
	if len(text) > 100 {
		return string(text[:99]) + "…"
	}
	return string(text)
}

func needsQuotes(r rune) bool {
	return !strings.ContainsRune("%+,-./:=@_", r) && !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
}

// longestName of those that a program chose is shown whole.
const longestName = 120

// some lists names that a program chose, and counts those beyond the first few.
func some(names []string) string {
	const most = 10
	var list []string
	for _, name := range names[:min(most, len(names))] {
		if long := []rune(name); len(long) > longestName {
			name = string(long[:longestName/2]) + "…" + string(long[len(long)-longestName/2:])
		}
		if quoted := strconv.QuoteToGraphic(name); quoted != `"`+name+`"` || name == "" {
			name = quoted
		}
		list = append(list, name)
	}
	text := strings.Join(list, ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}
