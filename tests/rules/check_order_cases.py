#!/usr/bin/env python3
"""Events that one run has elsewhere, in another order or in more rounds: any_order, may_move and repeats."""
import random
import sys

from cases import event, is_equal, roots, rules, run_cases, steps, used, ways_to_say_that_values_may_differ


def case_settling_order(case):
    """A hash map is gone through at each step, in another order in each run; one quantity differs."""
    draw = random.Random(6)
    canary, ours = [], []
    for step in range(24):
        venues = [event("settle", venue=venue, quantity=draw.randrange(100)) for venue in ("north", "south", "east", "west")]
        canary += [event("clock", at=step)] + venues
        other = [event("settle", **one["payload"]) for one in venues]
        if step == 13:
            other[2]["payload"]["quantity"] += 100
        draw.shuffle(other)
        ours += [event("clock", at=step)] + other
    made = rules("settle", "venue", name_field="venue", priority=["quantity"], any_order=[{"name": "map", "when": {"kind": "settle"}}])
    made["pairing"] = {"kind": "clock", "field": "at", "why": "w"}
    outcome = case.diff(canary, ours, made)
    assert roots(outcome) == [("value", "east", "quantity")], roots(outcome)
    assert min(used(outcome)["absorber map"]) > 20, used(outcome)


def case_names_in_any_order(case):
    """Classes are loaded in any order, and some of them are named anew in each run; one is not loaded."""
    canary, ours = [event("start", thread="main")], [event("start", thread="main")]
    for turn in range(9):
        names = [f"app.C{turn}.{part}" for part in "abcde"] + [f"app.C{turn}.Lambda$"]
        canary += [event("load", name=f"{name}14/0x0000{turn}8228d2e" if name[-1] == "$" else name) for name in names]
        ours += [event("load", name=f"{name}/0x65{turn}fc41" if name[-1] == "$" else name) for name in names[turn % 4:] + names[:turn % 4]]
        canary.append(event("call", name="run", turn=turn))
        ours.append(event("call", name="run", turn=turn))
    made = rules("load", "name", name_field="name", priority=["name"], any_order=[{"name": "loading", "when": {"kind": "load"}}],
                 compare=[{"name": "made-names", "when": {"kind": "load"}, "fields": "name", "as": {"without": ["%d/0x%x", "/0x%x"]}}])
    made["pairing"] = {"kind": "start", "field": "thread", "why": "w"}
    outcome = case.diff(canary, ours, made)
    assert outcome["verdict"] == "equal" and min(used(outcome)["absorber loading"]) > 20, (roots(outcome), used(outcome))
    lost = ours.pop(next(at for at, one in enumerate(ours) if one["payload"].get("name") == "app.C5.c"))
    assert roots(case.diff(canary, ours, made)) == [("missing", lost["payload"]["name"], "")]


def case_order_of_each(case):
    """Messages to several nodes overtake one another, but not those to one node; two of these change places."""
    draw = random.Random(16)
    def woven(queues):
        queues, made = {node: list(queue) for node, queue in queues.items()}, []
        while any(queues.values()):
            made.append(queues[draw.choice([node for node in queues if queues[node]])].pop(0))
        return made
    steps = [{node: [event("deliver", to=node, message=draw.randrange(1 << 20)) for _ in range(3)] for node in "abc"} for _ in range(20)]
    def run(swapped):
        made = []
        for at, queues in enumerate(steps):
            queues = dict(queues)
            if at == 12 and swapped:
                queues["b"] = [queues["b"][1], queues["b"][0], queues["b"][2]]
            made += [event("step", at=at)] + woven(queues)
        return [event(one["kind"], **one["payload"]) for one in made]
    made = rules("step", "at", any_order=[{"name": "deliveries", "when": {"kind": "deliver"}}])
    made["priority_fields"] = [{"kind": "deliver", "form": "value", "fields": ["message"], "name_field": "to", "why": "w"}]
    sides = run(False), run(True)
    assert case.diff(*sides, made)["verdict"] == "equal"
    made["any_order"][0]["same_order"] = "to"
    assert roots(case.diff(*sides, made)) == [("reordered", "b", "")]
    outcome = case.diff(run(False), run(False), made)
    assert outcome["verdict"] == "equal" and min(used(outcome)["absorber deliveries"]) > 20, roots(outcome)
    made["any_order"][0]["repeats"] = True
    run = case.refused(made)
    assert run.endswith('"repeats" can\'t stand beside "same_order": which of the same events is the one that stays would be open; a rule '
                        'of the section "repeats" sees past those in a row\n'), run


