package spec

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

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
	reads := newReads()
	names, sources, dir, err := reads.sources(path)
	if err != nil {
		return nil, nil, err
	}
	x, diags := parse(names, sources, dir, given, kinds, reads)
	if x != nil {
		x.readFrom(path, names)
	}
	return x, diags, nil
}

func (x *Experiment) readFrom(path string, names []string) {
	x.path, x.names = path, names
	if x.Name == "" {
		x.Name = nameOf(path)
	}
}

// sources are the texts of an experiment, by the names of their files.
func (r *reads) sources(path string) (names []string, sources map[string][]byte, dir string, err error) {
	names, dir, err = r.sourceFiles(path)
	if err != nil {
		return nil, nil, "", err
	}
	sources = map[string][]byte{}
	for _, name := range names {
		if sources[name], err = r.file(name); err != nil {
			return nil, nil, "", fmt.Errorf("%s: %w", name, bareError(err))
		}
	}
	return names, sources, dir, nil
}

// file reads a file that a person wrote.
func (r *reads) file(name string) ([]byte, error) {
	text, err := r.read(name, func(f io.Reader) (string, error) {
		b, err := io.ReadAll(io.LimitReader(f, maxSource+1))
		if err == nil && len(b) > maxSource {
			return "", fmt.Errorf("it is larger than %d MiB, which no experiment is", maxSource>>20)
		}
		return string(b), err
	})
	return []byte(text), err
}

func (r *reads) sourceFiles(path string) (names []string, dir string, err error) {
	info, err := r.stat(path)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, "", fmt.Errorf("no experiment at %s: give an .hcl file or a folder of them", path)
		}
		return nil, "", err
	}
	if !info.IsDir() {
		if !strings.HasSuffix(path, ".hcl") && !isJSON(path) {
			return nil, "", fmt.Errorf("%s is no experiment by its name: an experiment is an .hcl file, an .hcl.json file, or a folder of them", path)
		}
		return []string{path}, filepath.Dir(path), nil
	}
	entries, _, err := r.list(path, "*") // which leaves out names with a dot before, such as those of editors
	if err != nil {
		return nil, "", err
	}
	for _, e := range entries {
		if !e.IsDir() && (strings.HasSuffix(e.Name(), ".hcl") || strings.HasSuffix(e.Name(), ".hcl.json")) {
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
	dir   string
	kinds Kinds
	given Values
	diags hcl.Diagnostics
	files map[string]*hcl.File            // shared with modules
	nodes map[string]*node                // what expressions can refer to: "var.rank", "stage.fit", …
	names map[string][]string             // names declared, by what they are: "var", "stage", …
	order []*node                         // nodes in the order of the source, later of their needs
	bad   map[hclsyntax.Expression]bool   // has a fault already told, so is not evaluated
	texts map[hclsyntax.Expression]string // of expressions in JSON, which has them with escapes
	x     *Experiment

	experimentAt *hcl.Range // the experiment block

	flags      map[string]string    // given by --var
	fileValues map[string]cty.Value // given by --var-file

	modules *modules // shared with modules
}

// nameOf is the name of an experiment that gives itself none: that of its file or folder.
func nameOf(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".json"), ".hcl")
}

// parse is Load without a file system but for variables of functions that read files.
func parse(names []string, sources map[string][]byte, dir string, given Values, kinds Kinds, reads *reads) (*Experiment, *Diagnostics) {
	p := newParser(dir, kinds, reads)
	p.given = given
	p.read(names, sources)
	d := (&Diagnostics{list: p.diags, files: p.files}).sorted()
	if d.HasErrors() {
		return nil, d
	}
	for i, t := range p.x.Tasks {
		t.Place = i
	}
	return p.x, nil
}

func newParser(dir string, kinds Kinds, reads *reads) *parser {
	files := map[string]*hcl.File{}
	return &parser{dir: dir, kinds: kinds, files: files, nodes: map[string]*node{}, names: map[string][]string{}, bad: map[hclsyntax.Expression]bool{}, modules: &modules{told: map[string]bool{}, attributes: map[*Kind][]Attribute{}},
		x: &Experiment{Dir: dir, functions: functions(dir, reads), files: files, reads: reads}}
}

// read goes through all phases.
func (p *parser) read(names []string, sources map[string][]byte) {
	whole := true
	for _, name := range names {
		if body := p.source(name, sources[name]); body != nil {
			p.declare(body)
		} else {
			whole = false
		}
	}
	// A file that does not parse hides declarations; to speak of references
	// then would be to complain about what is there.
	if whole {
		p.refer()
		p.evaluate()
	}
}

// source parses one file of HCL in either of its syntaxes; nil where it is none.
func (p *parser) source(name string, src []byte) *hclsyntax.Body {
	return p.parseFile(name, src, false)
}

// parseFile is source for files of blocks, and of values for variables.
func (p *parser) parseFile(name string, src []byte, values bool) *hclsyntax.Body {
	p.files[name] = &hcl.File{Bytes: src}
	at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		p.fault(at, "Not an experiment", "%s is no text in UTF-8, and an experiment is written in HCL, which is text.", name)
		return nil
	}
	if isJSON(name) {
		return p.moderate(p.jsonSource(name, src, values))
	}
	if file := parseParts(src, name, partBytes); file != nil {
		p.files[name] = file
		return p.moderate(file.Body.(*hclsyntax.Body))
	}
	if at, deep := tooDeep(src, name); deep {
		p.fault(at, "Nested too deeply", deepDetail, maxNesting)
		return nil
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() {
		return nil
	}
	p.files[name] = file
	return p.moderate(file.Body.(*hclsyntax.Body))
}

// moderate lets a body through whose numbers are none too large.
func (p *parser) moderate(body *hclsyntax.Body) *hclsyntax.Body {
	if body == nil {
		return nil
	}
	if at, extreme := extremeNumber(body); extreme {
		p.fault(at, "Number out of range", extremeDetail)
		return nil
	}
	measure(body)
	return body
}

func (p *parser) fault(at hcl.Range, summary, detail string, args ...any) {
	p.diags = append(p.diags, fault(at, summary, detail, args...))
}
