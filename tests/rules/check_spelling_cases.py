#!/usr/bin/env python3
"""Values inside texts, cut texts, counters that begin anew, and what one side says in other words: compare."""
import json
import random
import sys

from cases import event, roots, rules, run_cases, used


def at_place(outcome, *events):
    """Whether the first divergence is at these events, canary's and ours."""
    found = outcome["pairs"][0]["first_divergence"]["events"]
    return tuple(found[side]["tid_event_idx"] for side in ("canary", "ours")) == events


def case_sequence_numbers(case):
    """Numbers begin anywhere and anew at 2^32; one segment lies one length too far."""
    draw = random.Random(1)
    begins, sent, sides = [1000, 2**32 - 9000], 0, [[], []]
    for _ in range(80):
        length = draw.choice([0, 100, 536, 1460])
        for begin, log in zip(begins, sides):
            log.append(event("segment", flags="A", length=length, seq=(begin + sent) % 2**32))
        sent += length
    made = rules("segment", "flags", compare=[{"name": "seq", "fields": "seq", "as": {"drift": {"bits": 32}}}])
    assert roots(case.diff(*sides, made)) == []
    sides[1][50]["payload"]["seq"] = (sides[1][50]["payload"]["seq"] + 1460) % 2**32
    outcome = case.diff(*sides, made)
    assert roots(outcome) == [("value", "", "seq")] and at_place(outcome, 50, 50), roots(outcome)
    made["compare"][0]["as"] = {"drift": {"bits": 33}}
    assert not at_place(case.diff(*sides, made), 50, 50)


def case_counts_of_what_is_optional(case):
    """Every event tells how many instructions were run; one side has blocks of its own that count, too. Once it runs three more."""
    draw = random.Random(8)
    counts, sides = [0, 777000], [[], []]
    for number in range(100):
        step = draw.randrange(1, 9)
        for side in range(2):
            counts[side] += step + 3 * (side == 1 and number == 60)
            sides[side].append(event("op", name="abc"[number % 3], count=counts[side], n=number))
        if number == 60:
            place = len(sides[1]) - 1
        for _ in range(3 * (draw.random() < 0.2)):
            counts[1] += draw.randrange(1, 30)
            sides[1].append(event("stub", name="stub", count=counts[1]))
    for section in ("optional", "passed_over"):
        made = rules("op", "name", name_field="name", priority=["count"], compare=[{"name": "count", "fields": "count", "as": {"drift": 0}}])
        made[section] = [{"name": "stub", "when": {"kind": "stub"}, "why": "w"}]
        outcome = case.diff(*sides, made)
        assert at_place(outcome, 60, place) and [found[::2] for found in roots(outcome)] == [("value", "count")], roots(outcome)
    # Events of their own that both sides have as many of hide nothing.
    sides = [[event("stub" if at % 5 == 3 else "op", name="a", count=10 * at + 3 * (side == 1 and at >= 33)) for at in range(60)] for side in range(2)]
    assert at_place(case.diff(*sides, made), 34, 34)


def case_units(case):
    """Canary counts pages, in hexadecimal text, and seconds; ours bytes and milliseconds, once a page too many."""
    draw = random.Random(4)
    sides = [[], []]
    for number in range(60):
        pages, milliseconds = draw.choice([0, 1, 7, 2**60 + 3]), draw.choice([1500, 1, 60000, 123456, 29])
        sides[0].append(event("map", name="map", size=hex(pages), after=milliseconds / 1000))
        sides[1].append(event("map", name="map", size=4096 * (pages + (number == 40)), after=milliseconds))
    made = rules("map", "name", name_field="name", compare=[
        {"name": "pages", "when": {"side": "canary"}, "fields": "size", "as": {"times": 4096}},
        {"name": "seconds", "when": {"side": "canary"}, "fields": "after", "as": {"times": 1000}}])
    outcome = case.diff(*sides, made)
    assert at_place(outcome, 40, 40) and [found[::2] for found in roots(outcome)] == [("value", "size")], roots(outcome)
    assert [used(outcome)[f"values compared by {name}"] for name in ("pages", "seconds")] == [(60, 0)] * 2, used(outcome)
    # A product of more than 4,096 hexadecimal digits is none; the number stays what it is, and a text as it is spelled.
    for digits, is_equal in ((4096, True), (4097, False)):
        sides = [[event("map", name="map", size="0x" + zeros + "1" + "0" * (digits - 2))] for zeros in ("", "0")]
        made["compare"] = [{"name": "units", "fields": "size", "as": {"times": 16}, "why": "w"}]
        assert (roots(case.diff(*sides, made)) == []) == is_equal, digits


