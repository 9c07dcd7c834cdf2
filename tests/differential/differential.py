#!/usr/bin/env python3
"""Hold evdiff against the reference on thousands of random pairs of logs.

Every seed makes one small pair of logs and some options (cases.py). The reference runs in this process, evdiff as a
program; report, absorbed events and exit code must be the same bytes, standard error the same words. At the end a table says how
often each feature came up (features.py); in a run of 1,000 seeds or more every one must have.

A failure prints its seed, the first line that differs and the command that reproduces it, and keeps its files.
"""
import argparse
import contextlib
import importlib.util
import io
import multiprocessing
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # leave no __pycache__ beside the sources

sys.path.append(str(Path(__file__).resolve().parents[1] / "cli"))

from cases import make_case
from features import FEATURES, Features
from plain import plain

TIMEOUT_SECONDS = 120
SHOWN_FAILURES = 10
RAISED_LIMIT = 0.02          # of the seeds, where the reference itself falls over
COMPLETE_FROM_SEEDS = 1000   # a run this long must have seen every feature

HIDDEN_NULL = re.compile(rb"^evdiff: --(exit-code|validate-identical): divergence in [^\n]*, which its mark hides\)\n\Z",
                         re.MULTILINE)
USAGE_ERRORS = ("--tid-map: ", "--disable-absorber: ")  # how messages of the reference begin that are about usage
NOTHING_COMPARED = b"evdiff: inconclusive: nothing was compared: no thread of --tid-map or --pair is in both logs\n"
STREAMS = ("exit code", "standard error", "report", "report.md", "absorbed.jsonl")


def main():
    """Parse the options, run the seeds, print failures and the summary."""
    options = parse_options()
    keep = options.keep
    features, passed, failures, raised = Features(), 0, 0, []
    started = time.monotonic()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    with multiprocessing.Pool(options.jobs, start_worker, (options.reference, options.evdiff)) as pool:
        for seed, seen, why_raised, failure in pool.imap_unordered(try_seed, seeds, chunksize=8):
            features.update(seen)
            if why_raised:
                raised.append((seed, why_raised))
            elif failure is None:
                passed += 1
            else:
                failures += 1
                if failures <= SHOWN_FAILURES:
                    keep = keep or Path(tempfile.mkdtemp(prefix="evdiff-differential-"))
                    print_failure(options, seed, failure, keep)
    problems = summarise(options, features, raised)
    print(f"{options.seeds} seeds in {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failures + problems} failed")
    return 1 if failures or problems or not passed else 0


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--evdiff", required=True, type=Path, help="the binary under test")
    parser.add_argument("--reference", required=True, type=Path, help="the reference, diff_events.py")
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds (default %(default)s)")
    parser.add_argument("--first-seed", type=int, default=0, help="the first of them (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes (default %(default)s)")
    parser.add_argument("--keep", type=Path, help="where failures keep their files (default: a new temporary folder)")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the table of features in short runs too")
    options = parser.parse_args()
    options.evdiff = options.evdiff.resolve()
    options.reference = options.reference.resolve()
    for path in (options.evdiff, options.reference):
        if not path.is_file():
            parser.error(f"{path}: no such file")
    return options


# -- one seed, in a worker -------------------------------------------------------------------------------------

worker = argparse.Namespace()


def start_worker(reference_path, evdiff):
    """Load the reference and make this worker's own folder the current one."""
    specification = importlib.util.spec_from_file_location("reference", reference_path)
    worker.reference = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(worker.reference)
    worker.evdiff = str(evdiff)
    worker.features = Features()
    worker.folder = tempfile.TemporaryDirectory(prefix="evdiff-differential-")
    os.chdir(worker.folder.name)
    watch_reference(worker.reference)


def watch_reference(reference):
    """Count what really happened inside the reference: absorptions, matches, divergences."""
    diff_one_tid, nested = reference.diff_one_tid, reference._try_absorb_nested_cs_cleanup

    def watched_diff(*arguments, **named):
        result = diff_one_tid(*arguments, **named)
        hit = worker.features.hit
        for side in ("canary", "ours"):
            if result[f"skipped_{side}"]:
                hit(f"absorbed shared-global on {side}")
            if result[f"skipped_{side}_wait"]:
                hit(f"absorbed wait-begin on {side}")
            for event in result[f"skipped_{side}"]:
                if not isinstance(event["payload"].get("handle_semantic_id"), str):
                    hit("absorbed shared-global without a SID")
        if result["diverged_at"] is None:
            hit("outcome pair equal to its end")
            return result
        hit("outcome pair diverged")
        if result["matched"] >= 20:
            hit("outcome pair matched 20 or more and diverged")
        if not result["next_canary"] or not result["next_ours"]:
            hit("outcome end of stream shown")
        hit("outcome description " + description_class(result["diff_descr"]))
        return result

    def watched_nested(*arguments):
        skipped = nested(*arguments)
        if skipped:
            blocks = skipped // 6
            worker.features.hit("absorbed nested-cs, " + (f"{blocks} blocks" if blocks > 30 else "1 to 30 blocks"))
        return skipped

    reference.diff_one_tid, reference._try_absorb_nested_cs_cleanup = watched_diff, watched_nested


