package cli

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/runner"
	"reprise/spec"
)

// update writes what a terminal shows into testdata/terminal: look at it then.
var update = flag.Bool("update", false, "write testdata/terminal")

type shownToy struct {
	From spec.Ref `hcl:"from,optional" needs:"" doc:"another"`
	Seed int      `hcl:"seed,optional" doc:"a number"`
}

func (*shownToy) Run(context.Context, *spec.Env) (*artifacts.Artifact, error) {
	return artifacts.New(), nil
}

const shownExperiment = `
stage "toy" "recording_of_an_animal_with_a_long_name" {}
stage "toy" "fit" {
  for_each = { for s in range(4) : "rank=2,regularization=0.001,seed=${s}" => s }
  from     = stage.recording_of_an_animal_with_a_long_name
  seed     = each.value
}
stage "toy" "law" { from = stage.fit["rank=2,regularization=0.001,seed=1"] }
`

// shown is a run whose end and whose middle are looked at.
type shown struct {
	*ui
	out *strings.Builder
	x   *spec.Experiment
	now time.Time
}

func newShown(t *testing.T, width int) *shown {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shown.hcl")
	if err := os.WriteFile(file, []byte(shownExperiment), 0o644); err != nil {
		t.Fatal(err)
	}
	var metrics []spec.Gives
	for _, m := range []string{"held_out_bits_per_spike", "loss", "epochs", "identified_fraction", "effective_dimension"} {
		metrics = append(metrics, spec.Gives{Name: m, Doc: "what " + strings.ReplaceAll(m, "_", " ") + " is, in a sentence that says it all, with units where it has any"})
	}
	kinds := spec.NewKinds(&spec.Kind{Name: "toy", Doc: "A toy.", New: func() spec.Method { return &shownToy{} }, Metrics: metrics})
	x, faults, err := spec.Load(file, spec.Values{}, kinds)
	if err != nil || x == nil {
		t.Fatal(err, faults)
	}
	s := &shown{out: &strings.Builder{}, x: x, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	l := look{terminal: true, width: width}
	s.ui = &ui{out: s.out, err: s.out, outLook: l, errLook: l}
	return s
}

func (s *shown) fit(seed int) string {
	return fmt.Sprintf("stage.fit[\"rank=2,regularization=0.001,seed=%d\"]", seed)
}

// middle are the lines that change: one task whose steps and history are known, one
// of which nothing is.
func (s *shown) middle(width int) []string {
	p := s.progress(s.x, 2)
	p.live = &live{} // which draws nothing by itself
	p.now, p.began = func() time.Time { return s.now }, s.now
	p.event(runner.AheadEvent{Tasks: 6, Likely: map[string]runner.Estimate{s.fit(0): {Seconds: 40, Results: 3}}})
	for _, address := range []string{s.fit(0), s.fit(1), "stage.law"} {
		p.event(runner.TaskEvent{Address: address, State: runner.Started})
	}
	for done := range 11 {
		p.event(runner.ProgressEvent{Address: s.fit(0), Done: done, Total: 30, Unit: "epoch", Values: map[string]float64{"loss": 18.9876, "penalty": 3}})
		s.now = s.now.Add(time.Second)
	}
	p.event(runner.ProgressEvent{Address: "stage.law", Done: 2, Total: 12, Unit: "attempt", Values: map[string]float64{"law_error": 0.0123}})
	p.event(runner.TaskEvent{Address: "stage.recording_of_an_animal_with_a_long_name", State: runner.Cached})
	return p.lines(width, 24)
}

// end is a run that is over, with a failure.
func (s *shown) end() {
	o := newOutcome(&opened{x: s.x, path: "shown.hcl"})
	for i, t := range s.x.Tasks {
		e := runner.TaskEvent{Address: t.Address, State: runner.Done, Seconds: 1.5 * float64(i+1)}
		switch {
		case i == 0:
			e.State = runner.Cached
		case t.Address == s.fit(2):
			e.State, e.Error = runner.Failed, "the fit went astray after 12 epochs, as steps of 0.5 are too large for it; lower step\nmore of it"
		case t.Address == "stage.law":
			e.State, e.Error = runner.Skipped, "it needs "+s.fit(2)+", which failed"
		}
		o.event(e)
		if e.State == runner.Done {
			for k, m := range t.Gives.Metrics {
				o.event(runner.MetricEvent{Address: t.Address, Name: m.Name, Value: 0.123456 * float64(i+k+1)})
			}
		}
	}
	o.event(runner.CheckEvent{Name: "fits_predict_held_out_spikes", Verdict: "pass"})
	o.event(runner.CheckEvent{Name: "law_holds", Verdict: "fail", Asserted: "the law misses the field by 0.0871 on held-out nodes and states, where 0.05 is the most that is taken"})
	o.event(runner.SummaryEvent{Executed: 4, Cached: 1, Failed: 1, Skipped: 1, ChecksPassed: 1, ChecksFailed: 1, Seconds: 12.3, Exit: 1})
	s.summary(o)
}

// What terminals of three widths show of a run, in its middle and at its end, is
// what it was when somebody last looked at it, and no line is wider than they are but a
// command, which is there to be copied.
func TestTerminal(t *testing.T) {
	for _, width := range []int{60, 100, 160} {
		s := newShown(t, width)
		for _, line := range s.middle(width) {
			s.print("%s", line)
		}
		s.print("%s", strings.Repeat("=", width))
		s.end()
		got := s.out.String()
		for _, line := range strings.Split(got, "\n") {
			if command := strings.HasPrefix(line, "  see what"); widthOf(line) > width && !command {
				t.Errorf("at %d, a line of %d: %s", width, widthOf(line), line)
			}
		}
		path := filepath.Join("testdata", "terminal", fmt.Sprintf("%d.txt", width))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("at %d, where %s is otherwise (-update writes it):\n%s", width, path, got)
		}
	}
}
