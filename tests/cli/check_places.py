#!/usr/bin/env python3
"""No output takes the place of what the run reads, or of another output: each input of each command, by each output, by
each way to name one file twice.

    check_places.py --evdiff PROGRAM

A run that is refused says so in one line and its hint, exits 2, and leaves every file as it was. The same runs with the
output beside the input must do their work, or the refusals would prove nothing. Every option of --help that takes a value
is tried here or is one that takes no path, so that a new one can't be forgotten. Also here: what is no regular file at the
place of an index is neither waited for nor written to.
"""
import argparse
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

LOGS = Path(__file__).resolve().parent / "logs"
SECONDS = 30

# Inputs of a diff: the path, and what is added to the command.
DIFF_INPUTS = {
    "canary": ("a.jsonl", []),
    "ours": ("b.jsonl", []),
    "rules": ("rules.json", ["--rules", "rules.json"]),
    "pairs": ("pairs", ["--pair", "pairs"]),
    "canary by option": ("d.jsonl", ["--canary", "d.jsonl", "--ours", "b.jsonl"]),
    "control": ("d.jsonl", ["--control", "d.jsonl"]),
    "control of ours": ("c.jsonl", ["--control-of-ours", "c.jsonl"]),
    "index of a control": ("c.jsonl.evx", ["--control-of-ours", "c.jsonl"]),
    "mapping": ("mapping.json", ["--from", "strace", "--mapping", "mapping.json"]),
    "ledger": ("a.known", ["--known", "a.known"]),
    "index": ("a.jsonl.evx", []),
    "index of ours": ("b.jsonl.evx", ["--index", "auto"]),
    "index required": ("a.jsonl.evx", ["--index", "require"]),
    "index in a folder": ("indexes/a", ["--index-dir", "indexes"]),
    "index in the cache": ("cache/evdiff/a", []),
    "index not there yet": ("c.jsonl.evx", ["--ours", "c.jsonl"]),
    "index to be saved": ("c.jsonl.evx", ["--index", "save", "--ours", "c.jsonl"]),
    "index to be saved in a folder": ("indexes/a", ["--index", "save", "--index-dir", "indexes"]),
}
NO_USE = ("mapping",)  # inputs that the logs here have no use for: a run with them fails, but not for its places
DIFF_OUTPUTS = {
    "--out": lambda path: ["-o", path],
    "--report": lambda path: ["--report", "text=" + path],
    "--emit-absorbed-events": lambda path: ["--format", "text", "--emit-absorbed-events", path],
    "standard output": lambda path: ["--format", "text"],
    "standard output as -": lambda path: ["--report", "text=-"],
}

# What a night reads and has.
NIGHT = ["a.jsonl", "b.jsonl", "d.jsonl", "rules.json", "a.known", "a.jsonl.evx", "night/plan.json", "night/night.json",
         "night/jobs/a/job.json", "night/jobs/a/outcome.json.zst"]

