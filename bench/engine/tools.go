package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A graph has n tasks: as many chains as it can have of a hundred, each of which
// begins with a file, and a last task that needs all ends.
type graph struct{ chains, length int }

const chains = 100

func graphOf(n int) graph { return graph{chains, max(1, n/chains)} }

// tool is one that runs such a graph.
type tool struct {
	name   string
	write  func(folder string, g graph) error
	run    []string // what brings all up to date
	setup  []string // once in a folder, if not nil
	end    []string // once after all else, if not nil
	warm   int      // how often it runs before it counts, beside the first run and its repetition
	plan   []string // what reprise has beside it
	why    []string
	atMost int // tasks; more would take hours

	change []string // what runs after one change, of what knows no more than it is told, and so has no other case
}

// command is what runs in a case; nil where the tool has none for it.
func (t *tool) command(name string) []string {
	switch {
	case name == "plan":
		return t.plan
	case name == "why":
		return t.why
	case t.change == nil || name == "first run":
		return t.run
	case name == "one change":
		return t.change
	}
	return nil
}

// bare is no tool, but what all take at least that run the same programs.
const bare = "programs"

// tools are those that are here; the others are named in missing.
func tools(self, names string) (all []tool, missing []string) {
	run := func(more ...string) []string { return append([]string{self}, more...) }
	for _, t := range []tool{
		{name: "reprise", write: hcl(relays), run: run("run", "x.hcl"), plan: run("plan", "x.hcl"), why: run("why", "x.hcl", "end")},
		{name: "reprise-exec", write: hcl(execs), run: run("run", "x.hcl", "--jobs", "2"), plan: run("plan", "x.hcl"), why: run("why", "x.hcl", "end")},
		{name: "reprise-each", write: hcl(each), run: run("run", "x.hcl"), plan: run("plan", "x.hcl"), why: run("why", "x.hcl", "all[\"i1\"]")},
		{name: bare, write: programList, run: run(bare), change: run(bare, "one")},
		{name: "ninja", write: ninja, run: []string{"ninja", "-j2"}},
		{name: "make", write: makefile, run: []string{"make", "-s", "-j2"}},
		{name: "snakemake", write: snakefile, run: []string{"snakemake", "-q", "-c2"}, atMost: 1000},
		{name: "dvc", write: dvc, run: []string{"dvc", "repro", "-q"}, setup: []string{"dvc", "init", "-q", "--no-scm"}, atMost: 100},
		// Debian's program itself: "bazel" there is a shell script that looks for it. Java makes the server faster for some fifty runs.
		{name: "bazel", write: bazel, run: []string{"bazel-4", "build", "out/end"}, setup: []string{"bazel-4", "info"}, end: []string{"bazel-4", "shutdown"}, warm: 50},
		{name: "doit", write: doit, run: []string{"doit", "-n2", "-v0"}},
		{name: "task", write: taskfile, run: []string{"task", "-s", "--concurrency", "2", "end"}, atMost: 1000},
	} {
		if names != "" && !strings.Contains(","+names+",", ","+t.name+",") {
			continue
		}
		if _, err := exec.LookPath(t.run[0]); err != nil {
			missing = append(missing, t.name)
			continue
		}
		all = append(all, t)
	}
	return all, missing
}

// inputFile is where a chain begins.
func inputFile(chain int) string { return fmt.Sprintf("in/%d.txt", chain) }

