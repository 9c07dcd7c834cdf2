"""Which files a golden case works on: its own, and the shared logs that its command names at its head."""
import re
from pathlib import Path

CASES = Path(__file__).resolve().parent / "cases"
LOGS = Path(__file__).resolve().parent / "logs"
EXPECTATIONS = ("expect.out", "expect.err", "expect.status", "expect.files", "absent")
SHARED = re.compile(r"# (\S+) is logs/(\S+)")


def case_files(case):
    """The files and folders that a case finds in its folder: name there, and the path they are copied from."""
    files = {path.name: path for path in sorted(case.iterdir()) if path.name not in ("cmd", *EXPECTATIONS)}
    for line in (case / "cmd").read_text().splitlines():
        if not line.startswith("#"):
            break
        shared = SHARED.fullmatch(line)
        if shared is not None:
            name, log = shared.groups()
            assert name not in files, f"{case.name}: {name} comes twice"
            assert (LOGS / log).is_file(), f"{case.name}: there is no {LOGS / log}"
            files[name] = LOGS / log
    return files


def unused_logs():
    """Shared logs that fewer than two cases use: they belong into the case's own folder, or nowhere."""
    used = [path for case in CASES.iterdir() if (case / "cmd").is_file() for path in set(case_files(case).values())]
    return [log.name for log in sorted(LOGS.iterdir()) if used.count(log) < 2]
