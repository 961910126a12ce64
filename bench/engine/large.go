package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// large compares what it costs that large inputs have not changed, and to read
// them all the same.
func (o *options) large(self string) error {
	folder, err := os.MkdirTemp("", "bench-large")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := writeLarge(folder, o.bytes); err != nil {
		return err
	}
	time.Sleep(2500 * time.Millisecond) // as in compare
	setup := [][]string{{self, "run", "x.hcl"}, {self, "run", "x.hcl"}, {"ninja"}, {"make", "-s"}}
	commands := []struct {
		name string
		line []string
	}{
		{"reprise run", setup[0]}, {"ninja", setup[2]}, {"make", setup[3]},
		{"reprise run --rehash", []string{self, "run", "x.hcl", "--rehash"}},
		{"xargs -n 4 -P 2 sha256sum", []string{"sh", "-c", "ls in/* | xargs -n 4 -P 2 sha256sum"}},
		{"xargs -n 4 -P 2 cat", []string{"sh", "-c", "ls in/* | xargs -n 4 -P 2 cat >/dev/null"}},
	}
	for _, line := range setup {
		if _, err := measure(folder, o.limit, line...); err != nil {
			return fmt.Errorf("%s: %w", line[0], err)
		}
	}
	costs := make([][]cost, len(commands))
	for range o.rounds {
		for i, c := range commands {
			took, err := measure(folder, o.limit, c.line...)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			costs[i] = append(costs[i], took)
		}
	}
	fmt.Printf("%.1f GiB in %d files, unchanged (medians of %d):\n\n| | wall, ms | CPU, ms |\n| --- | --- | --- |\n", float64(o.bytes)/(1<<30), largeFiles, o.rounds)
	for i, c := range commands {
		m := median(costs[i])
		fmt.Printf("| %s | %s | %s |\n", c.name, milliseconds(m.wall), milliseconds(m.cpu))
	}
	fmt.Println()
	return nil
}

const largeFiles = 64

// writeLarge writes the files, and what tools make of them: a task for each file.
func writeLarge(folder string, bytes int64) error {
	for _, d := range []string{"in", "out"} {
		if err := os.MkdirAll(filepath.Join(folder, d), 0o777); err != nil {
			return err
		}
	}
	random := rand.NewChaCha8([32]byte{})
	block := make([]byte, bytes/largeFiles)
	var hcl, make, ninja strings.Builder
	make.WriteString("all:")
	for i := range largeFiles {
		fmt.Fprintf(&make, " out/%d", i)
	}
	make.WriteString("\n")
	ninja.WriteString("rule size\n  command = wc -c $in > $out\n")
	for i := range largeFiles {
		in := fmt.Sprintf("in/%d.bin", i)
		_, _ = random.Read(block)
		if err := os.WriteFile(filepath.Join(folder, in), block, 0o666); err != nil {
			return err
		}
		fmt.Fprintf(&hcl, "stage \"weigh\" \"w%d\" {\n  file = %q\n}\n", i, in)
		fmt.Fprintf(&make, "out/%d: %s\n\twc -c $< > $@\n", i, in)
		fmt.Fprintf(&ninja, "build out/%d: size %s\n", i, in)
	}
	for name, text := range map[string]string{"x.hcl": hcl.String(), "Makefile": make.String(), "build.ninja": ninja.String()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

var weighKind = spec.Kind{Name: "weigh", Doc: "Tells how large a file is.", New: func() spec.Method { return &weigh{} }, Code: code, Tables: gives}

// weigh reads a file and says how large it is.
type weigh struct {
	File spec.File `hcl:"file" doc:"the file"`
}

func (w *weigh) Run(_ context.Context, env *spec.Env) (*artifacts.Artifact, error) {
	text, err := env.ReadFile("file", 1<<30)
	return said([]float64{float64(len(text))}), err
}
