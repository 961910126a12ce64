package runner

import (
	"strings"
	"testing"

	"reprise/cache"
)

func TestReasonsInWords(t *testing.T) {
	const old = "reprise-key 1\nkind fit\nformat 1\ncode stages/fit aaaa\ncode gonum.org/v1/gonum v0.15.0\ncode stages/gone bbbb\nset rank 2\nset name \"a b\"\nset loss \"mse\"\nset note null\nset long \"x\"\nin trials 1\nfile data 2\n"
	const now = "reprise-key 1\nkind fit2\nformat 2\ncode stages/fit cccc\ncode gonum.org/v1/gonum v0.16.0\ncode stages/new dddd\nset rank 3\nset name \"b c\"\nset loss \"l1\"\nset note 5\nset extra 1\nset long \"0123456789012345678901234567890123456789012345678901234567890123456789\"\nin trials 2\nfile data 3\n"
	want := []string{"kind: fit -> fit2", "the encoding of artifacts changed", "code: stages/fit changed", "code: gonum.org/v1/gonum v0.15.0 -> v0.16.0",
		"code: stages/new is new", "rank: 2 -> 3", `name: "a b" -> "b c"`, "loss: mse -> l1", "note: (not given) -> 5", "extra: (none) -> 1",
		`long: x -> "0123456789012345678901234567890123456789…`, "input trials changed", "file of data has new content", "code: stages/gone is no longer used"}
	var got []string
	for _, d := range Differences(old, now) {
		got = append(got, d.String())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := Differences("reprise-key 1\n", "reprise-key 2\n"); len(d) != 1 || d[0].String() != "the form of keys changed" {
		t.Errorf("%v", d)
	}
}

// TestLongValues holds that of long values what differs is shown.
func TestLongValues(t *testing.T) {
	long := strings.Repeat("a long way ", 20)
	command := func(args ...string) string {
		return `["python3","-c","` + long + `","` + strings.Join(args, `","`) + `"]`
	}
	for _, c := range []struct{ old, new, want string }{
		{command("--rank", "2"), command("--rank", "3"), `[…, "2"] -> […, "3"]`},
		{command("--rank", "2", "x"), command("--rank", "3", "x"), `[…, "2", …] -> […, "3", …]`},
		{command("2"), command("2", "3"), `[…] -> […, "3"]`},
		{`["sh","` + long + `1` + long + `"]`, `["sh","` + long + `2` + long + `"]`, `[…, …long way a long way 1a long way a long way a long way a long…] -> […, …long way a long way 2a long way a long way a long way a long…]`},
		{`"` + long + `é` + `"`, `"` + long + `è` + `"`, `…long way a long way é" -> …long way a long way è"`},
		{``, `["` + long + `"]`, `(none) -> ["a long way a long way a long way a long way a long way a l… (224 bytes)`},
		{`[` + strings.Repeat("1,", 200) + `1]`, `[]`, `[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, … (601 bytes)] -> []`},
	} {
		if got := (Difference{"set", "x", c.old, c.new}).String(); got != "x: "+c.want {
			t.Errorf("%s\nwant x: %s", got, c.want)
		}
	}
}

// TestObjectsByElement holds that of an attribute that is a map the elements that
// differ are told, each as if it were an attribute.
func TestObjectsByElement(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`{"a":"0","i":"1"}`, `{"a":"1","i":"1"}`, "x[a]: 0 -> 1"},
		{`{"a":"0","i":"1"}`, `{"a":"0","j":"2"}`, "x[i]: 1 -> (none), x[j]: (none) -> 2"},
		{`{"a":[1,2]}`, `{"a":[1,3]}`, "x[a]: [1,2] -> [1,3]"},
		{`{}`, `{"a":1,"b":2,"c":3,"d":4,"e":5}`, "x[a]: (none) -> 1, x[b]: (none) -> 2, x[c]: (none) -> 3 and 2 more"},
		{`null`, `{}`, "x: (not given) -> {}"},
	} {
		if got := (Difference{"set", "x", c.old, c.new}).String(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

// FuzzKeyText holds that any key text is read, and is no different from itself.
func FuzzKeyText(f *testing.F) {
	f.Add("reprise-key 1\nkind add\nset \"a b\" [1,2]\nsecret env[T] sha256:00\n", "reprise-key 1\nkind add\nset plus {\"a\":1}\nprobe x \"y\"\nfile files[a] 0b\nin of 0c\nin of 0d\n")
	f.Fuzz(func(t *testing.T, old, new string) {
		if d := Differences(old, old); len(d) > 0 {
			t.Errorf("%q differs from itself: %v", old, d)
		}
		if len(Items(old)) != strings.Count(strings.TrimSuffix(old, "\n"), "\n")+1 {
			t.Error("a line is lost")
		}
		for _, d := range Differences(old, new) {
			if d.String() == "" {
				t.Errorf("%+v says nothing", d)
			}
		}
		linesOf(old)
	})
}

// FuzzRemembered holds that any plan is read or refused.
func FuzzRemembered(f *testing.F) {
	head, tail, err := (&Remembered{tasks: []standing{{}, {}}, Shown: []byte("x")}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head, tail)
	read := func(head, tail []byte) (*Remembered, error) {
		m, err := DecodeRemembered(cache.Plan{Head: head, Tail: func() []byte { return tail }})
		if err != nil {
			return nil, err
		}
		return m, m.load()
	}
	f.Fuzz(func(t *testing.T, head, tail []byte) {
		m, err := read(head, tail)
		if err != nil {
			return
		}
		head, tail, err = m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := read(head, tail); err != nil || len(back.tasks) != len(m.tasks) || string(back.Shown) != string(m.Shown) {
			t.Errorf("%v: another plan", err)
		}
	})
}
