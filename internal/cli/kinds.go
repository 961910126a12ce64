package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// kindDocument documents a kind; kinds KIND writes it with --json.
type kindDocument struct {
	Type       string              `json:"type"` // "kind"
	Name       string              `json:"name"`
	Doc        string              `json:"doc"`
	Attributes []attributeDocument `json:"attributes,omitempty"`
	Tables     []givesDocument     `json:"tables,omitempty"`
	Metrics    []givesDocument     `json:"metrics,omitempty"`
	Files      []givesDocument     `json:"files,omitempty"`
}

type attributeDocument struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Default  string   `json:"default,omitempty"` // as HCL
	Needs    []string `json:"needs,omitempty"`   // tables of an input
	Doc      string   `json:"doc"`
}

type givesDocument struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// kindsDocument is what kinds writes with --json; of each kind name and doc.
type kindsDocument struct {
	Type  string         `json:"type"` // "kinds"
	Kinds []kindDocument `json:"kinds"`
}

func (a *app) kindsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kinds [KIND]",
		Short: "List the kinds of stages, or document one",
		Long: `Lists the kinds, or says of one what it does, its attributes, and the tables,
metrics and files that it gives.

With --json one object: {type: "kinds", kinds: [{type, name, doc}]}, or {type:
"kind", name, doc, attributes: [{name, type, required, default, needs, doc}],
tables, metrics, files: [{name, doc}]}.`,
		Args: takes("[KIND]"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return a.kinds.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				a.listKinds()
				return nil
			}
			k := a.kinds.Get(args[0])
			if k == nil {
				return &runner.UsageError{Message: fmt.Sprintf("there is no kind %s; there is %s", args[0], join(a.kinds.Names()))}
			}
			a.ui.object(documentOf(k))
			a.ui.kind(k)
			return nil
		},
	}
}

func (a *app) listKinds() {
	doc := kindsDocument{Type: "kinds", Kinds: []kindDocument{}}
	var rows [][]string
	for _, name := range a.kinds.Names() {
		k := a.kinds.Get(name)
		doc.Kinds = append(doc.Kinds, kindDocument{Type: "kind", Name: name, Doc: k.Doc})
		rows = append(rows, []string{name, firstSentence(k.Doc)})
	}
	a.ui.object(doc)
	a.ui.table([]column{{name: "kind"}, {name: "what it does", wrap: true}}, rows)
}

func firstSentence(doc string) string {
	sentence, _, _ := strings.Cut(strings.Join(strings.Fields(doc), " "), ". ")
	return strings.TrimSuffix(sentence, ".")
}

func documentOf(k *spec.Kind) kindDocument {
	gives := func(list []spec.Gives) (out []givesDocument) {
		for _, g := range list {
			out = append(out, givesDocument{g.Name, g.Doc})
		}
		return out
	}
	doc := kindDocument{Type: "kind", Name: k.Name, Doc: k.Doc, Tables: gives(k.Tables), Metrics: gives(k.Metrics), Files: gives(k.Files)}
	for _, at := range k.Attributes() {
		doc.Attributes = append(doc.Attributes, attributeDocument{at.Name, at.Type, !at.Optional, at.Default, at.Needs, at.Doc})
	}
	return doc
}

func (u *ui) kind(k *spec.Kind) {
	u.print("%s", k.Name)
	u.print("")
	u.print("%s", wrapped(strings.TrimSpace(k.Doc), u.outLook.width))
	var rows [][]string
	for _, a := range k.Attributes() {
		typ, value := a.Type, a.Default
		if len(a.Needs) > 0 {
			typ += " with " + join(a.Needs)
		}
		if !a.Optional {
			value = "required"
		}
		rows = append(rows, []string{a.Name, typ, value, a.Doc})
	}
	u.print("")
	u.table([]column{{name: "attribute"}, {name: "type"}, {name: "default"}, {name: "meaning", wrap: true}}, rows)
	for _, part := range []struct {
		name  string
		gives []spec.Gives
	}{{"table", k.Tables}, {"metric", k.Metrics}, {"file", k.Files}} {
		if len(part.gives) == 0 {
			continue
		}
		rows = nil
		for _, g := range part.gives {
			rows = append(rows, []string{g.Name, g.Doc})
		}
		u.print("")
		u.table([]column{{name: part.name}, {name: "meaning", wrap: true}}, rows)
	}
}
