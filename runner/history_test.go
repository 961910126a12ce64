package runner

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"reprise/cache"
)

// What is held of the past does not grow with the store, and is the newest.
func TestNewest(t *testing.T) {
	n := &newest{most: 3}
	for _, i := range rand.Perm(1000) {
		n.add(&pastResult{Result: &cache.Result{Key: cache.KeyOf(time.Duration(i).String()), Started: time.Unix(int64(i), 0)}})
		if len(n.all) > 6 {
			t.Fatalf("%d are held", len(n.all))
		}
	}
	held := map[cache.Key]*pastResult{}
	n.into(held)
	var got []int64
	for _, r := range held {
		got = append(got, r.Started.Unix())
	}
	if slices.Sort(got); !slices.Equal(got, []int64{997, 998, 999}) {
		t.Errorf("the newest are %v", got)
	}
}

// Key texts are not held, and are there again where a result explains another.
func TestHistoryHoldsNoKeyTexts(t *testing.T) {
	l := newLab(t)
	l.run(l.load(stages("one 1 a", "two 2 b")), Options{})
	p, err := newPlanner(l.load(stages("one 3 a")), l.store, l.files(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := p.step(t.Context(), p.tasks[0])
	all := p.past().kinds["const"].results
	if len(all) != 2 || slices.ContainsFunc(all, func(r *pastResult) bool { return r.KeyText != "" }) {
		t.Errorf("%d results, with their key texts", len(all))
	}
	if s.Nearest == nil || s.Nearest.KeyText == "" || s.Reasons[0] != "value: 1 -> 3" {
		t.Errorf("%+v", s)
	}
}
