package compareconnectivity

import (
	"context"
	"math"

	"reprise/artifacts"
	"reprise/spec"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/rng"
)

// Points and directions that tell where to look.
const (
	coarsePoints     = 400
	coarseDirections = 8
)

// directions are unit vectors, uniform on the sphere.
func directions(count, dim, seed int) []float64 {
	r := rng.New(seed, "directions")
	out := make([]float64, count*dim)
	for at := 0; at < len(out); at += dim {
		size := 0.0
		for i := range dim {
			out[at+i] = r.NormFloat64()
			size += out[at+i] * out[at+i]
		}
		for i := range dim {
			out[at+i] /= math.Sqrt(size)
		}
	}
	return out
}

// lawDistance is the distance of section 8: the least over O(R) of the sliced
// Wasserstein-2 distance, over the root mean square size of a coordinate.
func lawDistance(p, q *cloud, directions []float64, seed int) float64 {
	size := (p.meanSquare() + q.meanSquare()) / 2
	if size == 0 {
		return 0
	}
	full := newPairing(p, q, directions)
	coarse := newPairing(p.first(coarsePoints), q.first(coarsePoints), directions[:min(len(directions), coarseDirections*p.dim)])
	var likely [][]float64
	if p.rank > 2 {
		likely = aligned(p, q)
	}
	return math.Sqrt(nearest(p.rank, coarse.at, full.at, size, likely, rng.New(seed, "starts of the search")) / size)
}

// compared are the distances of all items from each other and from themselves.
type compared struct {
	items    []*item
	groups   []string // of each, or none
	points   int
	distance []float64 // items x items
	floor    []float64 // items
}

// compareLaws compares all of them, pair by pair.
func (c *Compare) compareLaws(ctx context.Context, env *spec.Env, items []*item) (*compared, error) {
	out := &compared{items: items, groups: c.Groups, points: c.Samples, distance: make([]float64, len(items)*len(items)), floor: make([]float64, len(items))}
	for _, it := range items {
		if n := it.count(); n > 0 {
			out.points = min(out.points, n)
		}
	}
	var all []*clouds
	for i, it := range items {
		found, err := c.clouds(ctx, env.Threads(), it, out.points, i)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	along := directions(c.Directions/2, all[0].main.dim, c.Seed) // each counts twice
	type pair struct{ i, j int }
	var pairs []pair
	for i := range items {
		for j := range i + 1 {
			pairs = append(pairs, pair{i, j})
		}
	}
	parallel.For(len(pairs), env.Threads(), func(k int) {
		if ctx.Err() != nil {
			return
		}
		i, j := pairs[k].i, pairs[k].j
		if i == j {
			out.floor[i] = lawDistance(all[i].one, all[i].two, along, c.Seed)
			return
		}
		d := lawDistance(all[j].main, all[i].main, along, c.Seed)
		out.distance[i*len(items)+j], out.distance[j*len(items)+i] = d, d
	})
	return out, ctx.Err()
}

// table is the table laws.
func (c *compared) table() *artifacts.Table {
	count := len(c.items)
	var of []string
	var points []int64
	for _, it := range c.items {
		of, points = append(of, it.of), append(points, int64(c.points))
	}
	columns := []artifacts.Column{artifacts.Strings("of", of), artifacts.Ints("points", "", points),
		artifacts.Floats("floor", "", c.floor), artifacts.Floats("distance", "", c.distance, artifacts.Dim{Name: "other", Size: count})}
	if len(c.groups) > 0 {
		columns = append(columns, artifacts.Strings("group", c.groups))
	}
	return artifacts.NewTable("laws", artifacts.Dim{Name: "law", Size: count}, columns...)
}

// metrics sets the metrics.
func (c *compared) metrics(to *artifacts.Artifact) {
	count := len(c.items)
	var all, within, between []float64
	for i := range count {
		for j := range i {
			d := c.distance[i*count+j]
			all = append(all, d)
			switch {
			case len(c.groups) == 0:
			case c.groups[i] == c.groups[j]:
				within = append(within, d)
			default:
				between = append(between, d)
			}
		}
	}
	to.SetMetric("law_distance", mean(all))
	to.SetMetric("max_law_distance", largest(all))
	to.SetMetric("law_floor", mean(c.floor))
	to.SetMetric("max_law_floor", largest(c.floor))
	if len(within) > 0 {
		to.SetMetric("law_distance_within", mean(within))
	}
	if len(between) > 0 {
		to.SetMetric("law_distance_between", mean(between))
	}
}
