#!/usr/bin/env python3
"""Each public header alone is one that a program can use: it compiles by itself, twice over, in C and in C++.

    check_headers.py --cc COMMAND --cxx COMMAND --include DIR HEADER…

COMMAND is a compiler, with what goes before it; HEADERs are those that are installed, and must be all that lie in
their folder. A header that must not compile is planted first: a check that can not fail would say nothing.
"""
import argparse
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LANGUAGES = {"c": ["-x", "c", "-std=c17"], "cxx": ["-x", "c++", "-std=c++17"]}

# What each language must refuse.
PLANTED = {
    "a type that no include brings": ("size_t planted_length(void);\n", ["c", "cxx"]),
    "a keyword of C++": ("struct planted { int class; };\n", ["cxx"]),
    "an extension": ("struct planted { int first; struct {} empty; };\n", ["c"]),
    "no guard": ("struct planted { int first; };\n", ["c", "cxx"]),
}


def main():
    parser = argparse.ArgumentParser(description="Compile each public header alone.")
    parser.add_argument("--cc", required=True, help="the C compiler")
    parser.add_argument("--cxx", required=True, help="the C++ compiler")
    parser.add_argument("--include", required=True, type=Path, help="the folder that the headers are included from")
    parser.add_argument("headers", nargs="+", type=Path, help="every public header")
    options = parser.parse_args()
    compilers = {"c": shlex.split(options.cc), "cxx": shlex.split(options.cxx)}
    faults = plant(compilers)
    present = set(options.include.resolve().rglob("*.h"))
    listed = {header.resolve() for header in options.headers}
    faults += [f"{path}: not in the list of headers to install" for path in sorted(present - listed)]
    for header in sorted(listed):
        for language, compiler in compilers.items():
            name = header.relative_to(options.include.resolve())
            message = compile_twice(compiler, language, options.include, name)
            if message:
                faults.append(f"{name} alone, as {LANGUAGES[language][-1][5:]}:\n{message}")
    for fault in faults:
        print(fault)
    print(f"{len(listed)} headers in {len(compilers)} languages, {len(faults)} faults")
    return 1 if faults else 0


def compile_twice(compiler, language, include, name):
    """What the compiler says of a program that includes the header twice and nothing else; "" when it is content."""
    done = subprocess.run([*compiler, *LANGUAGES[language], *WARNINGS, "-fsyntax-only", f"-I{include}", "-"],
                          input=f"#include <{name}>\n#include <{name}>\nextern int the_end;\n", capture_output=True,
                          text=True, check=False)
    return "" if done.returncode == 0 else done.stderr or f"exit {done.returncode}"


def plant(compilers):
    """What passes though it must not."""
    faults = []
    with tempfile.TemporaryDirectory(prefix="evdiff-headers-") as folder:
        for what, (text, languages) in PLANTED.items():
            Path(folder, "planted.h").write_text(text if what == "no guard" else f"#pragma once\n{text}", encoding="utf-8")
            faults += [f"a planted header with {what} passes as {language}" for language in languages
                       if not compile_twice(compilers[language], language, folder, "planted.h")]
        Path(folder, "planted.h").write_text("#pragma once\nstruct planted;\n", encoding="utf-8")
        faults += [f"a planted header without fault does not pass as {language}" for language in LANGUAGES
                   if compile_twice(compilers[language], language, folder, "planted.h")]
    return faults


if __name__ == "__main__":
    sys.exit(main())
