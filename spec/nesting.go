package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxNesting bounds brackets within brackets and operators in a row. HCL's
// parser and evaluator recurse on both, and a stack that overflows cannot be
// recovered from.
const maxNesting = 500

// maxBits bounds the binary exponent of a number written out, as that of a
// float64 is: HCL would take a minute to write 1e999999999 into a string.
const maxBits = 1100

// extremeDetail is what is said of one beyond it.
const extremeDetail = "Numbers are at most about 1e308, and at least about 1e-308 where they are not 0."

// extremeNumber returns where a source has a number beyond maxBits, if it does.
func extremeNumber(n hclsyntax.Node) (at hcl.Range, extreme bool) {
	hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		if l, ok := n.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type() == cty.Number && !l.Val.IsNull() {
			f := l.Val.AsBigFloat()
			if bits := f.MantExp(nil); f.IsInf() || bits > maxBits || bits < -maxBits {
				at, extreme = l.SrcRange, true
			}
		}
		return nil
	})
	return at, extreme
}

// bracket is one that is open.
type bracket struct {
	recurses int  // brackets and operators in it since its last item began
	lines    bool // a line's end ends an item
}

// tooDeep returns where a source nests deeper than maxNesting, if it does.
func tooDeep(src []byte, name string) (at hcl.Range, deep bool) {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	return tooDeepTokens(tokens)
}

// marks counts the bytes that tokens which nest or recurse begin with: of these a
// source has no more.
func marks(src []byte) (n int) {
	for _, b := range src {
		if isMark[b] {
			n++
		}
	}
	return n
}

var isMark = func() (is [256]bool) {
	for _, b := range []byte("{([\"<$%!-+*/?&|=>") {
		is[b] = true
	}
	return is
}()

// deepDetail is what is said of it.
const deepDetail = "More than %d brackets or operators stand within each other here. Name parts of the expression in a locals block."

func tooDeepTokens(tokens hclsyntax.Tokens) (at hcl.Range, deep bool) {
	open := []bracket{{lines: true}}
	sum := 0
	for i, t := range tokens {
		top := &open[len(open)-1]
		switch {
		case opens[t.Type]:
			top.recurses++ // it may be one of a row, as in a[b][c]
			sum++
			isFor := i+1 < len(tokens) && string(tokens[i+1].Bytes) == "for"
			open = append(open, bracket{lines: t.Type == hclsyntax.TokenOBrace && !isFor})
		case closes[t.Type]:
			if len(open) > 1 {
				sum -= top.recurses
				open = open[:len(open)-1]
			}
		case t.Type == hclsyntax.TokenComma, t.Type == hclsyntax.TokenEqual, t.Type == hclsyntax.TokenNewline && top.lines:
			sum -= top.recurses
			top.recurses = 0
		case operators[t.Type]:
			top.recurses++
			sum++
		}
		if sum > maxNesting {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}

type tokens map[hclsyntax.TokenType]bool

var (
	opens = tokens{hclsyntax.TokenOBrace: true, hclsyntax.TokenOParen: true, hclsyntax.TokenOBrack: true, hclsyntax.TokenOQuote: true,
		hclsyntax.TokenOHeredoc: true, hclsyntax.TokenTemplateInterp: true, hclsyntax.TokenTemplateControl: true}
	closes = tokens{hclsyntax.TokenCBrace: true, hclsyntax.TokenCParen: true, hclsyntax.TokenCBrack: true, hclsyntax.TokenCQuote: true,
		hclsyntax.TokenCHeredoc: true, hclsyntax.TokenTemplateSeqEnd: true}
	operators = tokens{hclsyntax.TokenBang: true, hclsyntax.TokenMinus: true, hclsyntax.TokenPlus: true, hclsyntax.TokenStar: true,
		hclsyntax.TokenSlash: true, hclsyntax.TokenPercent: true, hclsyntax.TokenQuestion: true, hclsyntax.TokenAnd: true, hclsyntax.TokenOr: true,
		hclsyntax.TokenEqualOp: true, hclsyntax.TokenNotEqual: true, hclsyntax.TokenLessThan: true, hclsyntax.TokenLessThanEq: true,
		hclsyntax.TokenGreaterThan: true, hclsyntax.TokenGreaterThanEq: true}
)
