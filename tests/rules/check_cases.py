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


def case_number_spelling(case):
    """Two clients spell numbers in two ways, and one charges some calls for what it hands on; one of them pays more once."""
    draw = random.Random(4)
    canary, ours = [], []
    gas = 90000
    for at in range(90):
        name = "CALL" if at % 20 == 7 else draw.choice(["PUSH", "ADD", "SLOAD"])
        words = [draw.randrange(1 << 60) for _ in range(draw.randrange(4))]
        cost = draw.choice([3, 5, 100])
        canary.append(event("op", name=name, gas=gas, cost=cost, stack=[f"{word:#x}" for word in words], error=None))
        ours.append(event("op", name=name, gas=f"{gas:#x}", cost=f"{cost + 700 * (name == 'CALL'):#x}",
                          stack=[f"{word:064x}" for word in words]))
        gas -= cost
    canary[60]["payload"]["cost"] = 2100
    for one in canary[61:]:
        one["payload"]["gas"] -= 2000
    made = rules("op", "name", name_field="name", priority=["gas", "cost"], compare=[
        {"name": "handed", "when": {"kind": "op", "call": "CALL"}, "fields": "cost", "as": "nothing"},
        {"name": "words", "fields": "stack[]", "as": "hexadecimal"}, {"name": "blank", "fields": "error", "as": "absent_if_blank"},
        {"name": "cost", "fields": "cost", "as": "number"}, {"name": "gas", "fields": "gas", "as": ["number", {"drift": 0}]}])
    outcome = case.diff(canary, ours, made)
    assert roots(outcome)[0][::2] == ("value", "cost"), roots(outcome)
    places = [(one["class"], one["canary"]["tid_event_idx"]) for one in outcome["pairs"][0]["divergences"]]
    assert places == [("value", 60), ("value", 61)], places


def case_tick_tolerance(case):
    """A recorded tick may be off by 50 from one input to the next and by 500 in all; a jump is the desync."""
    draw = random.Random(5)
    canary, ours, tick, off = [], [], 1000, 0
    for at in range(120):
        tick += draw.randrange(900, 1100)
        off = max(-500, min(500, off + draw.randrange(-50, 51)))
        value = draw.randrange(1 << 30)
        canary.append(event("input", tick=tick, buttons=at % 7))
        ours.append(event("input", tick=tick + off + (5000 if at >= 70 else 0), buttons=at % 7))
        if at % 5 == 0:
            canary.append(event("random", value=value))
            ours.append(event("random", value=value + (at > 72)))
    made = rules("input", "buttons", priority=["tick"],
                 compare=[{"name": "tick", "when": {"kind": "input"}, "fields": "tick", "as": {"drift": 50}}])
    outcome = case.diff(canary, ours, made)
    ticks = [one["canary"]["tid_event_idx"] for one in outcome["pairs"][0]["divergences"]]
    assert ticks[0] == 84 and roots(outcome)[0] == ("value", "", "tick"), (ticks, roots(outcome))
    assert used(outcome)["values compared by tick"] == (120, 120), used(outcome)
    made["compare"][0]["as"] = {"within": 500}
    found = case.diff(canary[:60], ours[:60], made)
    assert found["verdict"] == "equal", found["verdict"]


def case_ticks_offset(case):
    """A count of branches is off from some event on, for good, and then by more: the two places are wanted."""
    canary = [event("trap", call=["read", "write", "futex"][at % 3], ticks=50 * at + at * at) for at in range(110)]
    ours = [event("trap", **one["payload"]) for one in canary]
    for at, one in enumerate(ours):
        one["payload"]["ticks"] -= 1 * (at >= 19) + 3 * (at >= 70)
    made = rules("trap", "call", name_field="call", priority=["ticks"], compare=[{"name": "ticks", "fields": "ticks", "as": {"drift": 0}}])
    outcome = case.diff(canary, ours, made)
    places = [(one["class"], one["canary"]["tid_event_idx"]) for one in outcome["pairs"][0]["divergences"]]
    assert places == [("value", 19), ("value", 70)], places
    events = outcome["pairs"][0]["first_divergence"]["events"]
    assert events["canary"]["tid_event_idx"] == 19, events


