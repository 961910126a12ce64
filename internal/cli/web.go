package cli

import (
	"context"
	"net/url"

	"github.com/spf13/cobra"

	"reprise/internal/web"
	"reprise/runner"
)

// webDocument is what ui writes with --json.
type webDocument struct {
	Type string `json:"type"` // "ui"
	URL  string `json:"url"`
}

func (a *app) uiCommand() *cobra.Command {
	port := 0
	c := &cobra.Command{
		Use:   "ui [FILE]",
		Short: "Show runs and results in a browser on this machine, also while they run",
		Long: `Prints an address, and answers there until it is stopped: runs and how far those
are that go on, the graph, tables, figures, logs, two runs compared, and the
metrics of sweeps. With FILE it begins with the runs of that experiment.

The address has a token that lets in whoever has it; nothing outside this
machine can connect. What is shown can be looked at and not changed.

With --json one object: {type: "ui", url}.`,
		Args: takes("[FILE]"),
		RunE: func(c *cobra.Command, args []string) error {
			if port < 0 || port > 65535 {
				return &runner.UsageError{Message: "--port is from 0, for any that is free, to 65535"}
			}
			return a.web(c.Context(), args, port)
		},
	}
	a.variableFlags(c)
	c.Flags().IntVar(&port, "port", 0, "listen on the port `number` of this machine (default: any that is free)")
	return c
}

func (a *app) web(ctx context.Context, args []string, port int) error {
	open := func() (*opened, error) { return a.openStore("", nil, false) }
	if len(args) > 0 {
		open = func() (*opened, error) { return a.open(args[0]) }
	}
	from, err := open()
	if err != nil {
		return err
	}
	defer from.close()
	s := &web.Server{Store: from.store, Logs: from.files.Logs, Kinds: a.kinds}
	return s.Serve(ctx, port, func(address string) {
		if from.x != nil {
			address += "&experiment=" + url.QueryEscape(from.x.Name)
		}
		a.ui.object(webDocument{"ui", address})
		a.ui.print("%s", address)
		a.ui.note("open it in a browser; Ctrl-C stops")
	})
}