def description_class(description):
    """Which part of the comparison wrote a description."""
    for start, name in (("[return_value ", "return_value"), ("[status ", "status"), ("[args.", "args"),
                        ("[args_resolved.", "args_resolved"), ("kind:", "kind")):
        if description.startswith(start):
            return name
    return "payload missing" if ": canary=<missing> ours=" in description else "payload field"


def try_seed(seed):
    """Run one seed; returns (seed, features seen, why the reference raised or None, failure or None)."""
    case, worker.features = make_case(seed, worker.reference.shared_global_sid)
    for name, data in zip(("canary.jsonl", "ours.jsonl"), case.logs):
        Path(name).write_bytes(data)
    forget_outputs()
    expected, why_raised = run_reference(case)
    forget_outputs()
    seen = worker.features
    if why_raised:
        return seed, seen, why_raised, None
    for name, data in zip(("canary.jsonl", "ours.jsonl"), case.packed):
        Path(name).write_bytes(data)
    for index in index_modes(seed, case, expected):
        for name in ("report.md", "absorbed.jsonl"):
            Path(name).unlink(missing_ok=True)
        actual, command = run_evdiff(case, index)
        if actual != expected:
            break
    else:
        return seed, seen, None, None
    files = {"canary.jsonl": case.packed[0], "ours.jsonl": case.packed[1], "command": command.encode() + b"\n"}
    for name in STREAMS:
        for tag, result in (("expected", expected), ("actual", actual)):
            if result[name] is not None:
                files[f"{tag}.{name.replace(' ', '-')}"] = result[name]
    return seed, seen, None, {"difference": first_difference(expected, actual), "files": files}


def index_modes(seed, case, expected):
    """What evdiff is told about saved indexes, run by run; every run must say the same."""
    if seed % 4 != 0:
        return [[]]
    worker.features.hit("outcome through saved indexes")
    # A pipe has no index, and logs without a tid mapping leave none.
    has_both = case.pipe < 0 and expected["exit code"] != b"2"
    return [["--index", "save"], ["--index", "require" if has_both else "auto"]]


def forget_outputs():
    for name in ("report.md", "absorbed.jsonl", "canary.jsonl.evx", "ours.jsonl.evx"):
        Path(name).unlink(missing_ok=True)


def outputs(status, out, err):
    """Everything a run left, by name; a file that isn't there is None."""
    result = {"exit code": str(status).encode(), "standard error": err, "report": out}
    for name in ("report.md", "absorbed.jsonl"):
        result[name] = Path(name).read_bytes() if Path(name).exists() else None
    return result


class Messages(io.StringIO):
    """What is printed, message by message: a message may hold line ends."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def write(self, text):
        if text != "\n":
            self.messages.append(text.removesuffix("\n"))
        return super().write(text)


def in_our_voice(message, exit_option):
    """A message of the reference as evdiff has it: with its name and made plain; bad usage also tells where help is."""
    if message.startswith("validate-identical: "):
        message = exit_option + message.removeprefix("validate-identical")
    said = b"evdiff: " + plain((("diff: " if message.startswith(USAGE_ERRORS) else "") + message).encode(errors="surrogatepass"))
    return said + (b"\nTry 'evdiff diff --help' for more information.\n" if message.startswith(USAGE_ERRORS) else b"\n")


def run_reference(case):
    """The reference's outputs, or why it fell over."""
    arguments = ["diff_events.py", "--canary", "canary.jsonl", "--ours", "ours.jsonl"] + case.options
    out, err = io.StringIO(), Messages()
    old_arguments, sys.argv = sys.argv, arguments
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = worker.reference.main()
        out_bytes = out.getvalue().encode()
    except (Exception, SystemExit) as error:
        return None, f"{type(error).__name__}: {error}".replace("\n", " ")
    finally:
        sys.argv = old_arguments
    hit = worker.features.hit
    hit(f"outcome exit {status}")
    if "no tid mapping" in err.getvalue():
        hit("outcome no tid mapping")
    if "warn: " in err.getvalue():
        hit("outcome warned of an unknown tid")
    if "## Counted engine-local kinds" in out.getvalue():
        hit("outcome counted kinds shown")
    exit_option = "--exit-code" if case.exit_code_alias else "--validate-identical"
    return outputs(status, out_bytes, b"".join(in_our_voice(message, exit_option) for message in err.messages)), None


