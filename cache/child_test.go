package cache

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// child is what this test binary does as a second process: "action path".
func child(do string) int {
	action, path, _ := strings.Cut(do, " ")
	if action == "attack" {
		return attacked(path)
	}
	s, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("ready")
	switch action {
	case "put": // until it is killed
		for i := uint64(0); ; i++ {
			seed, size := uint64(os.Getpid())<<20+i, 5000
			if i%3 == 1 { // in more than one transaction
				size = 18 << 20
			}
			x := sample(fmt.Sprintf("stage.p%d", os.Getpid()), float64(i), bytesOf(seed, size), bytesOf(i%3, 3<<20))
			if err := s.Put(x.r, x.m, x.content); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			fmt.Println(x.r.Key)
		}
	case "collect": // until it is killed
		for {
			if _, err := s.Collect(Keep{Since: time.Now()}); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	case "churn": // put and collect until it is killed; what is put is used by nobody
		for i := uint64(0); ; i++ {
			other, err := Open(path)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			x := old("stage.x", float64(i), 1, bytesOf(i, 5<<20))
			err = other.Put(x.r, x.m, x.content)
			other.Close()
			if err == nil {
				_, err = s.Collect(Keep{Since: time.Now()})
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	case "compact": // until it is killed
		for {
			if _, _, err := s.Compact(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	case "claim": // and never let go
		if _, err := s.Claim(testContext(), KeyOf("one")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println("claimed")
		time.Sleep(time.Hour)
	case "compute": // a put, then a long computation with the store open
		x := sample("stage.c", 1, bytesOf(1, 3<<20))
		if err := s.Put(x.r, x.m, x.content); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println("computing")
		time.Sleep(time.Hour)
	}
	return 2
}

// second is a running child.
type second struct {
	t   *testing.T
	cmd *exec.Cmd
	out *lines
}

func start(t *testing.T, action, path string) *second {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &second{t: t, cmd: exec.Command(exe), out: newLines()}
	c.cmd.Env = append(os.Environ(), "REPRISE_TEST_CHILD="+action+" "+path)
	c.cmd.Stdout, c.cmd.Stderr = c.out, os.Stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	c.await("ready")
	return c
}

// await waits for a line of output.
func (c *second) await(line string) {
	c.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if c.out.has(line) {
			return
		}
	}
	c.t.Fatalf("the other process did not say %q", line)
}

// kill ends the child as kill -9 does.
func (c *second) kill() {
	if c.cmd.ProcessState == nil {
		c.cmd.Process.Kill()
		c.cmd.Wait()
	}
}
