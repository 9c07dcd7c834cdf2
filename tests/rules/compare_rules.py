"""The slow twin of compare rules: what docs/rules.md says of "compare" and "passed_over", in Python, from that text alone."""
import json
import math
import re
from decimal import Decimal
from fractions import Fraction

from conditions import deep, holds, is_given, is_when, listed, number, split, step_in

ABSENT = object()


def fraction_of(text):
    """The number of a text with a fraction; the text itself where a double tells fewer of its digits."""
    whole, fraction = text.split(".")
    if not fraction.strip("0"):
        return whole
    return float(text) if math.isfinite(float(text)) and Decimal(repr(float(text))) == Decimal(text) else text


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


def times(factor, value):
    """A number times a factor, by its digits in decimal."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+\.[0-9]+", value):
        value = fraction_of(value)
    found = number(value, 10)
    if found is None and isinstance(value, float) and math.isfinite(value):
        product = Fraction(repr(value)) * factor
        found = int(product) if product.denominator == 1 else None
        value = float(product)
    elif found is not None:
        found *= factor
    return value if found is None else f"{'-' if found < 0 else ''}0x{abs(found):x}"


def operate(operator, value):
    """What a value counts as."""
    if isinstance(operator, dict) and "constant" in operator:
        return operator["constant"]
    if isinstance(value, tuple) and operator != "nothing":  # one of several that are alike
        return value
    if operator == "nothing":
        return ABSENT
    if operator in ("number", "hexadecimal"):
        if operator == "number" and isinstance(value, str) and re.fullmatch(r"-?[0-9]+\.[0-9]+", value):
            value = fraction_of(value)
        found = number(value, 16 if operator == "hexadecimal" else 10)
        return value if found is None else f"{'-' if found < 0 else ''}0x{abs(found):x}"
    if operator == "lower_case":
        return re.sub("[A-Z]", lambda found: found[0].lower(), value) if isinstance(value, str) else value
    if operator == "forward_slashes":
        return value.replace("\\", "/") if isinstance(value, str) else value
    if operator == "absent_if_blank":
        return ABSENT if value is None or value in ("", [], {}) else value
    if not isinstance(operator, dict):
        return value
    if "mask" in operator:
        found = number(value, 10)
        return value if found is None else f"0x{found & int(operator['mask'], 16):x}"
    if "times" in operator:
        return times(operator["times"], value)
    if "first" in operator:
        return value[:operator["first"]] if isinstance(value, str) else value
    if "without" in operator:
        return without(listed(operator["without"]), value) if isinstance(value, str) else value
    for index, group in enumerate(operator["alike"]):
        if any(is_given(given, value) for given in group):
            return ("alike", f"{id(operator)}.{index}", value)
    return value


def spelled_out(text):
    """The object or list that a text spells as JSON, or the text."""
    def refuse(word):
        raise ValueError(word)
    try:
        text.encode("utf-8")  # half of a pair of surrogates is no character of a JSON text
        value = json.loads(text, parse_constant=refuse)
    except ValueError:
        return text
    return value if isinstance(value, (dict, list)) else text


def is_only(operator):
    return isinstance(operator, dict) and "only" in operator


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


def called(lanes, value):
    """What members of an object are called otherwise: the name that the first rule gives whose path ends there, where the object has
    none of that name and no other member is to have it."""
    given = {}
    for key in value:
        for rule, paths in further(lanes, key):
            first = listed(rule["as"])[0]
            if isinstance(first, dict) and "called" in first and any(len(path) in places for path, places in paths):
                given[key] = first["called"]
                break
    names = list(given.values())
    return {key: name for key, name in given.items() if name not in value and names.count(name) == 1}


def count(value, lanes, sided, place=()):
    """What a value counts as under rules of which each has its paths and the places reached in them. Values that take both
    sides go to `sided`, by rule and place."""
    items = []  # of a list: what is sided in each, by the place within it
    outer, sided = sided, {}
    if isinstance(value, str) and any("json" in listed(rule["as"])[:2] and any(len(path) in places for path, places in paths)
                                      for rule, paths in lanes):
        value = spelled_out(value)
    if isinstance(value, dict):
        names = called(lanes, value)
        value = {names.get(key, key): count(inner, both_ways(lanes, key, names), sided, place + (names.get(key, key),)) for key, inner in value.items()}
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
            operators, is_meant = listed(rule["as"]), True
            for operator in operators:
                if is_only(operator):
                    is_meant = not isinstance(value, tuple) and value is not ABSENT and holds(operator["only"], value)
                    if not is_meant:
                        break
                elif not takes_sides(operator) and not (isinstance(operator, dict) and "called" in operator):
                    if isinstance(operator, dict) and "constant" in operator and value is not ABSENT:
                        sided, items = {}, []
                    if operator in ("set", "multiset") and isinstance(value, list):
                        value, items = arranged(value, items, operator)
                    value = ABSENT if value is ABSENT else operate(operator, value)
                    is_number = operator in ("number", "hexadecimal") or "mask" in operator or "times" in operator
                    if "side" in rule.get("when", {}) and is_number and isinstance(value, str) and number(value, 10) is not None:
                        value = number(value, 10)
            both = [operator for operator in operators if takes_sides(operator)]
            if is_meant and value is not ABSENT and both and may_be_sided(both, value):
                sided[rule["name"], place] = value
                value = ABSENT if both[0] == "if_both" else ("sided", rule["name"])
    for index, within in items:
        sided.update({(name, place + (index,) + rest): found for (name, rest), found in within.items()})
    outer.update(sided)
    return value


class Numbered(int):
    """The number of an item in a list without order, and what tells it from event to event."""
    lasting = None


def numbered(number, lasting):
    made = Numbered(number)
    made.lasting = lasting
    return made


def common(where):
    """The same for all items of a list without order."""
    return where[0], tuple("any" if isinstance(step, Numbered) else step for step in where[1])


def is_steady(most, change):
    """Whether a change of what ours is ahead by is none, or nearly so."""
    if "bits" in most and isinstance(change, int):
        change = min(change % 2**most["bits"], -change % 2**most["bits"])
    return abs(change) <= most.get("absolute", 0)


def lasting(where):
    """A rule and a place in it, as it is told from event to event."""
    return where[0], tuple(step.lasting if isinstance(step, Numbered) else step for step in where[1])


GROUP = "items that nothing tells apart but what is sided in them"


def arranged(value, items, operator):
    """A list that is put in order, and what is sided in its items, by where they come to stand."""
    def told(at):
        return repr(sorted((name, place, spelled(found)) for (name, place), found in items[at][1].items() if name != GROUP))
    order = sorted(range(len(value)), key=lambda at: (spelled(value[at]), at))
    if operator == "set":
        known = set()
        for at in list(order):
            if (spelled(value[at]), told(at)) in known:
                order.remove(at)
            known.add((spelled(value[at]), told(at)))
    words = [spelled(value[at]) for at in order]
    within = [items[at][1] for at in order]
    for number, word in enumerate(words):
        if words.count(word) > 1 and any(name != GROUP for name, _ in within[words.index(word)]):
            within[number] = within[number] | {(GROUP, ()): words.index(word)}
    numbers = [numbered(number, (word, words[:number].count(word))) for number, word in enumerate(words)]
    return [("spelled", word, value[at]) for word, at in zip(words, order)], [list(item) for item in zip(numbers, within)]


def is_inside(place, markers):
    """Whether a place is inside an item of a list without order, which the markers tell."""
    return any(place[:length] in markers for length in range(len(place)))


def items_of(sided, where, first, operators, names, side):
    """The items of a list: what is sided in each, its first name, and what that stands for. One that has names in lists without
    order inside it alone has all of them for its name."""
    found = []
    for (name, place), group in sided.items():
        if name != GROUP or place[:-1] != where or group != first:
            continue
        inner = {(rule, rest[len(place):]): value for (rule, rest), value in sided.items()
                 if rest[:len(place)] == place and (rule != GROUP or rest != place)}
        markers = {rest for rule, rest in inner if rule == GROUP}
        named = [key for key, value in inner.items() if key[0] != GROUP and not isinstance(value, tuple) and any(
            is_name(operator, value) for operator in operators[key[0]] if operator == "renamed" or "renamed" in operator)]
        words = {key: spelled(inner[key]) for key in named}
        known = {key: names.get(key[0], ({}, {}))[side].get(words[key]) for key in named}
        first_name = next((key for key in named if key[1] not in markers and not is_inside(key[1], markers)), None)
        if first_name is not None:
            word, stands_for = words[first_name], known[first_name]
        else:
            word = tuple(sorted(words.values())) if named else None
            stands_for = tuple(sorted(known.values())) if named and None not in known.values() else None
        found.append({"at": place, "inner": inner, "named": first_name, "name": word, "for": stands_for})
    return found


def new_names(items, operators, names, side):
    """How often each name that has no counterpart yet is in the items of a list."""
    found = {}
    for item in items:
        for key, value in item["inner"].items():
            is_one = key[0] != GROUP and not isinstance(value, tuple) and any(
                is_name(operator, value) for operator in operators[key[0]] if operator == "renamed" or "renamed" in operator)
            if is_one and spelled(value) not in names.get(key[0], ({}, {}))[side]:
                found[key[0], spelled(value)] = found.get((key[0], spelled(value)), 0) + 1
    return sorted(found.values())


def put_together(a, b, operators, names, may_be_open=None):
    """What is sided in ours, with items of lists without order at the places of their counterparts of canary; as far as there
    are lists without order inside these, in the same way."""
    made = {key: value for key, value in b.items() if key[0] != GROUP}
    markers = {place for name, place in a if name == GROUP}
    for where, first in dict.fromkeys((place[:-1], group) for (name, place), group in a.items() if name == GROUP and not is_inside(place, markers)):
        left = items_of(a, where, first, operators, names, 0)
        right = items_of(b, where, first, operators, names, 1)
        if not right or all(item["name"] is None for item in left):
            continue
        is_fair = may_be_open if may_be_open is not None else new_names(left, operators, names, 0) == new_names(right, operators, names, 1)
        pairs = []
        for item in list(left):
            other = next((other for other in right if item["for"] is not None and other["name"] == item["for"]), None)
            if other is not None:
                pairs.append((item, other, False))
                left.remove(item)
                right.remove(other)
        new = [sum(item["name"] is not None for item in items) for items in (left, right)]
        is_open = is_fair and all(item["for"] is None for item in left + right) and max(new) > 1
        rest = [sorted(items, key=lambda item: (item["for"] is None, item["name"] is None)) for items in (left, right)]
        pairs += [(item, other, is_open) for item, other in zip(*rest)]
        for item, other, _ in pairs:
            for key, rest in other["inner"]:
                made.pop((key, other["at"] + rest), None)
        for item, other, is_open in pairs:
            for key, value in put_together(item["inner"], other["inner"], operators, names, is_fair).items():
                is_left_open = is_open and key == item["named"] == other["named"]
                if not is_left_open and key in item["inner"]:
                    made[key[0], item["at"] + key[1]] = value
    return made


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
    comes = any((b - a - d + c) % word == 0 or (b - a + d - c) % word == 0 for c, d in before) or any(
        (a - c - sign * e) % word == 0 and (b - d - sign * f) % word == 0 for c, d in before for e, f in before for sign in (1, -1))
    adopted.pop(place, None)
    if a != b and ("adopt" in operator or comes):
        adopted[place] = (a, b)
        return True
    return a == b


def apart(left, right):
    return right - left if isinstance(left, int) and isinstance(right, int) else float(right) - float(left)


def go_on(operators, alone, ahead):
    """Events that have no counterpart were between two that match: where one side has more of them, a drift goes on from
    the last ones."""
    last = [{}, {}]
    for side, passed in enumerate(alone):
        for sided in passed:
            for where, value in sided.items():
                found = amount(value) if where[0] != GROUP else None
                if found is not None and any(isinstance(operator, dict) and "drift" in operator for operator in operators[where[0]]):
                    last[side].setdefault(lasting(where), []).append(found)
    for where in set(last[0]) | set(last[1]):
        if where in ahead and len(last[0].get(where, [])) != len(last[1].get(where, [])):
            ahead[where] = tuple(last[side].get(where, [ahead[where][side]])[-1] for side in range(2))


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
            now = apart(left, right)
            most = operator["drift"] if isinstance(operator["drift"], dict) else {"absolute": operator["drift"]}
            before = ahead.get(lasting(where))
            items = ahead.setdefault(("items", common(where)), [None, [], []])  # the event, and by how much its items and those before are ahead
            if items[0] != ahead["event"]:
                items[:] = [ahead["event"], [], items[1]]
            items[1].append(now)
            others = [apart(*before)] if before is not None else items[2] if common(where) != where else []
            holds.append(not others or any(is_steady(most, now - other) for other in others))
            ahead[lasting(where)] = (left, right)
    return is_listed or (all(holds) if holds else spelled(a) == spelled(b))


def further(lanes, key):
    return [(rule, [(path, step_in(path, places, key)) for path, places in paths]) for rule, paths in lanes]


def both_ways(lanes, key, names):
    """The places in a member that has two names: the log's, and what it counts as being called."""
    ways = further(lanes, key)
    if key not in names:
        return ways
    return [(rule, [(path, places | others) for (path, places), (_, others) in zip(paths, more)])
            for (rule, paths), (_, more) in zip(ways, further(lanes, names[key]))]


