package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"reprise/artifacts"
)

// The tasks of a run, of which there may be a hundred thousand, are kept in pieces of
// some in turn, each under its sha256: a run of which few tasks are others than they
// were shares most pieces with the one before. A list names the pieces, and is kept
// in the same way. Where a task is new, the pieces behind it are others; most runs of an
// experiment have the same tasks.

// pieceTasks are the tasks of a piece.
const pieceTasks = 256

// taskList is the pieces of some tasks, and at last the list that names them.
type taskList struct {
	keys []Key
	text [][]byte // nil of those that the store has
}

// errNoPiece says that the store has not what it had.
var errNoPiece = errors.New("a piece of a list of tasks is gone")

// listTasks makes the list of tasks. Where all of a piece stand, it is the one of those
// that there are, which may be none.
func listTasks(tasks []RunTask, there []Key) (l taskList, err error) {
	for some := range slices.Chunk(tasks, pieceTasks) {
		if i := len(l.keys); i < len(there) && !slices.ContainsFunc(some, func(t RunTask) bool { return !t.Stands }) {
			l.keys, l.text = append(l.keys, there[i]), append(l.text, nil)
			continue
		}
		piece, err := tasksJSON(some)
		if err != nil {
			return l, err
		}
		l.add(piece)
	}
	list, err := json.Marshal(append([]Key{}, l.keys...)) // [] where there are none
	l.add(list)
	return l, err
}

func (l *taskList) add(text []byte) {
	l.keys, l.text = append(l.keys, sha256.Sum256(text)), append(l.text, text)
}

// key is that of the list.
func (l taskList) key() Key { return l.keys[len(l.keys)-1] }

func (l taskList) size() (bytes int) {
	for _, text := range l.text {
		bytes += len(text)
	}
	return bytes
}

// put writes what is not there, or is not whole.
func (l taskList) put(tx *bolt.Tx) error {
	for i, text := range l.text {
		if _, err := getRecord(tx, runTasksBucket, l.keys[i][:]); err == nil {
			continue
		}
		if text == nil {
			return errNoPiece
		}
		if err := putRecord(tx, runTasksBucket, l.keys[i][:], text); err != nil {
			return err
		}
	}
	return nil
}

// piecesOf are the keys of a list's pieces.
func piecesOf(tx *bolt.Tx, list Key) (keys []Key, err error) {
	return keys, getJSON(tx, runTasksBucket, list[:], &keys)
}

// piecesLike are the pieces of the list that a run is like; none where it is gone.
func (s *Store) piecesLike(r *Run) (keys []Key) {
	if r.Like != (Key{}) {
		_ = s.view(func(tx *bolt.Tx) (err error) { // without them it takes longer
			keys, err = piecesOf(tx, r.Like)
			return err
		})
	}
	return keys
}

// tasksOf are the tasks of a list; with an error those of the pieces that can be read.
func tasksOf(tx *bolt.Tx, list Key) (tasks []RunTask, err error) {
	keys, err := piecesOf(tx, list)
	for _, key := range keys {
		var some []RunTask
		fault := getJSON(tx, runTasksBucket, key[:], &some)
		tasks, err = append(tasks, some...), errors.Join(err, fault)
	}
	return tasks, err
}

// tasksJSON is json.Marshal for tasks, of which a run may have a hundred thousand:
// by reflection it would take as long as all else that a run does which finds them.
func tasksJSON(tasks []RunTask) ([]byte, error) {
	b := append(make([]byte, 0, 256*len(tasks)+2), '[')
	for i, t := range tasks {
		address, err := json.Marshal(t.Address)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"Address":`...), address...)
		if t.Key != (Key{}) {
			b = append(hex.AppendEncode(append(b, `,"Key":"`...), t.Key[:]), '"')
		}
		b = append(append(append(b, `,"State":"`...), t.State...), '"')
		b = strconv.AppendFloat(append(b, `,"Seconds":`...), t.Seconds, 'g', -1, 64)
		if t.Artifact != (artifacts.Digest{}) {
			b = append(hex.AppendEncode(append(b, `,"Artifact":"`...), t.Artifact[:]), '"')
		}
		b = append(b, '}')
	}
	return append(b, ']'), nil
}
