#!/usr/bin/env python3
"""The slow twin of rules of threads: what docs/rules.md says of "threads", in Python.

Random logs of a few threads, in which threads start, are named and create others, are paired by random rules. evdiff must find
the pairs that the twin finds, leave the same threads alone, and count the same. A failure prints its seed: --seed runs
that one alone.
"""
import json
import random
import sys

from compare_rules import spelled
from conditions import deep, is_when, listed, number, split, values_at
from harness import diff, try_seeds, write_lines, write_rules

SIDES = ("canary", "ours")


# ---- the twin ----

class Thread:
    def __init__(self, tid):
        self.tid, self.events = tid, []  # the number of each line, and the event

    def start(self):
        return self.events[0][0]


def threads_of(log):
    found = {}
    for line, event in enumerate(log):
        found.setdefault(event["tid"], Thread(event["tid"])).events.append((line, event))
    return [found[tid] for tid in sorted(found)]


def is_about(rule, side, event):
    when = dict(rule.get("when", {}))
    return when.pop("side", side) == side and (not when or is_when(when, event))


def counts_as(value):
    """By the compare rule of these files: "worker" by number."""
    read = number(value, 10)
    return spelled(value if read is None else read)


def values(rule, event):
    return [[counts_as(value) for value in values_at(split(path), event["payload"], deep(split(path), {0}))]
            for path in listed(rule.get("fields", []))]


class Pairing:
    def __init__(self, rules, logs):
        self.rules = rules
        self.threads = [threads_of(log) for log in logs]
        self.pairs = {}  # canary's tid → ours
        self.settled = [set(), set()]
        self.missing, self.lost = [set(), set()], [set(), set()]
        self.uses = {}

    def pair(self, rule, canary, ours):
        self.pairs[canary] = ours
        self.settled[0].add(canary)
        self.settled[1].add(ours)
        self.uses["threads paired by " + rule["name"]][0] += 1
        self.uses["threads paired by " + rule["name"]][1] += 1

    def zip(self, rule, sides):
        """Pairs what has one value, in order; items are (value, order, tid or None). What is left: (side, tid, alone)."""
        left = []
        found = {spelled(item[0]) for side in sides for item in side}
        for value in found:
            lists = [sorted(item[1:] for item in side if spelled(item[0]) == value) for side in sides]
            for at in range(max(map(len, lists))):
                tids = [items[at][1] if at < len(items) else None for items in lists]
                if None not in tids:
                    self.pair(rule, *tids)
                elif tids[0] is not None:
                    left.append((0, tids[0], at >= len(lists[1])))
                elif tids[1] is not None:
                    left.append((1, tids[1], at >= len(lists[0])))
        return left

    def known_by(self, rule, side):
        """The threads that a rule is about and that are not settled: value, order, tid."""
        for thread in self.threads[side]:
            event = next(((line, event) for line, event in thread.events if is_about(rule, SIDES[side], event)), None)
            if event is None or thread.tid in self.settled[side] or rule.get("when", {}).get("side", SIDES[side]) != SIDES[side]:
                continue
            found = values(rule, event[1])
            if not found or any(found):
                yield found, event[0], thread.tid

    def creations(self, rule, side):
        """The creations in the order of the log: creator, value, line, the tid that is created or None."""
        made = []
        lines = sorted(((line, thread.tid, event) for thread in self.threads[side] for line, event in thread.events), key=lambda found: found[0])
        for line, tid, event in lines:
            if is_about(rule, SIDES[side], event):
                child = None
                if "child" in rule:
                    path = split(listed(rule["child"])[0])
                    at = list(values_at(path, event["payload"], deep(path, {0})))
                    child = number(at[0], 10) if at else None
                    child = child if child in [thread.tid for thread in self.threads[side]] else None
                made.append([tid, values(rule, event), line, child])
        if "child" not in rule:
            waiting = list(made)
            for thread in sorted(self.threads[side], key=Thread.start):
                if waiting and waiting[0][2] < thread.start():
                    waiting.pop(0)[3] = thread.tid
        seen = set()
        for creation in made:
            if creation[3] in seen:
                creation[3] = None
            seen.add(creation[3])
        return made

    def by_creation(self, rule):
        made = [self.creations(rule, side) for side in (0, 1)]
        created = [{creation[3] for creation in side} for side in made]
        free = lambda side: [thread for thread in self.threads[side] if thread.tid not in self.settled[side] | created[side]]
        first = lambda thread: next((event["payload"]["id"] for _, event in thread.events if event["kind"] == "first"), None)
        self.zip(rule, [[(first(thread), thread.start(), thread.tid) for thread in free(side) if first(thread) is not None] for side in (0, 1)])
        self.zip(rule, [[(0, thread.start(), thread.tid) for thread in free(side)] for side in (0, 1)])
        left = [set(), set()]
        todo = sorted(self.pairs)
        for canary in todo:
            sides = [[(creation[1], creation[2], creation[3]) for creation in made[side]
                      if creation[0] == tid and creation[3] not in self.settled[side]] for side, tid in enumerate((canary, self.pairs[canary]))]
            before = set(self.pairs)
            for side, tid, alone in self.zip(rule, sides):
                left[side].add(tid)
                self.settled[side].add(tid)
                if alone:
                    self.lost[side].add(tid)
            todo += sorted(set(self.pairs) - before)
        return left

    def run(self):
        for rule in self.rules["threads"]:
            self.uses["threads paired by " + rule["name"]] = [0, 0]
            if rule["pair"] == "creation":
                left = self.by_creation(rule)
            else:
                self.zip(rule, [list(self.known_by(rule, side)) for side in (0, 1)])
                left = [[tid for _, _, tid in self.known_by(rule, side)] for side in (0, 1)]
            if rule.get("may_be_missing"):
                uses = self.uses["threads that may be missing by " + rule["name"]] = [0, 0]
                for side in (0, 1):
                    for tid in sorted(left[side]):
                        if sum(uses) < rule.get("at_most", 10**9):
                            uses[side] += 1
                            self.missing[side].add(tid)
                            self.settled[side].add(tid)
                            self.lost[side].discard(tid)
        self.by_first_call()
        return self

    def by_first_call(self):
        found = [{}, {}]
        for side in (0, 1):
            for thread in self.threads[side]:
                value = next((event["payload"]["id"] for _, event in thread.events if event["kind"] == "first"), None)
                if value is not None and thread.tid not in self.settled[side]:
                    found[side].setdefault(value, []).append(thread.tid)
        for value, tids in found[0].items():
            for canary, ours in zip(tids, found[1].get(value, [])):
                self.pairs[canary] = ours
                self.settled[0].add(canary)
                self.settled[1].add(ours)


