package cli

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"reprise/runner"
)

// progress tells how a run goes while it does: a line for each task that starts
// (where there are no bars), ends or fails, and, on a terminal, a bar for each
// that runs.
type progress struct {
	u      *ui
	bars   *mpb.Progress // nil: no terminal, or one that does not tell its width
	shown  map[string]*taskBar
	cached int
	failed map[string]string // by error the first task that failed with it
}

const (
	barWidth   = 24 // at most
	besideBar  = 32 // of a terminal's width: step, figure and time
	addressMin = 12
)

// taskBar is the bar of a running task and what its decorators show.
type taskBar struct {
	bar  *mpb.Bar
	last runner.ProgressEvent
	told chan runner.ProgressEvent // holds the newest, if it was not read yet
}

func (u *ui) progress() *progress {
	p := &progress{u: u, shown: map[string]*taskBar{}, failed: map[string]string{}}
	if u.errLook.width > 0 && !u.quiet && !u.json {
		p.bars = mpb.New(mpb.WithOutput(u.err), mpb.WithRefreshRate(120*time.Millisecond))
		u.setAbove(p.bars)
	}
	return p
}

func (p *progress) event(e runner.Event) {
	switch e := e.(type) {
	case runner.TaskEvent:
		p.task(e)
	case runner.ResumeEvent:
		p.u.note("%s goes on from a checkpoint of %s ago", e.Address, seconds(e.Seconds))
	case runner.ProgressEvent:
		if b := p.shown[e.Address]; b != nil {
			b.tell(e)
		}
	case runner.SummaryEvent:
		if p.cached > 0 && !p.u.verbose {
			p.u.noteCached(p.cached)
		}
	}
}

func (u *ui) noteCached(n int) {
	u.note("%s", u.errLook.paint(faint, count(n, "task")+" cached"))
}

func (p *progress) task(e runner.TaskEvent) {
	look := p.u.errLook
	if b := p.shown[e.Address]; b != nil && e.State != runner.Started {
		b.bar.Abort(true)
		delete(p.shown, e.Address)
	}
	switch e.State {
	case runner.Started:
		if p.bars == nil || p.u.verbose {
			p.u.note("started %s: %s", e.Address, join(e.Reasons))
		}
		if p.bars != nil {
			p.shown[e.Address] = p.add(e.Address)
		}
	case runner.Done:
		p.u.note("%s %s (%s)", look.paint(green, "done"), e.Address, seconds(e.Seconds))
	case runner.Failed:
		why := firstLine(e.Error)
		if first := p.failed[e.Error]; first != "" && len(e.Error) > len(first) {
			why = "the same as " + first
		} else {
			p.failed[e.Error] = e.Address
		}
		p.u.note("%s %s (%s): %s", look.paint(red, "failed"), e.Address, seconds(e.Seconds), why)
	case runner.Cancelled:
		p.u.note("%s %s", look.paint(yellow, "cancelled"), e.Address)
	case runner.Skipped:
		p.u.note("%s %s: %s", look.paint(yellow, "skipped"), e.Address, e.Error)
	case runner.Cached:
		p.cached++
		if p.u.verbose {
			p.u.note("%s %s", look.paint(faint, "cached"), e.Address)
		}
	}
}

// add shows a bar: address, bar, step, main figure, time.
func (p *progress) add(address string) *taskBar {
	width := p.u.errLook.width
	bar := max(min(barWidth, width/4), 8)
	address = text.Snip(address, max(width-bar-besideBar, addressMin), "…") // or it would push the rest off the line
	b := &taskBar{told: make(chan runner.ProgressEvent, 1)}
	style := mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─")
	b.bar = p.bars.New(0, style, mpb.BarWidth(bar), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(address, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(
			decor.Any(func(decor.Statistics) string { return b.step() }, decor.WCSyncSpaceR),
			decor.Any(func(decor.Statistics) string { return b.figure() }, decor.WCSyncSpaceR),
			decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace)))
	return b
}

// tell hands a bar the newest progress of its task.
func (b *taskBar) tell(e runner.ProgressEvent) {
	select {
	case <-b.told:
	default:
	}
	b.told <- e
	if e.Total > 0 {
		b.bar.SetTotal(int64(e.Total), false) // false: the bar stays when it is full
		b.bar.SetCurrent(int64(min(e.Done, e.Total)))
	}
}

// step and figure are asked for by the one goroutine that draws.
func (b *taskBar) step() string {
	select {
	case b.last = <-b.told:
	default:
	}
	e := b.last
	switch {
	case e.Total == 0:
		return ""
	case e.Unit == "byte":
		return size(int64(e.Done)) + "/" + size(int64(e.Total))
	}
	return fmt.Sprintf("%s %d/%d", e.Unit, e.Done, e.Total)
}

func (b *taskBar) figure() string {
	names := slices.Sorted(maps.Keys(b.last.Values))
	if len(names) == 0 {
		return ""
	}
	name := names[0]
	if _, ok := b.last.Values["loss"]; ok {
		name = "loss"
	}
	return name + " " + figure(b.last.Values[name])
}

// stop takes the bars away.
func (p *progress) stop() {
	if p.bars == nil {
		return
	}
	for _, b := range p.shown {
		b.bar.Abort(true)
	}
	p.bars.Wait()
	p.u.setAbove(nil)
}