def case_answers_in_texts(case):
    """A body is JSON in a text, with its members in another order, null for absent, ids and times of its own; a total differs."""
    draw = random.Random(2)
    sides = [[], []]
    for number in range(50):
        order = {"total": draw.randrange(10000), "items": [{"sku": draw.randrange(99), "n": at} for at in range(2)]}
        for log in sides:
            body = order | {"id": f"{draw.getrandbits(64):x}", "note": None} if log is sides[0] else {"id": f"{draw.getrandbits(64):x}"} | order
            log.append(event("answer", path=f"/o/{number % 7}", body=json.dumps(body)))
    made = rules("answer", "path", name_field="path", priority=["body"], compare=[
        {"name": "body", "fields": "body", "as": "json"}, {"name": "ids", "fields": "body.id", "as": "nothing"},
        {"name": "nulls", "fields": "body.*", "as": "absent_if_blank"}])
    assert roots(case.diff(*sides, made)) == []
    body = json.loads(sides[1][30]["payload"]["body"])
    body["items"][1]["n"] += 1
    sides[1][30]["payload"]["body"] = json.dumps(body)
    outcome = case.diff(*sides, made)
    assert [found[::2] for found in roots(outcome)] == [("value", "body")] and at_place(outcome, 30, 30), roots(outcome)
    # What spells no object and no list is a text, also where more than one value is spelled.
    for text in ('1, "a": 2', "31", '{"id": 1}}', "[1", '{"id": NaN}'):
        sides[0][30]["payload"]["body"], sides[1][30]["payload"]["body"] = text, text + " "
        assert at_place(case.diff(*sides, made), 30, 30), text


def case_decimals_in_texts(case):
    """One side writes amounts as text with two decimals and times with six, the other as numbers; times are as near as they can be. A cent
    differs, and a time."""
    def run(is_text, cents=None, at=None):
        draw, made = random.Random(23), [event("begin", n=1)]
        for number in range(60):
            amount, time = draw.randrange(-10**6, 10**6), 1659376271 + number + draw.random()
            amount, time = amount + (number == cents), time + 0.25 * (number == at)
            made.append(event("row", key=number, amount=f"{amount / 100:.2f}" if is_text else amount / 100, sent=f"{time:.6f}" if is_text else time))
        return made
    made = rules("begin", "n", compare=[{"name": "amount", "fields": "amount", "as": "number"},
                                        {"name": "sent", "fields": "sent", "as": ["number", {"within": 1e-6}]}])
    made["priority_fields"] = [{"kind": "row", "form": "value", "fields": ["amount", "sent"], "why": "w"}]
    outcome = case.diff(run(True), run(False), made)
    assert outcome["verdict"] == "equal", roots(outcome)
    assert used(outcome)["values compared by amount"] == (60, used(outcome)["values compared by amount"][1]), used(outcome)
    assert roots(case.diff(run(True), run(False, cents=31), made)) == [("value", "", "amount")]
    assert roots(case.diff(run(False, at=31), run(True), made)) == [("value", "", "sent")]
    # Of one side alone: what it makes is the number that the other side has.
    made["compare"][0]["when"] = {"side": "canary"}
    assert case.diff(run(True), run(False), made)["verdict"] == "equal"
    assert case.diff(run(False), run(True), made)["verdict"] == "diverged"


