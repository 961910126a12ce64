package exec

import (
	"runtime"
	"strings"
	"testing"

	"reprise/artifacts"
	"reprise/spec"
)

// TestFoldersServeAgain lays tasks out in what others left: they find what they would
// find in a fresh folder.
func TestFoldersServeAgain(t *testing.T) {
	a := artifacts.New()
	a.SetFile("x.txt", []byte("x"))
	l := &lab{t: t, named: []spec.NamedInput{{Name: "one", Artifacts: []*artifacts.Artifact{a}}, {Name: "two", List: true, Artifacts: []*artifacts.Artifact{a, a}}, {Name: "none", List: true}}}
	e := sh(`cd ..; found=$(find . -printf "%M %p\n" | sort); echo "$found" >work/out/tree.txt`, "tree", "out/tree.txt")
	tree := func(there ...string) string {
		t.Helper()
		l.there, l.dir = there, t.TempDir()
		got, err := l.run(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		text, err := got.File("tree.txt")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := tree()
	if n := strings.Count(want, "\n"); n != 20 {
		t.Fatalf("%d paths:\n%s", n, want)
	}
	for _, there := range [][]string{
		{"home", "inputs", "inputs/one", "inputs/one/files", "tmp", "work"},
		{"inputs", "inputs/one", "inputs/one/0", "inputs/one/0/files", "inputs/other", "inputs/other/files", "other", "other/more"},
		{"home", "home/.cache", "home/.cache/deep", "tmp", "tmp/a", "tmp-b", "work", "work/out", "work/out/tree.txt", "work/out-of", "work/sub"},
	} {
		if got := tree(there...); got != want {
			t.Errorf("where %q were there:\n%s\nnot\n%s", there, got, want)
		}
	}
}

// TestFolderIsFree holds that a folder serves another task only if nothing is left that
// may use it.
func TestFolderIsFree(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a program leaves is known on Linux alone")
	}
	for script, want := range map[string]bool{
		"true":              true,
		"sleep 60 &":        false, // in its group, and its output
		"setsid sleep 60 &": false,
		"cd / && env -i setsid sleep 1 >/dev/null 2>&1 &": false, // which nobody ends
	} {
		l := &lab{t: t}
		if _, err := l.run(t.Context(), sh(script)); err != nil || l.free != want {
			t.Errorf("after %q it is free: %v, %v", script, l.free, err)
		}
	}
}
