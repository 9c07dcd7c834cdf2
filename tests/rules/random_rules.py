"""Random rule sets of compare rules, and random events that they are about."""
import json

CALLS = ["read", "write", "ioctl", "read_at", ""]
KINDS = ["op", "api.call", "api.return"]


def scalar(draw):
    return draw.choice([0, 1, 2, 31, -11, 255, 2**70 + 5, 1.0, 2.5, True, False, None, "", "31", "0x1f", "1F", "0x001F", "1f", "-0xb",
                        "a", "A", "b/c", "b\\c", "run 12 of 0x1f", "run 3 of 0xffff", "x", "0x10000000000000000", "100%", "10",
                        "18446744073709551616", "2.50", "-2.5", "31.0", "-0.0", "1764535022.123456789", "1764535022.123456700", "9007199254740993.0", "9007199254740992.00", "1.", ".5", "2.5e1", "0x1.8", "read", "é", '{"a": "31", "b": [1, "0x1f"]}', '{"b":[1,31],"a":31}', "[1, 2]", "[2,1]", "[1", "[ ]", '["\\ud800"]',
                        '["\\uD800" ]', '["\ud800"]', '["\ud800" ]'])


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
    if draw.random() < 0.1:
        renamed(draw, payload)
    return made


def renamed(draw, payload):
    """The same with a member of another name, or two."""
    for key in draw.sample("abcd", 2):
        if key in payload:
            payload[draw.choice("cdxy")] = payload.pop(key)
        for inner in payload.values():
            if isinstance(inner, dict) and key in inner:
                inner[draw.choice("cdxy")] = inner.pop(key)


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
                        {"alike": [[0, -11, None], ["a", "x", True]]}, {"alike": [["read", 31]]}, {"first": 1}, {"first": 3},
                        {"times": draw.choice([2, 10, 31, 4096, 10**18])},
                        {"constant": draw.choice([777, "K"])}, {"only": condition(draw, 1)}])


def sided_operators(draw):
    """Some that take both sides."""
    made = [draw.choice([{"within": 1}, {"within": {"absolute": 20.5, "relative": 0.25}}, {"within": {"relative": 0.5}}]),
            draw.choice([{"drift": 0}, {"drift": 1}, {"drift": 30}, {"drift": {"bits": 4}}, {"drift": {"absolute": 2, "bits": 64}}]),
            {"pairs": [[0, -11], ["a", "x"], [None, True], [31, "read"]]}, "if_both",
            draw.choice(["renamed", "renamed", {"renamed": {"like": "*"}}, {"renamed": {"at_least": 2}}, {"renamed": {"one_of": [31, "a", None]}}]),
            {"renamed_parts": draw.choice(["%d", ["0x%x", "%d"], "%w"])},
            draw.choice([{"adopt": "name"}, {"adopted": "name"}, {"adopted": "a"}])]
    made = draw.sample(made, 1 + draw.randrange(2))
    return sorted(made, key=lambda operator: operator != "if_both")


def without_truth(value, is_item=False):
    """A value whose lists have no true and no false."""
    if isinstance(value, dict):
        return {key: without_truth(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_truth(inner, True) for inner in value]
    return "truth" if is_item and isinstance(value, bool) else value


def has_names_without_order(rules):
    """True is 1, and no name as 1 is: where lists have no order, which of them is held against which is nothing that a rule says."""
    used = [one for rule in rules["compare"] for one in rule["as"]]
    return "renamed" in used and ("set" in used or "multiset" in used)


def rule_set(draw):
    compare = []
    for index in range(1 + draw.randrange(4)):
        compare.append({"name": f"c{index}", "fields": [path(draw) for _ in range(1 + draw.randrange(2))],
                        "as": [operator(draw) for _ in range(1 + draw.randrange(2))], "why": "w"})
        if draw.random() < 0.15:
            compare[-1]["as"].insert(0, "json")
        compare[-1]["fields"] = sorted(set(compare[-1]["fields"]))
        if draw.random() < 0.25:
            compare[-1]["fields"] = draw.sample(["a", "b", "a.b", "**.a", "c.*.a", "b[].a", "*.b"], 1 + draw.randrange(2))
            compare[-1]["as"].insert(0, {"called": draw.choice("cdxy")})
        has_both = draw.random() < 0.4
        if draw.random() < 0.5:
            compare[-1]["when"] = when(draw)
        if not has_both and draw.random() < 0.4:
            compare[-1]["as"] = ["number" if one in ("set", "multiset") or "alike" in one else one for one in compare[-1]["as"]]
            compare[-1].setdefault("when", {})["side"] = draw.choice(["canary", "ours"])
            if compare[-1]["when"].get("kind", "*") == "*":  # the events that threads begin with stay what they are
                compare[-1]["when"]["kind"] = ["op", "api.*"]
        if has_both:
            compare[-1]["as"] = compare[-1]["as"][draw.randrange(2):] + sided_operators(draw)
        if isinstance(compare[-1]["as"][-1], dict) and "only" in compare[-1]["as"][-1]:
            compare[-1]["as"].append("number")
    passed = [{"name": "p", "when": when(draw), "why": "w"}] if draw.random() < 0.3 else []
    for rule in passed:
        if draw.random() < 0.3:
            rule["when"]["side"] = draw.choice(["canary", "ours"])
    for rule in passed:  # threads are paired by the event that each begins with
        if rule["when"].get("kind", "*") == "*":
            rule["when"]["kind"] = ["op", "api.*"]
    if draw.random() < 0.3:  # names in lists without order
        item = draw.choice(["a[]", "a[]", "*[]", "b[].a"])
        compare += [{"name": "names", "fields": item, "as": draw.choice([["renamed"], ["lower_case", "renamed"]]), "why": "w"},
                    {"name": "order", "fields": item[:item.index("[")], "as": draw.choice(["set", "multiset"]), "why": "w"}]
    # True is 1 and yet no name: a number that one side makes of it is one, and equals what the other has.
    if any("renamed" in one for rule in compare for one in rule["as"]):
        for rule in compare:
            if "side" in rule.get("when", {}):
                rule["as"] = ["lower_case" if one in ("number", "hexadecimal") or "mask" in one or "times" in one else one for one in rule["as"]]
    return {"rules": "evdiff.rules/2", "name": "twin", "pairing": {"kind": "start", "field": "id", "why": "w"},
            "compare": compare, "passed_over": passed,
            "summaries": [{"kinds": ["op", "api.call"], "form": "first_of", "fields": ["name"], "why": "w"}]}
