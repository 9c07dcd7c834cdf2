#!/usr/bin/env python3
"""Holds the map at the head of src/cli/main.c: it names each .c of src/cli once, and nothing that is not there.

    check_cli.py SOURCE_ROOT
"""
import re
import sys
from collections import Counter
from pathlib import Path

# A line of the map, and a place in the library that the words below it name.
FILE = re.compile(r"^ \*   (\S+\.c) ", re.MULTILINE)
PLACE = re.compile(r"\((src/\w+)\)")


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
    for fault in faults:
        print(fault)
    print(f"{len(named)} files, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
