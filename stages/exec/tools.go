package exec

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// A tool tells its version at once, and in a few words.
const (
	toolTime  = 20 * time.Second
	toolBytes = 64 << 10
)

// Probes are the tools: what each of them says enters the key. The code that lays
// out tables and reads them is none of this package, and tells its version too.
func (e *Exec) Probes() []spec.Probe {
	var probes []spec.Probe
	for _, tool := range e.Tools {
		name := shown(tool)
		path, given := e.Env["PATH"]
		if given { // another tool, perhaps
			digest := sha256.Sum256([]byte(path))
			name = fmt.Sprintf("PATH=sha256:%x %s", digest[:8], name)
		} else {
			path = os.Getenv("PATH")
		}
		probes = append(probes, spec.Probe{Name: name, Run: func(ctx context.Context) (string, error) { return ask(ctx, tool, path) }})
	}
	exchange := func(context.Context) (string, error) { return strconv.Itoa(artifacts.Exchange), nil }
	return append(probes, spec.Probe{Name: "exchange of tables", Run: exchange, Inside: true})
}

// ask runs a tool in an empty folder and returns what it says, on both streams.
func ask(ctx context.Context, tool []string, path string) (string, error) {
	root, err := os.MkdirTemp("", "reprise-tool-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(root)
	ctx, cancel := context.WithTimeoutCause(ctx, toolTime, fmt.Errorf("it took more than %s", toolTime))
	defer cancel()
	// Some programs write to their home even to tell their version.
	cmd, err := program(ctx, tool, root, map[string]string{"PATH": path, "HOME": root, "TMPDIR": root, "LANG": "C.UTF-8"})
	if err != nil {
		return "", fmt.Errorf("tools: %w", err)
	}
	said := &head{left: toolBytes}
	cmd.Stdout, cmd.Stderr = said, said
	err = runGroup(cmd, root)
	text := strings.TrimSpace(strings.ToValidUTF8(said.String(), "\uFFFD"))
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err == nil && said.left == 0:
		err = fmt.Errorf("it says more than %d KiB", toolBytes>>10)
	case err == nil:
		return text, nil
	case text != "":
		err = fmt.Errorf("%w: %s", bare(err), text[strings.LastIndexByte(text, '\n')+1:])
	}
	return "", fmt.Errorf("tools: %s tells nothing: %w", brief(tool), err)
}
