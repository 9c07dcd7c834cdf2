"""Running a program to its end: how long it took, what it used, what it said."""
import json
import os
import shlex
import statistics
import subprocess
import sys
import time


class Failure(Exception):
    """Something that the user must see and mend; its text says what."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def describe(command):
    text = shlex.join(str(part) for part in command)
    return text if len(text) < 300 else text[:300] + " …"


class Run:
    """One finished process: seconds of wall and of processor time, peak resident bytes, what it printed."""

    def __init__(self, command, folder, accept=(0,), sample=False, keep_output=True):
        out_path, err_path = folder / "stdout", folder / "stderr"
        kept = out_path if keep_output else os.devnull
        with open(kept, "wb") as out, open(err_path, "wb") as err:
            start = time.perf_counter()
            try:
                process = subprocess.Popen([str(part) for part in command], close_fds=False,
                                           stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            except OSError as error:
                raise Failure(f"cannot run {describe(command)}: {error.strerror}")
            try:
                self.anonymous = watch_memory(process.pid) if sample else 0
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                raise
            self.seconds = time.perf_counter() - start
        self.exit = process.returncode = os.waitstatus_to_exitcode(status)
        self.user = usage.ru_utime
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024
        self.stdout = out_path.read_text(errors="replace") if keep_output else ""
        self.stderr = err_path.read_text(errors="replace")
        if self.exit not in accept:
            said = self.stderr.strip().splitlines()[-5:]
            raise Failure(f"exit {self.exit} from: {describe(command)}\n" + "\n".join(said))

    def json(self):
        for line in reversed((self.stdout + "\n" + self.stderr).splitlines()):
            if line.startswith("{"):
                return json.loads(line)
        raise Failure("a program printed no line of JSON")


def watch_memory(pid):
    """The most memory of no file that the process was seen with, in bytes; waits for its end."""
    most = 0
    path = f"/proc/{pid}/status"
    while True:
        try:
            with open(path) as status:
                fields = dict(line.split(":", 1) for line in status if ":" in line)
        except OSError:
            return most
        if "RssAnon" not in fields:  # it has ended and waits to be reaped
            return most
        most = max(most, int(fields["RssAnon"].split()[0]) * 1024)
        time.sleep(0.002)


def summary(seconds):
    middle = statistics.median(seconds)
    return {"median": middle, "min": min(seconds), "max": max(seconds), "runs": seconds,
            "spread": (max(seconds) - min(seconds)) / middle}
