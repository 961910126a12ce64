package cache

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestDamagedLeafIsNotWrittenTo spoils each page in turn, in a copy, and writes all
// the same: what could be read before can be read afterwards. Where more than a leaf
// of chunks is damaged, nothing is written at all.
func TestDamagedLeafIsNotWrittenTo(t *testing.T) {
	whole := makeSmall(t, filepath.Join(quickFolder(t), "store.db"))
	fresh := sample("stage.fresh", 3, bytesOf(77, 300))
	size := os.Getpagesize()
	refused := map[string]int{}
	for page := 2; page < len(whole)/size; page++ {
		for name, spoil := range map[string]func(p []byte){
			"zeroed":         func(p []byte) { clear(p) },
			"another number": func(p []byte) { p[0] ^= 1 },
			"more elements":  func(p []byte) { p[10] ^= 64 },
			"an overflow":    func(p []byte) { p[12] ^= 2 },
			"a key's place":  func(p []byte) { p[pageHead+4] ^= 8 },
		} {
			for writes, write := range map[string]func(s *Store) error{
				"a claim": func(s *Store) error {
					release, err := s.Claim(t.Context(), fresh.r.Key)
					if err == nil {
						release()
					}
					return err
				},
				"a result": func(s *Store) error { return s.Put(fresh.r, fresh.m, fresh.content) },
				"a log":    func(s *Store) error { return s.PutLog(fresh.r.Key, "a", []byte("what it said")) },
				"forget":   func(s *Store) error { return s.Forget(small()[3].r.Key) },
				"collect": func(s *Store) error {
					_, err := s.Collect(Keep{})
					return err
				},
			} {
				b := bytes.Clone(whole)
				spoil(b[page*size:][:size])
				path := filepath.Join(quickFolder(t), "store.db")
				if err := os.WriteFile(path, b, 0o666); err != nil {
					t.Fatal(err)
				}
				before := readable(path)
				s, err := Open(path)
				if err == nil {
					err = write(s)
					s.Close()
				}
				if errors.Is(err, ErrStructure) {
					refused[writes]++
					if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, b) {
						t.Errorf("page %d, %s: %s was refused, and the file changed (%v)", page, name, writes, err)
					}
				}
				after := readable(path)
				for key := range before {
					if !after[key] && !(writes == "forget" && key == small()[3].r.Key) {
						t.Errorf("page %d, %s: a result cannot be read any more after %s, which said %v", page, name, writes, err)
						break
					}
				}
			}
		}
	}
	t.Log("refused:", refused)
	for _, n := range refused {
		if n < 20 || len(refused) < 5 {
			t.Errorf("it tested too little: %v", refused)
		}
	}
}

// readable are the results that another process finds whole.
func readable(path string) map[Key]bool {
	sound := map[Key]bool{}
	s, err := OpenExisting(path)
	if err != nil {
		return sound
	}
	defer s.Close()
	for _, x := range small() {
		if _, err := s.VerifyResult(x.r.Key); err == nil {
			sound[x.r.Key] = true
		}
	}
	return sound
}

// TestRunAgainLooksAtNoLeaves holds that a run in which nothing changed takes no
// longer in a store of many results.
func TestRunAgainLooksAtNoLeaves(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	put(t, s, small()[0])
	r := &Run{ID: "a", Tasks: []RunTask{{Address: "stage.a", Key: small()[0].r.Key}}}
	if err := s.PutRun(r); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = again(t, path)
	var stamp Stamp
	err := s.view(func(tx *bolt.Tx) (err error) {
		stamp, err = stampOf(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := s.PutRunAgain(&Run{ID: "b", List: r.List}, stamp); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if s.looked != branches {
		t.Error("it looked at more than branches:", s.looked)
	}
	put(t, s, small()[1])
	if s.looked != records {
		t.Error("a result was put without a look at the leaves:", s.looked)
	}
}
