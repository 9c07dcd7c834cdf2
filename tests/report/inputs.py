"""What the tests of reports are run on: the logs of the golden cases, the sample of the real boots, random outcomes."""
import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))
from case_files import CASES, case_files

SAMPLE = [ROOT / "tests/data" / name for name in ("boot-canary.jsonl.zst", "boot-ours.jsonl.zst")]
LEAST_PAIRS = 28  # of different logs


def parse_options(description):
    """The command line that the tests have in common."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--evdiff", required=True, help="the program under test")
    parser.add_argument("--random-report", required=True, help="the program that reports random outcomes")
    parser.add_argument("--seeds", type=int, default=150, help="random outcomes of each size (default: %(default)s)")
    return parser.parse_args()


def run(*command, data=None):
    """The finished process, with its output as bytes."""
    return subprocess.run([str(word) for word in command], input=data, capture_output=True, check=False)


def reports_of_logs(evdiff, *formats):
    """For every pair of logs that can be diffed: its name, and its report in each format, as bytes."""
    count = 0
    of_cases = [case_files(case) for case in sorted(CASES.iterdir())]
    pairs = {(files["a.jsonl"], files["b.jsonl"]) for files in of_cases if {"a.jsonl", "b.jsonl"} <= files.keys()}
    with tempfile.TemporaryDirectory(prefix="evdiff-reports-") as folder:
        controlled = [[*paths, option, shutil.copy(paths[side], Path(folder) / f"{number}-{Path(paths[side]).name}")]
                      for number, (paths, (option, side)) in enumerate(itertools.product(
                          [SAMPLE, *sorted(pairs)[:4]], (("--control", 1), ("--control", 0), ("--control-of-ours", 0))))]
        for paths in [SAMPLE] + sorted(pairs) + controlled:
            made = [run(evdiff, "diff", "--format", name, *paths) for name in formats]
            assert len({process.returncode for process in made}) == 1, paths
            if made[0].returncode == 0:
                yield paths[0], [process.stdout for process in made]
                count += 1
    assert count >= LEAST_PAIRS, f"only {count} pairs of logs could be diffed"


def random_report(options, *words):
    """The report of a random outcome: FORMAT SEED DIVERGENCES [WIDTH]."""
    made = run(options.random_report, *words)
    assert made.returncode == 0, (words, made.stderr)
    return made.stdout


def read_strictly(data, name):
    """Parse JSON, and refuse what RFC 8259 leaves open: repeated keys, NaN, lone surrogates, bad UTF-8."""
    def no_repeats(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"{name}: repeated key in {keys}"
        return dict(pairs)

    def no_constant(word):
        raise AssertionError(f"{name}: {word} is no JSON")

    outcome = json.loads(data.decode("utf-8"), object_pairs_hook=no_repeats, parse_constant=no_constant)
    json.dumps(outcome, ensure_ascii=False).encode("utf-8")
    return outcome
