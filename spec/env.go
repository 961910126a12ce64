package spec

import (
	"fmt"
	"io"

	"reprise/artifacts"
)

// Env is all that a method may see of the world: its inputs by attribute name,
// its files, how many threads it may use, and where to tell how far it is. It
// has no store, no clock and no other file, so that a result depends on nothing
// that the key does not cover.
type Env struct {
	threads  int
	inputs   map[string][]*artifacts.Artifact
	files    map[string]func() (io.ReadCloser, error)
	progress func(Progress)
	log      io.Writer
}

// Progress is what a running method tells of itself.
type Progress struct {
	Done, Total int                // steps of the method's own choosing, such as epochs
	Unit        string             // what a step is, in the singular
	Values      map[string]float64 // figures at this step, such as the loss
}

// EnvConfig is what an Env is made of; the runner fills it, and so do tests of kinds.
type EnvConfig struct {
	Threads  int                                      // at least 1
	Inputs   map[string][]*artifacts.Artifact         // by attribute; one for a Ref
	Files    map[string]func() (io.ReadCloser, error) // by attribute
	Progress func(Progress)                           // nil: nobody listens
	Log      io.Writer                                // nil: nobody reads
}

// NewEnv makes an Env.
func NewEnv(c EnvConfig) *Env {
	e := &Env{threads: max(1, c.Threads), inputs: c.Inputs, files: c.Files, progress: c.Progress, log: c.Log}
	if e.log == nil {
		e.log = io.Discard
	}
	return e
}

// Threads is how many goroutines a method should compute with. It never changes
// a result: reductions run in an order that does not depend on it.
func (e *Env) Threads() int { return e.threads }

// Input returns the artifact that a Ref attribute refers to, or nil where an
// optional input was not given.
func (e *Env) Input(attribute string) *artifacts.Artifact {
	if in := e.inputs[attribute]; len(in) > 0 {
		return in[0]
	}
	return nil
}

// Inputs returns the artifacts that a Refs attribute refers to, in order.
func (e *Env) Inputs(attribute string) []*artifacts.Artifact { return e.inputs[attribute] }

// ReadFile reads the file of a File attribute whole, at most limit bytes.
func (e *Env) ReadFile(attribute string, limit int64) ([]byte, error) {
	open := e.files[attribute]
	if open == nil {
		return nil, fmt.Errorf("no file was given for %s", attribute)
	}
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("the file of %s is larger than %d MiB", attribute, limit>>20)
	}
	return b, nil
}

// Progress tells how far the method is. It may be called from any goroutine and
// as often as is natural, such as once an epoch.
func (e *Env) Progress(p Progress) {
	if e.progress != nil {
		e.progress(p)
	}
}

// Logf writes a line to the task's log, which `reprise logs` shows.
func (e *Env) Logf(format string, args ...any) {
	fmt.Fprintf(e.log, format+"\n", args...)
}
