package runner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// Files finds datasets and remembers digests of files.
type Files struct {
	Store     *cache.Store
	Downloads string   // the folder of downloaded datasets, named by digest
	Folders   []string // where datasets may lie under their file names (REPRISE_DATASETS)
	Scratch   string   // the folder for tasks' private folders
	Logs      string   // the folder of the runs' structured logs
	Rehash    bool     // all files are read, whatever is remembered of them

	limits fetchLimits // of downloads; zero: defaultLimits
	probes probes
	hashes hashes

	hereOnce sync.Once // protects what follows: the folder in which reprise runs
	here     string
	hereErr  error
}

// abs names a file to remember it by. The folder in which reprise runs is without links
// in it, as the kernel has it: ".." may lead elsewhere from the name that the shell has.
func (f *Files) abs(path string) (string, error) {
	if filepath.IsAbs(path) {
		return filepath.Clean(path), nil
	}
	f.hereOnce.Do(func() {
		if f.here, f.hereErr = os.Getwd(); f.hereErr == nil {
			f.here, f.hereErr = filepath.EvalSymlinks(f.here)
		}
	})
	return filepath.Join(f.here, path), f.hereErr
}

// digest is the digest of a file attribute: the declared one of a dataset, that
// of the bytes of a path.
func (f *Files) digest(ctx context.Context, in spec.FileInput) (artifacts.Digest, error) {
	if in.Dataset != nil {
		return in.Dataset.SHA256, nil
	}
	return f.awaited(ctx, in.Path)
}

// hash returns the digest of a file, as look has it.
func (f *Files) hash(ctx context.Context, path string) (artifacts.Digest, error) {
	seen, err := f.look(ctx, path)
	return seen.digest, err
}

// look returns what a file is: as remembered where size, times and inode are what they
// were when it was last read.
func (f *Files) look(ctx context.Context, path string) (seen seenFile, err error) {
	abs, err := f.abs(path)
	if err != nil {
		return seen, err
	}
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return seen, fmt.Errorf("there is no file %s", path)
		}
		return seen, err
	}
	if !info.Mode().IsRegular() {
		return seen, fmt.Errorf("%s is no regular file", path)
	}
	seen.id = cache.IdentityOf(info)
	if d, ok := f.remembered(abs, seen.id); ok {
		seen.digest = d
		return seen, nil
	}
	began := time.Now()
	seen, err = hashFile(ctx, path)
	if err == nil && seen.id.Settled(began) {
		f.Store.RememberFile(abs, seen.id, seen.digest, began)
		f.saw(abs, seen)
	}
	return seen, err
}

const hashBuffer = 256 << 10 // bytes; many a file is smaller

// hashFile reads a file. The identity is that of the very file that it reads, whatever
// the path leads to before and after; zero where that was written meanwhile.
func hashFile(ctx context.Context, path string) (seen seenFile, err error) {
	r, err := os.Open(path)
	if err != nil {
		return seen, err
	}
	defer r.Close()
	before, err := r.Stat()
	if err != nil {
		return seen, err
	}
	h := sha256.New()
	if _, err := io.CopyBuffer(h, &watchedReader{ctx: ctx, r: r}, make([]byte, min(before.Size()+512, hashBuffer))); err != nil {
		return seen, fmt.Errorf("read %s: %w", path, err)
	}
	h.Sum(seen.digest[:0])
	if after, err := r.Stat(); err == nil && cache.IdentityOf(after) == cache.IdentityOf(before) {
		seen.id = cache.IdentityOf(after)
	}
	return seen, nil
}

// open finds the bytes of a file attribute and returns how to read them: the
// path given, or a dataset's from the download cache, a folder of
// REPRISE_DATASETS, or its address, in this order.
func (f *Files) open(ctx context.Context, in spec.FileInput, progress func(done, total int64)) (string, error) {
	if in.Dataset == nil {
		return in.Path, nil
	}
	set := in.Dataset
	cached := filepath.Join(f.Downloads, set.SHA256.String())
	if ok, err := f.downloaded(ctx, set, cached); ok || err != nil {
		return cached, err
	}
	for _, folder := range f.Folders {
		path := filepath.Join(folder, set.FileName())
		if _, err := os.Stat(path); err != nil {
			continue
		}
		d, err := f.hash(ctx, path)
		if err != nil {
			return "", err
		}
		if d != set.SHA256 {
			return "", mismatch(set, path, d)
		}
		return path, nil
	}
	// Tasks and runs that need the same dataset fetch it once.
	release, err := f.Store.Claim(ctx, cache.KeyOf("dataset "+set.SHA256.String()))
	if err != nil {
		return "", err
	}
	defer release()
	if ok, err := f.downloaded(ctx, set, cached); ok || err != nil {
		return cached, err
	}
	return cached, f.download(ctx, set, cached, progress)
}

// downloaded tells whether a dataset is in the download cache. A damaged one is
// removed, so that it is fetched again.
func (f *Files) downloaded(ctx context.Context, set *spec.Dataset, cached string) (bool, error) {
	if _, err := os.Stat(cached); err != nil {
		return false, nil
	}
	d, err := f.hash(ctx, cached)
	if err != nil || d == set.SHA256 {
		return err == nil, err
	}
	return false, os.Remove(cached)
}

func mismatch(set *spec.Dataset, where string, got artifacts.Digest) error {
	return fmt.Errorf("%s has the wrong content: %s has sha256 %s, and the experiment declares %s", set.Address, where, got, set.SHA256)
}

// watchedReader tells how far it is, where somebody listens, and ends with ctx.
type watchedReader struct {
	ctx         context.Context
	r           io.Reader
	done, total int64
	progress    func(done, total int64)
}

func (w *watchedReader) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	w.done += int64(n)
	if w.progress != nil {
		w.progress(w.done, w.total)
	}
	return n, err
}
