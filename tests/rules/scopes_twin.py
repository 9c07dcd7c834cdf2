#!/usr/bin/env python3
"""The slow twin of "scope" in compare rules, as docs/rules.md has it: who shares what "renamed" and "renamed_parts" learn.

Random logs of a few threads that use names of a few processes; ours has others, one to one, but for some. Every event has a number
of its own, so that which events match is known. In each pair evdiff must find as many differing events as the twin, the same first.
A failure prints its seed: --seed runs that one alone.
"""
import json
import random
import re
import sys

from conditions import listed
from harness import diff, try_seeds, write_lines, write_rules

SIDES = ("canary", "ours")


# ---- the twin ----

def parts(operator, value):
    """What is a name in a value, and the rest; None where it has none."""
    if operator == "renamed":
        return ([value], "") if value != "" and value is not None else None
    pattern = re.compile("[0-9]{1,64}")
    return (pattern.findall(value), pattern.split(value)) if isinstance(value, str) else None


class Renaming:
    def __init__(self):
        self.other = [{}, {}]

    def stand_for(self, names):
        good = True
        for side in (0, 1):
            mine, others = names[side], names[1 - side]
            known = self.other[side].get(mine)
            if known == others:
                continue
            good = good and known is None
            self.other[side][mine] = others
            if known is not None:
                self.other[1 - side][known] = None
        return good


def broken(rule, pairs):
    """Of pairs of events in the order of canary's lines, those in which the rule is broken."""
    renamings, found = {}, set()
    for number, sides in pairs:
        scope = rule.get("scope", "thread")
        operator = rule["as"] if rule["as"] == "renamed" else "parts"
        values = [[side["payload"].get(field) for side in sides] for field in listed(rule["fields"])]
        cuts = [[None if value is None else parts(operator, value) for value in both] for both in values]
        if (any(both[0] != both[1] for both, cut in zip(values, cuts) if None in cut) or any(
                sides[0]["payload"].get(field) != sides[1]["payload"].get(field) for field in ("x", "y") if field not in listed(rule["fields"]))):
            found.add(number)  # the events do not match, so nothing is learnt of them
            continue
        for cut in cuts:
            if None in cut:
                continue
            where = sides[0]["tid"] if scope == "thread" else None
            processes = [json.dumps(side["payload"].get(scope["field"])) if isinstance(scope, dict) else "" for side in sides]
            if len(cut[0][0]) != len(cut[1][0]) or cut[0][1] != cut[1][1]:
                found.add(number)
                pairs_of_names = list(zip(cut[0][0], cut[1][0]))
                rest = list(zip(cut[0][1], cut[1][1]))
                # Up to where the texts part, names are learnt.
                pairs_of_names = [pair for at, pair in enumerate(pairs_of_names) if all(a == b for a, b in rest[:at + 1])]
            else:
                pairs_of_names = list(zip(cut[0][0], cut[1][0]))
            for names in pairs_of_names:
                renaming = renamings.setdefault(where, Renaming())
                if not renaming.stand_for([(process, json.dumps(name)) for process, name in zip(processes, names)]):
                    found.add(number)
    return found


# ---- random rules and logs ----

def rule(draw):
    made = {"name": "r", "fields": draw.choice(["x", ["x", "y"]]), "as": draw.choice(["renamed", {"renamed_parts": "%d"}]), "why": "w"}
    scope = draw.choice([None, "thread", "log", {"field": "pid"}, {"field": "pid"}])
    return made if scope is None else made | {"scope": scope}


def logs(draw, made_for):
    threads = draw.sample(range(1, 9), 1 + draw.randrange(4))
    processes = {tid: draw.choice([10, 20]) for tid in threads}
    other_tids = dict(zip(threads, threads))
    other_processes = {10: draw.choice([10, 70]), 20: draw.choice([20, 80])}
    fresh = iter(draw.sample(range(100, 400), 200))
    stands_for = {}
    shared_by, odd = draw.choice(["thread", "process", "log"]), draw.choice([0, 0.02, 0.1])
    fields = listed(made_for["fields"]) if draw.random() < 0.8 else ("x", "y")

    def ours(tid, name, text):
        key = {"thread": tid, "process": processes[tid], "log": 0}[shared_by], name
        if key not in stands_for or draw.random() < odd:
            stands_for[key] = next(fresh)
        return f"job-{stands_for[key]}" if text else stands_for[key]
    canary, other = [], []
    for number in range(40):
        tid = draw.choice(threads)
        payload, made = {"n": number, "pid": processes[tid]}, {"n": number, "pid": other_processes[processes[tid]]}
        for field in fields:
            if draw.random() < 0.8:
                name, text = draw.randrange(4), made_for["as"] != "renamed" or draw.random() < 0.7
                payload[field] = f"job-{name}" if text else name
                made[field] = ours(tid, name, text)
        canary.append({"kind": "op", "tid": tid, "payload": payload})
        other.append({"kind": "op", "tid": other_tids[tid], "payload": made})
    return canary, other


def started(lines):
    """The lines, with one before each thread's first by which it is paired."""
    made, seen = [], set()
    for line in lines:
        if line["tid"] not in seen:
            seen.add(line["tid"])
            made.append({"kind": "start", "tid": line["tid"], "payload": {"id": line["tid"]}})
        made.append(line)
    return made


def check(evdiff, seed, folder, seen):
    draw = random.Random(seed)
    made = rule(draw)
    rules = {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"}, "compare": [made, {"name": "pid", "fields": "pid", "as": "nothing", "why": "w"}]}
    canary, ours = logs(draw, made)
    write_rules(folder, rules)
    write_lines(folder / "a.jsonl", started(canary))
    # Our threads run in another order: what counts is canary's.
    order = sorted(range(len(ours)), key=lambda at: (ours[at]["tid"], at)) if draw.random() < 0.5 else range(len(ours))
    write_lines(folder / "b.jsonl", started(ours[at] for at in order))
    found = broken(made, [(number, sides) for number, sides in enumerate(zip(canary, ours))])
    about = f"seed {seed}\n{json.dumps(made)}\n" + "\n".join(json.dumps(line) for side in (canary, ours) for line in side)
    for options in (["--index", "off"], ["--index", "save", "--threads", "1"], ["--index", "require"]):
        for pair in diff(evdiff, folder, *options)["pairs"]:
            tid = pair["tid"]["canary"]
            numbers = [number for number, line in enumerate(canary) if line["tid"] == tid]
            wanted = [index + 1 for index, number in enumerate(numbers) if number in found]
            first = pair["first_divergence"] and pair["first_divergence"]["events"]["canary"]["tid_event_idx"]
            assert pair["counts"]["canary"]["differing"] == len(wanted) and first == (wanted[0] if wanted else None), (
                f"thread {tid}, {options}: evdiff has {pair['counts']['canary']['differing']} differing events, the first {first}; "
                f"the twin {wanted}: {about}")
            seen["broken"] += len(wanted)
            seen["whole"] += not wanted
    seen[json.dumps(made.get("scope", "thread"))] = seen.get(json.dumps(made.get("scope", "thread")), 0) + len(found)


def main():
    seen = {"broken": 0, "whole": 0}
    seeds = try_seeds(__doc__, 100, seen, check)
    assert seeds is None or (seen["broken"] > 5 * seeds and seen["whole"] > seeds / 4 and len(seen) == 5), seen
    print(f"{seen['broken']} events break a renaming; {seen['whole']} pairs of threads do not")
    return 0


if __name__ == "__main__":
    sys.exit(main())
