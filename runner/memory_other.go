//go:build !linux && !darwin

package runner

// machineMemory is the machine's physical memory in bytes: here it is not known.
func machineMemory() int64 { return 0 }
