package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
	"slices"
)

// bbolt trusts its pages. A reference that leads back to a page above it makes it
// recurse until the process ends, which no recover helps against, and its own
// check walks into faults of memory on a goroutine of its own. So we look at the
// pages ourselves, before it does. A page is
//
//	id 8, type 2, count 2, overflow 4     as many pages more belong to it
//	count elements of 16 bytes
//	    branch: position 4, key size 4, page 8
//	    leaf:   flags 4, position 4, key size 4, value size 4
//
// with positions from the start of the element, in the machine's order of bytes.
// A leaf element with flag 1 is a bucket: its value is the page of its root, 8
// bytes of a sequence, and, where that page is 0, a leaf page inside the value.
// The free list has ids, their number first where count is 0xffff. The first two
// pages, meta, have after the head: magic 4, version 4, page size 4, flags 4, the
// root bucket 16, free list 8, number of pages 8, transaction 8, checksum 8.
const (
	pageHead     = 16
	elementSize  = 16
	branchPage   = 1
	leafPage     = 2
	freePage     = 16
	bucketFlag   = 1
	bucketHead   = 16
	chunkKeySize = 8
	metaSummed   = 56 // bytes that the checksum is of
	noFreeList   = 1<<64 - 1
	boltMagic    = 0xED0CDAED
)

var native = binary.NativeEndian

// pages is a walk over the pages of a file.
type pages struct {
	file  io.ReaderAt
	size  int64  // of a page
	high  uint64 // pages from here on do not exist
	root  uint64 // the page that all begins at
	seen  []bool // by page: something refers to it
	deep  depth
	chunk bool     // this is the bucket of chunks
	spare [][]byte // the beginnings of pages that are done with, for others
}

// depth is how much of the file is looked at.
type depth int

const (
	unseen   depth = iota
	branches       // what bbolt walks through to get anywhere; few pages
	records        // leaves too, which are most of the file; of chunks the last alone, where the next goes
	everything
)

// checkPages looks whether each reference of the file leads to a page of the right
// type to which no other leads, and none of a free one; in leaves also whether keys
// and values lie in their pages, keys in order; of everything, whether no page is lost.
func checkPages(path string, deep depth) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	meta, size := newestMeta(file)
	if meta == nil {
		return structural("neither of its first pages is whole")
	}
	p := &pages{file: file, size: size, high: native.Uint64(meta[40:]), root: native.Uint64(meta[16:]), deep: deep}
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case native.Uint64(meta[32:]) == noFreeList: // bbolt would write one as soon as it opens it
		return errForeign
	case p.high > math.MaxInt64/uint64(size):
		return structural(fmt.Sprintf("it says that it has %d pages", p.high))
	case info.Size() < int64(p.high)*size:
		return cutOff(info.Size(), int64(p.high)*size)
	}
	p.seen = make([]bool, max(2, p.high))
	p.seen[0], p.seen[1] = true, true
	err = p.tree(p.root, nil, nil)
	if err == nil {
		err = p.freeList(native.Uint64(meta[32:]))
	}
	if err != nil {
		return structural(err)
	}
	return nil
}

func cutOff(has, of int64) error {
	return fmt.Errorf("%w: it is cut off, and has %d bytes of %d; move it away, or bring it back from a copy", ErrCorrupt, has, of)
}

func structural(what any) error {
	return fmt.Errorf("%w (%v); export what can still be read, move the file away and run again, or bring it back from a copy", ErrStructure, what)
}

// newestMeta returns the meta page that counts, without its head, and the size of
// pages; nil where neither is whole.
func newestMeta(file io.ReaderAt) (meta []byte, size int64) {
	for at := int64(0); at <= 1<<16; at = max(1<<10, 2*at) { // whatever the size of a page
		b := make([]byte, metaSummed+8)
		if _, err := file.ReadAt(b, at+pageHead); err != nil || native.Uint32(b) != boltMagic {
			continue
		}
		h := fnv.New64a()
		h.Write(b[:metaSummed])
		if h.Sum64() == native.Uint64(b[metaSummed:]) && (meta == nil || native.Uint64(b[48:]) > native.Uint64(meta[48:])) {
			meta, size = b, int64(native.Uint32(b[8:]))
		}
	}
	if size < 1<<10 || size > 1<<16 || size&(size-1) != 0 {
		return nil, 0
	}
	return meta, size
}

