// Package browsertest opens pages in headless Chromium, for tests: it is no part
// of the program. What must hold of every page fails the test by itself: nothing
// goes wrong in its scripts, and no other host is asked for anything.
package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"reprise/internal/lacks"
)

// Page is a page in a browser of its own.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu     sync.Mutex
	faults []string // what must not happen, and did
}

// patience is how long all of a page's test may take.
const patience = 2 * time.Minute

// Open opens an address in a window of some width and height; without Chromium
// the test is skipped. At its end the test fails for every error on the page's
// console, every exception and every request that leads elsewhere than the
// address: to another host, or from a file to another file.
func Open(t testing.TB, address string, width, height int) *Page {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		lacks.Skip(t, "no Chromium here, in which to open pages: apt-get install chromium")
	}
	home, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WSURLReadTimeout(patience))
	ctx, stop := context.WithTimeout(context.Background(), patience)
	ctx, closeBrowser := chromedp.NewExecAllocator(ctx, options...)
	ctx, closePage := chromedp.NewContext(ctx)
	p := &Page{t: t, ctx: ctx}
	t.Cleanup(func() {
		closePage()
		closeBrowser()
		stop()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, f := range p.faults {
			t.Errorf("%s: %s", address, f)
		}
	})
	chromedp.ListenTarget(ctx, func(event any) { p.hear(home, event) })
	p.Run(log.Enable(), network.Enable(), chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(address))
	return p
}

// hear notes what must not happen.
func (p *Page) hear(home *url.URL, event any) {
	fault := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = "exception: " + e.ExceptionDetails.Error()
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			fault = "console: " + strings.Join(words, " ")
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError {
			fault = fmt.Sprintf("console: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if !staysHome(home, e.Request.URL) {
			fault = "it asks for " + e.Request.URL
		}
	}
	if fault != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = append(p.faults, fault)
	}
}

// staysHome tells whether a request leads nowhere but home: what is in the page
// itself, its own host, or, for a file, that file.
func staysHome(home *url.URL, request string) bool {
	to, err := url.Parse(request)
	switch {
	case err != nil:
		return false
	case to.Scheme == "data" || to.Scheme == "blob" || to.Scheme == "about":
		return true
	}
	return to.Scheme == home.Scheme && to.Host == home.Host && (to.Scheme != "file" || to.Path == home.Path)
}

// Run does things in the page, such as chromedp.Click; the test fails where one
// fails.
func (p *Page) Run(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// Click clicks on the first element of a selector.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Run(chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// Press presses keys, as the kb package of chromedp names those that are no letters.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.Run(chromedp.KeyEvent(keys))
}

// Eval computes what a line of JavaScript, which may promise it, gives.
func Eval[T any](p *Page, script string) (value T) {
	p.t.Helper()
	p.Run(chromedp.Evaluate(script, &value, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	return value
}

// Prefer sets what a reader prefers, such as ("prefers-color-scheme", "dark").
func (p *Page) Prefer(feature, value string) {
	p.t.Helper()
	p.Run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: feature, Value: value}}))
}

// PDF is the page as it prints.
func (p *Page) PDF() (pdf []byte) {
	p.t.Helper()
	p.Run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).Do(ctx)
		return err
	}))
	return pdf
}
