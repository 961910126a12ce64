package spec

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSameReads reads an experiment that asks for much, and changes each answer.
func TestSameReads(t *testing.T) {
	folder := func(t *testing.T) (dir string, x *Experiment) {
		dir = t.TempDir()
		for name, text := range map[string]string{
			"x/a.hcl":     "module \"m\" { source = \"../m\" }\nlocals { all = [file(\"../t.txt\"), filesha256(\"../t.txt\"), join(\" \", fileset(\"..\", \"lib/**/*.txt\"))] }\n",
			"m/m.hcl":     "locals { one = 1 }\n",
			"t.txt":       "text",
			"lib/b/c.txt": "",
		} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		x, diags, err := Load(filepath.Join(dir, "x"), Values{}, toyKinds())
		if err != nil || diags.HasErrors() {
			t.Fatal(err, diags)
		}
		x.Note(filepath.Join(dir, "t.txt"))
		return dir, x
	}
	for name, change := range map[string]func(dir string) error{
		"nothing":     nil,
		"bytes":       func(dir string) error { return os.WriteFile(filepath.Join(dir, "t.txt"), []byte("tent"), 0o666) },
		"a file gone": func(dir string) error { return os.Remove(filepath.Join(dir, "t.txt")) },
		"a folder for it": func(dir string) error {
			os.Remove(filepath.Join(dir, "t.txt"))
			return os.Mkdir(filepath.Join(dir, "t.txt"), 0o777)
		},
		"one more file":  func(dir string) error { return os.WriteFile(filepath.Join(dir, "x/b.hcl"), nil, 0o666) },
		"one more match": func(dir string) error { return os.WriteFile(filepath.Join(dir, "lib/d.txt"), nil, 0o666) },
		"a match gone":   func(dir string) error { return os.RemoveAll(filepath.Join(dir, "lib/b")) },
		"a link in between": func(dir string) error {
			os.Rename(filepath.Join(dir, "m"), filepath.Join(dir, "n"))
			return os.Symlink("n", filepath.Join(dir, "m"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, x := folder(t)
			all, sure := x.Reads()
			if !sure || !SameReads(all) {
				t.Fatalf("sure: %v; what nobody changed is not the same", sure)
			}
			for _, what := range []string{"stat", "list", "read", "real"} {
				if !slices.ContainsFunc(all, func(q Question) bool { return q.What == what }) {
					t.Errorf("nothing asked %s", what)
				}
			}
			if change == nil {
				return
			}
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			if SameReads(all) {
				t.Error("it is said to be the same")
			}
		})
	}
}

// TestUnsureReads is of answers that tell nothing later.
func TestUnsureReads(t *testing.T) {
	dir := t.TempDir()
	if _, sure := (&Experiment{}).Reads(); sure {
		t.Error("an experiment of no file is sure")
	}
	for name, ask := range map[string]func(r *reads){
		"a file that is missing": func(r *reads) { r.read(filepath.Join(dir, "none"), drained) },
		"a folder as a file":     func(r *reads) { r.read(dir, drained) },
		"a device":               func(r *reads) { r.read(os.DevNull, drained) },
		"no folder":              func(r *reads) { r.list(filepath.Join(dir, "none"), "*") },
		"two answers": func(r *reads) {
			path := filepath.Join(dir, "two")
			r.stat(path)
			os.WriteFile(path, nil, 0o666)
			r.stat(path)
		},
		"a link that is broken": func(r *reads) { r.real(filepath.Join(dir, "none")) },
	} {
		r := newReads()
		if ask(r); !r.unsure {
			t.Errorf("%s: it is sure", name)
		}
	}
	if got := (Values{Environ: []string{"A=1", "REPRISE_VAR_b=2", "REPRISE_VAR_c=3"}}).EnvironmentOf(); got != "REPRISE_VAR_b=2\nREPRISE_VAR_c=3\n" {
		t.Errorf("%q", got)
	}
}