def case_cut_texts(case):
    """One log cuts texts behind 32 characters, the other behind 64; they differ within the first 32."""
    draw = random.Random(3)
    texts = ["".join(draw.choice("abc déf/") for _ in range(draw.choice([5, 31, 32, 33, 90]))) for _ in range(60)]
    sides = [[event("call", name="write", text=text if len(text) <= most else text[:most] + "...") for text in texts] for most in (64, 32)]
    made = rules("call", "name", name_field="name", priority=["text"], compare=[{"name": "cut", "fields": "text", "as": {"first": 32}}])
    assert roots(case.diff(*sides, made)) == []
    at = next(at for at, text in enumerate(texts) if len(text) > 32 and at > 30)
    text = sides[1][at]["payload"]["text"]
    sides[1][at]["payload"]["text"] = text[:31] + "x" + text[32:]
    assert at_place(case.diff(*sides, made), at, at)


def case_any_nan(case):
    """Results are bit patterns on a stack; a NaN is any of many, and infinity is none."""
    draw = random.Random(4)
    sides = [[], []]
    for number in range(60):
        kind = [draw.choice(["int", "nan"]) for _ in range(3)]
        words = [draw.randrange(1 << 20) for _ in kind]
        for log in sides:
            log.append(event("op", name="op", n=number, stack=[
                word if form == "int" else 0x7f800000 | draw.randrange(1, 1 << 23) | draw.randrange(2) << 31 for form, word in zip(kind, words)]))
    sides[0][40]["payload"]["stack"] = sides[1][40]["payload"]["stack"] = [7, 0x7f800000]
    made = rules("op", "name", name_field="name", priority=["stack"], compare=[{"name": "nan", "fields": "stack[]", "as": [
        {"only": {"mask": "0x7f800000", "is": "0x7f800000", "not": {"mask": "0x7fffff", "is": "0x0"}}}, {"constant": "NaN"}]}])
    outcome = case.diff(*sides, made)
    assert roots(outcome) == [] and min(used(outcome)["values compared by nan"]) > 30, used(outcome)
    sides[1][40]["payload"]["stack"] = [7, 0x7fc00000]
    assert at_place(case.diff(*sides, made), 40, 40)


def case_errors_in_two_forms(case):
    """One side returns -1 and says the error by name, the other minus its number; one call fails otherwise."""
    draw = random.Random(5)
    numbers = {"EAGAIN": 11, "ENOENT": 2, "EACCES": 13}
    sides = [[], []]
    for _ in range(60):
        name, error = draw.choice(["read", "stat"]), draw.choice([*numbers, None, None])
        sides[0].append(event("call", name=name, result=-numbers[error] if error else 5))
        sides[1].append(event("call", name=name, result=-1, errno=error) if error else event("call", name=name, result=5))
    made = rules("call", "name", name_field="name", priority=["result"], compare=[
        *({"name": error, "when": {"side": "ours", "fields": {"result": -1, "errno": error}}, "fields": "result", "as": {"constant": -number}}
          for error, number in numbers.items()),
        {"name": "errno", "when": {"side": "ours"}, "fields": "errno", "as": "nothing"}])
    assert roots(case.diff(*sides, made)) == []
    at = next(at for at, one in enumerate(sides[1]) if one["payload"].get("errno") == "ENOENT" and at > 20)
    sides[1][at]["payload"]["errno"] = "EACCES"
    assert at_place(case.diff(*sides, made), at, at)


def case_nothing_in_a_list(case):
    """A set that is empty here is null or absent there; one has another item."""
    draw = random.Random(6)
    sides = [[], []]
    for number in range(40):
        found = draw.sample("abcdef", draw.randrange(3))
        sides[0].append(event("query", n=number % 5, found=found))
        sides[1].append(event("query", n=number % 5, found=found[::-1] + found[:1] or None))
    made = rules("query", "n", compare=[{"name": "found", "fields": "found", "as": ["set", "absent_if_blank"]}])
    assert roots(case.diff(*sides, made)) == []
    sides[1][20]["payload"]["found"] = ["z"]
    assert at_place(case.diff(*sides, made), 20, 20)


