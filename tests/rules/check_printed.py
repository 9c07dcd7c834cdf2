#!/usr/bin/env python3
"""What `evdiff rules` prints and `evdiff learn` writes is of the second format, and means what it was printed of: loaded
again, it gives the same outcome, counts of rules and refusals. The built-in set means what it would in the first format."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import write_lines

TOP = Path(__file__).resolve().parents[2]
LOGS = TOP / "tests/cli/logs"
TRACES = TOP / "tests/data/traces"
FORMAT = "evdiff.rules/2"


def pairs_of(name):
    """Pairs of logs that the rules of a name are for, with the options that they need."""
    for first in sorted(LOGS.glob("*-ours.jsonl")):
        if (canary := LOGS / first.name.replace("-ours", "")).exists():
            yield [canary, first]
    yield [LOGS / "one-thread.jsonl", LOGS / "calls.jsonl"]
    suffix = {"wine-relay": "relay", "gem5": "gem5", "strace": "strace", "spike": "spike", "eip-3155": "jsonl", "chrome-trace": "json",
              "ndjson": "ndjson"}.get(name)
    for first in sorted(TRACES.glob(f"*-a.{suffix}")):
        mapping = ["--mapping", TRACES / "jobs.mapping.json"] if name == "ndjson" else []
        yield [first, first.with_name(first.name.replace("-a.", "-b.")), "--from", name, *mapping]


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def diff(evdiff, rules, logs):
    """The exit status and the outcome, without what tells where the rules come from; or the status and what is said."""
    made = run(evdiff, "diff", "--index", "off", "--stats=json", "--exit-code", "--format", "json", *(["--rules", rules] if rules else []), *logs)
    if made.returncode == 2:
        return 2, [line for line in made.stderr.splitlines() if line.startswith("evdiff:")], None
    outcome = json.loads(made.stdout)
    assert outcome.pop("rules_hash") and outcome.pop("asked", True)
    outcome.pop("hints", None)  # at other rules, where none are asked for
    stats = json.loads(next(line for line in made.stderr.splitlines() if line.startswith("{")))
    return made.returncode, outcome, {key: stats[key] for key in ("rules", "rules_that_never_fired", "slow_path_comparisons")}


def check_printed(evdiff, folder, name):
    printed = folder / "printed.json"
    text = run(evdiff, "rules", *(["--rules", name] if name else [])).stdout
    printed.write_text(text, encoding="utf-8")
    assert json.loads(text)["rules"] == FORMAT, name
    assert run(evdiff, "rules", "--rules", printed).stdout == text, name
    seen = set()
    for logs in pairs_of(name):
        wanted = diff(evdiff, name, logs)
        assert diff(evdiff, printed, logs) == wanted, (name, logs)
        seen.add(wanted[0])
    assert 1 in seen, (name, seen)
    return text


def check_built_in(evdiff, folder, text):
    """Only the pairing of the first format needs to be told."""
    first = json.loads(text)
    first["rules"] = "evdiff.rules/1"
    assert first["pairing"].pop("strict") is True
    old, lax = folder / "first.json", folder / "lax.json"
    old.write_text(json.dumps(first), encoding="utf-8")
    for logs in pairs_of(None):
        assert diff(evdiff, old, logs) == diff(evdiff, None, logs), logs
    # The only threads of two logs: refused, as the reference does, but where a rule set of the second format is not strict.
    lax.write_text(json.dumps(first | {"rules": FORMAT}), encoding="utf-8")
    logs = [folder / "a.jsonl", folder / "b.jsonl"]
    for log, name in zip(logs, ("NtOpenFile", "NtClose")):
        write_lines(log, [{"kind": "kernel.call", "tid": 4, "payload": {"name": name}}])
    assert [diff(evdiff, rules, logs)[0] for rules in (None, old, lax)] == [2, 2, 1]
    # What no rule knows is a pair for neither: that there is no divergence would say nothing.
    for log, name in zip(logs, ("one", "two")):
        write_lines(log, [{"kind": "step", "tid": 4, "payload": {"name": name}}])
    assert [diff(evdiff, rules, logs)[0] for rules in (None, old, lax)] == [2, 2, 2]


def check_learnt(evdiff, folder):
    for rules in ([], ["--rules", folder / "first.json"]):
        learnt = folder / "learnt.json"
        made = run(evdiff, "learn", "-q", *rules, LOGS / "calls.jsonl", LOGS / "calls-ours.jsonl", "-o", learnt)
        assert made.returncode == 0, made.stderr
        assert json.loads(learnt.read_text(encoding="utf-8"))["rules"] == FORMAT


def main():
    evdiff = Path(sys.argv[1]).resolve()
    shipped = sorted(path.stem for path in (TOP / "src/rules").glob("*.json") if path.stem != "schema-v1")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rules in shipped:
            check_printed(evdiff, folder, rules)
        check_built_in(evdiff, folder, check_printed(evdiff, folder, None))
        check_learnt(evdiff, folder)
    print(f"{len(shipped) + 1} sets of rules mean what is printed of them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
