#!/usr/bin/env python3
"""Holds that what an input chooses can't make work quadratic: twice the input, about twice the instructions.

    check_growth.py --evdiff PROGRAM [NAME...]

Each case makes its input in two sizes and runs one command on each under callgrind, which counts the instructions of the
program; no time is measured. Work that grows as n log n has a ratio of up to 2.1; what grows with the square comes to 4 from
below, and the sizes are such that even a search of a few instructions a step is seen.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RATIO_MAX = 2.25
SIZE = 3000
HEADER = '{"kind":"schema_version","schema_version":1}'
LEDGER_HEADER = "#evdiff known 1\n"

CASES = {}


def case(function):
    """A case: makes what it needs in a folder for a size, and returns the command that is counted."""
    CASES[function.__name__] = function
    return function


class Maker:
    """Makes inputs with the program, uncounted."""

    def __init__(self, evdiff, folder):
        self.evdiff, self.folder = evdiff, folder

    def run(self, *arguments, codes=(0,)):
        result = subprocess.run([self.evdiff, *arguments], cwd=self.folder, capture_output=True, text=True)
        assert result.returncode in codes, f"exit {result.returncode} from {arguments}:\n{result.stderr}"

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def log(self, name, events):
        self.write(name, "".join(line + "\n" for line in [HEADER, *(json.dumps(event) for event in events)]))

    def families(self, count):
        """Two logs of one thread, with so many families in one pair."""
        logs = {"a.jsonl": 0, "b.jsonl": 1}
        for name, offset in logs.items():
            events = [event("kernel.call", 0, 0, name="F")]
            for i in range(count):
                events += [event(f"k{i}", 0, 2 * i + 1, v=i + offset), event("sync", 0, 2 * i + 2, s=i)]
            self.log(name, events)

    def outcome(self, count):
        self.families(count)
        self.run("diff", "-q", "--index=off", "-o", "o.json", "a.jsonl", "b.jsonl")

    def ledger(self, count):
        self.outcome(count)
        self.run("known", "learn", "o.json", "--state", "known", "--file", "all.known")

    def night(self, name, *arguments):
        self.write("m.toml", 'evdiff = 1\n[[job]]\nname = "j"\ncanary = "a.jsonl"\nours = "b.jsonl"\nknown = ["all.known"]\n')
        self.run("batch", "-q", "m.toml", "--out", name, *arguments, codes=(0, 1))


def event(kind, tid, idx, **payload):
    return {"kind": kind, "tid": tid, "tid_event_idx": idx, "payload": payload}


@case
def full_report(make, n):
    make.families(n)
    return "diff", "-q", "--index=off", "--format=full", "a.jsonl", "b.jsonl"


def local_logs(make, n):
    """Logs with saved indexes, of which a block of events ends only behind many of the engine's own."""
    for name, value in (("a.jsonl", 0), ("b.jsonl", 1)):
        make.log(name, [event("kernel.call", 0, 0, name="F"), *(event("contention.observed", 0, i + 1) for i in range(2 * n)),
                        event("k", 0, 2 * n + 1, v=value)])
        make.run("index", name)


@case
def diff_behind_local_events(make, n):
    local_logs(make, n)
    return "diff", "-q", "--index=require", "a.jsonl", "b.jsonl"


@case
def show_local_events(make, n):
    local_logs(make, n)
    return "show", "a.jsonl", f"0:{n}", "-C", str(n)


@case
def search_of_backslashes(make, n):
    make.log("a.jsonl", [event("k", 0, 0, v="\\" * n), event("k", 0, 1, v="\\x")])
    return "show", "a.jsonl", "--grep", "\\x"


BLOCK = {"from": {"kind": "enter"}, "to": {"kind": "leave"}}


def diff_by_blocks(make, section, rule, events_of):
    """A diff of two logs, of which each is a call and what `events_of` makes of 0 and of 1, by a rule about blocks."""
    make.write("r.json", json.dumps({
        "rules": "evdiff.rules/2", "name": "r", "pairing": {"kind": "call", "field": "name", "why": "w"},
        section: [{"name": "o", "why": "w"} | rule]}))
    for name, value in (("a.jsonl", 0), ("b.jsonl", 1)):
        make.log(name, [event("call", 0, 0, name="F"), *events_of(value)])
    return "diff", "-q", "--index=off", "--rules=r.json", "a.jsonl", "b.jsonl"


def begun_blocks(n, value):
    return [*(event("enter", 0, i + 1) for i in range(n)), event("k", 0, n + 1, v=value)]


@case
def blocks_that_nothing_closes(make, n):
    return diff_by_blocks(make, "may_move", BLOCK | {"by": 9}, lambda value: begun_blocks(n, value))


@case
def optional_blocks_that_nothing_closes(make, n):
    """Each event differs, so that at each it is asked whether a block may go."""
    return diff_by_blocks(make, "optional", BLOCK, lambda value: [event("enter", 0, i + 1, v=value + 2 * i) for i in range(n)])


@case
def optional_events_that_may_go_in_any_way(make, n):
    """At each place an event of either side may go, and the sides meet nowhere, or after a few events, and part again."""
    return diff_by_blocks(make, "optional", {"when": {"kind": "enter"}}, lambda value: [
        event("enter", 0, i + 1, v=-i if i % 40 == 0 else value + 2 * i) for i in range(n)])


