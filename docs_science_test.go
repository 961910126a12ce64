package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedFile  = regexp.MustCompile("`([\\w/.-]+_test\\.go)`((?:,? `Test\\w+`)+)")
	namedTest  = regexp.MustCompile("`(Test\\w+)`")
	namedCheck = regexp.MustCompile(`\]\(\.\./experiments/([\w-]+)/README\.md\):((?:,? ` + "`\\w+`)+)")
	quoted     = regexp.MustCompile("`(\\w+)`")
)

// TestScienceIsHeld looks up what docs/science.md names as proof: tests in their
// files, and checks in their experiments.
func TestScienceIsHeld(t *testing.T) {
	text, err := os.ReadFile("docs/science.md")
	if err != nil {
		t.Fatal(err)
	}
	page, tests, checks := string(text), 0, 0
	for _, m := range namedFile.FindAllStringSubmatch(page, -1) {
		for _, name := range namedTest.FindAllStringSubmatch(m[2], -1) {
			tests++
			holds(t, m[1], "func "+name[1]+"(t *testing.T)")
		}
	}
	for _, m := range namedCheck.FindAllStringSubmatch(page, -1) {
		for _, name := range quoted.FindAllStringSubmatch(m[2], -1) {
			checks++
			holds(t, filepath.Join("experiments", m[1], "*.hcl"), `check "`+name[1]+`" {`)
		}
	}
	if all := len(namedTest.FindAllString(page, -1)); tests != all {
		t.Errorf("%d tests are named, %d of them behind their file", all, tests)
	}
	for _, c := range strings.Fields("C1 C2 C3 C4 C5 C6 C7 C8 C9 C10") {
		if !strings.Contains(page, "\n| "+c+" | ") {
			t.Errorf("there is no row for %s", c)
		}
	}
	if tests < 20 || checks < 20 {
		t.Errorf("only %d tests and %d checks were found", tests, checks)
	}
}

// holds says where files that the page names lack what they are named for.
func holds(t *testing.T, files, what string) {
	t.Helper()
	all, _ := filepath.Glob(files) // the pattern is well formed
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("docs/science.md: %v", err)
		} else if strings.Contains(string(text), what) {
			return
		}
	}
	t.Errorf("docs/science.md: %s has no %s", files, what)
}
