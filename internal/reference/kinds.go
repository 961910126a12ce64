package reference

import (
	"strings"

	"reprise/spec"
)

func kindsPage(kinds spec.Kinds) string {
	p := newPage("Kinds of stages", "What a stage `stage \"KIND\" \"name\" { … }` can be. `reprise kinds KIND` prints the same. "+
		"Beside the attributes\nhere every stage has those of [the language](../language.md); a kind of your own is [a folder of Go](../how-to/go-kind.md).")
	var index [][]string
	for _, name := range kinds.Names() {
		first, _, _ := strings.Cut(strings.Join(strings.Fields(kinds.Get(name).Doc), " "), ". ")
		index = append(index, []string{"[" + name + "](#" + name + ")", plain(strings.TrimSuffix(first, "."))})
	}
	p.table([]string{"kind", "what it does"}, index)
	for _, name := range kinds.Names() {
		p.kind(kinds.Get(name))
	}
	return p.String()
}

func (p *page) kind(k *spec.Kind) {
	p.line("\n## %s", k.Name)
	p.prose(k.Doc)
	var rows [][]string
	for _, a := range k.Attributes() {
		typ, value := a.Type, code(a.Default)
		if len(a.Needs) > 0 {
			typ += " with " + strings.Join(a.Needs, ", ")
		}
		if !a.Optional {
			value = "required"
		}
		rows = append(rows, []string{code(a.Name), typ, value, plain(a.Doc)})
	}
	p.table([]string{"attribute", "type", "default", "meaning"}, rows)
	p.gives("table", k.Tables)
	p.gives("metric", k.Metrics)
	p.gives("file", k.Files)
}

func (p *page) gives(what string, list []spec.Gives) {
	var rows [][]string
	for _, g := range list {
		rows = append(rows, []string{code(g.Name), plain(g.Doc)})
	}
	p.table([]string{what, "meaning"}, rows)
}
