#!/usr/bin/env python3
"""The line for GNU parallel in docs/batch.md, as it stands there: the night is byte for byte that of one process.

    check_parallel.py --evdiff PROGRAM

Skipped (exit 77) where there is no GNU parallel.
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
LOGS = ROOT / "tests/cli/logs"
JOBS, SKIPPED = 20, 77


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evdiff", required=True, type=Path)
    evdiff = parser.parse_args().evdiff.resolve()
    version = subprocess.run(["parallel", "--version"], capture_output=True, text=True) if shutil.which("parallel") else None
    if version is None or "GNU parallel" not in version.stdout:
        print("skipped: no GNU parallel: install parallel")
        return SKIPPED
    line = re.search(r"^parallel .*$", (ROOT / "docs/batch.md").read_text(), re.MULTILINE).group(0)
    with tempfile.TemporaryDirectory(prefix="evdiff-parallel-") as name:
        folder = Path(name)
        for log, source in (("a", "calls"), ("b", "calls-ours")):
            shutil.copyfile(LOGS / f"{source}.jsonl", folder / f"{log}.jsonl")
        (folder / "nightly.toml").write_text("evdiff = 1\n" + "".join(
            f'[[job]]\nname = "suite/{i}"\ncanary = "a.jsonl"\nours = "{log}.jsonl"\n' for i, log in enumerate("ab" * (JOBS // 2))))
        environment = {**os.environ, "PATH": f"{evdiff.parent}:{os.environ['PATH']}", "HOME": name}

        def run(*words, **more):
            return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, **more)

        alone = run(evdiff, "batch", "-q", "nightly.toml", "--out", "alone/night")
        run(evdiff, "batch", "-q", "nightly.toml", "--out", "shared/night", "--plan", check=True)
        shared = run("bash", "-c", line.replace("/shared/night", f"{folder}/shared/night"))
        same = (folder / "alone/night/night.json").read_bytes() == (folder / "shared/night/night.json").read_bytes()
    if alone.returncode != 1 or shared.returncode != 1 or not same:
        print(f"{line}\nexit {shared.returncode}, alone {alone.returncode}; the nights are {'the same' if same else 'not the same'}\n{shared.stderr}")
        return 1
    print(f"{JOBS} jobs by: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