def case_micro_events(case):
    """Within an instruction registers are told in any order, some twice, and some writes of register 0 more; a store differs,
    and so does a register."""
    draw = random.Random(7)
    canary, ours = [], []
    for at in range(40):
        reads = [event("reg.read", reg=reg, value=draw.randrange(9999)) for reg in draw.sample(range(1, 16), 3)]
        writes = [event("reg.write", reg=reg, value=draw.randrange(9999)) for reg in draw.sample(range(1, 16), 2)]
        store = event("store", at=f"{0x7000 + 8 * at:#x}", value=reads[0]["payload"]["value"])
        canary += [event("insn", pc=f"{0x400 + at:#x}")] + reads + [store] + writes
        copies = [[event(one["kind"], **one["payload"]) for one in some] for some in (reads, [store], writes)]
        copies[1][0]["payload"]["value"] += at == 25
        copies[2][1]["payload"]["value"] += at == 32
        for some in copies:
            some += some[:1] if draw.random() < 0.3 and some is not copies[1] else []
            draw.shuffle(some)
        zero = [event("reg.write", reg=0, value=0)] if draw.random() < 0.4 else []
        ours += [event("insn", pc=f"{0x400 + at:#x}")] + copies[0] + copies[1] + zero + copies[2]
    made = rules("insn", "pc", any_order=[{"name": "registers", "when": {"kind": "reg.*"}, "repeats": True}],
                 optional=[{"name": "zero", "when": {"side": "ours", "kind": "reg.write", "fields": {"reg": 0}}}])
    made["summaries"] = [{"kinds": ["reg.read", "reg.write"], "form": "first_of", "fields": ["reg"], "why": "w"}]
    made["priority_fields"] = [{"kind": "store", "form": "value", "fields": ["at", "value"], "why": "w"}]
    outcome = case.diff(canary, ours, made)
    assert sorted(found[0] for found in roots(outcome)) == ["value", "value"], roots(outcome)
    assert {found[2] for found in roots(outcome)} == {"value"}, roots(outcome)
    assert used(outcome)["absorber zero"][0] == 0 < used(outcome)["absorber zero"][1], used(outcome)


def case_polling(case):
    """A thread polls as often as time has it; then something is really missing."""
    draw = random.Random(8)
    canary, ours = [], []
    for turn in range(15):
        for side in (canary, ours):
            side.append(event("call", call="frame", at=turn))
            for poll in range(1 + draw.randrange(30)):
                side += [event("call", call="poll", tick=turn * 100 + poll), event("ret", call="poll", result=0)]
            side += [event("call", call="flip", at=turn), event("ret", call="flip", result=0)]
    made = rules("call", "call", name_field="call", priority=["at"], repeats=[
        {"name": "polling", "each": [{"kind": "call", "call": "poll"}, {"kind": "ret", "fields": {"result": 0}}], "except": "tick"}])
    made["priority_fields"].append({"kind": "ret", "form": "value", "fields": ["result"], "name_field": "call", "why": "w"})
    assert case.diff(canary, ours, made)["verdict"] == "equal"
    at = [index for index, one in enumerate(ours) if one["payload"].get("call") == "flip"][16]
    del ours[at:at + 2]
    outcome = case.diff(canary, ours, made)
    assert [found[:2] for found in roots(outcome)] == [("missing", "flip")], roots(outcome)
    assert min(used(outcome)["absorber polling"]) > 200, used(outcome)


def case_moves_told_together(case):
    """One engine tells moves of a pointer one by one, the other of each row the last; once the last place is another one."""
    draw = random.Random(11)
    canary, ours = [], []
    for number in range(12):
        moves = [event("pointer", name="move", x=draw.randrange(500)) for _ in range(draw.randrange(1, 6))]
        for log, told in ((canary, moves), (ours, moves[draw.randrange(len(moves)):])):
            log += [event("pointer", name="down", x=number), *(event("pointer", **one["payload"]) for one in told), event("pointer", name="up")]
    made = rules("pointer", "name", name_field="name", priority=["x"],
                 repeats=[{"name": "moves", "when": {"kind": "pointer", "call": "move"}, "except": "x", "keep": "last"}])
    assert roots(case.diff(canary, ours, made)) == []
    ups = [at for at, one in enumerate(ours) if one["payload"]["name"] == "up"]
    ours[ups[7] - 1]["payload"]["x"] += 3
    outcome = case.diff(canary, ours, made)
    assert roots(outcome) == [("value", "move", "x")] and outcome["pairs"][0]["divergences"][0]["ours"]["tid_event_idx"] == ups[7] - 1
    made["repeats"][0]["keep"] = "first"
    assert len(roots(case.diff(canary, ours, made))) > 0


