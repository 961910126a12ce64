// Command reprise runs scientific experiments written as HCL files, and
// computes only what changed since the last time.
package main

//go:generate go test -run ^TestReference$ . -update

import (
	"os"

	"reprise/internal/cli"
	"reprise/stages"
)

// version is set by the release build with -ldflags "-X main.version=…".
var version string

func main() { os.Exit(cli.Main(stages.Builtin(), version)) }
