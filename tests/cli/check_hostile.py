#!/usr/bin/env python3
"""No text that comes from outside commands the terminal: every option's value, every path, every member of a log or a
rules file, in every command.

    check_hostile.py --evdiff PROGRAM [--on-terminal]

Commands and options are those of --help, so that a new one is tried too. --on-terminal tries instead what a command says
only to a terminal, and is skipped where the machine gives none. What reaches standard error, and standard
output where a person reads it, is UTF-8 without a control character, a mark of direction or a character that is not
seen (plain.py); every line on standard error begins in the program's voice. The reference's Markdown and absorbed
events are not looked at: they are what the reference writes, byte for byte.
"""
import argparse
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import terminal
from plain import is_hostile

LOGS = Path(__file__).resolve().parent / "logs"
SECONDS = 60
SKIPPED = 77  # the exit code that meson knows

# ESC, BEL, line ends, tab, backspace, DEL, C1, marks, embeddings and isolates of direction, what is not seen, a tag.
TEXT = "\x1b]0;t\x07a\nevil: b\rc\td\b\x7f\x9b2J\u061c\u200e\u202e\u2066\u2028\u200b\ufeff\U000e0041é"
# The same in bytes, with what is no UTF-8: a C1 byte, a lone surrogate, a cut character.
HOSTILE = b"h" + TEXT.encode() + b"\x9b\xed\xa0\x80\xff\xe2\x80"

# A value stands for itself, and for what a reader of small languages takes apart.
VALUES = [b"%s", b"5%s", b"%s%%", b"%sK", b"1=%s", b"text=%s", b"full=%s", b"%s=x", b"wait-begin,%s", b"first-%s"]

# What each command wants besides the option that is tried. A command that is not here is tried with the first log.
OPERANDS = {
    "diff": [b"a.jsonl", b"b.jsonl"],
    "show": [b"--tid", b"4", b"--idx", b"1", b"a.jsonl"],
    "rules": [],
    "selftest": [b"--samples", b"1", b"a.jsonl"],
    "learn": [b"-o", b"learnt.json", b"a.jsonl", b"b.jsonl"],
    "batch": [b"night"],
    "judge": [b"night"],
    "known": [b"add", b"night", b"fd4b", b"--state", b"known", b"--file", b"a.known"],
    "explain": [b"night/jobs/a/outcome.json.zst", b"fd4b"],
    "import": [b"-o", b"imported.jsonl", b"a.relay"],
}
# Those are given the folder of a night that is done.
NIGHT_COMMANDS = ("batch", "judge", "known", "explain")
MANIFEST = 'evdiff = 1\n[[job]]\nname = "a"\ncanary = "a.jsonl"\nours = "b.jsonl"\n'
REPLACED = (b"a.jsonl", b"a.known", b"a.relay")  # by a path that is hostile
TRACE = Path(__file__).resolve().parents[1] / "data/traces/copy-a.relay"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # colours, with --color


class Tries:
    """Runs the program in folders of their own and keeps what is wrong."""

    def __init__(self, program):
        self.program = os.fsencode(program)
        self.night = None  # the folder of one that is done
        self.problems = []
        self.count = 0
        self.escaped = {}  # by command: how often a hostile text was seen, made plain

    def run(self, words, folder, environment=None, stdin=b""):
        words = [os.fsencode(word) for word in words]
        try:
            done = subprocess.run([self.program, *words], cwd=folder, input=stdin, capture_output=True, timeout=SECONDS,
                                  check=False, env={**os.environb, **(environment or {})})
        except subprocess.TimeoutExpired:
            self.problems.append(f"{words}: not done after {SECONDS} s")
            return
        self.look(words, done.returncode, done.stdout, done.stderr)

    def look(self, words, code, stdout, stderr):
        self.count += 1
        command = words[0].decode(errors="replace") if words else ""
        problems = []
        if code not in (0, 1, 2, 3):
            problems.append(f"exit {code}")
        for name, data in (("standard output", stdout), ("standard error", stderr)):
            found = hostile_in(data)
            if found:
                problems.append(f"{name} has {found}")
            if b"\\x1b]0;t\\x07" in data or b"\\u001b]0;t\\u0007" in data:
                self.escaped[command] = self.escaped.get(command, 0) + 1
        is_statistics = any(word.startswith(b"--stats") for word in words)  # its tables are no messages
        for line in stderr.decode(errors="replace").splitlines() if not is_statistics else []:
            if not line.startswith(("evdiff: ", "Try 'evdiff ")):
                problems.append(f"a line of standard error in another voice: {line!r}")
        if problems:
            self.problems.append(f"{b' '.join(words)!r}: " + "; ".join(problems[:3]))


