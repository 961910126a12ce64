// Package rng makes the random streams of reprise: PCG generators from explicit
// seeds, and nothing else. A stream is named by a seed and a purpose, so that
// two uses of one seed do not draw the same numbers, and adding a use does not
// move the others. Stages of one experiment mostly have the same seed: a kind
// must not name a purpose as a kind does whose results it is given, or what it
// draws is not independent of them.
package rng

import (
	"hash/fnv"
	"math/rand/v2"
)

// New returns the stream of that seed for that purpose.
func New(seed int, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}