def case_interrupts_elsewhere(case):
    """An interrupt's handler runs some instructions earlier or later each time; one of them stores another value, and one
    run of the handler is missing. Values differ near others."""
    draw = random.Random(31)
    canary, ours = [], []
    for turn in range(10):
        work = steps(draw, 60, ["add", "load", "store"])
        made = [event("insn", **one) for one in work]
        handler = [event("irq", phase="enter", turn=turn)] + [event("insn", op=f"irq{at}", value=turn * at) for at in range(6)] + [event("irq", phase="leave", turn=turn)]
        for side in (canary, ours):
            at = 20 + draw.randrange(15)
            side += [event(one["kind"], **one["payload"]) for one in made[:at] + handler + made[at:]]
    wrong = [one for one in ours if one["payload"].get("op") == "irq4"][3]
    wrong["payload"]["value"] += 1
    gone = [at for at, one in enumerate(ours) if one["payload"].get("turn") == 7]
    del ours[gone[0]:gone[1] + 1]
    ours[300]["payload"]["value"] ^= 4
    made = rules("insn", "op", name_field="op", priority=["value"],
                 may_move=[{"name": "interrupt", "from": {"kind": "irq", "fields": {"phase": "enter"}},
                            "to": {"kind": "irq", "fields": {"phase": "leave"}}, "by": 20}])
    made["priority_fields"].append({"kind": "irq", "form": "value", "fields": ["phase"], "name_field": "phase", "why": "w"})
    outcome = case.diff(canary, ours, made)
    found = roots(outcome)
    assert ("missing", "enter") in [root[:2] for root in found[:3]], found
    assert ("value", ours[300]["payload"]["op"], "value") in found[:3], found
    assert len(found) <= 4 and outcome["pairs"][0]["counts"]["canary"]["differing"] <= 30, found
    moved = used(outcome)["absorber interrupt"]
    assert moved[0] == 0 and moved[1] >= 48, moved
    made["may_move"][0]["by"] = 1
    assert len(roots(case.diff(canary, ours, made))) > 4


def case_beside_a_block_that_moved(case):
    """Two runs are equal but for where they are interrupted. Events beside each other are those that were compared, however far
    apart they are in the logs."""
    def run(at):
        made = [event("call", name="main")]
        for number in range(200):
            if number == at:
                made += [event("enter"), *(event("serve", turn=turn) for turn in range(50)), event("leave")]
            made.append(event("step", number=number))
        return made
    made = rules("call", "name", may_move=[{"name": "irq", "from": {"kind": "enter"}, "to": {"kind": "leave"}, "by": 1000}])
    outcome = case.diff(run(150), run(20), made)
    assert outcome["verdict"] == "equal", outcome["verdict"]
    for index in (1, 10, 19, 25, 100, 148, 153, 170, 202, 230, 251):
        for side in ([], ["--ours"]):
            shown = case.show("a.jsonl", "b.jsonl", f"1:{index}", "-C", "3", *side)
            assert "\n   - " not in shown and "\n   + " not in shown, (index, side, shown)


def case_rounds_of_values_that_may_differ(case):
    """A round whose value differs from that of the one before it is another round, whatever may differ between the two runs."""
    def run(*values):
        return [event("open", n=1), *(event("call", t=value) for value in values), event("end")]
    for ways in ways_to_say_that_values_may_differ():
        for section in ({"repeats": [{"name": "polls", "when": {"kind": "call"}}]},
                        {"repeats": [{"name": "polls", "when": {"kind": "call"}, "keep": "last"}]},
                        {"repeats": [{"name": "polls", "when": {"kind": "call"}, "except": "other"}]},
                        {"any_order": [{"name": "polls", "when": {"kind": "call"}, "repeats": True}]}):
            made = rules("open", "n", **ways, **section)
            assert is_equal(case.diff(run(7, 7, 7), run(7), made)), made
            assert is_equal(case.diff(run(7, 7, 900, 900), run(7, 900, 900, 900), made)), made
            assert not is_equal(case.diff(run(7, 900), run(7), made)), made
            assert not is_equal(case.diff(run(7), run(7, 900), made)), made
        made = rules("open", "n", **ways, repeats=[{"name": "polls", "when": {"kind": "call"}, "except": "t"}])
        assert is_equal(case.diff(run(7, 900, 7), run(7), made)), made


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, globals()))