def case_call_ahead(case):
    """An entry is missing, after which a count is one ahead; by its drift that is one place, beside the missing entry."""
    canary = [event("rr", type=["input", "skipped", "time"][at % 3], instr=9000 + 10 * at, value=at * at) for at in range(80)]
    ours = [event("rr", **one["payload"]) for one in canary]
    for one in ours[25:]:
        one["payload"]["instr"] += 1
    ours[60]["payload"]["value"] += 7
    del ours[25]
    made = rules("rr", "type", name_field="type", priority=["value", "instr"], compare=[{"name": "ahead", "fields": "instr", "as": {"drift": 0}}])
    outcome = case.diff(canary, ours, made)
    assert sorted(found[::2] for found in roots(outcome)) == [("missing", ""), ("value", "value")], roots(outcome)
    assert len(outcome["pairs"][0]["divergences"]) == 3, outcome["pairs"][0]["divergences"]


def case_lucky_wait(case):
    """A wait is woken or finds the value changed, as luck has it; an error where canary has a result stays. One side has a
    field that the other knows nothing of."""
    canary = [event("ret", call=["futex", "open"][at % 2], result=[0, 3][at % 2], cpu=at) for at in range(60)]
    ours = [event("ret", call=one["payload"]["call"], result=one["payload"]["result"]) for one in canary]
    for at in (10, 24, 48):
        ours[at]["payload"]["result"] = -11
    ours[31]["payload"]["result"] = -2
    made = rules("ret", "call", name_field="call", priority=["result"], compare=[
        {"name": "luck", "when": {"kind": "ret", "call": "futex"}, "fields": "result", "as": {"pairs": [[0, -11], [-11, 0]]}},
        {"name": "cpu", "fields": "cpu", "as": "if_both"}])
    outcome = case.diff(canary, ours, made)
    assert roots(outcome) == [("value", "open", "result")], roots(outcome)
    assert used(outcome)["values compared by luck"] == (30, 30), used(outcome)


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


def case_legal_bits(case):
    """A register holds what is written but for bits that may be anything; it is read back. Another register really differs."""
    draw = random.Random(9)
    canary = [event("commit", pc=f"{0x1000 + 4 * at:#x}", rd=f"x{draw.randrange(1, 30)}", wdata=f"{draw.randrange(1 << 40):#x}")
              for at in range(110)]
    for at in (20, 55, 90):
        canary[at]["payload"] = {"pc": f"{0x1000 + 4 * at:#x}", "csr": "cause", "wdata": f"{at:#x}"}
        canary[at + 1]["payload"] |= {"rd": "x31", "wdata": f"{at:#x}"}
    canary[70]["payload"] = {"pc": "0x1118", "csr": "status", "wdata": "0x1880"}
    ours = [event("commit", **one["payload"]) for one in canary]
    for at in (20, 21, 55, 56, 90, 91):
        ours[at]["payload"]["wdata"] = f"{int(canary[at]['payload']['wdata'], 16) | 0x100:#x}"
    ours[70]["payload"]["wdata"] = "0x80"
    made = rules("commit", "pc", name_field="csr", priority=["pc", "wdata"])
    found = roots(case.diff(canary, ours, made))
    assert ("value", "status", "wdata") in found[:3] and len(found) <= 2, found
    made["compare"] = [{"name": "cause", "when": {"kind": "commit", "fields": {"csr": "cause"}}, "fields": "wdata",
                        "as": {"mask": "0xff"}, "why": "w"},
                       {"name": "read-back", "when": {"kind": "commit", "fields": {"rd": "x31"}}, "fields": "wdata",
                        "as": {"mask": "0xff"}, "why": "w"}]
    outcome = case.diff(canary, ours, made)
    assert roots(outcome) == [("value", "status", "wdata")], roots(outcome)
    assert used(outcome)["values compared by cause"] == (3, 3), used(outcome)


