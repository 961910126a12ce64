//go:build !linux

package cache

import (
	"io/fs"
	"os"
)

// networkFileSystem cannot tell here: every file system counts as local.
func networkFileSystem(string) string { return "" }

// IdentityOf returns the identity of a file from what os.Stat told. Here it is
// only size and modification time.
func IdentityOf(info fs.FileInfo) FileIdentity {
	return FileIdentity{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
}

func isInterrupted(error) bool { return false }

func unlockFile(*os.File) {}
