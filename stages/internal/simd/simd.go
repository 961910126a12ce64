package simd

// Block is how many numbers are handled together: arrays over neurons are as
// long as a multiple of it.
const Block = 8

// MaxLogRate is where [Poisson] cuts off log-rates, in log counts.
const MaxLogRate = 2

// Padded is the least multiple of Block that is n or more.
func Padded(n int) int { return (n + Block - 1) / Block * Block }

// Combine sets dst (n) to Σ_d z_d w_d, where w is d x n.
func Combine(dst, w, z []float64) {
	require(len(dst)%Block == 0 && len(w) == len(z)*len(dst))
	if len(dst) == 0 || len(z) == 0 {
		clear(dst)
		return
	}
	combine(dst, w, z)
}

// Dots sets dst (d) to the products of x (n) with each row of w (d x n).
func Dots(dst, w, x []float64) {
	n := len(x)
	require(n%Block == 0 && len(w) == len(dst)*n)
	if n == 0 {
		clear(dst)
		return
	}
	var lanes [4 * Block]float64
	for d := 0; d < len(dst); {
		k := group(len(dst) - d)
		dots(&lanes, w[d*n:(d+k)*n], x, k)
		for j := range k {
			dst[d+j] = Sum((*[Block]float64)(lanes[j*Block:]))
		}
		d += k
	}
}

// group is how many of the columns that are left are handled together.
func group(left int) int {
	switch {
	case left >= 4:
		return 4
	case left >= 2:
		return 2
	}
	return 1
}

// Sum adds up eight partial sums, always in the same order.
func Sum(l *[Block]float64) float64 {
	return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

// Outer adds Σ_t c_{t,d} x_t to each row of dst (d x n), where x is t x n and c is
// t x width, of which the first d columns count.
func Outer(dst, c, x []float64, d, width int) {
	if d == 0 || len(x) == 0 {
		return
	}
	n := len(dst) / d
	require(n > 0 && n%Block == 0 && len(dst) == d*n && len(x)%n == 0 && width >= d && len(c) == len(x)/n*width)
	for j := 0; j < d; {
		k := group(d - j)
		outer(dst[j*n:(j+k)*n], c[j:], x, width, k)
		j += k
	}
}

// Product sets dst to x y, number by number. dst may be x or y.
func Product(dst, x, y []float64) {
	require(len(dst)%Block == 0 && len(x) == len(dst) && len(y) == len(dst))
	if len(dst) > 0 {
		product(dst, x, y)
	}
}

// Exp sets dst to e^x, within two units in the last place for x from −708 to 709;
// below, it is as at −708. dst may be x.
func Exp(dst, x []float64) { each(exp, dst, x) }

// Tanh sets dst to tanh(x), within three units in the last place. dst may be x.
func Tanh(dst, x []float64) { each(tanh, dst, x) }

// Softplus sets dst to log(1 + e^x), within three units in the last place for x
// of −708 and more; below, it is as at −708. dst may be x.
func Softplus(dst, x []float64) { each(softplus, dst, x) }

func each(f func(dst, x []float64), dst, x []float64) {
	require(len(dst)%Block == 0 && len(x) == len(dst))
	if len(dst) > 0 {
		f(dst, x)
	}
}

// Poisson is one step's counts under the log-rates y = base + gain x + more, cut
// off at MaxLogRate. It sets e to the derivative by y of the negative
// log-likelihood without its terms of the counts alone, rate − count, or 0
// beyond the cut-off; and adds that likelihood, rate − count y, to loss.
func Poisson(e, x []float64, counts []uint8, gain, base, more []float64, loss *[Block]float64) {
	n := len(e)
	require(n%Block == 0 && len(x) == n && len(counts) == n && len(gain) == n && len(base) == n && len(more) == n)
	if n > 0 {
		poisson(e, x, counts, gain, base, more, loss)
	}
}

// Backprop takes derivatives d by the value h = tanh(x) of each neuron to those
// by its drive x: it multiplies d by 1 − h² and sets s to the sum of that and of
// gain e, what reaches the neuron through its observation.
func Backprop(d, s, h, e, gain []float64) {
	n := len(d)
	require(n%Block == 0 && len(s) == n && len(h) == n && len(e) == n && len(gain) == n)
	if n > 0 {
		backprop(d, s, h, e, gain)
	}
}

// Moments adds Σ_t d, Σ_t e x and Σ_t e to sumD, sumEX and sumE (n each), where d,
// e and x are t x n.
func Moments(sumD, sumEX, sumE, d, e, x []float64) {
	n := len(sumD)
	require(n%Block == 0 && len(sumEX) == n && len(sumE) == n && len(e) == len(d) && len(x) == len(d))
	if n > 0 && len(d) > 0 {
		require(len(d)%n == 0)
		moments(sumD, sumEX, sumE, d, e, x)
	}
}

func require(ok bool) {
	if !ok {
		panic("simd: lengths of arrays do not fit")
	}
}
