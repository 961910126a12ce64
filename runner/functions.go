package runner

import (
	"fmt"
	"slices"
	"strings"

	"reprise/cache"
	"reprise/spec"
)

// mostChanged bounds how many functions a reason names.
const mostChanged = 3

// keepCode stores what the functions of a kind's packages are, so that a later
// version can be told from this one by name.
func keepCode(store *cache.Store, kind *spec.Kind) error {
	for _, c := range kind.Code() {
		if c.Functions == nil {
			continue
		}
		if err := store.PutCode(c.Version, c.Functions); err != nil {
			return err
		}
	}
	return nil
}

// codeChange says which functions of a package differ, where both versions of
// it are known.
func (p *planner) codeChange(d Difference) string {
	id := [3]string{d.Name, d.Old, d.New}
	if known, ok := p.codes[id]; ok {
		return known
	}
	said := d.String()
	old, new := p.functionsOf(d.Name, d.Old), p.functionsOf(d.Name, d.New)
	if old != nil && new != nil {
		if differ := functionsDiff(old, new).String(); differ != "" {
			said = fmt.Sprintf("code: %s: %s", d.Name, differ)
		}
	}
	p.codes[id] = said
	return said
}

// functionsOf are those of a version of a package: of this program, or as the
// store kept them; nil where neither knows it.
func (p *planner) functionsOf(name, version string) map[string]string {
	if version == "" {
		return nil
	}
	if known, err := p.store.Code(version); err == nil {
		return known
	}
	for _, t := range p.x.Tasks {
		for _, c := range t.Kind.Code() {
			if c.Package == name && c.Version == version && c.Functions != nil {
				return c.Functions()
			}
		}
	}
	return nil
}

// functionDiff names the functions that differ between two versions of a package.
type functionDiff struct{ changed, fresh, gone []string }

func functionsDiff(old, new map[string]string) (d functionDiff) {
	for _, name := range names(old, new) {
		before, was := old[name]
		after, is := new[name]
		switch {
		case !was:
			d.fresh = append(d.fresh, name)
		case !is:
			d.gone = append(d.gone, name)
		case before != after:
			d.changed = append(d.changed, name)
		}
	}
	return d
}

// groups are the names with what became of them.
func (d functionDiff) groups() [3]struct {
	names []string
	verb  string
} {
	return [3]struct {
		names []string
		verb  string
	}{{d.changed, " changed"}, {d.fresh, " new"}, {d.gone, " removed"}}
}

// list says of each what became of it, in order of the names.
func (d functionDiff) list() (all []string) {
	for _, g := range d.groups() {
		for _, name := range g.names {
			all = append(all, name+g.verb)
		}
	}
	slices.Sort(all)
	return all
}

// String names the first few, and says how many more there are.
func (d functionDiff) String() string {
	var parts []string
	left, more := mostChanged, 0
	for _, g := range d.groups() {
		n := min(left, len(g.names))
		if n > 0 {
			parts = append(parts, strings.Join(g.names[:n], ", ")+g.verb)
		}
		left, more = left-n, more+len(g.names)-n
	}
	if more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, ", ")
}
