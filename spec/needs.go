package spec

import "slices"

// What a task needs another for.
const (
	NeedsData   = "data"   // its artifact
	NeedsMetric = "metric" // a metric that an attribute uses
	NeedsOrder  = "order"  // depends_on, alone
)

// NeedsFor says what a task needs another for, which is one of its Needs.
func (t *Task) NeedsFor(other *Task) string {
	switch {
	case slices.Contains(t.After, other):
		return NeedsOrder
	case slices.Contains(t.Takes, other):
		return NeedsData
	}
	return NeedsMetric
}
