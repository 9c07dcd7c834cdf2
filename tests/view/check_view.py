#!/usr/bin/env python3
"""evdiff view on a terminal: tmux shows it, sends it keys, and says what is on the screen.

Without tmux the test is skipped, and says so; so is it where evdiff was built without ncurses.
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
LOGS = Path(__file__).resolve().parents[1] / "cli/logs"
SAMPLE = [Path(__file__).resolve().parents[1] / "data" / f"boot-{side}.jsonl.zst" for side in ("canary", "ours")]
TRACES = Path(__file__).resolve().parents[1] / "data/traces"
RULES = Path(__file__).resolve().parents[2] / "src/rules"
HOSTILE = "\x1b[2J\x1b]0;title\x07\u202e</b>\t%s"


def main():
    parser = argparse.ArgumentParser(description="Try evdiff view.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    evdiff = parser.parse_args().evdiff.resolve()
    if shutil.which("tmux") is None:
        print("NOT TESTED: evdiff view needs a terminal; install tmux.")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="evdiff-view-") as folder:
        folder = Path(folder)
        subprocess.run([evdiff, "diff", "-q", "-o", folder / "out.json", *SAMPLE], check=True)
        with Screen(folder, f"{evdiff} view out.json") as screen:
            if "without ncurses" in screen.wait(lambda text: "without ncurses" in text or " evdiff: " in text):
                print("NOT TESTED: this evdiff was built without ncurses.")
                return SKIPPED
        for test in (lists, knows, opens, walks, searches, resizes, leaves, diffs, diffs_by_indexes, misses_logs, reads_traces,
                     tells_news, scrolls_sideways, is_plain):
            test(evdiff, folder)
            print(f"ok    {test.__name__}")
    return 0


class Screen:
    """A terminal of its own, 80x24 where nothing else is said; the program's exit code is shown at its end."""

    count = 0

    def __init__(self, folder, command, width=80, height=24, language="C.UTF-8"):
        Screen.count += 1
        self.socket = folder / f"tmux-{Screen.count}"
        environment = {**os.environ, "EVDIFF_CONFIG": "", "LC_ALL": language, "TERM": "xterm"}
        environment.pop("TMUX", None)
        subprocess.run(["tmux", "-u", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "-c", folder,
                        f"LC_ALL={language} EVDIFF_CONFIG= {command}; echo ended $?; sleep 1000"], check=True, env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True, check=False).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def wait(self, condition):
        """The screen, once it is so."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            text = self.text()
            if condition(text):
                return text
            time.sleep(0.05)
        raise AssertionError(f"the screen never becomes so:\n{text}")

    def press(self, *keys, wanted):
        """Sends keys, and waits for what they bring onto the screen, all of it."""
        wanted = [wanted] if isinstance(wanted, str) else wanted
        for key in keys:
            self.tmux("send-keys", *(["-l", key] if len(key) > 1 and not key[0].isupper() else [key]))
        return self.wait(lambda text: all(words in text for words in wanted))


def outcome_of(folder):
    return json.loads((folder / "out.json").read_text())


def lists(evdiff, folder):
    """Looks, families and threads; nothing is wider than the screen."""
    with Screen(folder, f"{evdiff} view out.json") as screen:
        screen.wait(lambda text: "look first at: 3 of 47 families" in text and "71fe4af3 value     kernel.return NtReadFile" in text)
        screen.press("2", wanted=["families: 47 of 47, 16 of them roots", "06799348"])
        screen.press("G", wanted=" 47/47 ")
        screen.press("g", wanted=" 1/47 ")
        screen.press("j", "j", wanted=" 3/47 ")
        screen.press("k", wanted=" 2/47 ")
        screen.press(" ", wanted=" 24/47 ")
        text = screen.press("3", wanted=["threads: 14 of 14", "divergences"])
        assert max(map(len, text.split("\n"))) <= 80, text
        screen.press("Enter", wanted="families of canary ")
        screen.press("h", wanted="threads: 14 of 14")


def knows(evdiff, folder):
    """By a ledger what is listed is not among the looks, and each family says what it is."""
    ids = [family["signature"] for family in outcome_of(folder)["families"]]
    for one, state in ((ids[0], "known"), (ids[1], "fixed")):
        subprocess.run([evdiff, "known", "add", "out.json", one, "--state", state, "--bug", "BUG-7", "--file", "view.known"], cwd=folder,
                       check=True, capture_output=True)
    subprocess.run([evdiff, "known", "learn", "out.json", "--state", "noise", "--file", "all.known"], cwd=folder, check=True, capture_output=True)
    with Screen(folder, f"{evdiff} view --known view.known out.json") as screen:
        screen.wait(lambda text: "look first at: 3 of 47 families" in text and "ed3597f8 value" in text and "71fe4af3" not in text and " new, 1 in " in text)
        screen.press("2", wanted=["families: 47 of 47", "return_value  known, 2 in 2 threads", "return_value  regressed, 1 in"])
        screen.press("Enter", wanted=["Family 71fe4af3", "By the ledger: known; BUG-7"])
    with Screen(folder, f"{evdiff} view --known all.known out.json") as screen:
        screen.wait(lambda text: "families: 47 of 47" in text and "noise, " in text)
        screen.press("1", wanted="look first at: 0 of 47 families")
    with Screen(folder, f"{evdiff} view --known absent.known out.json") as screen:
        screen.wait(lambda text: "absent.known: No such file or directory" in text and "ended 2" in text)


def opens(evdiff, folder):
    """A family: what it is, and both sides around its places, of which there are several."""
    with Screen(folder, f"{evdiff} view out.json") as screen:
        screen.press("Enter", wanted=["family 71fe4af3", "Family 71fe4af3: value kernel.return NtReadFile", "A root:", "return_value=0x103 STATUS_PENDING"])
        first = screen.press("+", wanted=["Place 1: canary", "10 events around it"])
        assert "84 [295]" in first, first
        screen.press("-", wanted=["Place 1: canary", "5 events around it"])
        screen.press(">", wanted="Place 2: canary")
        screen.press("<", wanted="Place 1: canary")
        screen.press("<", wanted="this is its first place")
    with Screen(folder, f"{evdiff} view out.json", width=140) as screen:
        screen.press("Enter", wanted="return_value=0x103 STATUS_PENDING")
        screen.wait(lambda text: any("STATUS_PENDING" in line and "| " in line and "STATUS_BUFFER_OVERFLOW" in line for line in text.split("\n")))


def walks(evdiff, folder):
    """From root to root, and from a follower to its cause."""
    families = outcome_of(folder)["families"]
    roots = [family["id"] for family in families if "follows" not in family]
    follower = next(family for family in families if "follows" in family)
    with Screen(folder, f"{evdiff} view out.json") as screen:
        screen.press("2", wanted="families: 47")
        screen.press("Enter", wanted=f"family {roots[0]}")
        screen.press("]", wanted=f"family {roots[1]}")
        screen.press("[", wanted=f"family {roots[0]}")
        screen.press("[", wanted="no earlier root")
        screen.press("c", wanted="it is a root")
        screen.press("q", "/", follower["id"], "Enter", wanted=f" {families.index(follower) + 1}/47 ")
        screen.press("Enter", wanted=f"family {follower['id']}")
        screen.press("c", wanted=f"family {families[follower['follows']]['id']}")
        screen.press("q", wanted=f"family {follower['id']}")


def searches(evdiff, folder):
    """In lists and texts; a filter leaves what it fits to."""
    families = outcome_of(folder)["families"]
    missing = sum(family["class"] == "missing" for family in families)
    with Screen(folder, f"{evdiff} view out.json") as screen:
        screen.press("2", wanted="families: 47")
        screen.press("&", "missing", "Enter", wanted=[f"families: {missing} of 47", "&missing"])
        screen.press("&", "Enter", wanted="families: 47 of 47")
        screen.press("/", "nowhere", "Enter", wanted="not found: nowhere")
        screen.press("/", "gettickcount", "Enter", wanted="GetTickCount")
        screen.press("g", "Enter", wanted="family 71fe4af3")
        screen.press("/", "its places", "Enter", wanted="Its places")
        screen.wait(lambda text: text.split("\n")[1] == "Its places:")
        screen.press("/", "x", "Escape", wanted="Its places")
        screen.press("?", wanted=["help", "next and previous root"])
        screen.press("q", wanted="Its places")


def resizes(evdiff, folder):
    """A text is made anew for another width."""
    with Screen(folder, f"{evdiff} view out.json") as screen:
        screen.press("Enter", wanted="family 71fe4af3")
        screen.tmux("resize-window", "-x", "50", "-y", "12")
        text = screen.wait(lambda text: len(text.split("\n")) <= 13 and "Family 71fe4af3" in text)
        assert max(map(len, text.split("\n"))) <= 50, text


def leaves(evdiff, folder):
    """q at the beginning, Q anywhere; the exit code is 0, and the screen is as it was. A signal is what it ends by."""
    for keys in (["q"], ["Enter", "?", "Q"], ["Enter", "?", "q", "q", "q"]):
        with Screen(folder, f"{evdiff} view out.json") as screen:
            screen.wait(lambda text: "look first at" in text)
            for key in keys[:-1]:
                screen.press(key, wanted=" evdiff: ")
            screen.press(keys[-1], wanted="ended 0")
    with Screen(folder, f"trap : INT; {evdiff} view out.json") as screen:
        screen.wait(lambda text: "look first at" in text)
        screen.press("C-c", wanted=f"ended {128 + signal.SIGINT}")
    run = subprocess.run([evdiff, "view", folder / "out.json"], capture_output=True, text=True, check=False)
    assert run.returncode == 2 and "a terminal" in run.stderr, run
    with Screen(folder, f"{evdiff} view absent.json") as screen:
        screen.wait(lambda text: "absent.json: No such file or directory" in text and "ended 2" in text)
    # ncurses keeps what it has read of a terminal that it does not know.
    with Screen(folder, f"ASAN_OPTIONS=detect_leaks=0 TERM=nonsense {evdiff} view out.json") as screen:
        screen.wait(lambda text: "TERM" in text and "ended 2" in text)


def diffs(evdiff, folder):
    """Two logs are diffed first; without UTF-8 there are question marks for what is not ASCII."""
    with Screen(folder, f"{evdiff} view {LOGS}/calls.jsonl {LOGS}/calls-ours.jsonl", language="C") as screen:
        screen.wait(lambda text: "look first at: 1 of 1 families" in text)
        screen.press("Enter", wanted=["Family fd4be92c", "0xc0000008 STATUS_INVALID_HANDLE"])
        screen.press("G", wanted="Place 1: canary 4 [5], ours 4 [5]")
    with Screen(folder, f"{evdiff} view {LOGS}/calls.jsonl {LOGS}/calls.jsonl") as screen:
        screen.wait(lambda text: " evdiff: equal; families: 0 of 0" in text)
        screen.press("3", wanted="equal")


def diffs_by_indexes(evdiff, folder):
    """Saved indexes are looked for where --index-dir says, and events are read by them; what is no index is passed over."""
    for side, log in (("a", "calls"), ("b", "calls-ours")):
        shutil.copy(LOGS / f"{log}.jsonl", folder / f"{side}.jsonl")
    (folder / "indexes").mkdir()
    subprocess.run([evdiff, "index", "-q", "--index-dir", "indexes", "a.jsonl", "b.jsonl"], cwd=folder, check=True)
    for _ in range(2):
        with Screen(folder, f"{evdiff} view --index-dir indexes a.jsonl b.jsonl") as screen:
            screen.wait(lambda text: "look first at: 1 of 1 families" in text)
            screen.press("Enter", wanted=["Family fd4be92c", "0xc0000008 STATUS_INVALID_HANDLE"])
        for index in (folder / "indexes").iterdir():
            index.write_bytes(b"")


def misses_logs(evdiff, folder):
    """Of an outcome whose logs are gone the rest is there, and what is missing is said."""
    for side, log in (("a", "calls"), ("b", "calls-ours")):
        shutil.copy(LOGS / f"{log}.jsonl", folder / f"{side}.jsonl")
    subprocess.run([evdiff, "diff", "-q", "-o", "gone.json", "a.jsonl", "b.jsonl"], cwd=folder, check=True)
    (folder / "a.jsonl").unlink()
    with Screen(folder, f"{evdiff} view gone.json") as screen:
        screen.press("Enter", wanted=["Family fd4be92c", "a.jsonl: No such file or directory"])


def reads_traces(evdiff, folder):
    """The traces of an outcome are read by their format, with the rules of the diff; when they can't be, that is said in the page."""
    for side in "ab":
        shutil.copy(TRACES / f"copy-{side}.strace", folder)
    (folder / "mine.json").write_text((RULES / "strace.json").read_text().replace('"name": "strace"', '"name": "mine"'))
    subprocess.run([evdiff, "diff", "-q", "--rules", "mine.json", "-o", "trace.json", "copy-a.strace", "copy-b.strace"], cwd=folder, check=True)
    with Screen(folder, f"{evdiff} view trace.json") as screen:
        screen.press("Enter", "G", wanted=["Place 1: canary 4102 [2], ours 772 [2]", "syscall munmap"])
    (folder / "mine.json").unlink()
    with Screen(folder, f"{evdiff} view trace.json") as screen:
        screen.press("Enter", "G", wanted=["'mine.json'", "--rules names", "Place 1: canary 4102 [2], ours 772 [2]"])
    (folder / "copy-a.strace").write_text((folder / "copy-a.strace").read_text() + "4102 1795917170.9 openat(\n")
    with Screen(folder, f"{evdiff} view trace.json") as screen:
        screen.press("Enter", "G", "j", wanted=["can't be told: copy-a.strace:19:26: the call ends"])


