package page

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"reprise/artifacts"
	"reprise/internal/browsertest"
	"reprise/internal/view"
)

// evil is what a name, a metric's documentation or a log may hold at worst.
const evil = `"'></title></script></style><script>window.hacked=1</script><img src=x onerror="window.hacked=1">` + "\x00\x1b[31m\u202e{{.}} javascript:window.hacked=1"

// fill puts a text into every string that can be reached from a value, and one
// element into each list.
func fill(v reflect.Value, text string, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if depth < 12 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), text, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), text, depth+1)
			}
		}
	case reflect.Slice:
		switch {
		case v.Type().Elem().Kind() == reflect.Uint8: // JSON
			v.SetBytes([]byte(fmt.Sprintf("%q", text)))
		case depth < 12:
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), text, depth+1)
		}
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String && depth < 12 {
			v.Set(reflect.MakeMap(v.Type()))
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, text, depth+1)
			fill(value, text, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.Float64:
		v.SetFloat(1.5)
	}
}

// filled is a report all of whose texts are the same, in which parts refer to
// each other as they do in real ones.
func filled(text string) *view.Report {
	r := &view.Report{}
	fill(reflect.ValueOf(r).Elem(), text, 0)
	r.Tasks, r.Current = 2, 1
	r.Graph.Nodes[0].States = map[string]int{view.Current: 1}
	r.Graph.Edges = nil
	r.Stages = append(r.Stages, &view.Stage{Address: "stage.sweep", Tasks: []*view.Task{{Address: `stage.sweep["` + text + `"]`, State: view.None}, {Address: "stage.sweep[1]", State: view.Failed, Error: text, Log: text}}})
	r.Stages[0].Tasks[0].State = view.Current
	r.Stages[0].Tasks[0].Result.Metrics = map[string]float64{text: 1}
	for _, f := range []*view.Figure{r.Figures[0], r.Comparison.Figures[0].Old, r.Comparison.Figures[0].New} {
		f.Forms = []artifacts.Entry{{Name: "x.svg", Size: int64(len(svg))}}
	}
	return r
}

// svg tries what a picture must not.
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>window.hacked=1</script><image href="https://elsewhere.example/x.png" width="9" height="9"/></svg>`

func drawing(artifacts.Digest) ([]byte, error) { return []byte(svg), nil }

func rendered(t *testing.T, r *view.Report, limit int) []byte {
	t.Helper()
	b, err := Render(r, drawing, "1.0", limit)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWellFormed holds that every element that opens is closed in its place, that
// IDs are there once, that links within the page lead somewhere, and that pictures
// have words.
func TestWellFormed(t *testing.T) {
	for _, text := range []string{"plain", evil} {
		checkForm(t, rendered(t, filled(text), Limit))
	}
	checkForm(t, rendered(t, &view.Report{Graph: &view.Graph{}}, Limit))
}

func checkForm(t *testing.T, page []byte) {
	t.Helper()
	void := []string{"meta", "link", "img", "br"}
	var open, links []string
	ids := map[string]bool{}
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) || len(open) > 0 {
				t.Errorf("it ends with %v, in %v", z.Err(), open)
			}
			for _, to := range links {
				if !ids[to] {
					t.Errorf("a link leads to %.60q, which is nowhere", to)
				}
			}
			return
		case html.StartTagToken:
			token := z.Token()
			attributes := map[string]string{}
			for _, a := range token.Attr {
				attributes[a.Key] = a.Val
			}
			if id, ok := attributes["id"]; ok && ids[id] {
				t.Errorf("the ID %.60q is there twice", id)
			} else if ok {
				ids[id] = true
			}
			if to, inside := strings.CutPrefix(attributes["href"], "#"); inside {
				links = append(links, unescaped(t, to))
			}
			if token.Data == "img" && attributes["alt"] == "" {
				t.Errorf("a picture without words")
			}
			if !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			name := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("</%s> in %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func unescaped(t *testing.T, fragment string) string {
	t.Helper()
	id, err := url.PathUnescape(fragment)
	if err != nil {
		t.Errorf("a link leads to %.60q: %v", fragment, err)
	}
	return strings.ReplaceAll(id, "\x00", "\ufffd") // as HTML has it
}

// TestHostile opens a page that says something evil wherever it can: nothing of it
// runs, and no other host is asked.
func TestHostile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	page := rendered(t, filled(evil), Limit)
	if n := bytes.Count(page, []byte("window.hacked")); n < 100 {
		t.Fatalf("the page has the text %d times: not all of a report is on it", n)
	}
	if err := os.WriteFile(path, page, 0o666); err != nil {
		t.Fatal(err)
	}
	p := browsertest.Open(t, "file://"+path, 1000, 800)
	if browsertest.Eval[bool](p, "window.hacked !== undefined") {
		t.Error("a text was run")
	}
	if n := browsertest.Eval[int](p, "document.querySelectorAll('script').length"); n != 1 {
		t.Errorf("%d scripts, of which one is ours", n)
	}
	p.Accessible()
}

// TestLimit holds that pictures are left out where there is no room, and that the
// page says which.
func TestLimit(t *testing.T) {
	r := filled("plain")
	whole := rendered(t, r, Limit)
	if n := bytes.Count(whole, []byte("data:image/svg+xml;base64,")); n != 3 {
		t.Errorf("%d pictures, not 3", n)
	}
	limit := len(rendered(t, r, 0)) + sizeOf(r.Figures[0], r.Figures[0].Forms[0])
	small := rendered(t, r, limit)
	if n := bytes.Count(small, []byte("data:image/svg+xml;base64,")); n != 1 || len(small) > limit || !bytes.Contains(small, []byte("there is no room for it on this page")) {
		t.Errorf("%d pictures in %d bytes with a limit of %d", n, len(small), limit)
	}
}

// TestPreferred holds which form of a picture is taken.
func TestPreferred(t *testing.T) {
	entry := func(name string, size int64) artifacts.Entry { return artifacts.Entry{Name: name, Size: size} }
	for _, c := range []struct {
		forms []artifacts.Entry
		want  string
	}{
		{[]artifacts.Entry{entry("a.png", 10), entry("a.svg", 500_000)}, "a.svg"},
		{[]artifacts.Entry{entry("a.png", 300_000), entry("a.svg", 2_000_000)}, "a.png"},
		{[]artifacts.Entry{entry("a.png", 3_000_000), entry("a.svg", 2_000_000)}, "a.svg"},
	} {
		if got := preferred(c.forms)[0].Name; got != c.want {
			t.Errorf("%v: %s", c.forms, got)
		}
	}
}

func TestCitations(t *testing.T) {
	for cite, want := range map[string]string{
		"arXiv:2603.26506": "https://arxiv.org/abs/2603.26506", "PMID:37904994": "https://pubmed.ncbi.nlm.nih.gov/37904994", "doi:10.1/x": "https://doi.org/10.1/x",
		"https://a.example/b": "https://a.example/b", "javascript:x": "", "Smith 1999": "", "arXiv:": "",
	} {
		if got := citation(cite); got != want {
			t.Errorf("%s leads to %q", cite, got)
		}
	}
}
