package spec

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"reprise/artifacts"
)

// Env is all that a method may see of the world: its inputs by attribute name,
// its files, how many threads it may use, where to tell how far it is, and what
// it left of itself when it was stopped. It has no store, no clock and no other
// file, so that a result depends on nothing that the key does not cover. Once it
// is shut, nothing that the method does with it reaches anybody.
type Env struct {
	threads     int
	inputs      map[string][]*artifacts.Artifact
	named       map[string][]NamedInput
	file        map[string]string
	files       map[string][]NamedFile
	open        func(path string) (*os.File, error)
	doneReading func(attribute string) error
	scratch     func() (string, error)
	restore     []byte
	checkpoint  func(state func() ([]byte, error))
	progress    func(Progress)
	log         io.Writer

	mu   sync.RWMutex // held to read while something is told, so that none is once it is shut
	shut bool
}

// NamedInput is one element of a RefMap attribute: a stage, a list of stages, or
// a dataset.
type NamedInput struct {
	Name      string
	List      bool                  // a list of stages
	Artifacts []*artifacts.Artifact // one where it is no list
	Path      string                // of a dataset's bytes, which has no artifact, for [Env.Open]
	FileName  string                // of a dataset, the last part of its url
}

// NamedFile is one of the files of a Files attribute.
type NamedFile struct {
	Name string // its path in the experiment's folder, with slashes
	Path string // where its bytes are now, for [Env.Open]
}

// Progress is what a running method tells of itself.
type Progress struct {
	Done, Total int                // steps of the method's own choosing, such as epochs
	Unit        string             // what a step is, in the singular
	Values      map[string]float64 // figures at this step, such as the loss
}

// EnvConfig is what an Env is made of; the runner fills it, and so do tests of kinds.
type EnvConfig struct {
	Threads     int                                 // at least 1
	Inputs      map[string][]*artifacts.Artifact    // by attribute; one for a Ref
	Named       map[string][]NamedInput             // of a RefMap, by attribute
	File        map[string]string                   // path of a File, by attribute
	Files       map[string][]NamedFile              // of a Files, by attribute
	Open        func(path string) (*os.File, error) // opens one of these files; nil: os.Open
	DoneReading func(attribute string) error        // says what is wrong with what was read; nil: nothing ever is
	Scratch     func() (string, error)              // makes an empty private folder; nil: there is none
	Restore     []byte                              // the state to go on from; nil: there is none
	Checkpoint  func(state func() ([]byte, error))  // decides whether to keep a state; nil: never
	Progress    func(Progress)                      // nil: nobody listens
	Log         io.Writer                           // to be written to from any goroutine; nil: nobody reads
}

// NewEnv makes an Env.
func NewEnv(c EnvConfig) *Env {
	e := &Env{threads: max(1, c.Threads), inputs: c.Inputs, named: c.Named, file: c.File, files: c.Files, open: c.Open, doneReading: c.DoneReading, scratch: c.Scratch,
		restore: c.Restore, checkpoint: c.Checkpoint, progress: c.Progress, log: c.Log}
	if e.open == nil {
		e.open = os.Open
	}
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

// Named returns what a RefMap attribute was given, by name in order.
func (e *Env) Named(attribute string) []NamedInput { return e.named[attribute] }

// Files returns the files of a Files attribute, by name in order.
func (e *Env) Files(attribute string) []NamedFile { return e.files[attribute] }

// Open opens a file by the path that is given for it here. It is the one that the
// task's key is about, or an error.
func (e *Env) Open(path string) (*os.File, error) { return e.open(path) }

// DoneReading is for a method that has read all files of an attribute, be they of a
// File, a Files or in a RefMap, and needs them no more. An error says that one of them
// is not what the task's key says, so that what was read must not be used. Files for
// which it is not called must stay as they are until the method has returned, or the
// task fails.
func (e *Env) DoneReading(attribute string) error {
	if e.doneReading == nil {
		return nil
	}
	return e.doneReading(attribute)
}

// Shut ends what a method may do: of one that goes on though it was told to stop,
// progress and log are not heard any more, and it gets no folder.
func (e *Env) Shut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shut = true
}

// Scratch returns an empty folder that nobody else uses, removed when the method
// has returned.
func (e *Env) Scratch() (string, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.scratch == nil || e.shut {
		return "", errors.New("there is no folder to work in")
	}
	return e.scratch()
}

// Restore returns the last state that Checkpoint kept of an earlier attempt at
// this very task, with this very code, that was stopped before its end; nil
// where there is none. A method that goes on from there must give the same bytes
// as one that was never stopped.
func (e *Env) Restore() []byte { return e.restore }

// Checkpoint may keep the state of a long method, for Restore of the next attempt
// where this one is stopped: by a signal, its timeout or a fault of the machine.
// It is called as often as is natural, such as once an epoch, and calls state,
// before it returns, only now and then. A state that cannot be kept is no fault
// of the task.
func (e *Env) Checkpoint(state func() ([]byte, error)) {
	if e.checkpoint != nil {
		e.checkpoint(state)
	}
}

// Log is where what is written is kept as the task's log.
func (e *Env) Log() io.Writer { return envLog{e} }

// envLog writes to the log of an Env until that is shut.
type envLog struct{ env *Env }

func (l envLog) Write(p []byte) (int, error) {
	l.env.mu.RLock()
	defer l.env.mu.RUnlock()
	if l.env.shut {
		return 0, errors.New("the task is over, and so is its log")
	}
	return l.env.log.Write(p)
}

// ReadFile reads the file of a File attribute whole, at most limit bytes, and is
// [Env.DoneReading] with it.
func (e *Env) ReadFile(attribute string, limit int64) ([]byte, error) {
	path, ok := e.file[attribute]
	if !ok {
		return nil, fmt.Errorf("no file was given for %s", attribute)
	}
	r, err := e.Open(path)
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
	return b, e.DoneReading(attribute)
}

// Progress tells how far the method is. It may be called from any goroutine and
// as often as is natural, such as once an epoch.
func (e *Env) Progress(p Progress) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.progress != nil && !e.shut {
		e.progress(p)
	}
}

// Logf writes a line to the task's log, which `reprise logs` shows.
func (e *Env) Logf(format string, args ...any) {
	fmt.Fprintf(e.Log(), format+"\n", args...)
}