def case_notified_in_the_wrong_thread(case):
    """Before a thread is created its creator runs a routine; ours runs it at the head of the new thread. A wait times out."""
    def calls(tid, names, start=0):
        return [one for at, name in enumerate(names) for one in
                (event("call", tid, name=name, arg=start + at), event("return", tid, name=name, result=0))]
    routine = ["TlsAlloc", "TlsSet", "AttachOne", "AttachTwo"]
    canary, ours = calls(1, ["read"] * 6), calls(1, ["read"] * 6)
    for number in range(3):
        canary += calls(1, routine) + [event("create", 1, entry=number)]
        ours += [event("create", 1, entry=number)]
        more = calls(1, ["write"] * 5, 10 * number)
        canary, ours = canary + more, ours + [event(one["kind"], 1, **one["payload"]) for one in more]
    for number in range(3):
        body = calls(10 + number, ["lock", f"work{number}", "unlock", "wait"] * 4, 100 * number)
        canary += body
        other = [event(one["kind"], 10 + number, **one["payload"]) for one in body]
        other[-1]["payload"]["result"] = 258 if number == 2 else 0
        ours += calls(10 + number, routine) + other
    made = rules("call", "name", name_field="name", priority=["arg"])
    made["priority_fields"].append({"kind": "return", "form": "value", "fields": ["result"], "name_field": "name", "why": "w"})
    outcome = case.diff(canary, ours, made, "--pair", "similarity")
    assert [pair["tid"] for pair in outcome["pairs"]] == [{"canary": tid, "ours": tid} for tid in (1, 10, 11, 12)], outcome["pairs"]
    assert ("missing", "TlsAlloc") in [found[:2] for found in roots(outcome)[:3]], roots(outcome)


def case_one_draw_more(case):
    """An id is drawn anew and handed on; later one number is drawn more, so that all behind have the value before."""
    draw = random.Random(10)
    stream = [draw.randrange(1 << 32) for _ in range(100)]
    def run(identity, extra):
        made, drawn = [event("uid", purpose="machine", v=f"{identity:#x}")], iter(stream)
        for at in range(80):
            made.append(event("rand", site=f"s{at % 7}", v=next(drawn)))
            if at == 30 and extra:
                made.append(event("rand", site="chaos", v=next(drawn)))
            if at % 8 == 5:
                made.append(event("rpc", machine=f"{identity:#x}", n=at))
        return made
    made = rules("rand", "site", name_field="site", priority=["v"])
    made["priority_fields"].append({"kind": "uid", "form": "value", "fields": ["v"], "name_field": "purpose", "why": "w"})
    outcome = case.diff(run(0x4b3c43c1, False), run(0x7d0a9912, True), made)
    found = roots(outcome)
    assert ("value", "machine", "v") in found[:3] and ("extra", "chaos", "") in found[:3] and len(found) <= 3, found


