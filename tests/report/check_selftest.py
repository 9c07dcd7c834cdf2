#!/usr/bin/env python3
"""The JSON of `evdiff selftest` against docs/selftest.schema.json, and its counts against each other.

Needs jsonschema, which Debian has as python3-jsonschema.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

TOP = Path(__file__).resolve().parents[2]
LOGS = TOP / "tests/cli/logs"
ODD = [{"kind": "schema_version", "schema_version": 1}] + [
    {"kind": kind, "tid": tid, "tid_event_idx": index, "payload": {"na\"me": f"{index}\u2028", "x\\y": [index, {"z": None}], "": index}}
    for tid in (1, 2) for index, kind in enumerate(["kernel.call", "quote\"d", "back\\slash", "", "tab\t", "\u00e9\ud800"] * 3)]


def count(rows):
    return [sum(row[member] for row in rows) for member in ("planted", "detected")]


def check(validator, evdiff, *arguments):
    run = subprocess.run([evdiff, "selftest", "--format", "json", "--samples", "20", *map(str, arguments)], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    document = json.loads(run.stdout)
    validator.validate(document)
    order = validator.schema["$defs"]["mutation"]["enum"]
    total = [document["planted"], document["detected"]]
    assert total == count(document["mutations"]) == count(document["kinds"]) == count(document["fields"]), arguments
    for rows in [document] + document["kinds"]:
        assert [row["mutation"] for row in rows["mutations"]] == order, arguments
        assert count(rows["mutations"]) == [rows["planted"], rows["detected"]], arguments
    assert all(row["detected"] <= row["planted"] and (row["field"] == "" or row["mutation"] == "change field") for row in document["fields"])
    return document


def main():
    evdiff = Path(sys.argv[1]).resolve()
    schema = json.loads((TOP / "docs/selftest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    checked = 0
    for ours in sorted(LOGS.glob("*-ours.jsonl")):
        canary = LOGS / ours.name.replace("-ours", "")
        for logs in ([ours], [canary, ours]) if canary.exists() else ([ours],):
            checked += check(validator, evdiff, *logs)["planted"] > 0
    skipped = check(validator, evdiff, "--tolerant", LOGS / "several-problems.jsonl")["skipped_lines"]
    assert list(skipped) == ["canary"] and skipped["canary"]["count"] > 0, skipped
    with tempfile.TemporaryDirectory() as folder:
        odd = Path(folder) / "odd.jsonl"
        odd.write_text("".join(json.dumps(line) + "\n" for line in ODD), encoding="utf-8")
        kinds = {row["kind"] for row in check(validator, evdiff, "--pair", "similarity", odd)["kinds"]}
        assert kinds == {line["kind"] for line in ODD[1:]}, kinds
        # All other threads are paired anew for each that is lost, so of many threads few are.
        for threads, lost in ((44444, 9), (44445, 8), (60000, 8)):
            lines = [ODD[0]] + [{"kind": "kernel.call", "tid": tid, "tid_event_idx": 0, "payload": {"name": f"f{tid}"}} for tid in range(threads)]
            odd.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            planted = check(validator, evdiff, odd)["mutations"][-1]
            assert planted == {"mutation": "lose thread", "planted": lost, "detected": lost}, planted
    # What the schema does not know is refused: it is what tells that a member was added.
    broken = check(validator, evdiff, LOGS / "calls.jsonl")
    for change in ({"more": 1}, {"schema": "evdiff.selftest/2"}, {"planted": -1}, {"mutations": []}):
        assert not validator.is_valid(broken | change), change
    assert checked > 8, checked
    print(f"{checked} selftests are as the schema says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
