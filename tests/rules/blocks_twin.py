#!/usr/bin/env python3
"""Rules about events and blocks against their slow twin (block_rules.py).

In each thread of random logs the twin looks for any way to leave out blocks after which both sides are equal. Where evdiff
finds the threads equal there must be one; where blocks are single events, evdiff must find it, and the twin walks as the page
says and must come to the same place by the same rules. What is counted must add up. A failure prints its seed: --seed runs that one alone.
"""
import json
import random
import sys

from block_rules import EVENTS_AHEAD, PLACES_AHEAD, arranged, is_equal, is_equal_but_for_moves, walked
from harness import diff, try_seeds, write_rules, write_threads
from random_blocks import block_rule, disordered, move_rule, moved, noise, order_rule, plain_event, thread

THREADS = 60


def is_taken_for_equal(pair):
    return pair["first_divergence"] is None and all(side["left_over"] == 0 for side in pair["counts"].values())


def told(outcome, seed, rules, threads, *options):
    """Each pair of an outcome with its two sides, and what a failure is to print."""
    for pair in outcome["pairs"]:
        canary, ours = threads[pair["tid"]["canary"]]
        yield pair, canary, ours, (f"seed {seed}, thread {pair['tid']['canary']}, {options}\n"
                                   f"{json.dumps(rules)}\n{json.dumps(canary)}\n{json.dumps(ours)}")


def hold_counts(pair, sides, about):
    """Each event came out in one way; the one by which a thread is paired is an event too."""
    for side, events in zip(("canary", "ours"), sides):
        assert pair["total"][side] == len(events) + 1 == sum(
            pair["counts"][side][part] for part in ("matched", "differing", "absorbed", "engine_local", "left_over")), about


def hold_walk(rules, pair, canary, ours, about):
    """evdiff goes the way that is told, up to the first divergence."""
    matched, is_diverged, taken = walked(rules, canary, ours)
    found = pair["to_first_divergence"]
    absorbed = {one["absorber"]: [one["canary"], one["ours"]] for one in found["absorbed"]}
    assert (found["matched"] - 1, not is_taken_for_equal(pair), absorbed) == (matched, is_diverged, taken), f"{matched}, {taken}: {about}"


def check(evdiff, seed, folder, seen):
    draw = random.Random(seed)
    made = [block_rule(draw, index) for index in range(1 + draw.randrange(3))]
    rules = {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"},
             "optional": [rule for rule, _ in made]}
    makers = [maker for _, maker in made if maker is not None]
    # Blocks that others may stand in, or that hold events which stand elsewhere, can be left out in several ways.
    is_plain = all("when" in rule for rule in rules["optional"])
    threads = [thread(draw, makers) for _ in range(THREADS)]
    write_rules(folder, rules)
    write_threads(folder, threads)
    first = None
    for options in [["--index", "off"], ["--index", "save"], ["--index", "require"]]:
        outcome = diff(evdiff, folder, *options)
        for pair, canary, ours, about in told(outcome, seed, rules, threads, *options):
            wanted = is_equal(rules, canary, ours)
            found = is_taken_for_equal(pair)
            assert wanted or not found, f"evdiff takes for equal what no blocks explain: {about}"
            assert found or not wanted or not is_plain, f"evdiff misses that blocks explain it: {about}"
            hold_walk(rules, pair, canary, ours, about) if is_plain else None
            seen["missed"] += wanted and not found
            seen[found] += 1
            hold_counts(pair, (canary, ours), about)
            assert not found or all(counts["differing"] == 0 for counts in pair["counts"].values()), about
            seen["absorbed"] += sum(side["absorbed"] > 0 for side in pair["counts"].values())
        outcome = {key: outcome[key] for key in ("pairs", "rule_uses", "families")}
        assert first in (None, outcome), f"seed {seed}: another outcome with a saved index"
        first = outcome


