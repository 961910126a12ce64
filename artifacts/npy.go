package artifacts

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow/float16"
)

// npyArray is one array as numpy's .npy format keeps it.
type npyArray struct {
	order   binary.ByteOrder
	kind    byte // as in numpy's descr: b i u f U S M m
	bytes   int  // of one value
	unit    string
	fortran bool
	shape   []int
	data    []byte
}

var (
	npyMagic = []byte("\x93NUMPY")
	npyDescr = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`'descr': *'([<>|=]?)([a-zA-Z])([0-9]*)(\[[a-zA-Z0-9]+\])?'`)
	})
	npyFortran = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`'fortran_order': *(True|False)`) })
	npyShape   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`'shape': *\(([0-9, ]*)\)`) })
)

// npyKinds is which kinds of numpy are read and how many bytes they may have.
var npyKinds = map[byte][]int{'b': {1}, 'i': {1, 2, 4, 8}, 'u': {1, 2, 4, 8}, 'f': {2, 4, 8}, 'M': {8}, 'm': {8}}

// parseNpy reads the header of a .npy file and checks it against the bytes there are.
func parseNpy(b []byte) (*npyArray, error) {
	if len(b) < 12 || !bytes.HasPrefix(b, npyMagic) {
		return nil, fmt.Errorf("is no .npy file")
	}
	at, length := 10, int(binary.LittleEndian.Uint16(b[8:]))
	if b[6] >= 2 { // the version, 1 to 3
		at, length = 12, int(binary.LittleEndian.Uint32(b[8:]))
	}
	if length > len(b)-at {
		return nil, fmt.Errorf("has a header longer than the file")
	}
	a := &npyArray{data: b[at+length:]}
	if err := a.header(string(b[at : at+length])); err != nil {
		return nil, err
	}
	return a, a.checkSize()
}

func (a *npyArray) header(text string) error {
	descr, fortran, shape := npyDescr().FindStringSubmatch(text), npyFortran().FindStringSubmatch(text), npyShape().FindStringSubmatch(text)
	if fortran == nil || shape == nil {
		return fmt.Errorf("has a header that cannot be read: %.200q", text)
	}
	if descr == nil {
		return fmt.Errorf("is a structured array, or one of a type that is not read; save each field as an array")
	}
	a.order, a.kind, a.fortran = binary.LittleEndian, descr[2][0], fortran[1] == "True"
	if descr[1] == ">" {
		a.order = binary.BigEndian
	}
	n, err := strconv.ParseUint(descr[3], 10, 31)
	if err == nil && a.kind == 'U' {
		n *= 4
	}
	a.bytes, a.unit = int(n), strings.Trim(descr[4], "[]")
	if !a.known() || err != nil {
		return fmt.Errorf("has the type %s, which tables do not hold; objects, complex numbers and records are not read", strings.Join(descr[1:], ""))
	}
	for part := range strings.SplitSeq(shape[1], ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.ParseUint(part, 10, 40)
		if err != nil {
			return fmt.Errorf("has the shape (%s), too large to read", shape[1])
		}
		a.shape = append(a.shape, int(n))
	}
	return nil
}

func (a *npyArray) known() bool {
	for _, n := range npyKinds[a.kind] {
		if n == a.bytes {
			return true
		}
	}
	return a.kind == 'U' || a.kind == 'S'
}

// checkSize holds that the shape is that of the bytes, so that nothing larger is made.
func (a *npyArray) checkSize() error {
	if len(a.shape) == 0 {
		return fmt.Errorf("is a single value, not an array with rows")
	}
	total := 1
	for _, n := range a.shape {
		if n > 0 && total > math.MaxInt32*1024/n {
			return fmt.Errorf("states more values than its file has")
		}
		total *= n
	}
	if a.bytes > 0 && total > len(a.data)/a.bytes || total*a.bytes != len(a.data) || a.bytes == 0 && total > 1<<20 {
		return fmt.Errorf("states %d values of %d bytes, its file has %d bytes", total, a.bytes, len(a.data))
	}
	return nil
}

// count is the number of values.
func (a *npyArray) count() int {
	n := 1
	for _, s := range a.shape {
		n *= s
	}
	return n
}

// places calls with where each value lies, in row-major order.
func (a *npyArray) places(call func(b []byte) error) error {
	n := a.count()
	if !a.fortran || len(a.shape) < 2 {
		for i := range n {
			if err := call(a.data[i*a.bytes : (i+1)*a.bytes]); err != nil {
				return err
			}
		}
		return nil
	}
	index := make([]int, len(a.shape))
	for range n {
		at := 0
		for d := len(index) - 1; d >= 0; d-- {
			at = at*a.shape[d] + index[d]
		}
		if err := call(a.data[at*a.bytes : (at+1)*a.bytes]); err != nil {
			return err
		}
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < a.shape[d] {
				break
			}
			index[d] = 0
		}
	}
	return nil
}

// whole is an integer of any size, as 64 bits.
func (a *npyArray) whole(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(a.order.Uint16(b))
	case 4:
		return uint64(a.order.Uint32(b))
	}
	return a.order.Uint64(b)
}

// signed is whole with the sign in its place.
func (a *npyArray) signed(b []byte) int64 {
	shift := 64 - 8*len(b)
	return int64(a.whole(b)<<shift) >> shift
}

func (a *npyArray) float(b []byte) float64 {
	switch len(b) {
	case 2:
		return float64(float16.FromBits(uint16(a.whole(b))).Float32())
	case 4:
		return float64(math.Float32frombits(uint32(a.whole(b))))
	}
	return math.Float64frombits(a.whole(b))
}

// text is a string of fixed width without the zeros after it.
func (a *npyArray) text(b []byte) (string, error) {
	if a.kind == 'S' {
		b = bytes.TrimRight(b, "\x00")
		if !utf8.Valid(b) {
			return "", fmt.Errorf("has bytes that are no UTF-8 text")
		}
		return string(b), nil
	}
	var out []rune
	for i := 0; i < len(b); i += 4 {
		out = append(out, rune(a.order.Uint32(b[i:])))
	}
	return strings.TrimRight(string(out), "\x00"), nil
}
