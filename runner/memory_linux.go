package runner

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// machineMemory is the machine's physical memory in bytes, or what a container
// may use of it where that is less; 0 where it is not known.
func machineMemory() int64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 0
	}
	all := int64(uint64(info.Totalram) * uint64(info.Unit))
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return all
	}
	if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && limit > 0 {
		return min(all, limit)
	}
	return all // "max"
}