# Of the other commands, which write to standard output alone: the command, and the inputs to be written over.
OTHERS = {
    "check": (["check", "--rules", "rules.json", "a.jsonl", "b.jsonl"], ["a.jsonl", "b.jsonl", "rules.json"]),
    "show": (["show", "--rules", "rules.json", "--tid", "4", "--idx", "0", "a.jsonl"],
             ["a.jsonl", "rules.json", "a.jsonl.evx"]),
    "rules": (["rules", "--rules", "rules.json"], ["rules.json"]),
    "selftest": (["selftest", "--samples", "1", "--rules", "rules.json", "--pair", "pairs", "a.jsonl", "d.jsonl"],
                 ["a.jsonl", "d.jsonl", "rules.json", "pairs"]),
    "learn": (["learn", "-o", "-", "--rules", "rules.json", "a.jsonl", "b.jsonl"], ["a.jsonl", "b.jsonl", "rules.json"]),
    "index": (["index", "--rules", "rules.json", "a.jsonl", "b.jsonl"],
              ["a.jsonl", "b.jsonl", "rules.json", "a.jsonl.evx", "b.jsonl.evx"]),
    "index --check": (["index", "--check", "a.jsonl"], ["a.jsonl", "a.jsonl.evx"]),
    "index --remove": (["index", "--remove", "c.jsonl"], ["c.jsonl"]),
    "import": (["import", "--from", "wine-relay", "trace"], ["trace"]),
    "explain": (["explain", "--rules", "rules.json", "--known", "a.known", "out.json", "FAMILY"],
                ["out.json", "a.jsonl", "b.jsonl", "rules.json", "a.jsonl.evx", "a.known"]),
    "known check": (["known", "check", "a.known"], ["a.known"]),
    "known check of a night": (["known", "check", "night"], ["a.known", "night/plan.json", "night/night.json"]),
    "known rekey": (["known", "rekey", "wrong.known"], ["wrong.known"]),
    "known learn": (["known", "learn", "out.json", "--state", "noise", "--file", "a.known"], ["out.json", "a.known"]),
    "known add": (["known", "add", "out.json", "FAMILY", "--state", "noise", "--file", "a.known"], ["out.json", "a.known"]),
    "batch": (["batch", "m.toml", "--out", "night"], NIGHT + ["m.toml"]),
    "batch of a plan": (["batch", "night"], NIGHT),
    "judge": (["judge", "night"], NIGHT),
}
# Their options that name an input, which standard output would be written over.
OTHERS_BY_OPTION = {
    **{f"{name} with a mapping": ([name, *words, "--from", "strace", "--mapping", "mapping.json", "a.jsonl"], "mapping.json")
       for name, words in {"check": [], "index": [], "selftest": [], "show": ["--tid", "4", "--idx", "0"]}.items()},
    "show in a folder": (["show", "--index-dir", "indexes", "--tid", "4", "--idx", "0", "a.jsonl"], "indexes/a"),
    "index in a folder": (["index", "--index-dir", "indexes", "a.jsonl"], "indexes/a"),
    "explain with a mapping": (["explain", "--from", "strace", "--mapping", "mapping.json", "out.json", "FAMILY"], "mapping.json"),
    "explain in a folder": (["explain", "--index-dir", "indexes", "out.json", "FAMILY"], "indexes/a"),
    "learn with pairs": (["learn", "-o", "-", "--from", "strace", "--mapping", "mapping.json", "a.jsonl", "b.jsonl"], "mapping.json"),
    "batch after another night": (["batch", "m.toml", "--out", "next", "--previous", "night"], "night/night.json"),
}


def out(path):
    return ["--out", path]


def report(path):
    return ["--report", "json=" + path]


def ledger(path):
    return ["--file", path]


def history(path):
    return ["--history", path]


# Those with an output by option: the command before it, the option, and the inputs to be written over.
WITH_OUTPUTS = {
    "import": (["import", "--from", "wine-relay", "trace"], out, ["trace"]),
    "import with a mapping": (["import", "--from", "strace", "--mapping", "mapping.json", "trace"], out, ["mapping.json"]),
    "learn": (["learn", "--rules", "rules.json", "a.jsonl", "b.jsonl"], out, ["a.jsonl", "b.jsonl", "rules.json"]),
    "known learn": (["known", "learn", "out.json", "--state", "noise"], ledger, ["out.json"]),
    "known add": (["known", "add", "out.json", "FAMILY", "--state", "noise"], ledger, ["out.json"]),
    "batch": (["batch", "m.toml", "--out", "night"], report, NIGHT + ["m.toml"]),
    "batch of a plan": (["batch", "night"], report, NIGHT),
    "judge": (["judge", "night"], report, NIGHT),
    "batch with a history": (["batch", "m.toml", "--out", "night"], history, NIGHT + ["m.toml"]),
    "judge with a history": (["judge", "night"], history, NIGHT),
}
DIVERGED = ("batch", "judge")  # that exit with 1 where their logs differ
# history has a database that it writes, config a file.
NOT_TRIED = {"config", "history", "view"}
# Options whose value is no path; all others are in one of the tables above.
NO_PATHS = {"call", "color", "context", "disable-absorber", "engine", "fail-on", "format", "from", "family", "grep", "idx", "bug", "index", "job", "jobs", "kind", "limit", "owner", "reason", "state", "until", "max-absorbed",
            "max-errors", "max-unpacked", "memory", "min-compared", "progress", "samples", "seed", "shard", "since", "stats", "threads", "tid",
            "tid-map"}


