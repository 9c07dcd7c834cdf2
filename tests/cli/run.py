#!/usr/bin/env python3
"""Golden cases of the command line. Adding a case is adding a folder.

A case is a folder cases/NAME/ with
  cmd             a snippet for bash; $EVDIFF is the binary, the current folder a fresh copy of the case's other files.
                  It may begin with lines "# a.jsonl is logs/calls.jsonl": then a.jsonl is a copy of that log, which
                  several cases share. A log that only one case needs is in its folder. A line "# wants a terminal" at its
                  head says that it uses script(1): it is skipped, and that is said, where the machine gives none. A line
                  "# wants a bounded address space" says that it uses ulimit -v: it is left out, and that is said, of a
                  program that reserves terabytes for AddressSanitizer.
  expect.out      what standard output must be (absent: nothing)
  expect.err      what standard error must be (absent: nothing)
  expect.status   the exit code (absent: 0)
  expect.files/   files that must be there afterwards, with this content (absent: none asked for)
  absent          names that must not be there afterwards, one a line (absent: none)

`run.py --update` writes what the binary says into the expectations: read the diff before you commit it.
"""
import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import terminal
from case_files import CASES, case_files, unused_logs

TIMEOUT_SECONDS = 120
TERMINAL = "# wants a terminal"
BOUNDED = "# wants a bounded address space"
SKIPPED = 77  # the exit code that meson knows


def main():
    """Run the cases asked for, or all, and say what differs."""
    options = parse_options()
    cases = [CASES / name for name in options.names] or sorted(path for path in CASES.iterdir() if path.is_dir())
    failed = 0
    no_terminal = why_no_terminal()
    if options.terminal is not None:
        cases = [case for case in cases if wants_terminal(case) == (options.terminal == "only")]
    if options.address_sanitizer:
        for case in [case for case in cases if wants(case, BOUNDED)]:
            print(f"LEFT OUT {case.name}: AddressSanitizer cannot start in a bounded address space")
            cases.remove(case)
    skipped = [case for case in cases if no_terminal and wants_terminal(case)]
    for case in skipped:
        print(f"SKIPPED {case.name}: it wants a terminal; {no_terminal}")
    cases = [case for case in cases if case not in skipped]
    with ThreadPoolExecutor(options.jobs) as pool:
        for case, problems in zip(cases, pool.map(lambda case: try_case(case, options), cases)):
            if problems:
                failed += not options.update
                print(f"{'UPDATED' if options.update else 'FAIL'} {case.name}")
                print("".join("  " + line + "\n" for problem in problems for line in problem.splitlines()), end="")
    for log in unused_logs():
        failed += 1
        print(f"FAIL logs/{log}: fewer than two cases share it")
    if not cases:
        print("no cases" if not skipped else "no case is left")
    print(f"{len(cases) - failed} passed, {failed} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    if skipped and not cases and not failed:
        return SKIPPED
    return 1 if failed or not cases else 0


def why_no_terminal():
    """Why a case can have no terminal on this machine; None when it can."""
    if shutil.which("script") is None:
        return "there is no script(1)"
    return terminal.why_none()


def without_progress(said):
    """A busy machine shows on a terminal what a quiet one has done before there is time to; check_progress.py looks at it."""
    return re.sub(rb"[^\n]*\x1b\[K", b"", said)


def wants(case, line):
    return (case / "cmd").is_file() and line in (case / "cmd").read_text().splitlines()


def wants_terminal(case):
    return wants(case, TERMINAL)


def parse_options():
    parser = argparse.ArgumentParser(description="Run the golden cases of the command line.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the binary under test")
    parser.add_argument("--update", action="store_true", help="write what the binary says into the expectations")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at a time (default: one a core)")
    parser.add_argument("--terminal", choices=["only", "without"],
                        help="only the cases that want a terminal, or those that do not (default: both)")
    parser.add_argument("--address-sanitizer", action="store_true",
                        help="the binary is built with it: leave out the cases that bound the address space")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the cases to run (default: all)")
    options = parser.parse_args()
    options.evdiff = options.evdiff.resolve()
    if not options.evdiff.is_file():
        parser.error(f"{options.evdiff}: no such file")
    for name in options.names:
        if not (CASES / name / "cmd").is_file():
            parser.error(f"{name}: no such case (no {CASES / name / 'cmd'})")
    return options


def try_case(case, options):
    """Run one case in a folder of its own; returns its problems as text, or what --update changed."""
    if not (case / "cmd").is_file():
        return [f"{case / 'cmd'} is missing"]
    if re.search(r"^[^#]*\bscript -", (case / "cmd").read_text(), re.MULTILINE) and not wants_terminal(case):
        return [f"cmd uses script(1) and does not say '{TERMINAL}'"]
    if re.search(r"^[^#]*\bulimit -v", (case / "cmd").read_text(), re.MULTILINE) and not wants(case, BOUNDED):
        return [f"cmd uses ulimit -v and does not say '{BOUNDED}'"]
    with tempfile.TemporaryDirectory(prefix=f"evdiff-{case.name}-") as folder:
        for name, path in case_files(case).items():
            copy = shutil.copytree if path.is_dir() else shutil.copyfile
            copy(path, Path(folder, name))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EVDIFF_")}
        environment.update(EVDIFF=str(options.evdiff), EVDIFF_PAGER="", EVDIFF_CONFIG="", LC_ALL="C")
        try:
            run = subprocess.run(["bash", str(case / "cmd")], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            return [f"not done after {TIMEOUT_SECONDS} s"]
        printed = without_progress(run.stdout) if wants_terminal(case) else run.stdout
        actual = {"expect.out": printed, "expect.err": run.stderr, "expect.status": b"%d\n" % run.returncode}
        problems = [problem for name, data in actual.items() for problem in hold(case / name, data, options.update)]
        for path in sorted((case / "expect.files").rglob("*")):
            if path.is_file():
                made = Path(folder, path.relative_to(case / "expect.files"))
                if made.is_file():
                    problems += hold(path, made.read_bytes(), options.update)
                else:
                    problems.append(f"{made.name} was not written")
        if (case / "absent").is_file():
            for name in (case / "absent").read_text().splitlines():
                if Path(folder, name).exists():
                    problems.append(f"{name} is there and must not be")
        return problems


def hold(path, actual, update):
    """Compare one output with its expectation, a file that may be absent; `update` rewrites it."""
    default = b"0\n" if path.name == "expect.status" else b""
    expected = path.read_bytes() if path.exists() else default
    if expected == actual:
        return []
    if update:
        if actual == default and path.parent.name != "expect.files":
            path.unlink()
        else:
            path.write_bytes(actual)
    lines = difflib.unified_diff(text_lines(expected), text_lines(actual), f"{path.name} expected",
                                 f"{path.name} actual", lineterm="")
    return ["\n".join(lines)]


def text_lines(data):
    """Bytes as lines a terminal can show, with what is not UTF-8, or a missing last newline, made visible."""
    lines = data.decode(errors="backslashreplace").split("\n")
    return lines[:-1] if lines[-1] == "" else lines[:-1] + [lines[-1] + "\\ no newline at end"]


if __name__ == "__main__":
    sys.exit(main())