def hostile_in(data):
    """What of an output a terminal would obey, or not show; '' when there is nothing."""
    try:
        text = COLOURS.sub("", data.decode())
    except UnicodeDecodeError as error:
        return f"what is no UTF-8: {error}"
    found = sorted({character for character in text if is_hostile(character) and character != "\n"})
    return " ".join(f"U+{ord(character):04X}" for character in found)


# ── Commands and options, out of --help ──

def list_commands(program):
    text = subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^  ([a-z]+)  ", text, re.MULTILINE)


def list_options(program, command):
    """The options of a command: name, letter or None, whether each takes a value: "no", "must" or "may"."""
    text = subprocess.run([program, command, "--help"], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^ {2,6}(?:-(.), )?--([a-z-]+)(\[?=)?", text, re.MULTILINE)
    return [(name, letter or None, {"": "no", "=": "must", "[=": "may"}[value]) for letter, name, value in found]


def night_for(tries, command):
    return tries.night if command in NIGHT_COMMANDS else None


def operands(command):
    return OPERANDS.get(command, [b"a.jsonl"])


# ── Folders ──

def make_night(program, folder):
    """The folder of a night of the two logs, which stay where they are."""
    folder = Path(folder)
    for name, log in (("a.jsonl", "calls"), ("b.jsonl", "calls-ours")):
        shutil.copyfile(LOGS / (log + ".jsonl"), folder / name)
    (folder / "m.toml").write_text(MANIFEST, encoding="utf-8")
    done = subprocess.run([program, "batch", "m.toml", "-o", "night", "-q"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 1, done
    return folder / "night"


def make_folder(kind, night=None):
    """Logs a.jsonl and b.jsonl, a trace, the copy of a night, and something whose name is hostile."""
    folder = os.fsencode(tempfile.mkdtemp(prefix="evdiff-hostile-"))
    for name, log in ((b"a.jsonl", "calls"), (b"b.jsonl", "calls-ours")):
        shutil.copyfile(LOGS / (log + ".jsonl"), folder + b"/" + name)
    shutil.copyfile(TRACE, folder + b"/a.relay")
    if night is not None:
        shutil.copytree(os.fsencode(night), folder + b"/night")
    place = folder + b"/" + HOSTILE
    if kind == "log":
        shutil.copyfile(LOGS / "calls.jsonl", place)
    elif kind == "garbage":
        Path(os.fsdecode(place)).write_bytes(HOSTILE + b"\n" + HOSTILE)
    elif kind == "folder":
        os.mkdir(place)
    elif kind == "loop":
        os.symlink(HOSTILE, place)
    elif kind == "index":
        shutil.copyfile(LOGS / "calls.jsonl", place)
        os.symlink(b"/dev/null", place + b".evx")
    return folder


KINDS = ("none", "log", "garbage", "folder", "loop", "index")


def in_folder(kind, action, night=None):
    folder = make_folder(kind, night)
    try:
        action(folder)
    finally:
        shutil.rmtree(folder)


# ── What is tried ──

def try_values(tries, command, name, letter, kind):
    """One option with hostile values, where a file of that name is what `kind` says."""
    def action(folder):
        for value in VALUES if kind == "none" else VALUES[:1]:
            option = b"--" + name.encode() + b"=" + value % HOSTILE
            tries.run([command, option, *operands(command)], folder)
        if letter is not None:
            tries.run([command, b"-" + letter.encode() + HOSTILE, *operands(command)], folder)
    in_folder(kind, action, night_for(tries, command))


def try_paths(tries, command, options, kind):
    """A log whose path is hostile, by itself and with each option that needs no value."""
    def action(folder):
        words = [HOSTILE if word in REPLACED else word for word in operands(command)]
        if command == "rules":
            words = [b"--rules", HOSTILE]
        tries.run([command, *words], folder)
        for name, _, value in options:
            if value != "must":
                tries.run([command, "--" + name, *words], folder)
        if command == "diff":
            for more in ([b"--index", b"save", b"-v"], [b"--index", b"require"], [b"--index-dir", HOSTILE],
                         [b"-e", b"--report", b"text=" + HOSTILE + b"2"], [b"-o", HOSTILE + b".md"],
                         [b"-o", HOSTILE + b"/x"], [b"--pair", HOSTILE], [b"-o", HOSTILE]):
                tries.run([command, *more, *words], folder)
        tries.run([command, *words, HOSTILE], folder)
        tries.run([command, *words, HOSTILE, HOSTILE], folder)
        if command in NIGHT_COMMANDS:
            tries.run([command, HOSTILE], folder)
            tries.run([command, HOSTILE, b"-o", HOSTILE + b"2"], folder)
    in_folder(kind, action, night_for(tries, command))


def try_unknown(tries, commands):
    """What is no command and no option, and what options that take no value are given."""
    def action(folder):
        tries.run([HOSTILE], folder)
        tries.run([b"help", HOSTILE], folder)
        tries.run([b"-" + HOSTILE], folder)
        tries.run([b"--" + HOSTILE], folder)
        for command, options in commands.items():
            for word in (b"--" + HOSTILE, b"-\x1b", b"-\xff", b"-\n", b"--h=" + HOSTILE, b"--" + HOSTILE + b"=x"):
                tries.run([command, word, *operands(command)], folder)
            for name, _, value in options:
                if value == "no":
                    tries.run([command, b"--" + name.encode() + b"=" + HOSTILE, *operands(command)], folder)
        for variable in (b"EVDIFF_CHUNK_BYTES", b"XDG_CACHE_HOME", b"HOME", b"TERM", b"NO_COLOR"):
            for value in (HOSTILE, b"/" + HOSTILE):
                for words in ([b"diff", b"a.jsonl", b"b.jsonl"], [b"index", b"-v", b"a.jsonl"], [b"index", b"--check", b"b.jsonl"]):
                    tries.run(words, folder, {variable: value})
    in_folder("none", action)


def places_of(value, path=()):
    """Where a JSON value has texts: ways to keys and to values."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield path + (key,), "key"
            yield from places_of(member, path + (key,))
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from places_of(member, path + (i,))
    else:
        yield path, "value"


def with_hostile(value, path, what, text):
    """A copy with a text in one of its places."""
    made = copy.deepcopy(value)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    if what == "key":
        inner[text] = inner.pop(path[-1])
    elif isinstance(inner[path[-1]], str):
        inner[path[-1]] += text
    else:
        inner[path[-1]] = text
    return made


def has_place(value, path):
    return path in (place for place, _ in places_of(value))


def spell(value, is_raw):
    """JSON whose hostile texts are escaped, or stand there as they are as far as JSON allows."""
    if not is_raw:
        return json.dumps(value).encode()
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


LOG_COMMANDS = [
    ["check", "b.jsonl"],
    ["diff", "--format", "text", "--stats", "-e", "a.jsonl", "b.jsonl"],
    ["diff", "--format", "text", "--tolerant", "b.jsonl", "a.jsonl"],
    ["diff", "--format", "full", "-e", "b.jsonl", "b.jsonl"],
    ["diff", "--format", "full", "a.jsonl", "b.jsonl"],
    ["diff", "--format", "json", "a.jsonl", "b.jsonl"],
    ["show", "--tid", "4", "--idx", "1", "-C", "100", "b.jsonl"],
    ["selftest", "--samples", "2", "b.jsonl"],
    ["learn", "-o", "learnt.json", "a.jsonl", "b.jsonl"],
    ["index", "-v", "b.jsonl"],
]


def try_log(tries, lines, number, place, what, texts):
    """One place of a log is hostile: in one line, or in all lines that have it."""
    def action(folder):
        for text, is_raw, is_everywhere in texts:
            made = []
            for i, line in enumerate(lines):
                is_there = i == number or (is_everywhere and has_place(line, place))
                made.append(spell(with_hostile(line, place, what, text), is_raw) if is_there else spell(line, False))
            Path(os.fsdecode(folder), "b.jsonl").write_bytes(b"\n".join(made))
            for command in LOG_COMMANDS:
                tries.run(command, folder)
    in_folder("none", action)


def try_rules(tries, rules, path, what):
    def action(folder):
        for text, is_raw in ((TEXT, False), (TEXT[-8:], True)):
            Path(os.fsdecode(folder), "r.json").write_bytes(spell(with_hostile(rules, path, what, text), is_raw))
            for command in (["diff", "--rules", "r.json", "a.jsonl", "b.jsonl"], ["check", "--rules", "r.json", "a.jsonl"],
                            ["selftest", "--rules", "r.json", "--samples", "1", "a.jsonl"]):
                tries.run(command, folder)
    in_folder("none", action)


def try_rules_on_terminal(tries, rules, path, what):
    """A pipe gets the file byte for byte, a terminal gets what means the same."""
    def action(folder):
        for text, is_raw in ((TEXT, False), (TEXT[-8:], True)):
            made = with_hostile(rules, path, what, text)
            Path(os.fsdecode(folder), "r.json").write_bytes(spell(made, is_raw))
            said = on_terminal(tries, ["rules", "--rules", "r.json"], folder)
            if said.startswith(b"{") and json.loads(said) != made:
                tries.problems.append(f"rules on a terminal mean something else, with {text!r} at {path}")
            if said.startswith(b"{"):
                tries.escaped["rules"] = tries.escaped.get("rules", 0) + 1
    in_folder("none", action)


def try_bytes(tries):
    """Files of hostile bytes, where a log, rules or pairs are wanted: whole, and behind a good beginning."""
    header = b'{"kind":"schema_version","schema_version":1}\n'
    starts = {b"log": (b"", header, header + b'{"kind":"', header + b'{"kind":"x","tid":1,"tid_event_idx":'),
              b"rules": (b"", b"{", b'{"', b'{"rules": "'), b"pairs": (b"", b"1=", b"1=2\n3=")}
    def action(folder):
        for what, beginnings in starts.items():
            for start in beginnings:
                Path(os.fsdecode(folder), "file").write_bytes(start + HOSTILE)
                if what == b"log":
                    for command in ("check", "index", "selftest"):
                        tries.run([command, "file"], folder)
                    tries.run(["diff", "a.jsonl", "file"], folder)
                    tries.run(["diff", "a.jsonl", "-"], folder, stdin=start + HOSTILE)
                    tries.run(["show", "--tid", "4", "--idx", "1", "file"], folder)
                else:
                    option = "--rules" if what == b"rules" else "--pair"
                    tries.run(["diff", option, "file", "a.jsonl", "b.jsonl"], folder)
                    tries.run(["selftest", option, "file", "a.jsonl"], folder)
    in_folder("none", action)


# ── Standard output that is a terminal ──

def on_terminal(tries, words, folder):
    """What a command says on a terminal of its own, without a pager, which draws on it."""
    said, stderr, status = terminal.run([tries.program, *words], ["stdout"], cwd=folder, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env={**os.environb, b"EVDIFF_PAGER": b"cat"})
    said = said.replace(b"\r\n", b"\n")
    tries.look([os.fsencode(word) for word in words], status, said, stderr)
    return said


def try_markdown_on_terminal(tries, lines, number, place, what):
    """The reference's report may hold anything, but not on a terminal."""
    def action(folder):
        for text, is_raw in (("x\ud800" + TEXT, False), (TEXT[-10:] + "\x7f", True)):
            made = [spell(with_hostile(line, place, what, text) if i == number else line, is_raw and i == number)
                    for i, line in enumerate(lines)]
            Path(os.fsdecode(folder), "b.jsonl").write_bytes(b"\n".join(made))
            on_terminal(tries, ["diff", "--format", "markdown", "a.jsonl", "b.jsonl"], folder)
    in_folder("none", action)


def read_log(name):
    return [json.loads(line) for line in (LOGS / name).read_text(encoding="utf-8").splitlines()]


def submit_all(pool, tries, commands, rules):
    """All that needs no terminal."""
    lines = read_log("shared-global.jsonl")[:9]
    texts = (("x\ud800\udc9b\udfff" + TEXT, False, False), (TEXT[-10:] + "\x7f", True, True))
    jobs = [pool.submit(try_unknown, tries, commands), pool.submit(try_bytes, tries)]
    for command, options in commands.items():
        jobs += [pool.submit(try_paths, tries, command, options, kind) for kind in KINDS]
        jobs += [pool.submit(try_values, tries, command, name, letter if value == "must" else None, kind)
                 for name, letter, value in options if value != "no" for kind in KINDS]
    seen = set()
    for number, line in enumerate(lines):
        for place, what in places_of(line):
            if (line["kind"], place, what) not in seen:
                seen.add((line["kind"], place, what))
                jobs.append(pool.submit(try_log, tries, lines, number, place, what, texts))
    return jobs + [pool.submit(try_rules, tries, rules, path, what) for path, what in places_of(rules) if "why" not in path]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evdiff", required=True, type=os.path.abspath)
    parser.add_argument("--on-terminal", action="store_true", help="only what a command says to a terminal")
    options = parser.parse_args()
    tries = Tries(options.evdiff)
    commands = {command: list_options(options.evdiff, command) for command in list_commands(options.evdiff)}
    rules = json.loads(subprocess.run([options.evdiff, "rules"], check=True, capture_output=True).stdout)
    if options.on_terminal and terminal.why_none() is not None:
        print(f"SKIPPED: there is no terminal: {terminal.why_none()}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="evdiff-hostile-") as made, ThreadPoolExecutor(os.cpu_count()) as pool:
        tries.night = make_night(options.evdiff, made)
        if options.on_terminal:
            jobs = [pool.submit(try_rules_on_terminal, tries, rules, path, what) for path, what in places_of(rules)]
            lines = read_log("calls-ours.jsonl")[:9]
            jobs += [pool.submit(try_markdown_on_terminal, tries, lines, number, place, what)
                     for number, line in enumerate(lines) if number > 0 for place, what in places_of(line)]
        else:
            jobs = submit_all(pool, tries, commands, rules)
        for job in jobs:
            job.result()
    tries.problems += [f"{command}: no hostile text was seen, made plain"
                       for command in (["rules", "diff"] if options.on_terminal else commands) if tries.escaped.get(command, 0) == 0]
    print("\n".join(tries.problems[:60]))
    print(f"{len(commands)} commands, {sum(map(len, commands.values()))} options, {tries.count} runs, "
          f"{sum(tries.escaped.values())} of them with a text made plain, {len(tries.problems)} problems")
    return 1 if tries.problems else 0


if __name__ == "__main__":
    sys.exit(main())
