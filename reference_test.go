package main

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"reprise/internal/cli"
	"reprise/internal/reference"
	"reprise/stages"
)

var update = flag.Bool("update", false, "write the pages of docs/reference anew")

// TestReference compares the pages of docs/reference with those that the code
// makes; with -update it writes them.
func TestReference(t *testing.T) {
	folder := filepath.Join("docs", "reference")
	pages := reference.Pages(stages.Builtin(), cli.Root(stages.Builtin()))
	for name, want := range pages {
		path := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is not what the code says now (%v): go generate . writes it", path, err)
		}
	}
	there, err := os.ReadDir(folder)
	if err != nil || len(there) != len(pages) {
		t.Errorf("%s has %d files where the code makes %v: %v", folder, len(there), maps.Keys(pages), err)
	}
}
