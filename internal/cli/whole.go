package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"reprise/cache"
)

// writeWhole writes a file whole or not at all: under another name first, and
// under its own when it is complete and on the disk. A file that is replaced
// keeps its mode, and a link to it stays a link. What is no regular file, such as
// a pipe or a device, cannot be replaced without harm, and is written to.
func writeWhole(path string, write func(io.Writer) error) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && isStandard(info) != nil:
		return write(isStandard(info))
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case err == nil && !info.Mode().IsRegular():
		return writeThrough(path, write)
	case err == nil && cache.IsStore(path):
		return fmt.Errorf("%s is a store of results, and would be lost; choose another name", path)
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	default:
		if target, err := os.Readlink(path); err == nil {
			return fmt.Errorf("%s is a link to %s, which is not there", path, target)
		}
	}
	mode := fs.FileMode(0o666) // less what the umask takes
	if info != nil {
		mode = info.Mode().Perm()
	}
	part, err := partBeside(path, mode)
	if err != nil {
		return err
	}
	err = write(part)
	if err == nil && info != nil {
		err = part.Chmod(mode)
	}
	if err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		os.Remove(part.Name())
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// writeContent writes bytes as writeWhole does.
func writeContent(path string, content []byte) error {
	return writeWhole(path, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(content))
		return err
	})
}

// isStandard returns standard output or standard error where a path, such as
// /dev/stdout, leads to the same file; else nil. What was printed there before
// and is printed after stays in order.
func isStandard(info fs.FileInfo) *os.File {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if own, err := f.Stat(); err == nil && os.SameFile(own, info) {
			return f
		}
	}
	return nil
}

func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// partBeside makes a new file in the folder of another.
func partBeside(path string, mode fs.FileMode) (*os.File, error) {
	for i := 0; ; i++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".reprise-part-%d-%d", os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
		var fault *fs.PathError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("cannot write %s: there is no folder %s", path, filepath.Dir(path))
		case errors.As(err, &fault) && (!errors.Is(err, fs.ErrExist) || i == 100):
			return nil, fmt.Errorf("cannot write %s: %w", path, fault.Err) // of the name that people gave
		case err == nil:
			return f, nil
		}
	}
}

// syncFolder has a rename survive a power failure, where the system can do that.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return nil // it may be written and not read
	}
	_ = f.Sync() // some file systems cannot
	return f.Close()
}