def same(path):
    return path


def spelled(path):
    return "./" + path


def absolute(path):
    return os.path.abspath(path)


def symbolic(path):
    os.symlink(os.path.abspath(path), "alias")
    return "alias"


def chain(path):
    """A link to a link in a folder that has two names."""
    os.symlink(os.path.abspath(path), "indexes/alias")
    os.symlink("indexes", "folder")
    os.symlink("folder/alias", "alias")
    return "alias"


def hard(path):
    os.link(os.path.realpath(path), "alias")
    return "alias"


WAYS = (same, spelled, absolute, symbolic, chain, hard)


class Run:
    """A folder with files that a run may not touch."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.family = None
        self.problems = []
        self.count = 0
        os.environ["XDG_CACHE_HOME"] = folder + "/cache"

    def prepare(self):
        """Makes all files anew, the indexes too."""
        os.chdir("/")
        shutil.rmtree(self.folder)
        os.makedirs(self.folder + "/indexes")
        os.chdir(self.folder)
        for name, log in (("a", "calls"), ("b", "calls-ours"), ("c", "calls-ours"), ("d", "calls")):
            shutil.copyfile(LOGS / (log + ".jsonl"), name + ".jsonl")
        Path("rules.json").write_bytes(self.run(["rules"]).stdout)
        Path("pairs").write_text("4=4\n")
        Path("mapping.json").write_text("{}\n")
        Path("a.known").write_text("#evdiff known 1\n")
        Path("trace").write_text("1.001:0024:Call KERNEL32.Sleep(00000001) ret=00401a30\n"
                                 "1.002:0024:Ret  KERNEL32.Sleep() retval=00000000 ret=00401a30\n")
        self.run(["index", "a.jsonl", "b.jsonl"])
        self.run(["diff", "-q", "--rules", "rules.json", "-o", "out.json", "a.jsonl", "b.jsonl"])
        self.family = json.loads(Path("out.json").read_text())["families"][0]["id"]
        Path("wrong.known").write_text("#evdiff known 1\n0123456789abcdef noise value kernel.call NtClose args.a0\n")
        Path("m.toml").write_text('evdiff = 1\n[[job]]\nname = "a"\ncanary = "a.jsonl"\nours = "b.jsonl"\ncontrol = "d.jsonl"\n'
                                  'rules = "rules.json"\nknown = "a.known"\n')
        self.run(["batch", "-q", "m.toml", "--out", "night"])
        os.mkdir("next")
        Path("next/.lock").touch()
        self.run(["index", "--index-dir", "indexes", "a.jsonl"])
        self.run(["index", "--index-dir", "cache/evdiff", "a.jsonl"])
        for place in ("indexes", "cache/evdiff"):  # their names have hashes of this folder
            [index] = os.listdir(place)
            os.symlink(index, place + "/a")

    def run(self, words, out=None):
        self.count += 1
        words = [self.family if word == "FAMILY" else word for word in words]
        try:
            return subprocess.run([self.program, *words], stdin=subprocess.DEVNULL, stdout=out or subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, -1, b"", b"not done after %d s" % SECONDS)

    def to(self, words, path):
        """A run whose standard output goes behind what is in a file."""
        with open(path, "ab") as out:
            return self.run(words, out)

    def messages_to(self, name, words, path):
        """A run whose standard error goes behind what is in a file of the run: nothing is, and standard output says why."""
        before = contents(".")
        self.count += 1
        words = [self.family if word == "FAMILY" else word for word in words]
        with open(path, "ab") as messages:
            done = subprocess.run([self.program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=messages, timeout=SECONDS, check=False)
        self.hold(name, done.returncode == 2 and contents(".") == before and done.stdout.count(b"\n") == 1
                  and done.stdout.startswith(b"evdiff: " + words[0].encode() + b": standard error is "), done)

    def hold(self, name, is_good, done=None):
        if not is_good:
            said = b"" if done is None else b"exit %d: " % done.returncode + (done.stderr or done.stdout or b"")
            self.problems.append(f"{name}: {said.decode(errors='backslashreplace')}")

    def refused(self, name, done, before):
        """Exit 2, one message and its hint, and all files as they were."""
        lines = done.stderr.decode().splitlines()
        after = contents(".")
        self.hold(name, done.returncode == 2 and not done.stdout and len(lines) == 2 and after == before
                  and lines[0].startswith("evdiff: ") and lines[1].startswith("Try "), done)
        if after != before:
            self.problems[-1] += f" changed: {[path for path in after | before if after.get(path) != before.get(path)]}"
            self.prepare()


def contents(folder):
    """What is in each file below a folder, and what each link leads to."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file():
            found[str(path)] = path.read_bytes()
    return found


