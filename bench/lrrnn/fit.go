package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/evaluatefit"
	"reprise/stages/fitlrrnn"
)

// printFit fits the trials in a folder and prints what that took.
func printFit(ctx context.Context, folder string, seed, threads int) error {
	trials, err := readTrials(folder)
	if err != nil {
		return err
	}
	method := preset(seed)
	r := run{Tool: "reprise"}
	if r.Base, err = resident("VmRSS"); err != nil {
		return err
	}
	cpu, began := cpuSeconds(), time.Now()
	progress := func(spec.Progress) {
		c, now := cpuSeconds(), time.Now()
		r.CPU, r.Wall = append(r.CPU, c-cpu), append(r.Wall, now.Sub(began).Seconds())
		cpu, began = c, now
	}
	fit, err := method.Run(ctx, spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: inputs("trials", trials), Progress: progress}))
	if err != nil {
		return err
	}
	if r.Peak, err = resident("VmHWM"); err != nil {
		return err
	}
	in := inputs("trials", trials)
	in["fit"] = []*artifacts.Artifact{fit}
	score, err := evaluatefit.Kind.New().Run(ctx, spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: in}))
	if err != nil {
		return err
	}
	r.Loss, r.Bits = fit.Metrics()["loss"], score.Metrics()["bits_per_spike"]
	return json.NewEncoder(os.Stdout).Encode(r)
}

// preset is the recipe: fit_lrrnn's defaults, rank 2.
func preset(seed int) *fitlrrnn.Fit {
	f := fitlrrnn.Kind.New().(*fitlrrnn.Fit)
	f.Seed = seed
	return f
}

func inputs(attribute string, a *artifacts.Artifact) map[string][]*artifacts.Artifact {
	return map[string][]*artifacts.Artifact{attribute: {a}}
}

func readTrials(folder string) (*artifacts.Artifact, error) {
	var tables []*artifacts.Table
	for _, name := range []string{"trials", "steps"} {
		b, err := os.ReadFile(filepath.Join(folder, name+".npz"))
		if err != nil {
			return nil, err
		}
		t, err := artifacts.Import(name, "npz", b)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return artifacts.New(tables...), nil
}

// cpuSeconds is the CPU time of all threads of this process.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// resident is one of Linux's figures of this process's resident memory, in MB:
// VmRSS, or its peak VmHWM. Getrusage's peak would count the parent's.
func resident(figure string) (float64, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), figure+":"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc/self/status", figure)
}
