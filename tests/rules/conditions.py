"""The slow twin of paths and "when": what docs/rules.md says of which events and values a rule is about, in Python, from that text
alone."""
import re


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
