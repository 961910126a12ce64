// Package page writes the report of an experiment as one HTML page that needs
// nothing else: no other file, no network. All that a page says comes from
// package view; names, metrics and logs in it are text, whatever they hold.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"sync"

	"reprise/artifacts"
	"reprise/internal/graphsvg"
	"reprise/internal/view"
)

// Limit is how large a page may become, in bytes.
const Limit = 5_000_000

var (
	//go:embed page.html stage.html
	sources embed.FS
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// layout is parsed where a page is made: every command would wait for it.
var layout = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page.html").Funcs(funcs).ParseFS(sources, "*.html"))
})

// page is what the template sees.
type page struct {
	*view.Report
	Policy  string // which scripts and styles may be used, and that nothing is fetched
	Style   template.CSS
	Script  template.JS
	Picture template.HTML // the graph
	Version string

	pictures map[*view.Figure]*picture
}

// Render writes the page of a report, as large as limit at most: pictures that
// there is no room for are left out, and it says so. read reads contents of the
// store; version is reprise's. The same report gives the same bytes.
func Render(r *view.Report, read func(artifacts.Digest) ([]byte, error), version string, limit int) ([]byte, error) {
	p := &page{Report: r, Version: version, Style: template.CSS(style + graphsvg.CSS), Script: template.JS(script), pictures: map[*view.Figure]*picture{}}
	p.Policy = fmt.Sprintf("default-src 'none'; img-src data:; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(string(p.Style)), digest(string(p.Script)))
	p.Picture = template.HTML(graphsvg.Inline(r.Graph.Picture(func(address string) string { return "#" + url.PathEscape(address) }))) // which escapes
	p.leaveOut()
	bare, err := p.bytes()
	if err != nil {
		return nil, err
	}
	p.choose(read, limit-len(bare))
	return p.bytes()
}

// With is a figure for the template, and the stage that it is of.
func (p *page) With(f *view.Figure, stage string) any {
	return struct {
		Page   *page
		Figure *view.Figure
		Stage  string
	}{p, f, stage}
}

// about is a stage for the template.
type about struct {
	Stage      *view.Stage
	Experiment string
}

// About is a stage for the template.
func (p *page) About(s *view.Stage) about { return about{s, p.Experiment} }

// Items are some of its key for the template, with what they are.
func (a about) Items(label string, items []view.Item) any {
	return struct {
		Label string
		Items []view.Item
	}{label + " of " + a.Stage.Address, items}
}

func (p *page) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := layout().Execute(&b, p); err != nil {
		return nil, fmt.Errorf("the page: %w", err)
	}
	return b.Bytes(), nil
}

// digest names an element's text in a policy.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// citation is where a cited work is; "" where that cannot be told.
func citation(cite string) string {
	for prefix, address := range map[string]string{"arXiv:": "https://arxiv.org/abs/", "PMID:": "https://pubmed.ncbi.nlm.nih.gov/", "doi:": "https://doi.org/"} {
		if len(cite) > len(prefix) && strings.EqualFold(cite[:len(prefix)], prefix) {
			return address + cite[len(prefix):]
		}
	}
	if strings.HasPrefix(cite, "https://") {
		return cite
	}
	return ""
}
