package page

import (
	"encoding/base64"
	"html/template"
	"slices"

	"reprise/artifacts"
	"reprise/internal/view"
)

// picture is a figure as the page has it.
type picture struct {
	Source template.HTMLAttr // the figure itself, as src; "" where it is left out
	Why    string            // it is left out
}

// sizeOf is as much as a form of a figure can take on the page.
func sizeOf(f *view.Figure, e artifacts.Entry) int {
	const longest = 6 // bytes of a letter that is escaped
	return base64.StdEncoding.EncodedLen(int(e.Size)) + longest*(len(f.Title)+len(f.Address)) + 100
}

// pleasant is how large a drawing may be that is taken for its sharpness where
// there is a smaller picture.
const pleasant = 600_000

// leaveOut leaves all figures out, for want of room.
func (p *page) leaveOut() (all []*view.Figure) {
	all = slices.Clone(p.Figures)
	if p.Comparison != nil {
		for _, c := range p.Comparison.Figures {
			all = append(all, c.New, c.Old)
		}
	}
	all = slices.DeleteFunc(all, func(f *view.Figure) bool { return f == nil })
	for _, f := range all {
		p.pictures[f] = &picture{Why: "there is no room for it on this page"}
	}
	return all
}

// choose takes the figures that there is room for, in their order, those of the
// present before those of a run that is compared. One that is shown twice counts
// twice.
func (p *page) choose(read func(artifacts.Digest) ([]byte, error), room int) {
	for _, f := range p.leaveOut() {
		one := p.pictures[f]
		for _, e := range preferred(f.Forms) {
			if sizeOf(f, e) > room {
				continue
			}
			content, err := read(e.Digest)
			if err != nil {
				one.Why = err.Error()
				continue
			}
			room -= sizeOf(f, e)
			// An image's scripts do not run, and it fetches nothing.
			one.Source = template.HTMLAttr(`src="data:` + view.MIME(e.Name) + `;base64,` + base64.StdEncoding.EncodeToString(content) + `"`)
			break
		}
	}
}

// preferred puts drawings first that are not too large, then what is smallest.
func preferred(forms []artifacts.Entry) []artifacts.Entry {
	weight := func(e artifacts.Entry) int64 {
		if view.MIME(e.Name) == "image/svg+xml" && e.Size <= pleasant {
			return 0
		}
		return e.Size
	}
	return slices.SortedStableFunc(slices.Values(forms), func(a, b artifacts.Entry) int { return int(min(max(weight(a)-weight(b), -1), 1)) })
}

// Of is the picture of a figure.
func (p *page) Of(f *view.Figure) *picture { return p.pictures[f] }