def forget_aliases():
    for path in ("alias", "indexes/alias", "folder"):
        if os.path.lexists(path):
            os.unlink(path)


def is_by_standard_output(output):
    return output.startswith("standard output")


def logs_beside(words):
    """The logs that are operands, beside those that are named by options."""
    return [] if "--canary" in words else ["a.jsonl"] if "--ours" in words else ["a.jsonl", "b.jsonl"]


def try_diff_inputs(run):
    for (name, (path, words)), (output, options), way in itertools.product(
            DIFF_INPUTS.items(), DIFF_OUTPUTS.items(), WAYS):
        is_there = os.path.exists(path)
        if not is_there and (way is hard or is_by_standard_output(output)):
            continue
        if is_by_standard_output(output) and way is not same:
            continue
        logs = logs_beside(words)
        alias = way(path)
        before = contents(".")
        command = ["diff", *words, *options(alias), *logs]
        done = run.to(command, alias) if is_by_standard_output(output) else run.run(command)
        run.refused(f"{output} over {name}, {way.__name__}", done, before)
        forget_aliases()
    for (name, (_, words)), (output, options) in itertools.product(DIFF_INPUTS.items(), DIFF_OUTPUTS.items()):
        if name in NO_USE:
            continue
        logs = logs_beside(words)
        run.prepare()  # a name more or less changes what an index knows of its log
        done = run.run(["diff", *words, *options("beside"), *logs])
        is_written = bool(done.stdout) if is_by_standard_output(output) else os.path.exists("beside")
        run.hold(f"{output} beside {name}", done.returncode == 0 and is_written, done)
    run.prepare()


def try_diff_outputs(run):
    outputs = {name: options for name, options in DIFF_OUTPUTS.items() if not is_by_standard_output(name)}
    outputs["second --report"] = lambda path: ["--report", "json=" + path]
    for (first, second), way, is_there in itertools.product(
            itertools.combinations(outputs, 2), WAYS, (False, True)):
        if way is hard and not is_there:
            continue
        if is_there:
            Path("new").write_text("older\n")
        alias = way("new")
        before = contents(".")
        done = run.run(["diff", *outputs[first]("new"), *outputs[second](alias), "a.jsonl", "b.jsonl"])
        run.refused(f"{first} and {second}, {way.__name__}, {'there' if is_there else 'not there'}", done, before)
        forget_aliases()
        Path("new").unlink(missing_ok=True)
    done = run.run(["diff", "--out", "/dev/null", "--report", "json=/dev/null", "a.jsonl", "b.jsonl"])
    run.hold("two outputs to /dev/null", done.returncode == 0, done)
    os.symlink("a.jsonl.evx", "c.jsonl.evx")
    before = contents(".")
    done = run.run(["diff", "--index", "save", "--format", "text", "a.jsonl", "c.jsonl"])
    run.refused("two indexes at one place", done, before)
    done = run.run(["index", "a.jsonl", "c.jsonl"])
    run.refused("two indexes at one place, by index", done, before)
    run.prepare()
    done = run.run(["index", "c.jsonl", "./c.jsonl"])
    run.hold("one log given twice", done.returncode == 0, done)
    done = run.run(["diff", "--index", "save", "--format", "text", "c.jsonl", "./c.jsonl"])
    run.hold("one log diffed with itself", done.returncode == 0, done)
    run.prepare()


