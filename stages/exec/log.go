package exec

import (
	"fmt"
	"io"
	"sync"
)

// logBytes is how much of a program's output is kept.
const logBytes = 16 << 20

// boundedLog hands on what is written to it until that is too much to keep.
type boundedLog struct {
	mu   sync.Mutex // standard output and standard error write to one log
	to   io.Writer
	left int
}

func (b *boundedLog) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == 0 {
		return len(p), nil
	}
	kept := p[:min(b.left, len(p))]
	if _, err := b.to.Write(kept); err != nil {
		return 0, err
	}
	if b.left -= len(kept); b.left == 0 {
		fmt.Fprintln(b.to, "\n… what it wrote after this is not kept: it is too much")
	}
	return len(p), nil
}