def case_numbers_in_texts_too_far_apart(case):
    """Numbers that are members of what a text spells, which one side may have as an object, are too far apart: a divergence there,
    shown with the text."""
    made = rules("op", "name", compare=[{"name": "texts", "fields": "body", "as": ["json"]},
                                        {"name": "near", "fields": ["body.n", "body.deep.n"], "as": {"within": 1}}])
    values = {"n": 5, "deep": {"n": 7}}
    for key in ("n", "deep"):
        for forms in ((json.dumps, json.dumps), (json.dumps, dict), (dict, json.dumps), (dict, dict)):
            other = json.loads(json.dumps(values))
            (other if key == "n" else other["deep"])["n"] += 2
            sides = [[event("op", name="a"), event("op", name="b", body=form(value))] for form, value in zip(forms, (values, other))]
            found = case.diff(*sides, made)["pairs"][0]["first_divergence"]
            assert found["events"]["ours"]["tid_event_idx"] == 1, (key, forms)
            (other if key == "n" else other["deep"])["n"] -= 1
            sides[1][1]["payload"]["body"] = forms[1](other)
            assert case.diff(*sides, made)["pairs"][0]["first_divergence"] is None, (key, forms)


def case_sets_of_names(case):
    """Units are numbered otherwise and selected in any order; one order names another unit. Also as members of items."""
    draw = random.Random(7)
    units = [(10 + at, 900 - 3 * at) for at in range(12)]
    sides = [[event("born", unit=unit[side]) for unit in units[:6]] for side in range(2)]
    for number in range(40):
        chosen = draw.sample(units if number > 3 else units[:6], 3)
        if number == 4:
            chosen = units[6:9]  # three that are new: who is who is not known yet
        for side, log in enumerate(sides):
            draw.shuffle(chosen)
            log.append(event("order", name="move", units=[unit[side] for unit in chosen], goals=[{"unit": unit[side], "x": unit[0] % 2} for unit in chosen]))
    made = rules("born", "kind", threads=[{"name": "one", "pair": "order"}], compare=[
        {"name": "units", "fields": ["unit", "units[]", "goals[].unit"], "as": "renamed"}, {"name": "sets", "fields": ["units", "goals"], "as": "set"}])
    assert roots(case.diff(*sides, made)) == []
    for field in ("units", "goals"):
        value = sides[1][30]["payload"][field]
        other = next(unit[1] for unit in units if unit[1] not in sides[1][30]["payload"]["units"])
        sides[1][30]["payload"][field] = [other, *value[1:]] if field == "units" else [value[0] | {"unit": other}, *value[1:]]
        outcome = case.diff(*sides, made)
        assert at_place(outcome, 30, 30) and roots(outcome)[0][::2] == ("value", field), roots(outcome)
        sides[1][30]["payload"][field] = value
    sides[1][30]["payload"]["units"] = value = sides[1][30]["payload"]["units"] * 2
    assert roots(case.diff(*sides, made)) == []
    sides[1][30]["payload"]["units"] = value[:2]
    assert at_place(case.diff(*sides, made), 30, 30)


