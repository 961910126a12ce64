package simd

// SingleBlock is how many numbers of single precision are handled together.
const SingleBlock = 16

// The most weights and latents that [Single] takes.
const (
	MaxWeights = 12
	MaxRank    = 8
)

// Single is a network of tanh neurons in single precision,
//
//	x = W z,   h = tanh(x),   κ' = keep κ + scale N h,   z = (κ, …)
//
// whose neurons fire at exp(base + g x). It is stepped through whole trials at a
// time; what [Combine], [Tanh], [Dots], [Poisson] and [Backprop] do in double
// precision, one step at a time. Rows over neurons have a length that is a
// multiple of SingleBlock; rows of z, and the matrices' numbers of rows, are
// padded with zeros to Weights and Latents.
type Single struct {
	Width            int       // of rows over neurons
	Rank             int       // latents
	Weights, Latents int       // [SingleWeights] and [SingleLatents] of what there is
	W                []float32 // Weights x Width
	N                []float32 // Latents x Width
	Gain             []float32 // Width
	Keep, Scale      float32
}

// SingleWidth is the least multiple of SingleBlock that is n or more.
func SingleWidth(n int) int { return (n + SingleBlock - 1) / SingleBlock * SingleBlock }

// SingleWeights is the length of rows of z for that many weights; 0 where they
// are too many.
func SingleWeights(n int) int { return leastOf(n, 4, 5, 6, 8, MaxWeights) }

// SingleLatents is the length of rows of a for that many latents; 0 where they are
// too many.
func SingleLatents(n int) int { return leastOf(n, 2, 4, MaxRank) }

func leastOf(n int, sizes ...int) int {
	for _, size := range sizes {
		if n <= size {
			return size
		}
	}
	return 0
}

// Forward sets x and h (step x Width) of all steps, and in z (step + 1 x Weights)
// the latents of every step but the first, to which noise (step x Rank, of the
// steps from the second on) is added.
func (s *Single) Forward(z, x, h, noise []float32) {
	steps := len(x) / s.Width
	require(steps > 0 && len(x) == steps*s.Width && len(h) == len(x) && len(z) == (steps+1)*s.Weights && len(noise) == steps*s.Rank)
	s.check()
	forward(s, z, x, h, noise, steps)
}

// Backward takes adjoint (Latents), the derivative of a loss by the latents
// behind the last of some steps, to the first of them. It sets a (step x Latents)
// to derivatives by N h, d (step x Width) to those by x through tanh, and sum to
// d + g e, where e is the derivative by g x of what is observed.
func (s *Single) Backward(d, sum, a, h, e, adjoint []float32) {
	steps := len(d) / s.Width
	require(steps > 0 && len(d) == steps*s.Width && len(sum) == len(d) && len(h) == len(d) && len(e) == len(d) &&
		len(a) == steps*s.Latents && len(adjoint) == s.Latents)
	s.check()
	backward(s, d, sum, a, h, e, adjoint, steps)
}

func (s *Single) check() {
	require(s.Width%SingleBlock == 0 && s.Rank >= 1 && s.Rank <= s.Latents && s.Rank < s.Weights &&
		s.Weights == SingleWeights(s.Weights) && s.Latents == SingleLatents(s.Latents) &&
		len(s.W) == s.Weights*s.Width && len(s.N) == s.Latents*s.Width && len(s.Gain) == s.Width)
}

// Rates is [Poisson] for rows of counts: e, x, counts and more are step x Width,
// base is Width, and the loss is kept as SingleBlock partial sums.
func (s *Single) Rates(e, x []float32, counts []uint8, base, more []float32, loss *[SingleBlock]float32) {
	steps := len(e) / s.Width
	require(steps > 0 && len(e) == steps*s.Width && len(x) == len(e) && len(counts) == len(e) && len(more) == len(e) && len(base) == s.Width)
	s.check()
	rates(s, e, x, counts, base, more, loss, steps)
}

// Outer is the function [Outer] with dst d x Width, c step x width, x step x Width.
func (s *Single) Outer(dst, c, x []float32, d, width int) {
	steps := len(x) / s.Width
	require(steps > 0 && len(x) == steps*s.Width && len(dst) == d*s.Width && len(c) == steps*width && d <= width)
	for j := 0; j < d; {
		k := group(d - j)
		singleOuter(s.Width, dst[j*s.Width:(j+k)*s.Width], c[j:], x, width, steps, k)
		j += k
	}
}

// Moments is the function [Moments] for rows of Width.
func (s *Single) Moments(sumD, sumEX, sumE, d, e, x []float32) {
	steps := len(d) / s.Width
	require(steps > 0 && len(d) == steps*s.Width && len(e) == len(d) && len(x) == len(d) &&
		len(sumD) == s.Width && len(sumEX) == s.Width && len(sumE) == s.Width)
	singleMoments(s.Width, sumD, sumEX, sumE, d, e, x, steps)
}

// SumSingle adds up sixteen partial sums, always in the same order.
func SumSingle(l *[SingleBlock]float32) float32 {
	sums := *l
	for half := SingleBlock / 2; half > 0; half /= 2 {
		for i := range half {
			sums[i] += sums[i+half]
		}
	}
	return sums[0]
}
