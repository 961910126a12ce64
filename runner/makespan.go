package runner

import (
	"container/heap"

	"reprise/spec"
)

// makespan is how long a run takes whose tasks take so long: it starts them as
// a run does. Tasks without a time, and those that do not fit, take none.
func makespan(steps []*Step, all room, seconds map[*spec.Task]float64) float64 {
	m := &schedule{slots: newSlots(all), seconds: seconds, unmet: map[*spec.Task]int{}, next: map[*spec.Task][]*spec.Task{}}
	in := map[*spec.Task]bool{}
	for _, s := range steps {
		in[s.Task] = true
	}
	var ready []*spec.Task
	for _, s := range steps {
		for _, n := range s.Task.Needs {
			if in[n] {
				m.unmet[s.Task]++
				m.next[n] = append(m.next[n], s.Task)
			}
		}
		if m.unmet[s.Task] == 0 {
			ready = append(ready, s.Task)
		}
	}
	for _, t := range ready {
		m.ready(t)
	}
	for {
		for i := m.slots.next(m.queue); i >= 0; i = m.slots.next(m.queue) {
			t := m.queue[i]
			m.queue = without(m.queue, i)
			heap.Push(&m.running, runningTask{t, m.now + seconds[t]})
		}
		if len(m.running) == 0 {
			return m.now
		}
		ended := heap.Pop(&m.running).(runningTask)
		m.now = ended.at
		m.slots.end(ended.task)
		m.over(ended.task)
	}
}

// schedule is a run that is thought through.
type schedule struct {
	now     float64
	slots   *slots
	seconds map[*spec.Task]float64
	queue   []*spec.Task
	running runningTasks
	unmet   map[*spec.Task]int
	next    map[*spec.Task][]*spec.Task
}

// ready queues a task whose needs are over, or passes over one that takes no time.
func (m *schedule) ready(t *spec.Task) {
	if m.seconds[t] == 0 || !m.slots.all.holds(m.slots.all.taken(t)) {
		m.over(t)
		return
	}
	m.queue = append(m.queue, t)
}

func (m *schedule) over(t *spec.Task) {
	for _, n := range m.next[t] {
		if m.unmet[n]--; m.unmet[n] == 0 {
			m.ready(n)
		}
	}
}

// runningTask is a task and when it ends.
type runningTask struct {
	task *spec.Task
	at   float64
}

// runningTasks is a heap, what ends first on top.
type runningTasks []runningTask

func (h runningTasks) Len() int           { return len(h) }
func (h runningTasks) Less(i, j int) bool { return h[i].at < h[j].at }
func (h runningTasks) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds a task.
func (h *runningTasks) Push(x any) { *h = append(*h, x.(runningTask)) }

// Pop takes out the last.
func (h *runningTasks) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
