package cli

import (
	"github.com/spf13/cobra"

	"reprise/runner"
	"reprise/spec"
)

// slots are what a run may use of the machine, as flags give it.
type slots struct {
	jobs   int
	memory string
	gpus   int

	command *cobra.Command
}

func (s *slots) flags(c *cobra.Command) {
	s.command = c
	c.Flags().IntVarP(&s.jobs, "jobs", "j", 0, "CPU slots, of which a task takes one, or its cpus (default: as many as there are processors)")
	c.Flags().StringVar(&s.memory, "memory", "", "memory for tasks that say how much they take: a `size` such as 16GiB (default: the machine's)")
	c.Flags().IntVar(&s.gpus, "gpus", 0, "gpus for tasks that say how many they take")
}

// set puts them into a run's options.
func (s *slots) set(o *runner.Options) error {
	switch {
	case s.jobs < 1 && s.command.Flags().Changed("jobs"):
		return &runner.UsageError{Message: "--jobs is at least 1"}
	case s.gpus < 0:
		return &runner.UsageError{Message: "--gpus is at least 0"}
	case s.memory != "":
		memory, err := spec.ParseSize(s.memory)
		if err != nil {
			return &runner.UsageError{Message: "--memory: " + err.Error()}
		}
		o.Memory = memory
	}
	o.Jobs, o.GPUs = s.jobs, s.gpus
	return nil
}
