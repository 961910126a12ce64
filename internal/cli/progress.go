package cli

import (
	"fmt"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"reprise/runner"
	"reprise/spec"
)

// progress tells how a run goes while it does. Where lines can change, there is
// one for each task that runs and one for all of them, and what stays is what
// somebody may look for: failures, and tasks that took long. Elsewhere what starts
// and what ends is a line each.
type progress struct {
	u    *ui
	x    *spec.Experiment
	live *live // nil: lines cannot change
	now  func() time.Time
	jobs int

	mu      sync.Mutex
	running []*runningTask // as they started
	over    map[string]string
	aside   int               // tasks that are over, and not in it
	counts  map[string]int    // of tasks by the state that they ended in
	failed  map[string]string // by error the first task that failed with it
	ahead   ahead
	widths  widths
	began   time.Time

	left     float64 // seconds that the run goes on, as it was
	reckoned time.Time
}

const (
	longTask = 1.0 // seconds from which the end of a task stays on a terminal
	mostLive = 12  // that change
)

// progress of tasks of x, so many of which run at once; 0: as many as there are
// processors.
func (u *ui) progress(x *spec.Experiment, jobs int) *progress {
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	p := &progress{u: u, x: x, now: time.Now, jobs: jobs, over: map[string]string{}, counts: map[string]int{}, failed: map[string]string{}}
	p.began = p.now()
	if u.changes() {
		p.live = &live{out: u.err, size: u.size, lines: p.lines}
		u.setAbove(p.live)
		p.live.start()
	}
	return p
}

// changes tells whether lines on standard error can change.
func (u *ui) changes() bool { return u.errLook.changes && !u.quiet && !u.json }

// size is that of the terminal now; its width 0 where it does not tell.
func (u *ui) size() (width, height int) {
	if f, ok := u.err.(*os.File); ok {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil {
			return w, h
		}
	}
	return 0, 0
}

func (p *progress) event(e runner.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := e.(type) {
	case runner.AheadEvent:
		p.ahead = ahead{e.Tasks, e.Likely}
		for _, r := range p.running {
			r.likely = e.Likely[r.address].Seconds
		}
	case runner.PlanEvent:
		if e.Estimate != nil && p.ahead.likely != nil {
			p.ahead.likely[e.Address] = *e.Estimate
		}
	case runner.TaskEvent:
		p.task(e)
	case runner.AsideEvent:
		p.aside = e.Tasks
		p.counts[runner.Cached] += e.Tasks
	case runner.ResumeEvent:
		p.u.note("%s goes on from a checkpoint of %s ago", e.Address, seconds(e.Seconds))
	case runner.ProgressEvent:
		if i := p.at(e.Address); i >= 0 {
			p.running[i].tell(e, p.now())
		}
	case runner.SummaryEvent:
		if n := p.counts[runner.Cached]; n > 0 && !p.u.verbose {
			p.u.noteCached(n)
		}
	}
}

func (u *ui) noteCached(n int) {
	u.note("%s", u.errLook.paint(faint, count(n, "task")+" cached"))
}

// at is where a running task is in the list, or below 0.
func (p *progress) at(address string) int {
	return slices.IndexFunc(p.running, func(r *runningTask) bool { return r.address == address })
}

func (p *progress) task(e runner.TaskEvent) {
	if e.State == runner.Started {
		if state := p.over[e.Address]; state != "" { // it is made again, since it was damaged
			p.counts[state]--
			delete(p.over, e.Address)
		}
		p.running = append(p.running, &runningTask{address: e.Address, started: p.now(), likely: p.ahead.likely[e.Address].Seconds})
	} else {
		if i := p.at(e.Address); i >= 0 {
			p.running = slices.Delete(p.running, i, i+1)
		}
		p.over[e.Address] = e.State
		p.counts[e.State]++
	}
	p.say(e)
}

