//go:build !unix

package exec

import (
	"errors"
	osexec "os/exec"
)

// runGroup runs a program. Where there are no process groups, what the program
// itself started outlives it, and whether it is alone is not known.
func runGroup(cmd *osexec.Cmd, _ string) (alone bool, err error) {
	cmd.WaitDelay = patience
	if err = cmd.Run(); errors.Is(err, osexec.ErrWaitDelay) {
		err = nil
	}
	return false, err
}
