"""What the twins and the cases of rules share: writing rules and logs, diffing them, and trying one seed after the other."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def write_lines(log, lines):
    """A log of events of several threads, in the order of their lines."""
    index = {}
    with open(log, "w", encoding="utf-8") as out:
        out.write('{"kind":"schema_version","schema_version":1}\n')
        for line in lines:
            at = index[line["tid"]] = index.get(line["tid"], -1) + 1
            out.write(json.dumps({"kind": line["kind"], "tid": line["tid"], "tid_event_idx": at, "payload": line["payload"]}) + "\n")


def write_rules(folder, rules):
    (folder / "r.json").write_text(json.dumps(rules, indent=1), encoding="utf-8")


def write_threads(folder, threads):
    """Both logs, of threads that are lists of events, canary's and ours; each begins with an event by which it is paired."""
    for side, name in enumerate(["a.jsonl", "b.jsonl"]):
        write_lines(folder / name, [{"kind": made["kind"], "tid": tid, "payload": made["payload"]} for tid, sides in enumerate(threads)
                                    for made in [{"kind": "start", "payload": {"id": f"thread {tid}"}}] + sides[side]])


def diff(evdiff, folder, *options):
    run = subprocess.run([evdiff, "diff", "--rules", "r.json", "--format", "json", "a.jsonl", "b.jsonl", *options],
                         cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def try_seeds(about, count, seen, *checks, first=None):
    """Runs every check(evdiff, seed, folder, seen) for each seed: `count` of them if --seeds gives no other number, or that of
    --seed alone. `first`(evdiff, folder) runs once, before. The number of seeds; None for a single one, of which what was
    seen is not enough to judge by."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--evdiff", required=True, type=Path)
    parser.add_argument("--seeds", type=int, default=count)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    evdiff = options.evdiff.resolve()
    with tempfile.TemporaryDirectory() as folder:
        if first is not None:
            first(evdiff, Path(folder))
        for seed in [options.seed] if options.seed is not None else range(options.seeds):
            for check in checks:
                try:
                    check(evdiff, seed, Path(folder), seen)
                except Exception:
                    print(f"seed {seed}", file=sys.stderr)
                    raise
    return options.seeds if options.seed is None else None
