package maxentflow

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// negligible is how small a singular value of the features is, relative to the
// first, for its direction to be one that no connectivity reaches. Smaller ones
// cannot be told from rounding.
const negligible = 1e-7

// exists refuses a field that no law gives. Where n may be anything, a law
// exists for each field in the span of the features φ(w; z_j) over w (method.md,
// section 4.5), and the law's error is at least what lies outside of it: such as
// the even part of a field where there are no thresholds, since tanh is odd.
func (t *target) exists(ctx context.Context, n *nodes) error {
	p := t.problem
	j, r := p.z.count, p.base.r
	gram, err := gramMatrix(ctx, p.threads, n, p.z)
	if err != nil {
		return err
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(j, gram), true) {
		return errors.New("the features of the collocation states have no eigendecomposition: are the target's states finite?")
	}
	values := eigen.Values(nil) // ascending
	var vectors, outside, along mat.Dense
	eigen.VectorsTo(&vectors)
	beyond := 0
	for beyond < j-1 && values[beyond] < negligible*negligible*values[j-1] {
		beyond++
	}
	if beyond == 0 {
		return nil
	}
	none := vectors.Slice(0, j, 0, beyond)
	along.Mul(none.T(), mat.NewDense(j, r, p.f))
	outside.Mul(none, &along)
	share := mat.Norm(&outside, 2) / math.Sqrt(square(p.f))
	if share < maxLawError {
		return nil
	}
	worst := 0
	for i := range j {
		if square(outside.RawRowView(i)) > square(outside.RawRowView(worst)) {
			worst = i
		}
	}
	hint := "take a base of m with heavier tails or a larger scale, whose fields rise more steeply"
	if p.base.w[len(p.base.w)-1].Scale == 0 {
		hint = "without thresholds (base_b = 0) fields are odd, F(-z) = -F(z): give base_b a scale unless the target's field is odd too; if it is, take a base with heavier tails, which can rise more steeply"
	}
	return fmt.Errorf("no law gives the target's field: %.3g of its size, where a law may miss %g, lies outside of what connectivity of this base does at the chosen states, to rounding, most of it at z = (κ, v) = %.3g in the gauge; %s",
		share, maxLawError, t.rows[worst*p.z.d:(worst+1)*p.z.d-1], hint)
}
