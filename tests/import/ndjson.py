"""The slow twin of src/import/ndjson.c: JSON objects as dictionaries."""
import copy
import json
from decimal import Decimal
from pathlib import Path

INT64_MAX = 2**63 - 1  # of nanoseconds: what a clock of a log may have
UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}
NAMES = ["pid", "tid", "type", "call", "at", "seq", "name", "a.b", "args", "m\\x", "é"]
mapping = {}


def path_of(random):
    names = random.choices(NAMES, k=random.choice([1, 1, 1, 2, 2, 3]))
    return ".".join(name.replace("\\", "\\\\").replace(".", "\\.") for name in names)


def names_of(path):
    names, name, position = [], "", 0
    while position < len(path):
        if path[position] == "\\":
            position += 1
        elif path[position] == ".":
            names.append(name)
            name = ""
            position += 1
            continue
        name += path[position]
        position += 1
    return tuple(names + [name])


def random_mapping(random):
    paths = iter(list(dict.fromkeys(path_of(random) for _ in range(60))))
    made = {"mapping": "evdiff.mapping/1"}
    if random.random() < 0.8:
        made["thread"] = random.choice([[next(paths)], [next(paths), next(paths)]])
        if len(made["thread"]) == 1 and random.random() < 0.7:
            made["thread"] = made["thread"][0]
    for key, chance in (("index", 0.2), ("kind", 0.5), ("name", 0.6), ("time", 0.5)):
        if random.random() < chance:
            made[key] = next(paths)
    if "time" in made and random.random() < 0.7:
        made["unit"] = random.choice(list(UNITS))
    for key, chance in (("left_out", 0.5), ("kept", 0.3)):
        if random.random() < chance:
            made[key] = [next(paths) for _ in range(random.randrange(1, 4))]
    return made


def arguments(folder):
    path = Path(folder) / "mapping"
    path.write_text(json.dumps(mapping), encoding="utf-8")
    return ["--mapping", path]


def random_value(random, depth=0):
    kind = random.randrange(9 if depth < 3 else 6)
    if kind == 6:
        return [random_value(random, depth + 1) for _ in range(random.randrange(3))]
    if kind > 6:
        return {random.choice(NAMES): random_value(random, depth + 1) for _ in range(random.randrange(4))}
    return [random.randrange(-5, 2**40), "é\"x\n", "", None, True, "7"][kind]


def put(line, path, value):
    for name in path[:-1]:
        if not isinstance(line.get(name), dict):
            line[name] = {}
        line = line[name]
    line[path[-1]] = value


def meanings():
    """The paths that have a meaning, and which."""
    threads = mapping.get("thread", [])
    found = {names_of(path): ("thread", at) for at, path in enumerate([threads] if isinstance(threads, str) else threads)}
    found |= {names_of(mapping[key]): (key, 0) for key in ("index", "kind", "name", "time") if key in mapping}
    return found | {names_of(path): (key, 0) for key in ("left_out", "kept") for path in mapping.get(key, [])}


def random_trace(random):
    global mapping
    mapping = random_mapping(random)
    lines = []
    named = random.random() < 0.5
    for _ in range(random.randrange(1, 30)):
        line = {random.choice(NAMES): random_value(random) for _ in range(random.randrange(6))}
        for path, (use, _) in meanings().items():
            if use in ("left_out", "kept") or random.random() < 0.05:
                continue
            put(line, path, {"thread": random.choice(["a", "b:c", "b\\", "é"]) if named else random.randrange(4),
                             "index": random.randrange(1000), "kind": random.choice(["x", "y\"", 7]),
                             "name": random.choice(["open", 3, "é\n", True, 1.5]),
                             "time": random.choice([random.randrange(10**8), random.randrange(10**12) / 1024, str(random.randrange(999))])}[use])
        if "name" not in mapping or names_of(mapping["name"]) == ("name",) or "name" not in line:
            lines.append(json.dumps(line, ensure_ascii=False))
    # Only lines that are taken: what is refused ends it all, and has tests of its own.
    taken = []
    for line in lines:
        try:
            list(events("\n".join(taken + [line]).encode()))
            taken.append(line)
        except ValueError:
            pass
    return "\n".join(taken).encode()


def take_out(value, path, shown, uses, found, kept_only):
    """The members of an object that are in the payload; what has a meaning goes to `found`."""
    out = {}
    for name, member in value.items():
        here = path + (name,)
        use = uses.get(here, (None, 0))
        if use[0] in ("thread", "index", "kind", "name", "time"):
            found[use] = member
            continue
        part = shown if use[0] is None else use[0] == "kept"
        if isinstance(member, dict) and any(other[:len(here)] == here and other != here for other in uses):
            inner = take_out(member, here, part, uses, found, kept_only)
            if part or inner:
                out[name] = inner
        elif part:
            out[name] = member
    return out


def events(trace):
    uses, tids, style = meanings(), {}, None
    parts = sum(use == "thread" for use, _ in uses.values())
    for text in trace.decode().split("\n"):
        if not text:
            continue
        line = json.loads(text)
        found = {}
        rest = take_out(line, (), "kept" not in mapping, uses, found, "kept" in mapping)
        thread = [found.get(("thread", at)) for at in range(parts)]
        if any(part is None for part in thread) or any(key in mapping and found.get((key, 0)) is None for key in ("kind", "index")):
            continue
        kind, name, time, index = (found.get((key, 0)) for key in ("kind", "name", "time", "index"))
        if isinstance(name, (dict, list)) or (("name", 0) in found and "name" in rest):
            raise ValueError
        if kind is not None and (isinstance(kind, bool) or not isinstance(kind, (str, int))):
            raise ValueError
        if any(isinstance(part, bool) or not isinstance(part, (str, int)) for part in thread):
            raise ValueError
        numbered = parts == 0 or (parts == 1 and isinstance(thread[0], int) and thread[0] >= 0)
        if style not in (None, numbered):
            raise ValueError
        style = numbered
        envelope = {}
        if index is not None:
            if isinstance(index, bool) or not isinstance(index, int) or index < 0:
                raise ValueError
            envelope["tid_event_idx"] = index
        if time is not None:
            spelled_time = repr(time) if isinstance(time, float) else str(time)
            if isinstance(time, (bool, dict, list)) or not spelled_time.replace(".", "", 1).removeprefix("-").isascii():
                raise ValueError
            digits = spelled_time.removeprefix("-")
            if not digits.replace(".", "", 1).isdigit() or digits[0] == ".":
                raise ValueError
            whole = int(Decimal(digits) * UNITS[mapping.get("unit", "ns")])
            if whole > INT64_MAX:
                raise ValueError
            envelope["host_ns"] = -whole if spelled_time.startswith("-") else whole
        if numbered:
            tid = thread[0] if parts else 0
        else:
            spelled = [str(part) for part in thread]
            if parts > 1:
                spelled = [part.replace("\\", "\\\\").replace(":", "\\:") for part in spelled]
            label = ":".join(spelled)
            tid = tids.setdefault(label, len(tids) + 1)
            if label:
                envelope["source_thread"] = label
        payload = ({"name": name} if name is not None else {}) | rest
        yield "event" if kind is None else str(kind), tid, envelope, copy.deepcopy(payload)
