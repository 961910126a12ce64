package cache

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// asNobody runs fn as a user who owns nothing, where we are root.
func asNobody(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		fn()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unix.Setfsuid(65534)
	defer unix.Setfsuid(0)
	if f, err := os.Open("/etc/shadow"); err == nil {
		f.Close()
		t.Skip("file permissions are not enforced here")
	}
	fn()
}

func TestReadOnlyFolder(t *testing.T) {
	dir, err := os.MkdirTemp("", "reprise")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o777); os.RemoveAll(dir) })
	os.Chmod(dir, 0o777)
	path := filepath.Join(dir, "store.db")
	x := sample("stage.a", 1, bytesOf(1, 2<<20))
	for _, locks := range []string{"with its locks", "without"} {
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, x)
		s.Close()
		os.Chmod(path, 0o444)
		if locks == "without" {
			os.Remove(path + ".lock")
			os.Remove(path + ".waiting")
			os.Remove(path + ".claims")
		}
		os.Chmod(dir, 0o555)
		asNobody(t, func() {
			for _, p := range []string{path, filepath.Join(dir, "new.db"), filepath.Join(dir, "sub", "new.db")} {
				if s, err := Open(p); err == nil {
					s.Close()
					t.Errorf("%s: %s was opened for writing", locks, p)
				} else if !strings.Contains(err.Error(), "REPRISE_STORE") || !strings.Contains(err.Error(), p) {
					t.Errorf("%s: %v", locks, err)
				}
			}
			r, err := OpenExisting(path)
			if err != nil {
				t.Errorf("%s: %v", locks, err)
				return
			}
			defer r.Close()
			readAll(t, r, x)
			for _, err := range r.Check() {
				t.Errorf("%s: check: %v", locks, err)
			}
			if err := r.Put(x.r, x.m, x.content); !errors.Is(err, ErrReadOnly) {
				t.Errorf("%s: put: %v", locks, err)
			}
		})
		os.Chmod(dir, 0o777)
		os.Chmod(path, 0o666)
	}
}

func TestNetworkFileSystems(t *testing.T) {
	if name := networkFileSystem(t.TempDir()); name != "" {
		t.Skipf("the temporary folder itself is on %s", name)
	}
	for line, want := range map[string]string{
		"36 35 0:52 / /mnt/lab rw,nosuid - fuse.sshfs user@host:/data rw":   "fuse.sshfs",
		"36 35 0:52 / /mnt/lab rw,nosuid shared:7 - fuse bucket-s3fs rw":    "",
		"36 35 0:52 / /mnt/lab rw,nosuid shared:7 - fuse.s3fs bucket rw":    "fuse.s3fs",
		"36 35 0:53 / /mnt/lab rw,nosuid - fuse.sshfs user@host:/data rw":   "",
		"36 35 0:52 / /home rw - fuse.fuse-overlayfs fuse-overlayfs rw,u=0": "",
		"nonsense": "",
	} {
		if got := fuseName(line, "0:52"); got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
	for _, magic := range []uint32{unix.NFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC, unix.V9FS_MAGIC} {
		if networkTypes[magic] == "" {
			t.Errorf("file system %#x counts as local", magic)
		}
	}
	for _, magic := range []uint32{unix.EXT4_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC} {
		if networkTypes[magic] != "" {
			t.Errorf("file system %#x counts as %s", magic, networkTypes[magic])
		}
	}
}
