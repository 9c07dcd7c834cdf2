"""The rows of the table: a pair of logs each, and all programs on it in turn."""
import hashlib
import shutil
import statistics

from harness.process import Failure, Run, say, summary
from harness.tools import generate, sync

# name, generator options. Every row's pair has jitter: logs of two engines always do.
ROWS = [
    ("same spelling", []),
    ("mixed spelling", ["--spelling", "mixed"]),
    ("one tid", ["--threads", "1"]),
    ("20,000 tids", ["--threads", "20000"]),
    ("short lines", ["--shape", "short"]),
    ("clocks since 1970", ["--clock", "epoch"]),
    ("escapes in every line", ["--spelling", "escaped"]),
    ("SIDs in every tenth line", ["--sids"]),
    ("64 KiB lines", ["--line-bytes", "64K"]),
    ("no equal event", ["--no-equal"]),
]
ORDINARY = ROWS[0][0]
LONG = "four times the size"
GIVEN = "given pair"

# What evdiff is measured with besides a cold diff, in the rows that are about a pair as such.
VARIANTS = ["both indexes", "canary's index", "native build"]


def evdiff_command(evdiff, options, folder, threads, pair, extra):
    return [*evdiff, "diff", "--out", folder / "report", "--format", "markdown", "--threads", threads, *extra,
            *options.diff_option, *pair]


def cold_command(options, folder, threads, pair, extra=()):
    """No index is used, whatever lies beside the logs."""
    return evdiff_command(options.evdiff, options, folder, threads, pair, ["--index=off", *extra])


def evdiff_memory(options, folder, threads, pair):
    """Bytes beyond the mapped files, from a run of its own: watching a process disturbs it."""
    stats = Run(cold_command(options, folder, threads, pair, ["--stats=json"]), folder, sample=True)
    told = stats.json()
    return max(stats.anonymous, told["anonymous_memory_bytes"]), told


def save_indexes(options, folder, name, logs):
    """A folder with the indexes of these logs only."""
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    Run([*options.evdiff, "index", "--index-dir", place, *logs], folder)
    sync(*place.iterdir())
    return place


def variant_commands(options, native, folder, threads, pair):
    """The other ways to diff the pair, by name; those with indexes are seen to use them."""
    both = save_indexes(options, folder, "both-indexes", pair)
    one = save_indexes(options, folder, "canary-index", pair[:1])
    indexed = {"both indexes": ["--index=require", f"--index-dir={both}"],
               "canary's index": ["--index=auto", f"--index-dir={one}"]}
    unread = {"both indexes": sum(path.stat().st_size for path in pair),
              "canary's index": pair[0].stat().st_size}
    commands = {}
    for name, extra in indexed.items():
        commands[name] = evdiff_command(options.evdiff, options, folder, threads, pair, extra)
        told = Run([*commands[name], "--stats=json"], folder).json()
        if told["text_bytes_read"] > told["text_bytes"] - unread[name] * 0.9:
            raise Failure(f"{name}: {told['text_bytes_read']} of {told['text_bytes']} bytes of text were "
                          "read: the index was not used")
    commands["native build"] = evdiff_command(native, options, folder, threads, pair, ["--index=off"])
    return commands


def measure(name, options, tools, folder, pair, threads, native=None):
    """One row; with `native`, a command, the VARIANTS too."""
    say(f"{name}, {threads} thread{'s' * (threads > 1)}")
    floor = [tools["evdiff-floor"], threads, *pair]
    # The first count also brings the files into the page cache.
    Run(floor, folder)
    again = [Run([floor[0], "--again", *floor[1:]], folder).json() for _ in range(options.runs)]
    mapped = {**again[0], "again_seconds": statistics.median(run["again_seconds"] for run in again)}
    diffs = {"evdiff": cold_command(options, folder, threads, pair)}
    if native:
        diffs.update(variant_commands(options, native, folder, threads, pair))
    commands = {**diffs, "floor": floor,
                "iterate_many": [tools["evdiff-iterate-many"], threads, *pair]}
    memory, stats = evdiff_memory(options, folder, threads, pair)
    seconds = {program: [] for program in commands}
    reports, peak = set(), 0
    for _ in range(options.runs):
        for program, command in commands.items():
            run = Run(command, folder)
            seconds[program].append(run.seconds)
            if program in diffs:
                reports.add(hashlib.sha256((folder / "report").read_bytes()).hexdigest())
            elif run.json()["lines"] != mapped["lines"]:
                raise Failure(f"{program} saw {run.json()['lines']} lines, not {mapped['lines']}")
            if program == "evdiff":
                peak = max(peak, run.peak)
    if len(reports) != 1:
        raise Failure(f"{name}: evdiff's reports differ from run to run")
    total, events = mapped["bytes"], mapped["lines"] - len(pair)
    row = {"name": name, "threads": threads, "bytes": total, "events": events,
           **{program: summary(values) for program, values in seconds.items()},
           "floor_mapped_seconds": mapped["again_seconds"], "memory": memory, "peak_rss": peak,
           "stats": stats, "report_sha256": reports.pop()}
    middle = row["evdiff"]["median"]
    row["gb_per_s"] = total / middle / 1e9
    row["events_per_s"] = events / middle
    row["to_floor"] = middle / row["floor"]["median"]
    row["to_floor_mapped"] = middle / mapped["again_seconds"]
    row["to_iterate_many"] = middle / row["iterate_many"]["median"]
    row["bytes_per_event"] = memory / events
    return row


def measure_with_one_thread(name, options, tools, folder, pair, native):
    """A pair with all that is measured, then on one thread; the reports must be the same."""
    rows = [measure(name, options, tools, folder, pair, options.threads, native)]
    if options.threads > 1:
        rows.append(measure(name, options, tools, folder, pair, 1))
        if rows[0]["report_sha256"] != rows[1]["report_sha256"]:
            raise Failure("evdiff's report depends on the number of threads")
    return rows


def measure_rows(options, tools, native, folder):
    rows = []
    for name, extra in ROWS:
        if options.row and name not in options.row:
            continue
        pair = generate(tools, folder, options, options.size, extra)
        if name == ORDINARY:
            rows += measure_with_one_thread(name, options, tools, folder, pair, native)
        else:
            rows.append(measure(name, options, tools, folder, pair, options.threads))
    if options.all:
        pair = generate(tools, folder, options, 4 * options.size, [])
        rows.append(measure(LONG, options, tools, folder, pair, options.threads))
    for path in folder.glob("*.jsonl"):
        path.unlink()
    if options.pair:
        rows += measure_with_one_thread(GIVEN, options, tools, folder, options.pair, native)
    return rows
