package runner

import (
	"io/fs"
	"syscall"

	"reprise/cache"
)

// identify reads what stat tells of a file.
func identify(info fs.FileInfo) cache.FileIdentity {
	id := cache.FileIdentity{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		id.ChangeTime = s.Ctim.Nano()
		id.Inode, id.Device = s.Ino, s.Dev
	}
	return id
}
