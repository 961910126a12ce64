package soak

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// Rand returns random numbers whose seed the test prints, so that
// REPRISE_SOAK_SEED can bring them back.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("REPRISE_SOAK_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("REPRISE_SOAK_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
