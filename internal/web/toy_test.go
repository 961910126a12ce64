package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/internal/runlog"
	"reprise/runner"
	"reprise/spec"
)

// hostile is a name that would do something in a page that does not escape it.
const hostile = `<script>alert(1)</script>"'&`

// toy is a kind whose tasks give a bit of everything.
type toy struct {
	From  spec.Ref `hcl:"from,optional" needs:"" doc:"another"`
	Level float64  `hcl:"level,optional" doc:"what the metrics follow"`
	Seed  int      `hcl:"seed,optional" doc:"a number"`
	Fails bool     `hcl:"fails,optional" doc:"whether it fails"`
	Waits bool     `hcl:"waits,optional" doc:"whether it waits for the test"`

	gate chan struct{}
}

func (k *toy) Run(ctx context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	fmt.Fprintf(env.Log(), "level %g %s\n", k.Level, hostile)
	if k.Fails {
		return nil, fmt.Errorf("it fails: %s", hostile)
	}
	for i := 0; k.Waits; i++ {
		env.Progress(spec.Progress{Done: i, Total: 1_000_000, Unit: "steps", Values: map[string]float64{"loss": 1 / float64(i+1)}})
		select {
		case <-k.gate:
			k.Waits = false
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	n := 250
	x, names := make([]float64, 2*n), make([]string, n)
	for i := range n {
		x[2*i], x[2*i+1], names[i] = float64(i), math.Sin(float64(i)), fmt.Sprintf("row %d %s", i+1, hostile)
	}
	a := artifacts.New(artifacts.NewTable("rows", artifacts.Dim{Name: "row", Size: n}, artifacts.Floats("x", "m", x, artifacts.Dim{Name: "axis", Size: 2}), artifacts.Strings("name"+hostile, names)))
	a.SetMetric("score", k.Level*2+float64(k.Seed)/10)
	a.SetMetric("loss", 1/(1+k.Level))
	a.SetFile("figure.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><script>alert(1)</script><rect width="40" height="20" style="fill:teal"/></svg>`))
	a.SetFile("page.html", []byte(`<script>alert(1)</script>`))
	return a, nil
}

// site is a store with its logs, and the kinds of its runs.
type site struct {
	t      *testing.T
	folder string
	kinds  spec.Kinds
	gate   chan struct{}
}

func newSite(t *testing.T) *site {
	s := &site{t: t, folder: t.TempDir(), gate: make(chan struct{})}
	s.kinds = spec.NewKinds(&spec.Kind{Name: "toy", Doc: "Gives a bit of everything.", New: func() spec.Method { return &toy{Level: 1, gate: s.gate} },
		Code:    func() []spec.Code { return nil },
		Files:   []spec.Gives{{Name: "figure.svg", Doc: "a figure"}, {Name: "page.html", Doc: "a page"}},
		Tables:  []spec.Gives{{Name: "rows", Doc: "a row a number"}},
		Metrics: []spec.Gives{{Name: "score", Doc: "twice the level, and a bit"}, {Name: "loss", Doc: "less is better"}}})
	return s
}

func (s *site) path() string { return filepath.Join(s.folder, "store.db") }
func (s *site) logs() string { return filepath.Join(s.folder, "logs") }

// experiment is what most tests run.
const experiment = `
experiment "toys" {
  title = "Toys"
}
variable "level" {
  type    = number
  default = 2
}
stage "toy" "first" {
  level = var.level
}
stage "toy" "sweep" {
  for_each = grid({ level = [1, 2, 3], seed = [0, 1] })
  from     = stage.first
  level    = each.value.level
  seed     = each.value.seed
}
stage "toy" "last" {
  from = stage.sweep["level=1,seed=0"]
}
check "scores" {
  assert {
    condition     = stage.last.metrics.score > 1
    error_message = "it is too low"
  }
}
`

// run runs an experiment as the command does, and returns the run's ID.
func (s *site) run(hcl string, variables ...string) string {
	s.t.Helper()
	path := filepath.Join(s.folder, "toys.hcl")
	if err := os.WriteFile(path, []byte(hcl), 0o666); err != nil {
		s.t.Fatal(err)
	}
	given := spec.Values{}
	for _, v := range variables {
		given.Environ = append(given.Environ, "REPRISE_VAR_"+v)
	}
	x, diags, err := spec.Load(path, given, s.kinds)
	if err != nil || diags.HasErrors() {
		s.t.Fatal(err, diags)
	}
	store, err := cache.Open(s.path())
	if err != nil {
		s.t.Fatal(err)
	}
	defer store.Close()
	log, err := runlog.Create(s.logs(), store.Owner())
	if err != nil {
		s.t.Fatal(err)
	}
	log.Start(runlog.StartOf(x, []string{"reprise", "run", path}))
	sum, err := runner.Run(context.Background(), x, store, &runner.Files{Store: store, Logs: s.logs(), Scratch: filepath.Join(s.folder, "tasks")},
		runner.Options{Jobs: 2, KeepGoing: true, Watch: log.Event})
	if err != nil {
		s.t.Error(err)
	}
	log.Close(sum.Run)
	if sum.Failed != strings.Count(hcl, "fails = true") {
		s.t.Errorf("%+v\n%s", sum, s.fails(sum.Run))
	}
	return sum.Run
}

// fails is the log of a run that did not do what it should.
func (s *site) fails(id string) string {
	b, err := os.ReadFile(filepath.Join(s.logs(), id+".jsonl"))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// client asks a server.
type client struct {
	t           *testing.T
	base, token string
}

// serve starts a server on the site, which the test's end stops.
func (s *site) serve() *client {
	s.t.Helper()
	store, err := cache.OpenExisting(s.path())
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	told, done := make(chan string, 1), make(chan error, 1)
	server := &Server{Store: store, Logs: s.logs(), Kinds: s.kinds}
	go func() { done <- server.Serve(ctx, 0, func(address string) { told <- address }) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-done; err != context.Canceled {
			s.t.Errorf("the server ended with %v", err)
		}
		store.Close()
	})
	base, token, _ := strings.Cut(<-told, "/?token=")
	return &client{s.t, base, token}
}

// get asks for a page with the token.
func (c *client) get(path string, change ...func(*http.Request)) *http.Response {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	for _, f := range change {
		f(r)
	}
	answer, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer
}
