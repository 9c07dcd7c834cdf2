"""Results by processor, one line a row, in a file that is committed: a change of speed is a change that someone reads."""
import csv
import subprocess

from harness.tools import BENCH

RESULTS = BENCH / "results.csv"
# What tells a result from others; a new one takes the place of the old one.
KEY = ("processor", "row", "threads")
FIELDS = (*KEY, "gb", "seconds", "spread", "gb_per_s", "to_iterate_many", "to_floor", "to_memory", "bytes_per_event",
          "date", "revision")


def revision():
    """The commit that was measured, with a + where files differ from it."""
    def git(*arguments):
        return subprocess.run(["git", "-C", BENCH.parent, *arguments], capture_output=True, text=True)
    commit = git("rev-parse", "--short=10", "HEAD")
    if commit.returncode != 0:
        return "unknown"
    return commit.stdout.strip() + ("+" if git("status", "--porcelain", "--untracked-files=no").stdout.strip() else "")


def result(machine, row, revision):
    """A row of the table as a line of the file; ratios are evdiff's time over another's."""
    return {"processor": machine["cpu"], "row": row["name"], "threads": str(row["threads"]),
            "gb": f"{row['bytes'] / 1e9:.2f}", "seconds": f"{row['evdiff']['median']:.3f}",
            "spread": f"{row['evdiff']['spread'] / 2:.2f}", "gb_per_s": f"{row['gb_per_s']:.2f}",
            "to_iterate_many": f"{row['to_iterate_many']:.2f}", "to_floor": f"{row['to_floor']:.2f}",
            "to_memory": f"{row['to_floor_mapped']:.2f}", "bytes_per_event": f"{row['bytes_per_event']:.1f}",
            "date": machine["date"][:10], "revision": revision}


def key(line):
    return tuple(line[field] for field in KEY)


def merge(old, new):
    """The lines of both, in the order of their keys; new ones take the place of old ones."""
    lines = {key(line): line for line in [*old, *new]}
    return [lines[at] for at in sorted(lines)]


def read(path):
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def record(path, machine, rows):
    """Puts the rows into the file."""
    measured = revision()
    lines = merge(read(path), [result(machine, row, measured) for row in rows])
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
