package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"reprise/internal/lacks"
)

// goFile is one Go file of the project.
type goFile struct {
	path, folder string
	test         bool
	ast          *ast.File
	imports      []string
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && p != "." {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(set, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		f := goFile{path: p, folder: path.Dir(filepath.ToSlash(p)), test: strings.HasSuffix(p, "_test.go"), ast: parsed}
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// under tells whether a folder or import path is one of the roots or below one.
func under(p string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return p == r || strings.HasPrefix(p, r+"/") })
}

// TestLayers holds the lines of docs/architecture.md: who may import whom, and why not.
func TestLayers(t *testing.T) {
	rules := []struct {
		imports []string // what is imported
		only    []string // the folders that may; everywhere else it is forbidden
		why     string
	}{
		{[]string{"reprise/stages"}, []string{".", "stages", "bench"}, "the engine must not know the science"},
		{[]string{"reprise/runner"}, []string{"internal", "runner"}, "only the command line drives the runner"},
		{[]string{"reprise/cache"}, []string{"runner", "internal", "bench/store"}, "a stage sees its inputs, never the store"},
		{[]string{"reprise/internal"}, []string{".", "internal", "bench/engine"}, "the command line is nobody's library"},
		{[]string{"github.com/hashicorp/hcl"}, []string{"spec"}, "the language is known in one place"},
		{[]string{"github.com/zclconf/go-cty"}, []string{"spec"}, "the language is known in one place"},
		{[]string{"github.com/chromedp", "reprise/internal/browsertest"}, []string{"internal/browsertest"}, "browsers are for tests"},
		{[]string{"go.etcd.io/bbolt"}, []string{"cache"}, "the store's file is known in one place"},
		{[]string{"github.com/apache/arrow"}, []string{"artifacts"}, "the encoding is known in one place"},
		{[]string{"gonum.org/v1"}, []string{"stages", "runner/baseline"}, "the engine must not know the mathematics, but for the statistics of checks"},
	}
	for _, f := range goFiles(t) {
		for _, i := range f.imports {
			for _, r := range rules {
				if under(i, r.imports...) && !under(f.folder, r.only...) && !(f.folder == "." && slices.Contains(r.only, ".")) && !f.test {
					t.Errorf("%s imports %s: %s", f.path, i, r.why)
				}
			}
			if f.test {
				continue
			}
			numerics := under(f.folder, "stages/internal") && f.folder != "stages/internal/tables"
			if numerics && under(i, "reprise") && !under(i, "reprise/stages/internal") || numerics && i == "reprise/stages/internal/tables" {
				t.Errorf("%s imports %s: numerics know nothing of files, tables or the language", f.path, i)
			}
			if under(f.folder, "artifacts") && under(i, "reprise") || under(f.folder, "spec") && under(i, "reprise") && i != "reprise/artifacts" {
				t.Errorf("%s imports %s: artifacts stand on nothing, the language on artifacts alone", f.path, i)
			}
		}
	}
}

// TestStagesSeeNothingUndeclared holds that a result depends on nothing that
// the key does not cover: no files, clock, environment, machine or hidden
// randomness. What a stage may import is listed; what is not, is a question of
// whether a result could depend on it. exec is the one exception: it runs
// programs, in a folder made for each.
func TestStagesSeeNothingUndeclared(t *testing.T) {
	allowed := []string{ // and what is below them
		"bufio", "bytes", "cmp", "compress", "container", "context", "crypto/sha256", "encoding", "errors", "fmt", "hash/fnv", "image", "io", "iter", "maps",
		"path", "reflect", "regexp", "slices", "sort", "strconv", "strings", "sync", "unicode", "unsafe",
		"runtime/debug",  // the stack of a panic
		"math/rand/v2",   // which seededOnly looks at
		"reprise/stages", // whose imports are looked at here
		"reprise/artifacts", "reprise/spec", "gonum.org/v1", "golang.org/x/image",
		"golang.org/x/sys/cpu", // which way to compute the same bytes
	}
	exactly := []string{"math", "math/bits", "math/cmplx", "math/big"}
	notBelow := []string{"io/fs", "path/filepath"} // files come through spec.Env
	ofPrograms := []string{"os", "os/exec", "time", "runtime", "syscall", "io/fs", "path/filepath"}
	for _, f := range goFiles(t) {
		if f.test || !strings.HasPrefix(f.folder, "stages/") || f.ast.Name.Name == "main" { // a program that writes source is in no result
			continue
		}
		for _, i := range f.imports {
			switch {
			case f.folder == "stages/exec" && slices.Contains(ofPrograms, i):
			case slices.Contains(exactly, i), under(i, allowed...) && !slices.Contains(notBelow, i):
			default:
				t.Errorf("%s imports %s, on which a result could depend: files come through spec.Env, randomness from stages/internal/rng; what is harmless belongs in this test's list", f.path, i)
			}
		}
		seededOnly(t, f)
	}
}

// seededOnly holds that of math/rand only what takes a seed is used: its
// functions draw from a source that nobody has seeded.
func seededOnly(t *testing.T, f goFile) {
	names := map[string]bool{}
	for _, i := range f.ast.Imports {
		if i.Path.Value != `"math/rand/v2"` {
			continue
		}
		name := "rand"
		if i.Name != nil {
			name = i.Name.Name
		}
		if name == "." {
			t.Errorf("%s imports math/rand/v2 without its name", f.path)
		}
		names[name] = true
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := s.X.(*ast.Ident)
		if ok && names[of.Name] && !slices.Contains([]string{"New", "NewPCG", "Rand", "Source", "PCG"}, s.Sel.Name) {
			t.Errorf("%s uses %s.%s: randomness comes from stages/internal/rng with a seed", f.path, of.Name, s.Sel.Name)
		}
		return true
	})
}

