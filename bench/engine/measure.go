package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// cost is what a command took.
type cost struct {
	wall, cpu time.Duration // cpu with that of the processes it started and waited for
	memory    int64         // bytes, of the largest process
}

// measure runs a command in a folder.
func measure(folder string, limit time.Duration, command ...string) (cost, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	// A peer starts others, which end with it.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	var said bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = folder, &said, &said
	c.Env = append(os.Environ(), asReprise+"=1", "DVC_NO_ANALYTICS=1")
	began := time.Now()
	err := c.Run()
	wall := time.Since(began)
	if ctx.Err() != nil {
		return cost{}, fmt.Errorf("it took more than %v", limit)
	}
	if err != nil {
		return cost{}, fmt.Errorf("%w: %s", err, said.Bytes()[max(0, said.Len()-500):])
	}
	used := c.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{wall, c.ProcessState.UserTime() + c.ProcessState.SystemTime(), used.Maxrss << 10}, nil
}

// median is the cost whose wall time is in the middle, with the middle of the others.
func median(all []cost) cost {
	middle := func(of func(cost) int64) int64 {
		var v []int64
		for _, c := range all {
			v = append(v, of(c))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	return cost{time.Duration(middle(func(c cost) int64 { return int64(c.wall) })), time.Duration(middle(func(c cost) int64 { return int64(c.cpu) })), middle(func(c cost) int64 { return c.memory })}
}
