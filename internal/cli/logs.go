package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"reprise/cache"
)

// logDocument is what logs writes with --json.
type logDocument struct {
	Type    string `json:"type"` // "log"
	Address string `json:"address"`
	Run     string `json:"run"`
	Log     string `json:"log"`
	Error   string `json:"error,omitempty"` // how the last attempt failed
}

func (a *app) logsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "logs FILE ADDRESS",
		Short: "Print what a task wrote when it last ran, failed or not",
		Long: `Prints what a task wrote when it last ran, and how it failed if it did.

With --json one object: {type: "log", address, run, log, error}.`,
		Args: takes("FILE ADDRESS"),
		RunE: func(c *cobra.Command, args []string) error { return a.logs(c.Context(), args[0], args[1]) },
	}
	a.variableFlags(c)
	return c
}

func (a *app) logs(ctx context.Context, path, address string) error {
	from, err := a.open(path)
	if err != nil {
		return err
	}
	defer from.close()
	s, _, err := from.task(ctx, address, true)
	if err != nil {
		return err
	}
	doc := logDocument{Type: "log", Address: s.Task.Address}
	run, log, err := from.store.Log(from.x.Name, s.Task.Address)
	switch {
	case err == nil:
		doc.Run, doc.Log = run, string(log)
	case !errors.Is(err, cache.ErrMissing):
		return err
	}
	if s.KeyText != "" {
		failure, err := from.store.Failure(s.Key)
		switch {
		case err == nil:
			doc.Error = failure.Error
			if doc.Run == "" {
				doc.Run = failure.Run
			}
		case !errors.Is(err, cache.ErrMissing):
			return err
		}
	}
	a.ui.object(doc)
	a.ui.raw([]byte(doc.Log))
	if doc.Error != "" && !strings.Contains(doc.Log, doc.Error) {
		a.ui.print("failed: %s", strings.TrimRight(doc.Error, "\n"))
	}
	switch {
	case doc.Log == "" && doc.Error == "" && doc.Run == "" && s.Result == nil:
		a.ui.note("%s has never run here", doc.Address)
	case doc.Log == "" && doc.Error == "":
		a.ui.note("%s wrote nothing", doc.Address)
	}
	return nil
}
