package cli

import (
	"fmt"

	"reprise/runner"
)

// mostCauses of a baseline's move, unless -v asks for all.
const mostCauses = 6

// checkTable prints the verdicts: a line a check, below it one for each of its
// baselines, and below that what changed behind one that moved.
func (u *ui) checkTable(o *outcome) {
	var rows [][]string
	for _, c := range o.checks {
		rows = append(rows, []string{"check " + c.Name, u.outLook.paint(verdictColor(c.Verdict), c.Verdict), plain(c.Asserted)})
		for _, b := range c.Baselines {
			rows = append(rows, []string{"  " + b.Metric, u.outLook.paint(verdictColor(b.Verdict), b.Verdict), plain(b.Message)})
			for _, cause := range u.causes(b) {
				rows = append(rows, []string{"", "", "because " + plain(cause)})
			}
		}
	}
	u.table([]column{{}, {}, {wrap: true}}, rows)
}

func (u *ui) causes(b runner.BaselineVerdict) []string {
	if n := len(b.Causes) - mostCauses; n > 0 && !u.verbose {
		return append(append([]string{}, b.Causes[:mostCauses]...), fmt.Sprintf("%d more things changed (all with -v)", n))
	}
	return b.Causes
}
