package cli

import (
	"errors"
	"fmt"
	"io"

	"reprise/artifacts"
	"reprise/cache"
	"reprise/runner"
)

// storedArtifact is the artifact of a task, read as it is asked for.
type storedArtifact struct {
	from     *opened
	step     *runner.Step
	manifest *artifacts.Manifest
}

// bytes returns the stored bytes of an entry, which are those that were put there.
func (s *storedArtifact) bytes(e artifacts.Entry) ([]byte, error) {
	b, err := s.from.store.Read(e.Digest)
	if err != nil {
		return nil, damaged(err, s.from, s.step)
	}
	return b, nil
}

// copy writes the stored bytes of an entry in parts. What takes them as they come,
// such as a pipe, gets none where they are damaged.
func (s *storedArtifact) copy(w io.Writer, j exportJob) error {
	var err error
	if j.stream {
		err = s.from.store.Copy(io.Discard, j.entry.Digest)
	}
	if err == nil {
		err = s.from.store.Copy(w, j.entry.Digest)
	}
	return damaged(err, s.from, s.step)
}

func (s *storedArtifact) table(e artifacts.Entry) (*artifacts.Table, error) {
	b, err := s.bytes(e)
	if err != nil {
		return nil, err
	}
	return artifacts.DecodeTable(e.Name, b)
}

// find returns the table or file of that name; a table where both have it.
func (s *storedArtifact) find(name string) (e artifacts.Entry, isTable bool, err error) {
	if e, ok := s.manifest.Table(name); ok {
		return e, true, nil
	}
	for _, e := range s.manifest.Files {
		if e.Name == name {
			return e, false, nil
		}
	}
	return e, false, &runner.UsageError{Message: fmt.Sprintf("%s has no table or file %q; it has %s", s.step.Task.Address, name, s.names())}
}

func (s *storedArtifact) names() string {
	var names []string
	for _, e := range s.manifest.Tables {
		names = append(names, e.Name)
	}
	for _, e := range s.manifest.Files {
		names = append(names, e.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return join(names)
}

// damaged adds to an error about damage what heals it.
func damaged(err error, o *opened, s *runner.Step) error {
	if !errors.Is(err, cache.ErrStructure) && (errors.Is(err, cache.ErrCorrupt) || errors.Is(err, cache.ErrMissing)) {
		return fmt.Errorf("%w; make it again: %s", err, o.command("run", "--rerun", s.Task.Address))
	}
	return err
}
