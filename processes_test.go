package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"reprise/internal/soak"
)

// crowd is many processes of reprise on one store.
type crowd struct {
	t   *testing.T
	dir string
	env []string

	mu    sync.Mutex
	took  map[string][]time.Duration // commands, by the first word
	taken []time.Duration            // from the end of a crashed owner to the start of who took its claim
	last  int                        // a round that has been run
	ran   map[string]int             // and the last of each file
}

// Two experiments that have most tasks in common, and one that is killed.
var crowdFiles = map[string]string{"x.hcl": crowded("total", 0), "y.hcl": crowded("sum", 1), "z.hcl": `
variable "seconds" { type = number }
stage "sleep" "nap" { seconds = var.seconds }`}

func crowded(name string, add int) string {
	return fmt.Sprintf(`
variable "round" { type = number }
stage "const" "%[1]s_n" {
  for_each = { for i in range(6) : "i=${i}" => i }
  value    = var.round + each.value / 10
}
stage "sleep" "%[1]s_nap" { seconds = 0.02 + var.round / 100000 }
stage "sum" "%[1]s" {
  of  = concat(stage.%[1]s_n[*], [stage.%[1]s_nap])
  add = %[2]d
}`, name, add)
}

// truth is what the sum of a round is in a file.
func truth(file string, round int) float64 {
	sum := 6*float64(round) + 1.5 + 0.02 + float64(round)/100000
	if file == "y.hcl" {
		sum++
	}
	return sum
}

func (c *crowd) command(args ...string) *exec.Cmd {
	x := exec.Command("reprise", args...)
	x.Dir, x.Env = c.dir, c.env
	return x
}

// does runs a command and takes its time.
func (c *crowd) does(args ...string) []byte {
	x := c.command(args...)
	var out, errs bytes.Buffer
	x.Stdout, x.Stderr = &out, &errs
	began := time.Now()
	if err := x.Run(); err != nil {
		c.t.Errorf("%q: %v\n%s", args, err, errs.String())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took[args[0]] = append(c.took[args[0]], time.Since(began))
	return out.Bytes()
}

// runs computes round after round, which others do too, and looks at the sums.
func (c *crowd) runs(file string, end time.Time) {
	for round := 0; time.Now().Before(end) && round < 990; round++ {
		c.does("run", file, "--var", fmt.Sprint("round=", round), "--jobs", "4")
		c.asks(file, round)
		c.mu.Lock()
		c.last = max(c.last, round)
		c.ran[file] = max(c.ran[file], round)
		c.mu.Unlock()
	}
}

func (c *crowd) asks(file string, round int) {
	address := map[string]string{"x.hcl": "total", "y.hcl": "sum"}[file]
	var doc struct {
		Stages []struct {
			Rows []struct{ Metrics map[string]float64 }
		}
	}
	out := c.does("metrics", file, address, "--json", "--var", fmt.Sprint("round=", round))
	if err := json.Unmarshal(out, &doc); err != nil || len(doc.Stages) != 1 || len(doc.Stages[0].Rows) != 1 {
		c.t.Errorf("round %d of %s: %v: %s", round, file, err, out)
	} else if got := doc.Stages[0].Rows[0].Metrics["value"]; math.Abs(got-truth(file, round)) > 1e-9 {
		c.t.Errorf("round %d of %s: the sum is %v, which should be %v", round, file, got, truth(file, round))
	}
}

// looks asks this and that of the store.
func (c *crowd) looks(commands [][]string, end time.Time) {
	for i := 0; time.Now().Before(end); i++ {
		c.mu.Lock()
		args := slices.Clone(commands[i%len(commands)])
		if len(args) > 1 && strings.HasSuffix(args[1], ".hcl") {
			args = append(args, "--var", fmt.Sprint("round=", max(0, c.ran[args[1]]-i%3))) // one file may be ahead of another
		}
		c.mu.Unlock()
		c.does(args...)
	}
}

// crashes kills a run while another waits for the task that it computes.
func (c *crowd) crashes(end time.Time) {
	for i := 0; time.Now().Before(end) || i == 0; i++ {
		seconds := fmt.Sprintf("%g", 0.5+float64(i)/1000)
		first := c.command("run", "z.hcl", "--var", "seconds="+seconds)
		if err := first.Start(); err != nil {
			c.t.Error(err)
			return
		}
		c.awaits("sleep "+seconds, 1)
		second := make(chan []byte)
		go func() { second <- c.does("run", "z.hcl", "--var", "seconds="+seconds) }()
		time.Sleep(100 * time.Millisecond)
		first.Process.Kill()
		killed := time.Now()
		first.Wait()
		c.awaits("sleep "+seconds, 2)
		c.mu.Lock()
		c.taken = append(c.taken, time.Since(killed))
		c.mu.Unlock()
		if out := <-second; !bytes.Contains(out, []byte("1 run, 0 cached")) {
			c.t.Errorf("after a crash: %s", out)
		}
	}
}

func (c *crowd) trace() map[string]int {
	b, err := os.ReadFile(filepath.Join(c.dir, "trace"))
	if err != nil {
		c.t.Error(err)
	}
	count := map[string]int{}
	for line := range strings.Lines(string(b)) {
		count[strings.TrimSpace(line)]++
	}
	return count
}

func (c *crowd) awaits(line string, times int) {
	for end := time.Now().Add(time.Minute); c.trace()[line] < times; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.t.Errorf("%q did not come %d times", line, times)
			return
		}
	}
}

