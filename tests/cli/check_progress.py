#!/usr/bin/env python3
"""Progress: each long step is told on a terminal, fits it, and leaves nothing behind; elsewhere nothing is shown.

    check_progress.py --evdiff PROGRAM
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import terminal

DATA = Path(__file__).resolve().parents[1] / "data"
LOGS = [str(DATA / f"boot-{side}.jsonl.zst") for side in ("canary", "ours")]
COLUMNS = 40
SHOWN = re.compile(rb"\r([^\r\n\x1b]*)\x1b\[K")


def on_terminal(command, folder):
    """What standard error gets that is a terminal of COLUMNS columns."""
    environment = {**os.environ, "TERM": "xterm", "EVDIFF_CONFIG": ""}
    told, _, status = terminal.run(command, ["stderr"], columns=COLUMNS, stdout=subprocess.DEVNULL, env=environment,
                                   cwd=folder)
    assert status in (0, 1), (command, status, told)
    return told


def hold(evdiff, folder, words, *expected):
    # On one thread: the one that shows progress is then the one that works, however little there is to do.
    told = on_terminal([evdiff, *words, "--progress=always", "--threads=1"], folder)
    lines = [line.decode() for line in SHOWN.findall(told)]
    at = 0
    for word in expected:
        found = [i for i in range(at, len(lines)) if lines[i].startswith(word)]
        assert found, (words, word, lines)
        at = found[0]
    assert all(len(line) < COLUMNS for line in lines), lines
    # What comes last takes the line away, or is a line of the program's own.
    rest = SHOWN.split(told)[-1]
    assert lines[-1] == "" and not rest.startswith(b"\r"), told[-200:]
    # Without a terminal, and with --progress=never, there is none; --quiet has none either.
    for more in ([], ["--progress=never"], ["--quiet"]) if words[0] in ("diff", "batch") else ():
        plain = subprocess.run([evdiff, *words, *more], capture_output=True, cwd=folder, check=False,
                               env={**os.environ, "EVDIFF_CONFIG": "", "TERM": "xterm"})
        assert b"\r" not in plain.stderr and b"\x1b" not in plain.stderr, plain.stderr
        assert b"\r" not in on_terminal([evdiff, *words, "--quiet"], folder).replace(b"\r\n", b"\n")
    print(f"ok    {words[0]}: {', '.join(expected)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evdiff", required=True, type=Path)
    evdiff = str(parser.parse_args().evdiff.resolve())
    with tempfile.TemporaryDirectory(prefix="evdiff-progress-") as folder:
        hold(evdiff, folder, ["diff", *LOGS, "--pair", "similarity", "--rules", "wine-relay", "-o", "out.json"],
             "reading", "pairing threads", "aligning", "checking names", "looking at what differs", "explaining", "quoting")
        hold(evdiff, folder, ["selftest", *LOGS, "--pair", "similarity", "--rules", "wine-relay", "--samples", "20"],
             "reading", "pairing threads", "aligning", "checking names", "planting mutations", "checking names",
             "swapping threads")
        hold(evdiff, folder, ["learn", *LOGS, "--rules", "wine-relay", "--out", "-"], "reading", "aligning", "counting", "aligning",
             "planting mutations")
        manifest = Path(folder, "night.toml")
        manifest.write_text(f'evdiff = 1\n[[job]]\nname = "boot"\ncanary = "{LOGS[0]}"\nours = "{LOGS[1]}"\n')
        hold(evdiff, folder, ["batch", "night.toml", "--out", "night"], "0 of 1 done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