// node is a page as it is read: whole ones, and those inside a value.
type node struct {
	*pages
	id          uint64
	inside      bool  // a bucket in a value of that page, and not the page itself
	at, extent  int64 // of it in the file
	begin       []byte
	kind, count int
}

// String is what people are told that it is.
func (n *node) String() string {
	if n.inside {
		return fmt.Sprintf("a bucket in page %d", n.id)
	}
	return fmt.Sprintf("page %d", n.id)
}

// read takes in the beginning of a node; done gives back what that takes.
func (p *pages) read(n *node) (*node, error) {
	n.pages = p
	if n.extent < pageHead {
		return nil, fmt.Errorf("%s has %d bytes", n, n.extent)
	}
	if last := len(p.spare) - 1; last >= 0 {
		n.begin, p.spare = p.spare[last], p.spare[:last]
	} else {
		n.begin = make([]byte, p.size)
	}
	n.begin = n.begin[:min(n.extent, p.size)]
	if _, err := p.file.ReadAt(n.begin, n.at); err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	n.kind, n.count = int(native.Uint16(n.begin[8:])), int(native.Uint16(n.begin[10:]))
	return n, nil
}

func (n *node) done() { n.spare = append(n.spare, n.begin[:n.size]) }

// page takes in a page that something refers to.
func (p *pages) page(id uint64) (*node, error) {
	if err := p.refer(id); err != nil {
		return nil, err
	}
	n, err := p.read(&node{id: id, at: int64(id) * p.size, extent: p.size})
	if err != nil {
		return nil, err
	}
	more := uint64(native.Uint32(n.begin[12:]))
	if own := native.Uint64(n.begin); own != id || id+more >= p.high {
		return nil, fmt.Errorf("%s says that it is page %d, with %d more of %d", n, own, more, p.high)
	}
	for i := range more {
		if err := p.refer(id + 1 + i); err != nil {
			return nil, err
		}
	}
	n.extent = int64(more+1) * p.size
	return n, nil
}

func (p *pages) refer(id uint64) error {
	if id >= p.high || p.seen[id] {
		return fmt.Errorf("something refers to page %d of %d, which it should not", id, p.high)
	}
	p.seen[id] = true
	return nil
}

// bytes returns some of a node's.
func (n *node) bytes(at, size int64) ([]byte, error) {
	if at < 0 || size < 0 || at > n.extent || size > n.extent-at {
		return nil, fmt.Errorf("%s refers to what lies outside of it", n)
	}
	if at+size <= int64(len(n.begin)) {
		return n.begin[at : at+size], nil
	}
	b := make([]byte, size)
	_, err := n.file.ReadAt(b, n.at+at)
	return b, err
}

// tree looks at a page and those below it, whose keys begin with lo and are before hi.
func (p *pages) tree(id uint64, lo, hi []byte) error {
	n, err := p.page(id)
	if err != nil {
		return err
	}
	defer n.done()
	return n.elements(lo, hi)
}

// elements looks at what a node holds: bbolt writes keys and values one behind the
// other, without gaps, and no page without any but the first of an empty file.
func (n *node) elements(lo, hi []byte) error {
	if n.kind != branchPage && n.kind != leafPage || n.count == 0 && !n.inside && n.id != n.root {
		return fmt.Errorf("%s has type %d and %d elements", n, n.kind, n.count)
	}
	var before []byte
	end := int64(pageHead + n.count*elementSize)
	for i := range n.count {
		e, err := n.element(i)
		if err != nil {
			return err
		}
		if e.at != end || e.flags > bucketFlag || n.chunk && e.keySize != chunkKeySize {
			return fmt.Errorf("%s has no element where it says", n)
		}
		key, err := n.bytes(e.at, e.keySize)
		if err != nil {
			return err
		}
		// bbolt looks for a page that it writes anew by its first key in the page above.
		if bytes.Compare(before, key) >= 0 || i == 0 && lo != nil && !bytes.Equal(lo, key) {
			return n.outOfOrder()
		}
		before, end = key, e.end()
	}
	switch {
	case end > n.extent:
		return fmt.Errorf("a value of %s lies outside of it", n)
	case hi != nil && bytes.Compare(before, hi) >= 0:
		return n.outOfOrder()
	case n.kind == leafPage:
		return n.buckets()
	}
	return n.children(hi)
}

