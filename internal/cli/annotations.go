package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"reprise/runner"
	"reprise/spec"
)

// mostAnnotations is how many GitHub shows of a step.
const mostAnnotations = 10

// annotations are the lines from which GitHub Actions makes notes beside the
// source: failed tasks first, then checks that did not pass, then what
// differs from the lock, then checks that improved.
func annotations(o *outcome) []string {
	var lines, notices []string
	for _, t := range o.failedTasks() {
		lines = append(lines, annotation("error", t.Where, t.Address+" failed", o.tasks[t.Address].Error))
	}
	where := o.whereChecks()
	for _, c := range o.checks {
		title := "check " + c.Name + " " + c.Verdict
		switch {
		case !runner.Passes(c.Verdict):
			lines = append(lines, annotation("error", where[c.Name], title, c.Message))
		case c.Verdict == spec.Improved:
			notices = append(notices, annotation("notice", where[c.Name], title, c.Message))
		}
	}
	locked, where := o.lockDiffers()
	for _, e := range locked {
		lines = append(lines, annotation("error", where[e.Address], e.Address+" differs from the lock", e.Message))
	}
	return atMost(append(lines, notices...))
}

// annotate writes annotations where GitHub reads them.
func (a *app) annotate(lines []string) {
	if os.Getenv("GITHUB_ACTIONS") != "true" {
		return
	}
	for _, line := range lines {
		a.ui.complain(line)
	}
}

// diagnosticAnnotations are those of an experiment that is wrong.
func diagnosticAnnotations(list []spec.Diagnostic) []string {
	var lines []string
	for _, d := range list {
		lines = append(lines, annotation("error", fmt.Sprintf("%s:%d", d.File, d.Line), d.Summary, d.Detail))
	}
	return atMost(lines)
}

func atMost(lines []string) []string { return lines[:min(len(lines), mostAnnotations)] }

// annotation is one line of GitHub's workflow commands.
func annotation(level, where, title, message string) string {
	properties := []string{}
	file, line := place(where)
	if file != "" {
		properties = append(properties, "file="+escapedProperty(inRepository(file)))
	}
	if line > 0 {
		properties = append(properties, fmt.Sprintf("line=%d", line))
	}
	properties = append(properties, "title="+escapedProperty(title))
	return fmt.Sprintf("::%s %s::%s", level, strings.Join(properties, ","), escapedMessage(message))
}

// inRepository is a path as GitHub takes it: from the root of the repository, and
// not from the folder that a step works in.
func inRepository(file string) string {
	root := os.Getenv("GITHUB_WORKSPACE")
	absolute, err := filepath.Abs(file)
	if root == "" || err != nil {
		return file
	}
	if inside, err := filepath.Rel(root, absolute); err == nil && filepath.IsLocal(inside) {
		return filepath.ToSlash(inside)
	}
	return file
}

// escapedMessage keeps a message one line, and from being read as a command.
func escapedMessage(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapedProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapedMessage(s))
}
