"""A pair that is generated while it is read, once, through pipes: as large as one likes. Beside it the ordinary pair, in the same
way. The generator takes its share of the machine, so what counts is the processor time of evdiff alone. On a virtual machine that has
not used its memory yet much of it is the system's: pages that the host gives for the first time."""
import os
import shutil
import subprocess

from harness.process import Failure, Run, say

MEMORY = 2 << 30  # what is more goes to files


def check_room(folder, size):
    free = shutil.disk_usage(folder).free
    if free < size * 1.1:
        raise Failure(f"{folder}: {free >> 20} MiB free are too few for {size >> 20} MiB of text, which evdiff keeps there; "
                      "choose another place with TMPDIR, or a smaller --huge")


def run_once(options, tools, folder, size):
    """evdiff on a pair that comes through pipes: the finished process, the bytes and the events."""
    pipes = [folder / "canary.pipe", folder / "ours.pipe"]
    for pipe in pipes:
        os.mkfifo(pipe)
    generator = subprocess.Popen(
        [str(part) for part in (tools["evdiff-generate"], "--out-canary", pipes[0], "--out-ours", pipes[1], "--seed",
                                options.seed, "--bytes", size, "--jitter")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    environment = dict(os.environ)
    os.environ["TMPDIR"] = str(folder)
    try:
        run = Run([*options.evdiff, "diff", "--index=off", "--stats=json", "--out", folder / "report", "--format", "markdown",
                   "--threads", options.threads, "--memory", MEMORY, "--max-unpacked", 4 * size, *pipes], folder)
        if generator.wait() != 0:
            raise Failure("the generator failed")
    finally:
        os.environ.clear()
        os.environ.update(environment)
        generator.kill()
        generator.wait()
        for pipe in pipes:
            pipe.unlink()
    return run, run.json()


def measure_huge(options, tools, folder):
    """The ordinary size and the huge one, each once: a list of rows."""
    rows = []
    for size in (options.size, options.huge):
        check_room(folder, size)
        say(f"through pipes, {size >> 20} MiB")
        run, told = run_once(options, tools, folder, size)
        read = told["text_bytes"]
        rows.append({"size": size, "bytes": read, "cpu": run.cpu, "user": run.user, "seconds": run.seconds, "peak_rss": run.peak,
                     "ns_per_byte": run.cpu / read * 1e9})
    return rows


def huge_targets(rows):
    if len(rows) != 2:
        return []
    base, huge = rows
    what = f"{huge['size'] / 2**30:.0f} GiB through pipes, a byte / {base['size'] / 2**30:.1f} GiB's"
    return [(f"{what}: processor time", huge["ns_per_byte"] / base["ns_per_byte"], 1.1, 1, True),
            (f"{what}: of that, evdiff's own", huge["user"] / huge["bytes"] / (base["user"] / base["bytes"]), 1.1, 1, True)]
