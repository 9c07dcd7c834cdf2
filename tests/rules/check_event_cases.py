#!/usr/bin/env python3
"""Events that one run has more often, or tells otherwise: optional and instead."""
import random
import sys

from cases import event, is_equal, roots, rules, run_cases, used, ways_to_say_that_values_may_differ
from harness import diff


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


def case_two_optional_rules(case):
    """Each side has what a rule of its own may leave out; only without ours' do the two sides meet."""
    canary = [event("op", name="start"), event("op", name="b"), event("op", name="a")]
    ours = [event("op", name="start"), event("log"), event("op", name="b"), event("op", name="a"), event("log")]
    made = rules("op", "name", name_field="name",
                 optional=[{"name": "a", "when": {"side": "canary", "fields": {"name": "a"}}},
                           {"name": "b", "when": {"side": "canary", "fields": {"name": "b"}}},
                           {"name": "log", "when": {"side": "ours", "kind": "log"}}])
    outcome = case.diff(canary, ours, made)
    assert not roots(outcome), roots(outcome)
    assert used(outcome)["absorber log"] == (0, 2) and used(outcome)["absorber b"] == (0, 0), used(outcome)


def case_one_event_told_as_two(case):
    """A store that is not aligned is one event here and two halves there; a load brings another value, and a half has another place."""
    draw = random.Random(12)
    canary, ours = [], []
    for number in range(90):
        value, address = draw.randrange(1 << 32), 0x1000 + 8 * number
        if draw.random() < 0.2:
            canary.append(event("mem", name="store", size=8, address=address + 4, value=value))
            ours += [event("mem", name="store", size=4, address=address + 4 + 4 * half, value=value >> 16 * half & 0xffff) for half in range(2)]
        else:
            made = {"name": draw.choice(["load", "store"]), "size": 4, "address": address, "value": value}
            canary.append(event("mem", **made))
            ours.append(event("mem", **made))
    half = {"kind": "mem", "call": "store", "fields": {"size": 4}}
    made = rules("mem", "name", name_field="name", priority=["value", "address"], instead=[
        {"name": "halves", "canary": {"when": {"kind": "mem", "call": "store", "fields": {"size": 8}}}, "ours": {"each": [half, half]}, "equal": "address"}])
    outcome = case.diff(canary, ours, made)
    split = sum(one["payload"]["size"] == 8 for one in canary)
    assert roots(outcome) == [] and used(outcome)["absorber halves"] == (split, 2 * split), used(outcome)
    made["instead"][0]["at_most"] = split - 1
    assert len(roots(case.diff(canary, ours, made))) > 0
    made["instead"][0]["at_most"] = split
    loads = [at for at, one in enumerate(ours) if one["payload"]["name"] == "load"]
    ours[loads[len(loads) // 2]]["payload"]["value"] ^= 16
    assert roots(case.diff(canary, ours, made)) == [("value", "load", "value")]
    ours[loads[len(loads) // 2]]["payload"]["value"] ^= 16
    halves = [at for at in range(len(ours) - 1) if ours[at + 1]["payload"]["address"] == ours[at]["payload"]["address"] + 4]
    ours[halves[3]]["payload"]["address"] += 1
    assert len(roots(case.diff(canary, ours, made))) > 0


def case_an_invocation_that_ends_otherwise(case):
    """One engine overflows its stack earlier, behind some of the calls of an invocation or behind none; that one does not count, and the
    others do."""
    def run(side, wrong=None, deep=8):
        draw, made = random.Random(33), []
        for turn in range(40):
            name, argument, calls = f"f{draw.randrange(5)}", draw.randrange(999), draw.randrange(6) if turn != 32 else deep
            values = [draw.randrange(99) for _ in range(calls)]
            ends = side == "ours" and turn % 9 == 5
            made.append(event("invoke", name=name, argument=argument + (turn == 14 and wrong == "argument")))
            for value in values[:calls * 3 // 4 if ends else calls]:
                made.append(event("call", name="log", value=value + (turn == 20 and wrong == "call" and value == values[-1])))
            made.append(event("result", name=name, value=None, trap="overflow") if ends else
                        event("result", name=name, value=argument + (turn == 21 and wrong == "result"), trap=None))
        return made
    made = rules("invoke", "name", name_field="name", priority=["argument"], instead=[
        {"name": "overflow", "canary": {"from": {"kind": "invoke"}, "to": {"kind": "result"}},
         "ours": {"from": {"kind": "invoke"}, "to": {"kind": "result", "fields": {"trap": "overflow"}}}, "equal": ["name", "argument"]}])
    made["priority_fields"] += [{"kind": kind, "form": "value", "fields": ["value"], "name_field": "name", "why": "w"} for kind in ("call", "result")]
    outcome = case.diff(run("canary"), run("ours"), made)
    assert outcome["verdict"] == "equal" and min(used(outcome)["absorber overflow"]) > 8, (roots(outcome), used(outcome))
    for index in ("save", "require"):
        assert diff(case.evdiff, case.folder, "--index", index)["verdict"] == "equal"
    for wrong, kind in (("call", "call"), ("result", "result"), ("argument", "invoke")):
        found = case.diff(run("canary"), run("ours", wrong), made)["pairs"][0]["first_divergence"]
        assert found is not None and found["events"]["ours"]["kind"] == kind, (wrong, found)
    made["instead"][0]["at_most"] = 3
    outcome = case.diff(run("canary"), run("ours"), made)
    assert outcome["verdict"] == "diverged", outcome["verdict"]
    # Of 16 events that match before the place a block may begin at the first, of 17 not.
    del made["instead"][0]["at_most"]
    for deep, verdict in ((20, "equal"), (22, "diverged")):
        assert case.diff(run("canary", deep=deep), run("ours", deep=deep), made)["verdict"] == verdict, deep


def case_threads_that_begin_otherwise(case):
    """Each log has one thread, and the first events are not spelled alike."""
    canary = [event("open", path=f"C:\\Data\\{at}", result=at) for at in range(20)]
    ours = [event("open", path=f"/root/data/{at}", result=at + (at == 13)) for at in range(20)]
    made = rules("open", "path", priority=["result"], compare=[
        {"name": "paths", "fields": "path", "as": ["forward_slashes", "lower_case", {"without": ["c:", "/root"]}]}])
    assert roots(case.diff(canary, ours, made)) == [("value", "", "result")]


def case_blocks_that_begin_before_by_value(case):
    """Of A B C A B D the block A B C goes, unless the second A is another one than the first."""
    def run(*values):
        made = [event("open", n=1)]
        for number, value in enumerate(values):
            made += [event("call", t=value), event("b"), event("c" if number + 1 < len(values) else "d")]
        return made
    for ways in ways_to_say_that_values_may_differ():
        made = rules("open", "n", **ways, optional=[{"name": "tries", "each": [{"kind": "call"}, {"kind": "b"}, {"kind": "c"}]}])
        assert is_equal(case.diff(run(7, 7), run(7), made)), made
        for canary, ours in ((run(7, 900), run(7)), (run(7), run(7, 900))):
            assert not is_equal(case.diff(canary + [event("call", t=900)], ours + [event("call", t=900)], made)), made


def case_tries_that_count_and_have_ids(case):
    """A request is made again under another id, and a count goes on: what failed goes, and what is left is compared, the request that
    succeeded with the one that did, whichever side tried more often, and at the end as well."""
    def run(draw, tries, base, wrong=None):
        made, count = [event("open", n=1)], base
        for turn in range(24):
            for again in range(tries[turn] + 1):
                count += 1
                made.append(event("request", path=f"/{turn % 3}", id=f"{draw.getrandbits(64):x}", count=count))
                count += 1
                made.append(event("answer", status=503 if again < tries[turn] else 200, id=made[-1]["payload"]["id"], count=count))
            if turn == 12 and wrong:
                made[-1]["payload"] |= {"id": made[-3]["payload"]["id"]} if wrong == "id" else {}
                count += 4 * (wrong == "count")
        return made
    made = rules("open", "n", optional=[{"name": "tries", "each": [{"kind": "request"}, {"kind": "answer", "fields": {"status": 503}}]}],
                 compare=[{"name": "ids", "fields": "id", "as": "renamed"}, {"name": "count", "fields": "count", "as": {"drift": 0}}])
    made["priority_fields"] = [{"kind": kind, "form": "value", "fields": ["id", "count"], "why": "w"} for kind in ("request", "answer")]
    for seed in range(8):
        draw = random.Random(seed)
        tries = [[draw.choice([0, 0, 1, 2]) for _ in range(24)] for _ in range(2)]
        tries[0][13] = tries[1][13] = 0  # what events of one side add to a count is no change of it
        tries[seed % 2][12] = 2
        outcome = case.diff(run(draw, tries[0], 100), run(draw, tries[1], 7000), made, "--index", "off")
        for index in ("off", "save", "require"):
            outcome = diff(case.evdiff, case.folder, "--index", index)
            assert is_equal(outcome), (seed, roots(outcome))
            wanted = tuple(2 * sum(max(0, one - other) for one, other in zip(tries[side], tries[1 - side])) for side in (0, 1))
            assert used(outcome)["absorber tries"] == wanted, (seed, used(outcome), wanted)
        for canary, ours, wrong in ((None, "id", "answer"), ("id", None, "answer"), (None, "count", "request"), ("count", None, "request")):
            tries[0][12] = tries[1][12] = 1
            outcome = case.diff(run(draw, tries[0], 100, canary), run(draw, tries[1], 7000, ours), made, "--index", "off")
            found = outcome["pairs"][0]["first_divergence"]
            assert found and found["events"]["canary"]["kind"] == found["events"]["ours"]["kind"] == wrong, (seed, found)


def case_names_where_values_are_asked(case):
    """What a rule wants to be the same is held as the logs have it, also where it is a name."""
    names = {"name_classes": [{"class": "handle", "at_least": "0x1", "scope": "thread", "why": "w"}],
             "names": [{"form": "value", "class": "handle", "kind": kind, "fields": ["t"], "why": "w"} for kind in ("one", "half", "in", "out")]}
    made = rules("open", "n", **names, instead=[
        {"name": "halves", "canary": {"when": {"kind": "one"}}, "ours": {"each": [{"kind": "half"}, {"kind": "half"}]}, "equal": "t"}])
    for value in (7, 900):
        outcome = case.diff([event("open", n=1), event("one", t=7)], [event("open", n=1), event("half", t=value), event("half", t=8)], made)
        assert is_equal(outcome) == (value == 7), value
    made = rules("open", "n", **names, optional=[{"name": "calls", "from": {"kind": "in"}, "to": {"kind": "out"}, "same": "t"}])
    for value in (7, 900):
        outcome = case.diff([event("open", n=1)], [event("open", n=1), event("in", t=7), event("x"), event("out", t=value)], made)
        assert is_equal(outcome) == (value == 7), value
    made = rules("open", "n", name_classes=names["name_classes"],
                 names=[{"form": "value", "class": "handle", "kind": "call", "fields": ["pid"], "why": "w"}],
                 compare=[{"name": "ids", "when": {"kind": "call"}, "fields": "t", "as": "renamed", "scope": {"field": "pid"}}])
    outcome = case.diff([event("open", n=1), event("call", pid=100, t=7), event("call", pid=200, t=7)],
                        [event("open", n=1), event("call", pid=300, t=9), event("call", pid=400, t=11)], made)
    assert is_equal(outcome)


def case_limit_in_a_large_pair(case):
    """How often a rule absorbs in a pair of threads is counted over all of it, however many threads take it apart."""
    draw = random.Random(5)
    canary, ours = [event("open", n=1), event("first", value=1)], [event("open", n=1), event("first", value=2)]
    for at in range(40000):
        step = event("step", value=draw.randrange(1000), at=at % 7)
        canary += [step] + ([event("try")] if at % 5000 == 100 else [])
        ours += [step] + ([event("other")] if at % 5000 == 100 else [])
    both = {"optional": [{"name": "tries", "when": {"kind": ["try", "other"]}, "at_most": 6}],
            "instead": [{"name": "tries", "canary": {"when": {"kind": "try"}}, "ours": {"when": {"kind": "other"}}, "at_most": 3}]}
    for section, (rule,) in both.items():
        made = rules("open", "n", **{section: [rule]})
        for threads in ("1", "2", "8"):
            assert used(case.diff(canary, ours, made, "--threads", threads))["absorber tries"] == (3, 3), (section, threads)


def case_an_invocation_behind_blocks_that_are_equal(case):
    """Whether a block begins before the place is the same however many events match before, with an index and without."""
    made = rules("start", "id", instead=[{"name": "overflow", "canary": {"from": {"kind": "invoke"}, "to": {"kind": "result"}},
                                          "ours": {"from": {"kind": "invoke"}, "to": {"kind": "result", "fields": {"trap": "overflow"}}}}])
    for before in (96, 199, 243, 262, 300, 376):
        sides = [[event("start", id="m"), *(event("w", v=at) for at in range(before)), event("invoke", name="f"),
                  *(event("call", v=at) for at in range(6)), event("result", trap="overflow" if side else None),
                  *(event("w", v=at) for at in range(10000, 10040))] for side in (0, 1)]
        assert is_equal(case.diff(*sides, made)), before
        for index in ("save", "require"):
            assert diff(case.evdiff, case.folder, "--index", index)["verdict"] == "equal", (before, index)


def case_context_behind_a_step_back(case):
    """The events that match before a divergence are those that matched, not those that a block took back."""
    made = rules("start", "id", instead=[{"name": "overflow", "canary": {"from": {"kind": "invoke"}, "to": {"kind": "result"}},
                                          "ours": {"from": {"kind": "invoke"}, "to": {"kind": "result", "fields": {"trap": 1}}}}])
    sides = [[event("start", id="m"), *(event("w", v=at) for at in range(20)), event("invoke", name="f"),
              *(event("call", v=at) for at in range(4)), event("result", trap=side), event("w", v=100 + side)] for side in (0, 1)]
    found = case.diff(*sides, made)["pairs"][0]["first_divergence"]
    assert [pair["canary"]["tid_event_idx"] for pair in found["context"]] == [16, 17, 18, 19, 20], found["context"]


def case_null_and_nothing(case):
    """A null and no member at all are equal, and yet a rule may be about the one alone, whichever of the two it sees first."""
    for seed in range(60):
        draw = random.Random(seed)
        asked, fits = draw.choice([(None, [None]), ({"not": 1}, [None, 2]), ({"one_of": [None, 2]}, [None, 2]), ({"not": {"not": None}}, [None]),
                                   ({"not": None}, [1, 2]), ({"absent": True}, [None, "none"]), ({"absent": False}, [1, 2]),
                                   ({"not": {"one_of": [1, None]}}, [2]), ({"not": {"at_least": 2}}, [None, 1])])
        canary, ours, hidden = [event("op", n=-1)], [event("op", n=-1)], 0
        for number in range(40):
            value = draw.choice([None, "none", 1, 2])
            lone = event("k", **({} if value == "none" else {"x": value}))
            canary.append(lone)
            if draw.random() < 0.7:
                ours.append(event("k", **({} if value in (None, "none") and draw.random() < 0.5 else lone["payload"])))
            else:
                hidden += value not in fits
            for side in (canary, ours):
                side += [event("op", n=[number, step]) for step in range(9)]
        made = rules("op", "n", optional=[{"name": "lone", "when": {"kind": "k", "side": "canary", "fields": {"x": asked}}}])
        outcome = case.diff(canary, ours, made)
        counts = outcome["pairs"][0]["counts"]["canary"]
        extra = counts["differing"] + counts["left_over"]
        assert extra == hidden, f"seed {seed}: {asked}: {extra} are extra, {hidden} are not what the rule is about"


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, globals()))
