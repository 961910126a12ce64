package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"reprise/cache"
	"reprise/runner"
	"reprise/spec"
)

// opened is an experiment with the store that its results are in.
type opened struct {
	path  string // of the experiment, as given
	x     *spec.Experiment
	store *cache.Store
	files *runner.Files
	flags string // that advised commands repeat
}

// command is one about the experiment as it is now, with the same variables and
// store.
func (o *opened) command(name string, args ...string) string {
	words := []string{"reprise", name, quoted(o.path)}
	for _, a := range args {
		words = append(words, quoted(a))
	}
	return strings.Join(words, " ") + runner.VariableFlags(o.x.Given()) + o.flags
}

func (o *opened) close() error { return o.store.Close() }

// diagnosticsDocument is what a command writes with --json where the experiment is wrong.
type diagnosticsDocument struct {
	Type        string            `json:"type"` // "diagnostics"
	Diagnostics []spec.Diagnostic `json:"diagnostics"`
}

// load reads an experiment, and says itself what is wrong with it.
func (a *app) load(path string) (*spec.Experiment, error) {
	x, diags, err := spec.Load(path, a.given, a.kinds)
	if err != nil {
		return nil, &exitError{runner.ExitInvalid, err}
	}
	if diags.HasErrors() {
		a.ui.diagnostics(diags)
		a.annotate(diagnosticAnnotations(diags.List()))
		a.ui.object(diagnosticsDocument{"diagnostics", diags.List()})
		return nil, said(runner.ExitInvalid)
	}
	if len(x.Tasks) == 0 {
		a.ui.note("%s has no stages, so there is nothing to run; reprise init makes an experiment to begin with", path)
	}
	return x, nil
}

// open loads an experiment and opens its store for reading.
func (a *app) open(path string) (*opened, error) {
	x, err := a.load(path)
	if err != nil {
		return nil, err
	}
	return a.openStore(path, x, false)
}

// openStore opens an experiment's store; for writing it is made where there is
// none, else nothing in its folder changes.
func (a *app) openStore(path string, x *spec.Experiment, write bool) (*opened, error) {
	at, err := a.storePath()
	if err != nil {
		return nil, err
	}
	open := cache.OpenExisting
	if write {
		open = cache.Open
	}
	store, err := open(at)
	if err != nil {
		return nil, err
	}
	if write {
		ignoreInGit(filepath.Dir(at))
	}
	if write && a.rehash { // what is remembered of files may be wrong
		if err := store.DropPlans(); err != nil {
			_ = store.Close()
			return nil, err
		}
	}
	beside := besideStore(store.Path())
	files := &runner.Files{Store: store, Downloads: beside("downloads"), Scratch: beside("tasks"), Logs: beside("logs"), Rehash: a.rehash}
	for _, folder := range filepath.SplitList(os.Getenv("REPRISE_DATASETS")) {
		if folder != "" {
			files.Folders = append(files.Folders, folder)
		}
	}
	return &opened{path: path, x: x, store: store, files: files, flags: a.storeFlag()}, nil
}

// storeName is that of a store to which nobody gave another.
const storeName = "store.db"

// besideStore names the folders of a store, which are nobody else's: gc deletes in
// them what its store does not know.
func besideStore(path string) func(name string) string {
	dir, base := filepath.Split(path)
	prefix := ""
	if base != storeName {
		prefix = base + "."
	}
	return func(name string) string { return filepath.Join(dir, prefix+name) }
}

// ignoreInGit keeps a folder .reprise out of people's repositories. Where that
// fails they see it, and no more.
func ignoreInGit(dir string) {
	if _, err := os.Stat(dir); filepath.Base(dir) != ".reprise" || err != nil {
		return
	}
	f, err := os.OpenFile(filepath.Join(dir, ".gitignore"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString("*\n")
}

// storePath is where the store is, or shall be: --store, REPRISE_STORE, the
// nearest .reprise/store.db going up, .reprise/store.db at the git root, or here.
func (a *app) storePath() (string, error) {
	if a.store != "" {
		return a.store, nil
	}
	if path := os.Getenv("REPRISE_STORE"); path != "" {
		return path, nil
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	under := func(dir string) string { return filepath.Join(dir, ".reprise", storeName) }
	if dir, ok := upwards(here, under); ok {
		return under(dir), nil
	}
	if dir, ok := upwards(here, func(dir string) string { return filepath.Join(dir, ".git") }); ok {
		return under(dir), nil
	}
	return under(here), nil
}

// storeFlag is --store as it was given, with a space before it: a command that
// people are advised to give has it too.
func (a *app) storeFlag() string {
	if a.store == "" {
		return ""
	}
	return " --store " + quoted(a.store)
}

// upwards finds the nearest folder, going up, for which the path exists.
func upwards(dir string, path func(dir string) string) (found string, ok bool) {
	for {
		if _, err := os.Stat(path(dir)); err == nil {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// task finds the one task that an address names, and what a plan says of it, or
// one that only looks.
func (o *opened) task(ctx context.Context, address string, look bool) (*runner.Step, []*runner.Step, error) {
	found := o.x.Find(address)
	switch {
	case len(found) == 0:
		return nil, nil, o.noTask(address)
	case len(found) > 1:
		return nil, nil, &runner.UsageError{Message: fmt.Sprintf("%s names %d tasks; give one of them, such as %s", address, len(found), quoted(found[0].Address))}
	}
	steps, _, err := runner.Plan(ctx, o.x, o.store, o.files, runner.Options{Only: []string{found[0].Address}, Look: look})
	if err != nil {
		return nil, nil, err
	}
	for _, s := range steps {
		if s.Task == found[0] {
			return s, steps, nil
		}
	}
	return nil, nil, fmt.Errorf("the plan leaves out %s", found[0].Address)
}

// artifact finds the task of an address and opens its artifact, which must be
// that of what the experiment says now.
func (o *opened) artifact(ctx context.Context, address string) (*storedArtifact, error) {
	s, _, err := o.task(ctx, address, true)
	if err != nil {
		return nil, err
	}
	if s.Action != runner.ActionCached {
		why := "no result"
		if s.Result != nil {
			why = "no result for what the experiment says now"
		}
		return nil, fmt.Errorf("%s has %s (%s); run it first: %s", s.Task.Address, why, join(s.Reasons), o.command("run", "--only", s.Task.Address))
	}
	m, err := o.store.Manifest(s.Result.Artifact)
	if err != nil {
		return nil, damaged(err, o, s)
	}
	return &storedArtifact{o, s, m}, nil
}

// noTask says that an address names nothing.
func (o *opened) noTask(address string) error {
	return &runner.UsageError{Message: fmt.Sprintf("there is no task %s in %s.%s", address, o.path, strings.TrimSuffix(o.x.NoSuchTask(address), "."))}
}

// look plans all tasks, to see what results there are.
func (o *opened) look(ctx context.Context) ([]*runner.Step, error) {
	steps, _, err := runner.Plan(ctx, o.x, o.store, o.files, runner.Options{Look: true})
	return steps, err
}
