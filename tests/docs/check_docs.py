#!/usr/bin/env python3
"""What the documentation says is what the program does: examples with their output, options, links.

- A block that begins with "$ build/evdiff" is run and must print what follows. A line that ends in "…" is
  cut there; a line that is only "…" stands for any lines.
- Every option of every --help is in the manual page and in the completions of bash and zsh, and these have no others; those of
  diff are in the table of README.md too.
- Every link to a file leads to one, and so does every path of the project in code (a decision tells what was).
- docs/README.md lists every page of its folder, and docs/architecture.md has a row for every room.
- docs/reports.md has a row for every format, and its names of files are those that ask for it.
- A block that is a whole rules file is taken as one, and a block that is a whole log is valid.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 120
ELLIPSIS = "…"
SAMPLE = [ROOT / "tests/data" / f"boot-{side}.jsonl.zst" for side in ("canary", "ours")]


def main():
    parser = argparse.ArgumentParser(description="Hold the documentation against the program.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    options = parser.parse_args()
    evdiff = options.evdiff.resolve()
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "bench/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    problems = []
    examples = links = paths = files = logs = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for command, expected in find_examples(text):
            examples += 1
            problems += [f"{page.relative_to(ROOT)}: $ {command}\n{problem}"
                         for problem in try_example(evdiff, command, expected)]
        for link in find_links(text):
            links += 1
            if not (page.parent / link).exists():
                problems.append(f"{page.relative_to(ROOT)}: no file {link}")
        for path in [] if page.parent.name == "decisions" else find_paths(text):
            paths += 1
            if not any((ROOT / folder / path).exists() for folder in ("", "src", "include")):
                problems.append(f"{page.relative_to(ROOT)}: no file {path}")
        for rules in re.findall(r'^```json\n(\{\n *"rules":.*?)^```$', text, re.MULTILINE | re.DOTALL):
            files += 1
            problems += [f"{page.relative_to(ROOT)}: {problem}" for problem in try_rules(evdiff, rules)]
        for log in re.findall(r'^```[a-z]*\n(\{"kind":"schema_version",.*?)^```$', text, re.MULTILINE | re.DOTALL):
            logs += 1
            problems += [f"{page.relative_to(ROOT)}: {problem}" for problem in try_log(evdiff, log)]
    problems += check_map(pages) + check_formats(evdiff)
    commands = list_commands(evdiff)
    for command in commands:
        problems += check_options(evdiff, command)
    for name, count in (("examples", examples), ("links", links), ("paths", paths), ("rules files", files), ("logs", logs),
                        ("commands", len(commands))):
        if count == 0:
            problems.append(f"no {name} found")
    print("\n".join(problems))
    print(f"{examples} examples, {links} links, {paths} paths, {files} rules files, {logs} logs, {len(commands)} commands, {len(problems)} problems")
    return 1 if problems else 0


def find_examples(text):
    """Commands with the lines that they print, out of fenced blocks."""
    for fence in re.finditer(r"^(`{3,})[a-z]*\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL):
        lines = fence[2].splitlines()
        if lines and lines[0].startswith("$ build/evdiff "):
            yield lines[0][2:], lines[1:]


def find_links(text):
    """Links to files, outside of fenced blocks."""
    text = re.sub(r"^(`{3,})[a-z]*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in link:
            yield link


def find_paths(text):
    """Files and folders of the project that code in a line names; NAME and the like stand for no file, and what a
    build or an installation makes is not there."""
    for path in re.findall(r"(?<!`)`((?:[a-z_-]+/)+(?:[a-z0-9_.-]+\.[a-z0-9]+)?)(?: [^`]*)?`(?!`)", text):
        if not path.startswith(("build", "share/")):
            yield path


def check_map(pages):
    """The pages of docs/ are listed in its README.md, and the map of the code has every room."""
    listed = {(ROOT / "docs" / link).resolve() for link in find_links((ROOT / "docs/README.md").read_text(encoding="utf-8"))}
    problems = [f"docs/README.md: does not list {page.relative_to(ROOT)}" for page in pages
                if page.parent == ROOT / "docs" and page.name != "README.md" and page not in listed]
    rooms = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    told = set(re.findall(r"^\| `([a-z]+)/` \|", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), re.MULTILINE))
    return problems + [f"docs/architecture.md: {'no row for' if room in rooms else 'there is no room'} {room}/"
                       for room in sorted(rooms ^ told)]


def try_example(evdiff, command, expected):
    """Runs a command where the program and the sample lie as in the project's folder, and compares what it prints."""
    with tempfile.TemporaryDirectory(prefix="evdiff-docs-") as folder:
        os.mkdir(f"{folder}/build")
        os.symlink(evdiff, f"{folder}/build/evdiff")
        shutil.copytree(ROOT / "tests/data", f"{folder}/tests/data")
        printed = run(command, folder)
    if matches(expected, printed):
        return []
    return ["\n".join(["  says"] + [f"    {line}" for line in expected] + ["  prints"] + [f"    {line}" for line in printed])]


