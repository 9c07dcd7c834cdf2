#!/usr/bin/env python3
"""What evdiff learn finds in random runs, against a slow twin that recounts it from docs/learning.md.

    learn_twin.py --evdiff COMMAND [--seed N] [--rounds N]

Every event stands between some that are unique and the same in all runs, so which events are counterparts is known here without
aligning anything. Seeds are printed.
"""
import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from itertools import combinations
from pathlib import Path

FAILING = range(0xC0000000, 0xD0000000)
# With every other seed there is a second rule about failures; then one condition must hold both.
ALSO_FAILING = range(0x100, 0x110)
ALSO = {"kind": "op", "fields": ["ret"], "at_least": "0x100", "at_most": "0x10f", "why": "w"}
BETWEEN = range(ALSO_FAILING.start, FAILING.stop)
RULES = {
    "rules": "evdiff.rules/2", "name": "twin",
    "pairing": {"kind": "op", "field": "name", "why": "w"},
    "failures": [{"kind": "op", "fields": ["ret"], "at_least": "0xc0000000", "at_most": "0xcfffffff", "why": "w"}],
    "priority_fields": [{"kind": "op", "form": "value", "fields": ["ret"], "name_field": "name", "why": "w"}],
}
PARTS = [(r"[0-9a-fA-F]{1,64}(?:-[0-9a-fA-F]{1,64}){4}", "a text in which an id varies"),
         (r"0x[0-9a-fA-F]{1,64}", "a text in which hexadecimal numbers vary"),
         (r"[0-9]{1,64}", "a text in which numbers vary"),
         (r"[0-9a-fA-F]{1,64}", "a text in which hexadecimal digits vary")]
BLUNT = {PARTS[2][1], PARTS[3][1]}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--evdiff", required=True)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    p.add_argument("--rounds", type=int, default=6)
    options = p.parse_args()
    told = defaultdict(int)
    for seed in range(options.seed, options.seed + options.rounds):
        print(f"seed {seed}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            try_one(options.evdiff, seed, folder, told)
    print(dict(told))
    # What the random runs never come to is not tested.
    for outcome in ("a clock", "another value each time", "a few values", "a name: a handle", PARTS[0][1],
                    "it tells whether the call failed, and no rule would keep that apart",
                    "one run alone explains it", "a range that holds two", "a value says that the call failed", "mostly it is the same",
                    "events that may be missing", "most of these events are in every run"):
        if options.rounds >= 25 and told[outcome] == 0:
            sys.exit(f"no round comes to: {outcome}")


# ---- random runs ----

def make_field(rng, form, state, run, thread, at):
    """A value of a field, which says by its form how it varies."""
    if form == "constant":
        return at % 3
    if form == "clock":
        state[run, thread, form] = state.get((run, thread, form), rng.randrange(1000)) + rng.randrange(1, 90)
        return state[run, thread, form]
    if form == "random":
        return rng.randrange(1, 1 << 40)
    if form == "flip":
        return rng.choice([7, 8])
    if form == "rare":
        return rng.randrange(1 << 30) if rng.random() < 0.1 else 5
    if form == "status":
        return rng.choice([0, 1, 0xC0000034]) if rng.random() < 0.3 else 0
    if form == "odd run":
        return 9 if run == 1 else 4
    if form == "guid":
        return "k\\{%08x-%04x-4000-8000-%012x}" % (rng.randrange(1 << 32), rng.randrange(1 << 16), rng.randrange(1 << 48))
    if form == "spelling":
        return rng.choice([0x1F, "31", "0x1f"])
    if form == "handle":
        return 100 + 4 * (at % 4) + 1000 * run
    if form == "slash":
        return rng.choice(["a\\b", "a/b"])
    assert form == "absent"
    return rng.choice([None, 3]) if rng.random() < 0.5 else None


MARKS = 4  # unique events in a row between others: enough to meet at
FORMS = ["constant", "clock", "random", "flip", "rare", "status", "odd run", "guid", "spelling", "handle", "slash", "absent"]


def has_two(seed):
    return seed % 2 == 1


def rules_of(seed):
    return {**RULES, "failures": RULES["failures"] + [ALSO]} if has_two(seed) else RULES


def make_runs(rng):
    """Runs as {thread: [(position, kind, payload)]}; equal positions are counterparts."""
    count, threads = rng.choice([2, 3, 3, 4]), rng.randrange(1, 3)
    calls = [f"c{i}" for i in range(rng.randrange(2, 5))]
    fields = {call: {rng.choice(["ret", "a", "b.c", "x.y"]): rng.choice(FORMS) for _ in range(rng.randrange(1, 4))}
              for call in calls}
    missing = {call: rng.choice([0, 0, 0, 0.05, 0.9]) for call in calls}
    runs = [defaultdict(list) for _ in range(count)]
    state = {}
    for thread in range(1, threads + 1):
        for at in range(rng.randrange(20, 60)):
            call = rng.choice(calls)
            for run in range(count):
                for n in range(MARKS):
                    runs[run][thread].append((("mark", at, n), "mark", {"n": f"{thread}-{at}-{n}"}))
                if rng.random() < missing[call]:
                    continue
                # What tells an event from all others keeps one that is missing from being one that has moved.
                payload = {"name": call, "u": f"{thread}-{at}"}
                for path, form in fields[call].items():
                    value = make_field(rng, form, state, run, thread, at)
                    if value is None:
                        continue
                    first, _, second = path.partition(".")
                    if second:
                        payload.setdefault(first, {})[second] = value
                    else:
                        payload[first] = value
                runs[run][thread].append((("op", at), "op", payload))
        for run in range(count):
            runs[run][thread].append((("mark", -1), "mark", {"n": f"{thread} end"}))
            runs[run][thread].insert(0, (("first", 0), "op", {"name": f"thread {thread}"}))
    return runs


def write(path, run):
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"kind":"schema_version","schema_version":1}\n')
        for thread, events in run.items():
            for idx, (_, kind, payload) in enumerate(events):
                file.write(json.dumps({"kind": kind, "tid": thread, "tid_event_idx": idx, "payload": payload}) + "\n")


