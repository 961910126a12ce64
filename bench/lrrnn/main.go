// Command lrrnn measures fit_lrrnn beside a PyTorch fit of the same model.
//
//	go run ./bench/lrrnn -recording FILE.mat -python PYTHON
//
// PYTHON has torch and numpy; peer.py is the fit it runs. Every run starts both
// from the same parameters and takes the same batches in the same order; a round
// has its own seed, and within it the tools take turns, each in a process of its
// own. Printed is a Markdown table of medians and of ratios to the first line.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// run is what a fit prints of itself, as one line of JSON.
type run struct {
	Tool string    `json:"tool"`
	CPU  []float64 `json:"cpu"`  // seconds of each epoch, all threads
	Wall []float64 `json:"wall"` // seconds of each epoch
	Loss float64   `json:"loss"` // per step on the training trials
	Bits float64   `json:"bits"` // a spike, on the test trials
	Base float64   `json:"base_mb"`
	Peak float64   `json:"peak_mb"`
}

// warmUp is how many epochs go by before the clock counts.
const warmUp = 5

// contender is a tool at one setting.
type contender struct {
	name    string
	command func(problem string, seed int) []string
}

func main() {
	recording := flag.String("recording", "../shared/data/T176_2018_05_03.mat", "the recording to fit, a MATLAB file")
	python := flag.String("python", "python3", "Python with torch and numpy")
	rounds := flag.Int("rounds", 5, "rounds, each of its own seed")
	peers := flag.String("peers", "analytic,compiled,autograd", "variants of peer.py to run, see there")
	only := flag.String("problem", "", "only this problem: recording or synthetic")
	export := flag.String("export", "", "only write the problems to this folder, for peer.py")
	fit := flag.String("fit", "", "run our fit of the problem in this folder, and print what it took")
	seed := flag.Int("seed", 1, "with -fit, the seed")
	threads := flag.Int("threads", 1, "with -fit, the threads")
	flag.Parse()
	if err := do(*recording, *python, *rounds, *peers, *only, *export, *fit, *seed, *threads); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func do(recording, python string, rounds int, peers, only, export, fit string, seed, threads int) error {
	if fit != "" {
		return printFit(context.Background(), fit, seed, threads)
	}
	folder := export
	if folder == "" {
		made, err := os.MkdirTemp("", "bench-lrrnn")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		folder = made
	}
	problems := []string{"recording", "synthetic"}
	if only != "" {
		problems = []string{only}
	}
	for _, p := range problems {
		if err := writeProblem(context.Background(), p, recording, filepath.Join(folder, p), rounds); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	if export != "" {
		return nil
	}
	contenders, err := contenders(python, strings.Split(peers, ","))
	if err != nil {
		return err
	}
	for _, p := range problems {
		if err := compare(p, filepath.Join(folder, p), rounds, contenders); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

func contenders(python string, peers []string) ([]contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var out []contender
	for _, threads := range []int{1, 2} {
		out = append(out, contender{fmt.Sprintf("reprise, threads: %d", threads), func(problem string, seed int) []string {
			return []string{self, "-fit", problem, "-seed", strconv.Itoa(seed), "-threads", strconv.Itoa(threads)}
		}})
	}
	for _, variant := range peers {
		out = append(out, contender{"PyTorch, " + variant, func(problem string, seed int) []string {
			return []string{python, filepath.Join("bench", "lrrnn", "peer.py"), problem, "--seed", strconv.Itoa(seed), "--variant", variant}
		}})
	}
	return out, nil
}

// compare runs the contenders in turn and prints their table.
func compare(problem, folder string, rounds int, contenders []contender) error {
	runs := make([][]run, len(contenders))
	for round := range rounds {
		for i := range contenders {
			c := (i + round) % len(contenders)
			r, err := one(contenders[c].command(folder, round+1))
			if err != nil {
				return fmt.Errorf("%s: %w", contenders[c].name, err)
			}
			fmt.Fprintf(os.Stderr, "%s %d %-22s cpu %.4f wall %.4f bits %.5f peak %.0f MB %s\n",
				problem, round+1, contenders[c].name, perEpoch(r.CPU), perEpoch(r.Wall), r.Bits, r.Peak, r.Tool)
			runs[c] = append(runs[c], r)
		}
	}
	fmt.Printf("| %s | CPU-seconds an epoch | ratio | seconds an epoch | ratio | bits/spike held out | peak memory, MB | of it before the fit |\n", problem)
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- |")
	of := func(i int, f func(run) float64) float64 {
		var v []float64
		for _, r := range runs[i] {
			v = append(v, f(r))
		}
		return median(v)
	}
	cpu, wall := func(r run) float64 { return perEpoch(r.CPU) }, func(r run) float64 { return perEpoch(r.Wall) }
	for i, c := range contenders {
		var bits float64
		for _, r := range runs[i] {
			bits += r.Bits / float64(rounds)
		}
		fmt.Printf("| %s | %.4f | %.2f | %.4f | %.2f | %.5f | %.0f | %.0f |\n", c.name,
			of(i, cpu), of(i, cpu)/of(0, cpu), of(i, wall), of(i, wall)/of(0, wall), bits,
			of(i, func(r run) float64 { return r.Peak }), of(i, func(r run) float64 { return r.Base }))
	}
	fmt.Println()
	return nil
}

// one runs a fit and reads what it says of itself. The variables that pin the
// kernels of OpenBLAS on some machines are not for its processes.
func one(command []string) (run, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OPENBLAS_") })
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return run{}, fmt.Errorf("%w\n%s", err, said.Bytes())
	}
	var r run
	err = json.Unmarshal(out, &r)
	if err == nil && len(r.CPU) <= warmUp {
		err = fmt.Errorf("%d epochs are none after the first %d", len(r.CPU), warmUp)
	}
	return r, err
}

// perEpoch is the mean over the epochs after the warm-up.
func perEpoch(seconds []float64) float64 {
	var sum float64
	for _, s := range seconds[warmUp:] {
		sum += s
	}
	return sum / float64(len(seconds)-warmUp)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
