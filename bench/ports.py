#!/usr/bin/env python3
"""Measures the ports in experiments/ports beside the tools that they come from.

usage: bench/ports.py REPRISE [REPEATS]

REPRISE is a built binary; dvc, snakemake and git are looked for in PATH. Each
round runs every tool once on a fresh copy: first run, run again with nothing
changed, run after one change. Tools take turns within a round. Prints the
medians and their ratios as a Markdown table.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent / "experiments" / "ports"


def run(folder, *command):
    """Seconds of wall and of CPU that a command takes in a folder."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, os.times()
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def edit(folder, name, old, new):
    path = folder / name
    text = path.read_text()
    if old not in text:
        sys.exit(f"{name} has no {old!r}")
    path.write_text(text.replace(old, new, 1))


def dvc_begin(folder):
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], ["dvc", "config", "core.analytics", "false"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


REPRISE = os.path.abspath(sys.argv[1])
PORTS = {
    "dvc-get-started": {
        "change": "a statement of train.py",
        "edit": ("src/train.py", "weights, bias = [0.0]", "weights, bias = [0.01]"),
        "tools": {
            "DVC": (["dvc.yaml", "params.yaml"], ["dvc", "repro", "-q"], dvc_begin),
            "reprise": (["experiment.hcl"], [REPRISE, "run", "-q", "."], lambda folder: None),
        },
    },
    "snakemake-tutorial": {
        "change": "a read of sample B",
        "edit": ("data/samples/B.fastq", "\n+\n", "A\n+\n"),
        "tools": {
            "Snakemake": (["Snakefile"], ["snakemake", "-j", "2", "-q", "all"], lambda folder: None),
            "reprise": (["experiment.hcl"], [REPRISE, "run", "-q", "--jobs", "2", "."], lambda folder: None),
        },
    },
}


def length(folder, names):
    """Lines of the description that are neither empty nor a comment."""
    lines = [line.strip() for name in names for line in (folder / name).read_text().splitlines()]
    return sum(1 for line in lines if line and not line.startswith("#"))


def once(port, tool, folder):
    files, command, begin = PORTS[port]["tools"][tool]
    shutil.copytree(HERE / port, folder, ignore=shutil.ignore_patterns(".reprise", "out", ".snakemake", ".dvc", ".git"))
    begin(folder)
    first = run(folder, *command)
    again = [run(folder, *command) for _ in range(3)]
    edit(folder, *PORTS[port]["edit"])
    return {"first run": first, "nothing changed": min(again), "one change": run(folder, *command)}


def main():
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print("| pipeline | | " + " | ".join(["lines", "first run, s", "nothing changed, s", "one change, s", "CPU of the three, s"]) + " |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for port, about in PORTS.items():
        times = {tool: [] for tool in about["tools"]}
        for _ in range(repeats):
            for tool in about["tools"]:
                with tempfile.TemporaryDirectory() as temporary:
                    times[tool].append(once(port, tool, pathlib.Path(temporary) / "work"))
        medians = {}
        for tool, rounds in times.items():
            medians[tool] = [statistics.median(r[step][0] for r in rounds) for step in rounds[0]]
            medians[tool].append(statistics.median(sum(part[1] for part in r.values()) for r in rounds))
            shown = " | ".join(f"{v:.2f}" for v in medians[tool])
            print(f"| {port} ({about['change']}) | {tool} | {length(HERE / port, about['tools'][tool][0])} | {shown} |")
        peer, ours = medians.values()
        print(f"| | ratio | | " + " | ".join(f"{p / o:.1f}" for p, o in zip(peer, ours)) + " |")


main()
