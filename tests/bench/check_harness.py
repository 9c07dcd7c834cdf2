#!/usr/bin/env python3
"""Holds what the benchmark makes of its figures: tables, targets, and the file of results. It measures nothing."""
import contextlib
import io
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from harness import results, tables  # noqa: E402
from harness.huge import huge_targets  # noqa: E402
from harness.process import summary  # noqa: E402
from harness.rows import LONG, ORDINARY, ROWS, VARIANTS  # noqa: E402
from harness.targets import find_targets, verdict  # noqa: E402

MACHINE = {"cpu": "Some, Processor", "cores": 2, "kernel": "6.0", "date": "2020-01-02T03:04:05Z"}


def row(name, seconds, threads=2):
    made = {"name": name, "threads": threads, "bytes": 10**9, "events": 4 * 10**6, "floor_mapped_seconds": 0.05,
            "memory": 96 << 20, "peak_rss": 1 << 30, "bytes_per_event": 16.04, "gb_per_s": 1 / seconds,
            "events_per_s": 4e6 / seconds, "to_floor": seconds / 0.1, "to_floor_mapped": seconds / 0.05,
            "to_iterate_many": seconds / 0.2, "evdiff": summary([seconds, seconds * 1.1, seconds * 0.9]),
            "floor": summary([0.1]), "iterate_many": summary([0.2])}
    if name == ORDINARY and threads == 2:
        made.update({variant: summary([seconds / 10]) for variant in VARIANTS})
    return made


def printed(function, *arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        function(*arguments)
    return out.getvalue().splitlines()


def check_limits():
    lines = printed(tables.print_limits, [row(ORDINARY, 0.25), row("one tid", 0.4)])
    assert lines[2] == "| same spelling | 2 | 4.00 | 80 % | 40 % | 20 % |", lines
    assert lines[3] == "| one tid | 2 | 2.50 | 50 % | 25 % | 12 % |", lines


def check_every_table_has_whole_rows():
    rows = [row(ORDINARY, 0.25), row(ORDINARY, 0.5, threads=1), row("one tid", 0.4)]
    lines = printed(tables.print_tables, MACHINE, rows, [], find_targets(rows, 2), [])
    widths = None
    for line in lines:
        if not line.startswith("|"):
            widths = None
            continue
        widths = widths or line.count("|")
        assert line.count("|") == widths, line


def check_targets():
    found = {target[0]: target[1:] for target in find_targets([row(ORDINARY, 0.25), row("one tid", 0.4)], 2)}
    assert found["same spelling: time / iterate_many's"] == (1.25, 1.1, 0.7, True), found
    assert found["same spelling: bytes an event"] == ((96 << 20) / 4e6, 18, 16, True), found
    assert "one tid: time / iterate_many's" not in found and "one tid: bytes an event" in found, found
    assert abs(found["one tid: GB/s, times below ordinary"][0] - 1.6) < 1e-9
    assert found[f"{LONG}: time a byte / the size itself's (--all)"][0] is None
    assert [verdict(value, 2, 1, True) for value in (None, 1, 1.5, 2, 2.1)] == \
        ["not measured", "aim", "held", "held", "MISSED"]
    assert [verdict(value, 1, 2, False) for value in (2, 1, 0.9)] == ["aim", "held", "MISSED"]


def check_huge():
    base = {"size": 2 << 30, "bytes": 2 * 10**9, "cpu": 1.0, "user": 0.5, "ns_per_byte": 0.5, "seconds": 1.0, "peak_rss": 1 << 30}
    huge = {**base, "size": 32 << 30, "bytes": 32 * 10**9, "cpu": 17.6, "user": 8.0, "ns_per_byte": 0.55}
    found = huge_targets([base, huge])
    assert [target[0] for target in found] == [
        "32 GiB through pipes, a byte / 2.0 GiB's: processor time",
        "32 GiB through pipes, a byte / 2.0 GiB's: of that, evdiff's own"], found
    assert abs(found[0][1] - 1.1) < 1e-9 and abs(found[1][1] - 1) < 1e-9, found
    lines = printed(tables.print_huge, [base, huge])
    assert lines[3] == "| 32.0 GiB | 32.00 | 17.60 | 8.00 | 0.550 | 1.0 | 1024 |", lines


def check_results(folder):
    path = folder / "results.csv"
    results.record(path, MACHINE, [row(ORDINARY, 0.25), row("one tid", 0.4)])
    results.record(path, {**MACHINE, "cpu": "Another"}, [row("one tid", 0.5)])
    first = results.read(path)
    assert [(line["processor"], line["row"]) for line in first] == [
        ("Another", "one tid"), ("Some, Processor", "one tid"), ("Some, Processor", ORDINARY)], first
    assert first[1]["seconds"] == "0.400" and first[1]["spread"] == "0.10" and first[1]["to_iterate_many"] == "2.00"
    assert first[1]["date"] == "2020-01-02" and first[1]["bytes_per_event"] == "16.0"
    results.record(path, MACHINE, [row("one tid", 0.3), row(ORDINARY, 0.5, threads=1)])
    second = results.read(path)
    assert [line["seconds"] for line in second] == ["0.500", "0.300", "0.500", "0.250"], second
    assert second[0] == first[0] and second[3] == first[2]
    assert b"\r" not in path.read_bytes()


def check_committed_results():
    """The file that is committed is as the benchmark writes it."""
    lines = results.read(results.RESULTS)
    assert lines == results.merge([], lines)
    names = {name for name, _ in ROWS} | {LONG, "given pair"}
    for line in lines:
        assert tuple(line) == results.FIELDS and line["row"] in names, line


def main():
    check_limits()
    check_every_table_has_whole_rows()
    check_targets()
    check_huge()
    with tempfile.TemporaryDirectory() as folder:
        check_results(Path(folder))
    check_committed_results()


if __name__ == "__main__":
    main()
