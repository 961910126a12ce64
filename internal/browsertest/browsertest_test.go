package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder is a test that only remembers what failed.
type recorder struct {
	testing.TB
	failed  []string
	cleanup []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Cleanup(f func())          { r.cleanup = append(r.cleanup, f) }
func (r *recorder) Errorf(f string, a ...any) { r.failed = append(r.failed, fmt.Sprintf(f, a...)) }

// TestFaultsAreHeard opens a page with every fault that a page must not have.
func TestFaultsAreHeard(t *testing.T) {
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	path := filepath.Join(t.TempDir(), "bad.html")
	html := `<!doctype html><title>bad</title><img src="` + elsewhere.URL + `/x.png">
<a href="#" style="color:#eee;background:#fff">faint</a><script>console.error("wrong"); throw new Error("thrown")</script>`
	if err := os.WriteFile(path, []byte(html), 0o666); err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	p := Open(r, "file://"+path, 800, 600)
	p.Accessible()
	for _, f := range r.cleanup {
		f()
	}
	said := strings.Join(r.failed, "\n")
	for _, want := range []string{`console: "wrong"`, "thrown", "it asks for " + elsewhere.URL + "/x.png", "image-alt (critical)", "color-contrast (serious)"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q; what was said:\n%s", want, said)
		}
	}
}

// TestGoodPage holds that a page without faults has none.
func TestGoodPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>good</title><link rel="icon" href="data:,"><main><h1>Good</h1><p>Text</p></main>`)
	}))
	defer server.Close()
	p := Open(t, server.URL, 800, 600)
	if got := Eval[string](p, `document.querySelector("h1").textContent`); got != "Good" {
		t.Errorf("the heading is %q", got)
	}
	p.Accessible()
}
