package runlog

import (
	"maps"
	"slices"

	"reprise/spec"
)

// Start is the first line of a log: what the run is of. The log of a run in which
// nothing was to run, for which the experiment was not read, has none.
type Start struct {
	Experiment string            `json:"experiment"`
	Title      string            `json:"title,omitempty"`
	Command    []string          `json:"command"`
	Variables  map[string]string `json:"variables"` // as JSON text
	Given      []string          `json:"given"`     // names of those that do not have their default
	Stages     []Stage           `json:"stages"`    // in the order of the experiment
	Log        string            `json:"log"`       // name of the log while the run went on; written by Log
}

// Stage is a stage of the experiment: its address without keys, as of a sweep.
type Stage struct {
	Address string `json:"address"`
	Kind    string `json:"kind"`
	Tasks   int    `json:"tasks"`
	Needs   []Need `json:"needs,omitempty"`
}

// Need is another stage that one needs, and what for.
type Need struct {
	Address string `json:"address"`
	What    string `json:"what"` // as in spec.Task.NeedsFor
}

// StartOf says what a run of the experiment is of.
func StartOf(x *spec.Experiment, command []string) Start {
	s := Start{Experiment: x.Name, Title: x.Title, Command: command, Variables: x.Variables(), Given: slices.Sorted(maps.Keys(x.Given()))}
	at := map[string]int{}
	needed := map[[2]string]bool{}
	stageOf := make(map[*spec.Task]string, len(x.Tasks))
	for _, t := range x.Tasks {
		address := spec.SweepAddress(t.Address)
		stageOf[t] = address
		i, ok := at[address]
		if !ok {
			i = len(s.Stages)
			at[address] = i
			s.Stages = append(s.Stages, Stage{Address: address, Kind: t.Kind.Name})
		}
		s.Stages[i].Tasks++
		for _, n := range t.Needs { // stand before what needs them
			edge := [2]string{address, stageOf[n]}
			if !needed[edge] {
				needed[edge] = true
				s.Stages[i].Needs = append(s.Stages[i].Needs, Need{stageOf[n], t.NeedsFor(n)})
			}
		}
	}
	return s
}
