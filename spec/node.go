package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// node is something that expressions can refer to, with the expressions that
// it is made of.
type node struct {
	address string    // "var.rank", "local.x", "dataset.d", "stage.fit"
	at      hcl.Range // its header
	exprs   []hclsyntax.Expression
	forEach hclsyntax.Expression // where it has one, so that the others may use each
	refers  []need               // what its expressions refer to, and where
	eval    func() cty.Value     // its value, once all it needs have theirs

	stage    *stage    // the stage that it is, if it is one
	module   *module   // the module, if it is one
	variable *variable // the variable, if it is one

	value  cty.Value // unknown where faulty
	known  bool      // the value waits for no metric
	faulty bool
	cyclic bool
	state  int // while ordering
}

// States of a node while nodes are ordered.
const (
	notSeen = iota
	onPath
	done
)

// need is a reference from one node to another.
type need struct {
	to *node
	at hcl.Range
}

// stage is a stage block as declared.
type stage struct {
	node  *node
	kind  *Kind
	name  string
	block *hclsyntax.Block

	attributes []Attribute // of the kind

	forEach   hclsyntax.Expression
	when      hclsyntax.Expression
	after     []*stage // depends_on
	attrs     map[string]*hclsyntax.Attribute
	common    map[string]*hclsyntax.Attribute
	resources map[string]*hclsyntax.Attribute // of its block of this name
	tasks     []*Task                         // filled by evaluate
	off       bool                            // its when is false
	faulty    bool                            // an attribute is missing or unknown, which has been told
	last      lastValue
}
