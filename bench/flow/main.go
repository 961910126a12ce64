// Command flow measures the training of maxent_flow's flow beside PyTorch's of the
// same flow on the same law.
//
//	go run ./bench/flow -recording FILE.mat -python PYTHON
//
// PYTHON has torch and numpy; peer.py is the training it runs. A round has its own
// seed, and within it the tools take turns, each in a process of its own. Printed
// is a Markdown table for each law.
//
// Our kl_flow is that of the corrected flow, the peer's of the flow as it is trained:
// on the law of the limit cycle the correction is worth 0.2 nats after 100 steps and
// nothing that can be measured from 300 on.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/maxentflow"
)

const (
	// told is how many steps maxent_flow takes between its reports; the first
	// that many do not count.
	told    = 25
	batch   = 512
	samples = 8000 // from which kl_flow is found
	near    = 0.05 // nats of kl_flow that training should reach
)

// run is what a training prints of itself, as one line of JSON.
type run struct {
	Tool string  `json:"tool"`
	CPU  float64 `json:"cpu"` // seconds a step, all threads
	KL   float64 `json:"kl"`  // of the flow from the law, nats
	SE   float64 `json:"se"`
}

// contender is a tool at one setting.
type contender struct {
	name    string
	command func(folder string, seed, steps int) []string
}

type options struct {
	recording, python, problems, peers, steps string
	rounds                                    int
}

