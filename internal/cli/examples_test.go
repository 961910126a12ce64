package cli

import (
	"testing"

	"github.com/spf13/cobra"

	"reprise/spec"
)

// Every command that does something shows how (examples.go), and no other.
func TestEveryCommandHasAnExample(t *testing.T) {
	shown := 0
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Runnable() && !c.HasSubCommands() && c.Name() != "help" && c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		if c.Example != "" {
			shown++
		}
		for _, sub := range c.Commands() {
			if c.Name() != "completion" {
				visit(sub)
			}
		}
	}
	visit(Root(spec.NewKinds()))
	if shown != len(examples) {
		t.Errorf("%d commands have examples, of %d", shown, len(examples))
	}
}
