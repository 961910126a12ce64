package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"reprise/artifacts"
	"reprise/spec"
)

// logged is a log that goroutines may write to.
type logged struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

// lab runs methods as the runner does.
type lab struct {
	t     *testing.T
	log   logged
	named []spec.NamedInput
	files []spec.NamedFile
	dir   string // the last task's folder

	doneReading func(attribute string) error
}

func (l *lab) run(ctx context.Context, e *Exec) (*artifacts.Artifact, error) {
	l.t.Helper()
	if e.Format == "" {
		e.Format = "arrow"
	}
	if err := e.Check(); err != nil {
		l.t.Fatal(err)
	}
	return e.Run(ctx, spec.NewEnv(spec.EnvConfig{
		Threads: 3, Log: &l.log, Named: map[string][]spec.NamedInput{"inputs": l.named}, Files: map[string][]spec.NamedFile{"files": l.files}, DoneReading: l.doneReading,
		Scratch: func() (string, error) { l.dir = l.t.TempDir(); return l.dir, nil }}))
}

func sh(script string, outputs ...string) *Exec {
	e := &Exec{Command: []string{"sh", "-c", script}, Outputs: map[string]string{}}
	for i := 0; i < len(outputs); i += 2 {
		e.Outputs[outputs[i]] = outputs[i+1]
	}
	return e
}

// TestTablesGoThrough holds that a table comes back from a program that copies
// it as it went in, in every format that keeps all of it.
func TestTablesGoThrough(t *testing.T) {
	table := artifacts.NewTable("steps", artifacts.Dim{Name: "step", Size: 2},
		artifacts.Floats("x", "s", []float64{1, 2, 3, 4, 5, 6}, artifacts.Dim{Name: "neuron", Size: 3}), artifacts.Strings("name", []string{"a", "b"}))
	for _, format := range []string{"arrow", "parquet", "npz"} {
		l := &lab{t: t, named: []spec.NamedInput{{Name: "in", Artifacts: []*artifacts.Artifact{artifacts.New(table)}}}}
		e := sh(`cp "$REPRISE_INPUT_in"/steps.* .`, "steps", "steps."+format)
		e.Format = format
		a, err := l.run(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := a.Table("steps")
		if err != nil {
			t.Fatal(err)
		}
		var want, got bytes.Buffer
		if err := errors.Join(artifacts.Export(&want, "arrow", table), artifacts.Export(&got, "arrow", back)); err != nil || !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Errorf("%s: another table came back (%v)", format, err)
		}
	}
}

