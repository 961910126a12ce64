package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	osexec "os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"reprise/spec"
)

// patience is how long a program that was told to end may take before it is
// made to, and how long what it left behind may hold its output open.
const patience = 250 * time.Millisecond

// run runs a command in the folder until it and all that it started are gone.
func (f *folder) run(ctx context.Context, command []string, env *spec.Env) error {
	said := &tail{}
	out := &progressLines{to: env.Log(), progress: env.Progress}
	cmd, err := program(ctx, command, f.work, f.variables)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = stream{out}, stream{io.MultiWriter(env.Log(), said)}
	err = runGroup(cmd, f.root)
	out.flush()
	if stopped := ctx.Err(); stopped != nil {
		return stopped
	}
	var exit *osexec.ExitError
	switch {
	case errors.As(err, &exit):
		return failure(command, exit, said.lines(), f.missing(command))
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%s is nothing that this system can run: begin a script with #! and what runs it (#!/bin/sh), or name that, as in [\"sh\", %q]", command[0], command[0])
	case errors.Is(err, fs.ErrNotExist): // it was there a moment ago
		return fmt.Errorf("%s cannot be run: what its first line names after #! is not there (a carriage return at the line's end, as Windows has it, counts), or the loader that it was built for", command[0])
	case err != nil:
		return fmt.Errorf("%s cannot be run: %w", brief(command), bare(err))
	}
	return nil
}

// program makes a command that runs in a folder with exactly these variables.
func program(ctx context.Context, command []string, dir string, variables map[string]string) (*osexec.Cmd, error) {
	at, err := find(command[0], dir, variables["PATH"])
	if err != nil {
		return nil, err
	}
	cmd := osexec.CommandContext(ctx, at, command[1:]...)
	cmd.Args[0] = command[0]
	cmd.Dir, cmd.Env = dir, listed(variables)
	return cmd, nil
}

// find finds a program: a name in the folders of PATH, or a path below dir.
func find(name, dir, folders string) (string, error) {
	if strings.Contains(name, "/") {
		at := name
		if !filepath.IsAbs(name) {
			at = filepath.Join(dir, name)
		}
		info, err := os.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("there is no program %s", name)
		case err != nil:
			return "", err
		case !isProgram(info):
			return "", fmt.Errorf("%s is not executable: make it so (chmod +x), or name what runs it, as in [\"sh\", %q]", name, name)
		}
		return at, nil
	}
	if at, known := inPath.Load([2]string{folders, name}); known && isProgramAt(at.(string)) {
		return at.(string), nil
	}
	for _, folder := range filepath.SplitList(folders) {
		at := filepath.Join(folder, name)
		if filepath.IsAbs(at) && isProgramAt(at) {
			inPath.Store([2]string{folders, name}, at)
			return at, nil
		}
	}
	if first, _, several := strings.Cut(name, " "); several {
		return "", fmt.Errorf("there is no program %q in the folders of PATH; a command is a list of words, as in [%q, \"…\"]", name, first)
	}
	return "", fmt.Errorf("there is no program %s in the folders of PATH: install it, or add its folder to PATH", name)
}

// inPath has where programs were found, by PATH and name: PATH may be long, and
// tasks are many. A program that is installed before it in PATH while a run goes on
// is not seen by that run.
var inPath sync.Map

func isProgramAt(path string) bool {
	info, err := os.Stat(path)
	return err == nil && isProgram(info)
}

func isProgram(info fs.FileInfo) bool { return info.Mode().IsRegular() && info.Mode()&0o111 != 0 }

// failure is the error of a program that ended badly: how, and what it said
// last, the very last line first, for that mostly says it all. The command comes
// after it, since lines are cut at their ends, and what files lack, if that is known.
func failure(command []string, exit *osexec.ExitError, lines []string, missing string) error {
	for i, line := range lines {
		if long := []rune(line); len(long) > mostSaid {
			lines[i] = string(long[:mostSaid]) + "…" // the log has the rest
		}
	}
	text := exit.ProcessState.String() // exit status 1; signal: killed
	if len(lines) > 0 {
		text += ": " + strings.TrimSpace(lines[len(lines)-1])
	}
	text += fmt.Sprintf(" (%s)", brief(command))
	if missing != "" {
		text += fmt.Sprintf("; there is no %s where it ran: name it in files", missing)
	}
	if len(lines) > 1 {
		text += "\nthe last lines of its standard error:\n  " + strings.Join(lines, "\n  ")
	}
	return errors.New(text)
}

// mostSaid is how much is shown of a line that a program wrote, runes.
const mostSaid = 300

// missing is a script that a command names and files do not, so that it is not there;
// "" where there is none.
func (f *folder) missing(command []string) string {
	for _, word := range command[1:] {
		if !slices.Contains([]string{".py", ".sh", ".R", ".r", ".jl", ".m", ".pl", ".awk"}, path.Ext(word)) || !filepath.IsLocal(word) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(f.work, word)); errors.Is(err, fs.ErrNotExist) {
			return word
		}
	}
	return ""
}

// bare drops what the operating system's errors say of how reprise asked.
func bare(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// stream takes in what a program writes by a buffer that streams of other programs
// used before: most write next to nothing.
type stream struct{ io.Writer }

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// ReadFrom makes [io.Copy] use the buffer.
func (s stream) ReadFrom(r io.Reader) (int64, error) {
	b := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(b)
	return io.CopyBuffer(s.Writer, r, b[:])
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

const (
	tailBytes = 4 << 10
	tailLines = 8
)

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p[max(0, len(p)-tailBytes):]...)
	t.b = t.b[max(0, len(t.b)-tailBytes):]
	return len(p), nil
}

// lines are the last lines.
func (t *tail) lines() []string {
	text := strings.ToValidUTF8(string(bytes.TrimSpace(t.b)), "\uFFFD")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-tailLines):]
}
