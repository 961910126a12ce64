// Command engine measures what reprise itself costs, with tasks that do next to
// nothing, beside ninja, make, Snakemake, DVC, a warm bazel, doit and Task on
// the same graph.
//
//	go run ./bench/engine
//
// Peers are looked for in PATH; those that are missing are named and left out.
// Tools take turns, each command in a process of its own. Printed is a Markdown
// table for each number of tasks: medians of wall time, CPU time and memory.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

type options struct {
	sizes, peers string
	rounds       int
	limit        time.Duration
	bytes        int64
}

func main() {
	switch {
	case os.Getenv(asReprise) == "":
	case len(os.Args) > 1 && os.Args[1] == bare:
		if err := programs(len(os.Args) > 2); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	default:
		os.Exit(reprise())
	}
	var o options
	flag.StringVar(&o.sizes, "sizes", "100,1000,10000", "numbers of tasks")
	flag.StringVar(&o.peers, "tools", "", "which tools to run; all that are here if empty")
	flag.IntVar(&o.rounds, "rounds", 5, "how often everything but the first run is done")
	flag.DurationVar(&o.limit, "limit", 10*time.Minute, "how long a command may take")
	flag.Int64Var(&o.bytes, "large", 0, "instead: how many bytes there are in 64 files that do not change")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%s: there are flags alone; see -help\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := o.do(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o *options) do() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if o.bytes > 0 {
		return o.large(self)
	}
	all, missing := tools(self, o.peers)
	if len(missing) > 0 {
		fmt.Printf("Not here, and left out: %s.\n\n", strings.Join(missing, ", "))
	}
	for _, size := range strings.Split(o.sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of tasks", size)
		}
		if err := o.compare(all, n); err != nil {
			return err
		}
	}
	return nil
}

// contender is a tool in its folder, with what its commands took.
type contender struct {
	tool
	folder string
	costs  map[string][]cost
	failed string
}

// cases are what is measured, in the order of a round.
var cases = []string{"first run", "no-op", "one change", "back", "plan", "why"}

func (o *options) compare(all []tool, n int) error {
	root, err := os.MkdirTemp("", "bench-engine")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	g := graphOf(n)
	var contenders []*contender
	for _, t := range all {
		if t.atMost > 0 && n > t.atMost || n > 10_000 && t.name != "reprise-each" {
			continue
		}
		c := &contender{tool: t, folder: filepath.Join(root, t.name), costs: map[string][]cost{}}
		if err := writeInputs(c.folder, g); err != nil {
			return err
		}
		if err := t.write(c.folder, g); err != nil {
			return err
		}
		contenders = append(contenders, c)
		if t.end != nil {
			defer func() { _, _ = measure(c.folder, o.limit, t.end...) }()
		}
	}
	// Remembered digests of files that are younger than their clocks tell count for nothing.
	time.Sleep(2500 * time.Millisecond)
	for _, c := range contenders {
		if c.setup != nil {
			c.time("", o.limit, c.setup)
		}
		c.time("first run", o.limit, c.run)
		for range 1 + c.warm { // what a tool learns from seeing that all is there is no part of the cases
			c.time("", o.limit, c.command("no-op"))
		}
	}
	for round := range o.rounds {
		contenders = append(contenders[1:], contenders[0])
		for _, name := range cases[1:] {
			for _, c := range contenders {
				if err := c.round(name, round, o.limit); err != nil {
					return err
				}
			}
		}
	}
	report(contenders, all, n, o.rounds)
	return nil
}

// round does one case.
func (c *contender) round(name string, round int, limit time.Duration) error {
	change := func(text string) error {
		return os.WriteFile(filepath.Join(c.folder, inputFile(0)), []byte(text), 0o666)
	}
	switch name {
	case "one change":
		if err := change(fmt.Sprintf("round %d\n", round)); err != nil {
			return err
		}
	case "back":
		if err := change("chain 0\n"); err != nil {
			return err
		}
	}
	c.time(name, limit, c.command(name))
	if name == "back" {
		time.Sleep(2500 * time.Millisecond) // until the clocks tell the next change from this one
		c.time("", limit, c.command("no-op"))
	}
	return nil
}

// time measures a command, if there is one, unless one before it failed; without a name it counts for nothing.
func (c *contender) time(name string, limit time.Duration, command []string) {
	if c.failed != "" || command == nil {
		return
	}
	took, err := measure(c.folder, limit, command...)
	switch {
	case err != nil:
		c.failed = err.Error()
		fmt.Fprintf(os.Stderr, "%s: %s\n", c.name, c.failed)
	case name != "":
		c.costs[name] = append(c.costs[name], took)
	}
}

// report prints the table of one size, in the order in which tools are listed.
func report(contenders []*contender, order []tool, n, rounds int) {
	fmt.Printf("%d tasks (first run: once; else medians of %d; wall ms / CPU ms / MB):\n\n| | %s |\n|%s\n", n, rounds, strings.Join(cases, " | "), strings.Repeat(" --- |", len(cases)+1))
	for _, t := range order {
		i := slices.IndexFunc(contenders, func(c *contender) bool { return c.name == t.name })
		if i < 0 {
			continue
		}
		row := []string{t.name}
		for _, name := range cases {
			cell := ""
			if all := contenders[i].costs[name]; len(all) > 0 {
				m := median(all)
				cell = fmt.Sprintf("%s / %s / %d", milliseconds(m.wall), milliseconds(m.cpu), m.memory>>20)
			}
			row = append(row, cell)
		}
		fmt.Printf("| %s |\n", strings.Join(row, " | "))
	}
	fmt.Println()
}

func milliseconds(d time.Duration) string {
	ms := float64(d) / 1e6
	if ms < 100 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}
