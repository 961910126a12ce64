package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gofrs/flock"
	bolt "go.etcd.io/bbolt"
)

// bbolt lets one process at a time have its file open for writing. So the file
// is opened in short spells. Three locks of the kernel make processes take turns:
//
//	store.db.lock     the gate: held shared by a spell that reads, exclusively by one that writes
//	store.db.waiting  held shared by whoever waits at the gate; who is inside looks every poll whether it is free
//	store.db          bbolt's own, against programs that do not know the gate
const (
	poll        = 10 * time.Millisecond
	idle        = 200 * time.Millisecond // a spell that nobody used for so long ends by itself
	yieldTime   = 100 * time.Millisecond // how long we stand back for whom we let in
	gateTimeout = 2 * time.Minute
	lockTimeout = 5 * time.Second // for bbolt's own lock, with the gate in hand
)

// spell is one opening of the file. Its fields are protected by Store.mu.
type spell struct {
	db       *bolt.DB
	file     *os.File
	gate     *flock.Flock // nil where the folder cannot be written
	writable bool
	users    int
	used     time.Time // when the last user left
	retiring bool      // no new users; ends with the last
	broken   bool      // bbolt panicked: its locks may be held for ever
	over     chan struct{} // closed at the end
}

// view runs fn in a read transaction. Slices of the transaction end with it.
// It returns ErrMissing where there is no file and none is to be made.
func (s *Store) view(fn func(tx *bolt.Tx) error) error {
	return s.with(false, func(sp *spell) error { return sp.db.View(fn) })
}

// update runs fn in a write transaction of its own, durable when it returns.
func (s *Store) update(fn func(tx *bolt.Tx) error) error {
	if s.readOnly {
		return fmt.Errorf("%s: %w", s.path, ErrReadOnly)
	}
	return s.with(true, func(sp *spell) error {
		var fnErr error
		err := sp.db.Update(func(tx *bolt.Tx) error {
			fnErr = fn(tx)
			return fnErr
		})
		if err != nil && fnErr == nil { // such as a full disk: start from what is on it
			s.mu.Lock()
			sp.retiring = true
			s.mu.Unlock()
			return fmt.Errorf("write store %s: %w", s.path, err)
		}
		return err
	})
}

// with runs fn in a spell. A panic in fn, which a damaged file causes in bbolt,
// becomes ErrCorrupt, and so does a fault of memory where a mapped file ends
// before its time.
func (s *Store) with(write bool, fn func(*spell) error) error {
	sp, err := s.enter(write)
	if err != nil {
		return err
	}
	defer s.leave(sp)
	err = s.guard(func() error { return fn(sp) }, func() {
		s.mu.Lock()
		sp.broken, sp.retiring = true, true
		s.mu.Unlock()
	})
	if errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("store %s: %w", s.path, err)
	}
	return err
}

func (s *Store) guard(fn func() error, panicked func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			panicked()
			err = fmt.Errorf("%w: its structure (%v); move the file away and run again, or bring it back from a copy", ErrCorrupt, p)
		}
	}()
	return fn()
}

// enter joins the present spell or begins one.
func (s *Store) enter(write bool) (*spell, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.closed {
			return nil, fmt.Errorf("store %s is closed", s.path)
		}
		sp := s.spell
		switch {
		case sp == nil && !s.opening:
			return s.begin(write)
		case sp != nil && !sp.retiring && (sp.writable || !write):
			sp.users++
			return sp, nil
		case sp != nil: // it only reads, or it is about to end
			sp.retiring = true
			if sp.users == 0 {
				s.end(sp)
				continue
			}
		}
		s.changed.Wait()
	}
}

func (s *Store) begin(write bool) (*spell, error) {
	s.opening = true
	yield := s.yield
	s.yield = false
	s.mu.Unlock()
	if yield {
		s.standBack()
	}
	sp, err := s.openFile(write)
	s.mu.Lock()
	s.opening = false
	s.changed.Broadcast()
	if err != nil {
		return nil, err
	}
	sp.users = 1
	s.spell = sp
	s.watchers.Go(func() { s.watch(sp) })
	return sp, nil
}

func (s *Store) leave(sp *spell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp.users--
	sp.used = time.Now()
	if sp.users == 0 && sp.retiring {
		s.end(sp)
	}
	s.changed.Broadcast()
}

// end closes the file and opens the gate. The caller holds s.mu; sp has no users.
func (s *Store) end(sp *spell) {
	if sp.broken {
		sp.file.Close()
	} else {
		sp.db.Close()
	}
	if sp.gate != nil {
		sp.gate.Unlock()
	}
	close(sp.over)
	s.spell = nil
	s.changed.Broadcast()
}

