package analyzedynamics

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/dynamics"
	"reprise/stages/internal/tables"
)

// report collects what goes out.
type report struct {
	rank, threads, angles int

	gauge   *mat.Dense
	all     []*analysis // what was analyzed, then the truth
	field   *artifacts.Table
	metrics map[string]float64
}

// own measures what was analyzed.
func (r *report) own(a *analysis) {
	r.all = append(r.all, a)
	m := r.metrics
	stable := a.stable()
	m["fixed_points"], m["stable_fixed_points"], m["index_sum"] = float64(len(a.points)), float64(len(stable)), float64(a.indexSum)
	for i, p := range stable {
		size := dynamics.Distance(p.Kappa, make([]float64, r.rank))
		if i == 0 || size < m["stable_norm_min"] {
			m["stable_norm_min"] = size
		}
		if i == 0 || p.Rate > m["slowest_rate"] {
			m["slowest_rate"] = p.Rate
		}
		m["stable_norm_max"] = max(m["stable_norm_max"], size)
	}
	m["cycles"] = float64(len(a.cycles))
	if len(a.cycles) > 0 {
		c := a.cycles[0]
		m["period"], m["floquet"] = c.Period, c.Floquet()
		m["cycle_radius"], m["cycle_radius_sd"] = c.Radius()
	}
	if a.hasRing {
		m["ring_radius"], m["ring_radius_sd"], m["ring_drift"], m["ring_drift_max"], m["ring_rate"] = a.ring.Summary()
	}
}

// compare measures the truth, and how far what was analyzed is from it.
func (r *report) compare(a, truth *analysis) {
	r.all = append(r.all, truth)
	m := r.metrics
	m["truth_error"] = a.errorAgainst(truth)
	own, stable := a.stable(), truth.stable()
	m["truth_stable_fixed_points"] = float64(len(stable))
	if len(own) > 0 && len(stable) > 0 {
		worst := 0.0
		for _, p := range stable {
			nearest := math.Inf(1)
			for _, q := range own {
				nearest = min(nearest, dynamics.Distance(p.Kappa, q.Kappa))
			}
			worst = max(worst, nearest)
		}
		m["attractor_error"] = worst
	}
	off := func(name, of string, truth float64) {
		m["truth_"+of] = truth
		if x, ok := m[of]; ok {
			m[name] = math.Abs(x-truth) / truth
		}
	}
	if len(truth.cycles) > 0 {
		radius, _ := truth.cycles[0].Radius()
		off("period_error", "period", truth.cycles[0].Period)
		off("cycle_radius_error", "cycle_radius", radius)
	}
	if truth.hasRing {
		radius, _, drift, _, _ := truth.ring.Summary()
		off("ring_radius_error", "ring_radius", radius)
		m["truth_ring_drift"] = drift
	}
}

// grid lays out the fields for a picture.
func (r *report) grid() {
	extent := r.all[0].extent
	rows := []artifacts.Dim{{Name: "x", Size: 201}}
	total := 201
	if r.rank > 1 {
		rows = []artifacts.Dim{{Name: "y", Size: 31}, {Name: "x", Size: 31}}
		total = 31 * 31
	}
	last := rows[len(rows)-1].Size
	at := func(i, size int) float64 { return 1.2 * (2*float64(i)/float64(size-1) - 1) }
	kappa := make([]float64, total*r.rank)
	for t := range total {
		kappa[t*r.rank] = at(t%last, last) * extent[0]
		if r.rank > 1 {
			kappa[t*r.rank+1] = at(t/last, rows[0].Size) * extent[1]
		}
	}
	latent := artifacts.Dim{Name: tables.Latent, Size: r.rank}
	columns := []artifacts.Column{artifacts.Floats("kappa", "", kappa, latent)}
	for _, a := range r.all {
		f := make([]float64, len(kappa))
		for t := 0; t < len(f); t += r.rank {
			a.field.Field(f[t:t+r.rank], kappa[t:t+r.rank])
		}
		columns = append(columns, artifacts.Floats(a.of, "", f, latent))
	}
	r.field = artifacts.NewGrid("field", rows, columns...)
}

