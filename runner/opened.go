package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// errChanged is for a file that is not what the key says: the task is not at fault.
var errChanged = errors.New("run again")

// opened are the files that an attempt may read.
type opened struct {
	files *Files

	mu  sync.Mutex // protects done: a method may read at once, and a checkpoint be kept meanwhile
	all []openedFile
}

// openedFile is one of them.
type openedFile struct {
	attribute string
	path      string
	digest    artifacts.Digest   // that the task's key has
	was       cache.FileIdentity // when the attempt began
	done      bool               // the method has read it
}

// note says that a file may be read from now on. The attempt has not begun yet.
func (o *opened) note(in spec.FileInput, path string, digest artifacts.Digest) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	o.all = append(o.all, openedFile{in.Attribute, path, digest, cache.IdentityOf(info), false})
	return nil
}

// open opens a file for the method: the very one that is looked at, before and after,
// though the path, or a link in it, may lead elsewhere for a moment.
func (o *opened) open(path string) (*os.File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := r.Stat()
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil && !slices.ContainsFunc(o.all, func(f openedFile) bool { return f.path == path && f.was == cache.IdentityOf(info) }) {
		err = fmt.Errorf("%s changed while the task ran; %w", path, errChanged)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// unchanged complains of a file that is not what the key says any more, and that the
// method may still be reading: what was computed from it would be a false result.
func (o *opened) unchanged(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range o.all {
		if f.done {
			continue
		}
		if err := o.look(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// doneReading complains of files of an attribute that are not what the key says. Of the
// others whatever comes to pass does not matter, unless they are read again.
func (o *opened) doneReading(ctx context.Context, attribute string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, f := range o.all {
		if f.attribute != attribute {
			continue
		}
		if err := o.look(ctx, f); err != nil {
			return err
		}
		o.all[i].done = true
	}
	return nil
}

func (o *opened) look(ctx context.Context, f openedFile) error {
	now, err := o.files.look(ctx, f.path)
	switch {
	case err != nil:
		return err
	case now.digest != f.digest:
		return fmt.Errorf("%s changed while the task ran; %w", f.path, errChanged)
	case now.id != f.was: // where it has the content again that it had, the task may have read another
		return fmt.Errorf("%s was written while the task ran, if with what it had before, or its permissions changed: what the task read cannot be told; %w", f.path, errChanged)
	}
	return nil
}
