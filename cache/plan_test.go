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
	if p, ok := PlanAt(path, key); ok {
		t.Errorf("there is a plan before there is one: %q", p.Head)
	}
	if err := s.PutPlan(key, []byte("a plan"), []byte("tasks")); err != nil {
		t.Fatal(err)
	}
	if p, ok := PlanAt(path, key); !ok || string(p.Head) != "a plan" || string(p.Tail()) != "tasks" {
		t.Errorf("the plan is %q", p.Head)
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
			if p, ok := PlanAt(path, key); ok && p.Tail() != nil {
				t.Fatalf("byte %d: a damaged plan is read: %q", i, p.Head)
			}
		}
	}
	for i := range mostPlans + 10 {
		if err := s.PutPlan(KeyOf(fmt.Sprint(i)), nil, nil); err != nil {
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

// TestStand tells addresses that stand for what they did from those that do not.
func TestStand(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	one, two := sample("stage.one", 1, bytesOf(1, 100)), sample("stage.two", 2, bytesOf(2, 100))
	put(t, s, one)
	put(t, s, two)
	stand := func(s *Store, all ...Standing) bool {
		t.Helper()
		same, _, err := s.Stand(one.r.Experiment, all, Stamp{})
		if err != nil {
			t.Fatal(err)
		}
		return same
	}
	of := func(x made) Standing { return Standing{x.r.Address, x.r.Key, x.r.Seal} }
	if !stand(s, of(one), of(two)) {
		t.Error("what was put does not stand")
	}
	got, err := s.Get(one.r.Key)
	if err != nil || got.Seal != one.r.Seal {
		t.Errorf("%v: the seal that Get tells is not that of Put", err)
	}
	other := of(one)
	other.Seal[3] ^= 1
	if stand(s, of(two), other) {
		t.Error("another record under the key stands")
	}
	other = of(one)
	other.Key = two.r.Key
	if stand(s, other) {
		t.Error("the result of another address stands")
	}
	_, at, err := s.Stand(one.r.Experiment, []Standing{of(one), of(two)}, Stamp{})
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []Key{two.r.Key, one.r.Key} { // there and back
		if err := s.SetLatest(one.r.Experiment, map[string]Key{one.r.Address: to}); err != nil {
			t.Fatal(err)
		}
		if same, now, err := s.Stand(one.r.Experiment, []Standing{of(one), of(two)}, Stamp{}); err != nil || same != (to == one.r.Key) || now == at {
			t.Errorf("an address that stands for %s: %v, %v", to, same, err)
		}
	}
	if err := s.Forget(two.r.Key); err != nil {
		t.Fatal(err)
	}
	if !stand(s, of(one)) || stand(s, of(one), of(two)) {
		t.Error("what was forgotten stands")
	}
	// What stood is in use: nothing collects it while the store is open.
	reader := open(t, path)
	if !stand(reader, of(one)) {
		t.Error("it does not stand in another process")
	}
	s.Close()
	other2 := open(t, path)
	if _, err := other2.Collect(Keep{Since: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if !stand(reader, of(one)) {
		t.Error("it was collected though it is in use")
	}
}

// TestClaimsWithoutSecondNames claims in the way of file systems that have no
// hard links.
func TestClaimsWithoutSecondNames(t *testing.T) {
	s := open(t, newPath(t))
	key := KeyOf("alone")
	release, err := s.claimAlone(context.Background(), key)
	if err != nil || !s.Claimed(key) {
		t.Fatalf("%v, claimed: %v", err, s.Claimed(key))
	}
	ctx, stop := context.WithTimeout(context.Background(), 3*poll)
	defer stop()
	if _, err := s.Claim(ctx, key); err == nil {
		t.Error("a second claim of a key")
	}
	if _, err := s.claimAlone(ctx, key); err == nil {
		t.Error("a second claim of a key, alone")
	}
	release()
	if s.Claimed(key) {
		t.Error("a key is claimed after release")
	}
}
