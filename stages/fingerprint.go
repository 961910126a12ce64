package stages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"

	"reprise/spec"
)

// source is the code of all kinds, for their fingerprints. Embedding everything
// means that a new kind or a new assembly file needs no word here.
//
//go:embed *
var source embed.FS

// modulePath is the import path of this folder.
const modulePath = "reprise/stages"

// fingerprints identifies code by content, so that a result never outlives the
// code that made it: for a kind, its package and the packages under stages/
// that it imports, one digest each, and the versions of the modules that these
// import. Comments, layout and tests do not count.
type fingerprints struct {
	source  fs.FS
	modules map[string]string // path -> version

	mu       sync.Mutex
	packages map[string]*packageCode
}

// packageCode is the digest of one package's source, and what it imports.
type packageCode struct {
	digest  string
	ours    []string // folders under stages/
	foreign []string // import paths of other modules
}

func newFingerprints(source fs.FS) *fingerprints {
	f := &fingerprints{source: source, modules: map[string]string{}, packages: map[string]*packageCode{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			f.modules[m.Path] = m.Version
		}
	}
	return f
}

// of returns the code that a kind in the folder depends on, sorted by name.
func (f *fingerprints) of(folder string) ([]spec.Code, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	versions := map[string]string{}
	var visit func(folder string) error
	visit = func(folder string) error {
		name := "stages/" + folder
		if versions[name] != "" {
			return nil
		}
		p, err := f.read(folder)
		if err != nil {
			return err
		}
		versions[name] = p.digest
		for _, path := range p.foreign {
			if module, version := f.module(path); module != "" {
				versions[module] = version
			}
		}
		for _, folder := range p.ours {
			if err := visit(folder); err != nil {
				return err
			}
		}
		return nil
	}
	if err := visit(folder); err != nil {
		return nil, err
	}
	var out []spec.Code
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		c := spec.Code{Package: name, Version: versions[name]}
		if folder, ours := strings.CutPrefix(name, "stages/"); ours {
			c.Functions = func() map[string]string { return f.functions(folder) }
		}
		out = append(out, c)
	}
	return out, nil
}

// module finds the module of an import path; the standard library has none.
func (f *fingerprints) module(importPath string) (module, version string) {
	for p := importPath; p != "."; p = path.Dir(p) {
		if v, ok := f.modules[p]; ok {
			return p, v
		}
	}
	return "", ""
}

func (f *fingerprints) read(folder string) (*packageCode, error) {
	if p := f.packages[folder]; p != nil {
		return p, nil
	}
	entries, err := fs.ReadDir(f.source, folder)
	if err != nil {
		return nil, fmt.Errorf("the source of stages/%s is not embedded: %w", folder, err)
	}
	h := sha256.New()
	p := &packageCode{}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !isCode(name) {
			continue
		}
		src, err := fs.ReadFile(f.source, path.Join(folder, name))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(h, "file %s\n", name)
		if strings.HasSuffix(name, ".s") {
			h.Write(src)
			continue
		}
		text, imports := normalize(src)
		h.Write(text)
		for _, path := range imports {
			if ours, ok := strings.CutPrefix(path, modulePath+"/"); ok {
				p.ours = append(p.ours, ours)
			} else {
				p.foreign = append(p.foreign, path)
			}
		}
	}
	p.digest = hex.EncodeToString(h.Sum(nil)[:16])
	f.packages[folder] = p
	return p, nil
}

// normalize returns Go source as its tokens, one a line, without comments
// (//go: directives stay, for they change what is built) and without what only
// layout asks for: line ends, and a comma or semicolon before a closing bracket.
// It also returns the import paths.
func normalize(src []byte) (text []byte, imports []string) {
	var s scanner.Scanner
	files := token.NewFileSet()
	s.Init(files.AddFile("", files.Base(), len(src)), src, nil, scanner.ScanComments)
	held := "" // a comma or semicolon that counts only if no bracket closes behind it
	importing, depth := false, 0
	for {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return text, imports
		case tok == token.COMMENT:
			if strings.HasPrefix(lit, "//go:") {
				text = append(text, lit+"\n"...)
			}
			continue
		case tok == token.SEMICOLON || tok == token.COMMA:
			if importing && depth == 0 {
				importing = false
			}
			held += tok.String() + "\n"
			continue
		case tok == token.IMPORT:
			importing = true
		case importing && tok == token.LPAREN:
			depth++
		case importing && tok == token.RPAREN:
			depth, importing = 0, false
		case importing && tok == token.STRING:
			if p, err := strconv.Unquote(lit); err == nil {
				imports = append(imports, p)
			}
		}
		if tok != token.RPAREN && tok != token.RBRACK && tok != token.RBRACE {
			text = append(text, held...)
		}
		held = ""
		if lit == "" {
			lit = tok.String()
		}
		text = append(text, lit+"\n"...)
	}
}
