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
	Source template.URL // the figure itself; "" where it is left out
	Why    string       // it is left out
}

// overhead is what a picture takes beside its bytes.
const overhead = 100

// pleasant is how large a drawing may be that is taken for its sharpness where
// there is a smaller picture.
const pleasant = 600_000

// choose takes the figures that there is room for, in their order, those of the
// present before those of a run that is compared.
func (p *page) choose(read func(artifacts.Digest) ([]byte, error), room int) {
	all := slices.Clone(p.Figures)
	if p.Comparison != nil {
		for _, c := range p.Comparison.Figures {
			all = append(all, c.New, c.Old)
		}
	}
	for _, f := range all {
		if f == nil || p.pictures[f] != nil {
			continue
		}
		one := &picture{Why: "there is no room for it on this page"}
		p.pictures[f] = one
		for _, e := range preferred(f.Forms) {
			size := base64.StdEncoding.EncodedLen(int(e.Size)) + overhead
			if size > room {
				continue
			}
			content, err := read(e.Digest)
			if err != nil {
				one.Why = err.Error()
				continue
			}
			room -= size
			// An image's scripts do not run, and it fetches nothing.
			one.Source = template.URL("data:" + view.MIME(e.Name) + ";base64," + base64.StdEncoding.EncodeToString(content))
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

// Of is the picture of a figure; before they are chosen it is empty. A figure that
// is shown twice is one in the page, and a link.
func (p *page) Of(f *view.Figure) *picture {
	if one := p.pictures[f]; one != nil {
		return one
	}
	return &picture{}
}
