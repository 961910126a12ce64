package subspace

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"reprise/artifacts"
	"reprise/stages/internal/lrrnn"
	"reprise/stages/internal/parallel"
	"reprise/stages/internal/tables"
)

// What the latents alone determine (regime B): the field where they went, and
// its slope DF there where they also went to states around (method.md, P4).

// slopeStates is at how many states the slope is looked at.
const slopeStates = 200

// neighbours are how many states around one tell its slope: few are close, so that
// curvature hardly counts, many are spread out, so that noise hardly does.
var neighbours = []int{50, 200, 800}

// slopes is the field and its slope at some states, and how well the fields of
// the nearest other states tell the slope.
type slopes struct {
	kappa, v, field []float64 // S x R, S x U, S x R
	slope           []float64 // S x R x R: dF_a/dκ_b of the network
	missed          []float64 // S: root of the expected squared error of the slope from the neighbours, over the slopes' root mean square
}

// newSlopes looks at the first of the given visited states. noise is the
// standard deviation to which the field at one state is known.
func newSlopes(ctx context.Context, threads int, n *lrrnn.Network, visited *lrrnn.States, steps []int, noise float64) (*slopes, error) {
	all := &lrrnn.States{Rank: n.Rank, Inputs: n.Inputs}
	for _, t := range steps {
		kappa, v := visited.At(t)
		all.Kappa, all.V = append(all.Kappa, kappa...), append(all.V, v...)
	}
	field, err := n.Fields(ctx, threads, all.Kappa, all.V)
	if err != nil {
		return nil, err
	}
	count, r := min(slopeStates, all.Len()), n.Rank
	s := &slopes{kappa: all.Kappa[:count*r], v: all.V[:count*n.Inputs], field: field[:count*r], slope: make([]float64, count*r*r), missed: make([]float64, count)}
	z := standardised(all)
	parallel.For(count, threads, func(t int) {
		if ctx.Err() != nil {
			return
		}
		kappa, v := all.At(t)
		n.Jacobian(s.slope[t*r*r:(t+1)*r*r], kappa, v)
		near := z.near(t)
		s.missed[t] = math.Inf(1)
		for _, k := range neighbours {
			s.missed[t] = min(s.missed[t], z.miss(t, near[:min(k, len(near))], field, s.slope[t*r*r:(t+1)*r*r], noise))
		}
	})
	if size := math.Sqrt(sumSquares(s.slope) / float64(count)); size > 0 {
		for t := range s.missed {
			s.missed[t] /= size
		}
	}
	return s, ctx.Err()
}

// scaled are states z = (κ, v) in units of their spread, so that near means the
// same along each. An input that never varies is not among them: the field's slope by
// it is not asked for, and takes nothing from the others'.
type scaled struct {
	rank, columns int
	z             []float64 // T x columns: κ, and the v that vary
	unit          []float64 // of each latent
}

func standardised(s *lrrnn.States) *scaled {
	out := &scaled{rank: s.Rank, columns: s.Rank}
	var varying []int
	for u := range s.Inputs {
		for t := range s.Len() {
			if s.V[t*s.Inputs+u] != s.V[u] {
				varying = append(varying, u)
				break
			}
		}
	}
	out.columns += len(varying)
	for t := range s.Len() {
		kappa, v := s.At(t)
		out.z = append(out.z, kappa...)
		for _, u := range varying {
			out.z = append(out.z, v[u])
		}
	}
	for c := range out.columns {
		mean, square := 0.0, 0.0
		for i := c; i < len(out.z); i += out.columns {
			mean += out.z[i] / float64(s.Len())
		}
		for i := c; i < len(out.z); i += out.columns {
			square += (out.z[i] - mean) * (out.z[i] - mean) / float64(s.Len())
		}
		unit := math.Sqrt(square)
		if !(unit > 0) {
			unit = 1
		}
		for i := c; i < len(out.z); i += out.columns {
			out.z[i] /= unit
		}
		out.unit = append(out.unit, unit)
	}
	return out
}

// near are all states, the nearest to a state first.
func (s *scaled) near(t int) []int {
	from := s.z[t*s.columns : (t+1)*s.columns]
	distance, order := make([]float64, len(s.z)/s.columns), make([]int, len(s.z)/s.columns)
	for i := range order {
		order[i] = i
		for c, x := range from {
			d := s.z[i*s.columns+c] - x
			distance[i] += d * d
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(distance[a], distance[b]), a-b) })
	return order
}

// miss is how far the slope by linear regression of the field (T x R) on the
// states near one is from the given one (R x R): root of the square of what
// curvature makes it miss plus the variance that noise of the field gives it.
// +Inf where the states near do not span all directions.
func (s *scaled) miss(t int, near []int, field, slope []float64, noise float64) float64 {
	if len(near) <= s.columns+1 {
		return math.Inf(1)
	}
	x, y := mat.NewDense(len(near), s.columns+1, nil), mat.NewDense(len(near), s.rank, nil)
	for i, at := range near {
		for c := range s.columns {
			x.Set(i, c, s.z[at*s.columns+c]-s.z[t*s.columns+c])
		}
		x.Set(i, s.columns, 1)
		y.SetRow(i, field[at*s.rank:(at+1)*s.rank])
	}
	var square, inverse, fitted mat.Dense
	square.Mul(x.T(), x)
	if inverse.Inverse(&square) != nil { // singular, or nearly
		return math.Inf(1)
	}
	fitted.Mul(x.T(), y)
	fitted.Mul(&inverse, &fitted)
	sum := 0.0
	for b := range s.rank {
		sum += float64(s.rank) * noise * noise * inverse.At(b, b) / (s.unit[b] * s.unit[b])
		for a := range s.rank {
			d := fitted.At(b, a)/s.unit[b] - slope[a*s.rank+b]
			sum += d * d
		}
	}
	return math.Sqrt(sum)
}

// largestError stands for an infinite slope_error.
const largestError = 1e6

// table is the table slopes.
func (s *slopes) table(r, inputs int) *artifacts.Table {
	latent := artifacts.Dim{Name: tables.Latent, Size: r}
	columns := []artifacts.Column{artifacts.Floats("kappa", "", s.kappa, latent)}
	if inputs > 0 {
		columns = append(columns, artifacts.Floats("v", "", s.v, artifacts.Dim{Name: tables.Channel, Size: inputs}))
	}
	missed := make([]float64, len(s.missed))
	for t, x := range s.missed {
		missed[t] = min(x, largestError)
	}
	columns = append(columns, artifacts.Floats("field", "", s.field, latent),
		artifacts.Floats("slope", "", s.slope, latent, artifacts.Dim{Name: "by", Size: r}), artifacts.Floats("slope_error", "", missed))
	return artifacts.NewTable("slopes", artifacts.Dim{Name: "state", Size: len(s.missed)}, columns...)
}

// setMetrics adds the median error and the share of states with a small one.
func (s *slopes) setMetrics(a *artifacts.Artifact) {
	order := slices.Clone(s.missed)
	slices.Sort(order)
	known := 0
	for _, x := range order {
		if x < 0.5 {
			known++
		}
	}
	a.SetMetric("slope_error", min(order[len(order)/2], largestError))
	a.SetMetric("slopes_known", float64(known)/float64(len(order)))
}
