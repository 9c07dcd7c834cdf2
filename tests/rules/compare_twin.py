#!/usr/bin/env python3
"""Compare rules against their slow twin.

Random rule sets are held against random logs of many threads. In each thread the twin says whether the events compare
equal; evdiff must say the same, by keys and by saved indexes. A failure prints its seed: --seed runs that one alone.
"""
import json
import random
import sys

from compare_rules import is_diverged
from harness import diff, try_seeds, write_rules, write_threads
from random_rules import event, has_names_without_order, respelled, rule_set, without_truth

THREADS = 150


def check(evdiff, seed, folder, seen):
    draw = random.Random(seed)
    rules = rule_set(draw)
    threads = [[[event(draw) for _ in range(1 + draw.randrange(3))]] for _ in range(THREADS)]
    for sides in threads:
        sides.append([respelled(draw, made) for made in sides[0]])
    if has_names_without_order(rules):
        threads = [[[made | {"payload": without_truth(made["payload"])} for made in events] for events in sides] for sides in threads]
    write_rules(folder, rules)
    write_threads(folder, threads)
    for options in [["--index", "off"], ["--index", "save"], ["--index", "require"]]:
        outcome = diff(evdiff, folder, *options)
        for pair in outcome["pairs"]:
            canary, ours = threads[pair["tid"]["canary"]]
            wanted = is_diverged(rules, canary, ours)
            found = pair["first_divergence"] is not None
            assert wanted == found, (f"seed {seed}, thread {pair['tid']['canary']}, {options}: evdiff says "
                                     f"{'diverged' if found else 'equal'}\n{json.dumps(rules)}\n{json.dumps(canary)}\n{json.dumps(ours)}")
            seen[found] += 1
        if options[1] == "off":
            uses = outcome["rule_uses"]
        assert uses == outcome["rule_uses"], f"seed {seed}: other counts with a saved index"
    for use in uses:
        if use["rule"].startswith("values compared by"):
            seen["used"] += use["canary"] > 0


def check_depth(evdiff, folder):
    """A path leads at most 64 members and items deep: at thread n the number is n deep, spelled in two ways."""
    threads = []
    for depth in range(60, 70):
        sides = []
        for made in (31, "0x1f"):
            for _ in range(depth - 1):
                made = [made]
            sides.append([{"kind": "op", "payload": {"a": made}}])
        threads.append(sides)
    for rule, name in [({"fields": "**", "as": "number"}, "compare"), ({"when": {"fields": {"**": 31}}}, "passed_over")]:
        rules = {"rules": "evdiff.rules/2", "name": "deep", "pairing": {"kind": "start", "field": "id", "why": "w"},
                 name: [{"name": "x", "why": "w"} | rule]}
        write_rules(folder, rules)
        write_threads(folder, threads)
        found = [pair["first_divergence"] is not None for pair in diff(evdiff, folder)["pairs"]]
        assert found == [depth > 64 for depth in range(60, 70)], (name, found)


def main():
    seen = {True: 0, False: 0, "used": 0}
    seeds = try_seeds(__doc__, 30, seen, check, first=check_depth)
    assert seeds is None or (seen[True] > 1000 and seen[False] > 1000 and seen["used"] > seeds / 2), seen
    print(f"{seen[True]} threads diverged, {seen[False]} are equal; {seen['used']} rules were used")
    return 0


if __name__ == "__main__":
    sys.exit(main())
