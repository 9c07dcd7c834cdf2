"""What docs/rules.md says of "optional", "instead", "any_order", "repeats" and "may_move", in Python: the slow twin that
blocks_twin.py holds evdiff against."""
import json

from compare_rules import spelled
from conditions import deep, is_when, listed, split, values_at

EVENTS_AHEAD = 64
PLACES_AHEAD = 1024


def is_about(when, side, event):
    if "kind" not in event:
        return False
    if "side" in when and when["side"] != side:
        return False
    rest = {key: asked for key, asked in when.items() if key != "side"}
    return not rest or is_when(rest, event)


def same(rule, event):
    """What an event has at the paths of "same"."""
    return [[spelled(value) for value in values_at(split(path), event["payload"], deep(split(path), {0}))]
            for path in listed(rule.get("same", []))]


def block_end(rule, side, events, start):
    """The index behind the block that begins at an index, or None."""
    if "when" in rule or "each" in rule:
        asked = [rule["when"]] if "when" in rule else rule["each"]
        found = events[start:start + len(asked)]
        is_block = len(found) == len(asked) and all(is_about(when, side, event) for when, event in zip(asked, found))
        return start + len(asked) if is_block else None
    if start == len(events) or not is_about(rule["from"], side, events[start]):
        return None
    depth, values = 1, same(rule, events[start])
    for index in range(start + 1, len(events)):
        if "group" in events[index] or same(rule, events[index]) != values:
            continue
        if is_about(rule["to"], side, events[index]):
            depth -= 1
        elif is_about(rule["from"], side, events[index]):
            depth += 1
        if depth == 0:
            return index + 1
    return None


def is_equal(rules, canary, ours):
    """Whether some way to leave out blocks makes the two sides equal."""
    seen, todo = set(), [(0, 0)]
    while todo:
        i, j = place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        if i == len(canary) and j == len(ours):
            return True
        if i < len(canary) and j < len(ours) and canary[i] == ours[j]:
            todo.append((i + 1, j + 1))
        for rule in rules["optional"]:
            end = block_end(rule, "canary", canary, i)
            todo += [(end, j)] if end is not None else []
            end = block_end(rule, "ours", ours, j)
            todo += [(i, end)] if end is not None else []
        for rule in rules.get("instead", []):
            ends = block_end(rule["canary"], "canary", canary, i), block_end(rule["ours"], "ours", ours, j)
            if None not in ends and all(canary[i]["payload"].get(path) == ours[j]["payload"].get(path) for path in listed(rule.get("equal", []))):
                todo.append(ends)
    return False


class Place:
    """Where the two sides part on some way, and the blocks that go on it up to where they meet first."""

    def __init__(self, at, blocks=0, matched=0, first=(), used=()):
        self.at, self.blocks, self.matched, self.first, self.used = at, blocks, matched, first, used

    def is_good(self, sides):
        return self.matched == EVENTS_AHEAD or all(at == len(side) for at, side in zip(self.at, sides))

    def is_better(self, best):
        return self.matched > best.matched or (self.matched == best.matched == 0 and self.blocks > best.blocks)


def ways_from(rules, sides, place, used):
    """The places that one more block leads to, with the rules' order, canary's before ours'."""
    for rule in rules["optional"]:
        for side, name in enumerate(("canary", "ours")):
            end = block_end(rule, name, sides[side], place.at[side])
            if end is None or (used + list(place.used)).count(rule["name"]) == rule.get("at_most"):
                continue
            at, matched = list(place.at), place.matched
            at[side] = end
            while matched < EVENTS_AHEAD and at[0] < len(sides[0]) and at[1] < len(sides[1]) and sides[0][at[0]] == sides[1][at[1]]:
                at, matched = [at[0] + 1, at[1] + 1], matched + 1
            first = place.first if place.matched else place.first + ((rule["name"], side, end - place.at[side]),)
            yield Place(at, place.blocks + 1, matched, first, place.used + (rule["name"],))


def chosen(rules, sides, at, used):
    """The blocks that go where the sides part, up to where they meet again."""
    places = [Place(at)]
    best, seen = places[0], {tuple(at)}
    for place in places:
        for following in ways_from(rules, sides, place, used):
            if tuple(following.at) in seen:
                continue
            if len(places) == PLACES_AHEAD:
                return best.first
            seen.add(tuple(following.at))
            places.append(following)
            if following.is_good(sides):
                return following.first
            best = following if following.is_better(best) else best
    return best.first


