package cache

import (
	"errors"
	"fmt"
	"testing"
)

// TestHurry holds that a process that is to end does not wait for one that does not let
// go of the store, and that all that waits to be written is told so at once.
func TestHurry(t *testing.T) {
	s := open(t, newPath(t))
	held := newLock(s.path + ".lock")
	if err := held.Lock(); err != nil { // once the spell that opened the store is over
		t.Fatal(err)
	}
	defer held.Unlock()
	ends := make(chan error)
	for i := range 8 {
		go func() { ends <- s.PutLog(KeyOf(fmt.Sprint(i)), "a", []byte("it said this")) }()
	}
	s.Hurry()
	for range 8 {
		if err := <-ends; !errors.Is(err, ErrLocked) {
			t.Errorf("it ends with %v", err)
		}
	}
}
