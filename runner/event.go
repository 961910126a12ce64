package runner

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

// CheckEvent is the verdict of a check.
type CheckEvent struct {
	Type    string `json:"type"` // "check"
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	Message string `json:"message"`
}

// SummaryEvent ends a run or a plan.
type SummaryEvent struct {
	Type         string  `json:"type"` // "summary"
	Run          string  `json:"run,omitempty"`
	Executed     int     `json:"executed"` // for a plan: to run
	Cached       int     `json:"cached"`
	Failed       int     `json:"failed"`
	Skipped      int     `json:"skipped"`
	Unknown      int     `json:"unknown"`
	ChecksPassed int     `json:"checks_passed"`
	ChecksFailed int     `json:"checks_failed"`
	Seconds      float64 `json:"seconds"`
	Exit         int     `json:"exit"`
}

func (PlanEvent) event()     {}
func (TaskEvent) event()     {}
func (MetricEvent) event()   {}
func (ProgressEvent) event() {}
func (CheckEvent) event()    {}
func (SummaryEvent) event()  {}

// Exit statuses.
const (
	ExitDone        = 0
	ExitFailed      = 1   // a task or the machine failed
	ExitInvalid     = 2   // what validate can see is wrong, or the command line is
	ExitCheck       = 3   // a check failed
	ExitInterrupted = 130 // Ctrl-C
)
