package cli

import (
	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// validateDocument is what validate writes with --json, one for each FILE.
type validateDocument struct {
	Type        string            `json:"type"` // "validate"
	File        string            `json:"file"`
	Valid       bool              `json:"valid"`
	Tasks       int               `json:"tasks"`
	Checks      int               `json:"checks"`
	Diagnostics []spec.Diagnostic `json:"diagnostics"`
}

func (a *app) validateCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Say everything that is wrong with experiments, before anything runs",
		Long: `Reads each FILE, an experiment's file or folder, and says all that is wrong.

With --json one object for each FILE: {type: "validate", file, valid, tasks,
checks, diagnostics: [{summary, detail, file, line, column}]}.`,
		Args: takes("FILE [FILE...]"),
		RunE: func(_ *cobra.Command, args []string) error {
			status := runner.ExitDone
			for _, path := range args {
				if !a.validate(path) {
					status = runner.ExitInvalid
				}
			}
			return said(status)
		},
	}
	a.variableFlags(c)
	return c
}

func (a *app) validate(path string) bool {
	doc := validateDocument{Type: "validate", File: path, Diagnostics: []spec.Diagnostic{}}
	x, diags, err := spec.Load(path, a.given, a.kinds)
	switch {
	case err != nil:
		doc.Diagnostics = append(doc.Diagnostics, spec.Diagnostic{Summary: "Cannot read the experiment", Detail: err.Error()})
		a.ui.error(err)
	case diags.HasErrors():
		doc.Diagnostics = diags.List()
		a.ui.diagnostics(diags)
	default:
		doc.Valid, doc.Tasks, doc.Checks = true, len(x.Tasks), len(x.Checks)
		a.ui.print("valid: %s, %s", count(doc.Tasks, "task"), count(doc.Checks, "check"))
	}
	a.ui.object(doc)
	return doc.Valid
}
