package runner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
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
}

// digest is the digest of a file attribute: the declared one of a dataset, that
// of the bytes of a path.
func (f *Files) digest(in spec.FileInput) (artifacts.Digest, error) {
	if in.Dataset != nil {
		return in.Dataset.SHA256, nil
	}
	return f.hash(in.Path)
}

// hash returns the digest of a file, remembered where size, times and inode are
// what they were when it was last read.
func (f *Files) hash(path string) (artifacts.Digest, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return artifacts.Digest{}, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return artifacts.Digest{}, fmt.Errorf("there is no file %s", path)
		}
		return artifacts.Digest{}, err
	}
	if !info.Mode().IsRegular() {
		return artifacts.Digest{}, fmt.Errorf("%s is no regular file", path)
	}
	id := cache.IdentityOf(info)
	if d, ok := f.Store.FileDigest(abs, id); ok {
		return d, nil
	}
	began := time.Now()
	d, err := hashFile(abs)
	if err != nil {
		return d, err
	}
	if after, err := os.Stat(abs); err == nil && cache.IdentityOf(after) == id {
		f.Store.RememberFile(abs, id, d, began)
	}
	return d, nil
}

func hashFile(path string) (d artifacts.Digest, err error) {
	r, err := os.Open(path)
	if err != nil {
		return d, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return d, fmt.Errorf("read %s: %w", path, err)
	}
	h.Sum(d[:0])
	return d, nil
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
	if _, err := os.Stat(cached); err == nil {
		if d, err := f.hash(cached); err != nil || d == set.SHA256 {
			return cached, err
		}
		// A damaged download is fetched again.
		if err := os.Remove(cached); err != nil {
			return "", err
		}
	}
	for _, folder := range f.Folders {
		path := filepath.Join(folder, set.FileName())
		if _, err := os.Stat(path); err != nil {
			continue
		}
		d, err := f.hash(path)
		if err != nil {
			return "", err
		}
		if d != set.SHA256 {
			return "", mismatch(set, path, d)
		}
		return path, nil
	}
	return cached, f.download(ctx, set, cached, progress)
}

func mismatch(set *spec.Dataset, where string, got artifacts.Digest) error {
	return fmt.Errorf("%s has the wrong content: %s has sha256 %s, and the experiment declares %s", set.Address, where, got, set.SHA256)
}

// download fetches a dataset next to where it shall lie, checks it, and moves it there.
func (f *Files) download(ctx context.Context, set *spec.Dataset, to string, progress func(done, total int64)) error {
	if err := os.MkdirAll(f.Downloads, 0o777); err != nil {
		return err
	}
	body, size, err := fetch(ctx, set.URL)
	if err != nil {
		return fmt.Errorf("%s cannot be fetched from %s: %w. Put the file %s into a folder and name it in REPRISE_DATASETS to do without", set.Address, set.URL, err, set.FileName())
	}
	defer body.Close()
	part, err := os.CreateTemp(f.Downloads, "part-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	defer part.Close()
	h := sha256.New()
	counter := &countingReader{r: body, total: size, progress: progress}
	if _, err := io.Copy(io.MultiWriter(part, h), counter); err != nil {
		return fmt.Errorf("%s: download from %s stopped: %w", set.Address, set.URL, err)
	}
	var got artifacts.Digest
	h.Sum(got[:0])
	if got != set.SHA256 {
		return mismatch(set, set.URL, got)
	}
	if err := part.Sync(); err != nil {
		return err
	}
	return os.Rename(part.Name(), to)
}

func fetch(ctx context.Context, address string) (io.ReadCloser, int64, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, 0, err
	}
	if u.Scheme == "file" {
		r, err := os.Open(u.Path)
		return r, -1, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, 0, fmt.Errorf("the server answers %s", resp.Status)
	}
	return resp.Body, resp.ContentLength, nil
}

type countingReader struct {
	r           io.Reader
	done, total int64
	progress    func(done, total int64)
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	if c.progress != nil {
		c.progress(c.done, c.total)
	}
	return n, err
}
