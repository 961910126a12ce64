package cli

import (
	"os"
	"runtime"
	"runtime/debug"
)

// restCollector lets the process's first 32 MiB go uncollected, which is more than a
// run takes in which nothing changed: half of its time would go into collections that
// free next to nothing. Whoever sets GOGC decides.
func restCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	usual := debug.SetGCPercent(800) // of the 4 MiB that are the least
	once := new([16]byte)            // garbage as soon as this returns, which the first collection finds
	runtime.AddCleanup(once, func(percent int) { debug.SetGCPercent(percent) }, usual)
}
