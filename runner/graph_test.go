package runner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// graph is a random experiment. Its stages keep their places when they are renamed.
type graph struct {
	stages []stage
	files  []string // contents, of data0.txt and so on
	code   int      // of the kind add
}

// stage is one of a graph's. The kinds: const gives number; read the length of a
// file; floor rounds its one input down; add adds up its inputs and number, or
// instead of that the metric of a stage, or has an instance for each of several
// numbers.
type stage struct {
	name, kind string
	number     float64
	needs      []int // places of stages before it
	metricOf   int   // or -1
	each       []float64
	file       int
}

func randomGraph(r *rand.Rand) graph {
	g := graph{files: []string{"a", "bb"}, code: 1}
	single := func() (all []int) {
		for j, s := range g.stages {
			if s.each == nil {
				all = append(all, j)
			}
		}
		return all
	}
	for i := range 3 + r.IntN(12) {
		s := stage{name: fmt.Sprintf("s%d", i), kind: "add", number: quarters(r), metricOf: -1, file: r.IntN(2)}
		for j := range i {
			if r.IntN(3) == 0 {
				s.needs = append(s.needs, j)
			}
		}
		singles := single()
		switch {
		case len(s.needs) == 0:
			s.kind = []string{"const", "const", "read"}[r.IntN(3)]
		case len(singles) > 0 && r.IntN(4) == 0:
			s.kind, s.needs = "floor", []int{singles[r.IntN(len(singles))]}
		case len(singles) > 0 && r.IntN(4) == 0:
			s.metricOf = singles[r.IntN(len(singles))]
		case r.IntN(4) == 0:
			s.each = []float64{quarters(r), quarters(r)}
		}
		g.stages = append(g.stages, s)
	}
	return g
}

func quarters(r *rand.Rand) float64 { return float64(r.IntN(40)) / 4 }

func (g graph) source() string {
	var b strings.Builder
	for _, s := range g.stages {
		fmt.Fprintf(&b, "stage %q %q {\n", s.kind, s.name)
		switch s.kind {
		case "const":
			fmt.Fprintf(&b, "  value = %g\n", s.number)
		case "read":
			fmt.Fprintf(&b, "  file = \"./data%d.txt\"\n", s.file)
		case "floor":
			fmt.Fprintf(&b, "  of = stage.%s\n", g.stages[s.needs[0]].name)
		case "add":
			fmt.Fprintf(&b, "  of = %s\n", g.list(s.needs))
			switch {
			case s.metricOf >= 0:
				fmt.Fprintf(&b, "  plus = stage.%s.metrics.value\n", g.stages[s.metricOf].name)
			case s.each != nil:
				fmt.Fprintf(&b, "  for_each = {")
				for i, v := range s.each {
					fmt.Fprintf(&b, " i%d = %g,", i, v)
				}
				fmt.Fprintf(&b, " }\n  plus = each.value\n")
			default:
				fmt.Fprintf(&b, "  plus = %g\n", s.number)
			}
		}
		fmt.Fprintf(&b, "}\n")
	}
	return b.String()
}

// list writes references to stages, with all instances of those that have such.
func (g graph) list(needs []int) string {
	var parts []string
	for _, j := range needs {
		if g.stages[j].each == nil {
			parts = append(parts, "[stage."+g.stages[j].name+"]")
		} else {
			parts = append(parts, "stage."+g.stages[j].name+"[*]")
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "concat(" + strings.Join(parts, ", ") + ")"
}

// editFile changes the content of a file, and says so.
func (g *graph) editFile(r *rand.Rand) string {
	g.files = slices.Clone(g.files)
	g.files[r.IntN(2)] = strings.Repeat(string('a'+rune(r.IntN(3))), r.IntN(3))
	return "a file"
}

// edit changes something, and says what.
func (g *graph) edit(r *rand.Rand) string {
	g.stages, g.files = slices.Clone(g.stages), slices.Clone(g.files)
	i := r.IntN(len(g.stages))
	s := &g.stages[i]
	switch r.IntN(7) {
	case 0:
		return "nothing"
	case 1:
		s.name = fmt.Sprintf("%c%d", 'a'+rune(r.IntN(26)), i)
		return "the name of stage " + fmt.Sprint(i)
	case 2:
		return g.editFile(r)
	case 3:
		g.code = 1 + r.IntN(3)
		return "the code of add"
	case 4:
		if s.each == nil {
			break
		}
		s.each = slices.Clone(s.each)
		if r.IntN(2) == 0 && len(s.each) > 1 {
			s.each = s.each[1:]
		} else {
			s.each = append(s.each, quarters(r))
		}
		return "the instances of " + s.name
	case 5:
		if len(s.needs) < 2 {
			break
		}
		s.needs = slices.Clone(s.needs)
		r.Shuffle(len(s.needs), func(a, b int) { s.needs[a], s.needs[b] = s.needs[b], s.needs[a] })
		return "the order of inputs of " + s.name
	}
	s.number = quarters(r)
	return "the number of " + s.name
}
