package web

import (
	"crypto/sha256"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"reprise/internal/runlog"
)

var links = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// crawl asks for every page that links lead to, and returns them by address.
func (c *client) crawl(from string, most int) map[string]string {
	c.t.Helper()
	pages, queue := map[string]string{}, []string{from}
	for len(queue) > 0 && len(pages) < most {
		path := queue[0]
		queue = queue[1:]
		if _, seen := pages[path]; seen || strings.Contains(path, "events") {
			continue
		}
		answer := c.get(path)
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			c.t.Fatal(err)
		}
		pages[path] = string(text)
		if answer.StatusCode != 200 && path != "/nothing" {
			c.t.Errorf("%s: %d", path, answer.StatusCode)
		}
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range links.FindAllStringSubmatch(string(text), -1) {
			to := html.UnescapeString(m[1])
			if !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "#") || strings.HasPrefix(to, "//") {
				c.t.Errorf("%s leads away, to %s", path, to)
			}
			if strings.HasPrefix(to, "/") {
				queue = append(queue, to)
			}
		}
	}
	return pages
}

// contents are the digests of all files below a folder.
func contents(t *testing.T, folder string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".lock") || strings.HasSuffix(path, ".waiting") {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryPage follows every link: none is broken or leads away, nothing hostile
// comes through, and nothing in the store is changed by looking.
func TestEveryPage(t *testing.T) {
	s := newSite(t)
	first := s.run(experiment)
	second := s.run(experiment, "level=5")
	s.run(strings.Replace(experiment, `from = stage.sweep["level=1,seed=0"]`, "fails = true", 1)+"\n# "+hostile, "level=5")
	before := contents(t, s.folder)
	c := s.serve()
	pages := c.crawl("/", 400)
	if after := contents(t, s.folder); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Error("looking changed the store")
	}
	for path, text := range pages {
		if strings.Contains(text, "<script>alert") && !strings.Contains(path, "/file?") {
			t.Errorf("%s is not escaped", path)
		}
	}
	for _, want := range []struct{ path, text string }{
		{"/", first}, {"/", "level = 5"},
		{"/run/" + first, `class="graph"`}, {"/run/" + first, "6 done"}, {"/run/" + first, "verdict-pass"},
		{"/run/" + first + "/task?address=stage.first", "level 2 &lt;script&gt;"},
		{"/run/" + first + "/task?address=stage.last", html.EscapeString(`stage.sweep["level=1,seed=0"]`)},
		{"/run/" + first + "/stage?name=stage.sweep", "<circle"},
		{"/compare?new=" + second + "&old=" + first, "level: 2 -&gt; 5"},
		{"/run/" + first + "/table?address=stage.first&from=101&name=rows", "row 101 &lt;script&gt;"},
	} {
		if !strings.Contains(pages[want.path], want.text) {
			t.Errorf("%s does not say %q:\n%s", want.path, want.text, pages[want.path])
		}
	}
	failed := ""
	for path, text := range pages {
		if strings.Contains(path, "stage.last") && strings.Contains(text, "How it failed") {
			failed = text
		}
	}
	if !strings.Contains(failed, "it fails: &lt;script&gt;") {
		t.Errorf("no page says how a task failed:\n%s", failed)
	}
}

// TestFilesDoNothing holds that a figure is a picture and cannot run anything, and
// that anything else is saved.
func TestFilesDoNothing(t *testing.T) {
	s := newSite(t)
	path := "/run/" + s.run(experiment) + "/file?address=stage.first&name="
	c := s.serve()
	for name, want := range map[string][2]string{"figure.svg": {"image/svg+xml", ""}, "page.html": {"application/octet-stream", `attachment; filename=page.html`}} {
		h := c.get(path + url.QueryEscape(name)).Header
		if h.Get("Content-Type") != want[0] || h.Get("Content-Disposition") != want[1] || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox") {
			t.Errorf("%s: %v", name, h)
		}
	}
}

// TestLikeAnEarlierRun holds that a run without a log of its own shows stages and
// checks of an earlier one only where it had the same results.
func TestLikeAnEarlierRun(t *testing.T) {
	s := newSite(t)
	first := s.run(experiment)
	again := s.run(experiment)
	other := s.run(experiment, "level=7")
	for _, id := range []string{again, other} {
		if err := os.Remove(filepath.Join(s.logs(), id+".jsonl")); err != nil {
			t.Fatal(err)
		}
	}
	pages := s.serve().crawl("/", 60)
	if text := pages["/run/"+again]; !strings.Contains(text, `href="/run/`+first+`">run `+first) || !strings.Contains(text, "verdict-pass") {
		t.Errorf("a run like %s does not say so:\n%s", first, text)
	}
	if text := pages["/run/"+other]; strings.Contains(text, "verdict-pass") || !strings.Contains(text, "stage.sweep") {
		t.Errorf("a run with other results shows checks, or no stages:\n%s", text)
	}
}

// TestEndedRun holds that the address which a run had while it went on leads to its page.
func TestEndedRun(t *testing.T) {
	s := newSite(t)
	id := s.run(experiment)
	log, err := runlog.Read(s.logs(), id)
	if err != nil {
		t.Fatal(err)
	}
	c := s.serve()
	for path, to := range map[string]string{
		"/run/" + log.Start.Log:                               "/run/" + id,
		"/run/" + log.Start.Log + "/task?address=stage.first": "/run/" + id + "/task?address=stage.first",
	} {
		if answer := c.get(path); answer.StatusCode != 302 || answer.Header.Get("Location") != to {
			t.Errorf("%s: %d, %s", path, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
	other := strings.Replace(log.Start.Log, log.Start.Log[len(log.Start.Log)-4:], "0000", 1)
	if answer := c.get("/run/" + other); answer.StatusCode != 404 {
		t.Errorf("%s: %d", other, answer.StatusCode)
	}
	text, err := io.ReadAll(c.get("/?experiment=nope").Body)
	if err != nil || !strings.Contains(string(text), "no run of an experiment <code>nope</code>") {
		t.Errorf("%v %s", err, text)
	}
}
