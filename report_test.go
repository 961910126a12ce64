package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"reprise/internal/browsertest"
)

// walkers is an experiment with a sweep, a figure, a failure, and names that are
// markup.
const walkers = `
experiment "crowd" {
  title = "Do <b>crowds</b> spread?"
  cites = ["arXiv:2603.26506"]
}
variable "steps" {
  default     = 3
  description = "How many <steps>."
}
stage "exec" "walk" {
  for_each = { for s in range(4) : "seed=<${s}>" => s }
  command  = ["sh", "-c", "echo '<script>hacked()</script>'; echo \"{\\\"spread\\\": $SEED}\" > m.json"]
  env      = { SEED = each.value + var.steps }
  outputs  = { metrics = "m.json" }
  metrics  = ["spread"]
}
stage "exec" "broken" {
  command = ["sh", "-c", "echo '<script>hacked()</script>'; exit 3"]
  inputs  = { of = stage.walk["seed=<0>"] }
  outputs = { metrics = "m.json" }
}
stage "plot" "spread" {
  figure = "sweep"
  x      = [1, 2, 3]
  y      = [var.steps, 2, 5]
}
check "spread" {
  assert {
    condition     = stage.walk["seed=<0>"].metrics.spread < 5
    error_message = "it is <em>${stage.walk["seed=<0>"].metrics.spread}</em>"
  }
}
`

// reportOf writes the experiment's page, and returns its address.
func reportOf(t *testing.T, binary, dir string, args ...string) string {
	t.Helper()
	page := filepath.Join(dir, fmt.Sprint("page", len(args), ".html"))
	cmd := exec.Command(binary, append([]string{"report", "crowd.hcl", "-o", page}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return "file://" + page
}

// walkersRun runs the experiment in a folder of its own; a task of it fails.
func walkersRun(t *testing.T) (binary, dir string) {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "crowd.hcl"), []byte(walkers), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"run", "-q", "crowd.hcl"}, {"run", "-q", "crowd.hcl", "--var", "steps=4"}} {
		cmd := exec.Command(binary, args...)
		cmd.Dir = dir
		if out, _ := cmd.CombinedOutput(); !bytes.Contains(out, []byte("stage.broken")) {
			t.Fatalf("%s", out)
		}
	}
	return binary, dir
}

// settled is what a page says when it says what it should, or ten seconds later: it
// answers what a reader does in its own time.
func settled(says func() string, want string) (got string) {
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if got = says(); got == want || time.Now().After(until) {
			return got
		}
	}
}

// TestReportInBrowser opens a page as a reader does: with the mouse, with the
// keyboard, in the dark, on a telephone, on paper.
func TestReportInBrowser(t *testing.T) {
	binary, dir := walkersRun(t)
	address := reportOf(t, binary, dir)
	opened := func(p *browsertest.Page) string {
		return browsertest.Eval[string](p, `[...document.querySelectorAll("details.stage[open]")].map(d => d.id).join()`)
	}
	t.Run("mouse", func(t *testing.T) {
		p := browsertest.Open(t, address, 1400, 900)
		for _, stage := range []string{"stage.walk", "stage.broken", "stage.spread"} {
			p.Click(`svg.graph [data-address="` + stage + `"]`)
			if got := settled(func() string { return opened(p) }, stage); got != stage {
				t.Errorf("a click on %s opens %q", stage, got)
			}
			focus := func() string {
				return browsertest.Eval[string](p, "document.activeElement?.parentElement?.id ?? ''")
			}
			if got := settled(focus, stage); got != stage { // the browser moves it too, before the page does
				t.Errorf("after a click on %s the focus is in %q", stage, got)
			}
			p.Accessible()
			p.Click(`details[open] > summary`)
		}
		p.Click("#open-all")
		if got := opened(p); got != "stage.walk,stage.broken,stage.spread" {
			t.Errorf("all are %s", got)
		}
		p.Accessible()
		if got := browsertest.Eval[string](p, `document.querySelector("[id='stage.broken'] pre:last-of-type").textContent`); !strings.HasPrefix(got, "<script>hacked()</script>\n") {
			t.Errorf("its log is %q", got)
		}
		if n := browsertest.Eval[int](p, `document.querySelector(".figures img").naturalWidth`); n < 100 {
			t.Errorf("the picture is %d pixels wide", n)
		}
	})
	t.Run("keyboard", func(t *testing.T) {
		p := browsertest.Open(t, address, 1400, 900)
		for range 60 {
			p.Press(kb.Tab)
			if browsertest.Eval[string](p, `document.activeElement.dataset.address ?? ""`) == "stage.walk" {
				break
			}
		}
		p.Press(kb.Enter)
		if got := settled(func() string { return opened(p) }, "stage.walk"); got != "stage.walk" {
			t.Fatalf("Enter opens %q", got)
		}
		if got := browsertest.Eval[string](p, `document.querySelector("details[open] tbody").innerText.trim().split(/\s+/)[0]`); got != "<0>" {
			t.Errorf("the sweep begins with %q", got)
		}
	})
	t.Run("dark", func(t *testing.T) {
		p := browsertest.Open(t, address+"#stage.walk", 1400, 900)
		p.Prefer("prefers-color-scheme", "dark")
		p.Accessible()
	})
	t.Run("telephone", func(t *testing.T) {
		p := browsertest.Open(t, address+"#stage.walk", 400, 800)
		if wide := browsertest.Eval[int](p, "document.documentElement.scrollWidth"); wide > 400 {
			t.Errorf("the page is %d pixels wide", wide)
		}
		p.Accessible()
	})
	t.Run("paper", func(t *testing.T) {
		p := browsertest.Open(t, address, 1400, 900)
		if pdf := p.PDF(); !bytes.HasPrefix(pdf, []byte("%PDF")) {
			t.Error("it does not print")
		}
		if got := opened(p); got != "" {
			t.Errorf("after printing %s are open", got)
		}
	})
	t.Run("compared", func(t *testing.T) {
		p := browsertest.Open(t, reportOf(t, binary, dir, "--var", "steps=4", "--compare", "last~1"), 1400, 900)
		said := browsertest.Eval[string](p, `document.getElementById("compared").parentElement.innerText`)
		for _, want := range []string{"steps\t3\t4", "walk[*] (4) changed", "mean spread of 4\t4.5\t5.5", "then: spread, figure", "now: spread, figure"} {
			if !strings.Contains(said, want) {
				t.Errorf("it says not %q but\n%s", want, said)
			}
		}
		p.Accessible()
	})
}
