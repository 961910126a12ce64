package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"reprise/runner"
)

// singleDashes turns Terraform's -var and -var-file into --var and --var-file, and does
// the same for flags that would else be taken for several of one letter.
func singleDashes(args []string) []string {
	var out []string
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		name, _, _ := strings.Cut(arg, "=")
		switch name {
		case "-var", "-var-file", "-store", "-json":
			arg = "-" + arg
		}
		out = append(out, arg)
	}
	return out
}

// variableFlags adds the flags that give variables their values.
func (a *app) variableFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.given.Flags, "var", nil, "give a variable its value: `name=value` (any number of times)")
	c.Flags().StringArrayVar(&a.given.Files, "var-file", nil, "read variables' values from the file at `path` (any number of times)")
}

func (a *app) rehashFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.rehash, "rehash", false, "read all files that tasks take, also where size, times and inode say that they are the same, as they may after writes through a memory map")
}

// takes checks the number of arguments; words name them, as in "FILE ADDRESS [TABLE]".
// It makes those straight that are a FILE.
func takes(words string) cobra.PositionalArgs {
	names := strings.Fields(words)
	least, most := 0, len(names)
	for _, n := range names {
		if !strings.HasPrefix(n, "[") {
			least++
		}
		if strings.Contains(n, "...") {
			most = 1 << 20
		}
	}
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("%s needs %s: %s", c.CommandPath(), strings.Trim(names[len(args)], "."), c.UseLine())
		case len(args) > most:
			return fmt.Errorf("%s takes no argument %q: %s", c.CommandPath(), args[most], c.UseLine())
		}
		for i := range args {
			if strings.Contains(names[min(i, len(names)-1)], "FILE") {
				args[i] = straight(args[i])
			}
		}
		return nil
	}
}

// straight is a path in which no ".." comes behind a name. What is made of it, such as
// the folder of a file, is made of its text, and a name may be that of a link.
func straight(path string) string {
	named := false
	for _, word := range strings.Split(filepath.ToSlash(path), "/") {
		if word == ".." && named {
			if real, err := filepath.EvalSymlinks(path); err == nil {
				return real
			}
		}
		named = named || word != ".." && word != "." && word != ""
	}
	return path
}

// limits are the addresses that a run is limited to or told to run again.
type limits struct{ rerun, only []string }

func (l *limits) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&l.rerun, "rerun", nil, "run `address...` even where it has a result")
	c.Flags().StringArrayVar(&l.only, "only", nil, "limit to `address...` and what it needs")
}

// rest takes the words behind FILE as further addresses of the one flag that was given.
func (l *limits) rest(args []string) error {
	switch {
	case len(args) == 0:
	case len(l.rerun) > 0 && len(l.only) > 0:
		return &runner.UsageError{Message: fmt.Sprintf("say --only or --rerun before %q", args[0])}
	case len(l.rerun) > 0:
		l.rerun = append(l.rerun, args...)
	case len(l.only) > 0:
		l.only = append(l.only, args...)
	default:
		return &runner.UsageError{Message: fmt.Sprintf("one FILE is enough, and %q is another argument", args[0])}
	}
	return nil
}