def case_replayed_calls(case):
    """Calls are replayed on another machine: devices come in another order, handles differ everywhere, also in lists, and some
    results are as good. A buffer has another size."""
    handles = {}
    def handle(side, name):
        return f"{0x7F0000001000 + 16 * handles.setdefault((side, name), len(handles)):#x}"
    def run(side, swapped, size):
        def call(name, **args):
            return event("call", name=name, args=args)
        def answer(name, **more):
            return event("return", name=name, **more)
        devices = [{"handle": handle(side, name), "name": name} for name in ("big", "small")]
        made = [call("list"), answer("list", devices=devices[::-1] if swapped else devices, result=0),
                call("open", device=handle(side, "big")), answer("open", out=handle(side, "open"), result=0)]
        for at in range(12):
            made += [call("create", owner=handle(side, "open"), size=size if at == 8 else 512 * at),
                     answer("create", out=handle(side, at), result=0)]
        for at in range(20):
            made += [call("bind", buffers=[handle(side, at % 12), handle(side, at * 5 % 12)]),
                     call("submit", submits=[{"cmd": [handle(side, at * 7 % 12)]}]), call("present"),
                     answer("present", result=1003 if side == "b" else 0)]
        return made
    made = rules("call", "name", name_field="name", priority=["args"], compare=[
        {"name": "handles", "fields": ["args.**", "out", "devices[].handle"], "as": {"renamed": {"at_least": "0x10000"}}},
        {"name": "order", "fields": "devices", "as": "multiset"},
        {"name": "as-good", "when": {"kind": "return", "fields": {"name": "present"}}, "fields": "result", "as": {"alike": [[0, 1003]]}}])
    made["priority_fields"][0] |= {"form": "members"}
    outcome = case.diff(run("a", False, 40960), run("b", True, 4096), made)
    assert roots(outcome) == [("value", "create", "args.size")], roots(outcome)
    assert min(used(outcome)["values compared by handles"]) > 80, used(outcome)
    # A handle that is another one is told.
    canary, ours = run("a", False, 4096), run("b", True, 4096)
    ours[40]["payload"] = {"name": "bind", "args": {"buffers": [handle("b", 3), handle("b", 4)]}}
    assert ours[40]["kind"] == canary[40]["kind"] == "call" and canary[40]["payload"]["name"] == "bind"
    places = [one["canary"]["tid_event_idx"] for one in case.diff(canary, ours, made)["pairs"][0]["divergences"]]
    assert places[0] == 40, places


def case_child_ids(case):
    """Children have random ids; two are started in the other order, and one that is done is not the one that should be."""
    draw = random.Random(11)
    def run(order, done):
        ids = {child: "-".join(f"{draw.getrandbits(4 * size):0{size}x}" for size in (8, 4, 4, 4, 12)) for child in range(14)}
        made = []
        for child in order:
            made += [event("command", type="start", child=ids[child], name=f"pay{child}"),
                     event("event", type="started", child=ids[child], text=f"child {ids[child]} runs")]
        return made + [event("event", type="done", child=ids[child], text=f"child {ids[child]} ends") for child in done]
    canary = run(range(14), range(14))
    ours = run([0, 1, 2, 3, 4, 5, 7, 6, 8, 9, 10, 11, 12, 13], [0, 1, 2, 3, 4, 5, 6, 7, 8, 4, 10, 11, 12, 13])
    made = rules("command", "type", name_field="type", priority=["name"], compare=[
        {"name": "child", "fields": "child", "as": "renamed"},
        {"name": "in-texts", "fields": "text", "as": {"renamed_parts": "%x-%x-%x-%x-%x"}}])
    made["priority_fields"].append({"kind": "event", "form": "value", "fields": ["child"], "name_field": "type", "why": "w"})
    outcome = case.diff(canary, ours, made)
    found = roots(outcome)
    assert [one[:2] for one in found[:2]] in ([("reordered", "start"), ("value", "done")], [("value", "done"), ("reordered", "start")]), found
    assert len(found) == 2, found


