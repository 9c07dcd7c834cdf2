#!/usr/bin/env python3
"""The example engine of examples/engine: its two variants differ by their bug alone.

    check_example.py --evdiff PATH --engine PATH
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description="Diff the logs of the example engine's two variants.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    parser.add_argument("--engine", required=True, type=Path, help="the example engine")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        logs = {}
        for name, variant in (("canary", "canary"), ("again", "canary"), ("ours", "ours")):
            logs[name] = Path(folder) / f"{name}.jsonl"
            subprocess.run([options.engine.resolve(), variant, logs[name]], check=True)
        same = diff(options.evdiff, logs["canary"], logs["again"])
        assert same["verdict"] == "equal", same["verdict"]
        found = diff(options.evdiff, logs["canary"], logs["ours"])
    assert found["verdict"] == "diverged", found["verdict"]
    first = {pair["tid"]["canary"]: pair["first_divergence"] for pair in found["pairs"]}
    assert first[1] is None and first[2] is not None, first
    look = found["families"][found["looks"][0]["family"]]
    assert (look["kind"], look["call"], look["field"]) == ("kernel.return", "ReadFile", "return_value"), look
    print("the first look is what ReadFile returns")
    usage = subprocess.run([options.engine.resolve(), "theirs", "log"], capture_output=True, text=True, check=False)
    assert usage.returncode == 2 and usage.stderr == "usage: engine canary|ours LOG\n", usage
    return 0


def diff(evdiff, canary, ours):
    done = subprocess.run([evdiff.resolve(), "diff", "--format", "json", canary, ours], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