def check_ways(evdiff, seed, folder, seen):
    """Much that may go on either side, so that there are many ways; the twin goes the same one, also where none is good."""
    draw = random.Random(seed)
    rules = {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"}, "optional": []}
    for index in range(1 + draw.randrange(5)):
        when = draw.choice([{}, {"side": "canary"}, {"side": "ours"}]) | {"kind": draw.choice(["k0", "k1", "k2"])}
        made = {"name": f"o{index}", "when": when | draw.choice([{}, {}, {"fields": {"x": draw.randrange(3)}}]), "why": "w"}
        rules["optional"].append(made | draw.choice([{}, {}, {"at_most": 1 + draw.randrange(6)}]))
    threads = []
    for _ in range(THREADS // 3):
        sides, values = [[], []], draw.choice([1, 2, 4, 1000000])
        for _ in range(draw.randrange(9)):
            both = [plain_event(draw)] if draw.random() < 0.6 else noise(draw, draw.randrange(5), values)
            for side in sides:
                side += noise(draw, draw.choice([0, 0, 1, 2, 4, 9]), values) + both
        for side in sides if draw.random() < 0.2 else []:
            side[0:0] = noise(draw, 20 + draw.randrange(60), 1000000)
        threads.append(sides)
    write_rules(folder, rules)
    write_threads(folder, threads)
    for pair, canary, ours, about in told(diff(evdiff, folder), seed, rules, threads):
        hold_walk(rules, pair, canary, ours, about)
        seen["ways"] += any(side["absorbed"] > 0 for side in pair["counts"].values())


def check_instead(evdiff, seed, folder, seen):
    """Blocks that stand for others: each of one side is where the other has its own, but for some."""
    draw = random.Random(seed)
    count = [1 + draw.randrange(3), 1 + draw.randrange(3)]
    each = [[{"kind": f"{side}{at}"} for at in range(count[number])] for number, side in enumerate(["c", "o"])]
    rule = {"name": "i", "canary": {"each": each[0]}, "ours": {"each": each[1]}, "why": "w"} | draw.choice([{}, {"equal": "x"}])
    rules = {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"}, "optional": [], "instead": [rule]}
    threads = []
    for _ in range(THREADS):
        sides = [[], []]
        for _ in range(1 + draw.randrange(5)):
            made, value, is_whole = plain_event(draw), draw.randrange(2), draw.random() < 0.9
            for number, side in enumerate(sides):
                block = [{"kind": one["kind"], "payload": {"x": value if draw.random() < 0.95 else 7}} for one in each[number]]
                side += [made] + (block if is_whole or draw.random() < 0.5 else block[:-1])
        threads.append(sides)
    write_rules(folder, rules)
    write_threads(folder, threads)
    for pair, canary, ours, about in told(diff(evdiff, folder), seed, rules, threads):
        found = is_taken_for_equal(pair)
        assert found == is_equal(rules, canary, ours), about
        hold_counts(pair, (canary, ours), about)
        seen[found] += 1


def check_order(evdiff, seed, folder, seen):
    """Rules about order alone: equal is what is left of both sides, exactly."""
    draw = random.Random(seed)
    order = [order_rule(draw, index) for index in range(1 + draw.randrange(3))]
    # The rules of a section stand together in the file.
    first = order[0][0]
    order.sort(key=lambda rule: rule[0] != first)
    rules = {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"},
             "summaries": [{"kinds": ["op", "api.call"], "form": "first_of", "fields": ["name"], "why": "w"}]}
    for section, rule in order:
        rules.setdefault(section, []).append(rule)
    threads = []
    for _ in range(THREADS):
        canary = [plain_event(draw) for _ in range(1 + draw.randrange(9))]
        threads.append([canary, disordered(draw, canary)])
    write_rules(folder, rules)
    write_threads(folder, threads)
    for options in [["--index", "off"], ["--index", "save"], ["--index", "require"]]:
        for pair, canary, ours, about in told(diff(evdiff, folder, *options), seed, rules, threads, *options):
            wanted = arranged({"order": order}, "canary", canary) == arranged({"order": order}, "ours", ours)
            found = is_taken_for_equal(pair)
            assert wanted == found, f"evdiff says {'equal' if found else 'diverged'}: {about}"
            seen["ordered" if found and canary != ours else "disordered"] += 1
            hold_counts(pair, (canary, ours), about)
            assert all(counts["engine_local"] == 0 for counts in pair["counts"].values()), about


def check_moves(evdiff, seed, folder, seen):
    """Equal is what has the same other events, and each block near enough, exactly; with a rule that is switched off, nothing moves."""
    draw = random.Random(seed)
    rule = move_rule(draw, 0)
    rules = {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"}, "may_move": [rule]}
    threads = []
    for _ in range(THREADS):
        canary = [plain_event(draw) for _ in range(1 + draw.randrange(14))]
        threads.append([canary, moved(draw, rule, canary)])
    write_rules(folder, rules)
    write_threads(folder, threads)
    for options in [["--index", "off"], ["--index", "save"], ["--index", "require"], ["--disable-absorber", "m0"]]:
        for pair, canary, ours, about in told(diff(evdiff, folder, *options), seed, rules, threads, *options):
            wanted = is_equal_but_for_moves(rule, canary, ours) if options[0] == "--index" else canary == ours
            found = is_taken_for_equal(pair)
            assert wanted == found, f"evdiff says {'equal' if found else 'diverged'}: {about}"
            seen["moved" if found and canary != ours else "not moved"] += 1
            hold_counts(pair, (canary, ours), about)


def check_limits(evdiff, folder):
    check_reach(evdiff, folder)
    check_ahead(evdiff, folder)


def check_reach(evdiff, folder):
    """A block reaches over 65,536 events; what opens one may stand 16 events before the place where two sides part."""
    rules = {"rules": "evdiff.rules/2", "name": "limits", "pairing": {"kind": "start", "field": "id", "why": "w"},
             "optional": [{"name": "x", "from": {"kind": "in"}, "to": {"kind": "out"}, "why": "w"}]}
    write_rules(folder, rules)
    threads = []
    for inside in (65534, 65535):
        block = [{"kind": "in", "payload": {}}] + [{"kind": "op", "payload": {}}] * inside + [{"kind": "out", "payload": {}}]
        threads.append([block + [{"kind": "end", "payload": {}}], [{"kind": "end", "payload": {}}]])
    for before in (16, 17):
        opened = [{"kind": "in", "payload": {}}] + [{"kind": "op", "payload": {"at": at}} for at in range(before - 1)]
        ours = opened + [{"kind": "last", "payload": {}}]
        threads.append([opened + [{"kind": "out", "payload": {}}] + ours, ours])
    write_threads(folder, threads)
    found = [pair["first_divergence"] is None for pair in diff(evdiff, folder)["pairs"]]
    assert found == [True, False, True, False], found


def check_ahead(evdiff, folder):
    """What lies ahead is looked at over 64 events that match and over 1,024 places."""
    def event(kind, at=0):
        return {"kind": kind, "payload": {"at": at}}
    rules = {"rules": "evdiff.rules/2", "name": "ahead", "pairing": {"kind": "start", "field": "id", "why": "w"},
             "optional": [{"name": "b", "when": {"side": "canary", "kind": "b"}, "why": "w"},
                          {"name": "c", "when": {"side": "canary", "kind": "c"}, "why": "w"},
                          {"name": "cd", "each": [{"side": "canary", "kind": "c"}, {"kind": "d"}], "why": "w"},
                          {"name": "k", "when": {"side": "ours", "kind": "k"}, "why": "w"}]}
    threads = []
    for matching in (EVENTS_AHEAD - 1, EVENTS_AHEAD):  # without b so many match, and then the sides part for good
        ours = [event("k", at) for at in range(matching)]
        threads.append([[event("b")] + ours + [event("end")], ours + [event("b")] + ours + [event("end")]])
    for before, count in (("b", 511), ("b", 512), ("cd", 341), ("cd", 342)):  # 1 + 2 places a k, or 3
        canary = [event(kind) for kind in before] + [event("end")]
        threads.append([canary, [event("k", at) for at in range(count)] + canary])
    write_rules(folder, rules)
    write_threads(folder, threads)
    pairs = diff(evdiff, folder)["pairs"]
    found = [is_taken_for_equal(pair) for pair in pairs]
    assert found == [True, False, True, False, True, False], found
    for pair, (canary, ours) in zip(pairs, threads):
        hold_walk(rules, pair, canary, ours, f"thread {pair['tid']['canary']}")


def main():
    seen = {True: 0, False: 0, "absorbed": 0, "missed": 0, "ways": 0, "ordered": 0, "disordered": 0, "moved": 0, "not moved": 0}
    seeds = try_seeds(__doc__, 16, seen, check, check_order, check_moves, check_ways, check_instead, first=check_limits)
    assert seeds is None or (seen[True] > 500 and seen[False] > 500 and seen["absorbed"] > 500 and seen["ways"] > 50
                             and seen["ordered"] > 100 and seen["disordered"] > 100
                             and seen["moved"] > 100 and seen["not moved"] > 100), seen
    # Some blocks have events that others or both sides have: there the shortest way is not sought.
    assert seeds is None or seen["missed"] * 10 <= seen[True] + seen["missed"], seen
    print(f"{seen[True]} threads are equal, {seen[False]} diverged; {seen['missed']} would be equal with other blocks left out; "
          f"{seen['ordered']} are equal in another order, {seen['moved']} with blocks elsewhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())
