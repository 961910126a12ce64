package soak_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// disk is what calls left of a folder, and how much of it would outlast a power
// cut: of a file what was written before its last sync began, of a folder the names
// that it had then. Of what came later, anything may have reached the disk.
type disk struct {
	root    string
	now     map[string]*node // by path
	lasting map[string]*node
	renamed map[string][]*naming // by folder, since its last sync
	syncing map[*call]func()     // what a sync that began will have made last
}

// node is a file or a folder.
type node struct {
	folder  bool
	lasting []byte
	edits   []*edit // since
}

// edit is a write, or a new size.
type edit struct {
	offset int64
	data   []byte // nil: a new size
	over   bool   // the call returned
}

// naming is a change of names in a folder: one gone, or one that stands for a node.
type naming struct {
	gone, path string
	node       *node
}

func newDisk(root string) *disk {
	top := &node{folder: true}
	return &disk{root: root, now: map[string]*node{root: top}, lasting: map[string]*node{root: top}, renamed: map[string][]*naming{}, syncing: map[*call]func(){}}
}

// enter takes in a call that begins: from now on it may have happened.
func (d *disk) enter(c *call) error {
	n := d.now[c.path]
	switch c.name {
	case "write", "pwrite64", "ftruncate", "openat":
		if n == nil || c.name == "openat" && !c.trunc { // a file without a name, or nothing is written yet
			return nil
		}
		e := &edit{offset: c.offset, data: c.data}
		n.edits = append(n.edits, e)
		c.edit = e
	case "fsync", "fdatasync":
		if n == nil {
			return fmt.Errorf("a sync of %s, which is not known", c.path)
		}
		d.syncing[c] = d.lastingAfter(c.path, n)
	}
	return nil
}

// lastingAfter makes what is over now last.
func (d *disk) lastingAfter(path string, n *node) func() {
	names := len(d.renamed[path])
	var over []*edit
	for _, e := range n.edits {
		if e.over {
			over = append(over, e)
		}
	}
	return func() {
		for _, change := range d.renamed[path][:names] {
			change.apply(d.lasting)
		}
		d.renamed[path] = d.renamed[path][names:]
		for _, e := range over {
			n.lasting = e.apply(n.lasting, 0, len(e.data))
		}
		n.edits = slices.DeleteFunc(n.edits, func(e *edit) bool { return slices.Contains(over, e) })
	}
}

// exit takes in a call that returned.
func (d *disk) exit(c *call) error {
	if c.edit != nil {
		if c.edit.over = true; c.result < 0 {
			n := d.now[c.path]
			n.edits = slices.DeleteFunc(n.edits, func(e *edit) bool { return e == c.edit })
		} else if c.edit.offset = c.offset; c.edit.data != nil {
			c.edit.data = c.edit.data[:c.result]
		}
	}
	if c.result < 0 {
		return nil
	}
	switch c.name {
	case "write", "pwrite64", "ftruncate":
	case "fsync", "fdatasync":
		d.syncing[c]()
	case "openat":
		if c.creat && d.now[c.path] == nil {
			d.name(&naming{path: c.path, node: &node{}})
		}
	case "mkdirat":
		d.name(&naming{path: c.path, node: &node{folder: true}})
	case "unlinkat":
		d.name(&naming{gone: c.path})
	case "link":
		d.name(&naming{path: c.to, node: d.now[c.path]})
	case "rename":
		d.name(&naming{gone: c.path, path: c.to, node: d.now[c.path]})
	default:
		return fmt.Errorf("%s of %s, which is not understood here", c.name, c.path)
	}
	return nil
}

func (d *disk) name(n *naming) {
	n.apply(d.now)
	at := n.path
	if at == "" {
		at = n.gone
	}
	d.renamed[filepath.Dir(at)] = append(d.renamed[filepath.Dir(at)], n)
}

func (n *naming) apply(names map[string]*node) {
	delete(names, n.gone)
	if n.node != nil {
		names[n.path] = n.node
	}
}

// apply does a part of an edit.
func (e *edit) apply(b []byte, lo, hi int) []byte {
	if e.data == nil {
		if int(e.offset) <= len(b) {
			return b[:e.offset]
		}
		return append(b, make([]byte, int(e.offset)-len(b))...)
	}
	if end := int(e.offset) + hi; end > len(b) {
		b = append(b, make([]byte, end-len(b))...)
	}
	copy(b[int(e.offset)+lo:], e.data[lo:hi])
	return b
}

// cut writes into a folder what a power cut could leave now: of what no sync made
// last, some of the edits, of some of these some sectors; the changes of names of
// each folder up to one of them.
func (d *disk) cut(r *rand.Rand, to string) error {
	names := maps.Clone(d.lasting)
	for _, folder := range slices.Sorted(maps.Keys(d.renamed)) {
		changes := d.renamed[folder]
		if r.IntN(2) == 0 {
			changes = changes[:r.IntN(len(changes)+1)]
		}
		for _, change := range changes {
			change.apply(names)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(names)) { // a folder before what is in it
		n, at := names[path], filepath.Join(to, strings.TrimPrefix(path, d.root))
		var err error
		switch _, lost := os.Stat(filepath.Dir(at)); {
		case lost != nil && path != d.root: // with its folder
		case n.folder:
			err = os.MkdirAll(at, 0o777)
		default:
			err = os.WriteFile(at, n.cut(r), 0o666)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cut returns what could be left of a file.
func (n *node) cut(r *rand.Rand) []byte {
	b, all := slices.Clone(n.lasting), r.IntN(8) == 0
	for _, e := range n.edits {
		switch how := r.IntN(3); {
		case all || how == 0:
			b = e.apply(b, 0, len(e.data))
		case how == 1 && len(e.data) > 0:
			sector := []int{512, 4096}[r.IntN(2)]
			for lo := 0; lo < len(e.data); {
				hi := min(len(e.data), lo+sector-int(e.offset+int64(lo))%sector)
				if r.IntN(2) == 0 {
					b = e.apply(b, lo, hi)
				}
				lo = hi
			}
		}
	}
	return b
}
