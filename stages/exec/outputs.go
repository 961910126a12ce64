package exec

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"reprise/artifacts"
	"reprise/spec"
)

// Limits of what a program hands over in tables and metrics, which are made in
// memory; files are as large as the disk lets them be.
const (
	outputBytes  = 1 << 30
	allBytes     = 2 << 30
	metricsBytes = 16 << 20
	inMemory     = 1 << 20 // smaller files
)

// collect reads the outputs into an artifact. It tells of all that are missing
// at once.
func (e *Exec) collect(ctx context.Context, f *folder, written []string, env *spec.Env) (*artifacts.Artifact, error) {
	work, err := os.OpenRoot(f.work) // no link leads out of it
	if err != nil {
		return nil, err
	}
	defer work.Close()
	var faults []error
	c := &collection{Exec: e, env: env, left: allBytes, files: map[string]artifacts.Content{}}
	for _, o := range e.outputs() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := c.add(work, o)
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("it was not written; the program wrote: " + orNothing(written))
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("output %s (%s): %w", o.name, o.path, err))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return c.artifact(), nil
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return some(names)
}

// collection is what a program gave, as far as it is read.
type collection struct {
	*Exec
	env  *spec.Env
	left int64 // bytes that may still come

	tables  []*artifacts.Table
	metrics map[string]float64
	files   map[string]artifacts.Content
}

func (c *collection) artifact() *artifacts.Artifact {
	a := artifacts.New(c.tables...)
	for name, content := range c.files {
		a.SetFileContent(name, content)
	}
	for name, value := range c.metrics {
		a.SetMetric(name, value)
	}
	return a
}

func (c *collection) add(work *os.Root, o output) error {
	if o.format() == "" && !o.isMetrics() {
		content, err := contentOf(work, filepath.FromSlash(o.path))
		c.files[o.file()] = content
		return err
	}
	limit := min(c.left, outputBytes)
	if o.isMetrics() {
		limit = min(limit, metricsBytes)
	}
	content, err := readRegular(work, filepath.FromSlash(o.path), limit)
	if err != nil {
		return err
	}
	c.left -= int64(len(content))
	if o.isMetrics() {
		return c.addMetrics(content)
	}
	return c.addTable(o, content)
}

// openRegular opens a file that a program wrote, which may be anything.
func openRegular(work *os.Root, path string) (file *os.File, size int64, err error) {
	file, err = work.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not make it wait
	if err != nil {
		return nil, 0, unopened(work, path, bare(err))
	}
	info, err := file.Stat()
	if err == nil {
		err = regular(info.Mode())
	}
	if err != nil {
		file.Close()
		return nil, 0, bare(err)
	}
	return file, info.Size(), nil
}

// regular says of anything but a regular file what it is.
func regular(mode fs.FileMode) error {
	var what string
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("it is a folder, and an output is a file: name a file in it, or have the program pack it into one (tar)")
	case mode&fs.ModeNamedPipe != 0:
		what = "pipe"
	case mode&fs.ModeSocket != 0:
		what = "socket"
	default:
		what = "device"
	}
	return fmt.Errorf("it is a %s, and an output is a regular file: have the program write one", what)
}

// unopened says in people's terms why a path could not be opened: what the system
// refuses has a number, what os.Root does, a path that leads out, has none.
func unopened(work *os.Root, path string, err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		if info, fault := work.Stat(path); fault == nil {
			return cmp.Or(regular(info.Mode()), err)
		}
		return err
	}
	for at := path; at != "."; at = filepath.Dir(at) {
		if to, fault := work.Readlink(at); fault == nil {
			return fmt.Errorf("%s is a link to %s, which leads out of the folder: have the program write the file itself (cp -L), or a relative link within the folder", at, to)
		}
	}
	return err
}

// readRegular reads such a file.
func readRegular(work *os.Root, path string, limit int64) ([]byte, error) {
	file, size, err := openRegular(work, path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if size > limit {
		return nil, fmt.Errorf("it is larger than the %d MiB that are left for it", limit>>20)
	}
	return readSize(file, size)
}

// readSize reads what a file has, as far as it had it when it was opened.
func readSize(file *os.File, size int64) ([]byte, error) {
	b := make([]byte, size)
	n, err := io.ReadFull(file, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF { // it is shorter now
		err = nil
	}
	return b[:n], err
}

// contentOf is what is in such a file. A large one stays open, and its bytes there
// when the folder is gone, until nobody refers to it.
func contentOf(work *os.Root, path string) (artifacts.Content, error) {
	file, size, err := openRegular(work, path)
	if err != nil {
		return nil, err
	}
	if size > inMemory {
		return io.NewSectionReader(file, 0, size), nil
	}
	defer file.Close()
	b, err := readSize(file, size)
	return bytes.NewReader(b), err
}

func (c *collection) addTable(o output, content []byte) error {
	t, err := artifacts.Import(o.name, o.format(), content)
	if err != nil {
		return err
	}
	c.tables = append(c.tables, t)
	if rows := c.Rows[o.name]; rows != "" {
		if err := t.NameRows(rows); err != nil {
			return fmt.Errorf("rows declares what a row of the table is, and %w", err)
		}
	}
	var has []string
	for _, column := range t.Columns {
		has = append(has, column.Name)
	}
	for _, declared := range c.Tables[o.name] {
		column, dims := declaredColumn(declared)
		switch {
		case t.Has(declared): // whatever brackets mean, it is there
		case len(dims) > 0:
			if err := t.NameCell(column, dims...); err != nil {
				return fmt.Errorf("tables declares %s of the table, and %w", declared, err)
			}
		default:
			return fmt.Errorf("the table has no column %s, which tables declares; it has %s", column, orNothing(has))
		}
	}
	return nil
}

func (c *collection) addMetrics(content []byte) error {
	all, err := readMetrics(content)
	if c.metrics = all; err != nil || c.Metrics == nil {
		return err
	}
	var others []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(*c.Metrics, name) {
			others = append(others, name)
			delete(all, name)
		}
	}
	for _, name := range *c.Metrics {
		if _, ok := all[name]; !ok {
			return fmt.Errorf("it has no metric %s, which metrics promises; beside what is promised it has %s", name, orNothing(others))
		}
	}
	if len(others) > 0 {
		c.env.Logf("metrics that are not kept, for the stage's metrics does not name them: %s", some(others))
	}
	return nil
}
