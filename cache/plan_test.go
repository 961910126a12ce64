package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func TestPlans(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key := KeyOf("one")
	if b := PlanAt(path, key); b != nil {
		t.Errorf("there is a plan before there is one: %q", b)
	}
	if err := s.PutPlan(key, []byte("a plan")); err != nil {
		t.Fatal(err)
	}
	if b := PlanAt(path, key); string(b) != "a plan" {
		t.Errorf("the plan is %q", b)
	}
	file := filepath.Join(plansFolder(s.path), key.String())
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := append([]byte{}, whole...)
		damaged[i] ^= 1
		for _, b := range [][]byte{damaged, whole[:i]} {
			if err := os.WriteFile(file, b, 0o666); err != nil {
				t.Fatal(err)
			}
			if b := PlanAt(path, key); b != nil {
				t.Fatalf("byte %d: a damaged plan is read: %q", i, b)
			}
		}
	}
	for i := range mostPlans + 10 {
		if err := s.PutPlan(KeyOf(fmt.Sprint(i)), nil); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(plansFolder(s.path)); err != nil || len(entries) != mostPlans {
		t.Errorf("%v, %d plans are kept", err, len(entries))
	}
}

// TestClaimsExclude has many goroutines of two stores, as of two processes, claim
// a few keys again and again: a key has one owner at a time.
func TestClaimsExclude(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var all sync.WaitGroup
	var mu sync.Mutex
	owned := map[Key]int{}
	for range 2 {
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for g := range 4 {
			all.Go(func() {
				for i := range 40 {
					key := KeyOf(fmt.Sprint((g + i) % 3))
					release, err := s.Claim(context.Background(), key)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if owned[key]++; owned[key] > 1 {
						t.Errorf("%d own a key", owned[key])
					}
					mu.Unlock()
					time.Sleep(50 * time.Microsecond)
					mu.Lock()
					owned[key]--
					mu.Unlock()
					release()
				}
			})
		}
	}
	all.Wait()
}

// TestClaimOfTheDead takes over the claim of a process that was killed: its file
// is there, and nobody holds its lock.
func TestClaimOfTheDead(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	key := KeyOf("left")
	if err := os.WriteFile(s.claimFile(key), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	release, err := s.Claim(ctx, key)
	if err != nil || !s.Claimed(key) {
		t.Fatalf("%v, claimed: %v", err, s.Claimed(key))
	}
	brief, stop := context.WithTimeout(ctx, 3*poll)
	defer stop()
	if _, err := s.Claim(brief, key); err == nil {
		t.Error("a second claim of a key")
	}
	release()
	if s.Claimed(key) {
		t.Error("a key is claimed after release")
	}
	if again, err := s.Claim(ctx, key); err != nil {
		t.Error(err)
	} else {
		again()
	}
	s.Close()
	if left, err := os.ReadDir(s.claimsFolder()); err != nil || len(left) > 0 {
		t.Errorf("%v, left in the folder: %v", err, left)
	}
}
