package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// command is one that is made when it is asked for.
type command struct {
	name string
	make func(*app) *cobra.Command
}

// groups are the commands as help lists them, by what people want to do.
var groups = []struct {
	title    string
	commands []command
}{
	{"Write and run:", []command{{"init", (*app).initCommand}, {"fmt", (*app).fmtCommand}, {"validate", (*app).validateCommand},
		{"plan", (*app).planCommand}, {"run", (*app).runCommand}}},
	{"Look:", []command{{"status", (*app).statusCommand}, {"why", (*app).whyCommand}, {"show", (*app).showCommand}, {"logs", (*app).logsCommand},
		{"graph", (*app).graphCommand}, {"report", (*app).reportCommand}, {"ui", (*app).uiCommand}, {"kinds", (*app).kindsCommand}}},
	{"Compare:", []command{{"metrics", (*app).metricsCommand}, {"runs", (*app).runsCommand}, {"diff", (*app).diffCommand}, {"baseline", (*app).baselineCommand}}},
	{"Keep and share:", []command{{"lock", (*app).lockCommand}, {"verify", (*app).verifyCommand}, {"export", (*app).exportCommand},
		{"gc", (*app).gcCommand}, {"store", (*app).storeCommand}}},
	{"", []command{{"version", (*app).versionCommand}}}, // behind the others
}

// addCommands adds the command that the command line begins with, or all of them
// where that is none: to make them all takes most of a millisecond, of the few that a
// run has in which nothing changed.
func (a *app) addCommands(root *cobra.Command, line []string) {
	cobra.EnableCommandSorting = false
	for _, g := range groups {
		for _, c := range g.commands {
			if len(line) > 0 && line[0] == c.name {
				root.AddCommand(c.make(a))
				root.CompletionOptions.DisableDefaultCmd = true
				return
			}
		}
	}
	for _, g := range groups {
		if g.title != "" {
			root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		}
		for _, c := range g.commands {
			made := c.make(a)
			made.GroupID = g.title
			root.AddCommand(made)
		}
	}
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion": // cobra's words
			c.Short = "Write the script by which a shell completes what is typed"
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() } // or any word were a shell
		case "help": // or a word that is no command were one that was asked for
			c.Args = func(_ *cobra.Command, words []string) error {
				_, _, err := root.Find(words)
				return err
			}
		}
	}
}

// illustrate gives a command and those below it their examples.
func illustrate(c *cobra.Command) {
	if text := strings.TrimSpace(examples[strings.TrimPrefix(c.CommandPath(), "reprise ")]); text != "" {
		c.Example = "  " + strings.ReplaceAll(text, "\n", "\n  ")
	}
	for _, sub := range c.Commands() {
		illustrate(sub)
	}
}