# ---- random rules and logs ----

def rule(draw, index):
    when = draw.choice([{"kind": "start"}, {"kind": "start", "fields": {"role": draw.choice(["io", "ui"])}}, {"kind": ["start", "op"]},
                        {"kind": "op", "call": draw.choice(["a", "b"])}, {"fields": {"worker": {"at_least": 1}}}])
    made = {"name": f"t{index}", "pair": draw.choice(["value", "order", "creation", "creation"]), "why": "w"}
    if made["pair"] == "creation":
        made["when"] = draw.choice([{"kind": "create"}, {"kind": "create", "fields": {"ok": True}}])
        if draw.random() < 0.6:
            made["child"] = "tid"
        if draw.random() < 0.5:
            made["fields"] = "entry"
    else:
        if draw.random() < 0.8:
            made["when"] = when
        if made["pair"] == "value":
            made["fields"] = draw.choice(["worker", ["worker", "role"], "name", "deep.*"])
    if draw.random() < 0.4:
        made["may_be_missing"] = True
        if draw.random() < 0.3:
            made["at_most"] = 1 + draw.randrange(2)
        if made["pair"] != "creation" and draw.random() < 0.3:
            made["when"] = made.get("when", {}) | {"side": draw.choice(SIDES)}
    return made


def log(draw, tids):
    """Threads that start, do something, and create others; lines of one thread among those of others."""
    tids = list(tids)
    draw.shuffle(tids)
    running, lines = [], []

    def begin(tid):
        running.append(tid)
        if draw.random() < 0.7:
            lines.append({"kind": "first", "tid": tid, "payload": {"id": draw.choice(["x", "y"])}})
        if draw.random() < 0.8:
            worker = draw.choice([1, 2, 3])
            payload = {"worker": draw.choice([worker, hex(worker), str(worker)]), "role": draw.choice(["io", "ui"])}
            if draw.random() < 0.3:
                payload["deep"] = {"worker": worker}
            lines.append({"kind": "start", "tid": tid, "payload": payload})
        else:
            lines.append({"kind": "op", "tid": tid, "payload": {"name": draw.choice("abc")}})
    begin(tids.pop())
    waiting = []
    while tids or waiting:
        form = draw.randrange(4)
        if form == 0 and tids:
            child = tids.pop()
            payload = {"tid": draw.choice([child, child, hex(child), 999]), "entry": draw.choice([1, 2]), "ok": draw.random() < 0.8}
            lines.append({"kind": "create", "tid": draw.choice(running), "payload": payload})
            waiting.append(child)
        elif form == 1 and waiting:
            begin(waiting.pop(draw.randrange(len(waiting))))
        elif form == 2 and tids and draw.random() < 0.2:
            begin(tids.pop())
        else:
            lines.append({"kind": "op", "tid": draw.choice(running), "payload": {"name": draw.choice("abc"), "worker": draw.randrange(3)}})
    return lines