# ---- the twin ----

def leaves(payload, prefix=""):
    for key, value in payload.items():
        if isinstance(value, dict):
            yield prefix + key, value
            yield from leaves(value, prefix + key + ".")
        else:
            yield prefix + key, value


def number(value, bare_is_hex=False):
    if isinstance(value, int):
        return value
    if re.fullmatch(r"-?0x[0-9a-fA-F]+", value):
        return int(value.replace("0x", ""), 16)
    if re.fullmatch(r"-?[0-9]+", value) and not bare_is_hex:
        return int(value)
    return int(value, 16) if bare_is_hex and re.fullmatch(r"-?[0-9a-fA-F]+", value) else None


def name_of(value):
    """The number of a value that may be a name: an integer, or a text of 0x and digits."""
    if isinstance(value, int):
        return value if value >= 0 else None
    return int(value, 16) if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,16}", value) else None


def explanations(a, b):
    """What makes two values equal, the sharpest first."""
    if a is None or b is None or isinstance(a, dict) or isinstance(b, dict):
        return
    for words, is_hex in (("the same number, spelled otherwise", False),
                          ("the same hexadecimal number, spelled otherwise", True)):
        if number(a, is_hex) is not None and number(a, is_hex) == number(b, is_hex):
            yield words
    if isinstance(a, str) and isinstance(b, str):
        if a.lower() == b.lower():
            yield "the same letters, large or small"
        if a.replace("\\", "/") == b.replace("\\", "/"):
            yield "the same text, with slashes of either sort"
        if number(a) is None and number(b) is None:
            for pattern, words in PARTS:
                if re.sub(pattern, "", a) == re.sub(pattern, "", b):
                    yield words


ORDER = ["the same number, spelled otherwise", "the same hexadecimal number, spelled otherwise",
         "the same letters, large or small", "the same text, with slashes of either sort"] + [words for _, words in PARTS]


def differences(a, b, prefix=""):
    """Paths at which two payloads differ, with both values; null is absent."""
    for key in [*a, *(key for key in b if key not in a)]:
        left, right = a.get(key), b.get(key)
        if left == right:
            continue
        if isinstance(left, dict) and isinstance(right, dict):
            yield from differences(left, right, prefix + key + ".")
        else:
            yield prefix + key, left, right


