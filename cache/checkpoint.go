package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Checkpoint is the state of a computation of a key that was not at its end.
type Checkpoint struct {
	State   []byte
	Seconds float64   // of computing that led there
	Time    time.Time // when it was kept; filled in by the store
}

// MaxCheckpoint bounds the state of a checkpoint, in bytes.
const MaxCheckpoint = 1 << 30

// maxCheckpointHead bounds the line before the state.
const maxCheckpointHead = 1 << 10

// partPrefix begins the names of checkpoints that are being written.
const partPrefix = "part-"

func (s *Store) checkpointsFolder() string { return s.path + ".checkpoints" }

func (s *Store) checkpointFile(key Key) string {
	return filepath.Join(s.checkpointsFolder(), key.String())
}

// checkpointHead begins the line before a state. What another architecture or
// toolchain computed is not gone on from: its floating point may differ.
func checkpointHead(key Key) string {
	return fmt.Sprintf("reprise-checkpoint 1 %s %s/%s %s ", key, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// PutCheckpoint keeps a checkpoint of a key in place of the one before, whole or
// not at all, unless ctx ends meanwhile. The caller has the claim on the key. Put
// of a result for the key drops it.
func (s *Store) PutCheckpoint(ctx context.Context, key Key, c Checkpoint) error {
	if s.readOnly {
		return ErrReadOnly
	}
	if len(c.State) > MaxCheckpoint {
		return fmt.Errorf("its state has %d MiB, and may have %d", len(c.State)>>20, MaxCheckpoint>>20)
	}
	if err := os.MkdirAll(s.checkpointsFolder(), 0o777); err != nil {
		return err
	}
	part := filepath.Join(s.checkpointsFolder(), partPrefix+s.Owner()+"-"+rand.Text())
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	err = writeCheckpoint(f, key, c)
	if err = errors.Join(err, f.Close()); err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = os.Rename(part, s.checkpointFile(key))
	}
	if err != nil {
		os.Remove(part)
	}
	return err
}

func writeCheckpoint(f *os.File, key Key, c Checkpoint) error {
	head := fmt.Appendf(nil, "%s%g\n", checkpointHead(key), c.Seconds)
	h := sha256.New()
	h.Write(head)
	h.Write(c.State)
	for _, b := range [][]byte{h.Sum(nil), head, c.State} {
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	return f.Sync()
}

// Checkpoint returns the last checkpoint of a key, ErrMissing where there is
// none, ErrCorrupt where its bytes are not those that were put.
func (s *Store) Checkpoint(key Key) (*Checkpoint, error) {
	c, err := readCheckpoint(s.checkpointFile(key), checkpointHead(key))
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint of %s: %w", key.Short(), err)
	}
	return c, nil
}

func readCheckpoint(path, wanted string) (*Checkpoint, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const most = sha256.Size + maxCheckpointHead + MaxCheckpoint
	if info.Size() < sha256.Size || info.Size() > most {
		return nil, ErrCorrupt
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	sum, sealed := b[:sha256.Size], b[sha256.Size:]
	if got := sha256.Sum256(sealed); !bytes.Equal(got[:], sum) {
		return nil, ErrCorrupt
	}
	head, state, _ := bytes.Cut(sealed, []byte("\n"))
	rest, ours := strings.CutPrefix(string(head), wanted)
	seconds, err := strconv.ParseFloat(rest, 64)
	if !ours || err != nil {
		return nil, errors.New("it is of another task, reprise, machine or toolchain")
	}
	return &Checkpoint{State: state, Seconds: seconds, Time: info.ModTime()}, nil
}

// DropCheckpoint deletes the checkpoint of a key, if there is one.
func (s *Store) DropCheckpoint(key Key) error {
	if s.readOnly {
		return ErrReadOnly
	}
	if err := os.Remove(s.checkpointFile(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// StaleCheckpoint is the file of a checkpoint that nothing will go on from.
type StaleCheckpoint struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// staleCheckpoints finds the checkpoints whose key has a result, those from
// before since, and what a process left that was killed while it wrote one. What
// belongs to a running task stays.
func (s *Store) staleCheckpoints(since time.Time, hasResult map[Key]bool) ([]StaleCheckpoint, error) {
	entries, err := os.ReadDir(s.checkpointsFolder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var stale []StaleCheckpoint
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // dropped just now
		}
		if rest, isPart := strings.CutPrefix(e.Name(), partPrefix); isPart {
			owner, _, _ := strings.Cut(rest, "-")
			if s.Alive(owner) {
				continue
			}
		} else if key, err := ParseKey(e.Name()); err != nil || s.Claimed(key) || !hasResult[key] && !info.ModTime().Before(since) {
			continue // or it is no file of ours
		}
		stale = append(stale, StaleCheckpoint{filepath.Join(s.checkpointsFolder(), e.Name()), info.Size()})
	}
	return stale, nil
}
