package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mostNotRun is how many blocks of all pages may say that they are not run.
const mostNotRun = 8

// TestDocs runs every command of the pages, each page in a copy of the
// experiments of its own, and compares exit statuses and what is shown of the
// output. It lists the blocks that are not run, with their reasons.
func TestDocs(t *testing.T) {
	ran, not := 0, 0
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			var s *scratch
			for _, b := range blocks(t, page) {
				if reason := b.notRun(); reason != "" {
					t.Logf("not run: %s: %s", b.where(), reason)
					if b.says["not run"] != "" {
						not++
					}
					continue
				}
				if s == nil {
					s = newScratch(t, page)
				}
				if wrote, err := b.write(s.here); err != nil {
					t.Fatalf("%s: %v", b.where(), err)
				} else if !wrote && b.isShell() {
					s.run(t, b)
					ran++
				}
				if t.Failed() {
					return // what follows builds on it
				}
			}
		})
	}
	t.Logf("%d blocks were run, %d say that they are not run", ran, not)
	if not > mostNotRun {
		t.Errorf("%d blocks are not run; at most %d may be", not, mostNotRun)
	}
}

// notRun is why a block is not run here.
func (b block) notRun() string {
	if why := b.says["not run"]; why != "" {
		return why
	}
	needs, modules, _ := strings.Cut(b.says["needs"], ": ")
	switch needs {
	case "recordings":
		if _, err := os.Stat("../shared/data/T176_2018_05_03.mat"); err != nil {
			return "no recordings in ../shared/data"
		}
	case "python":
		imports := "import " + strings.Join(strings.Fields(modules), ", ")
		if exec.Command("python3", "-c", imports).Run() != nil {
			return "python3 without " + modules
		}
	}
	return ""
}

// scratch is a folder like that of the repository, as far as commands use it.
type scratch struct {
	folder, here string
	environ      []string
}

func newScratch(t *testing.T, page string) *scratch {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if page == "docs/how-to/go-kind.md" { // which changes the program, and builds it
		err = os.CopyFS(folder, sourceOnly{os.DirFS(".")})
	} else {
		err = errors.Join(os.CopyFS(filepath.Join(folder, "experiments"), os.DirFS("experiments")), os.Symlink(binary, filepath.Join(folder, "reprise")))
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("git", "init", "-q", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	recordings, err := filepath.Abs("../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(recordings, filepath.Join(folder, "recordings")); err != nil { // pages have them in ~/recordings
		t.Fatal(err)
	}
	environ := append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"), "HOME="+folder, "GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "TZ=UTC", "NO_COLOR=1", "GITHUB_ACTIONS=", "GITHUB_STEP_SUMMARY=")
	if store := storeOf(t, binary, page); store != "" {
		environ = append(environ, "REPRISE_STORE="+store)
	}
	return &scratch{folder: folder, here: folder, environ: environ}
}

// storeOf is the store of the test that runs the experiment of a page, so that
// nothing is computed twice; "" for pages that begin with nothing.
func storeOf(t *testing.T, binary, page string) string {
	folder, name := filepath.Split(filepath.Dir(page))
	switch {
	case page == "README.md" || folder == "experiments/" && slices.Contains(smallExperiments, name):
		_, store, _ := small(t)
		return store
	case folder == "experiments/" || page == "docs/figures.md":
		return sharedStore(binary)
	}
	return ""
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// building is how pages build what the test has built.
var building = regexp.MustCompile(`^go build -o \S+ \. && `)

// serving is a command that answers until it is stopped.
var serving = regexp.MustCompile(`^(\./)?reprise ui( .*)?$`)

// runnable is a command as the test runs it.
func runnable(command string) string {
	command = building.ReplaceAllString(command, "")
	if serving.MatchString(command) {
		return "rm -f .ui; " + command + " >.ui & until grep -qs token= .ui || ! kill -0 $!; do sleep 0.05; done; kill -INT $!; wait $!; [ $? = 130 ]"
	}
	return command
}

// run runs the commands of a block in one shell, which stays where it was for the next.
func (s *scratch) run(t *testing.T, b block) {
	t.Helper()
	if in := b.says["in"]; in != "" {
		s.here = filepath.Join(s.folder, in)
	}
	commands := b.commands()
	const mark = "\x01"
	var script strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&script, "{ %s\n}; printf '\\n"+mark+"%%d\\n' $?\n", runnable(c.text))
	}
	script.WriteString("pwd\n")
	cmd := exec.Command("sh", "-c", script.String())
	cmd.Dir = s.here
	cmd.Env = append(s.environ, strings.Fields(b.says["with"])...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v\n%s", b.where(), err, out.String())
		return
	}
	parts := strings.Split(out.String(), mark)
	for i, c := range commands {
		status, _, _ := strings.Cut(parts[i+1], "\n")
		output := parts[i]
		if i > 0 {
			_, output, _ = strings.Cut(output, "\n")
		}
		if status != c.exit {
			t.Errorf("%s: %s: exit %s, not %s\n%s", b.where(), c.text, status, c.exit, output)
			return
		}
		if c.shown == nil || b.says["with"] != "" {
			continue // another size gives other figures
		}
		if missed := misses(c.shown, strings.Split(output, "\n")); missed != "" {
			t.Errorf("%s: %s: %s", b.where(), c.text, missed)
			return
		}
	}
	_, here, _ := strings.Cut(parts[len(commands)], "\n")
	s.here = strings.TrimSpace(here)
}