// writeInputs writes what all tools begin with.
func writeInputs(folder string, g graph) error {
	for _, d := range []string{"in", "out"} {
		if err := os.MkdirAll(filepath.Join(folder, d), 0o777); err != nil {
			return err
		}
	}
	for c := range g.chains {
		if err := os.WriteFile(filepath.Join(folder, inputFile(c)), fmt.Appendf(nil, "chain %d\n", c), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// text writes a file that says, for each task in order, what each says, and at
// last what the end needs.
func text(folder, name, before string, g graph, each func(out, in string) string, end func(ins []string) string) error {
	var b strings.Builder
	b.WriteString(before)
	var ends []string
	for c := range g.chains {
		in := inputFile(c)
		for i := range g.length {
			out := fmt.Sprintf("out/%d_%d", c, i)
			b.WriteString(each(out, in))
			in = out
		}
		ends = append(ends, in)
	}
	b.WriteString(end(ends))
	return os.WriteFile(filepath.Join(folder, name), []byte(b.String()), 0o666)
}

func ninja(folder string, g graph) error {
	return text(folder, "build.ninja", "rule copy\n  command = cp $in $out\nrule join\n  command = cat $in > $out\n", g,
		func(out, in string) string { return "build " + out + ": copy " + in + "\n" },
		func(ins []string) string { return "build out/end: join " + strings.Join(ins, " ") + "\n" })
}

func makefile(folder string, g graph) error {
	return text(folder, "Makefile", "all: out/end\n", g,
		func(out, in string) string { return out + ": " + in + "\n\tcp $< $@\n" },
		func(ins []string) string { return "out/end: " + strings.Join(ins, " ") + "\n\tcat $^ > $@\n" })
}

func snakefile(folder string, g graph) error {
	return text(folder, "Snakefile", "rule all:\n  input: 'out/end'\n", g,
		func(out, in string) string {
			return fmt.Sprintf("rule:\n  input: %q\n  output: %q\n  shell: 'cp {input} {output}'\n", in, out)
		},
		func(ins []string) string {
			return fmt.Sprintf("rule:\n  input: %s\n  output: 'out/end'\n  shell: 'cat {input} > {output}'\n", quotedList(ins))
		})
}

func dvc(folder string, g graph) error {
	return text(folder, "dvc.yaml", "stages:\n", g,
		func(out, in string) string {
			return fmt.Sprintf("  c%s:\n    cmd: cp %s %s\n    deps: [%s]\n    outs: [%s]\n", filepath.Base(out), in, out, in, out) // without the c, YAML reads a number
		},
		func(ins []string) string {
			return fmt.Sprintf("  end:\n    cmd: cat %s > out/end\n    deps: [%s]\n    outs: [out/end]\n", strings.Join(ins, " "), strings.Join(ins, ", "))
		})
}

// bazel's server is at work from its setup on, and ends by itself where the benchmark was killed.
// Its tasks are not sandboxed, as nobody's here are.
func bazel(folder string, g graph) error {
	base := filepath.Join(folder, "bazel") // its server's, and where it puts all that it makes
	for name, text := range map[string]string{
		"WORKSPACE":    "",
		".bazelignore": "bazel\n",
		".bazelrc": "startup --output_user_root=" + base + " --max_idle_secs=600\n" +
			"build --spawn_strategy=local --nosandbox_debug --jobs=2 --symlink_prefix=/ --noshow_progress\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	rule := func(out, ins, command string) string {
		return fmt.Sprintf("genrule(name = 'make_%s', outs = [%q], srcs = [%s], cmd = '%s')\n", filepath.Base(out), out, ins, command)
	}
	return text(folder, "BUILD", "", g,
		func(out, in string) string { return rule(out, quotedList([]string{in}), "cp $< $@") },
		func(ins []string) string { return rule("out/end", quotedList(ins), "cat $(SRCS) > $@") })
}

func doit(folder string, g graph) error {
	return text(folder, "dodo.py", "def task_all():\n", g,
		func(out, in string) string {
			return fmt.Sprintf("  yield {'name': %q, 'file_dep': [%q], 'targets': [%q], 'actions': ['cp %s %s']}\n", out, in, out, in, out)
		},
		func(ins []string) string {
			return fmt.Sprintf("  yield {'name': 'end', 'file_dep': [%s], 'targets': ['out/end'], 'actions': ['cat %s > out/end']}\n", quotedList(ins), strings.Join(ins, " "))
		})
}

func taskfile(folder string, g graph) error {
	named := func(in string) string {
		if strings.HasPrefix(in, "in/") {
			return ""
		}
		return "    deps: ['" + in + "']\n"
	}
	return text(folder, "Taskfile.yml", "version: '3'\nmethod: checksum\ntasks:\n", g,
		func(out, in string) string {
			return fmt.Sprintf("  '%s':\n%s    cmds: ['cp %s %s']\n    sources: ['%s']\n    generates: ['%s']\n", out, named(in), in, out, in, out)
		},
		func(ins []string) string {
			list := quotedList(ins)
			return fmt.Sprintf("  end:\n    deps: [%s]\n    cmds: ['cat %s > out/end']\n    sources: [%s]\n    generates: ['out/end']\n", list, strings.Join(ins, " "), list)
		})
}

func quotedList(words []string) string { return "'" + strings.Join(words, "', '") + "'" }

// hcl writes the experiment that one of those below makes.
func hcl(experiment func(g graph) string) func(folder string, g graph) error {
	return func(folder string, g graph) error {
		return os.WriteFile(filepath.Join(folder, "x.hcl"), []byte(experiment(g)), 0o666)
	}
}

// blocks writes a block for each task.
func blocks(g graph, first func(name string, chain int) string, next func(name, from string) string, end func(ends []string) string) string {
	var b strings.Builder
	var ends []string
	for c := range g.chains {
		last := fmt.Sprintf("c%d_0", c)
		b.WriteString(first(last, c))
		for i := 1; i < g.length; i++ {
			name := fmt.Sprintf("c%d_%d", c, i)
			b.WriteString(next(name, last))
			last = name
		}
		ends = append(ends, "stage."+last)
	}
	b.WriteString(end(ends))
	return b.String()
}

// relays are tasks in reprise's own process.
func relays(g graph) string {
	return blocks(g,
		func(name string, chain int) string {
			return fmt.Sprintf("stage \"head\" %q {\n  file = %q\n}\n", name, inputFile(chain))
		},
		func(name, from string) string {
			return fmt.Sprintf("stage \"relay\" %q {\n  from = [stage.%s]\n}\n", name, from)
		},
		func(ends []string) string {
			return fmt.Sprintf("stage \"relay\" \"end\" {\n  from = [%s]\n}\n", strings.Join(ends, ", "))
		})
}

// execs are the very programs that peers run, with outputs of other names each, as
// theirs have.
func execs(g graph) string {
	stage := func(name, command, more string) string {
		return fmt.Sprintf("stage \"exec\" %q {\n  command = %s\n%s  outputs = { word = \"%s.txt\" }\n}\n", name, command, more, name)
	}
	return blocks(g,
		func(name string, chain int) string {
			return stage(name, fmt.Sprintf(`["cp", %q, "%s.txt"]`, inputFile(chain), name), fmt.Sprintf("  files = [%q]\n", inputFile(chain)))
		},
		func(name, from string) string {
			return stage(name, fmt.Sprintf(`["cp", "../inputs/from/files/%s.txt", "%s.txt"]`, from, name), fmt.Sprintf("  inputs = { from = stage.%s }\n", from))
		},
		func(ends []string) string {
			return stage("end", `["sh", "-c", "cat ../inputs/from/*/files/* > end.txt"]`, fmt.Sprintf("  inputs = { from = [%s] }\n", strings.Join(ends, ", ")))
		})
}

// each is one block of as many tasks.
func each(g graph) string {
	return fmt.Sprintf("stage \"relay\" \"all\" {\n  for_each = { for i in range(%d) : \"i${i}\" => i }\n  own = each.value\n}\n", g.chains*g.length)
}