def case_what_stands_beside_new_names_in_sets(case):
    """Names are new, so nobody knows which items are counterparts; what stands beside them in the items is compared all the same."""
    beside = {"within": ({"within": 1}, [10, 20], [11, 20], [1000, 2000]),
              "pairs": ({"pairs": [[0, -11], [1, -12]]}, [0, 1], [-11, -12], [-12, 1]),
              "if_both": ("if_both", [1, 2], [1, 2], [7, 8]),
              "drift": ({"drift": 0}, [1, 2], [3, 4], [3, 5])}
    for name, (operator, canary, good, bad) in beside.items():
        made = rules("op", "name", threads=[{"name": "one", "pair": "order"}], compare=[
            {"name": "ids", "fields": "units[].id", "as": "renamed"}, {"name": "beside", "fields": "units[].v", "as": operator},
            {"name": "any order", "fields": "units", "as": "multiset"}])
        for values, is_equal in ((good, True), (bad, False)):
            sides = [[event("op", name="a", units=[{"id": first + at, "v": value} for at, value in enumerate(column)])]
                     for first, column in ((1, canary), (5, values))]
            if name == "drift":
                sides = [[event("op", name="a", units=[{"id": first, "v": value} for first, value in ((50 + first, 1 + 2 * side), (60 + first, 2 + 2 * side))])]
                         + log for side, (first, log) in enumerate(zip((1, 5), sides))]
            assert (roots(case.diff(*sides, made)) == []) == is_equal, (name, values)
    # A name that is known, behind one that is new.
    made = rules("op", "name", threads=[{"name": "one", "pair": "order"}], compare=[
        {"name": "ids", "fields": ["parent", "units[].id", "units[].parent"], "as": "renamed"}, {"name": "any order", "fields": "units", "as": "multiset"}])
    for parent, is_equal in ((200, True), (999, False)):
        sides = [[event("op", name="a", parent=known), event("op", name="b", units=[{"id": first + at, "parent": told} for at in range(2)])]
                 for known, first, told in ((100, 1, 100), (200, 5, parent))]
        assert (roots(case.diff(*sides, made)) == []) == is_equal, parent


def case_names_of_threads_and_of_all_in_one_set(case):
    """An item has a name that its thread gave and one that is the same in all threads: both must be right, together."""
    for scope in ({"scope": "log"}, {}):
        made = rules("op", "name", threads=[{"name": "one", "pair": "order"}], compare=[
            {"name": "ids", "fields": "units[].id", "as": "renamed"}, {"name": "pids", "fields": "units[].pid", "as": "renamed"} | scope,
            {"name": "any order", "fields": "units", "as": "multiset"}])
        canary = [[(1, 100)], [(2, 101)], [(1, 100), (2, 101)]]
        for last, is_equal in (([(11, 200), (12, 201)], True), ([(11, 201), (12, 200)], False), ([(11, 777), (12, 888)], False),
                               ([(77, 200), (88, 201)], False)):
            sides = [[event("op", name="a", units=[{"id": one, "pid": pid} for one, pid in units]) for units in log]
                     for log in (canary, [[(11, 200)], [(12, 201)], last])]
            assert (roots(case.diff(*sides, made)) == []) == is_equal, (scope, last)


def case_counters_in_a_list_without_order(case):
    """Counters of workers that come and go, told in any order: each is ahead by an amount of its own. One jumps once, and a new one
    is ahead by as much as no other."""
    draw = random.Random(5)
    sides = [[], []]
    ahead = {worker: draw.randrange(-50, 50) for worker in range(8)}
    for number in range(60):
        chosen = draw.sample(range(8), 1 + draw.randrange(6)) if number else list(range(8))
        for side, log in enumerate(sides):
            draw.shuffle(chosen)
            log.append(event("tick", workers=[{"id": worker, "done": 1000 + 7 * number + worker + side * ahead[worker]} for worker in chosen]))
    made = rules("tick", "kind", threads=[{"name": "one", "pair": "order"}], compare=[
        {"name": "done", "fields": "workers[].done", "as": {"drift": 0}}, {"name": "any order", "fields": "workers", "as": "multiset"}])
    assert roots(case.diff(*sides, made)) == []
    sides[1][30]["payload"]["workers"][0]["done"] += 1
    outcome = case.diff(*sides, made)
    assert at_place(outcome, 30, 30) and roots(outcome)[0][::2] == ("value", "workers"), roots(outcome)
    sides[1][30]["payload"]["workers"][0]["done"] -= 1
    for log, done in zip(sides, (100, 700)):
        log[40]["payload"]["workers"].append({"id": 9, "done": done})
    assert at_place(case.diff(*sides, made), 40, 40)


