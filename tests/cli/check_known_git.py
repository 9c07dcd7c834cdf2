#!/usr/bin/env python3
"""The merge driver of ledgers in a real git repository, set up as docs/ledger.md says.

Two branches add families whose lines are neighbours, and change one line in two ways: git's own merge has a conflict there,
the driver has none. Then both change the same attribute: the merge stops, with both versions between marks.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = ["known value k a f # why"]
OURS = ["known value k a f bug=https://bugs/1 # why", "noise value k b f"]
THEIRS = ["known value k a f owner=mk # why", "noise value k c f"]


class Repository:
    """A repository in a folder of its own, whose settings are not the user's."""

    def __init__(self, folder, evdiff):
        self.folder, self.evdiff = Path(folder), evdiff
        self.environment = {**os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        for name in ("AUTHOR", "COMMITTER"):
            self.environment |= {f"GIT_{name}_NAME": "a", f"GIT_{name}_EMAIL": "a@example.org"}
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            self.environment.pop(name, None)
        self.git("init", "-q", "-b", "main")

    def run(self, *command):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)

    def git(self, *words):
        done = self.run("git", *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def say(self, branch, start, lines):
        """Commits a ledger with these lines on a new branch."""
        self.git("checkout", "-q", "-B", branch, start)
        ledger = self.folder / "a.known"
        ledger.write_text("".join(f"{line}\n" for line in ["#evdiff known 1"] + [f"{0:016x} {line}" for line in lines]))
        done = self.run(self.evdiff, "known", "rekey", "a.known")
        assert done.returncode == 0, done.stderr
        ledger.write_text("".join(sorted(ledger.read_text().splitlines(keepends=True))))
        self.git("commit", "-q", "-a", "-m", branch)

    def merge(self, ours, theirs):
        """Merges two branches; git's exit code, and the ledger as it is then without signatures."""
        self.git("checkout", "-q", "-B", "merged", ours)
        done = self.run("git", "merge", "-q", "-m", "merged", theirs)
        text = (self.folder / "a.known").read_text()
        if done.returncode != 0:
            self.git("merge", "--abort")
        return done.returncode, text


def words(text):
    """The lines of a ledger, less their signatures."""
    return sorted(line.split(" ", 1)[1] for line in text.splitlines() if not line.startswith("#"))


def check(repository):
    """What is wrong, in words."""
    problems = []
    (repository.folder / "a.known").write_text("")
    repository.git("add", "a.known")
    repository.git("commit", "-q", "-m", "begun")
    repository.say("base", "main", BASE)
    repository.say("ours", "base", OURS)
    repository.say("theirs", "base", THEIRS)
    if repository.merge("ours", "theirs")[0] != 1:
        problems.append("git's own merge has no conflict: the test shows nothing")

    repository.git("config", "merge.evdiff.driver", f"'{repository.evdiff}' known merge %O %A %B")
    (repository.folder / ".gitattributes").write_text("*.known merge=evdiff\n")
    status, text = repository.merge("ours", "theirs")
    wanted = sorted(["known value k a f bug=https://bugs/1 owner=mk # why", *OURS[1:], *THEIRS[1:]])
    if status != 0 or words(text) != wanted:
        problems.append(f"merge: exit {status}\n{text}")
    checked = repository.run(repository.evdiff, "known", "check", "a.known")
    if checked.returncode != 0:
        problems.append(f"the merged file has a fault: {checked.stdout}{checked.stderr}")

    repository.say("jo", "base", ["known value k a f owner=jo # why"])
    status, text = repository.merge("jo", "theirs")
    if status != 1 or not all(mark in text for mark in ("<<<<<<< ", "owner=jo", "=======", "owner=mk", ">>>>>>> ")):
        problems.append(f"conflict: exit {status}\n{text}")
    return problems


def main():
    parser = argparse.ArgumentParser(description="Merge ledgers in a git repository.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    evdiff = parser.parse_args().evdiff.resolve()
    with tempfile.TemporaryDirectory(prefix="evdiff-known-") as folder:
        problems = check(Repository(folder, evdiff))
    print("\n".join(problems) or "merged by git's driver")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
