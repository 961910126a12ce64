package runner

import (
	"fmt"
	"maps"
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
		if _, err := store.Code(c.Version); err == nil {
			continue
		}
		if err := store.PutCode(c.Version, c.Functions()); err != nil {
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
		if parts := namesChanged(old, new); len(parts) > 0 {
			said = fmt.Sprintf("code: %s: %s", d.Name, strings.Join(parts, ", "))
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

// namesChanged names what differs: the first few, and how many more there are.
func namesChanged(old, new map[string]string) []string {
	var changed, fresh, gone []string
	for _, name := range slices.Sorted(maps.Keys(new)) {
		if before, ok := old[name]; !ok {
			fresh = append(fresh, name)
		} else if before != new[name] {
			changed = append(changed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, ok := new[name]; !ok {
			gone = append(gone, name)
		}
	}
	var parts []string
	left := mostChanged
	for _, group := range []struct {
		names []string
		verb  string
	}{{changed, " changed"}, {fresh, " new"}, {gone, " removed"}} {
		if n := min(left, len(group.names)); n > 0 {
			parts = append(parts, strings.Join(group.names[:n], ", ")+group.verb)
			left -= n
		}
	}
	if more := len(changed) + len(fresh) + len(gone) - mostChanged; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return parts
}
