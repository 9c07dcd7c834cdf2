"""This tree's evdiff and that of another revision in turn: what a change made faster, slower, larger or smaller."""
import shutil
import statistics
import subprocess

from harness.process import Failure, Run, say, summary
from harness.resync import HARD, WAYS
from harness.rows import GIVEN, ORDINARY, ROWS, evdiff_command
from harness.tables import table
from harness.tools import BENCH, build_evdiff, generate, sync

ROOT = BENCH.parent


def git(*arguments):
    result = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True)
    if result.returncode != 0:
        raise Failure(f"git {arguments[0]}: {result.stderr.decode(errors='replace').strip()}")
    return result.stdout


def build_revision(build, revision):
    """evdiff of the revision's committed files, built as a release and kept in the build folder for the next run; and
    the folder of those files."""
    commit = git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    place = build / "bench" / f"against-{commit[:12]}"
    sources = place / "sources"
    if not sources.exists():
        shutil.rmtree(place, ignore_errors=True)
        unpacked = place / "unpacking"
        unpacked.mkdir(parents=True)
        subprocess.run(["tar", "-x", "-C", unpacked], input=git("archive", commit), check=True)
        unpacked.rename(sources)
    say(f"building evdiff of {commit[:12]}")
    return build_evdiff(place / "build", sources=sources), sources


def index_options(evdiff, folder, name, pair):
    """Each revision reads indexes of its own: their format may differ."""
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    Run([*evdiff, "index", "--index-dir", place, *pair], folder)
    sync(*place.iterdir())
    return ["--index=require", f"--index-dir={place}"]


def compare(name, options, folder, pair, programs, extra):
    """One row: the programs, by name, in turn; their processor and wall seconds and peak memory. `extra` has each
    program's options."""
    say(f"{name}: {' and '.join(programs)}")
    runs = {program: [] for program in programs}
    for turn in range(options.runs + 1):
        for program, evdiff in programs.items():
            run = Run(evdiff_command(evdiff, options, folder, options.threads, pair, extra[program]), folder)
            if turn:  # the first one brings the logs into the page cache
                runs[program].append(run)
    row = {"name": name}
    for program, done in runs.items():
        row[program] = {"cpu": summary([run.cpu for run in done]), "wall": summary([run.seconds for run in done]),
                        "peak_rss": max(run.peak for run in done)}
    ours, theirs = programs
    for figure in ("cpu", "seconds"):
        row[f"{figure}_ratio"] = statistics.median(getattr(a, figure) / getattr(b, figure)
                                                   for a, b in zip(runs[ours], runs[theirs]))
    row["peak_ratio"] = row[ours]["peak_rss"] / row[theirs]["peak_rss"]
    return row


def measure_against(options, tools, folder):
    old, old_sources = build_revision(options.build, options.against)
    programs = {"this": options.evdiff, options.against: old}
    sources = {"this": ROOT, options.against: old_sources}
    rows = []

    def cold(name, pair, way=()):
        # Rules are the revision's own: an older one need not know what is in today's.
        extra = {program: ["--index=off", *(str(part).replace(str(ROOT), str(folder)) for part in way)]
                 for program, folder in sources.items()}
        rows.append(compare(name, options, folder, pair, programs, extra))

    def with_indexes(name, pair):
        own = {program: index_options(evdiff, folder, f"indexes-{number}", pair)
               for number, (program, evdiff) in enumerate(programs.items())}
        rows.append(compare(f"{name}, both indexes", options, folder, pair, programs, own))

    for name, extra in ROWS:
        if not options.row or name in options.row:
            pair = generate(tools, folder, options, options.size, extra)
            cold(name, pair)
            if name == ORDINARY:
                with_indexes(name, pair)
    if not options.row:
        for name, extra, _ in HARD:
            pair = generate(tools, folder, options, min(options.size, 1500 << 20), extra)
            cold(f"{name}, all divergences", pair, ["--format=json"])
    for path in folder.glob("*.jsonl"):
        path.unlink()
    if options.pair:
        cold(GIVEN, options.pair)
        for way, extra, _ in WAYS:
            cold(f"{GIVEN}, all divergences {way}", options.pair, ["--format=json", *extra])
        with_indexes(GIVEN, options.pair)
    return rows


def print_against(machine, revision, rows):
    print(f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, load {machine['load_before']:.1f} "
          f"before. This tree / {revision}: the median of the turns' ratios; less than 1 is less than {revision}.\n")
    table(["pair", "processor time", "wall time", "peak memory", "this: processor s", "spread"],
          [[row["name"], f"{row['cpu_ratio']:.3f}", f"{row['seconds_ratio']:.3f}", f"{row['peak_ratio']:.3f}",
            f"{row['this']['cpu']['median']:.3f}", f"±{row['this']['cpu']['spread'] * 50:.0f}%"] for row in rows])
