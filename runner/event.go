package runner

import "reprise/runner/baseline"

// Event is something that happened, for whoever watches: the terminal, the
// JSON output, the log. It is one of the types below. In JSON each has a "type".
type Event interface{ event() }

// What a plan says of a task.
const (
	ActionRun     = "run"     // no result under its key
	ActionCached  = "cached"  // a result under its key
	ActionUnknown = "unknown" // its key is not known before another task ends
)

// States of a task.
const (
	Started   = "started"
	Done      = "done"
	Cached    = "cached"
	Failed    = "failed"
	Cancelled = "cancelled"
	Skipped   = "skipped" // something that it needs failed
)

// PlanEvent says what would be done with a task, and why; in a run, what is
// done with it now.
type PlanEvent struct {
	Type    string   `json:"type"` // "plan"
	Address string   `json:"address"`
	Key     string   `json:"key,omitempty"`
	Action  string   `json:"action"`
	Reasons []string `json:"reasons"`
	// Seconds that the last result of the task took, 0 where there is none.
	Seconds float64 `json:"seconds,omitempty"`
	// Estimate of how long it would take; plans have it, of tasks that would run
	// and whose kind has results.
	Estimate *Estimate `json:"estimate,omitempty"`
}

// AheadEvent says, when a run has gone on for a moment, how long each task that is not
// over is likely to take if it runs, where [Options] ask for it. The JSON output
// does not have it.
type AheadEvent struct {
	Tasks  int                 // of the run
	Likely map[string]Estimate // by address
}

// TaskEvent says that a task changed its state.
type TaskEvent struct {
	Type    string   `json:"type"` // "task"
	Address string   `json:"address"`
	Key     string   `json:"key,omitempty"`
	State   string   `json:"state"`
	Seconds float64  `json:"seconds,omitempty"`
	Error   string   `json:"error,omitempty"`
	Reasons []string `json:"reasons,omitempty"` // why it runs, where it started
}

// AsideEvent says of how many tasks of a run nothing else is told: they stand for their
// results, and are out of sight in an experiment that was read in part.
type AsideEvent struct {
	Type  string `json:"type"` // "aside"
	Tasks int    `json:"tasks"`
}

// ResumeEvent says that a task that started goes on from a checkpoint, which an
// attempt that was stopped kept so many seconds ago.
type ResumeEvent struct {
	Type    string  `json:"type"` // "resume"
	Address string  `json:"address"`
	Seconds float64 `json:"seconds"`
}

// MetricEvent is a figure: with a step while a task runs, without at its end.
type MetricEvent struct {
	Type    string  `json:"type"` // "metric"
	Address string  `json:"address"`
	Name    string  `json:"name"`
	Step    *int    `json:"step,omitempty"`
	Value   float64 `json:"value"`
}

// ProgressEvent says how far a running task is. The JSON output does not have it.
type ProgressEvent struct {
	Address     string
	Done, Total int
	Unit        string
	Values      map[string]float64
}

// CheckEvent is the verdict of a check: the gravest of its assertions and baselines.
type CheckEvent struct {
	Type      string            `json:"type"` // "check"
	Name      string            `json:"name"`
	Verdict   string            `json:"verdict"`             // pass, improved, regressed, inconclusive, fail
	Message   string            `json:"message"`             // all that is not a pass; "" where it is one
	Baselines []BaselineVerdict `json:"baselines,omitempty"` // in the order of the experiment
	Asserted  string            `json:"-"`                   // what the assertions alone say
}

// BaselineVerdict is what became of one metric since it was accepted. Figures
// that there are not, as where nothing was accepted, are absent.
type BaselineVerdict struct {
	Metric    string             `json:"metric"`
	Verdict   string             `json:"verdict"` // as of a check
	Message   string             `json:"message"` // from what to what, by how much, against which tolerance
	Old       *float64           `json:"old,omitempty"`
	New       *float64           `json:"new,omitempty"`
	Change    *float64           `json:"change,omitempty"`
	Allowed   *float64           `json:"allowed,omitempty"` // the tolerance in the metric's unit
	Tolerance map[string]float64 `json:"tolerance"`
	Better    string             `json:"better,omitempty"`
	Test      *baseline.Test     `json:"test,omitempty"`    // across a sweep
	More      int                `json:"more,omitempty"`    // about as many more values would decide
	Gone      []string           `json:"gone,omitempty"`    // names of accepted values that have no new one
	Added     []string           `json:"added,omitempty"`   // names of new values that have no accepted one
	Causes    []string           `json:"causes,omitempty"`  // what changed behind it since then
	OldN      int                `json:"old_n,omitempty"`   // of baseline update: how many values were accepted
	NewN      int                `json:"new_n,omitempty"`   // and how many there are
	Remarks   []string           `json:"remarks,omitempty"` // of baseline update: what beside the values is not as it was
}

// SummaryEvent ends a run or a plan.
type SummaryEvent struct {
	Type         string  `json:"type"` // "summary"
	Run          string  `json:"run,omitempty"`
	Tag          string  `json:"tag,omitempty"`
	TagFrom      string  `json:"tag_from,omitempty"` // the run that had the tag before
	Executed     int     `json:"executed"`           // for a plan: to run
	Cached       int     `json:"cached"`
	Failed       int     `json:"failed"`
	Skipped      int     `json:"skipped"`
	Unknown      int     `json:"unknown"`
	ChecksPassed int     `json:"checks_passed"`
	ChecksFailed int     `json:"checks_failed"`
	ChecksLeft   int     `json:"checks_left,omitempty"`  // not decided, since --only left out what they need
	LockDiffers  int     `json:"lock_differs,omitempty"` // tasks that are not what the lock says
	Seconds      float64 `json:"seconds"`
	Exit         int     `json:"exit"`

	Mixed    []string      `json:"mixed_files,omitempty"` // files of which tasks took different contents, since they changed meanwhile
	Estimate *PlanEstimate `json:"estimate,omitempty"`    // of a plan with something to run
}

func (PlanEvent) event()     {}
func (AheadEvent) event()    {}
func (TaskEvent) event()     {}
func (ResumeEvent) event()   {}
func (MetricEvent) event()   {}
func (ProgressEvent) event() {}
func (AsideEvent) event()    {}
func (CheckEvent) event()    {}
func (SummaryEvent) event()  {}

// Exit statuses.
const (
	ExitDone        = 0
	ExitFailed      = 1   // a task or the machine failed
	ExitInvalid     = 2   // what validate can see is wrong, or the command line is
	ExitCheck       = 3   // a check failed or has no baseline
	ExitInterrupted = 130 // Ctrl-C
)
