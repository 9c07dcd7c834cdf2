#!/usr/bin/env python3
"""The slow twin of compare rules: what docs/rules.md says of "compare" and "passed_over", in Python.

Random rule sets are held against random logs of many threads. In each thread the twin says whether the events compare
equal; evdiff must say the same, by keys and by saved indexes. A failure prints its seed: --seed runs that one alone.
"""
import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

THREADS = 150
ABSENT = object()
CALLS = ["read", "write", "ioctl", "read_at", ""]
KINDS = ["op", "api.call", "api.return"]


# ---- the twin ----

def step_in(path, places, key):
    """The places in a path one step further in; key is None for an item of a list."""
    found = set()
    for place in places:
        if place == len(path):
            continue
        step = path[place]
        if step == "**":
            found.add(place)
        elif step == "[]" if key is None else step in ("*", key):
            found.add(place + 1)
    return deep(path, found)


def deep(path, places):
    """A step of any depth may be none at all."""
    places = set(places)
    for place, step in enumerate(path):
        if place in places and step == "**":
            places.add(place + 1)
    return places


def split(path):
    """The steps of a path that has no backslashes."""
    return [step for part in path.split(".") for step in re.findall(r"\[\]|[^\[]+", part)]


def fits(pattern, text):
    """Whether a pattern for whole texts fits."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text, re.DOTALL) is not None


def number(value, bare):
    """The whole number that a value spells, or None."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if not isinstance(value, str):
        return None
    found = re.fullmatch(r"(-?)(?:0[xX]([0-9a-fA-F]+)|([0-9a-fA-F]+))", value)
    if found is None:
        return None
    sign = -1 if found[1] else 1
    if found[2] is not None:
        return sign * int(found[2], 16)
    if bare == 16:
        return sign * int(found[3], 16)
    return sign * int(found[3]) if found[3].isdecimal() else None


def is_given(given, value):
    """Whether a value is the one that a rule names."""
    if given is None or isinstance(given, str):
        return type(given) is type(value) and given == value
    return number(value, 10) == number(given, 10)


def holds(asked, value):
    """Whether a value that is there is what a condition asks."""
    if not isinstance(asked, dict):
        return is_given(asked, value)
    found = number(value, 10)
    return (("one_of" not in asked or any(is_given(given, value) for given in asked["one_of"]))
            and ("like" not in asked or (isinstance(value, str) and any(fits(p, value) for p in listed(asked["like"]))))
            and ("at_least" not in asked or (found is not None and found >= number(asked["at_least"], 10)))
            and ("at_most" not in asked or (found is not None and found <= number(asked["at_most"], 10)))
            and ("mask" not in asked or (found is not None and found & int(asked["mask"], 16) == int(asked["is"], 16)))
            and ("not" not in asked or not holds(asked["not"], value)))


def values_at(path, value, places):
    """All values at a path."""
    if places and len(path) in places:
        yield value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from values_at(path, inner, step_in(path, places, key))
    if isinstance(value, list):
        for inner in value:
            yield from values_at(path, inner, step_in(path, places, None))


def is_when(when, event):
    """Whether a rule is about an event."""
    payload = event["payload"]
    if "kind" in when and not any(fits(kind, event["kind"]) for kind in listed(when["kind"])):
        return False
    if "call" in when:
        call = payload.get("name")
        call = str(call) if isinstance(call, int) and not isinstance(call, bool) else call
        if not isinstance(call, str) or not call or not any(fits(name, call) for name in listed(when["call"])):
            return False
    for field, asked in when.get("fields", {}).items():
        path = split(field)
        found = list(values_at(path, payload, deep(path, {0})))
        if isinstance(asked, dict) and "absent" in asked:
            if asked["absent"] == any(value is not None for value in found):
                return False
        elif not any(holds(asked, value) for value in found):
            return False
    return True


def listed(texts):
    return texts if isinstance(texts, list) else [texts]


PARTS = {"%d": "[0-9]{1,64}", "%x": "[0-9a-fA-F]{1,64}", "%w": "[0-9a-zA-Z_]{1,64}", "%%": "%"}


def longest_part(parts, text):
    """How many letters of a text the longest of the parts takes; each takes as many as it can, and gives none back."""
    longest = 0
    for part in parts:
        rest = text
        for piece in re.findall(r"%.|[^%]", part):
            found = re.match(PARTS.get(piece, re.escape(piece)), rest)
            if found is None:
                break
            rest = rest[found.end():]
        else:
            longest = max(longest, len(text) - len(rest))
    return longest


def without(parts, text):
    kept = ""
    while text:
        length = longest_part(parts, text)
        kept += text[:1] if length == 0 else ""
        text = text[max(length, 1):]
    return kept


