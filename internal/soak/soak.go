// Package soak says how much tests attack: little in go test ./..., much in
// go test -tags soak ./..., and as much as asked for with REPRISE_SOAK in front.
package soak

import (
	"os"
	"strconv"
)

// Count is how often a test attacks: short as a rule, long with the build tag soak,
// where REPRISE_SOAK=2 makes it twice that, and .1 a tenth.
func Count(short, long int) int {
	if !Long {
		return short
	}
	factor, err := strconv.ParseFloat(os.Getenv("REPRISE_SOAK"), 64)
	if err != nil || !(factor > 0) {
		factor = 1
	}
	return max(1, int(float64(long)*factor))
}
