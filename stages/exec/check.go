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

	"reprise/artifacts"
	"reprise/spec"
)

var (
	outputName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Check refuses what could not run.
func (e *Exec) Check() error {
	faults := []error{
		spec.Require(len(e.Command) > 0 && e.Command[0] != "", "command is a list with a program and its arguments, and it is empty"),
		spec.Require(artifacts.FormatOf("table."+e.Format) == e.Format && e.Format != "", "format is arrow, parquet, csv or npz, not %q", e.Format),
	}
	for i, tool := range e.Tools {
		faults = append(faults, spec.Require(len(tool) > 0 && tool[0] != "", "tools[%d] is a list with a program and its arguments, and it is empty", i))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Env)) {
		faults = append(faults,
			spec.Require(variableName.MatchString(name), "env has %q, which is no name of a variable: a name has letters, digits and _", name),
			spec.Require(!strings.HasPrefix(name, "REPRISE_"), "env sets %s, and names that begin with REPRISE_ are reprise's own", name))
	}
	faults = append(faults, e.checkOutputs()...)
	return errors.Join(append(faults, e.checkPromises()...)...)
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
			spec.Require(outputName.MatchString(o.name), "outputs has the name %q: a name has letters, digits, _ and -, and begins with a letter", o.name),
			spec.Require(local, "outputs has %s = %q: a path is relative to the task's folder and stays in it, as in \"out/fig.png\"", o.name, o.path),
			spec.Require(!o.isMetrics() || path.Ext(o.path) == ".json", "outputs has metrics = %q: the output metrics is a JSON file, whose path ends in .json", o.path))
	}
	return faults
}

// checkPromises holds the declarations of tables and metrics against outputs.
func (e *Exec) checkPromises() (faults []error) {
	for _, name := range slices.Sorted(maps.Keys(e.Tables)) {
		o := output{name, e.Outputs[name]}
		faults = append(faults, spec.Require(o.format() != "" && !o.isMetrics(), "tables has %s, which is no output that is a table (.arrow, .parquet, .csv or .npz)", name))
	}
	if e.Metrics != nil {
		faults = append(faults, spec.Require(e.Outputs["metrics"] != "", `metrics are promised, and outputs has none: add metrics = "metrics.json"`))
	}
	for _, name := range e.promised() {
		faults = append(faults, spec.Require(name != "", "metrics has an empty name"))
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

// some lists names that a program chose, and counts those beyond the first few.
func some(names []string) string {
	const most = 10
	var list []string
	for _, name := range names[:min(most, len(names))] {
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
