package spec

import (
	"bytes"
	"runtime"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A large source is cut where a line "}" is followed by one that begins a block,
// and its parts are parsed at once, by as many processors as there are. HCL reads
// from left to right: where a part parses by itself, the next one is read as it
// is in the whole. Where one does not, such as the half of a text that has such
// lines in it, the whole is parsed, and that says what is wrong.

const (
	partBytes = 8 << 10
	// maxMarks bounds what could be brackets and operators in a part before that is
	// known: HCL's parser can recurse as deep.
	maxMarks = 10_000
)

// part is some lines of a source.
type part struct {
	src   []byte
	start hcl.Pos

	file *hcl.File // nil where it does not parse by itself
}

// cut cuts a source into parts of at least a size, where it can be cut.
func cut(src []byte, size int) (parts []*part) {
	between := []byte("\n}\n")
	at := hcl.InitialPos
	for len(parts) == 0 || len(src) > 0 {
		end := len(src)
		for from := size; from < len(src); {
			i := bytes.Index(src[from:], between)
			if i < 0 {
				break
			}
			from += i + len(between)
			if from < len(src) && isLetter(src[from]) {
				end = from
				break
			}
		}
		parts = append(parts, &part{src: src[:end], start: at})
		at.Line += bytes.Count(src[:end], []byte{'\n'})
		at.Byte += end
		src = src[end:]
	}
	return parts
}

func isLetter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }

// parseParts is hclsyntax.ParseConfig for a source whose parts parse by
// themselves; nil for any other.
func parseParts(src []byte, name string, size int) *hcl.File {
	parts := cut(src, size)
	var running sync.WaitGroup
	work := make(chan *part, len(parts))
	for _, p := range parts {
		work <- p
	}
	close(work)
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		running.Go(func() {
			for p := range work {
				p.parse(name)
			}
		})
	}
	running.Wait()
	return joinParts(parts, src)
}

// parse parses a part, unless it may nest deeper than maxNesting.
func (p *part) parse(name string) {
	if marks(p.src) > maxMarks {
		if _, deep := tooDeep(p.src, name); deep {
			return
		}
	}
	file, diags := hclsyntax.ParseConfig(p.src, name, p.start)
	if len(diags) > 0 {
		return
	}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		r := b.Range()
		text := p.src[r.Start.Byte-p.start.Byte : r.End.Byte-p.start.Byte]
		if marks(text) <= maxNesting {
			continue
		}
		if _, deep := tooDeep(text, name); deep {
			return
		}
	}
	p.file = file
}

// joinParts makes one file of parts that have blocks alone.
func joinParts(parts []*part, src []byte) *hcl.File {
	file := parts[0].file
	for i, p := range parts {
		if p.file == nil {
			return nil
		}
		body, more := file.Body.(*hclsyntax.Body), p.file.Body.(*hclsyntax.Body)
		if len(more.Attributes) > 0 {
			return nil // HCL looks whether one is there twice
		}
		if i > 0 {
			body.Blocks = append(body.Blocks, more.Blocks...)
			body.SrcRange.End, body.EndRange = more.SrcRange.End, more.EndRange
		}
	}
	file.Bytes = src
	return file
}
