package soak_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// tracer runs a process and stops it at its system calls. Unlike strace it counts
// over all threads of a process, which a program in Go changes as it likes.
type tracer struct {
	pid    int
	memory *os.File
	watch  watcher
	inside map[int]*call // by thread; nil for calls that change nothing
	known  map[int]bool
	fail   map[int]syscall.Errno
}

const (
	ofThisThread = 0x20000000 // __WNOTHREAD
	nowhere      = ^uint64(0) // the number of no system call
	systemCall   = syscall.SIGTRAP | 0x80
)

// needTracer skips where processes cannot be traced.
func needTracer(t *testing.T) {
	t.Helper()
	nothing := func(*call) verdict { return verdict{} }
	if _, err := trace(exec.Command("true"), watcher{nothing, nothing}); err != nil {
		t.Skipf("processes cannot be traced here: %v", err)
	}
}

// trace runs c, whose output may not need a goroutine, and returns how it ended.
func trace(c *exec.Cmd, w watcher) (syscall.WaitStatus, error) {
	runtime.LockOSThread() // the thread that starts a process is its tracer
	defer runtime.UnlockOSThread()
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := c.Start(); err != nil {
		return 0, err
	}
	defer c.Process.Release()
	tr := &tracer{pid: c.Process.Pid, watch: w, inside: map[int]*call{}, known: map[int]bool{c.Process.Pid: true}, fail: map[int]syscall.Errno{}}
	return tr.run()
}

func (tr *tracer) run() (ws syscall.WaitStatus, err error) {
	if _, err = wait(tr.pid, &ws); err != nil || !ws.Stopped() {
		return ws, errors.Join(errors.New("it did not stop at its start"), err)
	}
	defer syscall.Kill(tr.pid, syscall.SIGKILL) // for where this fails
	if tr.memory, err = os.Open(fmt.Sprintf("/proc/%d/mem", tr.pid)); err != nil {
		return ws, err
	}
	defer tr.memory.Close()
	const exitKill = 0x100000
	if err := syscall.PtraceSetOptions(tr.pid, syscall.PTRACE_O_TRACECLONE|syscall.PTRACE_O_TRACESYSGOOD|exitKill); err != nil {
		return ws, err
	}
	for tid := tr.pid; ; {
		deliver, err := 0, error(nil)
		if ws.Stopped() {
			if deliver, err = tr.stopped(tid, ws.StopSignal()); err != nil {
				return ws, err
			}
			_ = syscall.PtraceSyscall(tid, deliver) // fails where it was killed
		}
		if tid, err = wait(-1, &ws); err != nil {
			return ws, err
		}
		if (ws.Exited() || ws.Signaled()) && tid == tr.pid {
			return ws, nil
		}
	}
}

func wait(pid int, ws *syscall.WaitStatus) (tid int, err error) {
	for {
		tid, err = syscall.Wait4(pid, ws, syscall.WALL|ofThisThread, nil)
		if err != syscall.EINTR {
			return tid, err
		}
	}
}

// stopped returns the signal that a thread goes on with.
func (tr *tracer) stopped(tid int, why syscall.Signal) (deliver int, err error) {
	first := !tr.known[tid]
	tr.known[tid] = true
	switch {
	case why == systemCall:
		return 0, tr.systemCall(tid)
	case why == syscall.SIGTRAP, first && why == syscall.SIGSTOP: // a new thread; its first stop
		return 0, nil
	}
	return int(why), nil
}

func (tr *tracer) systemCall(tid int) error {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		if err == syscall.ESRCH { // it was killed
			return nil
		}
		return err
	}
	if c, isInside := tr.inside[tid]; isInside {
		delete(tr.inside, tid)
		if c == nil {
			return nil
		}
		return tr.exit(tid, &regs, c)
	}
	c, err := tr.read(tid, &regs)
	tr.inside[tid] = c
	if err != nil || c == nil {
		return err
	}
	v := tr.watch.enter(c)
	if v.kill {
		return syscall.Kill(tr.pid, syscall.SIGKILL)
	}
	if v.fail != 0 {
		tr.fail[tid] = v.fail
		regs.Orig_rax = nowhere
		return syscall.PtraceSetRegs(tid, &regs)
	}
	return nil
}

