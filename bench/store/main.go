//go:build linux

// Command store measures the store's throughput beside plain files: artifacts of
// 8 MiB, each durable before the next, and read back from memory and from disk.
//
//	go run ./bench/store
//
// Printed is a Markdown table: medians of rounds, in which they take turns.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"reprise/artifacts"
)

func main() {
	bytes := flag.Int64("bytes", 1<<30, "how much to write in each round")
	rounds := flag.Int("rounds", 3, "how often")
	folder := flag.String("folder", "", "a folder on the disk to measure; that of temporary files if empty")
	flag.Parse()
	if err := compare(*folder, int(*bytes/artifactBytes), *rounds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const artifactBytes = 8 << 20

// keeper keeps artifacts by number.
type keeper interface {
	put(i int, one *encoded) error
	get(i int) error
	// forget makes the next get read the disk.
	forget() error
	close() error
}

// encoded is an artifact as bytes.
type encoded struct {
	manifest *artifacts.Manifest
	content  map[artifacts.Digest]artifacts.Content
	bytes    map[artifacts.Digest][]byte
}

// artifact makes one whose bytes no other has.
func artifact(i int) (*encoded, error) {
	random := rand.New(rand.NewPCG(uint64(i), 1))
	values := make([]float64, artifactBytes/8)
	for k := range values {
		values[k] = random.Float64()
	}
	a := artifacts.New(artifacts.NewTable("t", artifacts.Dim{Name: "row", Size: len(values)}, artifacts.Floats("value", "", values)))
	m, content, err := a.Encode()
	if err != nil {
		return nil, err
	}
	one := &encoded{m, content, map[artifacts.Digest][]byte{}}
	for d, c := range content {
		one.bytes[d] = make([]byte, c.Size())
		if _, err := c.ReadAt(one.bytes[d], 0); err != nil {
			return nil, err
		}
	}
	return one, nil
}

var names = []string{"put", "get, from memory", "get, from disk"}

func compare(folder string, n, rounds int) error {
	root, err := os.MkdirTemp(folder, "bench-store")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	var all []*encoded
	for i := range n {
		one, err := artifact(i)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	took := make([]map[string][]time.Duration, len(makers))
	for i := range took {
		took[i] = map[string][]time.Duration{}
	}
	for round := range rounds {
		at := filepath.Join(root, fmt.Sprint(round))
		if err := measure(at, all, took); err != nil {
			return err
		}
		if err := os.RemoveAll(at); err != nil {
			return err
		}
	}
	print(took, n, rounds)
	return nil
}

var makers = []func(folder string) (keeper, error){inStore, inFiles, inCheckedFiles}

// measure puts all and gets them twice. Keepers take turns artifact by artifact, so
// that whatever else the machine does is the same for each.
func measure(folder string, all []*encoded, took []map[string][]time.Duration) error {
	var keepers []keeper
	for i, open := range makers {
		at := filepath.Join(folder, fmt.Sprint(i))
		if err := os.MkdirAll(at, 0o777); err != nil {
			return err
		}
		k, err := open(at)
		if err != nil {
			return err
		}
		defer k.close()
		keepers = append(keepers, k)
	}
	unix.Sync() // nobody waits for the writes of others
	for _, name := range names {
		sums := make([]time.Duration, len(keepers))
		if name == "get, from disk" {
			for _, k := range keepers {
				if err := k.forget(); err != nil {
					return err
				}
			}
		}
		for i, one := range all {
			for turn := range keepers {
				which := (i + turn) % len(keepers)
				began := time.Now()
				var err error
				if name == "put" {
					err = keepers[which].put(i, one)
				} else {
					err = keepers[which].get(i)
				}
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				sums[which] += time.Since(began)
			}
		}
		for i, sum := range sums {
			took[i][name] = append(took[i][name], sum)
		}
	}
	return nil
}

func print(took []map[string][]time.Duration, n, rounds int) {
	fmt.Printf("%d artifacts of %d MiB, MiB/s (medians of %d):\n\n| | %s | %s | %s |\n| --- | --- | --- | --- |\n", n, artifactBytes>>20, rounds, names[0], names[1], names[2])
	for i, name := range []string{"store", "files", "files and sha256"} {
		fmt.Printf("| %s |", name)
		for _, what := range names {
			t := took[i][what]
			slices.Sort(t)
			fmt.Printf(" %.0f |", float64(n*(artifactBytes>>20))/t[len(t)/2].Seconds())
		}
		fmt.Println()
	}
}
