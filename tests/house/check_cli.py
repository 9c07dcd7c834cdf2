#!/usr/bin/env python3
"""Holds what is the same for all files of the command line, src/cli.

    check_cli.py SOURCE_ROOT

- The map at the head of main.c names each .c once, and nothing that is not there.
- Only message.c prints to standard error: it makes plain what a path or a log puts into a message. PRINTED has what else
  is printed there, line by line, and why no such text is in it.
"""
import re
import sys
from collections import Counter
from pathlib import Path

# A line of the map, and a place in the library that the words below it name.
FILE = re.compile(r"^ \*   (\S+\.c) ", re.MULTILINE)
PLACE = re.compile(r"\((src/\w+)\)")

# What prints to standard error: its stream, its number, and functions that know where it is.
STANDARD_ERROR = re.compile(r"\bstderr\b|\b(?:v?dprintf|write|writev|fdopen) ?\( ?(?:2|STDERR_FILENO)\b"
                            r"|\b(?:perror|psignal|psiginfo|v?warnx?|v?errx?|error|error_at_line|assert|assert_perror) ?\(")

# By file, the lines that may.
PRINTED = {
    "main.c": [
        "print_help(stderr);",  # the help of a call without a command, which is the program's own text
    ],
    "diff.c": [  # texts that it has from rules are made plain one by one
        "cli_statistics_print_json(&run->statistics, stderr);",
        "cli_statistics_print_text(&run->statistics, stderr);",
    ],
}
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def main():
    root = Path(sys.argv[1])
    folder = root / "src" / "cli"
    head = (folder / "main.c").read_text(encoding="utf-8").partition("*/")[0]
    named = Counter(FILE.findall(head))
    places = PLACE.findall(head)
    faults = [f"src/cli/{path.name}: the map in main.c does not name it"
              for path in sorted(folder.glob("*.c")) if path.name not in named]
    for name, times in sorted(named.items()):
        if not (folder / name).is_file():
            faults.append(f"src/cli/main.c: the map names {name}, which is not there")
        elif times > 1:
            faults.append(f"src/cli/main.c: the map names {name} {times} times")
    faults += [f"src/cli/main.c: the map names {place}, which is not there"
               for place in places if not (root / place).is_dir()]
    if not named or not places:
        faults.append("src/cli/main.c: has no map")
    faults += find_prints(folder)
    for fault in faults:
        print(fault)
    print(f"{len(named)} files, {len(faults)} faults")
    return 1 if faults else 0


def find_prints(folder):
    """Lines that print to standard error and may not, and lines of PRINTED that are not there once."""
    faults = []
    for path in sorted(folder.glob("*.[ch]")):
        if path.name == "message.c":
            continue
        code = COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), path.read_text(encoding="utf-8"))
        lines = [line.strip() for line in TEXT.sub('""', code).splitlines()]
        allowed = PRINTED.get(path.name, [])
        faults += [f"src/cli/{path.name}:{number}: prints to standard error, which is for message.c: {line}"
                   for number, line in enumerate(lines, 1) if STANDARD_ERROR.search(line) and line not in allowed]
        faults += [f"src/cli/{path.name}: {line!r} is there {lines.count(line)} times; check_cli.py allows it once"
                   for line in allowed if lines.count(line) != 1]
    return faults


sys.exit(main())
