#!/usr/bin/env python3
"""Holds the order of the rooms: what a file of src/ includes must be of its own room or of one before it.

    check_rooms.py SOURCE_ROOT

The events of a stream are reached through log/log.h only, types of absorbers through rules/absorber.h. docs/architecture.md says what each room is for. A header of include/evdiff/ belongs to the room that speaks for it.
"""
import re
import sys
from pathlib import Path

# Each room may include the rooms named here, and itself. What a room may include is spelled out and not derived, so
# that a new arrow is a line in a review.
CORE = ["base", "outcome", "json", "rules", "import", "log"]
MAY_INCLUDE = {
    "base": [],
    "outcome": ["base"],
    "json": ["base"],
    "rules": ["base", "outcome", "json"],
    "import": ["base", "json"],
    "log": ["base", "json", "rules", "import"],
    "pair": CORE,
    "walk": CORE,
    "align": CORE + ["walk"],
    "names": CORE + ["walk", "align"],
    "explain": CORE + ["walk", "align", "names"],
    "diff": CORE + ["pair", "walk", "align", "names", "explain"],
    "selftest": CORE + ["pair", "walk", "align", "names", "explain", "diff"],
    "learn": CORE + ["pair", "walk", "align", "names", "explain", "diff"],
    "report": ["base", "outcome"],
    "saved": ["base", "outcome", "json"],
    "toml": ["base"],
    "config": ["base", "toml"],
    "ledger": ["base", "outcome"],
    "judge": ["base", "outcome", "ledger"],
    # Not log or import: a batch reads outcomes, and hashes logs without knowing what they say.
    "batch": ["base", "outcome", "json", "toml", "rules", "report", "saved", "ledger", "judge"],
    # Of a batch its folder alone, and of judging what a place is.
    "history": ["base", "outcome", "json", "saved", "batch", "judge"],
    "cli": [],
}

# Which public headers a room may include beside evdiff/error.h; the command line may include all of them.
PUBLIC = {
    "error": "base",
    "progress": "base",
    "rules": "rules",
    "outcome": "outcome",
    "side": "outcome",
    "value": "outcome",
    "divergence": "outcome",
    "family": "outcome",
    "beside": "outcome",
    "import": "import",
    "log": "log",
    "index": "log",
    "diff": "diff",
    "report": "report",
    "saved": "saved",
    "ledger": "ledger",
    "judge": "judge",
    "selftest": "selftest",
    "learn": "learn",
    "batch": "batch",
    "history": "history",
    "config": "config",
    "text": "base",
    "version": "base",
}

# A file stays below so many lines. Engines take this one header into their tree as it is (docs/decisions/0012-emitting.md).
LINES_MAX = 500
LONG_ON_PURPOSE = "emit.h"

# Streams may come to be in segments: only log/ knows where their records are.
RECORDS = re.compile(r"(?:->|\.)\s*records\b")

# Nothing but a type's own file and its row knows it.
ABSORBERS = "walk/absorbers/types.h"

# With quotes or with angle brackets: src/ is on the path either way.
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


def main():
    root = Path(sys.argv[1])
    source = root / "src"
    faults = []
    arrows = 0
    rooms = {path.name for path in source.iterdir() if path.is_dir()}
    for room in sorted(rooms ^ set(MAY_INCLUDE)):
        faults.append(f"src/{room}: {'no such room' if room in MAY_INCLUDE else 'a room that the order does not name'}")
    for path in sorted(source.rglob("*.[ch]*")):
        parts = path.relative_to(source).parts
        if len(parts) == 1:
            continue
        room = parts[0]
        text = path.read_text(encoding="utf-8")
        if room != "log" and RECORDS.search(text):
            faults.append(f"{path.relative_to(root)}: reaches into a stream; evd_stream_event is for that")
        for quoted, angled in INCLUDE.findall(text):
            name = quoted or angled
            first, _, rest = name.partition("/")
            if angled and first not in rooms and first != "evdiff":
                continue
            arrows += 1
            if name == ABSORBERS and not parts[:-1] == ("walk", "absorbers"):
                faults.append(f"{path.relative_to(root)}: knows types of absorbers by name; rules/absorber.h says what each can be asked")
            if first == "evdiff":
                target = PUBLIC.get(rest.removesuffix(".h"))
                is_allowed = room == "cli" or target == "base" or target == room or target in MAY_INCLUDE.get(room, [])
            elif not rest:
                target, is_allowed = room, (path.parent / name).exists()
            else:
                target = first
                is_allowed = target == room or target in MAY_INCLUDE.get(room, [])
            if not is_allowed:
                faults.append(f"{path.relative_to(root)}: includes {name}, which {room}/ may not")
    for path in sorted(source.rglob("*.h")):
        twins = [path.with_suffix(suffix) for suffix in (".c", ".cpp")]
        if not any(twin.exists() for twin in twins) and "static inline" not in path.read_text(encoding="utf-8"):
            faults.append(f"{path.relative_to(root)}: speaks for no .c of its name")
    for path in sorted([*source.rglob("*.[ch]*"), *(root / "include").rglob("*.h")]):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines >= LINES_MAX and path.name != LONG_ON_PURPOSE:
            faults.append(f"{path.relative_to(root)}: {lines} lines; a file tells one story, in fewer than {LINES_MAX}")
    for fault in faults:
        print(fault)
    print(f"{arrows} includes, {len(faults)} faults")
    return 1 if faults or arrows < 100 else 0


sys.exit(main())
