#!/usr/bin/env python3
"""Importers against slow twins: random traces through evdiff import and through plain Python, byte for byte.

    twins.py --evdiff PROGRAM [--rounds N] [--seed N] [FORMAT]...

A twin is two functions in a file of this folder that has the format's name: `random_trace(random)` makes the bytes of a
trace with every construct of the format and some that are none, `events(trace)` yields what they are to become: a kind,
a tid, a dictionary of the envelope's members between tid_event_idx and payload, and the payload. It reads the trace in
the way that is easiest to see to be right. `ways`, if it is there, are options with which the same is to come out, of a
file and of a pipe.
"""
import argparse
import importlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description="Hold importers against their twins.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    parser.add_argument("--rounds", type=int, default=60, help="traces of each format")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="of the traces")
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="default: all")
    options = parser.parse_args()
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "twins")
    failed = 0
    for name in [format.replace("-", "_") for format in options.formats] or names:
        twin = importlib.import_module(name)
        for number in range(options.rounds):
            if not holds(options.evdiff.resolve(), name.replace("_", "-"), twin, f"{options.seed}-{name}-{number}"):
                print(f"{name}: round {number} of --seed {options.seed}")
                failed += 1
                break
    print(f"{len(names)} formats, {failed} failed, seed {options.seed}")
    return 1 if failed or not names else 0


def holds(evdiff, name, twin, seed):
    """True when program and twin make the same log of one trace."""
    trace = twin.random_trace(random.Random(seed))
    expected = write_log(name, twin.events(trace))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace"
        path.write_bytes(trace)
        command = [evdiff, "import", "--quiet", "--from", name, *getattr(twin, "arguments", lambda folder: [])(folder)]
        ways = [(way, given) for way in [[], *getattr(twin, "ways", [])] for given in (path, "-")]
        return all(is_as_expected(command + way + [given], trace, expected) for way, given in (ways if len(ways) > 2 else ways[:1]))


def is_as_expected(command, trace, expected):
    result = subprocess.run(command, input=trace if command[-1] == "-" else b"", capture_output=True, timeout=120)
    if expected.count(b"\n") == 1:  # a trace of no event is refused
        return result.returncode == 2 and b"has no event" in result.stderr
    if result.stdout == expected and result.returncode == 0:
        return True
    print(*command)
    print(result.stderr.decode(errors="replace"), end="")
    ours, theirs = result.stdout.split(b"\n"), expected.split(b"\n")
    for index, (made, wanted) in enumerate(zip(ours, theirs)):
        if made != wanted:
            print(f"line {index + 1}:\n  evdiff {made!r}\n  twin   {wanted!r}")
            break
    else:
        print(f"{len(ours)} lines, the twin has {len(theirs)}")
    return False


def write_log(engine, events):
    lines = [{"kind": "schema_version", "schema_version": 1, "engine": engine}]
    indexes = {}
    for kind, tid, envelope, payload in events:
        index = indexes.get(tid, 0)
        if "tid_event_idx" in envelope:
            index = envelope.pop("tid_event_idx")
        indexes[tid] = index + 1
        lines.append({"schema_version": 1, "engine": engine, "kind": kind, "tid": tid, "tid_event_idx": index, **envelope,
                      "payload": payload})
    dumped = (json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)
    return "".join(dumped).encode("utf-8", "surrogatepass")


sys.path.insert(0, str(HERE))
sys.exit(main())
