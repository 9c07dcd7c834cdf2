#!/usr/bin/env python3
"""Kills a batch or one of its diffs, with SIGKILL at random moments, and goes on: at the end the folder has what an undisturbed run
leaves, byte for byte but for what a run costs, and nothing else.

    kill.py --evdiff PROGRAM [--moments N] [--seed N]
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import HEAD, LOGS, TIMEOUT_SECONDS, expect, expect_equal, expect_same_night

JOBS = 6
RUNS = ["b.jsonl", "a.jsonl"]
KILLS_A_NIGHT = 12  # then it is let end, and looked at


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    parser.add_argument("--moments", type=int, default=20, help="how many kills (default: 20)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1000000, help="of the moments (default: another each time)")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="evdiff-kill-") as folder:
        try:
            nights = kill_all(options.evdiff.resolve(), Path(folder), options.moments, chance)
        except AssertionError as error:
            print(f"FAIL (seed {options.seed}): {error}")
            return 1
    print(f"{options.moments} kills in {nights} nights")
    return 0


def kill_all(evdiff, folder, moments, chance):
    for name, log in (("a", "calls"), ("b", "calls-ours"), ("c", "names")):
        shutil.copyfile(LOGS / f"{log}.jsonl", folder / f"{name}.jsonl")
    jobs = [f'[[job]]\nconfirm = 1\nname = "suite-{i % 2}/{i}"\ncanary = "a.jsonl"\nours = {json.dumps(RUNS)}\n' for i in range(JOBS)]
    (folder / "m.toml").write_text(HEAD + "".join(jobs), encoding="utf-8")
    started = time.monotonic()
    expect_equal(finish(evdiff, folder, "good"), 1, "undisturbed run")
    usual_seconds = time.monotonic() - started
    left, nights = moments, 0
    while left > 0:
        shutil.rmtree(folder / "night", ignore_errors=True)
        kills = min(left, chance.randint(1, KILLS_A_NIGHT))
        left -= disturb(evdiff, folder, kills, usual_seconds, chance)
        expect_no_harm(folder / "good", folder / "night")
        expect_equal(finish(evdiff, folder, "night"), 1, "the run after the last kill")
        expect_same_night(folder / "good", folder / "night")
        nights += 1
    return nights


def finish(evdiff, folder, out):
    done = subprocess.run([evdiff, "batch", "m.toml", "-o", out, "-q"], cwd=folder, capture_output=True, text=True,
                          timeout=TIMEOUT_SECONDS, check=False)
    expect_equal(done.stderr, "", "messages")
    return done.returncode


def disturb(evdiff, folder, kills, usual_seconds, chance):
    """Kills so often, each time after a moment, the batch or one of its diffs; at least once. Returns how often."""
    done, batch = 0, None
    while done < kills:
        if batch is None or batch.poll() is not None:
            # A night that is whole can't be disturbed any more.
            if batch is not None and batch.returncode == 1 and done > 0:
                break
            batch = subprocess.Popen([evdiff, "batch", "m.toml", "-o", "night", "-q"], cwd=folder, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * usual_seconds)
        if batch.poll() is not None:
            shutil.rmtree(folder / "night", ignore_errors=True)
            continue
        diffs = children(batch.pid)
        if diffs and chance.random() < 0.3:
            kill(chance.choice(diffs))
        else:
            batch.kill()
            batch.wait()
            batch = None
        done += 1
    if batch is not None:
        batch.wait(timeout=TIMEOUT_SECONDS)
    return done


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def expect_no_harm(good, night):
    """Straight after the kills: what has a record is what an undisturbed run makes, and no file is half there."""
    for record in night.glob("jobs/**/job*.json"):
        told = json.loads(record.read_text(encoding="utf-8"))
        if told["result"] != "done":
            expect(told["result"] == "killed", f"{record}: {told}")
            continue
        outcome = record.with_name(record.name.replace("job", "outcome") + ".zst")
        expect_equal(outcome.read_bytes(), (good / outcome.relative_to(night)).read_bytes(), outcome.name)
    for name in ("plan.json", "night.json"):
        if (night / name).exists():
            json.loads((night / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
