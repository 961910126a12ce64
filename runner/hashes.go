package runner

import (
	"context"
	"sync"

	"reprise/artifacts"
	"reprise/cache"
)

// hashes are the digests of files that are computed before somebody asks for them,
// several at once: one after the other, large files would keep one processor busy.
type hashes struct {
	mu    sync.Mutex
	ahead map[string]func() (artifacts.Digest, error) // by path; each is for the first who asks
	seen  map[string]seenFile                         // by absolute path
}

// seenFile is the digest of a file that has it as long as it has the identity.
type seenFile struct {
	digest artifacts.Digest
	id     cache.FileIdentity
}

// hashAhead computes digests of files, as many at once as there are workers, until
// all are there or stop is called.
func (f *Files) hashAhead(ctx context.Context, paths []string, workers int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	ahead := map[string]func() (artifacts.Digest, error){}
	work := make(chan func() (artifacts.Digest, error), len(paths))
	for _, path := range paths {
		if ahead[path] == nil {
			ahead[path] = sync.OnceValues(func() (artifacts.Digest, error) { return f.hash(ctx, path) })
			work <- ahead[path]
		}
	}
	close(work)
	f.hashes.mu.Lock()
	f.hashes.ahead = ahead
	f.hashes.mu.Unlock()
	for range min(workers, len(work)) {
		running.Go(func() {
			for digest := range work {
				if ctx.Err() == nil {
					_, _ = digest() // which is told to who asks
				}
			}
		})
	}
	return func() {
		cancel()
		running.Wait()
		f.hashes.mu.Lock()
		defer f.hashes.mu.Unlock()
		f.hashes.ahead = nil // what was not asked for was perhaps cancelled
	}
}

// awaited is the digest of a file: the one computed ahead, for the first who asks.
func (f *Files) awaited(ctx context.Context, path string) (artifacts.Digest, error) {
	f.hashes.mu.Lock()
	digest := f.hashes.ahead[path]
	delete(f.hashes.ahead, path)
	f.hashes.mu.Unlock()
	if digest == nil {
		return f.hash(ctx, path)
	}
	return digest()
}

// remembered is the digest of a file that is still what it was when it was read:
// by this process, where all files shall be.
func (f *Files) remembered(path string, id cache.FileIdentity) (artifacts.Digest, bool) {
	if seen, ok := f.lastSeen(path); ok && seen.id == id {
		return seen.digest, true
	}
	if f.Rehash {
		return artifacts.Digest{}, false
	}
	d, ok := f.Store.FileDigest(path, id)
	if ok {
		f.saw(path, seenFile{d, id})
	}
	return d, ok
}

func (f *Files) lastSeen(path string) (seen seenFile, ok bool) {
	f.hashes.mu.Lock()
	defer f.hashes.mu.Unlock()
	seen, ok = f.hashes.seen[path]
	return seen, ok
}

func (f *Files) saw(path string, seen seenFile) {
	f.hashes.mu.Lock()
	defer f.hashes.mu.Unlock()
	if f.hashes.seen == nil {
		f.hashes.seen = map[string]seenFile{}
	}
	f.hashes.seen[path] = seen
}

// identified is a file that was found to have a digest.
func (f *Files) identified(path string, d artifacts.Digest) seenFile {
	if abs, err := f.abs(path); err == nil {
		if seen, ok := f.lastSeen(abs); ok && seen.digest == d {
			return seen
		}
	}
	return seenFile{digest: d}
}

// expect has files pass for what they were found to be, as long as their identities
// are the same; not where all shall be read.
func (f *Files) expect(all takenFiles) {
	for path, seen := range all {
		if abs, err := f.abs(path); err == nil && !f.Rehash && seen.id != (cache.FileIdentity{}) {
			f.saw(abs, seen)
		}
	}
}
