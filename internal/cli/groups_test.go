package cli

import (
	"testing"

	"reprise/spec"
)

// A command is the same whether it is made alone, for a line that begins with it, or
// with all others.
func TestCommandsAreMadeAlone(t *testing.T) {
	a := &app{kinds: spec.NewKinds(), ui: &ui{}}
	all, _ := a.root(nil)
	for _, g := range groups {
		for _, c := range g.commands {
			alone, _ := a.root([]string{c.name, "--help"})
			one, _, err := alone.Find([]string{c.name})
			same, _, fault := all.Find([]string{c.name})
			switch {
			case err != nil || fault != nil:
				t.Errorf("%s: %v, %v", c.name, err, fault)
			case one.Name() != c.name || len(alone.Commands()) != 1:
				t.Errorf("%s: made %s, one of %d", c.name, one.Name(), len(alone.Commands()))
			case one.UsageString() != same.UsageString():
				t.Errorf("%s alone: %s\namong all: %s", c.name, one.UsageString(), same.UsageString())
			}
		}
	}
	for _, line := range [][]string{{}, {"--store", "x", "run"}, {"runn"}, {"help", "run"}, {"__complete", "run", ""}} {
		if root, _ := a.root(line); len(root.Commands()) != len(all.Commands()) {
			t.Errorf("%q: %d commands, not %d", line, len(root.Commands()), len(all.Commands()))
		}
	}
}
