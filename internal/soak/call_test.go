package soak_test

import (
	"strings"
	"syscall"
)

// call is a system call of a process that changes, or could change, what lies on
// a disk.
type call struct {
	name   string
	path   string // what it changes; of a file that is open, its present name
	to     string // the second name of a rename and a link
	data   []byte // what it writes, of which the kernel may take less
	offset int64  // where it wrote, after it; and the size, of ftruncate
	creat  bool   // of openat: it may make the file
	trunc  bool   // of openat: it empties the file
	result int64  // after it; below zero the error
	edit   *edit  // what a disk makes of it
}

// isSync tells whether the call makes earlier ones last.
func (c *call) isSync() bool { return c.name == "fsync" || c.name == "fdatasync" }

func (c *call) under(root string) bool { return strings.HasPrefix(c.path, root+"/") || c.path == root }

// verdict is what a watcher has a traced process do with a call.
type verdict struct {
	fail syscall.Errno // instead of the call, this error
	kill bool          // instead of the call, or after it, the process is killed
}

// watcher sees each call when it begins and after it.
type watcher struct {
	enter func(*call) verdict
	exit  func(*call) verdict
}
