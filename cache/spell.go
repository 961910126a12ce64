package cache

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
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

	hurriedTimeout = 300 * time.Millisecond // in place of gateTimeout
)

// spell is one opening of the file. Its fields are protected by Store.mu.
type spell struct {
	db       *bolt.DB
	file     *os.File
	gate     *flock.Flock // nil where the folder cannot be written
	writable bool
	users    int
	used     time.Time     // when the last user left
	retiring bool          // no new users; ends with the last
	broken   bool          // bbolt panicked: its locks may be held for ever
	over     chan struct{} // closed at the end
}

// view runs fn in a read transaction. Slices of the transaction end with it.
// It returns ErrMissing where there is no file and none is to be made.
func (s *Store) view(fn func(tx *bolt.Tx) error) error {
	return s.with(false, func(sp *spell) error { return sp.db.View(fn) })
}

// viewFile is view for who reads the file beside the transaction.
func (s *Store) viewFile(fn func(sp *spell, tx *bolt.Tx) error) error {
	return s.with(false, func(sp *spell) error {
		return sp.db.View(func(tx *bolt.Tx) error { return fn(sp, tx) })
	})
}

// update runs fn in a write transaction of its own, durable when it returns. Before
// the first one of this process the leaves are looked at: bbolt would carry damage
// of one into others.
func (s *Store) update(fn func(tx *bolt.Tx) error) error {
	return s.write(func(tx *bolt.Tx) error {
		if err := s.look(records); err != nil {
			return err
		}
		return fn(tx)
	})
}

// write is update without that look.
func (s *Store) write(fn func(tx *bolt.Tx) error) error {
	if s.readOnly {
		return fmt.Errorf("%s: %w", s.path, ErrReadOnly)
	}
	return s.with(true, func(sp *spell) error {
		var fnErr error
		err := sp.db.Update(func(tx *bolt.Tx) error {
			fnErr = fn(tx)
			return fnErr
		})
		switch {
		case err != nil && fnErr == nil: // such as a full disk: start from what is on it
			s.retire(sp)
			return s.cannotWrite(err)
		case err == nil && !s.leadsTo(sp.file):
			s.retire(sp)
			return s.replaced()
		}
		return err
	})
}

// retire has a spell end with its users.
func (s *Store) retire(sp *spell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp.retiring = true
}

// leadsTo tells whether a file is still what others find under the store's path.
// While a spell that writes goes on, no process of ours puts another there.
func (s *Store) leadsTo(f *os.File) bool {
	own, err := f.Stat()
	named, nameErr := os.Stat(s.path)
	return err == nil && nameErr == nil && os.SameFile(own, named)
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
			err = structural(p)
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
		case s.missing != nil && time.Since(s.missed) < poll:
			return nil, s.missing
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
		if s.missing = nil; s.readOnly && errors.Is(err, ErrMissing) {
			s.missing, s.missed = err, time.Now()
		}
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
	sp.letGo()
	close(sp.over)
	s.spell = nil
	s.changed.Broadcast()
}

// letGo gives the file and the gate back. What broke is not closed the usual
// way, which may wait for ever; its mapping stays, and with it bbolt's lock if
// that were not taken off by hand.
func (sp *spell) letGo() {
	switch {
	case sp.db != nil && !sp.broken:
		sp.db.Close()
	case sp.file != nil:
		unlockFile(sp.file)
		sp.file.Close()
	}
	if sp.gate != nil {
		sp.gate.Unlock()
	}
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

// awaitNoSpell ends the spell when its users are done, and waits until there is
// none. The caller holds mu.
func (s *Store) awaitNoSpell() {
	for s.opening || s.spell != nil {
		if sp := s.spell; sp != nil {
			sp.retiring = true
			if sp.users == 0 {
				s.end(sp)
				continue
			}
		}
		s.changed.Wait()
	}
}

// alone runs fn with the file open for writing and for nobody else, in this
// process or another.
func (s *Store) alone(fn func(*spell) error) error {
	s.mu.Lock()
	s.awaitNoSpell()
	if s.closed {
		s.mu.Unlock()
		return fmt.Errorf("store %s is closed", s.path)
	}
	s.opening = true
	s.mu.Unlock()
	sp, err := s.openFile(true)
	if err == nil {
		err = s.guard(func() error { return fn(sp) }, func() { sp.broken = true })
		sp.letGo()
	}
	s.mu.Lock()
	s.opening = false
	s.changed.Broadcast()
	s.mu.Unlock()
	return err
}