// TestEveryNameIsDocumented holds that packages and exported names have a comment.
func TestEveryNameIsDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		documented[f.folder] = documented[f.folder] || f.ast.Doc != nil
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !isConventional(d.Name.Name) {
					t.Errorf("%s: %s has no comment", f.path, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					for _, name := range undocumented(d, s) {
						t.Errorf("%s: %s has no comment", f.path, name)
					}
				}
			}
		}
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("the package in %s has no comment", folder)
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	name, ok := typ.(*ast.Ident)
	return !ok || name.IsExported()
}

// isConventional names the methods whose meaning Go fixes.
func isConventional(name string) bool {
	return slices.Contains([]string{"Error", "String", "Write", "Read", "Close", "Len", "Less", "Swap", "Unwrap"}, name)
}

func undocumented(d *ast.GenDecl, s ast.Spec) (names []string) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
			names = append(names, s.Name.Name)
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

// TestFormatVetLint runs gofmt, go vet and staticcheck over the project.
func TestFormatVetLint(t *testing.T) {
	for _, tool := range [][]string{{"gofmt", "-l", "."}, {"go", "vet", "./..."}, {"go", "tool", "staticcheck", "./..."}} {
		var said bytes.Buffer // on a fresh machine also what is downloaded
		cmd := exec.Command(tool[0], tool[1:]...)
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s%s", strings.Join(tool, " "), err, out, said.Bytes())
		}
	}
}

// TestRace runs the tests of what computes at once under the race detector, which
// needs a C compiler: the engine, exec, and, as sessions, the command line.
// runner/baseline has no goroutine; what only takes long is left out.
func TestRace(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		lacks.Skip(t, "no gcc, which the race detector needs")
	}
	for _, args := range [][]string{
		{"./spec", "./runner", "./cache", "./artifacts", "./stages/exec", "./internal/cli"},
		{"-run", "TestScript/(interrupt|terminal|sweep|json|once|verify)$", "."},
	} {
		cmd := exec.Command("go", append([]string{"test", "-race", "-short"}, args...)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// TestNothingIsCompiledAtStart finds regular expressions that package variables
// compile: every command would take longer to start, for one that few of them use.
func TestNothingIsCompiledAtStart(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || under(f.folder, "bench") {
			continue
		}
		for _, d := range f.ast.Decls {
			vars, ok := d.(*ast.GenDecl)
			if !ok || vars.Tok != token.VAR {
				continue
			}
			ast.Inspect(vars, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "MustCompile" {
					t.Errorf("%s compiles a regular expression at start: put it into sync.OnceValue", f.path)
				}
				_, inside := n.(*ast.FuncLit) // which is called when it is needed
				return !inside
			})
		}
	}
}
