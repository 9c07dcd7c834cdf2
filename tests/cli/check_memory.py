"""Logs are diffed in a quarter of the memory that they take on the disk, with --memory, and not without it; and a trace whose
events are in no order at all becomes a log in memory that does not grow with it.

The memory that belongs to the process alone is bounded (RLIMIT_DATA), which needs no rights; mapped files, that the system
can drop, do not count. The report is that of a diff with all the memory there is.
"""
import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

EVENTS, TIDS = 600_000, 7
TID_MAP = ",".join(f"{tid}={tid}" for tid in range(1, TIDS + 1))


def write_log(path, engine):
    """A log of short lines: the more events in a byte, the more memory a diff takes."""
    with open(path, "w") as log:
        log.write('{"kind":"schema_version","schema_version":1,"engine":"%s"}\n' % engine)
        for i in range(EVENTS):
            value = -1 if engine == "ours" and i == EVENTS - 5 else i % 1000
            log.write('{"kind":"k","tid":%d,"tid_event_idx":%d,"payload":{"v":%d}}\n' % (1 + i % TIDS, i // TIDS, value))


def diff(evdiff, folder, most, *arguments):
    bound = (lambda: resource.setrlimit(resource.RLIMIT_DATA, (most, most))) if most else None
    return subprocess.run([evdiff, "diff", "-j", "1", "--index=off", "--format", "json", "--tid-map", TID_MAP,
                           *arguments], cwd=folder, preexec_fn=bound,
                          env=dict(os.environ, TMPDIR=str(folder / "spilled")), capture_output=True, text=True)


TRACE_EVENTS = 400_000
IMPORT_BYTES = 8 << 20  # a quarter of the trace


def write_trace(path):
    """A trace of spans in no order, of which a few are open at a time."""
    times = list(range(TRACE_EVENTS))
    random.Random(1).shuffle(times)
    with open(path, "w") as trace:
        trace.write("[\n")
        for time in times:
            trace.write('{"args":{"n":%d},"dur":%d,"name":"draw","ph":"X","pid":1,"tid":%d,"ts":%d},\n'
                        % (time, time % 50, time % 7, time))


def check_import(evdiff, folder):
    """Of a file less is held than of a pipe."""
    def run(trace, most, *arguments):
        bound = (lambda: resource.setrlimit(resource.RLIMIT_DATA, (most, most))) if most else None
        with open(folder / "trace.json", "rb") as given:
            return subprocess.run([evdiff, "import", "-q", "--from", "chrome-trace", *arguments, trace], cwd=folder, stdin=given,
                                  preexec_fn=bound, env=dict(os.environ, TMPDIR=str(folder / "spilled")), capture_output=True)
    write_trace(folder / "trace.json")
    whole = run("trace.json", None)
    faults = [] if whole.returncode == 0 and whole.stdout.count(b"\n") == 1 + 2 * TRACE_EVENTS else ["trace: not imported"]
    for trace in ("trace.json", "-"):
        without = run(trace, IMPORT_BYTES)
        if without.returncode != 2:
            faults.append(f"{trace}: {IMPORT_BYTES} bytes are enough without --memory, so this test shows nothing")
        bounded = run(trace, IMPORT_BYTES, "--memory", "2M")
        if bounded.returncode != 0 or bounded.stdout != whole.stdout:
            faults.append(f"{trace}: with --memory: exit {bounded.returncode}: {bounded.stderr.decode().strip()}")
    if list((folder / "spilled").iterdir()):
        faults.append("trace: files stay in TMPDIR")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evdiff", required=True)
    evdiff = os.path.abspath(parser.parse_args().evdiff)
    faults = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "spilled").mkdir()
        for engine in ("canary", "ours"):
            write_log(folder / f"{engine}.jsonl", engine)
            subprocess.run(["gzip", "-k1", f"{engine}.jsonl"], cwd=folder, check=True)
        quarter = sum((folder / f"{engine}.jsonl").stat().st_size for engine in ("canary", "ours")) // 4
        for suffix in ("jsonl", "jsonl.gz"):
            logs = [f"{engine}.{suffix}" for engine in ("canary", "ours")]
            whole = diff(evdiff, folder, None, *logs)
            if whole.returncode != 0 or '"v"' not in whole.stdout:
                faults.append(f"{suffix}: with all memory: exit {whole.returncode}: {whole.stderr.strip()}")
            without = diff(evdiff, folder, quarter, *logs)
            if without.returncode != 2 or without.stdout:
                faults.append(f"{suffix}: a quarter is enough without --memory, so this test shows nothing")
            bounded = diff(evdiff, folder, quarter, "--memory", str(quarter // 4), *logs)
            if bounded.returncode != 0 or bounded.stdout != whole.stdout:
                faults.append(f"{suffix}: with --memory: exit {bounded.returncode}: {bounded.stderr.strip()}; "
                              f"the report is {'the same' if bounded.stdout == whole.stdout else 'another one'}")
            if list((folder / "spilled").iterdir()):
                faults.append(f"{suffix}: files stay in TMPDIR")
        faults += check_import(evdiff, folder)
        (folder / "spilled").rmdir()
        missing = diff(evdiff, folder, None, "--memory", "1K", *logs)
        told = f"evdiff: {folder}/spilled: No such file or directory; "
        if missing.returncode != 2 or missing.stdout or not missing.stderr.startswith(told) or missing.stderr.count("\n") != 1:
            faults.append(f"without its folder: exit {missing.returncode}: {missing.stderr.strip()}")
    for fault in faults:
        print(fault)
    print(f"memory: {len(faults)} faults, logs of {4 * quarter} bytes in {quarter}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