def try_others(run):
    for name, (command, inputs) in OTHERS.items():
        for path, way in itertools.product(inputs, WAYS):
            alias = way(path)
            before = contents(".")
            run.refused(f"{name}: standard output over {path}, {way.__name__}", run.to(command, alias), before)
            forget_aliases()
        run.prepare()
        done = run.to(command, "beside")
        run.hold(f"{name}: standard output beside",
                 done.returncode == (command[0] in DIVERGED) and os.path.getsize("beside") > 0, done)
        run.prepare()
    done = run.run(["index", "--rules", "c.jsonl.evx", "c.jsonl"])
    run.refused("index over the rules", done, contents("."))


def try_others_by_option(run):
    for name, (command, path) in OTHERS_BY_OPTION.items():
        before = contents(".")
        run.refused(f"{name}: standard output over {path}", run.to(command, path), before)
    run.prepare()
    for name, (command, option, paths) in WITH_OUTPUTS.items():
        for path, way in itertools.product(paths, WAYS):
            alias = way(path)
            before = contents(".")
            run.refused(f"{name} {option.__name__} over {path}, {way.__name__}", run.run([*command, *option(alias)]), before)
            forget_aliases()
        if name == "import with a mapping":  # the trace is none of strace's
            continue
        done = run.run([*command, *option("beside")])
        run.hold(f"{name} {option.__name__} beside",
                 done.returncode == (command[0] in DIVERGED) and os.path.getsize("beside") > 0, done)
        run.prepare()


def try_messages(run):
    """Standard error, by each input and each output that is there."""
    for name, (path, words) in DIFF_INPUTS.items():
        if os.path.exists(path):
            run.messages_to(f"standard error over {name}", ["diff", *words, *logs_beside(words)], path)
    for name, options in DIFF_OUTPUTS.items():
        if not is_by_standard_output(name):
            Path("new").write_text("older\n")
            run.messages_to(f"standard error over {name}", ["diff", *options("new"), "a.jsonl", "b.jsonl"], "new")
    for name, (command, inputs) in OTHERS.items():
        for path in inputs:
            if os.path.exists(path):
                run.messages_to(f"{name}: standard error over {path}", command, path)
    with open("both", "ab") as both:  # what is no file of the run may have both
        done = subprocess.run([run.program, "diff", "a.jsonl", "b.jsonl"], stdout=both, stderr=both, check=False)
    run.hold("both standard outputs to one file", done.returncode == 0 and os.path.getsize("both") > 0)
    done = run.run(["diff", "-o", "/dev/stderr", "a.jsonl", "b.jsonl"])
    run.hold("a report to standard error", done.returncode == 0 and b"canary" in done.stderr, done)
    run.prepare()


