package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reprise/cache"
	"reprise/spec"
)

// complete tells shells how to complete the arguments and flags of all commands
// below c, by the words of their usage. What goes wrong on the way gives no
// completions, and no message: nobody has asked yet.
func (a *app) complete(c *cobra.Command) {
	for _, sub := range c.Commands() {
		a.complete(sub)
	}
	if c.ValidArgsFunction == nil && !c.HasSubCommands() {
		c.ValidArgsFunction = a.arguments
	}
	for flag, complete := range map[string]cobra.CompletionFunc{"only": a.addresses, "rerun": a.addresses, "var": a.variables} {
		if c.Flags().Lookup(flag) != nil {
			c.RegisterFlagCompletionFunc(flag, complete)
		}
	}
}

const noFiles = cobra.ShellCompDirectiveNoFileComp

// arguments completes an argument by the word that stands for it in the usage.
func (a *app) arguments(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	word := ""
	words := strings.Fields(c.Use)[1:]
	switch n := len(words); {
	case len(args) < n:
		word = words[len(args)]
	case n > 0 && strings.Contains(words[n-1], "..."):
		word = words[n-1]
	case c.Flags().Lookup("only") != nil:
		word = "ADDRESS" // of --only or --rerun, which take several
	}
	switch strings.Trim(word, "[].") {
	case "FILE":
		return []string{"hcl", "json"}, cobra.ShellCompDirectiveFilterFileExt
	case "DIR":
		return nil, cobra.ShellCompDirectiveFilterDirs
	case "ADDRESS":
		return a.addresses(c, args, typed)
	case "TABLE":
		return a.contents(args)
	case "RUN":
		return a.runIDs()
	case "PATH":
		return nil, cobra.ShellCompDirectiveDefault
	}
	return nil, noFiles
}

// experiment loads that of the first argument; nil where there is none, or it is
// not valid.
func (a *app) experiment(args []string) *spec.Experiment {
	if len(args) == 0 {
		return nil
	}
	x, diags, err := spec.Load(args[0], a.given, a.kinds)
	if err != nil || diags.HasErrors() {
		return nil
	}
	return x
}

// addresses are those of stages, and of the tasks of a stage whose name is typed.
func (a *app) addresses(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	x := a.experiment(args)
	if x == nil {
		return nil, noFiles
	}
	// Both forms are addresses, and one without quotes is easier on a shell.
	bare := strings.Contains(typed, "[") && !strings.Contains(typed, `"`)
	short := !strings.HasPrefix("stage.", typed) && !strings.HasPrefix(typed, "stage.") && !strings.HasPrefix(typed, "module.")
	var found []string
	seen := map[string]bool{}
	offer := func(address, what string) {
		if short {
			address = strings.TrimPrefix(address, "stage.")
		}
		if bare {
			address = strings.ReplaceAll(address, `"`, "")
		}
		if !seen[address] && strings.HasPrefix(address, typed) {
			seen[address] = true
			if !strings.Contains(typed, "[") { // bash matches brackets that it need not escape only without descriptions
				address = cobra.CompletionWithDesc(address, what)
			}
			found = append(found, address)
		}
	}
	for _, t := range x.Tasks {
		what := t.Kind.Name
		if t.Description != "" {
			what = t.Description
		}
		offer(t.StageAddress(), what)
		if strings.Contains(typed, "[") || len(x.Tasks) <= manyTasks {
			offer(t.Address, what)
		}
	}
	return found, noFiles
}

// contents are the tables and files that the task of the second argument gives.
func (a *app) contents(args []string) ([]string, cobra.ShellCompDirective) {
	x := a.experiment(args)
	if x == nil || len(args) < 2 {
		return nil, noFiles
	}
	var names []string
	if tasks := x.Find(args[1]); len(tasks) > 0 {
		for _, g := range append(tasks[0].Gives.Tables, tasks[0].Gives.Files...) {
			names = append(names, cobra.CompletionWithDesc(g.Name, firstSentence(g.Doc)))
		}
	}
	return names, noFiles
}

// variables are the names of the experiment's variables, ready for a value.
func (a *app) variables(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	a.given.Flags = nil // among them is the one that is being typed
	x := a.experiment(args)
	if x == nil || strings.Contains(typed, "=") {
		return nil, noFiles
	}
	var names []string
	described := x.Descriptions()
	for _, name := range slices.Sorted(maps.Keys(described)) {
		names = append(names, cobra.CompletionWithDesc(name+"=", firstSentence(described[name])))
	}
	return names, noFiles | cobra.ShellCompDirectiveNoSpace
}

// runIDs are the recorded runs, newest first, and the tags that people gave them.
func (a *app) runIDs() ([]string, cobra.ShellCompDirective) {
	at, err := a.storePath()
	if err != nil {
		return nil, noFiles
	}
	store, err := cache.OpenExisting(at)
	if err != nil {
		return nil, noFiles
	}
	defer store.Close()
	runs, err := store.Runs()
	if err != nil {
		return nil, noFiles
	}
	var ids []string
	for _, r := range runs {
		what := r.Experiment + ", " + r.Started.Local().Format("2006-01-02 15:04")
		if r.Tag != "" {
			ids = append(ids, cobra.CompletionWithDesc(r.Tag, what))
		}
		ids = append(ids, cobra.CompletionWithDesc(r.ID, what))
	}
	return ids, noFiles | cobra.ShellCompDirectiveKeepOrder
}
