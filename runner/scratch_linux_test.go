package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"reprise/spec"
)

// TestFoldersAreKept holds that what a task leaves becomes what another of its kind
// finds: folders as they are made, without anything in them.
func TestFoldersAreKept(t *testing.T) {
	under, spare := t.TempDir(), newSpareFolders()
	task := func(kind string) *scratch { return &scratch{under: under, owner: "me", spare: spare, kind: kind} }
	made := func(s *scratch) spec.Scratch {
		t.Helper()
		at, err := s.make()
		if again, _ := s.make(); err != nil || again.Path != at.Path {
			t.Fatal(again, err)
		}
		return at
	}
	inodes := map[string]uint64{}
	inode := func(path string) uint64 {
		t.Helper()
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Sys().(*syscall.Stat_t).Ino
	}
	elsewhere := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(elsewhere, []byte("kept"), 0o666); err != nil {
		t.Fatal(err)
	}
	first := task("k")
	root := made(first).Path
	for _, folder := range []string{"work", "work/a", "shut", "shut/in", "open"} {
		err := os.Mkdir(filepath.Join(root, folder), 0o777)
		for _, name := range []string{"x", ".y"} {
			err = errors.Join(err, os.WriteFile(filepath.Join(root, folder, name), nil, 0o444))
		}
		if err = errors.Join(err, os.Symlink(elsewhere, filepath.Join(root, folder, "link")), os.Symlink(filepath.Dir(elsewhere), filepath.Join(root, folder, "folder"))); err != nil {
			t.Fatal(err)
		}
		inodes[folder] = inode(filepath.Join(root, folder))
	}
	like, err := os.Lstat(filepath.Join(root, "work"))
	if err := errors.Join(err, os.Chmod(filepath.Join(root, "shut/in"), 0o555), os.Chmod(filepath.Join(root, "shut"), 0), os.Chmod(filepath.Join(root, "open"), 0o1777), os.Chmod(root, 0o755)); err != nil {
		t.Fatal(err)
	}
	first.isFree()
	first.remove()
	if other := made(task("other")); len(other.Folders) > 0 || other.Path == root {
		t.Errorf("a task of another kind finds %+v", other)
	}
	again := made(task("k"))
	if again.Path != root || !slices.Equal(again.Folders, slices.Sorted(maps.Keys(inodes))) {
		t.Errorf("the next task finds %+v", again)
	}
	for folder, was := range inodes {
		info, err := os.Lstat(filepath.Join(root, folder))
		if err != nil || info.Mode() != like.Mode() || inode(filepath.Join(root, folder)) != was {
			t.Errorf("%s: %v %v", folder, info, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(root, "*/*")); err != nil || len(left) != 2 {
		t.Errorf("left are %q: %v", left, err)
	}
	if info, err := os.Lstat(root); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder itself is %v: %v", info.Mode(), err)
	}
	if text, err := os.ReadFile(elsewhere); err != nil || string(text) != "kept" {
		t.Errorf("what a link led to: %q %v", text, err)
	}

	for name, spoil := range map[string]func(root string) error{
		"nobody said that it is free": nil,
		"more files than one keeps": func(root string) (err error) {
			for i := range mostFiles + 1 {
				err = errors.Join(err, os.WriteFile(filepath.Join(root, fmt.Sprint(i)), nil, 0o666))
			}
			return err
		},
		"more folders": func(root string) (err error) {
			for i := range mostFolders + 1 {
				err = errors.Join(err, os.Mkdir(filepath.Join(root, fmt.Sprint(i)), 0o777))
			}
			return err
		},
		"a folder with an attribute": func(root string) error {
			at := filepath.Join(root, "with")
			err := errors.Join(os.Mkdir(at, 0o777), syscall.Setxattr(at, "user.of", []byte("mine"), 0))
			if errors.Is(err, syscall.ENOTSUP) { // then there can be none
				return os.WriteFile(filepath.Join(root, "many"), nil, 0o666)
			}
			return err
		},
	} {
		s := task(name)
		root := made(s).Path
		if spoil != nil {
			if err := spoil(root); err != nil {
				t.Fatal(err)
			}
			s.isFree()
		}
		s.remove()
		next := made(task(name))
		if next.Path == root && name != "a folder with an attribute" {
			t.Errorf("where %s a folder is kept", name)
		}
		if _, err := os.Lstat(filepath.Join(next.Path, "with")); err == nil {
			t.Error("a folder with an attribute is kept")
		}
	}

	var all []*scratch
	for range mostSpare + 3 {
		s := task("k")
		made(s)
		s.isFree()
		all = append(all, s)
	}
	for _, s := range all[1:] {
		s.remove()
	}
	spare.close()
	all[0].remove() // as of a method that was left behind
	for _, s := range all {
		if _, err := os.Lstat(s.at.Path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a folder is left when all is over: %v", err)
		}
	}
}
