//go:build linux

package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"reprise/artifacts"
	"reprise/cache"
)

// stored keeps artifacts in a store.
type stored struct {
	path  string
	store *cache.Store
	kept  []*artifacts.Manifest
}

func inStore(folder string) (keeper, error) {
	path := filepath.Join(folder, "store.db")
	store, err := cache.Open(path)
	return &stored{path: path, store: store}, err
}

func (s *stored) put(i int, one *encoded) error {
	text := fmt.Sprintf("artifact %d\n", i)
	s.kept = append(s.kept, one.manifest)
	return s.store.Put(&cache.Result{Key: cache.KeyOf(text), KeyText: text, Address: fmt.Sprint(i)}, one.manifest, one.content)
}

func (s *stored) get(i int) error {
	for _, e := range s.kept[i].Contents() {
		if _, err := s.store.Read(e.Digest); err != nil {
			return err
		}
	}
	return nil
}

func (s *stored) forget() (err error) {
	if err := s.store.Close(); err != nil { // which ends its mapping
		return err
	}
	if err := dropFromMemory(s.path); err != nil {
		return err
	}
	s.store, err = cache.Open(s.path)
	return err
}

func (s *stored) close() error { return s.store.Close() }

// files keeps each content in a file of its own.
type files struct {
	folder  string
	checked bool // by its sha256, when it is written and when it is read
	kept    [][]artifacts.Entry
}

func inFiles(folder string) (keeper, error)        { return &files{folder: folder}, nil }
func inCheckedFiles(folder string) (keeper, error) { return &files{folder: folder, checked: true}, nil }

func (f *files) path(e artifacts.Entry) string { return filepath.Join(f.folder, e.Digest.String()) }

func (f *files) put(_ int, one *encoded) error {
	f.kept = append(f.kept, one.manifest.Contents())
	for _, e := range one.manifest.Contents() {
		if err := f.check(one.bytes[e.Digest], e); err != nil {
			return err
		}
		if err := writeDurably(f.path(e), one.bytes[e.Digest]); err != nil {
			return err
		}
	}
	return nil
}

func (f *files) check(b []byte, e artifacts.Entry) error {
	if f.checked && sha256.Sum256(b) != e.Digest {
		return fmt.Errorf("%s has other bytes", e.Name)
	}
	return nil
}

// writeDurably writes a file that is there whole or not at all.
func writeDurably(path string, b []byte) error {
	part, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer part.Close()
	if _, err := part.Write(b); err != nil {
		return err
	}
	if err := part.Sync(); err != nil {
		return err
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

func (f *files) get(i int) error {
	for _, e := range f.kept[i] {
		b, err := os.ReadFile(f.path(e))
		if err != nil {
			return err
		}
		if err := f.check(b, e); err != nil {
			return err
		}
	}
	return nil
}

func (f *files) forget() error {
	for _, kept := range f.kept {
		for _, e := range kept {
			if err := dropFromMemory(f.path(e)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *files) close() error { return nil }

// dropFromMemory has the kernel forget what it holds of a file.
func dropFromMemory(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
