package runner

import (
	"fmt"
	"io"
	"slices"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/spec"
)

// A result is durable when a disk says so, which takes longer than many a task. So
// what needs a small one starts as soon as it is computed, and takes it from memory;
// the task's slots are free, and many results share a transaction. None is durable
// before what it was made from, and a task is over, and said to be done, when its
// result is durable.
const (
	smallResult  = 1 << 20 // bytes
	mostUnstored = 256     // results that wait at once
)

// unstored is a small result on its way to the disk.
type unstored struct {
	task     *spec.Task
	result   *cache.Result
	manifest *artifacts.Manifest
	content  map[artifacts.Digest][]byte
}

// hold keeps a result in memory; nil where it is not small.
func hold(t *spec.Task, r cache.Result, m *artifacts.Manifest, content map[artifacts.Digest]artifacts.Content) (*unstored, error) {
	var size int64
	for _, c := range content {
		size += c.Size()
	}
	if size > smallResult {
		return nil, nil
	}
	u := &unstored{t, &r, m, map[artifacts.Digest][]byte{}}
	for d, c := range content {
		if e, ok := c.(*artifacts.Encoded); ok {
			u.content[d] = e.Bytes()
			continue
		}
		text := make([]byte, c.Size())
		if _, err := c.ReadAt(text, 0); err != nil && err != io.EOF {
			return nil, err
		}
		u.content[d] = text
	}
	return u, nil
}

// Read is a content; the caller's.
func (u *unstored) Read(d artifacts.Digest) ([]byte, error) {
	text, ok := u.content[d]
	if !ok {
		return nil, fmt.Errorf("the result of %s has no content %s", u.task.Address, d.Short())
	}
	return append([]byte(nil), text...), nil
}

// Copy writes a content to w.
func (u *unstored) Copy(w io.Writer, d artifacts.Digest) error {
	text, err := u.Read(d)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

// handOn gives a result that is on its way to the disk to what needs it, and gives
// back the room of its task.
func (r *run) handOn(u *unstored) {
	if len(r.unstored) >= mostUnstored {
		return
	}
	r.unstored[u.task] = u
	r.results[u.task], r.ran[u.task] = u.result, true
	r.slots.end(u.task)
	r.release(u.task, &r.soon)
}

// given tells whether a task has from another what it needs of it: that it is over,
// or, unless it only follows it, its result.
func (r *run) given(t, from *spec.Task) bool {
	return r.over[from].State != "" || r.unstored[from] != nil && !slices.Contains(t.After, from)
}
