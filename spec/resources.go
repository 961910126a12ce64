package spec

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// resourceAttributes are those of a stage's resources block.
var resourceAttributes = []string{"cpus", "memory", "time", "gpus"}

func (p *parser) declareResources(s *stage) {
	p.noBlocks(s.block, "resources")
	for _, b := range s.block.Body.Blocks {
		if b.Type != "resources" {
			continue
		}
		if s.resources != nil {
			p.fault(b.DefRange(), "Two resources blocks", "A stage has at most one resources block.")
			continue
		}
		p.noBlocks(b)
		s.resources = p.attributes(b, nil, resourceAttributes)
		for _, a := range attributesInOrder(s.resources) {
			s.node.exprs = append(s.node.exprs, a.Expr)
		}
	}
}

// resources reads what a task needs of a machine.
func (p *parser) resources(s *stage, t *Task, ctx *hcl.EvalContext) {
	whole := func(name string, least int, into *int) {
		p.setting(s, s.resources[name], cty.Number, ctx, func(v cty.Value) error {
			n, accuracy := v.AsBigFloat().Int64()
			if accuracy != 0 || n < int64(least) || n > math.MaxInt32 {
				return fmt.Errorf("%s is a whole number of at least %d, not %s", name, least, valueText(v))
			}
			*into = int(n)
			return nil
		})
	}
	whole("cpus", 1, &t.Resources.CPUs)
	whole("gpus", 0, &t.Resources.GPUs)
	p.setting(s, s.resources["memory"], cty.String, ctx, func(v cty.Value) (err error) {
		t.Resources.Memory, err = ParseSize(v.AsString())
		return err
	})
	p.setting(s, s.resources["time"], cty.String, ctx, func(v cty.Value) (err error) {
		t.Resources.Time, err = parseDuration("time", v.AsString())
		return err
	})
}

func parseDuration(name, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s is a duration such as \"90s\" or \"2h\", not %q", name, text)
	}
	return d, nil
}

var sizeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*(?:([kKMGT])(i?)B?|B)$`) })

// ParseSize reads a number of bytes as people write it: 4GiB, 500MB, 1.5T. It has
// a unit, for 4 is rarely meant to be 4 bytes.
func ParseSize(text string) (int64, error) {
	m := sizeForm().FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("a size is written like \"4GiB\" or \"500MB\", not %q", text)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	unit := 1000.0
	if m[3] != "" {
		unit = 1024
	}
	v *= math.Pow(unit, float64(map[string]int{"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4}[m[2]]))
	if err != nil || v < 1 || v >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size that a machine has", text)
	}
	return int64(v), nil
}