def walked(rules, canary, ours):
    """How many events match up to the first divergence, whether there is one, and what each rule takes, canary's and ours."""
    sides, at, matched, used = (canary, ours), [0, 0], 0, []
    taken = {rule["name"]: [0, 0] for rule in rules["optional"]}
    while at[0] < len(canary) and at[1] < len(ours):
        if canary[at[0]] == ours[at[1]]:
            at, matched = [at[0] + 1, at[1] + 1], matched + 1
            continue
        blocks = chosen(rules, sides, at, used)
        for name, side, count in blocks:
            used.append(name)
            taken[name][side] += count
            at[side] += count
        if not blocks:
            return matched, True, taken
    for side, name in enumerate(("canary", "ours")):
        while at[side] < len(sides[side]):
            going = [rule for rule in rules["optional"] if block_end(rule, name, sides[side], at[side]) is not None
                     and used.count(rule["name"]) != rule.get("at_most")]
            if not going:
                return matched, True, taken
            used.append(going[0]["name"])
            taken[going[0]["name"]][side] += 1
            at[side] += 1
    return matched, False, taken


def arranged(rules, side, events):
    """What is left of one side by "any_order" and "repeats": a group as one, of rows that are put in order."""
    any_order = [rule for section, rule in rules["order"] if section == "any_order"]
    for section, rule in rules["order"]:
        if section == "repeats":
            events = without_repeats(rule, side, events)
        elif rule is any_order[0]:
            owned = []
            for event in events:
                owner = next((one for one in any_order if is_about(one["when"], side, event)), None)
                owned.append(event if owner is None else {"owner": owner, "event": event})
            for one in sorted(any_order, key=lambda one: "between" not in one):
                owned = in_order(one, side, owned)
            events = owned
    return events


def row_of(rule, event):
    """What an event has at the paths of "same_order"."""
    return [list(values_at(split(path), event["payload"], deep(split(path), {0}))) for path in listed(rule["same_order"])]


def rows_of(rule, members):
    """The indexes of members that keep their order; each by itself where none do."""
    rows = []
    for index, event in enumerate(members):
        if "same_order" in rule and index > 0 and row_of(rule, event) == row_of(rule, members[index - 1]):
            rows[-1].append(index)
        else:
            rows.append([index])
    return rows


def in_order(rule, side, events):
    left, group = [], []

    def close():
        members = sorted((one["event"] for one in group if one.get("owner") is rule),
                         key=lambda event: spelled(row_of(rule, event) if "same_order" in rule else event))
        members = [event for index, event in enumerate(members) if not rule.get("repeats") or index == 0 or event != members[index - 1]]
        left.extend([{"group": [[members[index] for index in indexes] for indexes in rows_of(rule, members)]}] if members else [])
        left.extend(event for event in group if event.get("owner") is not rule)
        group.clear()
    for event in events:
        if event.get("owner") is not rule and ("between" not in rule or is_about(rule["between"], side, event)):
            close()
            left.append(event)
        else:
            group.append(event)
    close()
    return left


def trimmed(rule, events):
    """Events without what may differ from round to round, which is a member of the payload here."""
    return [{"group": sorted((trimmed(rule, row) for row in event["group"]), key=spelled)} if "group" in event else
            event | {"payload": {key: value for key, value in event["payload"].items() if key not in listed(rule.get("except", []))}}
            for event in events]


def without_repeats(rule, side, events):
    left, first = [], 0
    while first < len(events):
        end = block_end(rule, side, events, first)
        if end is None:
            left.append(events[first])
            first += 1
            continue
        following, kept = end, events[first:end]
        while True:
            end_of_next = block_end(rule, side, events, following) if following < len(events) else None
            if end_of_next is None or trimmed(rule, events[following:end_of_next]) != trimmed(rule, events[first:end]):
                break
            kept = events[following:end_of_next] if rule.get("keep") == "last" else kept
            following = end_of_next
        left += kept
        first = following
    return left


def parted(rule, side, events):
    """The other events, and the blocks with how many others are before them."""
    others, blocks, at = [], [], 0
    while at < len(events):
        end = block_end(rule, side, events, at)
        if end is None:
            others.append(events[at])
        else:
            blocks.append((len(others), events[at:end]))
        at = at + 1 if end is None else end
    return others, blocks


def is_equal_but_for_moves(rule, canary, ours):
    """Whether the sides are equal when blocks may move."""
    (others, blocks), (others_of_ours, blocks_of_ours) = parted(rule, "canary", canary), parted(rule, "ours", ours)
    if others != others_of_ours:
        return False
    places = [{}, {}]
    for found, side in zip(places, (blocks, blocks_of_ours)):
        for place, block in side:
            found.setdefault(json.dumps(block, sort_keys=True), []).append(place)
    return places[0].keys() == places[1].keys() and all(
        len(places[0][block]) == len(places[1][block]) and all(abs(a - b) <= rule["by"] for a, b in zip(places[0][block], places[1][block]))
        for block in places[0])
