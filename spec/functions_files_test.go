package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestFileFunctions(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "experiment")
	for name, content := range map[string]string{
		"experiment/a.txt":           "hello",
		"experiment/data/b.csv":      "1",
		"experiment/data/deep/c.csv": "2",
		"experiment/data/deep/d.txt": "3",
		"experiment/.store/e.csv":    "4",
		"experiment/.f.csv":          "5",
		"experiment/raw.bin":         "\xff\xfe",
		"experiment/big.txt":         strings.Repeat("x", maxFileSize+1),
		"outside.txt":                "out",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// A circle of folders must not hold the search up.
	if err := os.Symlink(dir, filepath.Join(dir, "data", "circle")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "outside.txt"), filepath.Join(dir, "data", "link.csv")); err != nil {
		t.Fatal(err)
	}

	for _, text := range []string{
		`file("a.txt") == "hello"`,
		`file("../outside.txt") == "out"`,
		`file("` + filepath.ToSlash(root) + `/outside.txt") == "out"`,
		// printf hello | sha256sum
		`filesha256("a.txt") == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`,
		`length(filesha256("big.txt")) == 64`,
		`fileset(".", "*.txt") == toset(["a.txt", "big.txt"])`,
		`fileset("data", "*.csv") == toset(["b.csv", "link.csv"])`,
		`fileset(".", "data/*/?.csv") == toset(["data/deep/c.csv"])`,
		`fileset(".", "**/*.csv") == toset(["data/b.csv", "data/link.csv", "data/deep/c.csv"])`,
		`fileset(".", "**/**/deep/**") == toset(["data/deep/c.csv", "data/deep/d.txt"])`,
		`fileset("data", "**") == toset(["b.csv", "link.csv", "deep/c.csv", "deep/d.txt"])`,
		`fileset(".", ".*.csv") == toset([".f.csv"])`,
		`fileset(".", ".store/*") == toset([".store/e.csv"])`,
		`fileset(".", "[ab]*.txt") == toset(["a.txt", "big.txt"])`,
		`length(fileset("data", "*.mat")) == 0`,
		`fileset(".", "data/b.csv") == toset(["data/b.csv"])`,
		`fileset("data", "circle/a.txt") == toset(["circle/a.txt"])`, // a link that is written out is followed
		`fileset("data", "circle/*.txt") == toset(["circle/a.txt", "circle/big.txt"])`,
		`fileset(".", ".f.csv") == toset([".f.csv"])`,
		`length(fileset(".", "data")) == 0`,
		`length(fileset(".", "a.txt/x")) == 0`,
		`length(fileset("data", "none/x.csv")) == 0`,
		`fileset("..", "*.txt") == toset(["outside.txt"])`,
	} {
		if v, err := evaluateWith(t, dir, text); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if !v.RawEquals(cty.True) {
			t.Errorf("%s is %#v", text, v)
		}
	}

	for text, want := range map[string]string{
		`file("none.txt")`:       `cannot read "none.txt": no such file`,
		`file("data")`:           "it is a folder",
		`file("raw.bin")`:        "no text in UTF-8",
		`file("big.txt")`:        "larger than 16 MiB",
		`file("/dev/null")`:      "no regular file",
		`filesha256("none.txt")`: `cannot read "none.txt"`,
		`fileset("none", "*")`:   `cannot list "none": no such file`,
		`fileset("data", "` + strings.Repeat("x", 300) + `")`: "file name too long", // not the same as none
		`fileset("none", "x")`:                                `cannot list "none": no such file`,
		`fileset("data", "../*.txt")`:                         `without empty parts, "." or ".."`,
		`fileset("data", "/etc/*")`:                           "without empty parts",
		`fileset("data", "x[")`:                               "bracket",
	} {
		if v, err := evaluateWith(t, dir, text); err == nil {
			t.Errorf("%s gives %#v, want the error %q", text, v, want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// TestNamesListNoFolder: what a name that is written out costs does not grow with the
// files beside it, of which a sweep over files may have as many as it has tasks.
func TestNamesListNoFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	asked := newReads()
	s := fileSearch{reads: asked, root: dir, found: map[string]bool{}, inputs: true}
	if err := s.match("", []string{"a.txt"}); err != nil || !s.found["a.txt"] {
		t.Errorf("%v: %v", err, s.found)
	}
	for q := range asked.asked {
		if q.What == "list" {
			t.Errorf("%+v", q)
		}
	}
}
