package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	bolt "go.etcd.io/bbolt"
)

// Store is the file of results and artifacts. It is safe for concurrent use by
// goroutines, and the file for concurrent use by processes of one machine.
type Store struct {
	path     string
	readOnly bool
	owner    [16]byte     // whose pending chunks are ours
	alive    *flock.Flock // held while we live, so that nobody sweeps them

	usedMu sync.Mutex // protects what follows; see live.go
	uses   *os.File
	used   map[Key]bool

	spareMu   sync.Mutex // protects what follows; see claim.go
	spare     []*flock.Flock
	ownerless bool

	mu      sync.Mutex // protects what follows; see spell.go
	changed *sync.Cond // a spell began, ended or lost a user
	spell   *spell
	opening bool
	looked  depth // so much of its pages was looked at; see look.go
	yield   bool  // we let go for another; it goes first
	closed  bool
	missing error     // what was said when there was no file to read, which a plan of 100,000 tasks asks for as often
	missed  time.Time // when

	watchers sync.WaitGroup

	hurry   sync.Once // see Hurry
	hurried chan struct{}

	queueMu  sync.Mutex // protects what follows; see queue.go
	queue    []*job
	draining bool

	stampMu sync.Mutex // protects what follows; see stamp.go
	stamp   Stamp      // the store's since Stand, as long as nobody else changes it

	warmMu  sync.Mutex // protects what follows; see warm.go
	warm    map[Key]*Result
	changes map[Key]bool // keys whose results this process has changed
	cold    bool

	filesMu    sync.Mutex // protects what follows; see files.go
	files      map[string][]byte
	filesTimer *time.Timer
}

// Open opens the store at path for reading and writing, and makes it and its
// folder where they are missing.
func Open(path string) (*Store, error) {
	s, err := newStore(path)
	if err != nil {
		return nil, err
	}
	if err := s.prepareFolder(); err != nil {
		s.Close()
		return nil, err
	}
	if err := s.prepareFile(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// OpenExisting opens the store at path for reading. Where there is none it
// reads as empty, and is not made; nothing that is called on it changes it.
func OpenExisting(path string) (*Store, error) {
	s, err := newStore(path)
	if err != nil {
		return nil, err
	}
	s.readOnly = true
	err = s.view(func(*bolt.Tx) error { return nil })
	if err != nil && !errors.Is(err, ErrMissing) {
		s.Close()
		return nil, err
	}
	return s, nil
}

func newStore(path string) (*Store, error) {
	full, err := absolute(path)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	if err := refuseNetwork(full); err != nil {
		return nil, err
	}
	s := &Store{path: resolve(full)}
	if info, err := os.Stat(s.path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("store %s is a folder, where a file is expected; %s", s.path, elsewhere)
	}
	if err := begunByBolt(s.path); err != nil {
		return nil, err
	}
	s.changed, s.hurried = sync.NewCond(&s.mu), make(chan struct{})
	if _, err := rand.Read(s.owner[:]); err != nil {
		return nil, err
	}
	return s, nil
}

// absolute is filepath.Abs from the folder that the process is in as the kernel has it:
// ".." may lead elsewhere from the name that the shell has of it.
func absolute(path string) (string, error) {
	if filepath.IsAbs(path) {
		return filepath.Clean(path), nil
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	here, err = filepath.EvalSymlinks(here)
	return filepath.Join(here, path), err
}

// resolve follows links, so that all names of one file share one lock.
func resolve(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	dir, name := filepath.Split(path)
	if p, err := filepath.EvalSymlinks(dir); err == nil {
		return filepath.Join(p, name)
	}
	return path
}

// refuseNetwork looks at the file system of path, or of the nearest folder above that exists.
func refuseNetwork(path string) error {
	at := path
	for {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	if name := networkFileSystem(at); name != "" {
		return fmt.Errorf("store %s lies on a network file system (%s), where it would not be safe: keep it on a local disk with --store or REPRISE_STORE", path, name)
	}
	return nil
}

// prepareFolder makes the folders and shows that we may write there.
func (s *Store) prepareFolder() error {
	if err := makeFolder(filepath.Dir(s.path)); err != nil {
		return fmt.Errorf("cannot make the folder of store %s: %w; %s", s.path, err, elsewhere)
	}
	s.path = resolve(s.path)
	err := os.Mkdir(s.claimsFolder(), 0o777)
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = s.becomeOwner()
	}
	if err != nil {
		return s.cannotWrite(err)
	}
	return nil
}

// makeFolder makes a folder and those above it, so that they outlast a power cut.
func makeFolder(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
		return err
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncPath(filepath.Dir(path))
}

// prepareFile makes the file where it is missing, else looks whether we can
// read and write it, and sweeps what crashed processes left.
func (s *Store) prepareFile() error {
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return s.update(func(*bolt.Tx) error { return nil })
	}
	if err != nil {
		return s.cannotWrite(err)
	}
	f.Close()
	return s.sweep()
}

// create makes an empty store, whole or not at all. The caller holds the gate.
func (s *Store) create() error {
	fresh := s.path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.cannotWrite(err)
	}
	db, err := bolt.Open(fresh, 0o666, &bolt.Options{FreelistType: bolt.FreelistMapType, Timeout: lockTimeout})
	if err != nil {
		return s.cannotWrite(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return putRecord(tx, metaBucket, formatKey, fmt.Appendf(nil, "%d", Format))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return s.cannotWrite(err)
	}
	if err := os.Rename(fresh, s.path); err != nil {
		return s.cannotWrite(err)
	}
	if err := syncPath(filepath.Dir(s.path)); err != nil {
		return s.cannotWrite(err)
	}
	return nil
}

func syncPath(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Path returns the path of the store's file.
func (s *Store) Path() string { return s.path }

// Close writes what waits to be written and lets go of the file. A second call
// does nothing.
func (s *Store) Close() error {
	s.flushFiles()
	if !s.close() {
		return nil
	}
	s.watchers.Wait()
	s.dropOwner()
	return nil
}

// close ends the last spell; it tells whether the store was open.
func (s *Store) close() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.closed = true
	s.awaitNoSpell()
	s.changed.Broadcast()
	return true
}

func (s *Store) claimsFolder() string { return s.path + ".claims" }

// newLock names a lock file, made when it is locked.
func newLock(path string) *flock.Flock { return flock.New(path, flock.SetPermissions(0o666)) }

// lockFile takes the kernel's lock on a file and waits for it until ctx ends.
// Whoever crashes lets go at once.
func lockFile(ctx context.Context, path string, shared bool) (*flock.Flock, error) {
	l := newLock(path)
	try, wait := l.TryLock, l.Lock
	if shared {
		try, wait = l.TryRLock, l.RLock
	}
	if ok, err := try(); ok || err != nil {
		return l, err
	}
	if err := ctx.Err(); err != nil { // to wait opens the file once more, and makes it where its holder removed it: a claim of nobody
		return nil, err
	}
	got := make(chan error, 1)
	go func() {
		err := wait()
		for isInterrupted(err) {
			err = wait()
		}
		got <- err
	}()
	select {
	case err := <-got:
		return l, err
	case <-ctx.Done():
		// The kernel cannot be told to stop waiting: what it gives later is given back.
		go func() {
			if <-got == nil {
				l.Unlock()
			}
		}()
		return nil, ctx.Err()
	}
}