def case_undefined_flags(case):
    """A recompiler keeps a flag that nobody reads; one block's next address differs whenever it runs, and a value once."""
    draw = random.Random(12)
    canary = [event("block", 1 + at % 3, block=f"{0x5000 + 16 * draw.randrange(12):#x}", rip=f"{at:#x}", eax=draw.randrange(1 << 30),
                    flags=0x202 | 0x44 * draw.randrange(2)) for at in range(240)]
    ours = [event("block", one["tid"], **one["payload"]) for one in canary]
    wrong = [one for one in ours if one["tid"] == 1 and one["payload"]["block"] == "0x5040"]
    for one in wrong:
        one["payload"]["rip"] = "0x7777"
    changed = next(one for one in ours[120:] if one["tid"] == 1 and one["payload"]["block"] != "0x5040")
    changed["payload"]["eax"] += 1
    for one in ours:
        one["payload"]["flags"] ^= 4 * (one["tid"] != 1 and draw.random() < 0.5)
    made = rules("block", "block", name_field="block", priority=["rip", "eax"],
                 compare=[{"name": "parity", "fields": "flags", "as": {"mask": "0xfffffffffffffffb"}}])
    outcome = case.diff(canary, ours, made)
    assert sorted((call, field) for _, call, field in roots(outcome)) == sorted(
        [("0x5040", "rip"), (changed["payload"]["block"], "eax")]), roots(outcome)
    assert used(outcome)["values compared by parity"] == (240, 240), used(outcome)


def case_counters_handed_on(case):
    """A count of cycles is read, copied, and two readings are subtracted; a division really differs."""
    draw = random.Random(13)
    def run(speed, quotient):
        made, before = [], 0
        for at in range(30):
            value = speed * at * at + 11
            made += [event("commit", insn="add", rd=f"x{1 + at % 9}", wdata=f"{at * 977:#x}") for _ in range(3)]
            if at % 3 == 0:
                made += [event("commit", insn="csrr cycle", rd="x14", wdata=f"{value:#x}"),
                         event("commit", insn="sub", rd="x16", wdata=f"{(value - before) % 2**64:#x}"),
                         event("commit", insn="mv", rd="x15", wdata=f"{value:#x}")]
                before = value
            if at == 20:
                made.append(event("commit", insn="div", rd="x9", wdata=quotient))
        return made
    made = rules("commit", "insn", name_field="insn", priority=["wdata"], compare=[
        {"name": "cycles", "when": {"kind": "commit", "call": "csrr cycle"}, "fields": "wdata", "as": {"adopt": "rd"}},
        {"name": "of-cycles", "fields": "wdata", "as": {"adopted": "rd"}}])
    outcome = case.diff(run(7, "0xffffffffffffffff"), run(19, "0x0"), made)
    assert roots(outcome) == [("value", "div", "wdata")], roots(outcome)
    assert used(outcome)["values compared by cycles"] == (10, 10), used(outcome)
    # What is set anew to a wrong value is no adopted one.
    ours = run(19, "0xffffffffffffffff")
    ours[-2]["payload"]["wdata"] = "0x12345"
    assert roots(case.diff(run(7, "0xffffffffffffffff"), ours, made)) == [("value", ours[-2]["payload"]["insn"], "wdata")]


def case_workers_that_hang(case):
    """A dispatcher wakes alike workers, whose ids differ from run to run; once it skips one, which waits for ever. So do all
    others in the end, and the main thread polls."""
    def both(tid, name, **args):
        return [event("call", tid, name=name, args=args), event("return", tid, name=name, result=0)]
    def run(workers, dispatcher, polls, missed):
        made = both(1, "start")
        for worker in workers:
            made.append(event("create", 1, entry="0x400000"))
        made.append(event("create", 1, entry="0x400100"))
        for _ in range(polls):
            made += both(1, "usleep", us=1000)
        for frame in range(0 if missed else 20):
            made += both(1, "flip", frame=frame)
        for turn in range(3 if missed else 6):
            for number, worker in enumerate(workers):
                if missed and turn == 2 and number == 1:
                    made.append(event("call", worker, name="wait", args={"cond": 5 + number}))
                    continue
                made += both(worker, "wait", cond=5 + number) + both(worker, "compile", block=10 * turn + number) + both(worker, "done")
        for turn in range(3 if missed else 6):
            for number in range(3):
                made += [] if missed and turn == 2 and number == 1 else both(dispatcher, f"wake{number}")
            made += [event("call", dispatcher, name="collect", args={})] if missed and turn == 2 else both(dispatcher, "collect")
        return made
    made = rules("call", "name", name_field="name", priority=["args"], repeats=[
        {"name": "polling", "each": [{"kind": "call", "call": "usleep"}, {"kind": "return", "call": "usleep"}]}],
        forgiven=[{"name": "who-waits-for-ever", "class": "truncated"}])
    made["thread_creation"] = {"kind": "create", "entry_field": "entry", "why": "w"}
    made["priority_fields"].append({"kind": "return", "form": "value", "fields": ["result"], "name_field": "name", "why": "w"})
    outcome = case.diff(run([5, 6, 7], 8, 9, False), run([8, 9, 10], 11, 120, True), made)
    pairs = {pair["tid"]["canary"]: pair["tid"]["ours"] for pair in outcome["pairs"]}
    assert pairs == {1: 1, 5: 8, 6: 9, 7: 10, 8: 11}, pairs
    assert roots(outcome)[0][:2] == ("missing", "wake1"), roots(outcome)
    assert used(outcome)["absorber polling"] == (16, 238), used(outcome)
    assert used(outcome)["absorber who-waits-for-ever"][0] > 40, used(outcome)