def case_clocks_of_items_that_change(case):
    """Items without order of which each is told once: their clocks are ahead by as much as those of the items before."""
    draw = random.Random(6)
    sides = [[], []]
    for number in range(40):
        items = [(draw.randrange(1 << 40), 1000 * number + at) for at in range(1 + draw.randrange(3))]
        for side, log in enumerate(sides):
            draw.shuffle(items)
            log.append(event("tick", items=[{"hash": word, "time": time + side * 77} for word, time in items]))
    made = rules("tick", "kind", threads=[{"name": "one", "pair": "order"}], compare=[
        {"name": "time", "fields": "items[].time", "as": {"drift": 0}}, {"name": "any order", "fields": "items", "as": "set"}])
    assert roots(case.diff(*sides, made)) == []
    sides[1][20]["payload"]["items"][0]["time"] += 3
    outcome = case.diff(*sides, made)
    assert at_place(outcome, 20, 20) and roots(outcome)[0][::2] == ("value", "items"), roots(outcome)


def case_sets_in_sets(case):
    """Groups of units, told in any order, as their units are; one unit is in another group once."""
    draw = random.Random(11)
    groups = [[(10 * group + at, 500 - 7 * group - 31 * at) for at in range(3)] for group in range(5)]
    sides = [[event("born", unit=unit[side]) for group in groups for unit in group] for side in range(2)]
    for number in range(30):
        chosen = draw.sample(groups, 3)
        for side, log in enumerate(sides):
            draw.shuffle(chosen)
            log.append(event("seen", groups=[{"units": draw.sample([unit[side] for unit in group], 3), "at": 5 * group[0][0] + side} for group in chosen]))
    made = rules("born", "kind", threads=[{"name": "one", "pair": "order"}], compare=[
        {"name": "units", "fields": ["unit", "groups[].units[]"], "as": "renamed"}, {"name": "near", "fields": "groups[].at", "as": {"within": 1}},
        {"name": "sets", "fields": ["groups", "groups[].units"], "as": "multiset"}])
    assert roots(case.diff(*sides, made)) == []
    told = sides[1][25]["payload"]["groups"]
    for group, member, value in ((told[0], "at", told[1]["at"]), (told[0], "units", [told[1]["units"][0], *told[0]["units"][1:]])):
        before, group[member] = group[member], value
        outcome = case.diff(*sides, made)
        assert at_place(outcome, 25, 25) and roots(outcome)[0][::2] == ("value", "groups"), roots(outcome)
        group[member] = before
    told[0]["units"][0], told[1]["units"][0] = told[1]["units"][0], told[0]["units"][0]
    assert at_place(case.diff(*sides, made), 25, 25)


def case_sets_of_new_names_in_sets(case):
    """Who is who is not learnt of sets of names that are all new, in whatever order they come."""
    made = rules("op", "kind", threads=[{"name": "one", "pair": "order"}], compare=[
        {"name": "units", "fields": ["unit", "groups[][]"], "as": "renamed"}, {"name": "sets", "fields": ["groups", "groups[]"], "as": ["multiset", "set"]}])
    canary = [event("op", groups=[["a", "b"], ["c", "d"]])] + [event("op", unit=unit) for unit in "abcd"] + [event("op", groups=[["d", "c"], ["b", "a"]])]
    for first in ("1213", "1212", "1123", "1111"):  # fewer names than four
        ours = [event("op", groups=[list(first[:2]), list(first[2:])])]
        assert at_place(case.diff(canary[:1], ours, made), 0, 0), first
    for first, units, last, is_equal in (("4321", "1234", ("12", "34"), True), ("4321", "1234", ("13", "24"), False), ("1234", "1233", ("12", "34"), False)):
        ours = [event("op", groups=[list(first[:2]), list(first[2:])])] + [event("op", unit=unit) for unit in units] + [event("op", groups=[list(group) for group in last])]
        assert (roots(case.diff(canary, ours, made)) == []) == is_equal, (first, units, last)


