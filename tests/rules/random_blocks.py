"""Random rules about events and blocks, and logs that they are about."""
from block_rules import parted


def plain_event(draw):
    return {"kind": draw.choice(["op", "api.call"]), "payload": {"name": draw.choice(["a", "b", "c"]), "x": draw.randrange(3)}}


def block_rule(draw, index):
    """A rule, and a function that makes blocks of it."""
    side = draw.choice([{}, {}, {"side": "canary"}, {"side": "ours"}])
    form = draw.randrange(4)
    made = {"name": f"o{index}", "why": "w"}
    if form == 0:  # an event that may stand elsewhere too
        made["when"] = side | {"kind": "op", "fields": {"name": draw.choice(["a", "b"])}}
        return made, None
    if form == 1:
        made["when"] = side | {"kind": f"k{index}"}
        return made, lambda: [{"kind": f"k{index}", "payload": {"x": draw.randrange(2)}}]
    if form == 2:
        count = 2 + draw.randrange(3)
        made["each"] = [side | {"kind": f"k{index}", "fields": {"at": place}} for place in range(count)]
        return made, lambda: [{"kind": f"k{index}", "payload": {"at": place, "x": draw.randrange(2)}} for place in range(count)]
    made["from"] = side | {"kind": f"in{index}"}
    made["to"] = {"kind": f"out{index}"}
    if draw.random() < 0.5:
        made["same"] = ["name"]

    def balanced(depth=0):
        name = draw.choice(["p", "q"])
        inner = []
        for _ in range(draw.randrange(3)):
            inner += balanced(depth + 1) if depth < 2 and draw.random() < 0.4 else [plain_event(draw)]
        return [{"kind": f"in{index}", "payload": {"name": name}}] + inner + [{"kind": f"out{index}", "payload": {"name": name}}]
    return made, balanced


def thread(draw, makers):
    """Two sides that are equal but for blocks, or nearly so."""
    common = [plain_event(draw) for _ in range(draw.randrange(8))]
    sides = [[], []]
    for made in common + [None]:
        for side in sides:
            while makers and draw.random() < 0.25:
                side += draw.choice(makers)()
        if made is not None and draw.random() < 0.1 and makers:
            both = draw.choice(makers)()
            for side in sides:
                side += both
        for side in sides if made is not None else []:
            side.append(made)
    if draw.random() < 0.4:
        side = draw.choice(sides)
        if side and draw.random() < 0.5:
            side.pop(draw.randrange(len(side)))
        elif side:
            side[draw.randrange(len(side))] = plain_event(draw)
    return sides


def noise(draw, count, values):
    return [{"kind": draw.choice(["k0", "k1", "k2"]), "payload": {"x": draw.randrange(values)}} for _ in range(count)]


def order_rule(draw, index):
    form, kept = draw.randrange(6), draw.choice([{}, {"keep": "first"}, {"keep": "last"}])
    if form == 0:
        return "any_order", {"name": f"a{index}", "when": {"kind": "op"}, "why": "w", "repeats": draw.random() < 0.5}
    if form == 1:
        return "any_order", {"name": f"a{index}", "when": {"fields": {"name": draw.choice(["a", "b"])}}, "between": {"fields": {"name": "c"}}, "why": "w"}
    if form == 5:
        return "any_order", {"name": f"a{index}", "when": {"kind": "op"}, "same_order": draw.choice(["name", "x", ["name", "x"], "none"]), "why": "w"}
    if form == 2:
        return "repeats", {"name": f"r{index}", "when": {"kind": "op"}, "why": "w"} | ({"except": "x"} if draw.random() < 0.5 else {}) | kept
    if form == 3 and draw.random() < 0.5:
        return "repeats", {"name": f"r{index}", "from": {"kind": "api.call"}, "to": {"fields": {"x": 0}}, "except": "x", "why": "w"} | kept
    if form == 3:
        return "repeats", {"name": f"r{index}", "from": {"fields": {"name": "a"}}, "to": {"fields": {"name": "b"}}, "why": "w"}
    return "repeats", {"name": f"r{index}", "each": [{"kind": "op"}, {"kind": "api.call"}], "except": ["x", "name"], "why": "w"} | kept


def disordered(draw, events):
    """Much the same events in another order, some of them twice, some again."""
    events = list(events)
    for _ in range(draw.randrange(4)):
        if not events:
            break
        at = draw.randrange(len(events))
        to = min(len(events), at + 1 + draw.randrange(3))
        form = draw.randrange(3)
        if form == 0:
            some = events[at:to]
            draw.shuffle(some)
            events[at:to] = some
        elif form == 1:
            events[at:at] = events[at:to]
        else:
            events[at] = plain_event(draw) if draw.random() < 0.3 else events[at]
    return events


def move_rule(draw, index):
    made = {"name": f"m{index}", "by": draw.choice([1, 2, 3, 8]), "why": "w"}
    form = draw.randrange(3)
    if form == 0:
        return made | {"when": {"fields": {"name": draw.choice(["a", "b"])}}}
    if form == 1:
        return made | {"each": [{"fields": {"name": "a"}}, {"fields": {"name": "b"}}]}
    return made | {"from": {"kind": "op", "fields": {"name": "a"}}, "to": {"fields": {"name": "b"}}}


def moved(draw, rule, events):
    """The same with some blocks in other places."""
    others, blocks = parted(rule, "canary", events)
    blocks = [(min(len(others), max(0, place + draw.choice([0, 0, 1, -1, 2, -2, 3, -4, 9]))), block) for place, block in blocks]
    if draw.random() < 0.7:
        blocks.sort(key=lambda block: block[0])
    made = []
    for place in range(len(others) + 1):
        for _, block in [block for block in blocks if block[0] == place]:
            made += block
        made += others[place:place + 1]
    form = draw.random()
    if form < 0.1 and made:
        made.pop(draw.randrange(len(made)))
    elif form < 0.2 and made:
        made[draw.randrange(len(made))] = plain_event(draw)
    return made
