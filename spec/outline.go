package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Outline is what is known of an experiment that was read once: enough to read of
// the same text only those stages of which something is to run, however many others
// there are.
type Outline struct {
	Blocks []Block        // those at the top of the files, in order
	Tasks  []OutlinedTask // those of the experiment, in order
	Stages int            // that have tasks
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
	Block        int     // that of its stage, by its place
	Gives        Outputs // where its attributes decide it
	Needs        []int
	Takes, After int // how many of them
}

// Outline gives that of an experiment; false where it has none: where it has modules
// or is written in JSON.
func (x *Experiment) Outline() (*Outline, bool) {
	o := &Outline{}
	stages, blocks := map[*hclsyntax.Block]*stage{}, map[*stage]int{}
	for _, s := range x.stages {
		if stages[s.block] = s; len(s.tasks) > 0 {
			o.Stages++
		}
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
				blocks[s] = len(o.Blocks)
			}
			o.Blocks = append(o.Blocks, block)
		}
	}
	places := make(map[*Task]int, len(x.Tasks))
	for i, t := range x.Tasks {
		places[t] = i
		known := OutlinedTask{Address: t.Address, Block: blocks[t.stage], Takes: len(t.Takes), After: len(t.After)}
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
// and what is no stage; all others are [Task.Standing]. Those of them that nothing of
// what is read refers to, and sees does not ask for, are out of sight: they are not
// among its Tasks, but counted as Aside. Nothing that the experiment was read from may
// have changed since it was outlined, as [SameReads] tells. Where it cannot be read so,
// ok is false.
func LoadPart(path string, given Values, kinds Kinds, o *Outline, runs, sees func(place int) bool) (x *Experiment, ok bool) {
	reads := newReads()
	names, sources, dir, err := reads.sources(path)
	if err != nil {
		return nil, false
	}
	p := newParser(dir, kinds, reads)
	p.given = given
	if !p.readPart(sources, o, runs, sees) || p.diags.HasErrors() {
		return nil, false
	}
	p.x.readFrom(path, names)
	return p.x, true
}

func (p *parser) readPart(sources map[string][]byte, o *Outline, runs, sees func(place int) bool) bool {
	for name, src := range sources {
		p.files[name] = &hcl.File{Bytes: src}
	}
	a := newAside(p.x, o, p.kinds, runs)
	if p.x.aside = a; a == nil {
		return false
	}
	for i := range a.o.Blocks {
		b := &a.o.Blocks[i]
		switch {
		case b.Stage == "" || a.stages[i].read:
			body := p.parseBlock(b, sources[b.File])
			if body == nil {
				return false
			}
			p.declare(body)
		case b.IsOff:
			p.x.off = append(p.x.off, "stage."+b.Stage)
		}
	}
	p.refer()
	p.evaluate()
	if !a.takeIn(p.x.Tasks) {
		return false
	}
	a.arrange(sees)
	return true
}

// parseBlock reads one block; nil where it is not there.
func (p *parser) parseBlock(b *Block, src []byte) *hclsyntax.Body {
	if b.Start.Byte < 0 || b.Start.Byte > b.End || b.End > len(src) {
		return nil
	}
	file, diags := hclsyntax.ParseConfig(src[b.Start.Byte:b.End], b.File, b.Start)
	if diags.HasErrors() {
		return nil
	}
	return p.moderate(file.Body.(*hclsyntax.Body))
}

// named is what is declared under an address, or nil.
func (p *parser) named(address string) *node {
	if p.nodes[address] == nil && p.x.aside != nil {
		if n := p.x.aside.node(address); n != nil {
			p.nodes[address] = n
		}
	}
	return p.nodes[address]
}