def try_options(run):
    """Those of --help that take a value: are they tried?"""
    text = run.run(["--help"]).stdout.decode()
    for command in sorted(set(re.findall(r"^  ([a-z]+)  ", text, re.MULTILINE)) - NOT_TRIED):
        tried = [words for words, _ in (*OTHERS.values(), *OTHERS_BY_OPTION.values()) if words[0] == command]
        tried += [[*words, *option("x")] for words, option, _ in WITH_OUTPUTS.values() if words[0] == command]
        if command == "show":
            tried += [["--pair"]]  # a file of pairs for two logs; show writes nothing but its output
        if command == "learn":
            tried += [["--pair"]]  # a word, or the pairs of two logs
        if command == "diff":
            tried += [words for _, words in DIFF_INPUTS.values()] + [options("x") for options in DIFF_OUTPUTS.values()]
        tried = {word for words in tried for word in words}
        run.hold(f"{command} is not tried", bool(tried))
        text = run.run([command, "--help"]).stdout.decode()
        for letter, option in re.findall(r"^ {2,6}(?:-(.), )?--([a-z-]+)\[?=", text, re.MULTILINE):
            run.hold(f"{command} --{option} is not tried",
                     option in NO_PATHS or "--" + option in tried or bool(letter) and "-" + letter in tried)


def try_pipes(run):
    """One pipe for two inputs: only one could read it."""
    os.mkfifo("pipe")
    os.link("pipe", "same pipe")
    before = contents(".")
    for name, command in {
        "rules and log": ["diff", "--rules", "pipe", "a.jsonl", "same pipe"],
        "logs": ["diff", "pipe", "same pipe"],
        "logs of check": ["check", "pipe", "./pipe"],
        "logs of index": ["index", "pipe", "same pipe"],
        "rules and log of show": ["show", "--rules", "pipe", "--tid", "1", "--idx", "1", "pipe"],
        "rules and log of selftest": ["selftest", "--rules", "pipe", "same pipe"],
    }.items():
        run.refused(f"one pipe for {name}", run.run(command), before)
    os.unlink("pipe")
    os.unlink("same pipe")


def try_odd_indexes(run):
    """At the place of an index is what is no regular file: it is told, not waited for, and stays."""
    def make_pipe(path):
        os.mkfifo(path)

    def make_link_to_pipe(path):
        os.mkfifo("indexes/pipe")
        os.symlink("indexes/pipe", path)

    def make_socket(path):
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path)

    def make_null(path):
        os.symlink("/dev/null", path)

    def make_full(path):
        os.symlink("/dev/full", path)

    for make in (make_pipe, make_link_to_pipe, make_socket, make_null, make_full, os.mkdir):
        make("c.jsonl.evx")
        was = os.lstat("c.jsonl.evx")
        for command in (["index", "c.jsonl"], ["diff", "--index", "save", "--format", "text", "a.jsonl", "c.jsonl"]):
            done = run.run(command)
            run.hold(f"{command[0]} with {make.__name__}",
                     done.returncode == 2 and b"written" not in done.stdout
                     and done.stderr == b"evdiff: c.jsonl.evx: is no regular file, so no index can take its place; "
                                        b"remove it, or name another folder with --index-dir\n", done)
        done = run.run(["index", "--index-dir", "indexes", "c.jsonl"])
        run.hold(f"the remedy with {make.__name__}", done.returncode == 0 and b"written" in done.stdout, done)
        for command, code in ((["index", "--check", "c.jsonl"], 1), (["index", "--remove", "c.jsonl"], 2),
                              (["show", "--tid", "4", "--idx", "0", "c.jsonl"], 0),
                              (["diff", "--format", "text", "a.jsonl", "c.jsonl"], 0)):
            done = run.run(command)
            run.hold(f"{command[:2]} with {make.__name__}", done.returncode == code, done)
        run.hold(f"what {make.__name__} made stays", os.path.samestat(was, os.lstat("c.jsonl.evx")))
        run.prepare()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evdiff", required=True, type=os.path.abspath)
    program = parser.parse_args().evdiff
    with tempfile.TemporaryDirectory(prefix="evdiff-places-") as folder:
        run = Run(program, folder + "/files")
        os.mkdir(run.folder)
        run.prepare()
        for part in (try_options, try_diff_inputs, try_diff_outputs, try_others, try_others_by_option, try_messages,
                     try_pipes, try_odd_indexes):
            part(run)
        os.chdir("/")
    print("\n".join(run.problems))
    print(f"{run.count} runs, {len(run.problems)} problems")
    return 1 if run.problems else 0


sys.exit(main())
