package view

import (
	"reprise/runner"
	"reprise/spec"
)

// Item is one thing in a key.
type Item struct {
	runner.Item
	From string `json:"from,omitempty"` // of an input its task, of a file its path or dataset
}

// Items reads the key of a step, and adds where inputs and files come from.
func Items(s *runner.Step, known spec.Metrics) []Item {
	sources := map[string][]string{}
	if r, diags := s.Task.Resolve(known); r != nil && !diags.HasErrors() {
		for _, in := range r.Inputs {
			for _, t := range in.Tasks {
				sources["in "+in.Label()] = append(sources["in "+in.Label()], t.Address)
			}
		}
		for _, f := range r.Files {
			at := f.Path
			if f.Dataset != nil {
				at = f.Dataset.Address
			}
			sources["file "+f.Label()] = []string{at}
		}
	}
	var out []Item
	for _, i := range runner.Items(s.KeyText) {
		k := Item{Item: i}
		if from := sources[i.What+" "+i.Name]; len(from) > 0 {
			k.From, sources[i.What+" "+i.Name] = from[0], from[1:]
		}
		out = append(out, k)
	}
	return out
}

// whatWords say in a sentence's words what an item of a key is.
var whatWords = map[string]string{"reprise-key": "form", "format": "encoding", "set": "attribute", "in": "input"}

// What says in a word what an item of a key is.
func What(item string) string {
	if w := whatWords[item]; w != "" {
		return w
	}
	return item
}
