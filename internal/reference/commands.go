package reference

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func commandsPage(root *cobra.Command) string {
	p := newPage("Commands", "`FILE` is an HCL file or a folder of them, `ADDRESS` a stage (`fit`) or one of its tasks (`fit[seed=1]`). `reprise COMMAND --help` "+
		"prints the same.\nThe examples are of the experiment that `reprise init darts` writes.")
	var index [][]string
	for _, c := range root.Commands() {
		if shown(c) {
			index = append(index, []string{"[" + c.Name() + "](#" + anchor(c) + ")", plain(c.Short)})
		}
	}
	p.table([]string{"command", "what it does"}, index)
	p.line("\nEvery command takes:")
	p.flags(root.PersistentFlags())
	p.prose(root.Long)
	for _, c := range root.Commands() {
		p.command(c)
	}
	return p.String()
}

// shown tells whether a command is for people.
func shown(c *cobra.Command) bool { return c.IsAvailableCommand() && c.Name() != "help" }

func anchor(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

func (p *page) command(c *cobra.Command) {
	if !shown(c) {
		return
	}
	p.line("\n## %s", c.CommandPath())
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	p.prose(text)
	if c.Runnable() {
		p.fenced("text", c.UseLine())
		p.flags(c.NonInheritedFlags())
	}
	if c.Example != "" {
		p.fenced("sh", outdented(c.Example))
	}
	if c.Name() == "completion" { // a command below it for each shell, alike but for the shell's own ways
		return
	}
	for _, sub := range c.Commands() {
		p.command(sub)
	}
}

func (p *page) flags(set *pflag.FlagSet) {
	var rows [][]string
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" {
			usage += " (default: " + f.DefValue + ")"
		}
		rows = append(rows, []string{code(strings.TrimSpace(name + " " + value)), plain(usage)})
	})
	p.table([]string{"flag", "meaning"}, rows)
}