def case_workers_that_start_alike(case):
    """Workers do the same and start whenever there is work, in another order each time and under other tids; one of them
    is wrong. One side has a thread more, which watches the others."""
    draw = random.Random(29)
    jobs = [[draw.randrange(1 << 20) for _ in range(12)] for _ in range(6)]

    def run(tids, order, watched):
        made = [event("call", 1, name="main")] + [event("create", 1, child=tid, entry="worker") for tid in tids]
        made += [event("create", 1, child=99, entry="watchdog")] if watched else []
        for number in order:
            made.append(event("start", tids[number], role="worker", number=f"{number:#x}" if watched else number))
        made += [event("start", 99, role="watchdog")] + [event("call", 99, name="check") for _ in range(9)] if watched else []
        for turn in range(12):
            made += [event("call", tids[number], name="take", job=jobs[number][turn]) for number in order]
        return made
    canary, ours = run([5, 6, 7, 8, 9, 10], [3, 1, 0, 5, 2, 4], True), run([20, 30, 25, 21, 7, 6], [0, 4, 1, 2, 5, 3], False)
    wrong = [one for one in ours if one["tid"] == 25 and one["kind"] == "call"][7]
    wrong["payload"]["job"] += 1
    made = rules("call", "name", name_field="name", priority=["job"],
                 compare=[{"name": "spelling", "when": {"kind": "start"}, "fields": "number", "as": "number"},
                          {"name": "tids", "when": {"kind": "create"}, "fields": "child", "as": "nothing"}],
                 optional=[{"name": "creates-watchdog", "when": {"kind": "create", "fields": {"entry": "watchdog"}}}],
                 threads=[{"name": "watchdog", "pair": "order", "when": {"kind": "start", "fields": {"role": "watchdog"}}, "may_be_missing": True},
                          {"name": "workers", "pair": "value", "when": {"kind": "start"}, "fields": "number"}])
    for form in ("value", "creation"):
        outcome = case.diff(canary, ours, made)
        assert {pair["tid"]["canary"]: pair["tid"]["ours"] for pair in outcome["pairs"]} == {1: 1, 5: 20, 6: 30, 7: 25, 8: 21, 9: 7, 10: 6}, form
        assert roots(outcome) == [("value", "take", "job")] and outcome["unpaired"] == {"canary": [], "ours": []}, roots(outcome)
        assert used(outcome)["threads that may be missing by watchdog"] == (1, 0), used(outcome)
        assert used(outcome)["absorber creates-watchdog"] == (1, 0), used(outcome)
        made["threads"][1] = {"name": "workers", "pair": "creation", "when": {"kind": "create"}, "child": "child", "why": "w"}
    assert used(outcome)["threads paired by workers"] == (7, 7), used(outcome)


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
