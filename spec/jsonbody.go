package spec

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A JSON text becomes the very tree that HCL's own syntax is read into, so that
// every later phase, and what it says of faults, is the same for both.

// isJSON tells by a file's name which of HCL's syntaxes it is written in.
func isJSON(name string) bool { return strings.HasSuffix(name, ".json") }

// innerBlocks are the blocks that may stand in one, all without labels: to JSON
// an object could as well be an attribute's value.
var innerBlocks = map[string][]string{"variable": {"validation"}, "check": {"assert", "baseline"}, "stage": {"resources"}}

// jsonSource parses a file of HCL's JSON syntax; nil where it is none.
func (p *parser) jsonSource(name string, src []byte, values bool) *hclsyntax.Body {
	v, d := readJSON(name, src)
	if d == nil && !v.isObject() {
		d = fault(v.at, "Invalid JSON", "A file of HCL in JSON is one object: its names are those of blocks.")
	}
	if d != nil {
		p.diags = append(p.diags, d)
		return nil
	}
	before := len(p.diags)
	body := newBody(v.at)
	if values {
		p.jsonMembers(body, v, "")
	} else {
		for _, m := range v.members {
			labels, known := blockTypes[m.name]
			switch {
			case m.name == "//": // a comment
			case known:
				p.jsonBlocks(body, m.name, labels, jsonHeader{at: m.at}, m.value)
			default: // which is told when blocks are declared
				body.Blocks = append(body.Blocks, &hclsyntax.Block{Type: m.name, Body: newBody(m.at), TypeRange: m.at, OpenBraceRange: m.at, CloseBraceRange: m.at})
			}
		}
	}
	if p.diags[before:].HasErrors() {
		return nil
	}
	return body
}

func newBody(at hcl.Range) *hclsyntax.Body {
	return &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: at, EndRange: at}
}

// jsonHeader is what has been read of a block's labels.
type jsonHeader struct {
	at     hcl.Range // of the last name
	labels []string
	ranges []hcl.Range
}

func (h jsonHeader) with(m jsonMember) jsonHeader {
	return jsonHeader{m.at, append(h.labels[:len(h.labels):len(h.labels)], m.name), append(h.ranges[:len(h.ranges):len(h.ranges)], m.at)}
}

// jsonBlocks adds the blocks of one type: an object a label, around the object
// that is the block, or lists of them at each step.
func (p *parser) jsonBlocks(into *hclsyntax.Body, kind string, labels int, h jsonHeader, v jsonValue) {
	switch {
	case v.isList():
		for _, item := range v.items {
			p.jsonBlocks(into, kind, labels, h, item)
		}
	case !v.isObject():
		p.fault(v.at, "Not a block", "In JSON a block is an object, here that of %q.", kind)
	case labels > len(h.labels):
		for _, m := range v.members {
			if m.name != "//" {
				p.jsonBlocks(into, kind, labels, h.with(m), m.value)
			}
		}
	default:
		body := newBody(v.at)
		p.jsonMembers(body, v, kind)
		into.Blocks = append(into.Blocks, &hclsyntax.Block{Type: kind, Labels: h.labels, Body: body,
			TypeRange: h.at, LabelRanges: h.ranges, OpenBraceRange: v.at, CloseBraceRange: v.at})
	}
}

// jsonMembers adds the attributes and inner blocks of a block; kind is its type,
// or empty for a file of values.
func (p *parser) jsonMembers(body *hclsyntax.Body, v jsonValue, kind string) {
	inner := map[string]bool{}
	for _, name := range innerBlocks[kind] {
		inner[name] = true
	}
	for _, m := range v.members {
		switch {
		case m.name == "//":
		case inner[m.name]:
			p.jsonBlocks(body, m.name, 0, jsonHeader{at: m.at}, m.value)
		case !hclsyntax.ValidIdentifier(m.name):
			p.fault(m.at, "Invalid name", "%q is no name: a name has letters, digits, _ and -, and starts with a letter.", m.name)
		default:
			body.Attributes[m.name] = &hclsyntax.Attribute{Name: m.name, Expr: p.jsonAttribute(kind, m), NameRange: m.at, EqualsRange: m.at,
				SrcRange: hcl.RangeBetween(m.at, m.value.at)}
		}
	}
}

