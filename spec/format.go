package spec

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// formatRounds bounds how often a source is formatted until it stays as it is:
// moving one token can move its neighbour the next time.
const formatRounds = 8

// Format lays out the source of an experiment, or of a file of variables, the
// canonical way: indentation, spaces, and a newline at its end. Nothing else is
// changed. Diagnostics tell where it does not parse.
func Format(name string, src []byte) ([]byte, *Diagnostics) {
	p := &parser{files: map[string]*hcl.File{}}
	if p.source(name, src) == nil {
		return nil, (&Diagnostics{list: p.diags, files: p.files}).sorted()
	}
	for range formatRounds {
		next := hclwrite.Format(src)
		if len(next) > 0 && !bytes.HasSuffix(next, []byte("\n")) {
			next = append(next, '\n')
		}
		if bytes.Equal(next, src) {
			break
		}
		src = next
	}
	return src, nil
}