def is_about(rule, event, side):
    when = {key: value for key, value in rule.get("when", {}).items() if key != "side"}
    return rule.get("when", {}).get("side", side) == side and is_when(when, event)


def counted(rules, event, side):
    """What an event of a side counts as, and whether it takes part."""
    lanes = [(rule, [(path, deep(path, {0})) for path in map(split, listed(rule["fields"]))])
             for rule in rules["compare"] if is_about(rule, event, side)]
    sided = {}
    names = called(lanes, event["payload"])
    payload = {names.get(key, key): count(value, both_ways(lanes, key, names), sided, (names.get(key, key),))
               for key, value in event["payload"].items()}
    return event["kind"], {key: value for key, value in payload.items() if value is not ABSENT and value is not None}, sided, event["payload"], not any(
        is_about(rule, event, side) for rule in rules["passed_over"])


def are_alike(a, b, a_sided, b_sided, place):
    """Whether two values are equal but for those that take both sides by the same rule. What only one of them leaves to a rule
    is held against the other as it is."""
    if isinstance(a, tuple) and isinstance(b, tuple) and a[0] == b[0] == "sided" and a[1] == b[1]:
        return True
    if isinstance(a, tuple) and isinstance(b, tuple) and a[0] == b[0] == "spelled" and a[1] == b[1]:
        return True
    a, b = bare(a, a_sided, place), bare(b, b_sided, place)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(are_alike(a[key], b[key], a_sided, b_sided, place + (key,)) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(are_alike(*items, a_sided, b_sided, place + (at,)) for at, items in enumerate(zip(a, b)))
    return spelled(a) == spelled(b)


def bare(value, sided, place):
    if isinstance(value, tuple) and value[0] == "spelled":
        value = value[2]
    return sided.get((value[1], place), value) if isinstance(value, tuple) and value[0] == "sided" else value


def is_null(value, sided, key):
    value = bare(value, sided, (key,))
    return value is None or (isinstance(value, tuple) and value[0] == "alike" and value[2] is None)


def is_like(a, b):
    """Whether two events are equal but for values that take both sides. A null of the payload's own members is as good as none,
    whatever a rule would say of it and another value."""
    payloads = [{key: value for key, value in made[1].items() if key in other[1] or not is_null(value, made[2], key)}
                for made, other in ((a, b), (b, a))]
    return a[0] == b[0] and are_alike(*payloads, a[2], b[2], ())


def is_diverged(rules, canary, ours):
    sides = []  # events that take part, each behind what is sided in those before it that do not
    for side, events in (("canary", canary), ("ours", ours)):
        sides.append([])
        before = []
        for made in (counted(rules, event, side) for event in events):
            if made[4]:
                sides[-1].append((made, before))
                before = []
            else:
                before.append(made[2])
    operators = {rule["name"]: [operator for operator in listed(rule["as"]) if takes_sides(operator)] for rule in rules["compare"]}
    ahead, names = {}, {}
    for (a, before), (b, other) in zip(*sides):
        go_on(operators, [before, other], ahead)
        ahead["event"] = ahead.get("event", 0) + 1
        if not is_like(a, b):
            return True
        ours = put_together(a[2], b[2], operators, names)
        found = [are_equal(operators[where[0]], value, ours[where], where, ahead, names, a[3])
                 for where, value in a[2].items() if where in ours and where[0] != GROUP]
        if not all(found):
            return True
    return False
