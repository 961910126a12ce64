package exec

import "bytes"

// head keeps the beginning of what is written to it.
type head struct {
	bytes.Buffer
	left int
}

func (h *head) Write(p []byte) (int, error) {
	kept := p[:min(h.left, len(p))]
	h.left -= len(kept)
	h.Buffer.Write(kept)
	return len(p), nil
}
