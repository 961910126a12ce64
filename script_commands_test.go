package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"reprise/artifacts"
	"reprise/cache"
)

// wantStatus is the script command "status N program arg...", which runs a
// program and wants that exit status. Standard output and error are in the
// files stdout and stderr of the work folder. A summary in JSON must tell the same.
func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [arg...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, not %d", got, want)
	}
	if args[1] == "reprise" && slices.Contains(args, "--json") {
		wantSummary(ts, got)
	}
}

// wantSummary wants that a summary, where the last standard output has one, is
// its last line and tells the exit status that the program ended with.
func wantSummary(ts *testscript.TestScript, status int) {
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\n"), "\n")
	for i, line := range lines {
		var object struct {
			Type string `json:"type"`
			Exit int    `json:"exit"`
		}
		if json.Unmarshal([]byte(line), &object) != nil || object.Type != "summary" {
			continue
		}
		if i != len(lines)-1 || object.Exit != status {
			ts.Fatalf("the program ended with %d, and line %d of %d says %s", status, i+1, len(lines), line)
		}
	}
}

// wantJSONLines is the script command "jsonlines [type...]": the last standard
// output has one JSON object a line and nothing else. Given types, these are
// their types in order, each repetition once.
func wantJSONLines(ts *testscript.TestScript, neg bool, want []string) {
	if neg {
		ts.Fatalf("jsonlines cannot be negated")
	}
	var types []string
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile("stdout")))
	for lines.Scan() {
		var object struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil || object.Type == "" {
			ts.Fatalf("no JSON object with a type: %s (%v)", lines.Text(), err)
		}
		types = append(types, object.Type)
	}
	if len(types) == 0 {
		ts.Fatalf("standard output is empty")
	}
	if types = slices.Compact(types); len(want) > 0 && !slices.Equal(types, want) {
		ts.Fatalf("objects of types %v, not %v", types, want)
	}
}

// wantTraced is the script command "traced [line...]": since the last time,
// the toy kinds ran these and no other, in any order.
func wantTraced(ts *testscript.TestScript, neg bool, want []string) {
	if neg {
		ts.Fatalf("traced cannot be negated")
	}
	path := ts.Getenv("REPRISE_TEST_TRACE")
	b, err := os.ReadFile(path)
	ts.Check(err)
	got := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if len(b) == 0 {
		got = nil
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		ts.Fatalf("ran %q, not %q", got, want)
	}
	ts.Check(os.WriteFile(path, nil, 0o666))
}

// settle is the script command "settle file": it waits until the file has been as it
// is for so long that its identity tells of any change since.
func settle(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: settle file")
	}
	awaitSettled(ts, args[0])
}

func awaitSettled(ts *testscript.TestScript, file string) (path string, id cache.FileIdentity) {
	path = ts.MkAbs(file)
	for {
		info, err := os.Stat(path)
		ts.Check(err)
		if id = cache.IdentityOf(info); id.Settled(time.Now()) {
			return path, id
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// misremember is the script command "misremember file": the store in the work
// folder remembers of the file, as it is, the digest of other bytes.
func misremember(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: misremember file")
	}
	path, id := awaitSettled(ts, args[0])
	store, err := cache.Open(ts.MkAbs(".reprise/store.db"))
	ts.Check(err)
	if _, ok := store.FileDigest(path, id); !ok {
		ts.Fatalf("the store does not remember %s", args[0])
	}
	store.RememberFile(path, id, artifacts.DigestOf([]byte("other bytes")), time.Now())
	ts.Check(store.Close())
}
