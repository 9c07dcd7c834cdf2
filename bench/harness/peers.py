"""The slow peers, on a small pair of their own: jq, DuckDB and the reference, side by side with evdiff."""
import importlib.util
import shutil
import sys

from harness.process import Run, say, summary
from harness.rows import cold_command
from harness.tools import generate

RUNS = 3


def duckdb_command(options, pair):
    """Of its program or else its Python module; None when neither is there."""
    columns = ("{'tid': 'BIGINT', 'tid_event_idx': 'BIGINT', 'kind': 'VARCHAR', "
               "'payload': 'VARCHAR'}")
    canary, ours = (f"read_json('{path}', format='newline_delimited', columns={columns})"
                    for path in pair)
    query = (f"set threads to {options.threads}; select count(*) from {canary} a join {ours} b "
             "using (tid, tid_event_idx) where a.kind <> b.kind or a.payload <> b.payload")
    program = shutil.which("duckdb")
    if program:
        return [program, "-c", query]
    if importlib.util.find_spec("duckdb"):
        return [sys.executable, "-c", "import duckdb, sys; duckdb.execute(sys.argv[1])", query]
    return None


def peer_commands(options, pair):
    """Name and the command nearest to a whole diff, or why there is none."""
    jq = shutil.which("jq")
    reference = [sys.executable, options.reference, "--canary", pair[0], "--ours", pair[1], "--out",
                 pair[0].parent / "peer"]
    return {
        "jq, sorted keys of every line":
            [jq, "-cS", "[.tid, .tid_event_idx, .kind, .payload]", *pair] if jq else "absent",
        "DuckDB, join on (tid, idx) and compare text": duckdb_command(options, pair) or "absent",
        "the reference":
            "absent" if not options.reference.is_file() else
            reference if options.with_peers else "not asked for (--with-peers)",
    }


def measure_peers(options, tools, folder):
    pair = generate(tools, folder, options, options.peer_size, [])
    total = sum(path.stat().st_size for path in pair)
    found = {name: {"name": name, "absent": why} for name, why in peer_commands(options, pair).items()
             if isinstance(why, str)}
    commands = {"evdiff": cold_command(options, folder, options.threads, pair),
                **{name: command for name, command in peer_commands(options, pair).items()
                   if name not in found}}
    runs = {name: [] for name in commands}
    for _ in range(min(RUNS, options.runs)):
        for name, command in commands.items():
            say(f"peer: {name}")
            runs[name].append(Run(command, folder, keep_output=False))
    for name, all_runs in runs.items():
        seconds = summary([run.seconds for run in all_runs])
        found[name] = {"name": name, "absent": None, "bytes": total, "seconds": seconds,
                       "gb_per_s": total / seconds["median"] / 1e9,
                       "peak_rss": max(run.peak for run in all_runs)}
    return [found[name] for name in ["evdiff", *peer_commands(options, pair)]]
