package cli

import (
	"slices"

	"github.com/spf13/cobra"
)

// groups are the commands as help lists them, by what people want to do.
var groups = []struct {
	title    string
	commands []string
}{
	{"Write and run:", []string{"init", "fmt", "validate", "plan", "run"}},
	{"Look:", []string{"status", "why", "show", "logs", "graph", "report", "ui", "kinds"}},
	{"Compare:", []string{"metrics", "runs", "diff", "baseline"}},
	{"Keep and share:", []string{"lock", "verify", "export", "gc", "store"}},
}

// group puts the commands into their groups, in that order. One that is in none
// is listed behind them.
func group(root *cobra.Command) {
	cobra.EnableCommandSorting = false
	root.InitDefaultCompletionCmd()
	all := root.Commands()
	for _, c := range all {
		root.RemoveCommand(c)
		if c.Name() == "completion" { // cobra's words
			c.Short = "Write the script by which a shell completes what is typed"
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() } // or any word were a shell
		}
	}
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, name := range g.commands {
			for i, c := range all {
				if c != nil && c.Name() == name {
					c.GroupID = g.title
					root.AddCommand(c)
					all[i] = nil
				}
			}
		}
	}
	root.AddCommand(slices.DeleteFunc(all, func(c *cobra.Command) bool { return c == nil })...)
}
