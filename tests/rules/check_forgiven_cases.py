#!/usr/bin/env python3
"""What a forgiven difference excuses, and what beside it it does not."""
import random
import sys

from cases import event, is_equal, roots, rules, run_cases, used


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
    made["forgiven"][0]["at_most"] = 3
    assert roots(case.diff(canary, ours, made)) == [("value", "", "flags")]
    made["forgiven"][0]["at_most"] = 2
    outcome = case.diff(canary, ours, made)
    assert used(outcome)["absorber handler"] == (2, 2), used(outcome)
    assert sum(family["count"] for family in outcome["families"]) == 2, outcome["families"]


def case_one_wake_up_of_many(case):
    """A dispatcher wakes its workers in turn by one call; once it leaves one out, and everything stops soon behind that. Which call
    is missing is told by its argument alone."""
    def run(left_out):
        made = []
        for turn in range(9):
            for worker in (5, 6, 7):
                if (turn, worker) != left_out:
                    made += [event("call", name="signal", args={"cond": worker}), event("return", name="signal", result=0)]
            made += [event("call", name="collect", args={"cond": 20})]
            if turn == 6 and left_out:
                break
            made += [event("return", name="collect", result=0)]
        return made
    made = rules("call", "name", name_field="name", priority=["args"], forgiven=[{"name": "ends-early", "class": "truncated"}])
    made["priority_fields"].append({"kind": "return", "form": "value", "fields": ["result"], "name_field": "name", "why": "w"})
    for worker in (5, 6):
        outcome = case.diff(run(None), run((6, worker)), made)
        assert roots(outcome) == [("missing", "signal", "")], (worker, roots(outcome))
        missing = outcome["pairs"][0]["divergences"][0]["canary"]
        assert missing["tid_event_idx"] == 48 + 2 * (worker - 5) and missing["count"] == 2, missing


def case_forgiven_before_a_call_that_moved(case):
    """What is first when the clock is forgiven is a call that comes later. It is the same on both sides, so that one of them is told
    as lacking."""
    def run(clock, calls):
        return [event("call", name="begin"), event("clock", t=clock)] + [event("call", name=name) for name in calls]
    made = rules("call", "name", name_field="name", forgiven=[{"name": "clock", "class": "value", "when": {"kind": "clock"}, "field": "t"}])
    outcome = case.diff(run(1, "abcdefghijklmnopqrst"), run(2, "acdefghijklbmnopqrst"), made)
    assert [family["class"] for family in outcome["families"]] == ["reordered"], outcome["families"]
    first = outcome["pairs"][0]["first_divergence"]
    told = [first["values"][side]["type"] for side in ("canary", "ours")]
    assert (first["path"], told) == ("kind", ["string", "absent"]), first


def case_forgiven_in_several_names(case):
    """A call in which a name that is forgiven breaks the renaming, and another one does, is no equal one."""
    calls = [[{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}] * 2, [{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, None]]
    fields = ["args." + name for name in "abcde"]
    names = {"name_classes": [{"class": "handle", "at_least": "0x1", "scope": "thread", "why": "w"}],
             "names": [{"form": "value", "class": "handle", "kind": "call", "fields": ["args.*"], "why": "w"}]}
    renamed = {"compare": [{"name": "ids", "when": {"kind": "call"}, "fields": "args.*", "as": "renamed"}]}
    shared = {"compare": [{"name": "ids", "when": {"kind": "call"}, "fields": "args.*", "as": "renamed", "scope": "log"}]}
    near = {"compare": [{"name": "near", "when": {"kind": "call"}, "fields": "args.*", "as": {"within": 0.5}}]}
    for ways in (names, renamed, shared, near):
        for count in (1, 2, 4, 5):
            broken = {name: value + 100 if index < count else value for index, (name, value) in enumerate(calls[0][0].items())}
            sides = [[event("open", n=1), *(event("call", args=args) for args in side)] for side in (calls[0], [calls[1][0], broken])]
            for forgiven, is_forgiven in ((fields[:1], count == 1), (fields[:count], count < 5), (fields, count < 5), ("args.*", count < 5), ("*", True)):
                made = rules("open", "n", **ways, forgiven=[{"name": "some", "class": "value", "field": forgiven, "when": {"kind": "call"}}])
                assert is_equal(case.diff(*sides, made)) == is_forgiven, (made, count)


def case_forgiven_in_several_fields(case):
    """Events that differ in a field that is forgiven and in another one differ, in whatever order the log has the two."""
    made = rules("open", "n", forgiven=[{"name": "clock", "class": "value", "field": ["t", "args.*"], "when": {"kind": "call"}}])
    canary = event("call", t=1, args={"a": 1}, u=1)
    for ours, is_forgiven in ((event("call", t=2, args={"a": 1}, u=1), True), (event("call", t=2, args={"a": 2}, u=1), True),
                              (event("call", t=1, args={"a": 2, "b": 3}, u=1), False), (event("call", t=2, args={"a": 1}, u=2), False),
                              (event("call", u=2, t=2, args={"a": 2}), False), (event("call", t=2, args={"a": 1}), False)):
        outcome = case.diff([event("open", n=1), canary], [event("open", n=1), ours], made)
        assert is_equal(outcome) == is_forgiven, ours
    made["forgiven"][0]["field"] = "args"
    assert is_equal(case.diff([event("open", n=1), canary], [event("open", n=1), event("call", t=1, args={"a": 2, "b": 3}, u=1)], made))
    assert not is_equal(case.diff([event("open", n=1), canary], [event("open", n=1), event("call", t=2, args={"a": 2}, u=1)], made))
    for count in (31, 32, 33):
        sides = [[event("open", n=1), event("call", **{f"f{at}": side for at in range(count)})] for side in (1, 2)]
        for pattern, most in (("f*", 31), ("*", 33)):
            made["forgiven"][0]["field"] = pattern
            assert is_equal(case.diff(*sides, made)) == (count <= most), (count, pattern)


def case_forgiven_beside_values_of_both_sides(case):
    """What is forgiven in one field says nothing of a value beside it that is held against the other side's."""
    made = rules("start", "id", priority=["clock", "gas"], forgiven=[{"name": "clock", "class": "value", "field": "clock"}],
                 compare=[{"name": "gas", "when": {"kind": "op"}, "fields": "gas", "as": {"within": 5}}])
    for gas, is_forgiven in ((105, True), (106, False), (999999, False), ("x", False)):
        sides = [[event("start", id="m")] + [event("op", clock=at + (5000 if side and at == 5 else 0), gas=gas if side and at == 5 else 100)
                                             for at in range(10)] for side in (0, 1)]
        assert is_equal(case.diff(*sides, made)) == is_forgiven, gas


def case_forgiven_beside_lists_without_order(case):
    """So it is with items of a list without order: they are held against each other as where nothing else differs."""
    made = rules("start", "id", forgiven=[{"name": "clock", "class": "value", "field": "clock"}],
                 compare=[{"name": "near", "fields": "gas[]", "as": {"within": 5}}, {"name": "any", "fields": "gas", "as": "multiset"}])
    for clock in (0, 5000):
        for gas, is_forgiven in (([105, 200], True), ([106, 200], False), ([100, 999999], False)):
            sides = [[event("start", id="m")] + [event("op", clock=at + (clock if side and at == 5 else 0), gas=gas if side and at == 5 else [100, 200])
                                                 for at in range(10)] for side in (0, 1)]
            assert is_equal(case.diff(*sides, made)) == is_forgiven, (clock, gas)


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, globals()))
