package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

const (
	maxFileSize = 16 << 20  // bytes that file reads at most
	maxEntries  = 1_000_000 // files and folders that fileset looks at, at most
)

// fileFunctions are the functions that read files; dir is the folder that
// relative paths start from.
func fileFunctions(dir string, reads *reads) map[string]function.Function {
	return map[string]function.Function{
		"file": fileFunction(dir, reads, "Returns the content of a text file in UTF-8, of at most 16 MiB.",
			func(f io.Reader) (string, error) { return readText(f, maxFileSize) }),
		"fileset":    filesetFunction(dir, reads),
		"filesha256": fileFunction(dir, reads, "Returns the sha256 of a file's content, in hexadecimal.", digestText),
	}
}

func fileFunction(dir string, reads *reads, doc string, read func(io.Reader) (string, error)) function.Function {
	return function.New(&function.Spec{
		Description:  doc,
		Params:       []function.Parameter{funcParam("path", cty.String, "the file: absolute, or relative to the experiment's folder")},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			text, err := reads.read(fromFolder(dir, name), read)
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "cannot read %q: %w", name, bareError(err))
			}
			return cty.StringVal(text), nil
		},
	})
}

func readText(f io.Reader, limit int64) (string, error) {
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return "", err
	case int64(len(b)) > limit:
		return "", fmt.Errorf("it is larger than %d MiB; a stage can take larger files as inputs", limit>>20)
	case !utf8.Valid(b):
		return "", errors.New("it is no text in UTF-8")
	}
	return string(b), nil
}

func digestText(f io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func fromFolder(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

// bareError drops the path that the operating system's errors repeat, which is
// not as the user wrote it.
func bareError(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

func filesetFunction(dir string, reads *reads) function.Function {
	return function.New(&function.Spec{
		Description: "Returns the set of the files in a folder whose paths, relative to it, match a pattern: * stands for any characters of a name, ? for one, [a-z] for one of these, ** for any number of folders. Names that begin with a dot match only a pattern that does. A link to a folder is followed where its name is written out.",
		Params: []function.Parameter{
			funcParam("folder", cty.String, "the folder: absolute, or relative to the experiment's folder"),
			funcParam("pattern", cty.String, "the pattern, with / between folders"),
		},
		Type:         function.StaticReturnType(cty.Set(cty.String)),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			folder, pattern := args[0].AsString(), args[1].AsString()
			parts, err := splitPattern(pattern)
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(1, "%q: %w", pattern, err)
			}
			s := fileSearch{reads: reads, root: fromFolder(dir, folder), found: make(map[string]bool)}
			if err := s.match("", parts); err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "cannot list %q: %w", folder, err)
			}
			return s.files(), nil
		},
	})
}

// splitPattern checks a pattern and gives its parts. A pattern that ends in **
// stands for all files below, thus ends in a * too.
func splitPattern(pattern string) ([]string, error) {
	parts := strings.Split(pattern, "/")
	for _, p := range parts {
		if p == "" || p == "." || p == ".." {
			return nil, errors.New(`a pattern is a relative path without empty parts, "." or ".."`)
		}
		if _, err := path.Match(p, ""); err != nil {
			return nil, errors.New("a bracket is not closed, or a backslash ends a name")
		}
	}
	// ** after ** adds nothing but time.
	parts = slices.CompactFunc(parts, func(a, b string) bool { return a == "**" && b == "**" })
	if parts[len(parts)-1] == "**" {
		parts = append(parts, "*")
	}
	return parts, nil
}

// fileSearch collects the files below root that match a pattern.
type fileSearch struct {
	reads   *reads
	root    string
	found   map[string]bool
	entries int  // seen so far
	inputs  bool // for a task, which is not to run again for each word in an experiment
}

// match adds the files below the folder whose paths match parts.
func (s *fileSearch) match(folder string, parts []string) error {
	if parts[0] == "**" {
		if err := s.match(folder, parts[1:]); err != nil {
			return err
		}
	}
	if !strings.ContainsAny(parts[0], `*?[\`) {
		return s.named(path.Join(folder, parts[0]), parts)
	}
	entries, count, err := s.reads.list(filepath.Join(s.root, filepath.FromSlash(folder)), parts[0])
	if err != nil && folder != "" {
		return fmt.Errorf("%s: %w", folder, bareError(err))
	}
	if err != nil {
		return bareError(err)
	}
	if s.entries += count; s.entries > maxEntries {
		return fmt.Errorf("there are more than %d files and folders to look at", maxEntries)
	}
	for _, entry := range entries {
		if err := s.visit(path.Join(folder, entry.Name()), entry, parts); err != nil {
			return err
		}
	}
	return nil
}

// named handles a name that is written out, and may be a link to a folder: to list
// the folder that has it would take long where many tasks take a file each.
func (s *fileSearch) named(name string, parts []string) error {
	info, err := s.reads.stat(filepath.Join(s.root, filepath.FromSlash(name)))
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		if _, err := s.reads.stat(s.root); err != nil {
			return bareError(err)
		}
	case err != nil: // such as a folder that may not be entered
		return fmt.Errorf("%s: %w", name, bareError(err))
	case info.IsDir() && len(parts) > 1:
		return s.match(name, parts[1:])
	case info.Mode().IsRegular() && len(parts) == 1:
		s.found[name] = true
	}
	return nil
}

// has tells whether files that a pattern matches were found, if for another one.
func (s *fileSearch) has(parts []string) bool {
	alone := fileSearch{reads: s.reads, root: s.root, found: map[string]bool{}, inputs: s.inputs}
	return alone.match("", parts) == nil && len(alone.found) > 0
}

// visit handles an entry whose name matches the first of parts. Links to files
// count as files; links to folders are not followed, for they may go in circles.
func (s *fileSearch) visit(name string, entry fs.DirEntry, parts []string) error {
	switch {
	case entry.IsDir() && parts[0] == "**":
		return s.match(name, parts)
	case entry.IsDir() && len(parts) > 1:
		return s.match(name, parts[1:])
	case parts[0] == "**" || len(parts) > 1:
		return nil
	}
	if s.inputs && isOurs(parts[0], entry.Name()) {
		return nil
	}
	info, err := s.reads.stat(filepath.Join(s.root, filepath.FromSlash(name)))
	if err == nil && info.Mode().IsRegular() {
		s.found[name] = true
	}
	return nil
}

// isOurs tells whether a name is that of an experiment, or of a lock or baseline
// beside one, and the pattern that it matches does not ask for such.
func isOurs(pattern, name string) bool {
	for _, ending := range []string{".hcl", ".hcl.json", ".lock.json", ".baseline.json"} {
		if strings.HasSuffix("."+name, ending) && !strings.HasSuffix("."+pattern, ending) {
			return true
		}
	}
	return false
}

// matchName keeps hidden names, such as those of the store and of git, out of
// patterns that do not ask for them: their content changes with each run.
func matchName(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") {
		return false
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func (s *fileSearch) files() cty.Value {
	if len(s.found) == 0 {
		return cty.SetValEmpty(cty.String)
	}
	var values []cty.Value
	for name := range s.found {
		values = append(values, cty.StringVal(name))
	}
	return cty.SetVal(values)
}
