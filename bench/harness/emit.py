"""What evdiff/emit.h costs an engine."""
import statistics

from harness.process import Run, say

EVENTS = 3_000_000


def measure_emit(options, tools, folder):
    """Nanoseconds of processor time an event on the emitting thread: the median of the runs."""
    log = folder / "emitted.jsonl"
    runs = []
    for _ in range(options.runs):
        say("emitting")
        runs.append(Run([tools["evdiff-emit"], log, EVENTS], folder).json()["ns_per_event"])
        log.unlink()
    return {"events": EVENTS, "runs": runs, "ns_per_event": statistics.median(runs)}


def emit_targets(emit):
    return [("emitting: ns an event on the emitting thread", emit["ns_per_event"] if emit else None, 150, 100, True)]
