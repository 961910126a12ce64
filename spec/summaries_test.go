package spec

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEverySummaryIsExpected wants that each error the language knows is
// expected by a marker in testdata/bad.
func TestEverySummaryIsExpected(t *testing.T) {
	expected := map[string]bool{}
	for _, pattern := range []string{"testdata/bad/*.hcl", "testdata/bad/*/*/*.hcl", "testdata/bad/*.errors"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range names {
			for _, m := range markers(t, name) {
				expected[m.summary] = true
			}
		}
	}
	for summary, at := range summaries(t) {
		if !expected[summary] {
			t.Errorf("%s: no file in testdata/bad expects %q", at, summary)
		}
	}
}

// summaries are the constant summaries of diagnostics in this package, with a
// place for each.
func summaries(t *testing.T) map[string]token.Position {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, all := token.NewFileSet(), map[string]token.Position{}
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				all[text] = set.Position(lit.Pos())
			}
		}
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := goparser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch called(n) {
				case "fault":
					add(n.Args[1])
				case "plainFault":
					add(n.Args[0])
				}
			case *ast.AssignStmt:
				if to, ok := n.Lhs[0].(*ast.SelectorExpr); ok && to.Sel.Name == "Summary" {
					add(n.Rhs[0])
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Summary" {
					add(n.Value)
				}
			}
			return true
		})
	}
	return all
}

// called is the name of what is called, without what it is a method of.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