// watch ends a spell when another process waits or nobody here uses it.
func (s *Store) watch(sp *spell) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		select {
		case <-sp.over:
			return
		case <-tick.C:
		}
		waiting := s.someoneWaits()
		s.mu.Lock()
		if waiting && s.spell == sp {
			sp.retiring, s.yield = true, true
		}
		if s.spell == sp && sp.users == 0 && (sp.retiring || time.Since(sp.used) > idle) {
			s.end(sp)
		}
		s.mu.Unlock()
	}
}

func (s *Store) waitingFile() string { return s.path + ".waiting" }

func (s *Store) someoneWaits() bool {
	l := newLock(s.waitingFile())
	free, err := l.TryLock()
	if free {
		l.Unlock()
	}
	return !free && err == nil
}

// standBack lets the process that waited take the gate before we ask for it again.
func (s *Store) standBack() {
	for end := time.Now().Add(yieldTime); s.someoneWaits() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// openFile passes the gate and opens the file, made before if need be.
func (s *Store) openFile(write bool) (*spell, error) {
	if _, err := os.Stat(s.path); s.readOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no store %s", ErrMissing, s.path)
	}
	gate, err := s.passGate(write)
	if err != nil {
		return nil, err
	}
	sp := &spell{gate: gate, writable: write, used: time.Now(), over: make(chan struct{})}
	err = s.guard(func() error { return s.openDB(sp) }, func() { sp.broken = true })
	if err == nil {
		return sp, nil
	}
	switch {
	case sp.db != nil && !sp.broken:
		sp.db.Close()
	case sp.file != nil:
		sp.file.Close()
	}
	if gate != nil {
		gate.Unlock()
	}
	return nil, err
}

func (s *Store) passGate(write bool) (*flock.Flock, error) {
	gate := newLock(s.path + ".lock")
	try := gate.TryRLock
	if write {
		try = gate.TryLock
	}
	ok, err := try()
	switch {
	case ok:
		return gate, nil
	case err != nil && s.readOnly:
		return nil, nil // a folder that we may only read: bbolt's own lock has to do
	case err != nil:
		return nil, s.cannotWrite(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), gateTimeout)
	defer cancel()
	waiting, err := lockFile(ctx, s.waitingFile(), true)
	if err == nil {
		defer waiting.Unlock()
		gate, err = lockFile(ctx, s.path+".lock", !write)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%w: another process has held %s for more than %v; wait for it, or end it", ErrLocked, s.path, gateTimeout)
	}
	return gate, err
}

func (s *Store) openDB(sp *spell) error {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) && !s.readOnly {
		if !sp.writable { // removed under our feet: the next write makes it anew
			return fmt.Errorf("%w: there is no store %s any more", ErrMissing, s.path)
		}
		err = s.create()
	}
	if err != nil {
		return err
	}
	if info != nil && info.Size() == 0 {
		return fmt.Errorf("%w: store %s is empty, which no store is; remove it, and a new one is made", ErrCorrupt, s.path)
	}
	sp.db, err = bolt.Open(s.path, 0o666, &bolt.Options{
		ReadOnly:     !sp.writable,
		FreelistType: bolt.FreelistMapType,
		Timeout:      lockTimeout,
		NoStatistics: true,
		OpenFile: func(name string, flag int, perm os.FileMode) (f *os.File, err error) {
			f, err = os.OpenFile(name, flag&^os.O_CREATE, perm)
			sp.file = f
			return f, err
		},
	})
	if err != nil {
		sp.db = nil
		return s.openError(err)
	}
	return sp.db.View(s.recognise)
}

func (s *Store) openError(err error) error {
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, bolt.ErrTimeout):
		return fmt.Errorf("%w: another program, not reprise, has %s open; end it", ErrLocked, s.path)
	case errors.As(err, &pathErr):
		return fmt.Errorf("open store: %w", err)
	}
	return fmt.Errorf("%w: %s is no store, or is damaged (%w); move it away, or %s", ErrCorrupt, s.path, err, elsewhere)
}

// recognise refuses a file that is cut off, or no store, or of a newer format.
func (s *Store) recognise(tx *bolt.Tx) error {
	if info, err := os.Stat(s.path); err == nil && info.Size() < tx.Size() {
		return fmt.Errorf("%w: store %s is cut off: it has %d bytes of %d; move it away, or bring it back from a copy", ErrCorrupt, s.path, info.Size(), tx.Size())
	}
	if tx.Bucket(metaBucket) == nil {
		return fmt.Errorf("%s is a bbolt file, but no store of reprise; %s", s.path, elsewhere)
	}
	text, err := getRecord(tx, metaBucket, formatKey)
	if err != nil {
		return fmt.Errorf("format of store %s: %w", s.path, err)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return fmt.Errorf("%w: the format of store %s is %q, which is no number", ErrCorrupt, s.path, text)
	}
	if n != Format {
		return fmt.Errorf("store %s has format %d, and this reprise knows format %d: update reprise, or %s", s.path, n, Format, elsewhere)
	}
	return nil
}
