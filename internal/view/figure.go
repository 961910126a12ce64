package view

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"reprise/artifacts"
	"reprise/internal/report"
)

// Figure is a picture in an artifact, in one form or in several.
type Figure struct {
	Address string // of its task
	File    string // its name without its ending
	Title   string
	Forms   []artifacts.Entry // files whose names differ in their ending alone: .png, .svg
}

// MIME is what a file is that a page can show; "" where it is none.
func MIME(name string) string {
	return map[string]string{".svg": "image/svg+xml", ".png": "image/png"}[strings.ToLower(path.Ext(name))]
}

// figures are the pictures of a task's artifact.
func figures(s *Stage, t *Task) (out []*Figure) {
	for _, c := range t.Contents {
		if c.Table || MIME(c.Name) == "" {
			continue
		}
		stem := strings.TrimSuffix(c.Name, path.Ext(c.Name))
		i := slices.IndexFunc(out, func(f *Figure) bool { return f.File == stem })
		if i < 0 {
			i = len(out)
			out = append(out, &Figure{Address: t.Address, File: stem, Title: pictureTitle(s, t)})
		}
		out[i].Forms = append(out[i].Forms, c.Entry)
	}
	return out
}

// pictureTitle says what a task draws: its title or sort, where it has such an
// attribute, else the description of its stage.
func pictureTitle(s *Stage, t *Task) string {
	attribute := func(name string) string {
		for _, i := range slices.Concat(s.Shared, t.Items) {
			if i.What == "set" && i.Name == name {
				return report.Plain(i.Value)
			}
		}
		return ""
	}
	sort := strings.ReplaceAll(attribute("figure"), "_", " ")
	return cmp.Or(attribute("title"), s.Description, sort, strings.TrimPrefix(t.Address, "stage."))
}
