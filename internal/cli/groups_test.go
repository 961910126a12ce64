package cli

import (
	"testing"

	"reprise/spec"
)

// Help lists commands that there are, and each of them.
func TestGroups(t *testing.T) {
	a := &app{kinds: spec.NewKinds(), ui: &ui{}}
	root, _ := a.root()
	grouped := map[string]bool{"completion": true, "help": true, "version": true}
	for _, c := range root.Commands() {
		if c.GroupID == "" && !grouped[c.Name()] {
			t.Errorf("%s is in no group", c.Name())
		}
		grouped[c.Name()] = true
	}
	for _, g := range groups {
		for _, name := range g.commands {
			if !grouped[name] {
				t.Errorf("%q lists %s, which does not exist", g.title, name)
			}
		}
	}
}