func main() {
	var o options
	flag.StringVar(&o.recording, "recording", "", "the recording to fit, a MATLAB `file`; needed where problems has recording")
	flag.StringVar(&o.python, "python", "python3", "`program` that runs the peers: Python with torch and numpy")
	flag.StringVar(&o.problems, "problems", "cycle,recording", "`laws` to train on: cycle, of a planted limit cycle, and recording, of a fit to one")
	flag.StringVar(&o.peers, "peers", "analytic,compiled,autograd,plain", "`variants` of peer.py to run, which it explains; empty: none")
	flag.StringVar(&o.steps, "steps", "250,500,1000,2000,4000", "`lengths` of training, in steps")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds, each of its own seed")
	train := flag.String("train", "", "only run our training, on the law in this `folder`, and print what it took; the benchmark calls itself so")
	seed := flag.Int("seed", 1, "with -train, the seed")
	length := flag.Int("length", 2000, "with -train, the steps")
	threads := flag.Int("threads", 1, "with -train, the threads")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), `Measures the training of maxent_flow's flow beside PyTorch's of the same flow on
the same law, and prints a Markdown table for each law. Run it at the root of the
repository, on a machine that does nothing else:

  go run ./bench/flow -recording FILE.mat -python PYTHON
  go run ./bench/flow -problems cycle -peers "" -rounds 1    # ours alone, in a minute

`)
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx := context.Background()
	var err error
	if *train != "" {
		err = printTraining(ctx, *train, *seed, *length, *threads)
	} else {
		err = o.do(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o *options) do(ctx context.Context) error {
	problems := strings.Split(o.problems, ",")
	for _, p := range problems {
		switch {
		case p != "cycle" && p != "recording":
			return fmt.Errorf("-problems has %q; there are cycle and recording", p)
		case p == "recording" && o.recording == "":
			return errors.New("-problems has recording, which needs -recording FILE.mat; or say -problems cycle")
		}
	}
	var peers []string
	if o.peers != "" {
		peers = strings.Split(o.peers, ",")
	}
	contenders, err := contenders(o.python, peers)
	if err != nil {
		return err
	}
	var steps []int
	for _, s := range strings.Split(o.steps, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n <= told {
			return fmt.Errorf("%q is no number of steps above %d", s, told)
		}
		steps = append(steps, n)
	}
	folder, err := os.MkdirTemp("", "bench-flow")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for _, p := range problems {
		at := filepath.Join(folder, p)
		if err := writeProblem(ctx, p, o.recording, at); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		if err := compare(p, at, o.rounds, steps, contenders); err != nil {
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
		out = append(out, contender{fmt.Sprintf("reprise, threads: %d", threads), func(folder string, seed, steps int) []string {
			return []string{self, "-train", folder, "-seed", strconv.Itoa(seed), "-length", strconv.Itoa(steps), "-threads", strconv.Itoa(threads)}
		}})
	}
	for _, variant := range peers {
		out = append(out, contender{"PyTorch, " + variant, func(folder string, seed, steps int) []string {
			return []string{python, filepath.Join("bench", "flow", "peer.py"), folder, "--seed", strconv.Itoa(seed), "--steps", strconv.Itoa(steps), "--variant", variant}
		}})
	}
	return out, nil
}

// compare runs the contenders in turn and prints their table.
func compare(problem, folder string, rounds int, steps []int, contenders []contender) error {
	cost := make([][]float64, len(contenders))     // a step
	kl := make([]map[int]float64, len(contenders)) // mean over rounds, by steps
	for round := range rounds {
		for _, length := range steps {
			for i := range contenders {
				c := (i + round) % len(contenders)
				r, err := one(contenders[c].command(folder, round+1, length))
				if err != nil {
					return fmt.Errorf("%s: %w", contenders[c].name, err)
				}
				fmt.Fprintf(os.Stderr, "%s %d %d steps %-22s %.4f ms a step, kl %.4f (%.4f) %s\n", problem, round+1, length, contenders[c].name, 1000*r.CPU, r.KL, r.SE, r.Tool)
				cost[c] = append(cost[c], r.CPU)
				if kl[c] == nil {
					kl[c] = map[int]float64{}
				}
				kl[c][length] += r.KL / float64(rounds)
			}
		}
	}
	fmt.Printf("| %s | CPU-ms a step | ratio | samples a CPU-second |", problem)
	for _, s := range steps {
		fmt.Printf(" KL, %d steps |", s)
	}
	fmt.Printf(" CPU-seconds to KL < %.2g |\n|%s\n", near, strings.Repeat(" --- |", 5+len(steps)))
	for i, c := range contenders {
		each := median(cost[i])
		fmt.Printf("| %s | %.3f | %.2f | %.2g |", c.name, 1000*each, each/median(cost[0]), batch/each)
		reached := "not in these"
		for _, s := range slices.Backward(steps) {
			if kl[i][s] < near {
				reached = fmt.Sprintf("%.2f (%d steps)", each*float64(s), s)
			}
		}
		for _, s := range steps {
			fmt.Printf(" %.3f |", kl[i][s])
		}
		fmt.Printf(" %s |\n", reached)
	}
	fmt.Println()
	return nil
}

// one runs a training and reads what it says of itself. The variables that pin the
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
	return r, err
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// printTraining trains on the target in a folder and prints what that took.
func printTraining(ctx context.Context, folder string, seed, steps, threads int) error {
	var tables []*artifacts.Table
	for _, name := range []string{"network", "states"} {
		b, err := os.ReadFile(filepath.Join(folder, name+".npz"))
		if err != nil {
			return err
		}
		t, err := artifacts.Import(name, "npz", b)
		if err != nil {
			return err
		}
		tables = append(tables, t)
	}
	f := maxentflow.Kind.New().(*maxentflow.Flow)
	f.Seed, f.Steps, f.Samples = seed, steps, samples
	planted(f, filepath.Base(folder))
	var began, ended float64
	progress := func(p spec.Progress) {
		switch {
		case p.Unit != "step":
		case p.Done == told:
			began = cpuSeconds()
		default:
			ended = cpuSeconds()
		}
	}
	out, err := f.Run(ctx, spec.NewEnv(spec.EnvConfig{Threads: threads, Inputs: inputs("target", artifacts.New(tables...)), Progress: progress}))
	if err != nil {
		return err
	}
	m := out.Metrics()
	counted := steps/told*told - told // the steps between the first report and the last
	return json.NewEncoder(os.Stdout).Encode(run{Tool: "reprise", CPU: (ended - began) / float64(counted), KL: m["kl_flow"], SE: m["kl_flow_se"]})
}

// cpuSeconds is the CPU time of all threads of this process.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
