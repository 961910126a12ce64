package cli

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
)

// repaint is how often live lines are drawn.
const repaint = 100 * time.Millisecond

// live is the end of a terminal: lines that change while a run goes on, below
// those that stay. What is to stay is written to it and shown with the next
// drawing; a drawing is one write, so that nothing flickers, however much happens.
type live struct {
	out   io.Writer
	size  func() (width, height int)
	lines func(width, most int) []string // as they are now: none as wide as that, no more than so many

	mu    sync.Mutex
	above bytes.Buffer // what stays and is not on the screen yet
	drawn []string     // what changes and is on the screen
	end   chan struct{}
	ended sync.WaitGroup
}

// start draws from now on.
func (l *live) start() {
	l.end = make(chan struct{})
	l.ended.Go(func() {
		tick := time.NewTicker(repaint)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				l.draw()
			case <-l.end:
				return
			}
		}
	})
}

// Write takes whole lines that stay.
func (l *live) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.above.Write(lines)
}

// stop shows what is to stay and takes the other lines away.
func (l *live) stop() {
	close(l.end)
	l.ended.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(nil)
}

func (l *live) draw() {
	width, height := l.size()
	lines := l.lines(width, max(height-1, 0)) // a line is left for the cursor
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.above.Len() > 0 || !slices.Equal(lines, l.drawn) {
		l.put(lines)
	}
}

// put replaces the lines that change. The terminal holds back what it shows
// between the first and the last sequence, if it knows them. Below the lines is
// where the cursor stays, so that nothing is in the way when the process is killed.
func (l *live) put(lines []string) {
	width, _ := l.size()
	var b bytes.Buffer
	b.WriteString("\x1b[?2026h\r")
	for range rowsOf(l.drawn, width) {
		b.WriteString("\x1b[A")
	}
	if l.above.Len() > 0 {
		b.WriteString("\x1b[J")
		b.Write(bytes.ReplaceAll(l.above.Bytes(), []byte("\n"), []byte("\r\n")))
		l.above.Reset()
	}
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\r\n")
	}
	b.WriteString("\x1b[J\x1b[?2026l")
	l.out.Write(b.Bytes()) // nobody is left to be told where it fails
	l.drawn = lines
}

// rowsOf is how many rows of a terminal lines take: more than one each where it
// has become narrower since they were drawn, and most terminals broke them.
func rowsOf(lines []string, width int) (rows int) {
	for _, line := range lines {
		rows++
		if width > 0 {
			rows += max(widthOf(line)-1, 0) / width
		}
	}
	return rows
}

// elided is a text that fits into a width, without its middle where it is longer:
// what tells addresses apart is at their ends.
func elided(s string, width int) string {
	all := runewidth.StringWidth(s)
	if all <= width {
		return s
	}
	if width < 2 {
		return runewidth.Truncate(s, width, "")
	}
	head := runewidth.Truncate(s, width/2, "")
	tail := runewidth.TruncateLeft(s, all-(width-1-runewidth.StringWidth(head)), "")
	return head + "…" + tail
}
