"""What the tests of batches share: a folder with logs and the program, expectations, and running checks one by one."""
import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "tests/cli/logs"
TIMEOUT_SECONDS = 600  # of one run; a machine may be busy
HEAD = "evdiff = 1\n"
JOB = '[[job]]\nname = "a"\ncanary = "a.jsonl"\nours = "b.jsonl"\n'
JUDGED_AGAIN = "evdiff: {}: was judged before: no run was made anew, and it is judged again, by the ledgers as they are now\n"


class Checks(list):
    """Functions in their order, collected as a decorator."""

    def __call__(self, function):
        self.append(function)
        return function


class Batch:
    """A folder with logs, and the program under test."""

    def __init__(self, evdiff, folder):
        self.evdiff = evdiff
        self.folder = Path(folder)
        for name, log in (("a", "calls"), ("b", "calls-ours"), ("c", "control-canary"), ("d", "names-ours")):
            shutil.copyfile(LOGS / f"{log}.jsonl", self.folder / f"{name}.jsonl")

    def manifest(self, text):
        (self.folder / "m.toml").write_text(text, encoding="utf-8")

    def run(self, *arguments, text=None, **options):
        done = subprocess.run([self.evdiff, *arguments], cwd=self.folder, input=text, capture_output=True, text=True,
                              timeout=TIMEOUT_SECONDS, check=False, **options)
        return done.returncode, done.stdout, done.stderr

    def record(self, name, out="night", run=""):
        return json.loads((self.folder / out / "jobs" / name / f"job{run}.json").read_text(encoding="utf-8"))

    def night(self, out="night"):
        return json.loads((self.folder / out / "night.json").read_text(encoding="utf-8"))

    def wrapper(self, script):
        """A program in the place of evdiff where a diff is run: EVDIFF_REAL is the true one."""
        path = self.folder / "wrapper"
        path.write_text("#!/bin/bash\n" + script, encoding="utf-8")
        path.chmod(0o755)
        return path


def expect(is_true, what):
    if not is_true:
        raise AssertionError(what)


def expect_equal(actual, wanted, what):
    if actual != wanted:
        raise AssertionError(f"{what}:\n  is     {actual!r}\n  wanted {wanted!r}")


def expect_same_night(wanted, actual):
    """The outcomes are the same byte for byte, the night but for its name, and nothing else lies there."""
    names = {folder: sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
             for folder in (wanted, actual)}
    expect_equal(names[actual], names[wanted], "files")
    for name in names[wanted]:
        if name.endswith(".zst"):
            expect_equal((actual / name).read_bytes(), (wanted / name).read_bytes(), name)
    nights = [(folder / "night.json").read_text().replace(f': "{folder.name}"', "") for folder in (wanted, actual)]
    expect_equal(nights[1], nights[0], "night.json")


def run_checks(description, kind, checks):
    """Each check with a folder of its own, and an exit code; `kind` makes what a check is given."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    parser.add_argument("names", nargs="*", help="the checks to run (default: all)")
    options = parser.parse_args()
    failed = 0
    for function in checks:
        if options.names and function.__name__ not in options.names:
            continue
        with tempfile.TemporaryDirectory(prefix="evdiff-batch-") as folder:
            try:
                function(kind(options.evdiff.resolve(), folder))
            except AssertionError as error:
                failed += 1
                print(f"FAIL {function.__name__}: {error}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0