def recount(runs, two):
    """{(kind, call, path): (varied, seen, pairs, verdict)}"""
    pairs = list(combinations(range(len(runs)), 2))
    seen, present = defaultdict(lambda: [0] * len(runs)), defaultdict(lambda: defaultdict(set))
    events, missing = defaultdict(lambda: [0] * len(runs)), defaultdict(lambda: [0] * len(pairs))
    varied = defaultdict(lambda: [[] for _ in pairs])
    for run, threads in enumerate(runs):
        for stream in threads.values():
            for _, kind, payload in stream:
                events[kind, payload.get("name", "")][run] += 1
                for path, value in leaves(payload):
                    key = kind, payload.get("name", ""), path
                    seen[key][run] += 1
                    if not isinstance(value, dict):
                        present[key][value].add(run)
    for index, (i, j) in enumerate(pairs):
        for thread in runs[i]:
            left = {place: (kind, payload) for place, kind, payload in runs[i][thread]}
            right = {place: (kind, payload) for place, kind, payload in runs[j][thread]}
            for place in left:
                if place in right:
                    kind, a = left[place]
                    for path, one, other in differences(a, right[place][1]):
                        varied[kind, a.get("name", ""), path][index].append((thread, one, other))
            for place in set(left) ^ set(right):
                kind, payload = (left.get(place) or right.get(place))
                missing[kind, payload["name"]][index] += 1
    result = {}
    for key, found in varied.items():
        result[key] = judge_field(key, found, seen[key], present[key], pairs, len(runs), two)
    for (kind, call), found in missing.items():
        total, most = sum(found), sum(events[kind, call][i] + events[kind, call][j] for i, j in pairs)
        verdict = ("one run alone explains it" if one_run(found, pairs, len(runs)) else
                   "two runs differ in it once only" if total < 2 else
                   "most of these events are in every run" if 2 * total < most else "events that may be missing")
        result[kind, call, ""] = (total, most, sum(count > 0 for count in found), verdict)
    return result


def one_run(counts, pairs, runs):
    return runs > 2 and any(not any(count for count, pair in zip(counts, pairs) if run not in pair) for run in range(runs))


def judge_field(key, found, seen, present, pairs, runs, two):
    counts = [len(values) for values in found]
    total, most = sum(counts), sum(min(seen[i], seen[j]) for i, j in pairs)
    result = (total, most, sum(count > 0 for count in counts))
    all_pairs = [(a, b) for values in found for _, a, b in values]
    may_fail = key[2] == "ret"
    if may_fail and any(number(v) is not None and (number(v) in FAILING or two and number(v) in ALSO_FAILING)
                        for pair in all_pairs for v in pair if v is not None and not isinstance(v, dict)):
        return (*result, "a value says that the call failed")
    if one_run(counts, pairs, runs):
        return (*result, "one run alone explains it")
    if total < 2 and total < most:
        return (*result, "two runs differ in it once only")
    values = {v for pair in all_pairs for v in pair if not isinstance(v, dict)}
    is_scalar = None not in values and not any(isinstance(v, dict) for pair in all_pairs for v in pair)
    if is_scalar and 2 <= len(values) <= 4 and all(len(present[v]) > 1 for v in values) and 16 * total >= most:
        return (*result, "a few values")
    fitting = set(ORDER)
    for a, b in all_pairs:
        fitting &= set(explanations(a, b))
    sharpest = next((words for words in ORDER if words in fitting), None)
    if (sharpest is None or sharpest in BLUNT) and 4 * total < most:
        return (*result, "mostly it is the same")
    if may_fail and two and not are_clear(all_pairs):
        return (*result, "it tells whether the call failed, and no rule would keep that apart")
    if sharpest is not None:
        return (*result, sharpest)
    if not may_fail and are_names(found):
        least = min(name_of(v) for pair in all_pairs for v in pair)
        return (*result, "a name: a handle" if least < 0x10000 else "a name: an address")
    return (*result, "a clock" if is_clock(found) else "another value each time")


def are_clear(all_pairs):
    """Whether one range holds all failures and none of the values that differ, which all are numbers."""
    names = [None if isinstance(v, dict) else name_of(v) for pair in all_pairs for v in pair]
    return None not in names and (max(names) < BETWEEN.start or min(names) >= BETWEEN.stop)


