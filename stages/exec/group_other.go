//go:build !unix

package exec

import (
	"errors"
	osexec "os/exec"
)

// runGroup runs a program. Where there are no process groups, what the program
// itself started outlives it.
func runGroup(cmd *osexec.Cmd, _ string) error {
	cmd.WaitDelay = patience
	if err := cmd.Run(); !errors.Is(err, osexec.ErrWaitDelay) {
		return err
	}
	return nil
}
