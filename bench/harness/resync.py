"""Past the first divergence: what finding all of them takes, and how much of canary it matches."""
import json
import subprocess
import sys

from harness.process import Run, say, summary
from harness.rows import GIVEN, cold_command
from harness.tools import BENCH, generate

WINE_RELAY = BENCH.parent / "src/rules/wine-relay.json"

# Pairs that are hard to align: name, generator options, and how many times the cold diff's time all divergences may
# take, at least and as an aim.
HARD = [
    ("scattered differences, one tid", ["--threads", "1", "--scatter", "3"], (8, 3)),
    ("no equal event, one tid", ["--threads", "1", "--no-equal"], (15, 6)),
]
HARD_BYTES = (60, 24)  # an event, beyond the mapped logs

# Pairing so many threads by similarity: how many times the cold diff's time a diff may take.
MANY_THREADS = 20000
MANY_THREADS_TIMES = (5, 2)

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
                  "events": canary["events"] + told["logs"]["ours"]["events"],
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
    seconds, cold, cpu, cold_cpu, peak = [], [], [], [], 0
    for _ in range(options.runs):
        first = Run(cold_command(options, folder, options.threads, pair), folder)
        # A report that replaces another one waits on ext4 until the disk has it.
        outcome.unlink(missing_ok=True)
        run = Run(full, folder)
        cold.append(first.seconds)
        cold_cpu.append(first.cpu)
        seconds.append(run.seconds)
        cpu.append(run.cpu)
        peak = max(peak, run.peak)
    # From a run of its own: watching a process disturbs it.
    memory = Run(full, folder, sample=True).anonymous
    told = json.loads(subprocess.run([sys.executable, "-c", COUNT, outcome], check=True,
                                     capture_output=True).stdout)
    outcome.unlink()
    return {"name": name, "way": way, "evdiff": summary(seconds), "cold": summary(cold), "cpu": summary(cpu),
            "cold_cpu": summary(cold_cpu), "peak_rss": peak, "memory": memory, "target": target, **told}


def measure_many_threads(options, tools, folder):
    """A diff of threads that are paired by similarity, in turn with the cold diff, which pairs them by first call."""
    name = f"{MANY_THREADS:,} threads a side"
    say(f"{name}: paired by similarity")
    pair = generate(tools, folder, options, max(options.size, 100 << 20), ["--threads", str(MANY_THREADS)])
    seconds, cold = [], []
    for _ in range(options.runs):
        cold.append(Run(cold_command(options, folder, options.threads, pair), folder).seconds)
        seconds.append(
            Run(cold_command(options, folder, options.threads, pair, ["--pair=similarity"]), folder).seconds)
    return {"name": name, "evdiff": summary(seconds), "cold": summary(cold)}


def measure_resync(options, tools, folder):
    """Rows of all divergences, and of pairing many threads by similarity, or None."""
    rows, many = [], None
    if not options.row:
        for name, extra, times in HARD:
            # About 1,500 MiB have a million differences.
            pair = generate(tools, folder, options, min(options.size, 1500 << 20), extra)
            rows.append({**measure_way(name, "by first call", [], None, options, folder, pair), "times": times})
        many = measure_many_threads(options, tools, folder)
        for path in folder.glob("*.jsonl"):
            path.unlink()
    if options.pair:
        rows += [measure_way(GIVEN, way, extra, target, options, folder, options.pair)
                 for way, extra, target in WAYS]
    return rows, many


def resync_targets(rows, many):
    """As find_targets."""
    found = []
    if many:
        found.append((f"{many['name']}, paired by similarity: time / cold diff's",
                      many["evdiff"]["median"] / many["cold"]["median"], *MANY_THREADS_TIMES, True))
    for row in rows:
        what = f"{row['name']}, all divergences {row['way']}"
        if "times" in row:
            found.append((f"{what}: time / cold diff's", row["evdiff"]["median"] / row["cold"]["median"],
                          *row["times"], True))
            found.append((f"{what}: bytes an event beyond the logs", row["memory"] / row["events"], *HARD_BYTES, True))
        if row["name"] == GIVEN and row["target"] is None:
            most = 2 * row["cold"]["median"] + 1
            found.append((f"{what}: time / (twice the cold time + 1 s)", row["evdiff"]["median"] / most, 1, 0.5,
                          True))
        if row["target"]:
            found.append((f"{what}: share matched", row["matched_share"], *row["target"], False))
    return found