def are_names(found):
    known, again, broken, total = {}, 0, 0, 0
    for index, values in enumerate(found):
        for thread, a, b in values:
            a, b = name_of(a), name_of(b)
            if a is None or b is None or min(a, b) < 4:
                return False
            total += 1
            before = [known.get((index, thread, 0, a)), known.get((index, thread, 1, b))]
            again += before[0] == b or before[1] == a
            broken += before[0] not in (None, b) or before[1] not in (None, a)
            known[index, thread, 0, a], known[index, thread, 1, b] = b, a
    return again >= 2 and 8 * broken <= total


def is_clock(found):
    """Both sides only grow, in each thread, three times at least; not if always as far apart."""
    rows = [(index, thread, number(a) if isinstance(a, (int, str)) else None, number(b) if isinstance(b, (int, str)) else None)
            for index, values in enumerate(found) for thread, a, b in values]
    if any(a is None or b is None for _, _, a, b in rows) or len({b - a for _, _, a, b in rows}) == 1:
        return False
    grown = [0, 0]
    for (i, t, *before), (j, u, *after) in zip(rows, rows[1:]):
        for side in range(2):
            if (i, t) == (j, u):
                if after[side] < before[side]:
                    return False
                grown[side] += after[side] > before[side]
    return min(grown) >= 3


# ---- one round ----

LINE = re.compile(r"  (\S+) (\S+|thread \d+)(?: (\S+))?: (\d+) of (\d+), in (\d+) of \d+ pairs of runs; (.*)")


def try_one(evdiff, seed, folder, told):
    rng = random.Random(seed)
    runs = make_runs(rng)
    paths = [f"{folder}/run{i}.jsonl" for i in range(len(runs))]
    for path, run in zip(paths, runs):
        write(path, run)
    Path(f"{folder}/base.json").write_text(json.dumps(rules_of(seed)), encoding="utf-8")
    outputs = []
    for threads in ("1", "2") if seed % 4 == 0 else ("2",):
        done = subprocess.run([evdiff, "learn", "-q", "-j", threads, "--rules", f"{folder}/base.json", "-o", f"{folder}/learnt.json", *paths],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"seed {seed}: {done.stderr}")
        outputs.append((done.stdout, Path(f"{folder}/learnt.json").read_text(encoding="utf-8")))
    if outputs[0] != outputs[-1]:
        sys.exit(f"seed {seed}: another output with another number of threads")
    found = {}
    # A line that is longer than a screen goes on in the next one, further in.
    for line in re.sub(r"\n {6}", " ", outputs[0][0]).splitlines():
        match = LINE.fullmatch(line)
        if match:
            kind, call, path, varied, seen, pairs, verdict = match.groups()
            found[kind, call, path or ""] = (int(varied), int(seen), int(pairs), verdict)
    expected = recount(runs, has_two(seed))
    if found != expected:
        for key in sorted(set(found) | set(expected)):
            if found.get(key) != expected.get(key):
                print(f"{key}\n  evdiff: {found.get(key)}\n  twin:   {expected.get(key)}")
        sys.exit(f"seed {seed}: evdiff learn and its twin differ")
    for *_, verdict in expected.values():
        told[verdict] += 1
    check_rules(evdiff, seed, folder, paths, outputs[0][1], told)


def check_rules(evdiff, seed, folder, paths, text, told):
    """The file is one that evdiff takes, the base is in it, and failures still count."""
    rules = json.loads(text)
    for key in ("pairing", "failures", "priority_fields"):
        if rules[key] != rules_of(seed)[key]:
            sys.exit(f"seed {seed}: {key} is not what it was")
    for rule in rules.get("compare", []):
        if rule["fields"] == "ret" and "alike" not in rule["as"] and "ret" not in rule["when"].get("fields", {}):
            sys.exit(f"seed {seed}: {rule['name']} hides failures")
        if rule["fields"] == "ret" and has_two(seed) and "alike" not in rule["as"]:
            told["a range that holds two"] += 1
            if rule["when"]["fields"]["ret"] != {"not": {"at_least": "0x100", "at_most": "0xcfffffff"}}:
                sys.exit(f"seed {seed}: {rule['name']} has another condition")
    done = subprocess.run([evdiff, "diff", "-q", "--rules", f"{folder}/learnt.json", *paths[:2]], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"seed {seed}: {done.stderr}")


if __name__ == "__main__":
    main()
