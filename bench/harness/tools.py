"""What is measured beside evdiff as it was built: the generator, the peers, evdiff built for this processor."""
import os
import shutil
import subprocess
from pathlib import Path

from harness.process import Failure, Run, describe, say

BENCH = Path(__file__).resolve().parent.parent
FLAGS = ["-O3", "-march=native", "-DNDEBUG", "-D_GNU_SOURCE"]
TOOLS = {
    "evdiff-generate": ["cc", "-std=c17", *FLAGS, "generate.c", "generate_stream.c",
                        "generate_spell.c", "-pthread"],
    "evdiff-emit": ["cc", "-std=c17", "-O2", "-DNDEBUG", "-D_GNU_SOURCE", "-I../include", "emit.c", "-pthread"],
    "evdiff-floor": ["cc", "-std=c17", *FLAGS, "floor.c", "-pthread"],
    "evdiff-iterate-many": ["c++", "-std=c++17", *FLAGS, "iterate_many.cpp", "-lsimdjson",
                            "-pthread"],
}


def build_tools(build):
    """Compiles what is missing or older than its sources; meson builds to the same places."""
    folder = build / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    sources = [*BENCH.iterdir(), BENCH.parent / "include/evdiff/emit.h"]
    newest = max(path.stat().st_mtime for path in sources if path.suffix in (".c", ".h", ".cpp"))
    for name, command in TOOLS.items():
        target = folder / name
        if target.exists() and target.stat().st_mtime >= newest:
            continue
        say(f"building {name}")
        result = subprocess.run([*command, "-o", str(target.resolve())], cwd=BENCH,
                                capture_output=True, text=True)
        if result.returncode != 0:
            said = result.stderr.strip()
            raise Failure(f"cannot build {name}: {describe(command)}\n{said}")
    return {name: folder / name for name in TOOLS}


def build_evdiff(build, *options, sources=BENCH.parent):
    """evdiff of `sources`, brought up to date: what is measured is never older. `options` are meson's, for a folder
    that is not there yet."""
    commands = [["ninja", "-C", build, "evdiff"]]
    if not (build / "build.ninja").exists():
        commands.insert(0, ["meson", "setup", build, sources, "-Dbuildtype=release", "-Dtests=false", *options])
    for command in commands:
        try:
            result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        except OSError as error:
            raise Failure(f"cannot run {command[0]}: {error.strerror}; --evdiff and --native name builds that are there")
        if result.returncode != 0:
            raise Failure(f"cannot build evdiff: {describe(command)}\n{result.stdout[-2000:]}")
    return [str(build / "evdiff")]


def build_native(build):
    """The same, built for this processor only."""
    say("building evdiff with -march=native")
    return build_evdiff(build / "bench" / "native", "-Dc_args=-march=native", "-Dcpp_args=-march=native")


def sync(*paths):
    """Waits until the files are on the disk: their writing would disturb what is measured."""
    for path in paths:
        with open(path, "rb") as file:
            os.fsync(file.fileno())


def generate(tools, folder, options, bytes_wanted, extra):
    free = shutil.disk_usage(folder).free
    if free < bytes_wanted * 1.2:
        raise Failure(f"{folder}: {free >> 20} MiB free are too few for a pair of "
                      f"{bytes_wanted >> 20} MiB; choose another place with TMPDIR, "
                      "or a smaller --size")
    pair = [folder / "canary.jsonl", folder / "ours.jsonl"]
    Run([tools["evdiff-generate"], "--out-canary", pair[0], "--out-ours", pair[1],
         "--seed", options.seed, "--bytes", bytes_wanted, "--jitter", *extra], folder)
    sync(*pair)
    return pair
