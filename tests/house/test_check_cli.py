#!/usr/bin/env python3
"""check_cli.py finds what it is for: faults are planted one by one in a copy of src/, and each must be named.

    test_check_cli.py SOURCE_ROOT
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINE = " *   output.c            where reports go: files, pipes, standard output\n"

# A file of src/, what stands there, what takes its place ("" for None: a new file), and the faults that it makes.
PLANTED = [
    ("cli/planted.c", None, "", ["src/cli/planted.c: the map in main.c does not name it"]),
    ("cli/planted.h", None, "", []),
    ("cli/main.c", LINE, "", ["src/cli/output.c: the map in main.c does not name it"]),
    ("cli/main.c", LINE, 2 * LINE, ["src/cli/main.c: the map names output.c 2 times"]),
    ("cli/main.c", "   output.c ", "   files.c ", ["src/cli/output.c: the map in main.c does not name it",
                                                   "src/cli/main.c: the map names files.c, which is not there"]),
    ("cli/main.c", "(src/report)", "(src/reports)", ["src/cli/main.c: the map names src/reports, which is not there"]),
    # What prints to standard error, in a file that may not; a fault per line.
    *[("cli/planted.h", None, line + "\n",
       [f"src/cli/planted.h:1: prints to standard error, which is for message.c: {shown}"])
      for line, shown in (
          ('fprintf(stderr, "%s\\n", path);', 'fprintf(stderr, "", path);'),
          ("fputs(path, stderr);", "fputs(path, stderr);"),
          ("FILE *out = stderr;", "FILE *out = stderr;"),
          ("perror(path);", "perror(path);"),
          ('warn("%s", path);', 'warn("", path);'),
          ("errx (2, path);", "errx (2, path);"),
          ("dprintf(2, path);", "dprintf(2, path);"),
          ("write(STDERR_FILENO, path, 1);", "write(STDERR_FILENO, path, 1);"),
          ("assert(path);", "assert(path);"))],
    ("cli/planted.h", None, "a();\nb(stderr);\nc(stderr);\n",
     [f"src/cli/planted.h:{n}: prints to standard error, which is for message.c: {line}"
      for n, line in ((2, "b(stderr);"), (3, "c(stderr);"))]),
    ("cli/planted.h", None, '/* stderr\n * perror(x) */\n"in a text: stderr";\nint stderr_count; // stderr\nmy_error(2);\n', []),
    ("cli/message.h", "#include <evdiff/evdiff.h>\n", "int x = fputs(y, stderr);\n",
     ["src/cli/message.h:9: prints to standard error, which is for message.c: int x = fputs(y, stderr);"]),
    ("cli/main.c", "        print_help(stderr);\n", "", ["src/cli/main.c: 'print_help(stderr);' is there 0 times; "
                                                         "check_cli.py allows it once"]),
    ("cli/main.c", "        print_help(stderr);\n", "        print_help(stderr);\n        print_help(stderr);\n",
     ["src/cli/main.c: 'print_help(stderr);' is there 2 times; check_cli.py allows it once"]),
]


def main():
    checker = Path(__file__).resolve().with_name("check_cli.py")
    root = Path(sys.argv[1])
    problems = []
    with tempfile.TemporaryDirectory(prefix="evdiff-cli-") as folder:
        shutil.copytree(root / "src", Path(folder, "src"))
        before, _ = check(checker, folder)
        for name, old, new, faults in PLANTED:
            file = Path(folder, "src", name)
            kept = file.read_text(encoding="utf-8") if old is not None else None
            if kept is not None and kept.count(old) != 1:
                problems.append(f"{name}: {old!r} is not there once")
                continue
            file.write_text(new if kept is None else kept.replace(old, new), encoding="utf-8")
            said, code = check(checker, folder)
            found = [text for text in said if text not in before]
            if found != faults or (faults and code == 0):
                problems.append(f"{name} with {new!r}: exit {code}, finds {found}")
            if kept is None:
                file.unlink()
            else:
                file.write_text(kept, encoding="utf-8")
    print("\n".join(problems))
    print(f"{len(PLANTED)} plantings, {len(problems)} problems")
    return 1 if problems else 0


def check(checker, folder):
    """The faults that the checker names, and its exit code."""
    done = subprocess.run([sys.executable, checker, folder], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[:-1], done.returncode


if __name__ == "__main__":
    sys.exit(main())