// jsonAttribute is an attribute's expression. Types and stages that are only
// named stand as they are between the quotes of a string.
func (p *parser) jsonAttribute(kind string, m jsonMember) hclsyntax.Expression {
	switch {
	case kind == "variable" && m.name == "type":
		return p.jsonNative(m.value)
	case kind == "stage" && m.name == "depends_on" && m.value.isList():
		list := &hclsyntax.TupleConsExpr{SrcRange: m.value.at, OpenRange: m.value.at}
		for _, item := range m.value.items {
			list.Exprs = append(list.Exprs, p.jsonNative(item))
		}
		return list
	}
	return p.jsonExpr(m.value)
}

// jsonNative reads a string as an expression in HCL's own syntax.
func (p *parser) jsonNative(v jsonValue) hclsyntax.Expression {
	text, ok := v.token.(string)
	if !ok || strings.HasPrefix(text, "${") {
		return p.jsonExpr(v)
	}
	if !p.shallow(v, func(at hcl.Pos) (hclsyntax.Tokens, hcl.Diagnostics) {
		return hclsyntax.LexExpression([]byte(text), v.at.Filename, at)
	}) {
		return literal(cty.DynamicVal, v.at)
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), v.at.Filename, inside(v.at))
	return p.parsed(e, diags, v)
}

// jsonExpr is the expression that a JSON value stands for: strings are templates.
func (p *parser) jsonExpr(v jsonValue) hclsyntax.Expression {
	switch token := v.token.(type) {
	case string:
		return p.jsonTemplate(token, v)
	case bool:
		return literal(cty.BoolVal(token), v.at)
	case json.Number:
		n, err := cty.ParseNumberVal(token.String())
		if err != nil {
			p.fault(v.at, "Number out of range", "Numbers are at most about 1e308, and at least about 1e-308 where they are not 0.")
			n = cty.Zero
		}
		return literal(n, v.at)
	case json.Delim:
		if v.isList() {
			list := &hclsyntax.TupleConsExpr{SrcRange: v.at, OpenRange: v.at}
			for _, item := range v.items {
				list.Exprs = append(list.Exprs, p.jsonExpr(item))
			}
			return list
		}
		object := &hclsyntax.ObjectConsExpr{SrcRange: v.at, OpenRange: v.at}
		for _, m := range v.members {
			key := p.jsonTemplate(m.name, jsonValue{at: m.at})
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: p.jsonExpr(m.value)})
		}
		return object
	}
	return literal(cty.NullVal(cty.DynamicPseudoType), v.at)
}

func literal(v cty.Value, at hcl.Range) hclsyntax.Expression {
	return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}
}

func (p *parser) jsonTemplate(text string, v jsonValue) hclsyntax.Expression {
	if !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		return literal(cty.StringVal(text), v.at)
	}
	if !p.shallow(v, func(at hcl.Pos) (hclsyntax.Tokens, hcl.Diagnostics) {
		return hclsyntax.LexTemplate([]byte(text), v.at.Filename, at)
	}) {
		return literal(cty.DynamicVal, v.at)
	}
	e, diags := hclsyntax.ParseTemplate([]byte(text), v.at.Filename, inside(v.at))
	if wrap, ok := e.(*hclsyntax.TemplateWrapExpr); ok {
		e = wrap.Wrapped // as written without a template in HCL's own syntax
		if p.texts == nil {
			p.texts = map[hclsyntax.Expression]string{}
		}
		p.texts[e] = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "${"), "}")
	}
	return p.parsed(e, diags, v)
}

// shallow tells whether a string's expressions do not nest too deeply.
func (p *parser) shallow(v jsonValue, lex func(hcl.Pos) (hclsyntax.Tokens, hcl.Diagnostics)) bool {
	tokens, _ := lex(inside(v.at))
	if _, deep := tooDeepTokens(tokens); deep {
		p.fault(v.at, "Nested too deeply", deepDetail, maxNesting)
		return false
	}
	return true
}

// inside is the place behind a string's opening quote. Beyond an escape, such as
// \", places in the string are some columns off.
func inside(at hcl.Range) hcl.Pos {
	return hcl.Pos{Line: at.Start.Line, Column: at.Start.Column + 1, Byte: at.Start.Byte + 1}
}

// parsed is what a string was parsed into; faults of it are told at the string.
func (p *parser) parsed(e hclsyntax.Expression, diags hcl.Diagnostics, v jsonValue) hclsyntax.Expression {
	for _, d := range diags {
		d.Subject, d.Context = v.at.Ptr(), nil
	}
	p.diags = append(p.diags, diags...)
	if diags.HasErrors() || e == nil {
		return literal(cty.DynamicVal, v.at)
	}
	return e
}
