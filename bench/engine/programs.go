package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// programs runs what the tasks run, in order, two chains at once, and does nothing
// else: less than that no tool takes that runs the same. With one it runs the first
// chain and the end.
func programs(one bool) error {
	b, err := os.ReadFile("programs.txt")
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	end := lines[len(lines)-1]
	work := make(chan []string, len(lines))
	var chain []string
	for _, line := range lines[:len(lines)-1] {
		if strings.HasPrefix(line, "cp in/") && len(chain) > 0 {
			work <- chain
			chain = nil
			if one {
				break
			}
		}
		chain = append(chain, line)
	}
	if len(chain) > 0 {
		work <- chain
	}
	close(work)
	var (
		workers sync.WaitGroup
		faults  [2]error
	)
	for i := range faults {
		workers.Go(func() {
			for chain := range work {
				for _, line := range chain {
					words := strings.Fields(line)
					if err := exec.Command(words[0], words[1:]...).Run(); err != nil {
						faults[i] = fmt.Errorf("%s: %w", line, err)
					}
				}
			}
		})
	}
	workers.Wait()
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return exec.Command("sh", "-c", end).Run()
}

func programList(folder string, g graph) error {
	return text(folder, "programs.txt", "", g,
		func(out, in string) string { return "cp " + in + " " + out + "\n" },
		func(ins []string) string {
			return "cat " + strings.Join(ins, " ") + " > " + filepath.Join("out", "end") + "\n"
		})
}