// artifact is all of it.
func (r *report) artifact() *artifacts.Artifact {
	latent := artifacts.Dim{Name: tables.Latent, Size: r.rank}
	gauge := artifacts.NewTable("gauge", artifacts.Dim{Name: "gauge", Size: 1},
		artifacts.Floats("A", "", r.gauge.RawMatrix().Data, latent, artifacts.Dim{Name: "target_latent", Size: r.rank}))
	cycles, orbits := r.cycles(latent)
	out := artifacts.New(r.field, r.points(latent), cycles, orbits, r.ring(), gauge)
	for name, x := range r.metrics {
		if !math.IsNaN(x) && !math.IsInf(x, 0) { // such as an error relative to a field of 0
			out.SetMetric(name, x)
		}
	}
	return out
}

func (r *report) points(latent artifacts.Dim) *artifacts.Table {
	var kappa, rate, re, im []float64
	var stable []uint8
	var of []string
	for _, a := range r.all {
		for _, p := range a.points {
			kappa, rate, of = append(kappa, p.Kappa...), append(rate, p.Rate), append(of, a.of)
			for _, e := range p.Eigenvalues {
				re, im = append(re, real(e)), append(im, imag(e))
			}
			flag := uint8(0)
			if p.Stable() {
				flag = 1
			}
			stable = append(stable, flag)
		}
	}
	return artifacts.NewTable("fixed_points", artifacts.Dim{Name: "point", Size: len(of)},
		artifacts.Floats("kappa", "", kappa, latent), artifacts.Floats("rate", "1/tau", rate),
		artifacts.Floats("real", "1/tau", re, latent), artifacts.Floats("imaginary", "1/tau", im, latent),
		artifacts.Bytes("stable", "", stable), artifacts.Strings("of", of))
}

func (r *report) cycles(latent artifacts.Dim) (cycles, orbits *artifacts.Table) {
	var period, radius, sd, floquet, time, kappa []float64
	var of []string
	var cycle []int64
	for _, a := range r.all {
		for _, c := range a.cycles {
			points := len(c.Orbit) / r.rank
			for i := range points {
				cycle, time = append(cycle, int64(len(of))), append(time, c.Period*float64(i)/float64(points))
			}
			kappa = append(kappa, c.Orbit...)
			mean, deviation := c.Radius()
			period, radius, sd = append(period, c.Period), append(radius, mean), append(sd, deviation)
			floquet, of = append(floquet, c.Floquet()), append(of, a.of)
		}
	}
	cycles = artifacts.NewTable("cycles", artifacts.Dim{Name: "cycle", Size: len(of)},
		artifacts.Floats("period", "tau", period), artifacts.Floats("radius", "", radius), artifacts.Floats("radius_sd", "", sd),
		artifacts.Floats("floquet", "", floquet), artifacts.Strings("of", of))
	orbits = artifacts.NewTable("orbits", artifacts.Dim{Name: "point", Size: len(time)},
		artifacts.Ints("cycle", "", cycle), artifacts.Floats("time", "tau", time), artifacts.Floats("kappa", "", kappa, latent))
	return cycles, orbits
}

func (r *report) ring() *artifacts.Table {
	var angle, radius, drift, rate []float64
	var of []string
	for _, a := range r.all {
		if !a.hasRing {
			continue
		}
		n := len(a.ring.Radius)
		for i := range n {
			angle, of = append(angle, 2*math.Pi*float64(i)/float64(n)), append(of, a.of)
		}
		radius, drift, rate = append(radius, a.ring.Radius...), append(drift, a.ring.Drift...), append(rate, a.ring.Rate...)
	}
	return artifacts.NewTable("ring", artifacts.Dim{Name: "direction", Size: len(of)},
		artifacts.Floats("angle", "rad", angle), artifacts.Floats("radius", "", radius), artifacts.Floats("drift", "1/tau", drift),
		artifacts.Floats("rate", "1/tau", rate), artifacts.Strings("of", of))
}