// TestManyProcesses has 16 processes at work on one store at any time, of which ten
// run overlapping experiments, five ask, verify and collect, and one is killed now
// and then. Each key is computed once, but for those whose owner was killed; every
// answer is true, and the store sound in the end.
func TestManyProcesses(t *testing.T) {
	c := &crowd{ran: map[string]int{}, t: t, dir: t.TempDir(), took: map[string][]time.Duration{}}
	c.env = append(os.Environ(), "REPRISE_TEST_TRACE="+filepath.Join(c.dir, "trace"), "REPRISE_STORE="+filepath.Join(c.dir, "store.db"))
	for name, text := range crowdFiles {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.dir, "trace"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	c.does("run", "x.hcl", "--var", "round=0")
	c.does("run", "y.hcl", "--var", "round=0")
	end := time.Now().Add(time.Duration(soak.Count(3, 60)) * time.Second)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() { c.runs([]string{"x.hcl", "y.hcl"}[i%2], end) })
	}
	for _, commands := range [][][]string{
		{{"status", "x.hcl"}, {"show", "x.hcl", "total"}},
		{{"runs"}, {"status", "y.hcl"}, {"plan", "x.hcl"}},
		{{"verify"}, {"verify", "x.hcl"}},
		{{"gc"}, {"gc", "--delete"}},
		{{"show", "y.hcl", "sum", "number"}, {"store"}},
	} {
		all.Go(func() { c.looks(commands, end) })
	}
	all.Go(func() { c.crashes(end) })
	all.Wait()
	c.settles()
}

// settles looks at what is there when all is done.
func (c *crowd) settles() {
	c.does("verify")
	computed := 0
	for line, times := range c.trace() {
		var seconds float64
		_, err := fmt.Sscanf(line, "sleep %g", &seconds)
		if crashed := err == nil && seconds >= 0.5; times != 1 && !crashed || crashed && times != 2 {
			c.t.Errorf("%q was computed %d times", line, times)
		}
		computed += times
	}
	if want := 9 * (c.last + 1); computed-2*len(c.taken) < want-1 {
		c.t.Errorf("%d tasks ran, of %d in %d rounds", computed, want, c.last+1)
	}
	for name, took := range c.took {
		slices.Sort(took)
		c.t.Logf("%-8s %4d times, half within %v, the longest %v", name, len(took), took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	}
	slices.Sort(c.taken)
	c.t.Logf("%d tasks in %d rounds; %d claims of killed owners taken over within %v", computed, c.last+1, len(c.taken), c.taken[len(c.taken)-1].Round(time.Millisecond))
}
