package exec

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reprise/artifacts"
)

// FuzzPaths holds that no name, of an output or of what an artifact has, leads out
// of the folder that it is for.
func FuzzPaths(f *testing.F) {
	for _, name := range []string{"a.csv", "../x", "/etc/passwd", "a/../../x", "link/x", "files/../../x", "..", ".", "", "a\x00b", `..\x`, "out/fig.png"} {
		f.Add(name, name)
	}
	f.Fuzz(func(t *testing.T, name, file string) {
		root := t.TempDir()
		inside, outside := filepath.Join(root, "task", "work"), filepath.Join(root, "secret")
		if err := os.MkdirAll(inside, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(outside, []byte("secret"), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, link := range []string{"link", "out"} { // what a program may leave
			if err := os.Symlink(root, filepath.Join(inside, link)); err != nil {
				t.Fatal(err)
			}
		}
		collects(t, inside, name)
		laysOut(t, root, name, file)
		if b, err := os.ReadFile(outside); err != nil || string(b) != "secret" {
			t.Errorf("what is outside changed: %q, %v", b, err)
		}
	})
}

// collects reads an output as far as it is one.
func collects(t *testing.T, inside, path string) {
	e := &Exec{Command: []string{"x"}, Format: "arrow", Outputs: map[string]string{"o": path}}
	if e.Check() != nil {
		return
	}
	if !filepath.IsLocal(filepath.FromSlash(path)) {
		t.Errorf("an output at %q", path)
	}
	work, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer work.Close()
	for _, p := range []string{path, "link/secret", "out/" + path} {
		if b, err := readRegular(work, p, 100); err == nil && strings.Contains(string(b), "secret") {
			t.Errorf("%q was read from outside", p)
		}
	}
}

// laysOut writes an artifact with such names for a program to read.
func laysOut(t *testing.T, root, table, file string) {
	a := artifacts.New(artifacts.NewTable(table, artifacts.Dim{Name: "row", Size: 1}, artifacts.Ints("n", "", []int64{1})))
	a.SetFile(file, []byte("mine"))
	to := filepath.Join(root, "task", "inputs", "in")
	err := os.MkdirAll(filepath.Dir(to), 0o777)
	if err != nil {
		t.Fatal(err)
	}
	if err := new(folder).addArtifact(to, a, "csv"); err != nil {
		return
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path != filepath.Join(root, "secret") && d.Type()&fs.ModeSymlink == 0 && !strings.HasPrefix(path, to) {
			t.Errorf("%s was written", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
