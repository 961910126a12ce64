package exec

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// runGroup runs a program in a process group of its own. Where its context ends,
// the whole group is asked to end and after a moment is made to. What is left
// when it has ended is ended too: the group, and what left it but still has the
// folder in its environment or works there. Should reprise be killed, the system
// kills the program; what that started is left.
func runGroup(cmd *osexec.Cmd, folder string) error {
	becomeReaper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := programs.start(cmd); err != nil {
		return err
	}
	err := cmd.Wait()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly there is none left
	programs.end(cmd.Process.Pid, folder)
	if errors.Is(err, osexec.ErrWaitDelay) {
		err = nil // something that it left running held its output open
	}
	return err
}

// becomeReaper makes processes whose parent ended children of this one, so that
// they can be found and buried. An old system cannot, and has the groups alone.
var becomeReaper = sync.OnceFunc(func() {
	const setChildSubreaper = 36 // PR_SET_CHILD_SUBREAPER
	_, _, _ = syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
})

// programs are those that this process started and still waits for. All other
// children of it are orphans of theirs.
var programs = &started{pids: map[int]bool{}}

type started struct {
	mu     sync.Mutex
	pids   map[int]bool
	thread int              // that starts all of them
	starts chan *osexec.Cmd // what it is to start
	begun  chan error       // what came of that
}

// start starts a program. One thread starts them all and stays: the system kills a
// program when the thread ends that started it.
func (s *started) start(cmd *osexec.Cmd) error {
	s.mu.Lock() // a child that is not listed yet would pass for an orphan
	defer s.mu.Unlock()
	if s.starts == nil {
		s.starts, s.begun = make(chan *osexec.Cmd), make(chan error)
		go func() {
			runtime.LockOSThread()
			s.thread = syscall.Gettid()
			for cmd := range s.starts {
				s.begun <- cmd.Start()
			}
		}()
	}
	s.starts <- cmd
	err := <-s.begun
	if err == nil {
		s.pids[cmd.Process.Pid] = true
	}
	return err
}

// sweeps bounds how often orphans are looked for: killing one makes orphans of
// its children.
const sweeps = 50

// end forgets a program that was waited for, and kills what it left.
func (s *started) end(pid int, folder string) {
	s.mu.Lock()
	delete(s.pids, pid)
	s.mu.Unlock()
	for range sweeps {
		if !s.sweep(folder) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// sweep buries the orphans that have ended and kills those that belong to a
// folder, with all below them. It tells whether there was one.
func (s *started) sweep(folder string) (found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own, known := s.children()
	if known && !slices.ContainsFunc(own, func(pid int) bool { return !s.pids[pid] }) {
		return false // mostly, and so without a look at every process of the machine
	}
	children := byParent()
	if !known {
		own = children[os.Getpid()]
	}
	var kill func(pid int, belongs bool)
	kill = func(pid int, belongs bool) {
		if belongs = belongs || worksIn(pid, folder); belongs {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			found = true
		}
		for _, child := range children[pid] {
			kill(child, belongs)
		}
	}
	for _, pid := range own {
		if s.pids[pid] {
			continue
		}
		if ended, _ := syscall.Wait4(pid, nil, syscall.WNOHANG, nil); ended != pid {
			kill(pid, false)
		}
	}
	return found
}

// children lists the children of this process: those that it started, which belong
// to the thread that did, and orphans, which the system gives to the main thread.
// Not known where the kernel does not tell.
func (s *started) children() (pids []int, known bool) {
	for _, thread := range slices.Compact([]int{os.Getpid(), s.thread}) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", thread))
		if err != nil {
			return nil, false
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				return nil, false
			}
			pids = append(pids, pid)
		}
	}
	return pids, true
}

// byParent lists the processes of the machine below their parents.
func byParent() map[int][]int {
	children := map[int][]int{}
	names, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, name := range names {
		stat, err := os.ReadFile(name + "/stat")
		if err != nil {
			continue // it has ended
		}
		// The name of the program, in brackets, may hold anything.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil || len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	return children
}

// worksIn tells whether a process is in a folder, or has it in its environment,
// as all have that did not clear it.
func worksIn(pid int, folder string) bool {
	at := "/proc/" + strconv.Itoa(pid)
	environment, _ := os.ReadFile(at + "/environ") // of another user's it cannot be read
	if bytes.Contains(environment, []byte(folder)) {
		return true
	}
	where, _ := os.Readlink(at + "/cwd")
	return strings.HasPrefix(where, folder)
}