func (tr *tracer) exit(tid int, regs *syscall.PtraceRegs, c *call) error {
	if errno := tr.fail[tid]; errno != 0 {
		delete(tr.fail, tid)
		regs.Rax = uint64(-int64(errno))
		if err := syscall.PtraceSetRegs(tid, regs); err != nil {
			return err
		}
	}
	c.result = int64(regs.Rax)
	if c.name == "write" && c.result > 0 {
		var at int64
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", tr.pid, int32(regs.Rdi)))
		if err == nil {
			_, err = fmt.Sscanf(string(b), "pos: %d", &at)
		}
		if err != nil {
			return err
		}
		c.offset = at - c.result
	}
	if tr.watch.exit(c).kill {
		return syscall.Kill(tr.pid, syscall.SIGKILL)
	}
	return nil
}

// read tells what a call is about; nil where that is nothing on a disk.
func (tr *tracer) read(tid int, r *syscall.PtraceRegs) (c *call, err error) {
	of := func(name string) *call { return &call{name: name, path: tr.open(int(int32(r.Rdi)))} }
	named := func(name string, dir, path uint64) *call {
		c := &call{name: name}
		c.path, err = tr.path(int(int32(dir)), path)
		return c
	}
	switch r.Orig_rax {
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64:
		c = of("write")
		if r.Orig_rax == syscall.SYS_PWRITE64 {
			c = of("pwrite64")
			c.offset = int64(r.R10)
		}
		c.data = make([]byte, r.Rdx)
		_, err = tr.memory.ReadAt(c.data, int64(r.Rsi))
	case syscall.SYS_FSYNC:
		c = of("fsync")
	case syscall.SYS_FDATASYNC:
		c = of("fdatasync")
	case syscall.SYS_FTRUNCATE:
		c = of("ftruncate")
		c.offset = int64(r.Rsi)
	case syscall.SYS_TRUNCATE:
		const here = -100 // AT_FDCWD
		c = &call{name: "ftruncate", offset: int64(r.Rsi)}
		c.path, err = tr.path(here, r.Rdi)
	case syscall.SYS_OPENAT:
		c = named("openat", r.Rdi, r.Rsi)
		c.creat = r.Rdx&syscall.O_CREAT != 0
		c.trunc = r.Rdx&syscall.O_TRUNC != 0
	case syscall.SYS_MKDIRAT:
		c = named("mkdirat", r.Rdi, r.Rsi)
	case syscall.SYS_UNLINKAT:
		c = named("unlinkat", r.Rdi, r.Rsi)
	case syscall.SYS_RENAMEAT, renameat2, syscall.SYS_LINKAT:
		c = named("rename", r.Rdi, r.Rsi)
		if r.Orig_rax == syscall.SYS_LINKAT {
			c.name = "link"
		}
		if err == nil {
			c.to, err = tr.path(int(int32(r.Rdx)), r.R10)
		}
	default:
		if name := unforeseen[r.Orig_rax]; name != "" {
			c = of(name)
		}
	}
	return c, err
}

const renameat2 = 316

// unforeseen calls change files in ways that nothing here understands.
var unforeseen = map[uint64]string{
	syscall.SYS_WRITEV: "writev", syscall.SYS_PWRITEV: "pwritev", 328: "pwritev2", syscall.SYS_FALLOCATE: "fallocate", syscall.SYS_SENDFILE: "sendfile",
	326: "copy_file_range", syscall.SYS_SPLICE: "splice", syscall.SYS_SYNC_FILE_RANGE: "sync_file_range", 425: "io_uring_setup",
}

// open is the present path of an open file.
func (tr *tracer) open(fd int) string {
	path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tr.pid, fd)) // "" where it is closed: then the call fails
	return path
}

// path reads one out of the memory.
func (tr *tracer) path(dir int, at uint64) (string, error) {
	b := make([]byte, 4096)
	n, err := tr.memory.ReadAt(b, int64(at))
	end := bytes.IndexByte(b[:n], 0)
	if end < 0 {
		return "", err
	}
	path := string(b[:end])
	switch {
	case filepath.IsAbs(path):
	case dir < 0: // the working folder
		here, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", tr.pid))
		if err != nil {
			return "", err
		}
		path = filepath.Join(here, path)
	default:
		path = filepath.Join(tr.open(dir), path)
	}
	return filepath.Clean(path), nil
}
