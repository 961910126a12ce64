package cache

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// networkTypes are the file systems that other machines may write to, by the
// number that statfs gives.
var networkTypes = map[uint32]string{
	0x6969: "NFS", 0x517b: "SMB", 0xfe534d42: "SMB", 0xff534d42: "CIFS", 0x01021997: "9P", 0x5346414f: "AFS",
	0x0bd00bd0: "Lustre", 0x47504653: "GPFS", 0x00c36400: "Ceph", 0x19830326: "BeeGFS", 0x7461636f: "OCFS2",
	0x01161970: "GFS2", 0x73757245: "Coda", 0xaad7aaea: "PanFS", 0x20030528: "OrangeFS",
}

// fuse is the number that all file systems of user space share; of these only
// the name tells.
const fuse = 0x65735546

// networkFuse are file systems of user space that lie on other machines.
var networkFuse = []string{"sshfs", "s3fs", "gcsfuse", "rclone", "glusterfs", "ceph", "goofys", "mount-s3", "juicefs", "davfs", "moosefs", "curlftpfs"}

// networkFileSystem names the network file system that path is on, "" for a local one.
func networkFileSystem(path string) string {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return ""
	}
	if uint32(st.Type) != fuse {
		return networkTypes[uint32(st.Type)]
	}
	var info unix.Stat_t
	if unix.Stat(path, &info) != nil {
		return ""
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	device := fmt.Sprintf("%d:%d", unix.Major(uint64(info.Dev)), unix.Minor(uint64(info.Dev)))
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name := fuseName(lines.Text(), device); name != "" {
			return name
		}
	}
	return ""
}

// fuseName returns the type in a line of mountinfo if it is the device's and
// lies on another machine.
func fuseName(line, device string) string {
	mount, source, _ := strings.Cut(line, " - ")
	fields, types := strings.Fields(mount), strings.Fields(source)
	if len(fields) < 3 || fields[2] != device || len(types) < 2 {
		return ""
	}
	for _, name := range networkFuse {
		if strings.HasPrefix(types[0], "fuse.") && strings.Contains(types[0]+" "+types[1], name) {
			return types[0]
		}
	}
	return ""
}

// IdentityOf returns the identity of a file from what os.Stat told.
func IdentityOf(info fs.FileInfo) FileIdentity {
	id := FileIdentity{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		id.ChangeTime, id.Inode, id.Device = st.Ctim.Nano(), st.Ino, uint64(st.Dev)
	}
	return id
}

func isInterrupted(err error) bool { return errors.Is(err, unix.EINTR) }

// unlockFile takes off the lock that bbolt put on a file.
func unlockFile(f *os.File) { _ = unix.Flock(int(f.Fd()), unix.LOCK_UN) }
