package artifacts

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/memory"
)

// What a file may become. A file of n bytes may decode to 256 MiB, or to 1024
// times n where that is more, and never to more than 4 GiB: what compresses
// better than that was made to fill the memory.
const (
	decodedFloor  = 256 << 20
	decodedFactor = 1024
	decodedCeil   = 4 << 30
)

// budget counts down the bytes that a file may still decode to.
type budget struct{ left, limit int64 }

func newBudget(content int) *budget {
	limit := min(max(decodedFloor, decodedFactor*int64(content)), decodedCeil)
	return &budget{limit, limit}
}

// take uses up n bytes, or tells that there are none left. A negative n is
// damage in the file.
func (b *budget) take(n int64) error {
	if n < 0 || n > b.left {
		return fmt.Errorf("it would take more than %d MiB to decode, the limit for a file of its size", b.limit>>20)
	}
	b.left -= n
	return nil
}

// takeEach uses up the bytes of n values of a size each.
func (b *budget) takeEach(n, size int64) error {
	if n > b.left {
		n, size = -1, 1
	}
	return b.take(n * size)
}

// boundedAllocator gives Arrow's reader its memory. It panics where a length that
// no check saw asks for more than the file may become: the runtime would end the
// process.
type boundedAllocator struct {
	memory.Allocator
	budget *budget
}

// Allocate returns n bytes.
func (a *boundedAllocator) Allocate(n int) []byte {
	a.take(n)
	return a.Allocator.Allocate(n)
}

// Reallocate returns n bytes that begin with those of b.
func (a *boundedAllocator) Reallocate(n int, b []byte) []byte {
	a.take(n - len(b))
	return a.Allocator.Reallocate(n, b)
}

func (a *boundedAllocator) take(n int) {
	if err := a.budget.take(int64(max(n, 0))); err != nil {
		panic(err)
	}
}
