#!/usr/bin/env python3
"""Values that two runs spell, count, draw or name otherwise: compare, and what it forgives."""
import random
import sys

from cases import event, is_equal, roots, rules, run_cases, used


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
                          stack=[f"{word:064x}" for word in words], error=""))
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
    assert used(outcome)["values compared by handed"] == (5, 5) and used(outcome)["values compared by blank"] == (90, 90), used(outcome)


def case_one_side(case):
    """One client alone writes decimal text and an event that the other lacks; what is wrong beside these shows, on either side."""
    draw = random.Random(9)
    canary, ours = [], []
    for at in range(60):
        gas = draw.randrange(1 << 30)
        canary.append(event("op", name="ADD", gas=hex(gas), note="0x%x at %d" % (gas, at)))
        ours.append(event("op", name="ADD", gas=str(gas), note=f" at {at}"))
        if at % 7 == 3:
            ours.append(event("op", name="STOP", gas=0, note=""))
    made = rules("op", "name", name_field="name", priority=["gas"],
                 compare=[{"name": "spelling", "when": {"kind": "op", "side": "canary"}, "fields": "gas", "as": "number"},
                          {"name": "decimal", "when": {"kind": "op", "side": "ours"}, "fields": "gas", "as": "number"},
                          {"name": "addresses", "when": {"kind": "op", "side": "canary"}, "fields": "note", "as": {"without": "0x%x"}}],
                 passed_over=[{"name": "stop", "when": {"side": "ours", "kind": "op", "call": "STOP"}}])
    for options in (("--index", "off"), ("--index", "save")):
        outcome = case.diff(canary, ours, made, *options)
        assert roots(outcome) == [], roots(outcome)
        uses = used(outcome)
        assert (uses["values compared by addresses"], uses["values compared by spelling"]) == ((60, 0), (60, 0)), uses
        assert uses["events passed over by stop"] == (0, len(ours) - 60), uses
    # The rule of canary's notes sees past nothing in ours, and that of ours' events past none in canary's.
    for side in (canary, ours):
        side[30]["payload"]["note"] = "0xbad" + side[30]["payload"]["note"]
    outcome = case.diff(canary, ours, made)
    assert len(roots(outcome)) == 1, roots(outcome)
    for side in (canary, ours):
        side[30]["payload"]["note"] = side[30]["payload"]["note"][5:]
    canary.insert(10, event("op", name="STOP", gas=0, note=""))
    assert len(roots(case.diff(canary, ours, made))) == 1


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
    assert roots(outcome) == [("value", "write", "ticks")], roots(outcome)
    assert used(outcome)["values compared by ticks"] == (110, 110), used(outcome)


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
    assert used(outcome)["values compared by ahead"] == (80, 79), used(outcome)


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


