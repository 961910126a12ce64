package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"reprise/internal/words"
	"reprise/runner"
	"reprise/spec"
)

// ui is where all printing is done. Its rules:
//
//   - Results go to standard output, all else to standard error: progress,
//     notes, errors, diagnostics.
//   - With --json standard output has one object a line and nothing else.
//   - With --quiet there is no progress and no note.
//   - Text is in lower case and ends without a full stop.
//   - Colour and lines that change are for terminals: colour is off with NO_COLOR or a dumb
//     terminal, and each of the two outputs is judged by itself.
//   - Control characters of names and messages are written out; logs and files
//     have theirs, unless they go to a terminal.
//   - On a terminal, tables fit its width. Elsewhere a row is one line, however long.
type ui struct {
	mu       sync.Mutex
	out, err io.Writer
	above    io.Writer // while lines change, what prints above them; else nil

	outLook, errLook look

	json, quiet, verbose bool
}

// look is what an output can show.
type look struct {
	terminal bool
	color    bool
	changes  bool // lines can be written anew
	width    int  // in characters; 0: no limit
}

func newUI(out, err *os.File) *ui {
	return &ui{out: &output{to: out}, err: err, outLook: lookOf(out), errLook: lookOf(err)}
}

// output is standard output, which may be a file on a full disk: it remembers the
// first write that failed. A pipe that nobody reads any more ends the process.
type output struct {
	to    io.Writer
	fault error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.to.Write(b)
	if o.fault == nil {
		o.fault = err
	}
	return n, err
}

// unwritten is why something is not on standard output, or nil.
func (u *ui) unwritten() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if o, ok := u.out.(*output); ok && o.fault != nil {
		return o.fault
	}
	return nil
}

func lookOf(f *os.File) (l look) {
	if !term.IsTerminal(int(f.Fd())) {
		return l
	}
	l.terminal = true
	dumb := os.Getenv("TERM") == "dumb"
	l.color = os.Getenv("NO_COLOR") == "" && !dumb
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		l.width, l.changes = w, !dumb
	}
	return l
}

// Colours, as terminals number them. Of their 256 these are about as far from black
// as from white (contrasts of 3.9 and more); the first 8, and yellow above all, are not.
const (
	bold   = "1"
	faint  = "2"
	red    = "38;5;160"
	green  = "38;5;28"
	yellow = "38;5;130"
)

func (l look) paint(color, text string) string {
	if !l.color || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// print writes a line of a result.
func (u *ui) print(format string, args ...any) {
	if !u.json {
		u.write(u.out, escaped(fmt.Sprintf(format, args...), u.outLook.color)+"\n")
	}
}

// raw writes a result as it is, such as a log; on a terminal without what that
// would obey.
func (u *ui) raw(b []byte) {
	switch {
	case u.json:
	case u.outLook.terminal:
		u.write(u.out, escaped(strings.ReplaceAll(string(b), "\r\n", "\n"), u.outLook.color))
	default:
		u.write(u.out, string(b))
	}
}

// object writes a result for programs.
func (u *ui) object(v any) {
	if !u.json {
		return
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		u.error(fmt.Errorf("this cannot be written as JSON: %w", err))
		return
	}
	u.write(u.out, b.String())
}

// note writes what is no result.
func (u *ui) note(format string, args ...any) {
	if !u.quiet {
		u.complain(fmt.Sprintf(format, args...))
	}
}

// error writes what went wrong.
func (u *ui) error(err error) {
	u.complain(u.errLook.paint(red, "error:") + " " + plain(strings.TrimRight(err.Error(), "\n")))
}

// complain writes to standard error, above the lines that change where there are
// any. What is too long for the terminal is broken at words, but for lines that are
// indented: commands, which are there to be copied.
func (u *ui) complain(message string) {
	var lines []string
	for line := range strings.SplitSeq(escaped(message, u.errLook.color), "\n") {
		if strings.HasPrefix(line, " ") {
			lines = append(lines, line)
		} else {
			lines = append(lines, hanging("", line, "  ", u.errLook.width)...)
		}
	}
	line := strings.Join(lines, "\n")
	u.mu.Lock()
	above := u.above
	u.mu.Unlock()
	if above != nil {
		if _, err := io.WriteString(above, line+"\n"); err == nil {
			return
		}
	}
	u.write(u.err, line+"\n")
}

// setAbove makes lines for standard error go to w, which prints above the lines that change.
func (u *ui) setAbove(w io.Writer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.above = w
}

func (u *ui) write(w io.Writer, text string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	io.WriteString(w, text) // standard output remembers where it fails
}

// diagnostics shows what is wrong with an experiment, with its source.
func (u *ui) diagnostics(d *spec.Diagnostics) {
	u.mu.Lock()
	defer u.mu.Unlock()
	width := u.errLook.width
	if width == 0 {
		width = 100
	}
	var b strings.Builder
	d.Write(&b, width, u.errLook.color)
	io.WriteString(u.err, escaped(b.String(), u.errLook.color))
}

// What pages say in the same words.
var (
	seconds = words.Seconds
	figure  = words.Figure
	size    = words.Size
	count   = words.Count
)

func join(parts []string) string { return strings.Join(parts, ", ") }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// quoted is a word as a shell takes it.
func quoted(word string) string { return runner.ShellWord(word) }
