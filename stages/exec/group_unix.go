//go:build unix && !linux

package exec

import (
	"errors"
	osexec "os/exec"
	"syscall"
)

// runGroup runs a program in a process group of its own. Where its context ends,
// the whole group is asked to end and after a moment is made to; what a program
// leaves running in its group when it ends by itself is ended too.
func runGroup(cmd *osexec.Cmd, _ string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return err
	}
	err := cmd.Wait()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly there is none left
	if errors.Is(err, osexec.ErrWaitDelay) {
		err = nil // something that it left running held its output open
	}
	return err
}