def case_what_has_no_name_beside_new_names(case):
    """Of the items of a set some are no names: they are held against each other, wherever they stand."""
    canary = [event("op", items=["a", "b", 31]), event("op", items=["a"]), event("op", items=["b"])]
    made = rules("op", "kind", threads=[{"name": "one", "pair": "order"}], compare=[
        {"name": "names", "fields": "items[]", "as": [{"pairs": [[31, "any"]]}, {"renamed": {"like": "*"}}]},
        {"name": "any order", "fields": "items", "as": "multiset"}])
    for first, others, is_equal in ((["x", 31, "y"], "xy", True), ([31, "y", "x"], "yx", True), (["x", 32, "y"], "xy", False),
                                    (["x", 31, "y"], "xx", False), (["x", 31, "x"], "xx", False)):
        ours = [event("op", items=first)] + [event("op", items=[name]) for name in others]
        assert (roots(case.diff(canary, ours, made)) == []) == is_equal, (first, others)


def case_members_of_other_names(case):
    """One engine writes args.res and pid, the other args.result and process, in another spelling; handles are its own, too."""
    draw = random.Random(31)
    canary, ours = [], []
    for number in range(60):
        result, call = draw.randrange(1, 9), draw.choice(["open", "close", "read"])
        canary.append(event("call", name=call, args={"at": number, "result": 4 * result}, process=7, extra=number % 3))
        ours.append(event("call", name=call, args={"at": number, "res": hex(100 + result)}, pid=7, extra=number % 3))
    made = rules("call", "name", name_field="name", priority=["extra"], compare=[
        {"name": "results", "when": {"kind": "call", "side": "ours"}, "fields": "args.res", "as": {"called": "result"}},
        {"name": "handles", "fields": "args.result", "as": ["number", "renamed"]},
        {"name": "processes", "fields": "pid", "as": {"called": "process"}}])
    for member, place, value, field in (("res", "args", "0x99", "args.result"), (None, "pid", 8, "process")):
        told = ours[30]["payload"]
        told, key = (told[place], member) if member else (told, place)
        before, told[key] = told[key], value
        outcome = case.diff(canary, ours, made)
        assert roots(outcome)[0] == ("value", canary[30]["payload"]["name"], field) and at_place(outcome, 30, 30), roots(outcome)
        found = outcome["pairs"][0]["first_divergence"]
        assert found["path"] == field and found["values"]["ours"]["shown"] == json.dumps(value), found
        told[key] = before
    # Where an object has one of that name, or two would have it, nothing is called otherwise.
    made["compare"] += [{"name": "also", "fields": "args.rc", "as": {"called": "result"}, "why": "w"}]
    assert roots(case.diff(canary, ours, made)) == []
    for key in ("result", "rc"):
        ours[30]["payload"]["args"][key] = 4
        outcome = case.diff(canary, ours, made)
        assert at_place(outcome, 30, 30) and used(outcome)["values compared by results"] == (0, 59), used(outcome)
        ours[30]["payload"]["args"].pop(key)
    outcome = case.diff(canary, ours, made)
    assert roots(outcome) == [] and used(outcome)["values compared by results"] == (0, 60), (roots(outcome), used(outcome))
    assert used(outcome)["values compared by handles"] == (60, 60) and used(outcome)["values compared by processes"] == (0, 60), used(outcome)


def case_threads_of_other_names(case):
    """Threads are known by a member that the other engine calls otherwise."""
    sides = [[], []]
    for worker in (3, 1, 2):
        sides[0] += [event("start", tid=worker, worker=worker), event("op", tid=worker, n=worker)]
        sides[1] += [event("start", tid=9 - worker, id=str(worker)), event("op", tid=9 - worker, n=worker)]
    made = rules("start", "kind", threads=[{"name": "workers", "pair": "value", "when": {"kind": "start"}, "fields": "worker"}],
                 compare=[{"name": "ids", "when": {"kind": "start"}, "fields": "id", "as": [{"called": "worker"}, "number"]},
                          {"name": "numbers", "fields": "worker", "as": "number"}])
    outcome = case.diff(*sides, made)
    assert roots(outcome) == [] and len(outcome["pairs"]) == 3, outcome["pairs"]


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, globals()))
