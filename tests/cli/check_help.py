#!/usr/bin/env python3
"""Every help text fits a terminal of 80 columns: the program's own, and that of each command that it lists."""
import argparse
import re
import subprocess
import sys

WIDTH = 80


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evdiff", required=True, help="the program under test")
    evdiff = parser.parse_args().evdiff
    texts = {"": help_of(evdiff)}
    commands = re.findall(r"^  ([a-z]+) ", texts[""], re.MULTILINE)
    assert len(commands) >= 7, commands
    texts |= {command: help_of(evdiff, command) for command in commands}
    wide = [f"evdiff {command} --help: {len(line)} columns: {line}" for command, text in texts.items()
            for line in text.splitlines() if len(line) > WIDTH]
    blank = [f"evdiff {command} --help: blank at the end: {line!r}" for command, text in texts.items()
             for line in text.splitlines() if line != line.rstrip()]
    print("\n".join(wide + blank) or f"{len(texts)} help texts")
    return 1 if wide or blank else 0


def help_of(evdiff, *command):
    return subprocess.run([evdiff, *command, "--help"], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
