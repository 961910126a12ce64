package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reprise/internal/lacks"
)

// findAxe is where axe.min.js of axe-core is: REPRISE_AXE says so, or it is where
// .ci/run puts it; "" where it is not. Its license is not ours, so that it is no
// part of the repository.
func findAxe() string {
	if path := os.Getenv("REPRISE_AXE"); path != "" {
		return path
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	found, err := filepath.Glob(filepath.Join(cache, "reprise-ci", "axe-core-*", "package", "axe.min.js"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return slices.Max(found)
}

// violation is one of axe-core's findings.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"` // minor, moderate, serious or critical
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Accessible runs axe-core on the page as it is now, and fails the test for each
// finding that is serious or worse; without axe-core it skips the test.
func (p *Page) Accessible() {
	p.t.Helper()
	path := findAxe()
	if path == "" {
		lacks.Skip(p.t, "no axe-core here, which checks that pages are accessible: .ci/run gets it, or REPRISE_AXE names its axe.min.js")
	}
	source, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	Eval[bool](p, string(source)+"\n;true")
	for _, v := range Eval[[]violation](p, `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations)`) {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		var where []string
		for _, n := range v.Nodes[:min(len(v.Nodes), 5)] {
			where = append(where, n.HTML+"\n"+n.Summary)
		}
		p.t.Errorf("%s", fmt.Sprintf("%s (%s): %s, %d times:\n%s", v.ID, v.Impact, v.Help, len(v.Nodes), strings.Join(where, "\n")))
	}
}
