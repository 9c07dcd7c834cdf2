#!/usr/bin/env python3
"""The example of five nights says what is to be said: nothing of the noise, new in night 3, first seen 3 in night 4 beside a log that is torn,
fixed? in night 5.

    check_example.py --evdiff PROGRAM
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUG = "value kernel.return NtOpenFile return_value"
TROUBLE = "Trouble\n  game: malformed\n    evdiff: ours/game.jsonl:"
# Of each night: its first line, what the report has, what it has not, the exit code.
NIGHTS = {
    "1": ("3 jobs: 0 new, 3 unchanged, 0 inconclusive, 0 trouble", [], ["New", "Fixed?", BUG], 0),
    "2": ("3 jobs: 0 new, 3 unchanged, 0 inconclusive, 0 trouble", [], ["New", "Fixed?", BUG], 0),
    "3": ("3 jobs: 1 new, 2 unchanged, 0 inconclusive, 0 trouble",
          [f"New\n  df1a34ef {BUG}\n    in install; first seen in night 3\n"], ["Trouble", "Fixed?"], 1),
    "4": ("3 jobs: 1 new, 1 unchanged, 0 inconclusive, 1 trouble",
          [f"New\n  df1a34ef {BUG}\n    in install; first seen in night 3\n", TROUBLE], ["Fixed?"], 2),
    "5": ("3 jobs: 0 new, 1 fixed?, 2 unchanged, 0 inconclusive, 0 trouble",
          [f"Fixed?\n  df1a34ef {BUG}\n    in install; first seen in night 3\n"], ["New", "Trouble"], 0),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evdiff", required=True, type=Path)
    evdiff = parser.parse_args().evdiff.resolve()
    with tempfile.TemporaryDirectory(prefix="evdiff-nightly-") as folder:
        run = subprocess.run([ROOT / "examples/nightly/run", "five nights"], cwd=folder, capture_output=True, text=True,
                             env={**os.environ, "EVDIFF": str(evdiff)}, timeout=100)
    faults = [] if run.returncode == 0 else [f"exit {run.returncode}: {run.stderr}"]
    reports = dict(re.findall(r"== night (\d)\n(.*?\nexit \d+\n)", run.stdout, re.DOTALL))
    for night, (summary, has, has_not, code) in NIGHTS.items():
        report = reports.get(night, "")
        if not report.startswith(f"night {night}: {summary}\n") or not report.endswith(f"exit {code}\n"):
            faults.append(f"night {night}: {report}")
        faults += [f"night {night} does not say {words!r}: {report}" for words in has if words not in report]
        faults += [f"night {night} says {words!r}: {report}" for words in has_not if words in report]
    if "without SQLite" not in run.stderr and not re.search(r"^df1a34ef +1 +0 .* 3 +4 +value", run.stdout, re.MULTILINE):
        faults.append(f"the history does not have nights 3 to 4: {run.stdout[-500:]}")
    print("\n".join(faults) or f"{len(NIGHTS)} nights")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
