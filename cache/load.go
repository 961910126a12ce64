package cache

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"

	"reprise/artifacts"
)

// piece is at most a chunk of a content that is to be stored.
type piece struct {
	of       artifacts.Digest
	at, size int64
	data     []byte // once it is loaded, with its sum
	sum      sum
}

// loader reads pieces, part by part, and sums up what it read, except where the
// bytes are in memory and their digest is known.
type loader struct {
	content map[artifacts.Digest]artifacts.Content
	sums    map[artifacts.Digest]hash.Hash
}

func newLoader(sizes map[artifacts.Digest]int64, content map[artifacts.Digest]artifacts.Content) *loader {
	l := &loader{content, map[artifacts.Digest]hash.Hash{}}
	for d := range sizes {
		if encoded(content[d], d) == nil {
			l.sums[d] = sha256.New()
		}
	}
	return l
}

// encoded is what a table's content is that was made with this digest, else nil.
func encoded(c artifacts.Content, d artifacts.Digest) *artifacts.Encoded {
	if e, ok := c.(*artifacts.Encoded); ok && e.Digest() == d {
		return e
	}
	return nil
}

// load returns a part with its data, and how much that is.
func (l *loader) load(part []piece) (loaded []piece, bytes int, err error) {
	loaded = slices.Clone(part)
	for i := range loaded {
		p := &loaded[i]
		if e := encoded(l.content[p.of], p.of); e != nil {
			p.data = e.Bytes()[p.at : p.at+p.size]
		} else {
			p.data = make([]byte, p.size)
			if _, err := l.content[p.of].ReadAt(p.data, p.at); err != nil && err != io.EOF {
				return nil, 0, fmt.Errorf("content %s: %w", p.of.Short(), err)
			}
			l.sums[p.of].Write(p.data)
		}
		p.sum = sumOf(p.data)
		bytes += len(p.data)
	}
	return loaded, bytes, nil
}

// check complains of a content that is not what its digest says: it is a bug, or a
// file that changed while it was read.
func (l *loader) check() error {
	for d, sum := range l.sums {
		if artifacts.Digest(sum.Sum(nil)) != d {
			return fmt.Errorf("the bytes handed over are not those of digest %s", d.Short())
		}
	}
	return nil
}
