package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// The toy kinds of the scripts. Each writes its name into the file that
// REPRISE_TEST_TRACE names when it runs, so that a script can tell what ran.

func trace(what string, args ...any) {
	f, err := os.OpenFile(os.Getenv("REPRISE_TEST_TRACE"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return // not in a script
	}
	defer f.Close()
	fmt.Fprintf(f, what+"\n", args...)
}

// toyBuild tells builds of the toys apart that have other code, as scripts say in
// REPRISE_TEST_CODE_<kind>: elsewhere that takes another program.
func toyBuild() (build string) {
	for _, e := range os.Environ() {
		if code, ok := strings.CutPrefix(e, "REPRISE_TEST_CODE_"); ok && !strings.HasSuffix(code, "=") {
			build += "+" + code
		}
	}
	return build
}

func number(v float64) *artifacts.Artifact {
	a := artifacts.New(artifacts.NewTable("number", artifacts.Dim{Name: "row", Size: 1}, artifacts.Floats("value", "", []float64{v})))
	a.SetMetric("value", v)
	return a
}

func read(a *artifacts.Artifact) (float64, error) {
	t, err := a.Table("number")
	if err != nil {
		return 0, err
	}
	v, err := t.Floats("value")
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

type constant struct {
	Value float64 `hcl:"value" doc:"The number."`
	Note  string  `hcl:"note,optional" doc:"Something to log."`
}

func (c *constant) Check() error {
	if c.Value > 1000 {
		return fmt.Errorf("value is at most 1000, not %g", c.Value)
	}
	return nil
}

func (c *constant) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	trace("const %g", c.Value)
	if c.Note != "" {
		env.Logf("note: %s", c.Note)
	}
	return number(c.Value), nil
}

type sum struct {
	Of  spec.Refs `hcl:"of" needs:"number" doc:"What to add."`
	Add float64   `hcl:"add,optional" doc:"One number more."`
}

func (s *sum) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	total := s.Add
	for _, in := range env.Inputs("of") {
		v, err := read(in)
		if err != nil {
			return nil, err
		}
		total += v
	}
	trace("sum %g", total)
	return number(total), nil
}

type sign struct {
	Of spec.Ref `hcl:"of" needs:"number" doc:"A number."`
}

func (s *sign) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	v, err := read(env.Input("of"))
	if err != nil {
		return nil, err
	}
	trace("sign of %g", v)
	if v < 0 {
		return number(-1), nil
	}
	return number(1), nil
}

type sleep struct {
	Seconds float64   `hcl:"seconds" doc:"How long."`
	Of      spec.Refs `hcl:"of,optional" needs:"number" doc:"What to wait for."`
	Deaf    bool      `hcl:"deaf,optional" doc:"Do not stop when told to."`
}

func (s *sleep) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	trace("sleep %g", s.Seconds)
	if s.Deaf {
		ctx = context.WithoutCancel(ctx)
	}
	const steps = 20
	for i := range steps {
		select {
		case <-time.After(time.Duration(s.Seconds / steps * float64(time.Second))):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		env.Progress(spec.Progress{Done: i + 1, Total: steps, Unit: "nap", Values: map[string]float64{"loss": 1 / float64(i+1)}})
	}
	return number(s.Seconds), nil
}

type boom struct {
	Of    spec.Refs `hcl:"of,optional" needs:"number" doc:"What to wait for."`
	Panic bool      `hcl:"panic,optional" doc:"Panic, and do not just fail."`
	Until string    `hcl:"until,optional" doc:"Fail until this file exists."`
}

func (b *boom) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	trace("boom")
	env.Logf("about to fail")
	if b.Panic {
		panic("as I was told")
	}
	if _, err := os.Stat(b.Until); b.Until != "" && err == nil {
		return number(0), nil
	}
	return nil, errors.New("it went boom\nwith a second line")
}

type fileSize struct {
	File    spec.File `hcl:"file" doc:"The file."`
	Seconds float64   `hcl:"seconds,optional" doc:"How long it takes."`
}

func (f *fileSize) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	b, err := env.ReadFile("file", 1<<20)
	if err != nil {
		return nil, err
	}
	trace("file_size %d", len(b))
	time.Sleep(time.Duration(f.Seconds * float64(time.Second)))
	return number(float64(len(b))), nil
}

type gallery struct{}

func (*gallery) Run(context.Context, *spec.Env) (*artifacts.Artifact, error) {
	trace("gallery")
	n := 12
	x, names, cells := make([]float64, n), make([]string, n), make([]uint8, 5*n)
	for i := range n {
		x[i], names[i] = float64(i)/4, fmt.Sprintf("row-%d", i)
	}
	for i := range cells {
		cells[i] = uint8(i)
	}
	a := artifacts.New(
		artifacts.NewTable("trials", artifacts.Dim{Name: "trial", Size: n},
			artifacts.Strings("name", names), artifacts.Floats("start", "s", x), artifacts.Bytes("counts", "", cells, artifacts.Dim{Name: "neuron", Size: 5})),
		artifacts.NewTable("empty", artifacts.Dim{Name: "row", Size: 0}, artifacts.Ints("n", "", nil)))
	a.SetFile("picture.svg", []byte("<svg/>\n"))
	for i, name := range []string{"quality", "error", "spread", "count"} {
		a.SetMetric(name, float64(i)+1.0/3)
	}
	return a, nil
}

// threads is not what a kind should be: its result depends on the machine.
type threads struct {
	Of spec.Refs `hcl:"of,optional" needs:"number" doc:"What to wait for."`
}

func (*threads) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	trace("threads")
	return number(float64(env.Threads())), nil
}

func toyKinds() spec.Kinds {
	numbers, value := []spec.Gives{{Name: "number", Doc: "the number, one row"}}, []spec.Gives{{Name: "value", Doc: "the number"}}
	kind := func(name, doc string, method func() spec.Method) *spec.Kind {
		return &spec.Kind{Name: name, Doc: doc, New: method, Tables: numbers, Metrics: value, Code: func() []spec.Code {
			// A script changes a kind's code by changing this variable.
			return []spec.Code{{Package: "stages/" + name, Version: "1" + os.Getenv("REPRISE_TEST_CODE_"+name)}}
		}}
	}
	pictures := kind("gallery", "Gives one of everything.", func() spec.Method { return &gallery{} })
	pictures.Tables = []spec.Gives{{Name: "trials", Doc: "a row a trial"}, {Name: "empty", Doc: "nothing"}}
	pictures.Metrics = []spec.Gives{{Name: "quality", Doc: "how good"}, {Name: "error", Doc: "how bad"}, {Name: "spread", Doc: "how wide"}, {Name: "count", Doc: "how many"}}
	pictures.Files = []spec.Gives{{Name: "picture.svg", Doc: "a picture"}}
	return spec.NewKinds(pictures, estimateKind(),
		kind("const", "Gives a number. It is always the same.", func() spec.Method { return &constant{} }),
		kind("sum", "Adds numbers.", func() spec.Method { return &sum{} }),
		kind("sign", "Gives the sign of a number.", func() spec.Method { return &sign{} }),
		kind("sleep", "Takes time.", func() spec.Method { return &sleep{} }),
		kind("boom", "Fails.", func() spec.Method { return &boom{} }),
		kind("count", "Counts.", func() spec.Method { return &count{} }),
		kind("threads", "Gives how many threads it may use.", func() spec.Method { return &threads{} }),
		kind("file_size", "Measures a file.", func() spec.Method { return &fileSize{} }),
	)
}
