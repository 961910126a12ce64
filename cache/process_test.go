package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func testContext() context.Context { return context.Background() }

// lines collects the output of another process.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func newLines() *lines { return &lines{} }

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// whole returns the lines that were written to their end.
func (l *lines) whole() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.Split(l.text.String(), "\n")
	return all[:len(all)-1]
}

func (l *lines) has(line string) bool {
	for _, x := range l.whole() {
		if x == line {
			return true
		}
	}
	return false
}

// TestKill kills a process at random moments while it puts. What it had reported
// as done is there, nothing is half there, and its pending chunks get swept.
func TestKill(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	done, midway := 0, 0
	for i := range 20 {
		c := start(t, "put", path)
		time.Sleep(time.Duration(r.IntN(250)) * time.Millisecond)
		c.kill()
		if pendingCount(t, s) > 0 {
			midway++
		}
		other := again(t, path) // sweeps
		if n := pendingCount(t, other); n != 0 {
			t.Errorf("%d pending records are left", n)
		}
		for _, line := range c.out.whole()[1:] {
			key, err := ParseKey(line)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Get(key)
			if err != nil {
				t.Fatalf("a result that was reported durable: %v", err)
			}
			m, err := s.Manifest(got.Artifact)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(m); err != nil {
				t.Fatal(err)
			}
			done++
		}
		if i%5 == 4 {
			for _, err := range other.Check() {
				t.Fatalf("check after kill: %v", err)
			}
		}
		other.Close()
	}
	t.Logf("%d results were done before the kills; %d kills hit a put of several transactions", done, midway)
}

func pendingCount(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(pendingBucket).ForEach(func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSweepSparesTheLiving(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	x := sample("stage.a", 1, bytesOf(1, 40<<20))
	sizes, err := s.absent(x.m, x.content)
	if err != nil {
		t.Fatal(err)
	}
	part, bytes, err := newLoader(sizes, x.content).load(cut(sizes)[0])
	if err != nil {
		t.Fatal(err)
	}
	staged, err := s.stage(nil, part, bytes)
	if err != nil {
		t.Fatal(err)
	}
	other := again(t, path)
	if n := pendingCount(t, other); n != 1 {
		t.Errorf("%d pending records of a living process are left, want 1", n)
	}
	s.discard(staged)
	if n := pendingCount(t, other); n != 0 {
		t.Errorf("%d pending records are left after discard", n)
	}
	if n := chunkCount(t, other); n != 0 {
		t.Errorf("%d chunks are left after discard", n)
	}
}

// TestReadWhileAnotherComputes and while another writes.
func TestReadWhileAnotherComputes(t *testing.T) {
	for action, line := range map[string]string{"compute": "computing", "put": "ready"} {
		path := newPath(t)
		c := start(t, action, path)
		c.await(line)
		for range 5 {
			begin := time.Now()
			s, err := OpenExisting(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Runs(); err != nil {
				t.Fatal(err)
			}
			s.Close()
			t.Logf("%s: read after %v", action, time.Since(begin))
		}
		w := open(t, path)
		x := sample("stage.mine", 1, bytesOf(77, 100))
		put(t, w, x)
		readAll(t, w, x)
		c.kill()
	}
}

func TestClaimIsExclusive(t *testing.T) {
	path := newPath(t)
	stores := []*Store{open(t, path), again(t, path)}
	key := KeyOf("one")
	var inside atomic.Int32
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			release, err := stores[i%2].Claim(t.Context(), key)
			if err != nil {
				t.Error(err)
				return
			}
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d hold the claim at once", n)
			}
			time.Sleep(time.Millisecond)
			inside.Add(-1)
			release()
			release() // a second time does nothing
		})
	}
	wg.Wait()
	left, err := filepath.Glob(path + ".claims/" + key.String())
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestClaimOfAnotherProcess(t *testing.T) {
	path := newPath(t)
	c := start(t, "claim", path)
	c.await("claimed")
	s := open(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Claim(ctx, KeyOf("one")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("claim of a claimed key: %v", err)
	}
	release, err := s.Claim(t.Context(), KeyOf("two"))
	if err != nil {
		t.Fatal(err)
	}
	release()
	got := make(chan error)
	go func() {
		release, err := s.Claim(t.Context(), KeyOf("one"))
		if err == nil {
			release()
		}
		got <- err
	}()
	c.kill()
	if err := <-got; err != nil {
		t.Errorf("claim of a crashed owner: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
