package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Outline is what is known of an experiment that was read once: enough to read of
// the same text only those stages of which something is to run, however many others
// there are.
type Outline struct {
	Blocks []Block        // those at the top of the files, in order
	Tasks  []OutlinedTask // those of the experiment, in order
}

// Block is a block at the top of a file.
type Block struct {
	File        string
	Start       hcl.Pos
	End         int    // the byte behind it
	Stage       string // the name of a stage; "" of any other block
	Kind        string // of the stage
	Each, IsOff bool   // it has for_each; its `when` is false
}

// OutlinedTask is a task with those that it needs, by their places among all tasks:
// those that it takes come first, those that it only follows last, as in [Task].
type OutlinedTask struct {
	Address      string
	Gives        Outputs // where its attributes decide it
	Needs        []int
	Takes, After int // how many of them
}

// Outline gives that of an experiment; false where it has none: where it has modules
// or is written in JSON.
func (x *Experiment) Outline() (*Outline, bool) {
	o := &Outline{}
	stages := map[*hclsyntax.Block]*stage{}
	for _, s := range x.stages {
		stages[s.block] = s
	}
	for _, name := range x.names {
		body, ok := x.files[name].Body.(*hclsyntax.Body)
		if !ok || isJSON(name) {
			return nil, false
		}
		for _, b := range body.Blocks {
			at := b.Range()
			block := Block{File: name, Start: at.Start, End: at.End.Byte}
			if b.Type == "module" {
				return nil, false
			}
			if s := stages[b]; s != nil {
				block.Stage, block.Kind, block.Each, block.IsOff = s.name, s.kind.Name, s.forEach != nil, s.off
			}
			o.Blocks = append(o.Blocks, block)
		}
	}
	places := make(map[*Task]int, len(x.Tasks))
	for i, t := range x.Tasks {
		places[t] = i
		known := OutlinedTask{Address: t.Address, Takes: len(t.Takes), After: len(t.After)}
		if t.Kind.isGiver() {
			known.Gives = t.Gives
		}
		for _, n := range t.Needs {
			known.Needs = append(known.Needs, places[n])
		}
		o.Tasks = append(o.Tasks, known)
	}
	return o, true
}

// LoadPart is [Load] for a run of some tasks of an experiment: it reads their stages,
// and what is no stage; all others are [Task.Standing]. Nothing that the experiment
// was read from may have changed since it was outlined, as [SameReads] tells. Where
// it cannot be read so, ok is false.
func LoadPart(path string, given Values, kinds Kinds, o *Outline, runs func(place int) bool) (x *Experiment, ok bool) {
	reads := newReads()
	names, sources, dir, err := reads.sources(path)
	if err != nil {
		return nil, false
	}
	p := newParser(dir, kinds, reads)
	p.given = given
	if !p.readPart(sources, o, runs) || p.diags.HasErrors() {
		return nil, false
	}
	p.x.readFrom(path, names)
	return p.x, true
}

func (p *parser) readPart(sources map[string][]byte, o *Outline, runs func(place int) bool) bool {
	p.standing, p.aside = make(map[string]*Task, len(o.Tasks)), make(map[string]func() *node, len(o.Blocks))
	all, some := make([]Task, len(o.Tasks)), map[string]bool{}
	standing := map[string][]*Task{} // by the addresses of their stages
	for i, known := range o.Tasks {
		stage := SweepAddress(known.Address)
		if runs(i) {
			some[stage] = true
			continue
		}
		t := &all[i]
		t.Address, t.Gives, t.Standing, t.Cache, t.x = known.Address, known.Gives, true, true, p.x
		p.standing[t.Address] = t
		standing[stage] = append(standing[stage], t)
	}
	for name, src := range sources {
		p.files[name] = &hcl.File{Bytes: src}
	}
	for _, b := range o.Blocks {
		address := "stage." + b.Stage
		switch {
		case b.Stage == "" || some[address]:
			body := p.parseBlock(b, sources[b.File])
			if body == nil {
				return false
			}
			p.declare(body)
		case !p.setAside(b, address, standing[address]):
			return false
		}
	}
	p.refer()
	p.evaluate()
	return p.arrange(all, o)
}

// parseBlock reads one block; nil where it is not there.
func (p *parser) parseBlock(b Block, src []byte) *hclsyntax.Body {
	if b.Start.Byte < 0 || b.Start.Byte > b.End || b.End > len(src) {
		return nil
	}
	file, diags := hclsyntax.ParseConfig(src[b.Start.Byte:b.End], b.File, b.Start)
	if diags.HasErrors() {
		return nil
	}
	return p.moderate(file.Body.(*hclsyntax.Body))
}

// setAside keeps a stage whose tasks all stand for when something refers to it.
func (p *parser) setAside(b Block, address string, tasks []*Task) bool {
	kind := p.kinds.Get(b.Kind)
	if kind == nil || !b.Each && !b.IsOff && len(tasks) != 1 {
		return false
	}
	if b.IsOff {
		p.x.off = append(p.x.off, address)
	}
	for _, t := range tasks {
		if !b.Each {
			t.of(b.Stage, kind, nil)
		} else if keys := InstanceKeys(t.Address); len(keys) == 1 {
			t.of(b.Stage, kind, &instance{key: keys[0]})
		}
	}
	p.aside[address] = func() *node {
		s := &stage{name: b.Stage, kind: kind, off: b.IsOff, tasks: tasks}
		s.node = &node{address: address, at: hcl.Range{Filename: b.File, Start: b.Start, End: b.Start}, stage: s}
		s.node.eval = func() cty.Value { return s.value(nil) }
		if b.Each {
			s.forEach = &hclsyntax.ObjectConsExpr{} // which nobody asks for its value any more
			s.node.forEach = s.forEach
		}
		for _, t := range tasks {
			t.stage = s
		}
		return s.node
	}
	return true
}

// named is what is declared under an address, or nil.
func (p *parser) named(address string) *node {
	if stage := p.aside[address]; stage != nil {
		p.nodes[address] = stage()
		delete(p.aside, address)
	}
	return p.nodes[address]
}

// of makes a standing task one of a stage, an instance where that has for_each.
func (t *Task) of(stage string, kind *Kind, each *instance) {
	t.Stage, t.Kind, t.each = stage, kind, each
	if each != nil {
		t.Instance = each.key
	}
	if !kind.isGiver() {
		t.Gives = kind.outputs()
	}
}

// arrange puts all tasks into the order that they had, those that stand with what
// they need.
func (p *parser) arrange(all []Task, o *Outline) bool {
	read := map[string]*Task{}
	for _, t := range p.x.Tasks {
		if !t.Standing {
			read[t.Address] = t
		}
	}
	p.x.Tasks = make([]*Task, len(o.Tasks))
	for i, known := range o.Tasks {
		t := &all[i]
		if !t.Standing {
			t = read[known.Address]
			delete(read, known.Address)
		}
		if t == nil || t.Kind == nil {
			return false
		}
		p.x.Tasks[i] = t
		if !t.Standing {
			continue
		}
		for _, n := range known.Needs {
			if n < 0 || n >= i {
				return false
			}
			t.Needs = append(t.Needs, p.x.Tasks[n])
		}
		if known.Takes < 0 || known.After < 0 || known.Takes+known.After > len(t.Needs) {
			return false
		}
		t.Takes, t.After = t.Needs[:known.Takes], t.Needs[len(t.Needs)-known.After:]
	}
	return len(read) == 0 // else there are others than there were
}
