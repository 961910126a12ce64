package reference

import "reprise/spec"

func functionsPage(groups []spec.FunctionGroup) string {
	p := newPage("Functions", "What expressions may call. A result depends on the arguments alone, and on files of the experiment's folder where the\n"+
		"function reads one: there is no clock, no randomness and no environment. Names that Terraform has mean the same here.\n"+
		"A parameter that ends in `...` takes any number of arguments; `f(list...)` gives a list's elements as arguments.")
	for _, g := range groups {
		p.line("\n## %s", g.Title)
		var rows [][]string
		for _, f := range g.Functions {
			example := code(f.Example)
			if f.Result != "" {
				example += " is " + code(f.Result)
			}
			rows = append(rows, []string{code(f.Signature), plain(f.Doc), example})
		}
		p.table([]string{"function", "what it does", "example"}, rows)
	}
	return p.String()
}
