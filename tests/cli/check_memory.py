"""Logs are diffed in a quarter of the memory that they take on the disk, with --memory, and not without it.

The memory that belongs to the process alone is bounded (RLIMIT_DATA), which needs no rights; mapped files, that the system
can drop, do not count. The report is that of a diff with all the memory there is.
"""
import argparse
import os
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