def run_evdiff(case, index):
    """evdiff's outputs with these options on indexes, and the command as a person would type it in the folder of the kept files."""
    names = ["canary.jsonl", "ours.jsonl"]
    piped = None
    if case.pipe >= 0:
        piped = case.packed[case.pipe]
        names[case.pipe] = "/dev/stdin"
    inputs = ["--canary", names[0], "--ours", names[1]] if case.named_inputs else names
    shared = ["--exit-code" if case.exit_code_alias and option == "--validate-identical" else option
              for option in case.options]
    arguments = ["diff", "--format", "markdown"] + index + case.mine + shared + inputs
    environment = dict(os.environ)
    environment.pop("EVDIFF_CHUNK_BYTES", None)
    environment.update(case.environment)
    command = " ".join([f"{name}={value}" for name, value in case.environment.items()]
                       + ["evdiff", shlex.join(arguments)]
                       + ([f"<{('canary.jsonl', 'ours.jsonl')[case.pipe]}"] if piped is not None else []))
    try:
        run = subprocess.run([worker.evdiff] + arguments, input=b"" if piped is None else piped, env=environment,
                             capture_output=True, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as expired:
        return outputs(f"none after {TIMEOUT_SECONDS} s", expired.stdout or b"", expired.stderr or b""), command
    # What an unknown name could have meant the reference does not say.
    said = re.sub(rb"; did you mean '[a-z-]+'\?$", b"", run.stderr, flags=re.MULTILINE)
    status = run.returncode
    # What the reference takes in silence: a tid twice in --tid-map, and nothing compared, which is no equality.
    said = re.sub(rb"^evdiff: --tid-map: tid -?[0-9]+ of (canary is given more than once|ours has two counterparts)[^\n]*\n", b"",
                  said, flags=re.MULTILINE)
    if status == 3 and NOTHING_COMPARED in said:
        status, said = 0, said.replace(NOTHING_COMPARED, b"")
    # Logs that are equal but for a null under a mark are so to the reference, and not to who asks evdiff by exit code:
    # tests/unit/test_nulls.c holds which they are. The report is the reference's all the same.
    if status == 1 and HIDDEN_NULL.search(said):
        status, said = 0, HIDDEN_NULL.sub(b"", said)
    return outputs(status, run.stdout, said), command


def first_difference(expected, actual):
    """The first line that differs, as text."""
    for name in STREAMS:
        if expected[name] == actual[name]:
            continue
        if expected[name] is None or actual[name] is None:
            return f"{name}: {'unexpected' if expected[name] is None else 'missing'}"
        want, have = expected[name].split(b"\n"), actual[name].split(b"\n")
        number = next((n for n, pair in enumerate(zip(want, have)) if pair[0] != pair[1]), min(len(want), len(have)))
        line = [lines[number].decode(errors="backslashreplace") if number < len(lines) else "<end>"
                for lines in (want, have)]
        text = f"{name}, line {number + 1}:\n    reference: {line[0]}\n    evdiff:    {line[1]}"
        if name == "exit code" and actual["standard error"] != expected["standard error"]:
            text += "\n    evdiff said: " + actual["standard error"][-2000:].decode(errors="backslashreplace").strip()
        return text
    return "nothing differs"


# -- reporting -------------------------------------------------------------------------------------------------


def print_failure(options, seed, failure, keep):
    """Say what differs, how to see it again, and keep the files."""
    folder = keep / f"seed-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in failure["files"].items():
        (folder / name).write_bytes(data)
    again = [sys.argv[0], "--evdiff", str(options.evdiff), "--reference", str(options.reference),
             "--first-seed", str(seed), "--seeds", "1"]
    print(f"FAIL seed {seed}: {failure['difference']}")
    print(f"  again: {shlex.join(again)}")
    print(f"  files: {folder}  ({failure['files']['command'].decode().strip()})", flush=True)


def summarise(options, features, raised):
    """Print the table and what is wrong with the run as a whole; returns the number of such problems."""
    problems = 0
    complete = options.seeds >= COMPLETE_FROM_SEEDS
    if complete or options.verbose:
        print("feature".ljust(52) + "times")
        for name in FEATURES:
            print(name.ljust(52) + str(features[name]))
    print(f"reference raised: {len(raised)} of {options.seeds}")
    for seed, why in sorted(raised)[:5]:
        print(f"  seed {seed}: {why}")
    if complete and len(raised) > RAISED_LIMIT * options.seeds:
        print(f"FAIL the reference raised in more than {RAISED_LIMIT:.0%} of the seeds")
        problems += 1
    if complete:
        for name in features.absent():
            print(f"FAIL feature never came up: {name}")
            problems += 1
    return problems


if __name__ == "__main__":
    sys.exit(main())