// TestDatasetsStay holds that nothing a program does reaches the original of a
// dataset, which root may write to whatever its mode.
func TestDatasetsStay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recording.mat")
	if err := os.WriteFile(file, []byte("original"), 0o644); err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, named: []spec.NamedInput{{Name: "d", Path: file, FileName: "recording.mat"}}}
	script := `cat "$REPRISE_INPUT_d"; chmod 777 "$REPRISE_INPUT_d"; echo bad > "$REPRISE_INPUT_d"; echo bad > "$(readlink -f "$REPRISE_INPUT_d")"; rm -f "$REPRISE_INPUT_d"`
	if _, err := l.run(t.Context(), sh(script)); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "original" || !strings.Contains(l.log.String(), "original") {
		t.Errorf("%q, %v\n%s", b, err, l.log.String())
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := copyFile(cancelled, strings.NewReader("x"), filepath.Join(t.TempDir(), "x"), 0o666); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestDoneReading holds that originals are done with before the program starts, files
// and datasets, and that it does not start on copies of others.
func TestDoneReading(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data.txt")
	if err := os.WriteFile(file, []byte("original"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "files", "inputs"} {
		l := &lab{t: t, files: []spec.NamedFile{{Name: "data.txt", Path: file}}, named: []spec.NamedInput{{Name: "d", Path: file, FileName: "data.txt"}}}
		done := map[string]bool{}
		l.doneReading = func(attribute string) error {
			if done[attribute] = true; attribute == wrong {
				return errors.New("it is another by now")
			}
			return nil
		}
		_, err := l.run(t.Context(), sh("echo started"))
		if started := l.log.Len() > 0; (err == nil) != (wrong == "") || started != (wrong == "") {
			t.Errorf("with other %s: started %v, %v", wrong, started, err)
		}
		if wrong == "" && !(done["files"] && done["inputs"]) {
			t.Errorf("done with %v", done)
		}
	}
}

// TestInputsWithoutShell holds that a command names inputs by their paths from the
// folder where it starts.
func TestInputsWithoutShell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recording.mat")
	if err := os.WriteFile(file, []byte("original"), 0o644); err != nil {
		t.Fatal(err)
	}
	a := artifacts.New()
	a.SetFile("a.txt", []byte("of a task, "))
	l := &lab{t: t, named: []spec.NamedInput{{Name: "d", Path: file, FileName: "recording.mat"}, {Name: "one", Artifacts: []*artifacts.Artifact{a}}, {Name: "all", List: true, Artifacts: []*artifacts.Artifact{a}}}}
	if _, err := l.run(t.Context(), &Exec{Command: []string{"cat", "../inputs/one/files/a.txt", "../inputs/all/0/files/a.txt", "../inputs/d/recording.mat"}}); err != nil {
		t.Fatal(err)
	}
	if got := l.log.String(); got != "of a task, of a task, original" {
		t.Errorf("%q", got)
	}
}

// TestNamedDimensions holds that tables of formats that have no names for
// dimensions get those that the stage declares.
func TestNamedDimensions(t *testing.T) {
	for _, c := range []struct {
		content       string
		rows          string
		columns       []string
		want, refused string
	}{
		{"activity_0,activity_1,v_0\n1,2,3\n4,5,6\n", "step", []string{"activity[neuron]", "v[channel]"}, "step:2 activity[neuron:2]=[1 2 4 5] v[channel:1]=[3 6]", ""},
		{"t,m_1_0,m_0_0,m_0_1,m_1_1\n0,3,1,2,4.5\n", "", []string{"m[a, b]"}, "row:1 t[]=[0] m[a:2,b:2]=[1 2 3 4.5]", ""},
		{"x[um]\n1\n", "", []string{"x[um]"}, "row:1 x[um][]=[1]", ""},
		{"m_0,m_2\n1,2\n", "", []string{"m[a]"}, "", "it has 2 columns of those that make up m[a], and the last of them is m_2, so that some are missing"},
		{"m_0,m_01\n1,2\n", "", []string{"m[a,b]"}, "", "it has no column m and none that begins with m_; it has m_0, m_01"},
		{"m_0,m_1\n1,x\n", "", []string{"m[a]"}, "", "column m_1 holds text"},
		{"m\n1\n", "", []string{"m[a]"}, "", "column m has 0 dimensions within a row, and (a) are 1"},
	} {
		l := &lab{t: t}
		e := sh("printf '"+strings.ReplaceAll(c.content, "\n", "\\n")+"' > t.csv", "t", "t.csv")
		e.Tables = map[string][]string{"t": c.columns}
		if c.rows != "" {
			e.Rows = map[string]string{"t": c.rows}
		}
		a, err := l.run(t.Context(), e)
		if c.refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%v\nwant %s", err, c.refused)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		table, err := a.Table("t")
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s:%d", table.Rows[0].Name, table.Rows[0].Size)
		for _, column := range table.Columns {
			var dims []string
			for _, d := range column.Cell {
				dims = append(dims, fmt.Sprintf("%s:%d", d.Name, d.Size))
			}
			values, _ := table.Floats(column.Name)
			got += fmt.Sprintf(" %s[%s]=%v", column.Name, strings.Join(dims, ","), values)
		}
		if got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
	named := artifacts.NewTable("t", artifacts.Dim{Name: "trial", Size: 1}, artifacts.Floats("m", "", []float64{1, 2}, artifacts.Dim{Name: "neuron", Size: 2}))
	for want, err := range map[string]error{
		"its rows are (trial), not (step)":                                named.NameRows("step"),
		"column m has the dimensions (neuron) within a row, not (latent)": named.NameCell("m", "latent"),
		"column m has 1 dimensions within a row, and (a, b) are 2":        named.NameCell("m", "a", "b"),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if err := errors.Join(named.NameRows("trial"), named.NameCell("m", "neuron")); err != nil {
		t.Error(err)
	}
}

// TestDeepFolder holds that what a program leaves and nobody asked for fails
// nothing, and is told in a line.
func TestDeepFolder(t *testing.T) {
	l := &lab{t: t}
	if _, err := l.run(t.Context(), sh("echo 1 > x.txt; i=0; while [ $i -lt 900 ]; do mkdir deeper; cd -P deeper; i=$((i+1)); done; echo > end", "x", "x.txt")); err != nil {
		t.Error(err)
	}
	if text := l.log.String(); len(text) > 1000 {
		t.Errorf("%d bytes: %.300s", len(text), text)
	}
}

// TestOriginalsStay holds that a program sees copies of files.
func TestOriginalsStay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.txt")
	if err := os.WriteFile(file, []byte("original"), 0o444); err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, files: []spec.NamedFile{{Name: "a/f.txt", Path: file}}}
	if _, err := l.run(t.Context(), sh("echo changed > a/f.txt")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(file); string(b) != "original" || err != nil {
		t.Errorf("the file has %q, %v", b, err)
	}
}

func TestInputsThatShareAVariable(t *testing.T) {
	if err := sh("true").CheckNames(map[string][]string{"inputs": {"a-b", "a_b"}}, nil); err == nil || !strings.Contains(err.Error(), "would both be in REPRISE_INPUT_a_b") {
		t.Error(err)
	}
}

// TestDatasetNames holds that a file name from an address leads nowhere else.
func TestDatasetNames(t *testing.T) {
	for name, want := range map[string]string{"x.csv.gz": "x.csv.gz", "..": "data", ".": "data", "/": "data", "": "data", "a/b": "data"} {
		l := &lab{t: t, named: []spec.NamedInput{{Name: "d", Path: "/dev/null", FileName: name}}}
		if _, err := l.run(t.Context(), sh(`basename "$REPRISE_INPUT_d"`)); err != nil || l.log.String() != want+"\n" {
			t.Errorf("%q: %q, %v", name, l.log.String(), err)
		}
	}
}

func TestCancelledInTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	l := &lab{t: t}
	time.AfterFunc(300*time.Millisecond, func() { close(began); cancel() })
	_, err := l.run(ctx, sh(`trap "" TERM; while :; do sleep 1; done`))
	<-began
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOutputTooLarge(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it needs files with holes")
	}
	l := &lab{t: t}
	if _, err := l.run(t.Context(), sh("dd if=/dev/zero of=m.json bs=1 count=0 seek=17M 2>/dev/null", "metrics", "m.json")); err == nil || !strings.Contains(err.Error(), "larger than the 16 MiB") {
		t.Error(err)
	}
}

func TestProbes(t *testing.T) {
	e := &Exec{Tools: [][]string{{"sh", "-c", "echo ' one '; echo two >&2; pwd | grep -c reprise-tool; ls -A"}, {"yes"}, {"sleep", "60"}, {"no-such-tool"}}}
	probes := e.Probes()
	if got, err := probes[0].Run(t.Context()); err != nil || got != "one \ntwo\n1" {
		t.Errorf("%q, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	for i, say := range map[int]string{2: "sleep 60 tells nothing", 3: "there is no program no-such-tool"} {
		if _, err := probes[i].Run(ctx); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, not %s", err, say)
		}
	}
	e.Env = map[string]string{"PATH": "/nowhere at all"}
	if p := e.Probes()[1]; p.Name != "PATH=sha256:b1cec706331c910a yes" {
		t.Errorf("%s", p.Name)
	} else if _, err := p.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no program yes") {
		t.Error(err)
	}
}

func TestFilesOfOneName(t *testing.T) {
	e := Kind.New().(*Exec)
	e.Command, e.Outputs = []string{"true"}, map[string]string{"one": "a/fig.png", "two": "b/fig.png", "table": "fig.csv"}
	if err := e.Check(); err == nil || !strings.Contains(err.Error(), "outputs has two files called fig.png, one and two") {
		t.Errorf("%v", err)
	}
	e.Outputs["two"] = "b/other.png"
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}

func TestGives(t *testing.T) {
	e := &Exec{Outputs: map[string]string{"a": "x/a.csv", "fig": "x/b.c.png", "raw": "raw", "settings": "s.json", "metrics": "m.json"}}
	o := e.Gives()
	if len(o.Tables) != 1 || o.Tables[0].Name != "a" || !o.AnyMetric || len(o.Files) != 3 || o.Files[0].Name != "b.c.png" || o.Files[1].Name != "raw" || o.Files[2].Name != "s.json" {
		t.Errorf("%+v", o)
	}
	e.Metrics = &[]string{"loss"}
	if o := e.Gives(); o.AnyMetric || len(o.Metrics) != 1 || o.Metrics[0].Name != "loss" {
		t.Errorf("%+v", o)
	}
}