def check(evdiff, seed, folder, seen):
    draw = random.Random(seed)
    rules = {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "first", "field": "id", "why": "w"},
             "compare": [{"name": "spelling", "fields": ["**.worker"], "as": "number", "why": "w"}],
             "summaries": [{"kinds": ["op"], "form": "first_of", "fields": ["name"], "why": "w"}],
             "threads": [rule(draw, index) for index in range(1 + draw.randrange(3))]}
    logs = [log(draw, draw.sample(range(1, 30), 1 + draw.randrange(8))) for _ in SIDES]
    if draw.random() < 0.3:
        logs[1] = list(logs[0])
    write_rules(folder, rules)
    for name, lines in zip(("a.jsonl", "b.jsonl"), logs):
        write_lines(folder / name, lines)
    wanted = Pairing(rules, logs).run()
    about = f"seed {seed}\n{json.dumps(rules)}\n" + "\n".join(json.dumps(line) for side in logs for line in side)
    if not wanted.pairs:
        seen["none"] += 1
        return
    outcomes = []
    for options in (["--index", "off"], ["--index", "save", "--threads", "1"], ["--index", "require"]):
        outcome = diff(evdiff, folder, *options)
        found = {pair["tid"]["canary"]: pair["tid"]["ours"] for pair in outcome["pairs"]}
        assert found == wanted.pairs, f"{options}: evdiff pairs {found}, the twin {wanted.pairs}: {about}"
        for side, name in enumerate(SIDES):
            alone = {thread.tid for thread in wanted.threads[side]} - wanted.missing[side] - set((wanted.pairs.values() if side else wanted.pairs))
            assert {thread["tid"] for thread in outcome["unpaired"][name]} == alone, about
            never = {thread["tid"] for thread in outcome["unpaired"][name] if thread.get("never_created")}
            assert never == wanted.lost[side], (never, wanted.lost[side], about)
        uses = {use["rule"]: [use["canary"], use["ours"]] for use in outcome["rule_uses"] if use["rule"].startswith("threads")}
        assert uses == wanted.uses, (uses, wanted.uses, about)
        outcomes.append({key: outcome[key] for key in ("pairs", "rule_uses", "families", "unpaired", "verdict")})
    assert outcomes[0] == outcomes[1] == outcomes[2], f"another outcome with a saved index: {about}"
    seen["pairs"] += len(wanted.pairs)
    seen["missing"] += sum(map(len, wanted.missing))
    seen["lost"] += sum(map(len, wanted.lost))
    seen["created"] += sum(uses[0] for rule in rules["threads"] if rule["pair"] == "creation"
                           for name, uses in wanted.uses.items() if name == "threads paired by " + rule["name"])


def main():
    seen = {"pairs": 0, "missing": 0, "lost": 0, "created": 0, "none": 0}
    seeds = try_seeds(__doc__, 200, seen, check)
    assert seeds is None or (seen["pairs"] > seeds and seen["missing"] > seeds / 4 and
                             seen["lost"] > seeds / 10 and seen["created"] > seeds / 2), seen
    print(f"{seen['pairs']} pairs, {seen['created']} of them by rules about creations; {seen['missing']} threads may be missing, "
          f"{seen['lost']} were never created")
    return 0


if __name__ == "__main__":
    sys.exit(main())