// say writes the line that stays of what became of a task, if there is one.
func (p *progress) say(e runner.TaskEvent) {
	look, all := p.u.errLook, p.live == nil || p.u.verbose
	switch e.State {
	case runner.Started:
		if all {
			p.u.note("started %s: %s", e.Address, join(e.Reasons))
		}
	case runner.Done:
		if all || e.Seconds >= longTask {
			p.u.note("%s %s (%s)", look.paint(green, "done"), e.Address, seconds(e.Seconds))
		}
	case runner.Failed:
		why := firstLine(e.Error)
		if first := p.failed[e.Error]; first != "" && len(e.Error) > len(first) {
			why = "the same as " + first
		} else {
			p.failed[e.Error] = e.Address
		}
		p.u.note("%s %s (%s): %s", look.paint(red, "failed"), e.Address, seconds(e.Seconds), why)
	case runner.Cancelled:
		if all {
			p.u.note("%s %s", look.paint(yellow, "cancelled"), e.Address)
		}
	case runner.Skipped:
		if all {
			p.u.note("%s %s: %s", look.paint(yellow, "skipped"), e.Address, e.Error)
		}
	case runner.Cached:
		if p.u.verbose {
			p.u.note("%s %s", look.paint(faint, "cached"), e.Address)
		}
	}
}

// lines are those that change, as they are now.
func (p *progress) lines(width, most int) (lines []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.running) == 0 || most < 1 || width < 2 {
		return nil
	}
	width-- // a line that reaches the edge may be broken there
	now := p.now()
	var rows []liveRow
	for _, r := range p.running[:min(len(p.running), mostLive, most-1)] {
		rows = append(rows, r.row(now))
	}
	p.widths.widen(rows)
	at := p.widths.within(width)
	for _, r := range rows {
		lines = append(lines, at.line(r, p.u.errLook))
	}
	return append(lines, p.whole(now, len(p.running)-len(rows), width))
}

func (r *runningTask) row(now time.Time) liveRow {
	row := liveRow{name: r.address, share: r.share(now), step: step(r.last), figure: mainFigure(r.last.Values)}
	row.time = timeText(r.left(now), now.Sub(r.started))
	return row
}

// timeText is how long something goes on, or where nobody knows, how long it has.
func timeText(left float64, since time.Duration) string {
	switch {
	case !math.IsNaN(left):
		return roughly(max(left, 1)) + " left"
	case since < time.Second:
		return ""
	}
	return roughly(since.Truncate(time.Second).Seconds())
}

// whole is the line of all tasks, as much of it as there is room for.
func (p *progress) whole(now time.Time, hidden, width int) string {
	if now.Sub(p.reckoned) >= time.Second {
		p.reckon(now)
	}
	left := max(p.left-now.Sub(p.reckoned).Seconds(), 0)
	over := len(p.over) + p.aside
	line := count(over, "task") + " over"
	if n := p.ahead.tasks; n > 0 {
		line = fmt.Sprintf("%d of %s", over, count(n, "task"))
	}
	var parts []string
	if time := timeText(left, now.Sub(p.began)); time != "" {
		parts = append(parts, time)
	}
	if hidden > 0 {
		parts = append(parts, fmt.Sprintf("%d more running", hidden))
	}
	for _, state := range []string{runner.Failed, runner.Skipped, runner.Cached} {
		if n := p.counts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	for _, part := range parts {
		if longer := line + ", " + part; widthOf(longer) <= width {
			line = longer
		}
	}
	return p.u.errLook.paint(faint, elided(line, width))
}

// reckon computes how long the run goes on: a sum over all its tasks.
func (p *progress) reckon(now time.Time) {
	running := map[string]float64{}
	for _, r := range p.running {
		running[r.address] = r.left(now)
	}
	over := func(address string) bool { return p.over[address] != "" }
	p.left, p.reckoned = p.ahead.seconds(p.x.Tasks, running, over, p.jobs), now
}

func step(e runner.ProgressEvent) string {
	switch {
	case e.Total == 0:
		return ""
	case e.Unit == "byte":
		return size(int64(e.Done)) + "/" + size(int64(e.Total))
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d/%d", e.Unit, e.Done, e.Total))
}

// mainFigure of those that a method tells: its loss, else the first.
func mainFigure(values map[string]float64) string {
	names := slices.Sorted(maps.Keys(values))
	if len(names) == 0 {
		return ""
	}
	name := names[0]
	if _, ok := values["loss"]; ok {
		name = "loss"
	}
	return name + " " + figure(values[name])
}

// stop takes the lines away that change.
func (p *progress) stop() {
	if p.live != nil {
		p.live.stop()
		p.u.setAbove(nil)
	}
}
