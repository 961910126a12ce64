package stages

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// functions are the digests of what a package declares, by name as people say
// it: "func climb", "func (*trainer).step", "type Fit", "var steps". Comments
// and layout do not count. An assembly file is one item.
func (f *fingerprints) functions(folder string) map[string]string {
	out := map[string]string{}
	entries, err := fs.ReadDir(f.source, folder)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		src, err := fs.ReadFile(f.source, path.Join(folder, e.Name()))
		if err != nil || e.IsDir() || !isCode(e.Name()) {
			continue
		}
		if strings.HasSuffix(e.Name(), ".s") {
			count(out, "file "+e.Name(), src)
			continue
		}
		declarations(src, func(name string, src []byte) {
			text, _ := normalize(src)
			count(out, name, text)
		})
	}
	return out
}

// isCode tells whether a file's content can change results.
func isCode(name string) bool {
	return strings.HasSuffix(name, ".s") || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}

// count adds a text to the digest of a name: files for other architectures
// declare the same functions.
func count(digests map[string]string, name string, text []byte) {
	sum := sha256.Sum256(append([]byte(digests[name]), text...))
	digests[name] = hex.EncodeToString(sum[:8])
}

// declarations hands over the source of each declaration of a file.
func declarations(src []byte, found func(name string, src []byte)) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return // it would not have been built
	}
	of := func(doc *ast.CommentGroup, n ast.Node) []byte {
		from := n.Pos()
		if doc != nil { // for its directives
			from = doc.Pos()
		}
		return src[files.Position(from).Offset:files.Position(n.End()).Offset]
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := "func " + d.Name.Name
			if d.Recv != nil && len(d.Recv.List) == 1 {
				name = "func " + receiver(d.Recv.List[0].Type) + "." + d.Name.Name
			}
			found(name, of(d.Doc, d))
		case *ast.GenDecl:
			for i, s := range d.Specs {
				name, doc := specName(d, s)
				text := of(doc, s)
				if d.Tok == token.CONST && strings.Contains(string(of(d.Doc, d)), "iota") {
					text = append([]byte(strings.Repeat("\n;", i)), text...) // its place is its value
				}
				found(name, text)
			}
		}
	}
}

// receiver is a method's receiver as in (*Fit), or Fit.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "(*" + receiver(e.X) + ")"
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	}
	return "?"
}

func specName(d *ast.GenDecl, s ast.Spec) (name string, doc *ast.CommentGroup) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return "type " + s.Name.Name, s.Doc
	case *ast.ImportSpec:
		return "import " + s.Path.Value, s.Doc
	case *ast.ValueSpec:
		var names []string
		for _, n := range s.Names {
			names = append(names, n.Name)
		}
		return d.Tok.String() + " " + strings.Join(names, ", "), s.Doc
	}
	return d.Tok.String(), nil
}
