package simulatenetwork

import "math"

// gaussian is E[a m tanh(m r + b)] for m ~ N(0, s²) and b ~ N(0, t²), with the
// given a: by Stein's lemma a s² r E tanh'(ξ √(s²r² + t²)).
func (p parameters) gaussian(a, r float64) float64 {
	width := math.Hypot(p.scale*r, p.threshold)
	return a * p.scale * p.scale * r * average(func(x float64) float64 {
		h := math.Tanh(width * x)
		return 1 - h*h
	})
}

// circular is E[a s cos θ tanh(s r cos θ + b)] for θ uniform and b ~ N(0, t²).
func (p parameters) circular(r float64) float64 {
	const points = 256 // the rule converges geometrically on a circle
	sum := 0.0
	for i := range points {
		c := math.Cos(2 * math.Pi * float64(i) / points)
		sum += c * p.shifted(p.scale*r*c)
	}
	return p.gain * p.scale * sum / points
}

// heavy is E[a |tanh(m r + b)|] with the sign of m, for m = s t with t Student's
// of tail degrees of freedom and b ~ N(0, t²): Simpson's rule in log t, whose
// integrand vanishes exponentially at both ends.
func (p parameters) heavy(r float64) float64 {
	const points = 2000
	from, to := -40.0, 40/p.tail
	h := (to - from) / points
	lg := func(x float64) float64 { y, _ := math.Lgamma(x); return y }
	log := lg((p.tail+1)/2) - lg(p.tail/2) - math.Log(p.tail*math.Pi)/2
	sum := 0.0
	for i := range points + 1 {
		x := from + h*float64(i)
		t := math.Exp(x)
		// log(1 + t²/ν) without overflow: t may be e^(40/tail).
		density := math.Exp(log + x - (p.tail+1)/2*logOnePlusExp(2*x-math.Log(p.tail)))
		sum += simpson(i, points) * density * p.shifted(p.scale*r*t)
	}
	return p.gain * 2 * sum * h / 3
}

// logOnePlusExp is log(1 + e^x).
func logOnePlusExp(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// simpson is the weight of point i, of points+1 with points even.
func simpson(i, points int) float64 {
	switch {
	case i == 0 || i == points:
		return 1
	case i%2 == 1:
		return 4
	}
	return 2
}

// shifted is E tanh(x + b) for b ~ N(0, t²).
func (p parameters) shifted(x float64) float64 {
	if p.threshold == 0 {
		return math.Tanh(x)
	}
	return average(func(b float64) float64 { return math.Tanh(x + p.threshold*b) })
}

// average is the mean of f over the standard normal law, by the trapezoid rule,
// which converges geometrically where the integrand is analytic and vanishes at
// both ends.
func average(f func(x float64) float64) float64 {
	const end, points = 8.5, 340
	sum, weight := 0.0, 0.0
	for i := range points + 1 {
		x := end * (2*float64(i)/points - 1)
		w := math.Exp(-x * x / 2)
		sum += w * f(x)
		weight += w
	}
	return sum / weight
}

// attractor is the largest r with response(r) = r, and the rate at which a
// disturbance of r grows there. ok is false where the law has none but 0.
func (l law) attractor() (r, rate float64, ok bool) {
	speed := func(r float64) float64 { return l.response(l.parameters, r) - r }
	// |tanh| < 1 bounds the response, so the attractor is below any r with a
	// response below it; from there down, the first r where the speed is positive.
	hi := 1.0
	for l.response(l.parameters, 2*hi) > hi {
		hi *= 2
	}
	const steps = 200
	lo := hi
	for speed(lo) <= 0 {
		hi = lo
		if lo -= hi / steps; lo < 1e-4 {
			return 0, 0, false
		}
	}
	for range 60 {
		if mid := (lo + hi) / 2; speed(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	const h = 1e-4
	return lo, (speed(lo+h) - speed(lo-h)) / (2 * h), true
}

// exact is what the law's mean field does, by quadrature.
func (l law) exact() map[string]float64 {
	out := map[string]float64{}
	r, rate, ok := l.attractor()
	if !ok {
		return out
	}
	out["attractor_norm"], out["attractor_rate"] = r, rate
	if l.cube {
		out["attractor_norm"] *= math.Sqrt(float64(l.rank))
	}
	if l.rotation != 0 {
		out["period"] = 2 * math.Pi * l.gain / math.Abs(l.rotation)
	}
	return out
}
