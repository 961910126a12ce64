package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/gofrs/flock"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

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
	sp.letGo()
	return nil, err
}

// begunByBolt complains of a file that is no database of bbolt: one that is not
// ours to change, or to put locks beside. A path without a file will do.
func begunByBolt(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return nil // missing, or for those to complain of who open it
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil || info.IsDir():
		return err
	case info.Size() == 0:
		return fmt.Errorf("%w: store %s is empty, which no store is; remove it, and a new one is made", ErrCorrupt, path)
	}
	// Either of the first two pages will do, whatever their size, and where the other is damaged.
	const magic, header = 0xED0CDAED, 16
	for at := int64(0); at <= 1<<16; at = max(1<<10, 2*at) {
		var b [4]byte
		if _, err := f.ReadAt(b[:], at+header); err == nil && binary.NativeEndian.Uint32(b[:]) == magic {
			return nil
		}
	}
	return fmt.Errorf("%w: %s is no store, or is damaged; move it away, or %s", ErrCorrupt, path, elsewhere)
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
	gate, err = s.waitAtGate(write)
	for errors.Is(err, context.DeadlineExceeded) && s.isCompacting() {
		gate, err = s.waitAtGate(write)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w: another process has held %s for more than %v; wait for it, or end it", ErrLocked, s.path, gateTimeout)
	case errors.Is(err, context.Canceled):
		return nil, fmt.Errorf("%w: another process holds %s, and this one was to end", ErrLocked, s.path)
	}
	return gate, err
}

// Hurry is for a process that is to end: from now on, others that hold the store are
// waited for no longer than it takes them to write.
func (s *Store) Hurry() { s.hurry.Do(func() { close(s.hurried) }) }

func (s *Store) waitAtGate(write bool) (*flock.Flock, error) {
	ctx, cancel := context.WithTimeout(context.Background(), gateTimeout)
	defer cancel()
	go func() {
		select {
		case <-s.hurried:
			time.AfterFunc(hurriedTimeout, cancel)
		case <-ctx.Done():
		}
	}()
	waiting, err := lockFile(ctx, s.waitingFile(), true)
	if err != nil {
		return nil, err
	}
	defer waiting.Unlock()
	return lockFile(ctx, s.path+".lock", !write)
}

func (s *Store) openDB(sp *spell) error {
	_, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) && !s.readOnly {
		if !sp.writable { // removed under our feet: the next write makes it anew
			return fmt.Errorf("%w: there is no store %s any more", ErrMissing, s.path)
		}
		err = s.create()
	}
	if err != nil {
		return err
	}
	if err := begunByBolt(s.path); err != nil {
		return err
	}
	if err := s.look(branches); err != nil {
		return fmt.Errorf("store %s: %w", s.path, err)
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
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%w: another program, not reprise, has %s open; end it", ErrLocked, s.path)
	case errors.As(err, &pathErr):
		return fmt.Errorf("open store: %w", err)
	}
	return fmt.Errorf("%w: %s is no store, or is damaged (%w); move it away, or %s", ErrCorrupt, s.path, err, elsewhere)
}

var errForeign = errors.New("it is a bbolt file, but no store of reprise; " + elsewhere)

// recognise refuses a file that is cut off, or no store, or of another format.
func (s *Store) recognise(tx *bolt.Tx) error {
	if info, err := os.Stat(s.path); err == nil && info.Size() < tx.Size() {
		return fmt.Errorf("store %s: %w", s.path, cutOff(info.Size(), tx.Size()))
	}
	if tx.Bucket(metaBucket) == nil {
		return fmt.Errorf("store %s: %w", s.path, errForeign)
	}
	text, err := getRecord(tx, metaBucket, formatKey)
	switch {
	case errors.Is(err, ErrMissing): // which would pass for no store at all
		return fmt.Errorf("%w: store %s has no number of its format; move it away, or %s", ErrCorrupt, s.path, elsewhere)
	case err != nil:
		return fmt.Errorf("format of store %s: %w", s.path, err)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return fmt.Errorf("%w: the format of store %s is %q, which is no number", ErrCorrupt, s.path, text)
	}
	if n < Format {
		return fmt.Errorf("store %s has format %d, of an older reprise, and this one knows format %d: move it away, or %s", s.path, n, Format, elsewhere)
	}
	if n > Format {
		return fmt.Errorf("store %s has format %d, and this reprise knows format %d: update reprise, or %s", s.path, n, Format, elsewhere)
	}
	return nil
}
