package plot

import (
	"context"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"reprise/spec"
)

const (
	fixedRadius = 3.6 // of a fixed point's disc, points
	mostTrials  = 40  // drawn one by one
)

// phasePortrait is the figure phase_portrait.
func phasePortrait(ctx context.Context, env *spec.Env, _ *Plot) (*figure, error) {
	s, err := readScene(ctx, env)
	if err != nil {
		return nil, err
	}
	if s.rank == 1 {
		return s.curves(), nil
	}
	return s.plane(), nil
}

// axisLabel names the i-th latent, from 1, as an axis of the figure.
func (s *scene) axisLabel(i int) string {
	if s.rank == 1 && s.whitened {
		return "latent κ (whitened)"
	}
	if s.rank == 1 {
		return "latent κ"
	}
	if s.whitened { // a hair's space: the small index brings room of its own
		return "latent " + latent(i) + "\u200a(whitened)"
	}
	return "latent " + latent(i)
}

// column is the values of one latent over states (step x rank).
func (s *scene) column(kappa []float64, latent int) []float64 {
	var out []float64
	for k := latent; k < len(kappa); k += s.rank {
		out = append(out, kappa[k])
	}
	return out
}

// some are up to mostTrials trials, spread evenly over all.
func (s *scene) some() []path {
	count := min(len(s.paths), mostTrials)
	out := make([]path, count)
	for i := range out {
		out[i] = s.paths[i*len(s.paths)/count]
	}
	return out
}

// mean is the mean over the trials of a choice, step by step, for as long as at
// least half of them last. It is nil where there are none.
func (s *scene) mean(choice int) []float64 {
	var sum []float64
	var lasting []int
	trials := 0
	for _, p := range s.paths {
		if p.choice != choice {
			continue
		}
		trials++
		for i, x := range p.kappa {
			if i == len(sum) {
				sum = append(sum, 0)
			}
			sum[i] += x
			if i%s.rank == 0 && i/s.rank == len(lasting) {
				lasting = append(lasting, 0)
			}
			if i%s.rank == 0 {
				lasting[i/s.rank]++
			}
		}
	}
	for i := range sum {
		n := lasting[i/s.rank]
		if 2*n < trials {
			return sum[:i-i%s.rank]
		}
		sum[i] /= float64(n)
	}
	return sum
}

// choiceColour is blue for left, orange for right, and dark where the choice is
// not known.
func choiceColour(p path) (thin, thick draw.LineStyle) {
	c := ink
	switch p.choice {
	case 0:
		c = blue
	case 1:
		c = orange
	}
	return line(faded(c, 110), 0.8), line(c, 2.6)
}

// drawMeans draws the mean of each choice thick, on a white rim that sets it off
// from the trials. points makes points of the panel from a mean (step x rank).
func (s *scene) drawMeans(p *panel, points func(mean []float64) (x, y []float64)) {
	for _, rim := range []bool{true, false} {
		for _, choice := range []int{0, 1} {
			mean := s.mean(choice)
			if len(mean) == 0 {
				continue
			}
			_, style := choiceColour(path{choice: choice})
			if rim {
				style = line(white, style.Width.Points()+2)
			}
			x, y := points(mean)
			p.curve(style, x, y)
		}
	}
}

// trialEntries explain the lines of trials.
func (s *scene) trialEntries() []entry {
	names := map[int]string{0: "left choice", 1: "right choice", -1: "trial"}
	var out []entry
	for _, choice := range []int{0, 1, -1} {
		for _, p := range s.paths {
			if p.choice != choice {
				continue
			}
			thin, thick := choiceColour(p)
			if choice < 0 {
				out = append(out, lineEntry(names[choice], thin))
			} else {
				out = append(out, bundleEntry(names[choice]+": trials, mean", thin, thick))
			}
			break
		}
	}
	return out
}

// bundleEntry samples thin lines around a thick one.
func bundleEntry(text string, thin, thick draw.LineStyle) entry {
	return entry{text, func(c *draw.Canvas) {
		y := c.Center().Y
		for _, off := range []vg.Length{-3.5, 3.5} {
			c.StrokeLine2(thin, c.Min.X, y+off, c.Max.X, y+off)
		}
		c.StrokeLine2(thick, c.Min.X, y, c.Max.X, y)
	}}
}

// visitedEntry samples the tint of what was visited.
func visitedEntry() entry {
	return areaEntry("visited states", tint)
}

// pointEntries explain fixed points, those of the kinds there are.
func pointEntries(points []fixedPoint) []entry {
	var has [2]bool
	for _, p := range points {
		has[map[bool]int{true: 1}[p.stable]] = true
	}
	var out []entry
	if has[1] {
		out = append(out, discEntry("stable", true))
	}
	if has[0] {
		out = append(out, discEntry("unstable", false))
	}
	return out
}