def case_taken_for_a_failure(case):
    """A call succeeds on both sides, and one program goes on as if it had failed. Clocks, inodes and addresses are the host's; in
    another thread a wait ends as luck has it."""
    draw = random.Random(14)
    def run(base, inode, failed, lucky):
        made = []
        def call(tid, name, args, **out):
            made.extend([event("enter", tid, call=name, args=args), event("exit", tid, call=name, **out)])
        for at in range(40):
            call(1, "clock", {"to": f"{base + 0x9fb0:#x}"}, result=0, out={"sec": inode + at})
            call(1, "stat", {"path": f"/lib/m{at}", "to": f"{base + 0x6b28:#x}"}, result=0, out={"inode": inode * 7 + at, "mode": 0o40755})
            if failed and at == 18:
                call(1, "write", {"fd": 2, "length": 81}, result=81)
            else:
                call(1, "open", {"path": f"/lib/m{at}"}, result=7)
                call(1, "list", {"fd": 7, "to": f"{base + 0x10000 + 64 * at:#x}"}, result=at * 11 % 40)
            if at % 5 == 0:
                call(2, "futex", {"at": f"{base + 0x20 * (at % 3):#x}"}, result=lucky[at // 5])
        return made
    luck = [[draw.choice([0, -11]) for _ in range(8)] for _ in range(2)]
    assert luck[0] != luck[1]
    made = rules("exit", "call", name_field="call", priority=["result"], compare=[
        {"name": "host", "when": {"kind": "exit", "call": ["clock", "stat"]}, "fields": ["out.sec", "out.inode"], "as": "nothing"},
        {"name": "addresses", "when": {"kind": "enter"}, "fields": ["args.to", "args.at"], "as": "renamed", "scope": "log"},
        {"name": "luck", "when": {"kind": "exit", "call": "futex"}, "fields": "result", "as": {"alike": [[0, -11]]}}])
    made["pairing"] = {"kind": "enter", "field": "call", "why": "w"}
    made["priority_fields"].append({"kind": "enter", "form": "members", "fields": ["args"], "name_field": "call", "why": "w"})
    sides = run(0xED98AC000000, 27, False, luck[0]), run(0xEFD5DD000000, 804, True, luck[1])
    outcome = case.diff(*sides, made)
    assert roots(outcome) == [("replaced", "open", "")], roots(outcome)
    divergence = outcome["pairs"][0]["divergences"][0]
    assert [divergence[side]["tid_event_idx"] for side in ("canary", "ours")] == [148, 148], divergence
    counts = {name: used(outcome)[f"values compared by {name}"] for name in ("host", "addresses", "luck")}
    assert counts == {"host": (80, 80), "addresses": (128, 127), "luck": (8, 8)}, counts
    # A mode is no inode, and a wait that fails otherwise is no luck.
    for at, name, member in ((50, "stat", "out"), (60, "futex", "result")):
        sides = run(0xED98AC000000, 27, False, luck[0]), run(0xEFD5DD000000, 804, False, luck[1])
        wrong = [one for one in sides[1][at:] if one["kind"] == "exit" and one["payload"]["call"] == name][0]
        wrong["payload"] |= {"out": wrong["payload"]["out"] | {"mode": 0o100644}} if member == "out" else {"result": -110}
        assert [found[:2] for found in roots(case.diff(*sides, made))] == [("value", name)]


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
    assert sorted(found) == [("extra", "chaos", ""), ("value", "machine", "v")], found


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
    assert [used(outcome)[f"values compared by {name}"] for name in ("child", "in-texts")] == [(42, 42), (28, 28)], used(outcome)


def case_state_of_the_machine(case):
    """A call's arguments are mostly addresses; one call fills them with what is free of memory, which a rule takes for absent. Other
    calls' addresses are names all the same."""
    def run(base, free, last=0):
        made = [event("call", name="open", args={"a0": base})]
        for at in range(100):
            made += [event("call", name="info", args={"free": free + at // 2}), event("call", name="read", args={"a0": base + at % 7})]
        return made + [event("call", name="read", args={"a0": base + last})]
    made = rules("call", "name", name_classes=[{"class": "address", "at_least": "0x100", "scope": "thread"}],
                 names=[{"form": "value", "class": "address", "kind": "call", "fields": ["args.*"]}])
    left_out = {"compare": [{"name": "state", "when": {"kind": "call", "fields": {"name": "info"}}, "fields": "args.*", "as": "nothing", "why": "w"}]}
    runs = [run(0x1000, 0x8000), run(0x5000, 0x9000)]
    runs[1][101]["payload"]["args"]["free"] = 0x8001
    assert not is_equal(case.diff(*runs, made))
    assert is_equal(case.diff(*runs, made | left_out)), roots(case.diff(*runs, made | left_out))
    outcome = case.diff(runs[0], run(0x5000, 0x9000, last=3), made | left_out)
    assert roots(outcome) == [("value", "", "args.a0")], roots(outcome)


def case_addresses_in_a_member_of_another_name(case):
    """What one engine calls args the other calls arguments. Addresses in it stand for each other all the same, until one does not."""
    def run(base, key, last):
        made = [event("call", name="open", **{key: {"a0": base}})]
        made += [event("call", name="read", **{key: {"a0": base + at % 7}}) for at in range(20)]
        return made + [event("call", name="read", **{key: {"a0": base + last}})]
    made = rules("call", "name", name_classes=[{"class": "address", "at_least": "0x100", "scope": "thread"}],
                 names=[{"form": "value", "class": "address", "kind": "call", "fields": ["args.*", "arguments.*"]}],
                 compare=[{"name": "called", "when": {"kind": "call"}, "fields": "arguments", "as": {"called": "args"}}])
    for sides in ((("args", 0x1000), ("arguments", 0x5000)), (("arguments", 0x1000), ("args", 0x5000))):
        for last in (0, 3):
            (canary, low), (ours, high) = sides
            outcome = case.diff(run(low, canary, 0), run(high, ours, last), made)
            assert is_equal(outcome) if last == 0 else roots(outcome) == [("value", "", "args.a0")], (sides, last, roots(outcome))


def case_clock_beside_allocators(case):
    """The results of allocators are addresses; that of one other call is a clock, which a rule takes for absent, and of a third one counts."""
    def run(address, time, size):
        made = [event("call", name="open")]
        for at in range(60):
            made += [event("return", name="alloc", result=address + at), event("return", name="clock", result=time + 7 * at),
                     event("return", name="size", result=size)]
        return made
    made = rules("call", "name", allocator_returns=[{"kind": "return", "name_field": "name", "names": ["alloc"], "set_fields": ["result"],
                                                     "replace_fields": ["status"], "mark": "ALLOC", "why": "w"}],
                 compare=[{"name": "clock", "when": {"kind": "return", "fields": {"name": "clock"}}, "fields": "result", "as": "nothing"}])
    outcome = case.diff(run(0x1000, 5, 3), run(0x9000, 6, 3), made)
    assert is_equal(outcome) and used(outcome)["values compared by clock"] == (60, 60), (outcome["verdict"], used(outcome))
    assert roots(case.diff(run(0x1000, 5, 3), run(0x9000, 6, 4), made)) == [("value", "", "result")]


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
                         event("commit", insn="rsub", rd="x18", wdata=f"{(10**9 - value) % 2**64:#x}"),
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


def case_the_same_value_where_another_is_due(case):
    """Two values that count as the same differ where the events before say that another one is due."""
    for operator, both in (({"drift": 0}, ([0, 1, 2, 3], [5, 6, 2, 8])), ("renamed", ([7, 8, 9], [8, 8, 9]))):
        made = rules("start", "id", compare=[{"name": "x", "when": {"kind": "op"}, "fields": "x", "as": operator}])
        for sides, is_same in (((both[0], both[0]), True), (both, False)):
            assert is_equal(case.diff(*([event("start", id="m"), *(event("op", x=x) for x in side)] for side in sides), made)) == is_same, sides


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, globals()))
