package runner

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"reprise/artifacts"
)

// Results of different architectures or toolchains are compared by their
// metrics, which may differ by this part of the larger one, or by this much.
// Tables are never compared entry by entry then: rounding alone can turn a
// subspace's basis or rescale a connectivity.
const (
	lockRelative = 1e-6
	lockAbsolute = 1e-12
)

// What a comparison with a lock finds of a task.
const (
	LockSame    = "same"
	LockNote    = "note"    // worth knowing, and no difference
	LockDiffers = "differs" // which fails the run
)

// How two results are compared.
const (
	ByDigests = "digests" // byte for byte
	ByMetrics = "metrics" // within a tolerance, where the machines differ
)

// LockEvent says how a result compares with the experiment's lock.
type LockEvent struct {
	Type    string `json:"type"` // "lock"
	Address string `json:"address"`
	Verdict string `json:"verdict"`
	By      string `json:"by,omitempty"`
	Message string `json:"message,omitempty"`
}

func (LockEvent) event() {}

// compareLocked compares a task's result with an earlier one. Both have their makers.
func compareLocked(old, now LockedTask) LockEvent {
	e := LockEvent{Type: "lock", Verdict: LockSame, By: ByDigests}
	switch {
	case old.Artifact == now.Artifact:
		// The artifact's digest covers what it is made of: who wrote the one wrote the other.
		if d := firstEntry(old, now); d != "" {
			e.Verdict, e.Message = LockDiffers, "the lock was edited: the digest of the artifact is that of other entries; "+d
			return e
		}
		if old.Key != now.Key {
			e.Message = "another key, the same result"
		}
		return e
	case old.MadeBy.Arch == now.MadeBy.Arch && old.MadeBy.Toolchain == now.MadeBy.Toolchain:
		e.Verdict, e.Message = LockDiffers, differingEntries(old, now)
		return e
	}
	e.By = ByMetrics
	makers := fmt.Sprintf("%s against %s", old.MadeBy.text(), now.MadeBy.text())
	differs := cmp.Or(firstMetric(old.Metrics, now.Metrics, within), otherName("table", old.Tables, now.Tables), otherName("file", old.Files, now.Files))
	switch {
	case differs != "":
		e.Verdict, e.Message = LockDiffers, fmt.Sprintf("%s (%s)", differs, makers)
	case len(old.Metrics) == 0:
		e.Verdict, e.Message = LockNote, fmt.Sprintf("has no metrics, so its values are not compared (%s)", makers)
	default:
		e.Message = fmt.Sprintf("metrics within %g (%s)", lockRelative, makers)
	}
	return e
}

func (m Maker) text() string { return m.Arch + " " + m.Toolchain }

// differingEntries says in what two artifacts differ.
func differingEntries(old, now LockedTask) string {
	if d := firstEntry(old, now); d != "" {
		return d
	}
	return fmt.Sprintf("artifact: %s -> %s", old.Artifact.Short(), now.Artifact.Short()) // the lock was edited
}

// firstEntry names the first metric, table and file that differ, or "".
func firstEntry(old, now LockedTask) string {
	var parts []string
	for _, d := range []string{firstMetric(old.Metrics, now.Metrics, func(a, b float64) bool { return a == b }),
		firstDigest("table", old.Tables, now.Tables), firstDigest("file", old.Files, now.Files)} {
		if d != "" {
			parts = append(parts, d)
		}
	}
	return strings.Join(parts, "; ")
}

// firstMetric names the first metric that differs, or "".
func firstMetric(old, now map[string]float64, equal func(a, b float64) bool) string {
	for _, name := range names(old, now) {
		a, before := old[name]
		b, after := now[name]
		switch {
		case !before:
			return fmt.Sprintf("metric %s: (none) -> %s", name, digits(b))
		case !after:
			return fmt.Sprintf("metric %s: %s -> (none)", name, digits(a))
		case !equal(a, b):
			return fmt.Sprintf("metric %s: %s -> %s", name, digits(a), digits(b))
		}
	}
	return ""
}

func firstDigest(what string, old, now map[string]artifacts.Digest) string {
	for _, name := range names(old, now) {
		a, before := old[name]
		b, after := now[name]
		switch {
		case !before:
			return fmt.Sprintf("%s %s: (none) -> %s", what, name, b.Short())
		case !after:
			return fmt.Sprintf("%s %s: %s -> (none)", what, name, a.Short())
		case a != b:
			return fmt.Sprintf("%s %s: %s -> %s", what, name, a.Short(), b.Short())
		}
	}
	return ""
}

// otherName names the first table or file that only one of two results has, or "".
func otherName(what string, old, now map[string]artifacts.Digest) string {
	for _, name := range names(old, now) {
		if _, before := old[name]; !before {
			return fmt.Sprintf("%s %s is new", what, name)
		}
		if _, after := now[name]; !after {
			return fmt.Sprintf("%s %s is gone", what, name)
		}
	}
	return ""
}

// names are those of both, sorted.
func names[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// within tells whether two metrics are the same but for rounding. What is not
// finite is the same as itself alone.
func within(a, b float64) bool {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	d := math.Abs(a - b)
	return !math.IsInf(a, 0) && !math.IsInf(b, 0) && d <= max(lockAbsolute, lockRelative*max(math.Abs(a), math.Abs(b)))
}

func digits(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// Since lists what a lock says that an earlier one, if there is one, says not.
func (l *Lock) Since(old *Lock) []LockEvent {
	events := []LockEvent{}
	if old == nil {
		return events
	}
	for _, address := range names(old.Tasks, l.Tasks) {
		before, was := old.task(address)
		now, is := l.task(address)
		e := LockEvent{Verdict: LockDiffers}
		switch {
		case !was:
			e.Message = "is new"
		case !is:
			e.Message = "is gone"
		default:
			if e = compareLocked(before, now); e.Verdict == LockSame && e.Message == "" && *before.MadeBy == *now.MadeBy {
				continue
			}
		}
		e.Type, e.Address = "lock", address
		events = append(events, e)
	}
	return append(events, variablesSince(old.Variables, l.Variables)...)
}

// variablesSince notes the variables whose values are others.
func variablesSince(old, now map[string]json.RawMessage) (events []LockEvent) {
	for _, name := range names(old, now) {
		if a, b := compactJSON(old[name]), compactJSON(now[name]); a != b {
			if len(a) > longestValue || len(b) > longestValue {
				a, b = differing(a, b)
			}
			events = append(events, LockEvent{Type: "lock", Address: "var." + name, Verdict: LockNote, Message: fmt.Sprintf("%s -> %s", orDefault(a), orDefault(b))})
		}
	}
	return events
}

// compactJSON is a value without the layout that a file gave it.
func compactJSON(text json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return string(text)
	}
	return b.String()
}

func orDefault(value string) string {
	if value == "" {
		return "(default)"
	}
	return value
}
