package plot

import (
	"math"
	"strconv"
	"strings"
)

// span is what an axis covers. On a logarithmic one both ends are above 0.
type span struct {
	lo, hi float64
	log    bool
}

// extent is the smallest and the largest finite value; ok is false without one.
func extent(lists ...[]float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, list := range lists {
		for _, x := range list {
			if !math.IsNaN(x) && !math.IsInf(x, 0) {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	return lo, hi, lo <= hi
}

// spanOf covers the finite values with a margin of that share of their extent.
// Values that differ by less than a thousandth of their size are shown as
// nearly the same, so that ticks keep few digits.
func spanOf(margin float64, lists ...[]float64) span {
	lo, hi, ok := extent(lists...)
	if !ok {
		return span{lo: -1, hi: 1}
	}
	size := max(math.Abs(lo), math.Abs(hi))
	switch {
	case size == 0:
		return span{lo: -1, hi: 1}
	case hi == lo:
		return span{lo: lo - size/2, hi: hi + size/2}
	case hi-lo < size/1000:
		middle := lo + (hi-lo)/2
		lo, hi = middle-size/2000, middle+size/2000
	}
	room := margin * (hi - lo)
	return span{lo: lo - room, hi: hi + room}
}

// logSpanOf covers the values above 0 on a logarithmic axis.
func logSpanOf(margin float64, lists ...[]float64) span {
	lo, hi := math.Inf(1), 0.0
	for _, list := range lists {
		for _, x := range list {
			if x > 0 && !math.IsInf(x, 0) {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	if hi == 0 {
		return span{0.1, 1, true}
	}
	if hi < 1.5*lo {
		lo, hi = lo/1.5, hi*1.5
	}
	room := math.Pow(hi/lo, margin)
	return span{lo / room, hi * room, true}
}

// unit is x as a share of the span; on a logarithmic axis NaN where x is not above 0.
func (s span) unit(x float64) float64 {
	if !s.log {
		return (x - s.lo) / (s.hi - s.lo)
	}
	if !(x > 0) {
		return math.NaN()
	}
	return math.Log(x/s.lo) / math.Log(s.hi/s.lo)
}

// has tells whether x lies within the span.
func (s span) has(x float64) bool { return x >= s.lo && x <= s.hi }

// ticks are round numbers within the span, at most count + 1 of them on a linear
// axis, in units of 10 to the power that the axis names.
func (s span) ticks(count int) (at []float64, labels []string, power int) {
	if s.log {
		if at, labels = s.decades(count); len(at) > 1 {
			return at, labels, 0
		}
	}
	step := round((s.hi - s.lo) / float64(count))
	size := int(math.Floor(math.Log10(max(math.Abs(s.lo), math.Abs(s.hi)))))
	digits := int(-math.Floor(math.Log10(step) + 1e-9))
	if size >= 5 || size < -2 {
		power = size
	}
	digits = max(0, digits+power)
	for i := math.Ceil(s.lo/step - 1e-9); i*step <= s.hi+1e-9*step; i++ {
		at = append(at, i*step)
		labels = append(labels, numeral(i*step*math.Pow(10, float64(-power)), digits))
	}
	return at, labels, power
}

// round is the smallest of 1, 2, 5, 10, … that is not below x.
func round(x float64) float64 {
	power := math.Floor(math.Log10(x))
	for _, m := range []float64{1, 2, 5} {
		if rounder := m * math.Pow(10, power); rounder >= x*0.9999 {
			return rounder
		}
	}
	return math.Pow(10, power+1)
}

// decades are the ticks of a logarithmic axis: powers of ten, and 2 and 5 times
// these where there is room.
func (s span) decades(count int) (at []float64, labels []string) {
	first, last := int(math.Floor(math.Log10(s.lo))), int(math.Ceil(math.Log10(s.hi)))
	all := func(within []float64, every int) {
		at, labels = nil, nil
		for p := first; p <= last; p++ {
			for _, m := range within {
				x, err := strconv.ParseFloat(strconv.FormatFloat(m, 'f', 0, 64)+"e"+strconv.Itoa(p), 64)
				if err == nil && p%every == 0 && x >= s.lo*(1-1e-9) && x <= s.hi*(1+1e-9) {
					at, labels = append(at, x), append(labels, brief(x))
				}
			}
		}
	}
	if all([]float64{1, 2, 5}, 1); len(at) <= count+1 {
		return at, labels
	}
	for every := 1; ; every++ {
		if all([]float64{1}, every); len(at) <= count+1 {
			return at, labels
		}
	}
}

// brief is a number of few digits.
func brief(x float64) string {
	if x == 0 {
		return "0"
	}
	if x < 0 {
		return "−" + brief(-x)
	}
	if x < 1e-4 || x >= 1e6 {
		text := strconv.FormatFloat(x, 'e', min(2, significant(x)-1), 64)
		digits, power, _ := strings.Cut(text, "e")
		n, err := strconv.Atoi(power)
		if err != nil {
			return text
		}
		return digits + "e" + strings.Replace(strconv.Itoa(n), "-", "−", 1)
	}
	digits := -1 // of a whole number all
	if x != math.Trunc(x) {
		digits = max(0, 2-int(math.Floor(math.Log10(x))))
	}
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// significant is how many digits a number has, but for zeros at its ends.
func significant(x float64) int {
	digits, _, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	return len(strings.ReplaceAll(digits, ".", ""))
}

// numeral is a number with so many decimals.
func numeral(x float64, digits int) string {
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	return strings.Replace(text, "-", "−", 1)
}
