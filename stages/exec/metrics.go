package exec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxMetrics = 10_000
	maxDepth   = 16
)

// metricsReader reads a JSON object of numbers. It knows where it is, so that it
// can say where something is wrong.
type metricsReader struct {
	tokens *json.Decoder
	found  map[string]float64
}

// readMetrics returns the numbers of a JSON object by name; names of objects
// within objects are joined with _.
func readMetrics(content []byte) (map[string]float64, error) {
	r := &metricsReader{tokens: json.NewDecoder(bytes.NewReader(content)), found: map[string]float64{}}
	r.tokens.UseNumber()
	if err := r.value("", 0); err != nil {
		return nil, err
	}
	if _, err := r.tokens.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one JSON object in it")
	}
	return r.found, nil
}

// value reads one value, of that name; "" is the whole.
func (r *metricsReader) value(name string, depth int) error {
	token, err := r.tokens.Token()
	switch {
	case err != nil:
		return fmt.Errorf("%s is no JSON (which has no NaN and no Infinity): %w", called(name), unexpected(err))
	case token == json.Delim('{') && depth > maxDepth:
		return fmt.Errorf("%s has objects within objects, more than %d deep", called(name), maxDepth)
	case token == json.Delim('{'):
		return r.object(name, depth)
	}
	number, ok := token.(json.Number)
	switch {
	case name == "":
		return errors.New("it is no JSON object of numbers, as in {\"loss\": 0.5}")
	case !ok:
		return fmt.Errorf("%s is %s, and a metric is a number", called(name), kindOf(token))
	}
	value, err := strconv.ParseFloat(number.String(), 64)
	_, twice := r.found[name]
	switch {
	case !metricName(name):
		return fmt.Errorf("a metric is called %.60q: its name has letters, digits, _, . and - alone", name)
	case err != nil || math.IsInf(value, 0):
		return fmt.Errorf("%s is %s, which is too large for a number of 64 bits", called(name), number)
	case twice:
		return fmt.Errorf("%s is there twice", called(name))
	case len(r.found) == maxMetrics:
		return fmt.Errorf("there are more than %d metrics", maxMetrics)
	}
	r.found[name] = value
	return nil
}

// metricName tells whether a name is one that tables and terminals can show.
func metricName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.-", r)
	})
}

// object reads what follows an opening brace.
func (r *metricsReader) object(name string, depth int) error {
	for r.tokens.More() {
		key, err := r.tokens.Token()
		if err != nil {
			return fmt.Errorf("%s is no JSON: %w", called(name), unexpected(err))
		}
		inner, _ := key.(string)
		switch {
		case inner == "":
			return fmt.Errorf("%s has a number without a name", called(name))
		case name != "":
			inner = name + "_" + inner
		}
		if err := r.value(inner, depth+1); err != nil {
			return err
		}
	}
	if _, err := r.tokens.Token(); err != nil { // the closing brace
		return fmt.Errorf("%s is no JSON: %w", called(name), unexpected(err))
	}
	return nil
}

func called(name string) string {
	if name == "" {
		return "the file"
	}
	return "metric " + name
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func kindOf(token json.Token) string {
	switch token.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "text"
	}
	return "a list"
}
