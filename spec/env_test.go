package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reprise/artifacts"
)

func TestEnv(t *testing.T) {
	one, two := artifacts.New(), artifacts.New()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	var told Progress
	env := NewEnv(EnvConfig{
		Inputs:   map[string][]*artifacts.Artifact{"one": {one}, "all": {one, two}},
		File:     map[string]string{"file": file, "broken": file + ".not"},
		Progress: func(p Progress) { told = p },
		Log:      &log,
	})
	if env.Threads() != 1 {
		t.Errorf("%d threads", env.Threads())
	}
	if env.Input("one") != one || env.Input("none") != nil || len(env.Inputs("all")) != 2 || env.Inputs("all")[1] != two {
		t.Error("inputs are not those given")
	}
	if b, err := env.ReadFile("file", 7); string(b) != "content" || err != nil {
		t.Errorf("file %q %v", b, err)
	}
	for name, limit := range map[string]int64{"file": 6, "broken": 9, "none": 9} {
		if b, err := env.ReadFile(name, limit); err == nil {
			t.Errorf("%s of at most %d bytes gives %q", name, limit, b)
		}
	}
	env.Progress(Progress{Done: 1, Total: 2})
	if told.Done != 1 || told.Total != 2 {
		t.Errorf("progress %+v", told)
	}
	env.Logf("epoch %d", 3)
	if log.String() != "epoch 3\n" {
		t.Errorf("log %q", log.String())
	}
	fmt.Fprint(env.Log(), "more")
	if log.String() != "epoch 3\nmore" {
		t.Errorf("log %q", log.String())
	}
	env.Shut()
	env.Progress(Progress{Done: 2, Total: 2})
	env.Logf("epoch 4")
	if told.Done != 1 || log.String() != "epoch 3\nmore" {
		t.Errorf("once it is shut, progress %+v and log %q", told, log.String())
	}
	bare := NewEnv(EnvConfig{})
	bare.Progress(Progress{})
	bare.Checkpoint(func() ([]byte, error) { t.Error("a state for nobody"); return nil, nil })
	if b := bare.Restore(); b != nil {
		t.Errorf("a state from nowhere: %q", b)
	}
	if dir, err := bare.Scratch(); err == nil {
		t.Errorf("a folder from nowhere: %s", dir)
	}
}

// TestEnvGoesOn hands a state from one attempt to the next.
func TestEnvGoesOn(t *testing.T) {
	var kept []byte
	first := NewEnv(EnvConfig{Checkpoint: func(state func() ([]byte, error)) { kept, _ = state() }})
	first.Checkpoint(func() ([]byte, error) { return []byte("epoch 3"), nil })
	if b := NewEnv(EnvConfig{Restore: kept}).Restore(); string(b) != "epoch 3" {
		t.Errorf("goes on from %q", b)
	}
}

// TestEnvOfPrograms reads named inputs and files, and works in a folder.
func TestEnvOfPrograms(t *testing.T) {
	one := artifacts.New()
	env := NewEnv(EnvConfig{
		Named:   map[string][]NamedInput{"inputs": {{Name: "fits", List: true, Artifacts: []*artifacts.Artifact{one, one}}, {Name: "raw", Path: "/raw"}}},
		Files:   map[string][]NamedFile{"files": {{Name: "lib/a.py", Path: "/x/lib/a.py"}}},
		Scratch: func() (string, error) { return "/scratch", nil },
	})
	if in := env.Named("inputs"); len(in) != 2 || in[0].Name != "fits" || len(in[0].Artifacts) != 2 || in[1].Path != "/raw" || env.Named("others") != nil {
		t.Errorf("inputs %v", in)
	}
	if files := env.Files("files"); len(files) != 1 || files[0].Name != "lib/a.py" {
		t.Errorf("files %v", files)
	}
	if dir, err := env.Scratch(); dir != "/scratch" || err != nil {
		t.Errorf("%s %v", dir, err)
	}
}

// A fault of the program is found when kinds are registered, or one is first used.
func TestKindsPanic(t *testing.T) {
	blank := func() Method { return &toyBlank{} }
	type undocumented struct {
		idle
		X int `hcl:"x"`
	}
	type odd struct {
		idle
		X complex128 `hcl:"x" doc:"X."`
	}
	for name, kinds := range map[string][]*Kind{
		"no name":        {{New: blank}},
		"no constructor": {{Name: "a"}},
		"twice":          {{Name: "a", New: blank}, {Name: "a", New: blank}},
		"undocumented":   {{Name: "a", New: func() Method { return &undocumented{} }}},
		"odd type":       {{Name: "a", New: func() Method { return &odd{} }}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			NewKinds(kinds...).Get("a").Attributes()
		}()
	}
}

func TestAttributes(t *testing.T) {
	want := []Attribute{
		{Name: "name", Doc: "A name.", Optional: true, Default: `"mix"`, Type: "string"},
		{Name: "tags", Doc: "Some words.", Optional: true, Default: "[]", Type: "list of strings"},
		{Name: "weights", Doc: "Weights by name.", Optional: true, Default: `{ "a" = 1 }`, Type: "map of numbers"},
		{Name: "flags", Doc: "Flags by name.", Optional: true, Default: "{}", Type: "map of bools"},
		{Name: "grid", Doc: "Numbers in rows.", Optional: true, Default: "[]", Type: "list of lists of numbers"},
		{Name: "inputs", Doc: "Any stages.", Optional: true, Type: "stages"},
	}
	got := toyKinds().Get("mix").Attributes()
	if len(got) != len(want) {
		t.Fatalf("%d attributes, want %d", len(got), len(want))
	}
	for i, a := range got {
		a.field = 0
		if a.Name != want[i].Name || a.Doc != want[i].Doc || a.Optional != want[i].Optional || a.Default != want[i].Default || a.Type != want[i].Type {
			t.Errorf("%+v, want %+v", a, want[i])
		}
	}
	if needs := toyKinds().Get("sum").Attributes()[0].Needs; len(needs) != 1 || needs[0] != "number" {
		t.Errorf("needs %v", needs)
	}
}
