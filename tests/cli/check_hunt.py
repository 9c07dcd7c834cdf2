#!/usr/bin/env python3
"""The five questions of a hunt, one of them twice, each answered by one command on one screen of 80x24.

The logs have a planted bug: a call that opens a file fails in ours, and the program goes another way. Two more runs differ as
two runs of one program do. What is on the screen is what the program prints to a terminal, through no pager: its first 24
rows; none may be wider than 80 columns.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import terminal

LOGS = Path(__file__).resolve().parent / "logs"
ROWS, COLUMNS = 24, 80

# What is asked, the command, and what must be on the screen, in this order.
QUESTIONS = [
    ("what broke first", "diff canary.jsonl ours.jsonl",
     [r"^Diverged: ", r"^1\. value kernel\.return NtCreateFile return_value$", r"^   at canary 4 \[29\], ours 4 \[29\]; family 3ab118a4$",
      r"return_value=0x0 STATUS_SUCCESS", r"return_value=0xc0000034 STATUS_OBJECT_NAME_NOT_FOUND", r"a call fails on"]),
    ("is it new", "diff canary.jsonl ours.jsonl --control run.jsonl",
     [r"^Diverged: 1 new root that the control run does not explain", r"^1\. value kernel\.return NtCreateFile", r"new: no control run has it"]),
    ("is it new, by a ledger of what correct runs differ in", "diff canary.jsonl ours.jsonl --known noise.known",
     [r"^Diverged: ", r"^by the ledger 1 family to look at$", r"^1\. value kernel\.return NtCreateFile", r"^   by the ledger: new$",
      r"return_value=0xc0000034 STATUS_OBJECT_NAME_NOT_FOUND"]),
    ("where exactly, on both sides", "show canary.jsonl ours.jsonl 4:29",
     [r"^     \[28\] kernel\.call NtCreateFile", r"^   ! \[29\] kernel\.return NtCreateFile", r"^   -   return_value=0x0",
      r"^   \+   return_value=0xc0000034 STATUS_OBJECT_NAME_NOT_FOUND"]),
    ("what follows from it", "explain out.json 3ab1",
     [r"^Family 3ab118a4: value kernel\.return NtCreateFile", r"2 more divergences follow from it", r"^From it follow:", r"^  [0-9a-f]{8}  "]),
    ("what to look at next", "diff canary.jsonl ours.jsonl --tid 4 --since 30 --limit 1",
     [r"to what is asked for:$", r"^1\. ", r"^   at canary 4 \[3[0-9]\]"]),
]


def main():
    parser = argparse.ArgumentParser(description="Ask the five questions of a hunt.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    evdiff = parser.parse_args().evdiff.resolve()
    problems = []
    with tempfile.TemporaryDirectory(prefix="evdiff-hunt-") as folder:
        for name, log in (("canary", "control-canary"), ("ours", "control-ours"), ("run", "control-run")):
            Path(folder, f"{name}.jsonl").symlink_to(LOGS / f"{log}.jsonl")
        subprocess.run([evdiff, "diff", "-q", "-o", "out.json", "canary.jsonl", "ours.jsonl"], cwd=folder, check=True)
        subprocess.run([evdiff, "diff", "-q", "-o", "noise.json", "canary.jsonl", "run.jsonl"], cwd=folder, check=True)
        subprocess.run([evdiff, "known", "learn", "noise.json", "--state", "noise", "--file", "noise.known"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        for question, command, wanted in QUESTIONS:
            screen = print_on_terminal([str(evdiff), *command.split()], folder)
            problems += [f"{question}: {problem}" for problem in check(screen, wanted)]
    print("\n".join(problems) or f"{len(QUESTIONS)} questions, each answered on one screen")
    return 1 if problems else 0


def print_on_terminal(command, folder):
    """The rows that a command prints on a terminal of that size, as plain text."""
    environment = {**os.environ, "TERM": "xterm", "EVDIFF_PAGER": "", "NO_COLOR": "1"}
    printed, _, _ = terminal.run(command, ["stdin", "stdout", "stderr"], ROWS, COLUMNS, cwd=folder, env=environment)
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", printed.decode("utf-8").replace("\r\n", "\n"))
    return [line.rsplit("\r", 1)[-1] for line in text.split("\n")]


def check(screen, wanted):
    for line in screen:
        if len(line) > COLUMNS:
            yield f"{len(line)} columns: {line}"
    rows = screen[:ROWS]
    place = 0
    for pattern in wanted:
        found = next((i for i in range(place, len(rows)) if re.search(pattern, rows[i])), None)
        if found is None:
            yield f"no row with {pattern!r} behind row {place}:\n" + "\n".join("    " + row for row in rows)
            return
        place = found


if __name__ == "__main__":
    sys.exit(main())
