package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Everything that reading an experiment asks of the file system goes through
// here, so that later it can be told, without reading the experiment, whether it
// would be read the same: the same questions get the same answers.

// Question is one that was asked of the file system, and its answer.
type Question struct {
	What    string // stat, list, read or real
	Path    string
	Pattern string `json:",omitempty"` // of the names that are listed
	Answer  string
}

// FileQuestion asks what a path is, which is a regular file.
func FileQuestion(path string) Question {
	return Question{What: "stat", Path: path, Answer: fs.FileMode(0).String()}
}

// IsFile tells whether it is such a question.
func (q Question) IsFile() bool { return q == FileQuestion(q.Path) }

// reads collects the questions. A nil one collects nothing.
type reads struct {
	mu     sync.Mutex
	asked  map[Question]string // answers, by questions without
	unsure bool                // one failed, or was answered in two ways
}

func newReads() *reads { return &reads{asked: map[Question]string{}} }

// note adds a question; without an answer there is no telling later.
func (r *reads) note(q Question, answer string, err error) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, ok := r.asked[q]; err != nil || ok && before != answer {
		r.unsure = true
	}
	r.asked[q] = answer
}

// stat is os.Stat. Of what it tells, only what kind of file it is may be used.
func (r *reads) stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	answer, fault := "none", err
	switch {
	case err == nil:
		answer = info.Mode().Type().String()
	case errors.Is(err, fs.ErrNotExist):
		fault = nil
	}
	r.note(Question{What: "stat", Path: path}, answer, fault)
	return info, err
}

// list is os.ReadDir of the names that match a pattern as matchName says; count
// is how many there are of all names.
func (r *reads) list(path, pattern string) (matching []fs.DirEntry, count int, err error) {
	entries, err := os.ReadDir(path)
	h := sha256.New()
	for _, e := range entries {
		if matchName(pattern, e.Name()) {
			matching = append(matching, e)
			fmt.Fprintf(h, "%q %s\n", e.Name(), e.Type())
		}
	}
	r.note(Question{What: "list", Path: path, Pattern: pattern}, hex.EncodeToString(h.Sum(nil)), err)
	return matching, len(entries), err
}

// read calls use with a regular file; to open a pipe or a device could block for
// ever.
func (r *reads) read(path string, use func(io.Reader) (string, error)) (string, error) {
	text, answer, err := readDigest(path, use)
	r.note(Question{What: "read", Path: path}, answer, err)
	return text, err
}

func readDigest(path string, use func(io.Reader) (string, error)) (text, digest string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", "", err
	}
	if info.IsDir() {
		return "", "", errors.New("it is a folder")
	}
	if !info.Mode().IsRegular() {
		return "", "", errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	h := sha256.New()
	text, err = use(io.TeeReader(f, h))
	return text, hex.EncodeToString(h.Sum(nil)), err
}

// real is a folder's path without links.
func (r *reads) real(dir string) string {
	real, err := realPath(dir)
	r.note(Question{What: "real", Path: dir}, real, err)
	return real
}

func realPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir, err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return abs, err
	}
	return real, nil
}

// Reads returns what was asked of the file system to read the experiment and to
// resolve its tasks so far; false where that does not tell whether it would be
// read the same again.
func (x *Experiment) Reads() ([]Question, bool) {
	if x.reads == nil {
		return nil, false
	}
	x.reads.mu.Lock()
	defer x.reads.mu.Unlock()
	var out []Question
	for q, answer := range x.reads.asked {
		q.Answer = answer
		out = append(out, q)
	}
	return out, !x.reads.unsure
}

// Note adds a file beside the experiment, which others read, to its reads.
func (x *Experiment) Note(path string) { x.reads.read(path, drained) }

func drained(f io.Reader) (string, error) {
	_, err := io.Copy(io.Discard, f)
	return "", err
}

// SameReads tells whether all questions have the answers that they had. Files
// whose content counts are read, whatever their times say.
func SameReads(all []Question) bool {
	again := newReads()
	for _, q := range all {
		switch q.What {
		case "stat":
			again.stat(q.Path)
		case "list":
			again.list(q.Path, q.Pattern)
		case "read":
			again.read(q.Path, drained)
		case "real":
			again.real(q.Path)
		}
		answer := q.Answer
		q.Answer = ""
		if now, asked := again.asked[q]; again.unsure || !asked || now != answer {
			return false
		}
	}
	return true
}

// EnvironmentOf are the environment's values for variables, the only ones that
// an experiment can see, a line each.
func (v Values) EnvironmentOf() string {
	var b strings.Builder
	for _, e := range v.Environ {
		if strings.HasPrefix(e, environPrefix) {
			b.WriteString(e + "\n")
		}
	}
	return b.String()
}