func (n *node) outOfOrder() error { return fmt.Errorf("a key of %s is out of order", n) }

// element is what a node says of one: where its key begins, behind which its value
// lies, and of a branch the page below.
type element struct {
	flags                  uint32
	at, keySize, valueSize int64
	page                   uint64
}

func (e element) end() int64 { return e.at + e.keySize + e.valueSize }

func (n *node) element(i int) (element, error) {
	at := int64(pageHead + i*elementSize)
	b, err := n.bytes(at, elementSize)
	if err != nil {
		return element{}, err
	}
	if n.kind == branchPage {
		return element{at: at + int64(native.Uint32(b)), keySize: int64(native.Uint32(b[4:])), page: native.Uint64(b[8:])}, nil
	}
	return element{native.Uint32(b), at + int64(native.Uint32(b[4:])), int64(native.Uint32(b[8:])), int64(native.Uint32(b[12:])), 0}, nil
}

// children looks at the pages below a branch, whose keys are before hi. Leaves are
// all at one depth, so that one of them tells for its siblings.
func (n *node) children(hi []byte) error {
	leaves := false
	for i := range n.count {
		e, err := n.element(i)
		if err != nil {
			return err
		}
		if leaves && (n.deep == branches || n.deep == records && n.chunk && i < n.count-1) {
			if err := n.refer(e.page); err != nil {
				return err
			}
			continue
		}
		lo, err := n.bytes(e.at, e.keySize)
		next := hi
		if err == nil && i+1 < n.count {
			next, err = n.key(i + 1)
		}
		if err != nil {
			return err
		}
		child, err := n.page(e.page)
		if err != nil {
			return err
		}
		leaves = child.kind == leafPage
		err = child.elements(lo, next)
		child.done()
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *node) key(i int) ([]byte, error) {
	e, err := n.element(i)
	if err != nil {
		return nil, err
	}
	return n.bytes(e.at, e.keySize)
}

// buckets looks into the values of a leaf that are buckets.
func (n *node) buckets() error {
	for i := range n.count {
		e, err := n.element(i)
		switch {
		case err != nil:
			return err
		case e.flags != bucketFlag:
			continue
		case e.valueSize < bucketHead:
			return fmt.Errorf("a bucket of %s is cut off", n)
		}
		name, err := n.key(i)
		if err != nil {
			return err
		}
		at := e.at + e.keySize
		b, err := n.bytes(at, bucketHead)
		if err != nil {
			return err
		}
		n.chunk = bytes.Equal(name, chunksBucket)
		if err := n.bucket(native.Uint64(b), at+bucketHead, e.valueSize-bucketHead); err != nil {
			return err
		}
	}
	return nil
}

// bucket looks at a bucket by its root, or inside a value where it has none.
func (n *node) bucket(root uint64, at, extent int64) error {
	if root != 0 {
		return n.tree(root, nil, nil)
	}
	inner, err := n.read(&node{id: n.id, inside: true, at: n.at + at, extent: extent})
	if err != nil {
		return err
	}
	defer inner.done()
	if inner.kind != leafPage {
		return fmt.Errorf("%s has type %d", inner, inner.kind)
	}
	return inner.elements(nil, nil)
}

// freeList looks whether the free pages are those that nothing refers to.
func (p *pages) freeList(id uint64) error {
	n, err := p.page(id)
	if err != nil {
		return err
	}
	if n.kind != freePage {
		return fmt.Errorf("%s has type %d, and should be the list of free pages", n, n.kind)
	}
	at, count := int64(pageHead), uint64(n.count)
	if count == 0xffff {
		b, err := n.bytes(at, 8)
		if err != nil {
			return err
		}
		at, count = at+8, native.Uint64(b)
	}
	if count >= p.high {
		return errors.New("it has more free pages than pages")
	}
	list, err := n.bytes(at, 8*int64(count))
	if err != nil {
		return err
	}
	for ; len(list) > 0; list = list[8:] {
		if err := p.refer(native.Uint64(list)); err != nil {
			return fmt.Errorf("a free page: %w", err)
		}
	}
	if p.deep < everything {
		return nil
	}
	if lost := slices.Index(p.seen, false); lost >= 0 {
		return fmt.Errorf("page %d belongs to nothing", lost)
	}
	return nil
}
