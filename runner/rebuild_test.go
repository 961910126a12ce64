package runner

import (
	"context"
	"slices"
	"strings"
	"testing"

	"reprise/cache"
)

func (l *lab) verify(src string, o Options, rebuild bool) map[string]Verified {
	l.t.Helper()
	found, err := Verify(l.t.Context(), l.load(src), l.store, l.files(), o, rebuild)
	if err != nil {
		l.t.Fatal(err)
	}
	out := map[string]Verified{}
	for _, v := range found {
		out[v.Address] = v
	}
	return out
}

func TestVerify(t *testing.T) {
	l := newLab(t)
	src := two + `
stage "threads" "shaky" {}
stage "add" "after" { of = [stage.shaky] }
stage "const" "always" {
  value = 5
  cache = false
}`
	if got := l.verify(src, Options{}, true); got["stage.one"].Verdict != NotVerified || got["stage.after"].Verdict != NotVerified {
		t.Errorf("%v", got)
	}
	l.run(l.load(src), Options{})
	got := l.verify(src, Options{}, false)
	for _, address := range []string{"stage.one", "stage.sum", "stage.shaky", "stage.always"} {
		if got[address].Verdict != VerifiedWhole {
			t.Errorf("%+v", got[address])
		}
	}
	l.ran.take()
	got = l.verify(src, Options{Jobs: 2}, true)
	if ran := l.ran.take(); !slices.Contains(ran, "add 11") || slices.Contains(ran, "const 5") {
		t.Errorf("%q", ran)
	}
	for address, want := range map[string]string{"stage.one": VerifiedSame, "stage.sum": VerifiedSame, "stage.after": VerifiedSame, "stage.shaky": VerifiedDiffers, "stage.always": NotVerified} {
		if got[address].Verdict != want {
			t.Errorf("%+v, not %s", got[address], want)
		}
	}
	if counts := got["stage.sum"].Threads; len(counts) != 2 || !slices.Contains(counts, 1) || slices.Max(counts) < 2 {
		t.Errorf("run with %v threads", counts)
	}
	if m := got["stage.shaky"].Message; !strings.HasPrefix(m, "with ") || !strings.Contains(m, `table "number", column "value", row 0: `) {
		t.Errorf("%q does not tell the threads", m)
	}
	if only := l.verify(src, Options{Only: []string{"sum"}}, true); len(only) != 1 || only["stage.sum"].Verdict != VerifiedSame {
		t.Errorf("%v", only)
	}
	if again := l.run(l.load(src), Options{}); again.Executed != 1 {
		t.Errorf("verifying changed what is stored: %q ran", again.ran)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	l := newLab(t)
	x := l.load(two)
	l.run(x, Options{})
	l.damage(x.Name, "stage.one")
	got := l.verify(two, Options{}, true)
	if v := got["stage.one"]; v.Verdict != VerifiedDamaged || !strings.Contains(v.Message, "content ") {
		t.Errorf("%+v", v)
	}
	if v := got["stage.sum"]; v.Verdict != NotVerified || v.Message != "its input stage.one is damaged" {
		t.Errorf("%+v", v)
	}
	l.run(x, Options{Rerun: []string{"one"}})
	if got := l.verify(two, Options{}, false); got["stage.one"].Verdict != VerifiedWhole {
		t.Errorf("%v", got)
	}
}

// What cannot run again any more is a failure, and a file that is gone is said.
func TestVerifyFailure(t *testing.T) {
	l := newLab(t)
	path := l.write("data.txt", "abc")
	const src = `stage "read" "file" { file = "./data.txt" }`
	l.run(l.load(src), Options{})
	l.meanwhile = func() { l.write("data.txt", "other") }
	if v := l.verify(src, Options{}, true)["stage.file"]; v.Verdict != NotVerified || !strings.Contains(v.Message, path+" changed while the task ran") {
		t.Errorf("%+v", v)
	}
}

func TestVerifyIsCancelled(t *testing.T) {
	l := newLab(t)
	l.run(l.load(two), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, l.load(two), l.store, l.files(), Options{}, true); err == nil {
		t.Error("it went on")
	}
	if _, err := Verify(t.Context(), l.load(two), l.store, l.files(), Options{Only: []string{"nothing"}}, false); err == nil {
		t.Error("--only nothing")
	}
}

// TestVerifyBesideCollection holds that a result which is collected between the look
// at it and at its artifact is not called damaged, and one whose artifact is lost is.
func TestVerifyBesideCollection(t *testing.T) {
	l := newLab(t)
	x := l.load(two)
	l.run(x, Options{})
	p, err := newPlanner(x, l.store, l.files(), oneLook())
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range p.tasks {
		if s := p.step(t.Context(), task); s.Action == ActionCached {
			p.results[task] = s.Result
		}
	}
	v := &verifier{planner: p}
	one := x.Find("one")[0]
	if got := v.task(t.Context(), one); got.Verdict != VerifiedWhole {
		t.Fatalf("%+v", got)
	}
	if err := l.store.Forget(p.steps[one].Key); err != nil {
		t.Fatal(err)
	}
	if _, err := l.store.Collect(cache.Keep{}); err != nil {
		t.Fatal(err)
	}
	if got := v.task(t.Context(), one); got.Verdict != NotVerified || !strings.Contains(got.Message, "no result any more") {
		t.Errorf("%+v", got)
	}
}

func oneLook() Options { return Options{Look: true, Watch: func(Event) {}} }
