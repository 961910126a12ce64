package cli

import (
	"path/filepath"
	"testing"

	"reprise/artifacts"
	"reprise/runner"
	"reprise/spec"
)

// FuzzExport holds that no name of a table or file leads out of the folder that it
// is exported to.
func FuzzExport(f *testing.F) {
	for _, name := range []string{"a", "../x", "/etc/passwd", "a/../../x", "a/b", "..", ".", "a/..", "", "a\x00b", `..\x`} {
		f.Add(name, name)
	}
	f.Fuzz(func(t *testing.T, table, file string) {
		s := &storedArtifact{step: &runner.Step{Task: &spec.Task{Address: "stage.a"}},
			manifest: &artifacts.Manifest{Tables: []artifacts.Entry{{Name: table}}, Files: []artifacts.Entry{{Name: file}}}}
		to := t.TempDir()
		jobs, err := s.exports("", to+"/")
		if err != nil {
			return
		}
		for _, j := range jobs {
			if rel, err := filepath.Rel(to, j.to); err != nil || !filepath.IsLocal(rel) {
				t.Errorf("%q would be written to %s", j.entry.Name, j.to)
			}
		}
	})
}
