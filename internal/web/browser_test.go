package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"reprise/internal/browsertest"
)

// lively has a stage that goes on until the test lets it end.
var lively = strings.Replace(experiment, `stage "toy" "last" {`, `stage "toy" "slow" {
  from  = stage.first
  waits = true
}
stage "toy" "last" {`, 1)

// until waits until a line of JavaScript is true, on whatever page that is then.
func until(script string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			holds := false
			if err := chromedp.Evaluate(script, &holds).Do(ctx); err == nil && holds {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("waiting for %s: %w", script, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// says waits until the text of an element has some words in it.
func says(selector, words string) chromedp.Action {
	return until(`[...document.querySelectorAll(` + quote(selector) + `)].some((e) => e.textContent.includes(` + quote(words) + `))`)
}

func quote(s string) string { return "`" + s + "`" }

// follow clicks the first link with that text.
func follow(text string) chromedp.Action {
	return until(`(() => {
		const link = [...document.querySelectorAll("main a")].find((a) => a.textContent.trim() === ` + quote(text) + `);
		link?.click();
		return Boolean(link);
	})()`)
}

// TestInABrowser clicks through all pages while a run writes. The console, other
// hosts and accessibility are watched all the while.
func TestInABrowser(t *testing.T) {
	s := newSite(t)
	earlier := s.run(experiment)
	c := s.serve()
	p := browsertest.Open(t, c.base+"/?token="+c.token, 1400, 900)
	good := func() {
		t.Helper()
		p.Accessible()
		p.Prefer("prefers-color-scheme", "dark")
		p.Accessible()
		p.Prefer("prefers-color-scheme", "light")
		if at := browsertest.Eval[string](p, "location.href"); strings.Contains(at, "token") {
			t.Errorf("the token stays in the address %s", at)
		}
	}
	p.Run(says("h1", "Runs"), says("tbody", earlier))
	good()

	ran := make(chan string)
	go func() { ran <- s.run(lively) }()
	p.Run(says("h2", "Going on"), says("tbody .state", "1 running")) // it appears by itself
	good()
	p.Run(follow("toys"), says("#progress", "1 running"), says(".reason", "steps"))
	p.Run(chromedp.WaitVisible(`.graph .running[data-address="stage.slow"]`, chromedp.ByQuery))
	good()
	p.Run(follow("stage.slow"), says("#task-metrics", "of 1000000 steps"), says("#task-log", "level 1"))
	good()
	was := browsertest.Eval[string](p, `document.querySelector("#task-metrics p").textContent`)
	p.Run(until(`document.querySelector("#task-metrics p").textContent !== ` + quote(was))) // it goes on by itself

	close(s.gate)
	id := <-ran
	p.Run(says(".head .state", "done"), says("main", "Where its result came from")) // and is over by itself
	if at := browsertest.Eval[string](p, "location.pathname"); at != "/run/"+id+"/task" {
		t.Errorf("it is at %s, not at its record", at)
	}
	p.Run(chromedp.WaitVisible(`figure img`, chromedp.ByQuery), until(`document.querySelector("figure img").naturalWidth > 0`))
	good()

	p.Run(follow("rows"), says("thead", "axis:2"), says(".pages", "rows 1 to 100 of 250"), follow("Next"), says(".pages", "rows 101 to 200 of 250"), says("tbody", "row 101 "))
	good()
	p.Run(follow("Last"), says("tbody", "row 250 "), chromedp.SetValue(`input[name=from]`, "33"), chromedp.Click(`.pages button`), says(".pages", "rows 33 to 132"))

	p.Run(follow("Toys"), says("tbody", "stage.sweep"), follow("stage.sweep"), chromedp.WaitVisible(`.plot circle`))
	if points := browsertest.Eval[int](p, `document.querySelectorAll(".plot a").length`); points != 6 {
		t.Errorf("%d points are drawn of 6 tasks", points)
	}
	good()
	p.Run(chromedp.SetValue(`select[name=y]`, "loss"), chromedp.SetValue(`select[name=runs]`, "all"), chromedp.Click(`form.choice button`), says("figcaption", "loss against level"), says("thead", "Run"))
	p.Run(follow("score"), chromedp.WaitVisible(`th[aria-sort=ascending]`))
	good()

	p.Run(follow("Runs"), says("tbody", id), follow("with the one before"), says("h2", "Tasks that differ"), says("tbody", "added"))
	good()
	p.Run(chromedp.Click(`//nav//a[normalize-space()="reprise"]`, chromedp.BySearch), says("h1", "Runs"), says("tbody", "with the one before"))
	good()
}

// TestKeyboard goes from the address bar into the newest run without a pointer.
func TestKeyboard(t *testing.T) {
	s := newSite(t)
	id := s.run(experiment)
	c := s.serve()
	p := browsertest.Open(t, c.base+"/?token="+c.token, 1400, 900)
	p.Run(says("h1", "Runs"))
	p.Press(kb.Tab)
	p.Press(kb.Enter) // skips to the content
	for range 20 {
		if browsertest.Eval[string](p, `document.activeElement.getAttribute("href") || ""`) == "/run/"+id {
			break
		}
		p.Press(kb.Tab)
	}
	p.Press(kb.Enter)
	p.Run(says("h1", "Toys"))
}

// TestNarrow holds that no page is wider than a telephone.
func TestNarrow(t *testing.T) {
	s := newSite(t)
	id := s.run(experiment)
	c := s.serve()
	p := browsertest.Open(t, c.base+"/?token="+c.token, 400, 800)
	p.Run(chromedp.EmulateViewport(400, 800))
	for _, path := range []string{"/", "/run/" + id, "/run/" + id + "/stage?name=stage.sweep", "/run/" + id + "/task?address=stage.first", "/run/" + id + "/table?address=stage.first&name=rows", "/compare?old=last&new=last"} {
		p.Run(chromedp.Navigate(c.base+path), chromedp.WaitVisible("h1"))
		if wide := browsertest.Eval[int](p, "document.documentElement.scrollWidth"); wide > 400 {
			t.Errorf("%s is %d wide", path, wide)
		}
		p.Accessible()
	}
}
