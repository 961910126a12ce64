//go:build !linux || !amd64

package soak_test

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"
)

func needTracer(t *testing.T) {
	t.Helper()
	t.Skip("processes are traced on Linux on amd64 alone")
}

func trace(*exec.Cmd, watcher) (ws syscall.WaitStatus, err error) {
	return ws, errors.ErrUnsupported
}
