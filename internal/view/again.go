package view

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"reprise/cache"
	"reprise/internal/words"
	"reprise/runner"
)

// LockName is the name of an experiment's lock, or its ending.
const LockName = "lock.json"

// Again says how to get the results once more, and what made those that there are.
type Again struct {
	Commands []Advice
	Lock     string // whether the results are those of the experiment's lock
	Makers   []Maker
	Runs     []RunOf
}

// Advice is a command and what it is for.
type Advice struct{ Command, For string }

// Maker is what current results were computed with, and how many they are.
type Maker struct {
	Host, Arch, Toolchain, Version string
	Tasks                          int
}

// RunOf is a run that current results are from, and how many.
type RunOf struct {
	*cache.Run
	Tasks int
}

func (from *Source) again() (a Again, err error) {
	a.Commands = []Advice{
		{from.Command("run"), "computes what is missing, and checks"},
		{from.Command("verify", "--rebuild"), "computes all of it again, and compares the bytes"},
	}
	makers, runs := map[Maker]int{}, map[string]int{}
	for _, s := range from.Steps {
		if r := s.Result; s.Action == runner.ActionCached {
			makers[Maker{Host: r.Host, Arch: r.Arch, Toolchain: r.Toolchain, Version: r.Version}]++
			runs[r.Run]++
		}
	}
	for _, m := range slices.SortedFunc(maps.Keys(makers), compareMakers) {
		n := makers[m]
		m.Tasks = n
		a.Makers = append(a.Makers, m)
	}
	all, err := from.Store.Runs()
	if err != nil {
		return a, err
	}
	for _, r := range all {
		if runs[r.ID] > 0 {
			a.Runs = append(a.Runs, RunOf{r, runs[r.ID]})
		}
	}
	a.Lock = from.lock()
	return a, nil
}

func compareMakers(a, b Maker) int {
	return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Toolchain, b.Toolchain), cmp.Compare(a.Version, b.Version))
}

// lock says in a sentence how the results stand to the experiment's lock.
func (from *Source) lock() string {
	path := from.X.Beside(LockName)
	lock, err := runner.ReadLock(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "There is no lock; " + from.Command("lock") + " writes one."
	case err != nil:
		return err.Error() // it is part of what there is to say
	}
	now, err := runner.NewLock(from.X, from.Store, from.Steps)
	if err != nil {
		return fmt.Sprintf("%s holds %s; with what is in the store it cannot be compared: %s.", path, words.Count(len(lock.Tasks), "result"), err)
	}
	differ := 0
	for _, e := range now.Since(lock) {
		if e.Verdict == runner.LockDiffers {
			differ++
		}
	}
	if differ > 0 {
		return fmt.Sprintf("%s: %s not as it says; %s tells which.", path, areOf(differ, "task"), from.Command("run", "--locked"))
	}
	return fmt.Sprintf("The results are those of %s.", path)
}

func areOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return fmt.Sprintf("%d %ss are", n, noun)
}
