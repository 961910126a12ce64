// Package lacks is for tests that take more than Go has: Python, a browser. On a
// person's machine they may skip. Where all of it was installed they may not, or one
// that fails to be would go unnoticed.
package lacks

import (
	"os"
	"testing"
)

// Skip skips a test and says what there is not; with REPRISE_CI=1, as .ci/run sets it,
// that fails the test.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("REPRISE_CI") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
