package simd

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNothingIsFusedElsewhere compiles the twins for a processor whose compiler
// fuses products with sums where it may, and looks for that in single precision:
// the kernels do not.
func TestNothingIsFusedElsewhere(t *testing.T) {
	c := exec.Command("go", "build", "-gcflags=-S", ".")
	c.Env = append(c.Environ(), "GOOS=linux", "GOARCH=arm64", "GOCACHE="+t.TempDir())
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "FMULS") {
		t.Fatal("no product in single precision was compiled")
	}
	for line := range strings.Lines(string(out)) {
		for _, fused := range []string{"FMADDS", "FMSUBS", "FNMADDS", "FNMSUBS"} {
			if strings.Contains(line, fused) {
				t.Errorf("fused: %s", line)
			}
		}
	}
}