@case
def repeated_blocks_that_nothing_closes(make, n):
    return diff_by_blocks(make, "repeats", BLOCK, lambda value: begun_blocks(n, value))


@case
def blocks_instead_of_others_that_nothing_closes(make, n):
    return diff_by_blocks(make, "instead", {"canary": BLOCK, "ours": BLOCK}, lambda value: [
        event("k", 0, i + 1, v=i) if i % 2 else event("enter", 0, i + 1, v=value) for i in range(n)])


@case
def filtered_report(make, n):
    make.families(n)
    return "diff", "-q", "--index=off", "--since=1000000000", "a.jsonl", "b.jsonl"


@case
def explain(make, n):
    make.outcome(n)
    family = json.loads((make.folder / "o.json").read_text())["families"][-1]["id"]
    return "explain", "o.json", family


@case
def learn_into_a_ledger(make, n):
    make.outcome(n)
    return "known", "learn", "o.json", "--state", "known", "--file", "all.known"


@case
def judge(make, n):
    make.ledger(n)
    make.night("night")
    return "judge", "-q", "night"


@case
def judge_what_is_masked(make, n):
    """Each line of the ledger lies in a divergence of its own of the next night."""
    def events(changes):
        told = [event("kernel.call", 0, 0, name="F")]
        for i in range(n):
            told += [event(f"k{i}", 0, 5 * i + 1, **changes)] if changes else []
            told += [event("sync", 0, 5 * i + 2 + j, s=[i, j]) for j in range(4)]
        return told
    make.log("a.jsonl", events({"v": 0}))
    make.log("b.jsonl", events({"v": 1}))
    make.run("diff", "-q", "--index=off", "-o", "o.json", "a.jsonl", "b.jsonl")
    make.run("known", "learn", "o.json", "--state", "known", "--file", "all.known")
    make.night("before")
    make.log("b.jsonl", events({}))
    make.night("night", "--previous", "before")
    return "judge", "-q", "night"


@case
def prune(make, n):
    """All lines of the ledger have been passed in three nights."""
    make.ledger(n)
    make.night("n0")
    make.log("b.jsonl", [event("kernel.call", 0, 0, name="F")] +
             [step for i in range(n) for step in (event(f"k{i}", 0, 2 * i + 1, v=i), event("sync", 0, 2 * i + 2, s=i))])
    for i in range(3):
        make.night(f"n{i + 1}", "--previous", f"n{i}")
    return "known", "prune", "-n", "n3"


@case
def what_is_new(make, n):
    make.ledger(n)
    make.night("night")
    make.run("history", "import", "-q", "night", "--history", "h.db")
    return "history", "new", "--history", "h.db"


@case
def merge_comments(make, n):
    make.write("base", LEDGER_HEADER + "".join(f"# gone {i}\n" for i in range(n)))
    make.write("ours", LEDGER_HEADER + "".join(f"# gone {i}\n# ours {i}\n" for i in range(n)))
    make.write("theirs", LEDGER_HEADER + "".join(f"# theirs {i}\n" for i in range(n)))
    return "known", "merge", "-n", "base", "ours", "theirs"


@case
def learn_rules(make, n):
    for name, offset in (("a.jsonl", 0), ("b.jsonl", 1)):
        make.log(name, [step for i in range(n // 2) for step in (
            event("kernel.call", i, 0, name=f"F{i}"), event(f"k{i}", i, 1, v=i + offset), event("sync", i, 2, s=i))])
    return "learn", "-q", "-o", "-", "a.jsonl", "b.jsonl"


@case
def plan(make, n):
    for i in range(n // 4):
        make.write(f"{i}.known", LEDGER_HEADER)
    make.write("m.toml", "evdiff = 1\n" + "".join(
        f'[[job]]\nname = "j{i}"\ncanary = "a.jsonl"\nours = "a.jsonl"\nknown = ["{i}.known"]\n' for i in range(n // 4)))
    make.log("a.jsonl", [])
    return "batch", "m.toml", "--out", "night", "--plan"


def count(evdiff, name, size):
    with tempfile.TemporaryDirectory(prefix="evdiff-growth-") as folder:
        command = CASES[name](Maker(evdiff, Path(folder)), size)
        counted = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", evdiff, *command, *(["-j1"] if command[0] in ("diff", "learn") else [])],
            cwd=folder, capture_output=True, text=True, errors="replace")
        assert counted.returncode in (0, 1) or name == "learn_rules", f"{name}: exit {counted.returncode}:\n{counted.stderr[-2000:]}"
        return int(re.search(r"Collected : (\d+)", counted.stderr)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--evdiff", required=True, type=Path)
    parser.add_argument("names", nargs="*", default=list(CASES))
    options = parser.parse_args()
    quadratic = []
    for name in options.names or CASES:
        small, large = (count(options.evdiff.resolve(), name, size) for size in (SIZE, 2 * SIZE))
        is_bad = large > RATIO_MAX * small
        quadratic += [name] if is_bad else []
        print(f"{'FAIL' if is_bad else 'ok  '} {name:24} {small:>14,} {large:>14,} {large / small:6.2f}", flush=True)
    if quadratic:
        print(f"Grows faster than its input: {', '.join(quadratic)}")
    return 1 if quadratic else 0


if __name__ == "__main__":
    sys.exit(main())
