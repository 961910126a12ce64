package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxNesting bounds brackets within brackets and operators in a row. HCL's
// parser and evaluator recurse on them, and a stack that overflows cannot be
// recovered from.
const maxNesting = 500

// tooDeep returns where a source nests deeper than maxNesting, if it does.
func tooDeep(src []byte, name string) (at hcl.Range, deep bool) {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	inside := []int{0} // for each open bracket: what recurses in it since its last comma or =
	sum := 0
	for _, t := range tokens {
		top := len(inside) - 1
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			// The bracket itself may be one of a row: a[b][c].
			inside[top]++
			inside = append(inside, 0)
			sum++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCQuote,
			hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			if top > 0 {
				sum -= inside[top]
				inside = inside[:top]
			}
		case hclsyntax.TokenComma, hclsyntax.TokenEqual, hclsyntax.TokenNewline:
			sum -= inside[top]
			inside[top] = 0
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash,
			hclsyntax.TokenPercent, hclsyntax.TokenQuestion, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp,
			hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq:
			inside[top]++
			sum++
		}
		if sum > maxNesting {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}