def spelled(value):
    """A value in one spelling, for putting lists in order and comparing."""
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{spelled(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(spelled(item) for item in value) + "]"
    if isinstance(value, tuple):
        return f"<{value[1]}>"
    return json.dumps(value)


def operate(operator, value):
    """What a value counts as."""
    if isinstance(value, tuple) and operator != "nothing":  # one of several that are alike
        return value
    if operator == "nothing":
        return ABSENT
    if operator in ("number", "hexadecimal"):
        found = number(value, 16 if operator == "hexadecimal" else 10)
        return value if found is None else f"{'-' if found < 0 else ''}0x{abs(found):x}"
    if operator == "lower_case":
        return re.sub("[A-Z]", lambda found: found[0].lower(), value) if isinstance(value, str) else value
    if operator == "forward_slashes":
        return value.replace("\\", "/") if isinstance(value, str) else value
    if operator == "absent_if_blank":
        return ABSENT if value is None or value == "" else value
    if operator in ("set", "multiset") and isinstance(value, list):
        items = sorted(spelled(item) for item in value)
        return [("spelled", item) for item in (sorted(set(items)) if operator == "set" else items)]
    if not isinstance(operator, dict):
        return value
    if "mask" in operator:
        found = number(value, 10)
        return value if found is None else f"0x{found & int(operator['mask'], 16):x}"
    if "without" in operator:
        return without(listed(operator["without"]), value) if isinstance(value, str) else value
    for index, group in enumerate(operator["alike"]):
        if any(is_given(given, value) for given in group):
            return ("alike", f"{id(operator)}.{index}")
    return value


def takes_sides(operator):
    return operator in ("if_both", "renamed") or (
        isinstance(operator, dict) and bool({"pairs", "within", "drift", "renamed", "renamed_parts", "adopt", "adopted"} & set(operator)))


def is_name(operator, value):
    """Whether a value is a name to an operator."""
    if isinstance(value, (dict, list, tuple)):
        return False
    if operator != "renamed":
        return holds(operator["renamed"], value)
    return isinstance(value, (int, float)) and not isinstance(value, bool) or isinstance(value, str) and value != ""


def cut(parts, text):
    """A text as what is between its parts, and the parts."""
    rests, found, rest = [], [], ""
    while text:
        length = longest_part(parts, text)
        if length == 0:
            rest, text = rest + text[0], text[1:]
            continue
        rests, found, rest, text = rests + [rest], found + [text[:length]], "", text[length:]
    return rests + [rest], found


def stand_for(rule, a, b, names):
    """Whether two names have stood for each other, or neither was seen; from here on they do."""
    to, back = names.setdefault(rule, ({}, {}))
    a, b = spelled(a), spelled(b)
    good = to.get(a, b) == b and back.get(b, a) == a
    back.pop(to.pop(a, None), None)
    to.pop(back.pop(b, None), None)
    to[a], back[b] = b, a
    return good


def amount(value):
    """The number that a value is to a tolerance, or None."""
    if isinstance(value, tuple):
        return None
    if isinstance(value, float) and not value.is_integer():
        return value
    found = number(value, 10)
    return found if found is None or abs(found) < 2**96 else None


def may_be_sided(operators, value):
    """Whether a rule may say of a value that it is equal to another one."""
    for operator in operators:
        if operator == "if_both":
            return True
        if isinstance(value, tuple):
            continue
        if operator == "renamed" or "renamed" in operator:
            if is_name(operator, value):
                return True
        elif "renamed_parts" in operator:
            if isinstance(value, str) and cut(listed(operator["renamed_parts"]), value)[1]:
                return True
        elif "pairs" in operator:
            if any(is_given(given, value) for pair in operator["pairs"] for given in pair):
                return True
        elif number(value, 10) is not None or isinstance(value, float):
            return True
    return False


def count(value, lanes, sided, place=()):
    """What a value counts as under rules of which each has its paths and the places reached in them. Values that take both
    sides go to `sided`, by rule and place."""
    items = []  # of a list: what is sided in each, by the place within it
    if isinstance(value, dict):
        value = {key: count(inner, further(lanes, key), sided, place + (key,)) for key, inner in value.items()}
        value = {key: inner for key, inner in value.items() if inner is not ABSENT}
    elif isinstance(value, list):
        kept = []
        for index, item in enumerate(value):
            within = {}
            inner = count(item, further(lanes, None), within)
            if inner is ABSENT:
                sided.update({(name, place + (("absent", index),) + rest): found for (name, rest), found in within.items()})
            else:
                kept.append(inner)
                items.append([index, within])
        value = kept
    for rule, paths in lanes:
        if isinstance(value, tuple) and value[0] == "sided":
            break
        if any(len(path) in places for path, places in paths):
            operators = listed(rule["as"])
            for operator in operators:
                if not takes_sides(operator):
                    if operator in ("set", "multiset") and isinstance(value, list):
                        items = arranged(value, items, operator)
                    value = ABSENT if value is ABSENT else operate(operator, value)
            both = [operator for operator in operators if takes_sides(operator)]
            if value is not ABSENT and both and may_be_sided(both, value):
                sided[rule["name"], place] = value
                value = ABSENT if both[0] == "if_both" else ("sided", rule["name"])
    for index, within in items:
        sided.update({(name, place + (index,) + rest): found for (name, rest), found in within.items()})
    return value


def arranged(value, items, operator):
    """What is sided in the items of a list that is put in order, by where they come to stand."""
    order = sorted(range(len(value)), key=lambda at: (spelled(value[at]), at))
    if operator == "set":
        order = [at for number, at in enumerate(order) if number == 0 or spelled(value[at]) != spelled(value[order[number - 1]])]
    return [[number, items[at][1]] for number, at in enumerate(order)]


def is_near(operator, a, b):
    """Whether two numbers are within a tolerance."""
    most = operator["within"]
    most = {"absolute": most} if not isinstance(most, dict) else most
    if isinstance(a, int) and isinstance(b, int):
        if abs(b - a) <= int(most.get("absolute", 0)):
            return True
    elif a == b or ("absolute" in most and abs(float(b) - float(a)) <= most["absolute"]):
        return True
    return "relative" in most and abs(float(b - a)) <= most["relative"] * max(abs(float(a)), abs(float(b)))


def is_taken_over(operator, a, b, payload, adopted):
    """Whether two whole numbers are taken over, or come of such; `adopted` has those, by where they are kept."""
    member = operator.get("adopt") or operator["adopted"]
    place = spelled(payload[member]) if member in payload else "nowhere"
    before, word = list(adopted.values()), 2**64
    comes = any((b - a - d + c) % word == 0 for c, d in before) or any(
        (a - c - sign * e) % word == 0 and (b - d - sign * f) % word == 0 for c, d in before for e, f in before for sign in (1, -1))
    adopted.pop(place, None)
    if a != b and ("adopt" in operator or comes):
        adopted[place] = (a, b)
        return True
    return a == b


def are_equal(operators, a, b, where, ahead, names, payload):
    """Whether a rule takes two values for equal; `ahead` has by how much ours was ahead before, `names` what stood for what."""
    left, right = amount(a), amount(b)
    is_listed, holds = False, []
    for operator in operators:
        if operator == "renamed" or "renamed" in operator:
            if is_name(operator, a) and is_name(operator, b):
                holds.append(stand_for(where[0], a, b, names))
            continue
        if "adopt" in operator or "adopted" in operator:
            if isinstance(left, int) and isinstance(right, int):
                holds.append(is_taken_over(operator, left, right, payload, ahead.setdefault("adopted", {})))
            continue
        if "renamed_parts" in operator:
            if isinstance(a, str) and isinstance(b, str):
                (left_rests, left_parts), (right_rests, right_parts) = (cut(listed(operator["renamed_parts"]), text) for text in (a, b))
                good = True
                for at in range(max(len(left_rests), len(right_rests))):
                    if at >= min(len(left_rests), len(right_rests)) or left_rests[at] != right_rests[at]:
                        good = False
                        break
                    if (at < len(left_parts)) != (at < len(right_parts)):
                        good = False
                        break
                    if at < len(left_parts):
                        good = stand_for(where[0], left_parts[at], right_parts[at], names) and good
                holds.append(good)
            continue
        if operator != "if_both" and "pairs" in operator:
            is_listed = any(is_given(pair[0], a) and is_given(pair[1], b) for pair in operator["pairs"])
        if operator == "if_both" or "pairs" in operator or left is None or right is None:
            continue
        if "within" in operator:
            holds.append(is_near(operator, left, right))
        else:
            now = right - left if isinstance(left, int) and isinstance(right, int) else float(right) - float(left)
            holds.append(abs(now - ahead.get(where, now)) <= operator["drift"])
            ahead[where] = now
    return is_listed or (all(holds) if holds else spelled(a) == spelled(b))


def further(lanes, key):
    return [(rule, [(path, step_in(path, places, key)) for path, places in paths]) for rule, paths in lanes]


def counted(rules, event):
    """What an event counts as; None: it takes no part."""
    if any(is_when(rule["when"], event) for rule in rules["passed_over"]):
        return None
    lanes = [(rule, [(path, deep(path, {0})) for path in map(split, listed(rule["fields"]))])
             for rule in rules["compare"] if is_when(rule.get("when", {}), event)]
    sided = {}
    payload = {key: count(value, further(lanes, key), sided, (key,)) for key, value in event["payload"].items()}
    return event["kind"], spelled({key: value for key, value in payload.items() if value is not ABSENT and value is not None}), sided, event["payload"]


def is_diverged(rules, canary, ours):
    sides = [[made for made in (counted(rules, event) for event in events) if made is not None] for events in (canary, ours)]
    operators = {rule["name"]: [operator for operator in listed(rule["as"]) if takes_sides(operator)] for rule in rules["compare"]}
    ahead, names = {}, {}
    for a, b in zip(*sides):
        if a[:2] != b[:2]:
            return True
        found = [are_equal(operators[where[0]], value, b[2][where], where, ahead, names, a[3]) for where, value in a[2].items() if where in b[2]]
        if not all(found):
            return True
    return False


# ---- random rules and logs ----

def scalar(draw):
    return draw.choice([0, 1, 2, 31, -11, 255, 2**70 + 5, 1.0, 2.5, True, False, None, "", "31", "0x1f", "1F", "0x001F", "1f", "-0xb",
                        "a", "A", "b/c", "b\\c", "run 12 of 0x1f", "run 3 of 0xffff", "x", "0x10000000000000000", "100%", "10",
                        "18446744073709551616", "read", "é"])


def value(draw, depth=0):
    form = draw.random()
    if depth < 3 and form < 0.2:
        return {draw.choice("abc"): value(draw, depth + 1) for _ in range(draw.randrange(3))}
    if depth < 3 and form < 0.4:
        return [value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return scalar(draw)


def event(draw):
    payload = {key: value(draw) for key in draw.sample("abcd", draw.randrange(1, 4))}
    if draw.random() < 0.4:
        payload["a"] = [scalar(draw) for _ in range(2 + draw.randrange(2))]
    if draw.random() < 0.8:
        payload["name"] = draw.choice(CALLS + [7])
    return {"kind": draw.choice(KINDS), "payload": payload}


def respelled(draw, made):
    """An event much like another."""
    made = json.loads(json.dumps(made))
    payload = made["payload"]
    for key in list(payload):
        if draw.random() < 0.15:
            if isinstance(payload[key], list) and draw.random() < 0.8:
                payload[key] += draw.choices(payload[key], k=draw.randrange(2)) if payload[key] else []
                draw.shuffle(payload[key])
            else:
                payload[key] = value(draw)
    if draw.random() < 0.05:
        payload.pop(draw.choice(list(payload)), None)
    return made


def path(draw):
    return draw.choice(["a", "b", "c", "a.b", "*", "a.*", "a[]", "**", "*[]", "b[].a", "a.**", "**.a", "**.b[]", "c.*.a", "d[][]", "**[]", "*.**"])


def condition(draw, depth=0):
    form = draw.randrange(7 if depth == 0 else 6)
    if form == 0:
        return scalar_given(draw)
    if form == 1:
        return {"one_of": [scalar_given(draw) for _ in range(1 + draw.randrange(3))]}
    if form == 2:
        return {"like": draw.choice(["*", "r*", "*1*", ["a", "*x*f*"], "run * of *", "**"])}
    if form == 3:
        least = draw.choice([-20, 0, "0x1f", 3])
        return draw.choice([{"at_least": least}, {"at_most": least}, {"at_least": least, "at_most": 2**71}])
    if form == 4:
        return {"mask": "0xf", "is": draw.choice(["0xf", "0x1", "0x0"])}
    if form == 5:
        return {"not": condition(draw, depth + 1)}
    return {"absent": draw.random() < 0.5}


def scalar_given(draw):
    while True:
        found = scalar(draw)
        if found != 2.5:
            return found


def when(draw):
    made = {}
    if draw.random() < 0.6:
        made["kind"] = draw.choice(["op", "api.*", "*", ["op", "api.call"], "*.return"])
    if draw.random() < 0.2:
        made["kind"] = draw.choice(["op", "api.call"])
        made["call"] = draw.choice(["read", "*", "re*", ["write", "ioctl"], "7"])
    if draw.random() < 0.5 or not made:
        made["fields"] = {path(draw): condition(draw) for _ in range(1 + draw.randrange(2))}
    return made


def operator(draw):
    return draw.choice(["nothing", "number", "hexadecimal", "lower_case", "forward_slashes", "absent_if_blank", "set", "multiset",
                        "multiset", "number", {"mask": "0xf"}, {"mask": "0xffffffffffffffff"},
                        {"without": ["0x%x", "%d"]}, {"without": "%w"}, {"without": ["run %d", "%%"]},
                        {"alike": [[0, -11, None], ["a", "x", True]]}, {"alike": [["read", 31]]}])


def sided_operators(draw):
    """Some that take both sides."""
    made = [draw.choice([{"within": 1}, {"within": {"absolute": 20.5, "relative": 0.25}}, {"within": {"relative": 0.5}}]),
            draw.choice([{"drift": 0}, {"drift": 1}, {"drift": 30}]),
            {"pairs": [[0, -11], ["a", "x"], [None, True], [31, "read"]]}, "if_both",
            draw.choice(["renamed", "renamed", {"renamed": {"like": "*"}}, {"renamed": {"at_least": 2}}, {"renamed": {"one_of": [31, "a", None]}}]),
            {"renamed_parts": draw.choice(["%d", ["0x%x", "%d"], "%w"])},
            draw.choice([{"adopt": "name"}, {"adopted": "name"}, {"adopted": "a"}])]
    made = draw.sample(made, 1 + draw.randrange(2))
    return sorted(made, key=lambda operator: operator != "if_both")


def rule_set(draw):
    compare = []
    for index in range(1 + draw.randrange(4)):
        compare.append({"name": f"r{index}", "fields": [path(draw) for _ in range(1 + draw.randrange(2))],
                        "as": [operator(draw) for _ in range(1 + draw.randrange(2))], "why": "w"})
        compare[-1]["fields"] = sorted(set(compare[-1]["fields"]))
        if draw.random() < 0.4:
            compare[-1]["as"] = compare[-1]["as"][draw.randrange(2):] + sided_operators(draw)
        if draw.random() < 0.5:
            compare[-1]["when"] = when(draw)
    passed = [{"name": "p", "when": when(draw), "why": "w"}] if draw.random() < 0.3 else []
    for rule in passed:  # threads are paired by the event that each begins with
        if rule["when"].get("kind", "*") == "*":
            rule["when"]["kind"] = ["op", "api.*"]
    return {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"},
            "compare": compare, "passed_over": passed,
            "summaries": [{"kinds": ["op", "api.call"], "form": "first_of", "fields": ["name"], "why": "w"}]}


def write(log, threads):
    with open(log, "w", encoding="utf-8") as out:
        out.write('{"kind":"schema_version","schema_version":1}\n')
        for tid, events in enumerate(threads):
            start = {"kind": "start", "payload": {"id": f"thread {tid}"}}
            for index, made in enumerate([start] + events):
                out.write(json.dumps({"kind": made["kind"], "tid": tid, "tid_event_idx": index, "payload": made["payload"]}) + "\n")


def diff(evdiff, folder, *options):
    run = subprocess.run([evdiff, "diff", "--rules", "r.json", "--format", "json", "a.jsonl", "b.jsonl", *options],
                         cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def check(evdiff, seed, folder, seen):
    draw = random.Random(seed)
    rules = rule_set(draw)
    threads = [[[event(draw) for _ in range(1 + draw.randrange(3))]] for _ in range(THREADS)]
    for sides in threads:
        sides.append([respelled(draw, made) for made in sides[0]])
    (folder / "r.json").write_text(json.dumps(rules, indent=1), encoding="utf-8")
    for side, name in enumerate(["a.jsonl", "b.jsonl"]):
        write(folder / name, [sides[side] for sides in threads])
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
        (folder / "r.json").write_text(json.dumps(rules), encoding="utf-8")
        for side, log in enumerate(["a.jsonl", "b.jsonl"]):
            write(folder / log, [sides[side] for sides in threads])
        found = [pair["first_divergence"] is not None for pair in diff(evdiff, folder)["pairs"]]
        assert found == [depth > 64 for depth in range(60, 70)], (name, found)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evdiff", required=True, type=Path)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    seen = {True: 0, False: 0, "used": 0}
    with tempfile.TemporaryDirectory() as folder:
        check_depth(options.evdiff.resolve(), Path(folder))
        for seed in [options.seed] if options.seed is not None else range(options.seeds):
            check(options.evdiff.resolve(), seed, Path(folder), seen)
    assert options.seed is not None or (seen[True] > 1000 and seen[False] > 1000 and seen["used"] > options.seeds / 2), seen
    print(f"{seen[True]} threads diverged, {seen[False]} are equal; {seen['used']} rules were used")
    return 0


if __name__ == "__main__":
    sys.exit(main())
