package runner

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"reprise/spec"
)

// room is what tasks take of a machine, and what a run has of it.
type room struct {
	cpus   int
	memory int64
	gpus   int
}

func (r room) plus(o room) room  { return room{r.cpus + o.cpus, r.memory + o.memory, r.gpus + o.gpus} }
func (r room) minus(o room) room { return room{r.cpus - o.cpus, r.memory - o.memory, r.gpus - o.gpus} }
func (r room) holds(o room) bool { return o.cpus <= r.cpus && o.memory <= r.memory && o.gpus <= r.gpus }

// room is what a run with these options has.
func (o Options) room() room {
	r := room{o.jobs(), o.Memory, o.GPUs}
	if r.memory == 0 {
		r.memory = machineMemory()
	}
	if r.memory == 0 { // unknown: no reason to wait
		r.memory = math.MaxInt64
	}
	return r
}

func (o Options) jobs() int {
	if o.Jobs < 1 {
		return runtime.GOMAXPROCS(0)
	}
	return o.Jobs
}

// taken is what a task takes of a run's room: one CPU where it does not say,
// and all where it asks for more.
func (r room) taken(t *spec.Task) room {
	return room{min(max(1, t.Resources.CPUs), r.cpus), t.Resources.Memory, t.Resources.GPUs}
}

// threads is how many threads a task computes with: as many as it takes CPUs, and
// where it does not say as many as there are processors. Those that run at the
// same time share them as they can; a share of its own would leave a long task
// with it when the others have ended.
func threads(t *spec.Task) int {
	if t.Resources.CPUs > 0 {
		return t.Resources.CPUs
	}
	return runtime.GOMAXPROCS(0)
}

// slots hands out the room of a run. Tasks are served in the order in which they
// come. While one waits because it does not fit, those behind it may use what
// it leaves free once it runs, and no more: so small tasks fill the gaps and a
// large one waits only for what ran before it.
type slots struct {
	all, free room
	waiting   *spec.Task // the first that did not fit
	past      room       // taken by those that started behind its back
	behind    map[*spec.Task]bool
}

func newSlots(all room) *slots {
	return &slots{all: all, free: all, behind: map[*spec.Task]bool{}}
}

// next returns the index of the task that can start now, and takes its room; -1
// where none of them can.
func (s *slots) next(queue []*spec.Task) int {
	if s.free.cpus == 0 {
		return -1
	}
	for i, t := range queue {
		need := s.all.taken(t)
		if !s.free.holds(need) {
			if i == 0 && s.waiting != t {
				s.waiting, s.past, s.behind = t, room{}, map[*spec.Task]bool{}
			}
			continue
		}
		if i > 0 {
			kept := s.all.minus(s.all.taken(s.waiting)) // queue[0] did not fit, or this would not be asked
			if !kept.minus(s.past).holds(need) {
				continue
			}
			s.past, s.behind[t] = s.past.plus(need), true
		}
		s.free = s.free.minus(need)
		return i
	}
	return -1
}

// without takes a task out of a queue, most often the first.
func without(queue []*spec.Task, i int) []*spec.Task {
	if i == 0 {
		return queue[1:]
	}
	return slices.Delete(queue, i, i+1)
}

// end gives back the room of a task.
func (s *slots) end(t *spec.Task) {
	need := s.all.taken(t)
	s.free = s.free.plus(need)
	if s.behind[t] {
		s.past = s.past.minus(need)
		delete(s.behind, t)
	}
}

// checkRoom says of a run that it cannot do all that it is asked for, before
// anything runs. Only what has no result counts, so it plans where a task does
// not fit, the whole experiment.
func (p *planner) checkRoom(ctx context.Context, o Options) error {
	all := o.room()
	if !slices.ContainsFunc(p.tasks, func(t *spec.Task) bool { return !all.holds(all.taken(t)) }) {
		return nil
	}
	if o.Part != nil {
		return &PartError{p.id}
	}
	o.Watch = nil
	steps, _, err := Plan(ctx, p.x, p.store, p.files, o)
	if err != nil {
		return err
	}
	return CheckRoom(steps, o)
}

// CheckRoom complains of tasks that are to run, or may have to, and can never
// fit into what a run with these options has.
func CheckRoom(steps []*Step, o Options) error {
	all := o.room()
	var complaints []string
	more := 0
	for _, s := range steps {
		if s.Action == ActionCached || all.holds(all.taken(s.Task)) {
			continue
		}
		if len(complaints) == mostNamed {
			more++
			continue
		}
		complaints = append(complaints, noRoom(s.Task, all))
	}
	if len(complaints) == 0 {
		return nil
	}
	switch {
	case more == 1:
		complaints = append(complaints, "and 1 more task does not fit")
	case more > 1:
		complaints = append(complaints, fmt.Sprintf("and %d more tasks do not fit", more))
	}
	return &UsageError{strings.Join(complaints, "\n")}
}

func noRoom(t *spec.Task, all room) string {
	var lacks []string
	if n := t.Resources.GPUs; n > all.gpus {
		has := fmt.Sprintf("has %d", all.gpus)
		if all.gpus == 0 {
			has = "has none"
		}
		lacks = append(lacks, fmt.Sprintf("takes %d gpu%s, and this run %s: give it --gpus %d if the machine has them, or lower gpus in the stage's resources", n, map[bool]string{false: "s"}[n == 1], has, n))
	}
	if n := t.Resources.Memory; n > all.memory {
		lacks = append(lacks, fmt.Sprintf("takes %s of memory, and this run has %s: give it more with --memory, or lower memory in the stage's resources", sizeText(n), sizeText(all.memory)))
	}
	return fmt.Sprintf("%s (%s) %s", t.Address, t.Where, strings.Join(lacks, "; it "))
}

// sizeText is a number of bytes as [spec.ParseSize] reads it.
func sizeText(n int64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if v := float64(n) / u.size; v >= 1 {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") + u.name
		}
	}
	return fmt.Sprintf("%dB", n)
}
