package runner

import (
	"cmp"
	"slices"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// kindsKept is how many results of a kind are held, the newest, beside those of
// the experiment's own addresses.
const kindsKept = 5000

// history is what of the store's results explains and estimates new ones. The
// store is read once, when the first task needs it; what is held does not grow
// with it, but for a number a result.
type history struct {
	kinds  map[string]*kindPast
	makers map[artifacts.Digest][]*pastResult // of an artifact, newest first
	whole  map[cache.Key]*cache.Result        // those that were looked at again
	taken  map[sample][]float64               // seconds that results took; by address of this experiment alone
}

// took counts how long a result took, for estimates.
func (h *history) took(r *cache.Result, here bool) {
	add := func(address string) {
		id := sample{r.Kind, address}
		h.taken[id] = append(h.taken[id], r.Seconds)
	}
	if add(""); !here {
		return
	}
	add(r.Address)
	if stage := spec.SweepAddress(r.Address); stage != r.Address {
		add(stage)
	}
}

// kindPast is the results of one kind.
type kindPast struct {
	results   []*pastResult           // newest first
	addresses map[place][]*pastResult // the same by where they were computed
	nearly    map[uint64]*pastResult  // by the sum of a key text's lines, all of them or all but one
}

// place is where a result was computed.
type place struct{ experiment, address string }

// pastResult is a result, and its key text as a set of lines, without the text.
type pastResult struct {
	*cache.Result
	lines lines
	live  bool // it is another task's of the experiment at hand
}

// past reads the store's results. What cannot be read explains nothing, and
// keeps nothing from running.
func (p *planner) past() *history {
	if p.read != nil {
		return p.read
	}
	h := &history{kinds: map[string]*kindPast{}, makers: map[artifacts.Digest][]*pastResult{}, whole: map[cache.Key]*cache.Result{},
		taken: map[sample][]float64{}}
	p.read = h
	own, kinds := map[place]*newest{}, map[string]*newest{}
	for _, address := range p.addresses() {
		own[place{p.x.Name, address}] = &newest{most: ownHistory}
	}
	_ = p.store.EachResult(func(r *cache.Result) bool {
		if h.kinds[r.Kind] == nil {
			h.kinds[r.Kind] = &kindPast{addresses: map[place][]*pastResult{}, nearly: map[uint64]*pastResult{}}
			kinds[r.Kind] = &newest{most: kindsKept}
		}
		here := own[place{r.Experiment, r.Address}]
		h.took(r, r.Experiment == p.x.Name)
		if !kinds[r.Kind].takes(r) && !here.takes(r) {
			return true
		}
		one := &pastResult{Result: r, lines: linesOf(r.KeyText), live: here != nil}
		r.KeyText, r.Metrics = "", nil
		kinds[r.Kind].add(one)
		here.add(one)
		return true
	})
	held := map[cache.Key]*pastResult{}
	for _, n := range kinds {
		n.into(held)
	}
	for _, n := range own {
		n.into(held)
	}
	all := make([]*pastResult, 0, len(held))
	for _, r := range held {
		all = append(all, r)
	}
	slices.SortFunc(all, newestFirst)
	for _, r := range all {
		h.makers[r.Artifact] = append(h.makers[r.Artifact], r)
		h.kinds[r.Kind].add(place{r.Experiment, r.Address}, r)
	}
	return h
}

// addresses are those of the tasks of the experiment, in sight or not.
func (p *planner) addresses() (all []string) {
	if p.o.Part != nil {
		for _, t := range p.o.Part.tasks {
			all = append(all, t.Address)
		}
		return all
	}
	for _, t := range p.x.Tasks {
		all = append(all, t.Address)
	}
	return all
}

// newest is the newest of what is added, as many as most and at times more.
type newest struct {
	most  int
	all   []*pastResult
	since time.Time // older ones are not taken
}

func (n *newest) takes(r *cache.Result) bool { return n != nil && !r.Started.Before(n.since) }

func (n *newest) add(r *pastResult) {
	if !n.takes(r.Result) {
		return
	}
	if n.all = append(n.all, r); len(n.all) > 2*n.most {
		n.cut()
		n.since = n.all[n.most-1].Started
	}
}

func (n *newest) cut() {
	slices.SortFunc(n.all, newestFirst)
	n.all = slices.Delete(n.all, min(n.most, len(n.all)), len(n.all))
}

func (n *newest) into(held map[cache.Key]*pastResult) {
	n.cut()
	for _, r := range n.all {
		held[r.Key] = r
	}
}

func newestFirst(a, b *pastResult) int {
	return cmp.Or(b.Started.Compare(a.Started), slices.Compare(a.Key[:], b.Key[:]))
}

func (k *kindPast) add(at place, r *pastResult) {
	k.results = append(k.results, r)
	k.addresses[at] = append(k.addresses[at], r)
	sum, before := r.lines.sum(), uint64(0)
	for _, h := range append(lines{0}, r.lines...) {
		if h == before && h != 0 {
			continue
		}
		before = h
		if known := k.nearly[sum-h]; known == nil || known.live && !r.live {
			k.nearly[sum-h] = r
		}
	}
}

// recall is a result with its key text again; nil where there is none, or it is
// gone by now.
func (p *planner) recall(r *pastResult) *cache.Result {
	switch {
	case r == nil:
		return nil
	case r.KeyText != "":
		return r.Result
	}
	h := p.past()
	if _, ok := h.whole[r.Key]; !ok {
		h.whole[r.Key], _ = p.store.Peek(r.Key) // nil where it cannot be read
	}
	return h.whole[r.Key]
}

// maker finds the result that an artifact came from, as far as the store can
// tell: of several the newest of this experiment, and of them one of an address.
func (p *planner) maker(d artifacts.Digest, address string) *cache.Result {
	var best *pastResult
	rank := -1
	for _, r := range p.past().makers[d] {
		n := 0
		if r.Experiment == p.x.Name {
			n += 2
		}
		if r.Address == address {
			n++
		}
		if n > rank {
			best, rank = r, n
		}
	}
	return p.recall(best)
}
