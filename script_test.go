package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"reprise/internal/cli"
	"reprise/stages"
)

// TestMain makes two commands for the scripts: reprise with toy kinds that take
// no time (toys_test.go), and reprise-builtin, which is what main.go makes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"reprise":         func() { os.Exit(cli.Main(toyKinds(), "0.0-test"+toyBuild())) },
		"reprise-builtin": func() { os.Exit(cli.Main(stages.Builtin(), "0.0-test")) },
	})
}

// TestScript runs testdata/script: what the command line promises, each file a
// shell session with the experiments that it is about.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPRISE_TEST_TRACE", e.WorkDir+"/trace")
			e.Setenv("TZ", "UTC")
			return os.WriteFile(e.WorkDir+"/trace", nil, 0o666)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": wantStatus, "jsonlines": wantJSONLines, "traced": wantTraced,
			"settle": settle, "misremember": misremember,
		},
	})
}
