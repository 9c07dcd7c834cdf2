#!/usr/bin/env python3
"""Problems that people had while comparing two runs, each rebuilt small: with rules that a user can write, the real
difference is a root and among the places to look at first, the noise is none, and what was forgiven is counted by rule.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path


def event(kind, tid=1, **payload):
    return {"kind": kind, "tid": tid, "payload": payload}


def rules(kind, field, name_field=None, priority=None, **sections):
    made = {"rules": "evdiff.rules/2", "name": "case", "pairing": {"kind": kind, "field": field, "why": "w"}}
    if priority:
        form = {"kind": kind, "form": "value", "fields": priority, "why": "w"}
        made["priority_fields"] = [form | ({"name_field": name_field} if name_field else {})]
    for section in sections.values():
        for rule in section:
            rule.setdefault("why", "w")
    return made | sections


class Case:
    def __init__(self, evdiff, folder):
        self.evdiff, self.folder = evdiff, folder

    def diff(self, canary, ours, made, *options):
        for name, events in (("a", canary), ("b", ours)):
            index = {}
            with open(self.folder / f"{name}.jsonl", "w", encoding="utf-8") as out:
                out.write('{"kind":"schema_version","schema_version":1}\n')
                for one in events:
                    at = index[one["tid"]] = index.get(one["tid"], -1) + 1
                    out.write(json.dumps(one | {"tid_event_idx": at}) + "\n")
        (self.folder / "r.json").write_text(json.dumps(made), encoding="utf-8")
        run = subprocess.run([self.evdiff, "diff", "--rules", "r.json", "--format", "json", "a.jsonl", "b.jsonl", *options],
                             cwd=self.folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)


def roots(outcome):
    """The root families, in the order in which they are to be looked at: class, call, field."""
    return [(family["class"], family["call"], family["field"]) for family in outcome["families"] if "follows" not in family]


def used(outcome):
    return {use["rule"]: (use["canary"], use["ours"]) for use in outcome["rule_uses"]}


def steps(draw, count, words, **fixed):
    return [fixed | {"op": draw.choice(words), "value": draw.randrange(1 << 20)} for _ in range(count)]


def case_interrupt_line(case):
    """At each interrupt one line is another one; the next agrees. A real change of a flag is between."""
    draw = random.Random(1)
    canary = [event("cpu", pc=f"{0x4000 + at:04x}", flags=draw.randrange(256)) for at in range(150)]
    ours = [event("cpu", **one["payload"]) for one in canary]
    for at in (30, 70, 110):
        ours[at]["payload"] = {"pc": "0060", "flags": canary[at]["payload"]["flags"]}
    ours[90]["payload"]["flags"] ^= 1
    made = rules("cpu", "pc", priority=["pc", "flags"],
                 forgiven=[{"name": "handler", "class": ["value", "replaced"], "events": 1, "when": {"fields": {"pc": "0060"}}}])
    outcome = case.diff(canary, ours, made)
    assert roots(outcome) == [("value", "", "flags")], roots(outcome)
    assert used(outcome)["absorber handler"] == (3, 3), used(outcome)
    events = outcome["pairs"][0]["first_divergence"]["events"]
    assert [events[side]["tid_event_idx"] for side in ("canary", "ours")] == [90, 90], events


def case_implicit_stop(case):
    """Where code runs off its end one side writes a line, in the middle of anything; a value differs near one of them."""
    draw = random.Random(2)
    canary, ours = [], []
    for call in range(12):
        body = [event("op", name=draw.choice(["ADD", "MUL", "LOAD"]), gas=1000 * call + at, refund=0) for at in range(8)]
        stop = event("op", name="STOP", gas=1000 * call + 8, refund=0, cost=0)
        canary += body + ([stop] if call % 2 == 0 else [])
        ours += [event("op", **one["payload"]) for one in body]
        if call == 8:
            ours[-1]["payload"]["refund"] = 4800
    made = rules("op", "name", name_field="name", priority=["refund", "gas"],
                 optional=[{"name": "stop", "when": {"side": "canary", "kind": "op", "call": "STOP", "fields": {"cost": 0}}}])
    outcome = case.diff(canary, ours, made)
    assert [(class_, field) for class_, _, field in roots(outcome)] == [("value", "refund")], roots(outcome)
    assert used(outcome)["absorber stop"] == (6, 0), used(outcome)
    made["optional"][0]["at_most"] = 5
    assert ("missing", "STOP") in [found[:2] for found in roots(case.diff(canary, ours, made))]


def case_retry_loop(case):
    """A loop that tries again runs once more or less on one side, at many places; the first part of a round is the same as
    that of the next."""
    draw = random.Random(3)
    canary, ours = [], []
    for turn in range(20):
        work = [event("retired", insn="add", value=draw.randrange(1 << 30)) for _ in range(6)]
        for side in (canary, ours):
            side += [event("retired", **one["payload"]) for one in work]
            for failed in [1] * draw.choice([0, 0, 1, 2]) + [0]:
                side += [event("retired", insn="lr", value=7), event("retired", insn="sc", value=failed),
                         event("retired", insn="bnez", value=failed)]
    ours[-4]["payload"]["value"] ^= 1
    made = rules("retired", "insn", name_field="insn", priority=["value"],
                 optional=[{"name": "retry", "each": [{"fields": {"insn": "lr"}}, {"fields": {"insn": "sc", "value": 1}},
                                                      {"fields": {"insn": "bnez"}}]}])
    while ours[-4]["payload"]["insn"] != "add":
        ours.pop(-4)
    ours[-4]["payload"]["value"] ^= 1
    outcome = case.diff(canary, ours, made)
    assert ("value", "add", "value") in roots(outcome)[:3] and len(roots(outcome)) == 1, roots(outcome)
    assert min(used(outcome)["absorber retry"]) > 6, used(outcome)


def case_count_ahead(case):
    """One entry is missing, and from there on a count is one ahead; a value differs later."""
    canary = [event("rr", type=["input", "skipped", "time"][at % 3], instr=9000 + 10 * at, value=at * at) for at in range(80)]
    ours = [event("rr", **one["payload"]) for one in canary]
    for one in ours[25:]:
        one["payload"]["instr"] += 1
    ours[60]["payload"]["value"] += 7
    del ours[25]
    made = rules("rr", "type", name_field="type", priority=["value", "instr"], forgiven=[{"name": "ahead", "field": "instr"}])
    outcome = case.diff(canary, ours, made)
    assert [found[0] for found in roots(outcome)] in (["missing", "value"], ["value", "missing"]), roots(outcome)
    assert used(outcome)["absorber ahead"] == (53, 53), used(outcome)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evdiff", required=True, type=Path)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    cases = {name[len("case_"):]: function for name, function in globals().items() if name.startswith("case_")}
    for name in options.cases or cases:
        with tempfile.TemporaryDirectory() as folder:
            cases[name](Case(options.evdiff.resolve(), Path(folder)))
    print(f"{len(options.cases or cases)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
