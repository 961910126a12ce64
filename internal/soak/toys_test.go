package soak_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// blob gives a file of bytes that depend on its seed and its inputs alone. It
// counts first, and keeps its state as it does.
type blob struct {
	Seed  int       `hcl:"seed" doc:"What the bytes come from."`
	Size  int       `hcl:"size" doc:"How many there are."`
	Count int       `hcl:"count,optional" doc:"How far to count, at a thousand a second."`
	Of    spec.Refs `hcl:"of,optional" needs:"number" doc:"What the bytes come from too."`
}

func (m *blob) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	h := sha256.New()
	fmt.Fprintln(h, m.Seed)
	for _, in := range env.Inputs("of") {
		b, err := in.File("bytes")
		if err != nil {
			return nil, err
		}
		h.Write(b)
	}
	counted, err := m.count(ctx, env)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(h, counted)
	content := bytesOf([32]byte(h.Sum(nil)), m.Size)
	value := float64(binary.LittleEndian.Uint32(h.Sum(nil)))
	a := artifacts.New(artifacts.NewTable("number", artifacts.Dim{Name: "row", Size: 1}, artifacts.Floats("value", "", []float64{value})))
	a.SetFile("bytes", content)
	a.SetMetric("value", value)
	return a, nil
}

// count returns a hash that takes all numbers, and its state is larger than a
// write to a disk.
func (m *blob) count(ctx context.Context, env *spec.Env) (string, error) {
	state := make([]byte, 100_000)
	if b := env.Restore(); b != nil {
		copy(state, b)
	}
	for n := binary.LittleEndian.Uint64(state); n < uint64(m.Count); {
		n++
		sum := sha256.Sum256(fmt.Append(state[8:], n))
		copy(state[8+n%3000*32:], sum[:])
		binary.LittleEndian.PutUint64(state, n)
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
		env.Checkpoint(func() ([]byte, error) { return state, nil })
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", sha256.Sum256(state)), nil
}

func bytesOf(seed [32]byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(b) // it has no end
	return b
}

func kinds() spec.Kinds {
	return spec.NewKinds(&spec.Kind{Name: "blob", Doc: "Gives bytes.", New: func() spec.Method { return &blob{} },
		Tables:  []spec.Gives{{Name: "number", Doc: "a number"}},
		Metrics: []spec.Gives{{Name: "value", Doc: "the number"}},
		Files:   []spec.Gives{{Name: "bytes", Doc: "the bytes"}},
		Code:    func() []spec.Code { return []spec.Code{{Package: "stages/blob", Version: "1"}} }})
}

// generated is an experiment of so many tasks. Most are small; some have several
// chunks, and the last of large ones several transactions.
func generated(r *rand.Rand, tasks, large int) string {
	var x strings.Builder
	for i := range tasks {
		size, count := 1+r.IntN(3000), 0
		switch kind := r.IntN(10); {
		case i == 0: // there is always something that keeps its state when it is stopped
			count = 150
		case i >= tasks-large:
			size = 17<<20 + r.IntN(2<<20)
		case kind < 2:
			size = 20_000 + r.IntN(200_000)
		case kind == 2:
			size = 1<<20 + r.IntN(2<<20)
		case kind == 3:
			count = 20 + r.IntN(60)
		}
		var of []string
		for range min(i, r.IntN(4)) {
			of = append(of, fmt.Sprintf("stage.s%d", r.IntN(i)))
		}
		fmt.Fprintf(&x, "stage \"blob\" \"s%d\" {\n  seed  = %d\n  size  = %d\n  count = %d\n", i, r.IntN(1<<30), size, count)
		if len(of) > 0 {
			fmt.Fprintf(&x, "  of    = [%s]\n", strings.Join(of, ", "))
		}
		fmt.Fprintln(&x, "}")
	}
	return x.String()
}