def tells_news(evdiff, folder):
    """With control runs the head, families and threads say what is new; two logs take some."""
    for name in ("control-canary", "control-ours", "control-run"):
        shutil.copy(LOGS / f"{name}.jsonl", folder)
    command = f"{evdiff} view --control control-run.jsonl control-canary.jsonl control-ours.jsonl"
    with Screen(folder, command) as screen:
        screen.wait(lambda text: re.search(r" evdiff: diverged; \d+ new, \d+ noise; look first at", text) and "\nnew   " in text)
        screen.press("2", wanted=["\nnew   ", "\nnoise "])
        screen.press("3", wanted=[" new  canary "])


def scrolls_sideways(evdiff, folder):
    """A line that has no room ends in an ellipsis, and goes on to the right."""
    with Screen(folder, f"{evdiff} view out.json", width=50) as screen:
        screen.wait(lambda text: "look first at" in text and "…" in text)
        text = screen.press("}", wanted="return_value")
        assert all(line.startswith("…") for line in text.split("\n")[1:4]), text
        screen.press("{", wanted="71fe4af3 value")


def is_plain(evdiff, folder):
    """What a log holds commands no terminal."""
    for side, value in (("a", 1), ("b", 2)):
        lines = [{"kind": "schema_version", "schema_version": 1},
                 {"kind": "kernel.call", "tid": 1, "tid_event_idx": 0, "payload": {"name": "First"}},
                 {"kind": HOSTILE, "tid": 1, "tid_event_idx": 1, "payload": {"name": HOSTILE, "text": HOSTILE, "return_value": value}}]
        (folder / f"{side}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with Screen(folder, f"{evdiff} view a.jsonl b.jsonl") as screen:
        screen.wait(lambda text: "look first at: 1 of 1" in text and r"\x1b[2J\x1b]0;title\x07\u202e</b>\x09%s" in text)
        screen.press("Enter", wanted=["Family ", r"\x1b[2J"])


if __name__ == "__main__":
    sys.exit(main())
