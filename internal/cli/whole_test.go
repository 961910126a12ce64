package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	read := func(name string) string {
		b, _ := os.ReadFile(at(name))
		return string(b)
	}
	if err := writeContent(at("new"), []byte("1")); err != nil || read("new") != "1" {
		t.Fatal(err)
	}
	old := syscall.Umask(0)
	syscall.Umask(old)
	if info, err := os.Stat(at("new")); err != nil || info.Mode().Perm() != 0o666&^os.FileMode(old) {
		t.Errorf("the mode is %v", info.Mode())
	}

	// A link stays a link, a mode stays a mode.
	if err := errors.Join(os.Chmod(at("new"), 0o640), os.Symlink("new", at("link"))); err != nil {
		t.Fatal(err)
	}
	if err := writeContent(at("link"), []byte("2")); err != nil || read("new") != "2" {
		t.Error(err, read("new"))
	}
	if info, err := os.Lstat(at("link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is a file now")
	}
	if info, err := os.Stat(at("new")); err != nil || info.Mode().Perm() != 0o640 {
		t.Error("the mode is another")
	}

	// What cannot be written whole is not written, and nothing is left.
	boom := errors.New("boom")
	if err := writeWhole(at("new"), func(w io.Writer) error { io.WriteString(w, "half"); return boom }); !errors.Is(err, boom) || read("new") != "2" {
		t.Error(err, read("new"))
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left: %v", entries)
	}
	os.Symlink("nowhere", at("dangling"))
	if err := writeContent(at("dangling"), nil); err == nil || !strings.Contains(err.Error(), "is a link to nowhere, which is not there") {
		t.Error(err)
	}
	if err := writeContent(dir, nil); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Error(err)
	}
}

// TestWriteThrough is of a pipe, and of a link to one, which must not become files.
func TestWriteThrough(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink("pipe", link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, link} {
		got := make(chan string)
		go func() {
			b, _ := os.ReadFile(pipe)
			got <- string(b)
		}()
		if err := writeContent(path, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if text := <-got; text != "hello" {
			t.Errorf("%q", text)
		}
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Error("the pipe was replaced")
	}
}
