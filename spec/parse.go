package spec

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxSource bounds one HCL file; experiments are written by people.
const maxSource = 16 << 20

// Load reads the experiment at path, a file or a folder of .hcl files read as
// one, with the values given for its variables. Either the experiment or the
// diagnostics are nil. The error is for what is no fault of the experiment's
// text: a path that does not exist or cannot be read.
func Load(path string, given Values, kinds Kinds) (*Experiment, *Diagnostics, error) {
	names, dir, err := sourceFiles(path)
	if err != nil {
		return nil, nil, err
	}
	sources := map[string][]byte{}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, nil, err
		}
		if info.Size() > maxSource {
			return nil, nil, fmt.Errorf("%s has %d MiB; an experiment's file has at most %d", name, info.Size()>>20, maxSource>>20)
		}
		if sources[name], err = os.ReadFile(name); err != nil {
			return nil, nil, err
		}
	}
	x, diags := parse(names, sources, dir, given, kinds)
	return x, diags, nil
}

func sourceFiles(path string) (names []string, dir string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, "", fmt.Errorf("no experiment at %s: give an .hcl file or a folder of them", path)
		}
		return nil, "", err
	}
	if !info.IsDir() {
		return []string{path}, filepath.Dir(path), nil
	}
	entries, err := fs.ReadDir(os.DirFS(path), ".")
	if err != nil {
		return nil, "", err
	}
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".hcl") {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, "", fmt.Errorf("no experiment in %s: the folder has no .hcl file", path)
	}
	return names, path, nil
}

// parser goes through the phases; each adds to diags.
type parser struct {
	dir    string
	kinds  Kinds
	given  Values
	diags  hcl.Diagnostics
	files  map[string]*hcl.File
	nodes  map[string]*node // what expressions can refer to: "var.rank", "stage.fit", …
	order  []*node          // nodes in the order of the source
	stages []*stage
	bad    map[hclsyntax.Expression]bool // has a fault already told, so is not evaluated
	x      *Experiment

	flags      map[string]string    // given by --var
	fileValues map[string]cty.Value // given by --var-file
}

// parse is Load without a file system but for variables of functions that read files.
func parse(names []string, sources map[string][]byte, dir string, given Values, kinds Kinds) (*Experiment, *Diagnostics) {
	base := dir
	if abs, err := filepath.Abs(dir); err == nil {
		base = abs
	}
	p := &parser{dir: dir, kinds: kinds, given: given, files: map[string]*hcl.File{}, nodes: map[string]*node{}, bad: map[hclsyntax.Expression]bool{},
		x: &Experiment{Name: filepath.Base(base), Dir: dir, functions: functions(dir)}}
	p.x.files = p.files
	broken := false
	for _, name := range names {
		file, diags := hclsyntax.ParseConfig(sources[name], name, hcl.InitialPos)
		p.files[name] = file
		p.diags = append(p.diags, diags...)
		broken = broken || diags.HasErrors()
		if body, ok := file.Body.(*hclsyntax.Body); ok {
			p.declare(body)
		}
	}
	// A file that does not parse hides declarations; to speak of references
	// then would be to complain about what is there.
	if !broken {
		p.refer()
		p.evaluate()
	}
	d := (&Diagnostics{list: p.diags, files: p.files}).sorted()
	if d.HasErrors() {
		return nil, d
	}
	return p.x, nil
}

func (p *parser) fault(at hcl.Range, summary, detail string, args ...any) {
	p.diags = append(p.diags, fault(at, summary, detail, args...))
}
