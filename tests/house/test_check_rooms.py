#!/usr/bin/env python3
"""check_rooms.py finds what it is for: faults are planted one by one in a copy of src/, and each must be named.

    test_check_rooms.py SOURCE_ROOT
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# A file that the copy gets, a line in it, and the fault that it is; no fault where that is empty.
PLANTED = [
    ("base/planted.c", '#include "log/log.h"', "src/base/planted.c: includes log/log.h, which base/ may not"),
    ("base/planted.c", "#include <log/log.h>", "src/base/planted.c: includes log/log.h, which base/ may not"),
    ("base/planted.c", '#  include\t"log/log.h"', "src/base/planted.c: includes log/log.h, which base/ may not"),
    ("base/planted.c", '#include "evdiff/log.h"', "src/base/planted.c: includes evdiff/log.h, which base/ may not"),
    ("base/planted.c", "#include <evdiff/log.h>", "src/base/planted.c: includes evdiff/log.h, which base/ may not"),
    ("base/planted.c", '#include "absent.h"', "src/base/planted.c: includes absent.h, which base/ may not"),
    ("base/planted.c", '#include "../log/log.h"', "src/base/planted.c: includes ../log/log.h, which base/ may not"),
    ("walk/planted.c", '#include "align/align.h"', "src/walk/planted.c: includes align/align.h, which walk/ may not"),
    ("json/planted.cpp", '#include "rules/rules.h"', "src/json/planted.cpp: includes rules/rules.h, which json/ may not"),
    ("report/planted.c", '#include "log/log.h"', "src/report/planted.c: includes log/log.h, which report/ may not"),
    ("cli/planted.c", '#include "base/buffer.h"', "src/cli/planted.c: includes base/buffer.h, which cli/ may not"),
    ("log/planted.h", "struct planted;", "src/log/planted.h: speaks for no .c of its name"),
    ("attic/planted.c", "struct planted;", "src/attic: a room that the order does not name"),
    ("walk/planted.c", "return &stream->records[0];", "src/walk/planted.c: reaches into a stream; evd_stream_event is for that"),
    ("diff/planted.h", "static inline int f(struct s t) { return t .records[0]; }",
     "src/diff/planted.h: reaches into a stream; evd_stream_event is for that"),
    ("log/planted.c", "\n" * 499, "src/log/planted.c: 500 lines; a file tells one story, in fewer than 500"),
    ("log/planted.c", "\n" * 498, ""),
    ("log/planted.c", "return &stream->records[0];", ""),
    ("base/planted.c", "#include <stdlib.h>", ""),
    ("base/planted.c", '#include "base/buffer.h"', ""),
    ("log/planted.c", '#include "base/buffer.h"', ""),
    ("cli/planted.c", "#include <evdiff/log.h>", ""),
    ("cli/planted.c", '#include "cli.h"', ""),
    ("log/planted.h", "static inline int planted(void) { return 1; }", ""),
]


def main():
    checker = Path(__file__).resolve().with_name("check_rooms.py")
    source = Path(sys.argv[1]) / "src"
    problems = []
    with tempfile.TemporaryDirectory(prefix="evdiff-rooms-") as folder:
        copy = Path(folder) / "src"
        shutil.copytree(source, copy)
        before, _ = check(checker, folder)
        for name, line, fault in PLANTED:
            file = copy / name
            is_new_room = not file.parent.exists()
            file.parent.mkdir(exist_ok=True)
            file.write_text(line + "\n", encoding="utf-8")
            said, code = check(checker, folder)
            found = [text for text in said if text not in before]
            if found != ([fault] if fault else []) or (fault and code == 0):
                problems.append(f"{name} with {line}: exit {code}, finds {found}")
            file.unlink()
            if is_new_room:
                file.parent.rmdir()
        shutil.rmtree(copy / "align")
        if not "src/align: no such room" in check(checker, folder)[0]:
            problems.append("a room that is gone is not missed")
    print("\n".join(problems))
    print(f"{len(PLANTED)} plantings, {len(problems)} problems")
    return 1 if problems else 0


def check(checker, folder):
    """The faults that the checker names, and its exit code."""
    done = subprocess.run([sys.executable, checker, folder], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[:-1], done.returncode


if __name__ == "__main__":
    sys.exit(main())
