"""Past the first divergence: what finding all of them takes, and how much of canary it matches."""
import json
import subprocess
import sys

from harness.process import Run, say, summary
from harness.rows import GIVEN, cold_command
from harness.tools import BENCH, generate

WINE_RELAY = BENCH.parent / "src/rules/wine-relay.json"

# Pairs that are hard to align: name, generator options.
HARD = [
    ("scattered differences, one tid", ["--threads", "1", "--scatter", "3"]),
    ("no equal event, one tid", ["--threads", "1", "--no-equal"]),
]

# How a given pair is diffed: name, options of `evdiff diff`, and the share of canary's events that is to match,
# at least and as an aim, or None.
WAYS = [
    ("by first call", ["--pair=first-call"], None),
    ("by similarity", ["--pair=similarity"], (0.977, 0.995)),
    ("by similarity, wine-relay rules", ["--pair=similarity", f"--rules={WINE_RELAY}"], (0.988, 0.995)),
]


# In a process of its own: a child's peak memory counts from its parent's, and outcomes are large.
COUNT = """
import json, sys
told = json.load(open(sys.argv[1]))
canary = told["logs"]["canary"]
print(json.dumps({"matched_share": canary["counts"]["matched"] / canary["events"],
                  "divergences": sum(len(p["divergences"]) for p in told["pairs"]),
                  "families": len(told["families"]),
                  "root_families": sum("follows" not in family for family in told["families"])}))
"""


def measure_way(name, way, extra, target, options, folder, pair):
    """All divergences in turn with the cold diff up to the first ones."""
    say(f"{name}: all divergences, {way}")
    outcome = folder / "outcome.json"
    full = cold_command(options, folder, options.threads, pair, ["--format=json", *extra])
    full[full.index("--out") + 1] = outcome
    seconds, cold, peak = [], [], 0
    for _ in range(options.runs):
        cold.append(Run(cold_command(options, folder, options.threads, pair), folder).seconds)
        run = Run(full, folder)
        seconds.append(run.seconds)
        peak = max(peak, run.peak)
    told = json.loads(subprocess.run([sys.executable, "-c", COUNT, outcome], check=True,
                                     capture_output=True).stdout)
    outcome.unlink()
    return {"name": name, "way": way, "evdiff": summary(seconds), "cold": summary(cold), "peak_rss": peak,
            "target": target, **told}


def measure_resync(options, tools, folder):
    rows = []
    if not options.row:
        for name, extra in HARD:
            # About 1,500 MiB have a million differences.
            pair = generate(tools, folder, options, min(options.size, 1500 << 20), extra)
            rows.append(measure_way(name, "by first call", [], None, options, folder, pair))
        for path in folder.glob("*.jsonl"):
            path.unlink()
    if options.pair:
        rows += [measure_way(GIVEN, way, extra, target, options, folder, options.pair)
                 for way, extra, target in WAYS]
    return rows


def resync_targets(rows):
    """As find_targets."""
    found = []
    for row in rows:
        what = f"{row['name']}, all divergences {row['way']}"
        if row["name"] == GIVEN and row["target"] is None:
            most = 2 * row["cold"]["median"] + 1
            found.append((f"{what}: time / (twice the cold time + 1 s)", row["evdiff"]["median"] / most, 1, 0.5,
                          True))
        if row["target"]:
            found.append((f"{what}: share matched", row["matched_share"], *row["target"], False))
    return found