def run(command, folder):
    """The lines that a command prints."""
    done = subprocess.run(["bash", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS, check=False)
    return done.stdout.decode("utf-8", "replace").splitlines()


def matches(expected, printed):
    """Whether the lines are the expected ones, those cut short or left out considered."""
    if not expected:
        return not printed
    if expected[0] == ELLIPSIS:
        return any(matches(expected[1:], printed[i:]) for i in range(len(printed) + 1))
    if not printed:
        return False
    if expected[0].endswith(ELLIPSIS):
        is_same = printed[0].startswith(expected[0][:-1])
    else:
        is_same = printed[0] == expected[0]
    return is_same and matches(expected[1:], printed[1:])


def try_rules(evdiff, rules):
    with tempfile.NamedTemporaryFile("w", prefix="evdiff-docs-", suffix=".json", encoding="utf-8") as file:
        file.write(rules)
        file.flush()
        done = subprocess.run([evdiff, "rules", "--rules", file.name], capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 and done.stdout == rules else [done.stderr or "printed otherwise"]


def try_log(evdiff, log):
    done = subprocess.run([evdiff, "check", "-"], input=log, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [done.stderr]


def list_commands(evdiff):
    text = subprocess.run([evdiff, "--help"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^  ([a-z]+) ", text, re.MULTILINE)


def check_options(evdiff, command):
    """The options of one command, wherever they are told."""
    text = subprocess.run([evdiff, command, "--help"], check=True, capture_output=True, text=True).stdout
    options = set(re.findall(r"^ {2,8}(?:-., )?(--[a-z-]+)", text, re.MULTILINE))
    places = {"completions/evdiff.bash": bash_options(command), "completions/_evdiff": zsh_options(command)}
    problems = []
    for place, told in places.items():
        problems += [f"{place}: {command} lacks {option}" for option in sorted(options - told)]
        problems += [f"{place}: {command} has no {option}" for option in sorted(told - options)]
    manual = (ROOT / "docs/man/evdiff.1").read_text(encoding="utf-8").replace("\\-", "-")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for option in sorted(options):
        if not re.search(re.escape(option) + r"(?![a-z-])", manual):
            problems.append(f"docs/man/evdiff.1: {option} of {command} is not there")
        if command == "diff" and option not in ("--help", "--version") and not re.search(
                rf"`[^`]*{re.escape(option)}(?![a-z-])", readme):
            problems.append(f"README.md: {option} is not there")
    return problems


def check_formats(evdiff):
    """The formats of diff's --help against the table of docs/reports.md, and what a file of each name gets."""
    text = subprocess.run([evdiff, "diff", "--help"], check=True, capture_output=True, text=True).stdout
    listed = re.search(r"^ +--format=.*?\n((?: {20,}.*\n)+)", text, re.MULTILINE)[1]
    formats = set(re.findall(r"^ {30}([a-z-]+) ", listed, re.MULTILINE))
    page = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
    table = re.search(r"^\| format \|.*\| files \|\n((?:\|.*\n)+)", page, re.MULTILINE)[1]
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\|([^|]*)\|$", table, re.MULTILINE)
    told = {name: re.findall(r"`(\.[a-z]+)`", files) for name, files in rows}
    problems = [f"docs/reports.md: {'no row for' if name in formats else 'there is no format'} {name}"
                for name in sorted(formats ^ set(told))]
    with tempfile.TemporaryDirectory(prefix="evdiff-docs-") as folder:
        for name, suffix in [(name, suffix) for name in sorted(formats & set(told)) for suffix in told[name]]:
            for option, path in (("--report", f"{name}=by-format"), ("--out", f"by-name{suffix}")):
                subprocess.run([evdiff, "diff", option, path, *SAMPLE], check=True, cwd=folder, capture_output=True)
            if Path(folder, "by-format").read_bytes() != Path(folder, "by-name" + suffix).read_bytes():
                problems.append(f"docs/reports.md: a file named {suffix} is no {name}")
    if not any(told.values()):
        problems.append("docs/reports.md: no names of files found")
    imported = subprocess.run([evdiff, "import", "--help"], check=True, capture_output=True, text=True).stdout
    traces = set(re.findall(r"^ {30}([a-z0-9-]+) ", re.search(r"^ +--from=.*?\n((?: {20,}.*\n)+)", imported, re.MULTILINE)[1],
                            re.MULTILINE))
    if len(traces) < 3:
        problems.append(f"import --help: only the traces {sorted(traces)}")
    for place in ("docs/importing.md", "docs/man/evdiff.1", "completions/evdiff.bash", "completions/_evdiff"):
        words = set(re.findall(r"[a-z0-9][a-z0-9-]*", (ROOT / place).read_text(encoding="utf-8").replace("\\-", "-")))
        named = traces if place == "docs/importing.md" else formats | traces
        problems += [f"{place}: the format {name} is missing" for name in sorted(named - words)]
        shipped = {path.stem for path in (ROOT / "src/rules").glob("*.json")} if place.startswith("completions") else set()
        problems += [f"{place}: the rules {name} are missing" for name in sorted(shipped - words)]
    return problems


def bash_options(command):
    script = """source "$0"; COMP_WORDS=(evdiff "$1" --); COMP_CWORD=2; _evdiff; printf '%s\\n' "${COMPREPLY[@]}" """
    done = subprocess.run(["bash", "-c", script, ROOT / "completions/evdiff.bash", command], check=True, capture_output=True,
                          text=True)
    return set(done.stdout.split())


def zsh_options(command):
    text = (ROOT / "completions/_evdiff").read_text(encoding="utf-8")
    case = re.search(rf"^{command}\)\n(.*?)^    ;;$", text, re.MULTILINE | re.DOTALL)
    words = re.sub(r"\[[^\]]*\]", "", case[1]) if case else ""
    return set(re.findall(r"--[a-z][a-z-]*[a-z]", words))


if __name__ == "__main__":
    sys.exit(main())
