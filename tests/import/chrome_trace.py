"""The slow twin of src/import/chrome_trace.c: the whole file as one value."""
import json
from decimal import Decimal

KINDS = {"B": "begin", "E": "end", "i": "instant", "I": "instant", "C": "counter"}
KINDS |= dict.fromkeys("stf", "flow") | dict.fromkeys("bneSTpF", "async")

# Less is held of a file than of a pipe, and what memory has no room for goes to a file.
ways = [["--memory", "1"], ["--memory", "9K"]]


def random_event(random):
    event = {"ph": random.choice("XXXBEiICstfbneSMNPc?"), "pid": random.choice([1, 2, "a:b"]), "tid": random.choice([1, 7, "é\\"]),
             "ts": random.choice([random.randrange(20), random.randrange(160) / 8, -1, "4"]), "name": random.choice(["draw", "load \"x\"", ""])}
    if event["ph"] == "X":
        event["dur"] = random.choice([0, 1, 2.5, 4, 0.125, 4294967.295, 4294967.296])
    for key, value in (("cat", "gpu"), ("args", {"a": [1, {"b": "}]\\\""}], "c": None}), ("id", random.choice([255, "0x00Ff", "x", 2**70])),
                       ("id2", {"local": "0x1"}), ("scope", "s"), ("s", "t"), ("tts", 5)):
        if random.random() < 0.3:
            event[key] = value
    for key in ("pid", "tid", "name"):
        if random.random() < 0.05:
            del event[key]
    if event["ph"] == "M" and random.random() < 0.8:
        event |= {"name": random.choice(["thread_name", "process_name"]), "args": {"name": random.choice(["main", "é\n", "x" * 99 + "é", 1])}}
    entries = list(event.items())
    random.shuffle(entries)
    return dict(entries)


def random_trace(random):
    made = [random_event(random) for _ in range(random.randrange(random.choice([40, 40, 40, 400])))]
    style = {"indent": random.choice([None, None, None, 1]), "ensure_ascii": False}
    if style["indent"] is None and random.random() < 0.7:
        style["separators"] = (",", ":")
    if random.random() < 0.5:
        text = json.dumps(made, **style)
        return (text[:text.rindex("]")] if random.random() < 0.2 else text).encode()
    outer = {"displayTimeUnit": "ms", "meta": {"x": ["}", "\\\""]}, "n": 1.5}
    outer = {key: outer[key] for key in random.sample(list(outer), random.randrange(4))}
    entries = list(outer.items())
    entries.insert(random.randrange(len(entries) + 1), ("traceEvents", made))
    return json.dumps(dict(entries), **style).encode()


def identity(value):
    digits = value[2:] if isinstance(value, str) and value[:2] in ("0x", "0X") else None
    number = value if isinstance(value, int) else int(digits, 16) if digits else None
    return value if number is None or number >= 2**64 else f"0x{number:x}"


def payload_of(event, names, has_phase):
    made = {"phase": event["ph"]} if has_phase else {}
    return made | {name: identity(event[name]) if name == "id" else event[name] for name in names if name in event}


def part_of(event, key):
    return str(event.get(key, "")).replace("\\", "\\\\").replace(":", "\\:")


def names_of(whole):
    """What metadata calls threads and processes, by (process, thread) and (process,)."""
    names = {}
    for event in whole:
        called = event.get("args", {}).get("name")
        if event["ph"] == "M" and event.get("name") in ("thread_name", "process_name") and isinstance(called, str):
            parts = ("pid", "tid") if event["name"] == "thread_name" else ("pid",)
            names[tuple(part_of(event, key) for key in parts)] = called.encode()[:100].decode(errors="ignore")
    return names


def events(trace):
    text = trace.decode().rstrip()
    if text[0] == "[" and not text.endswith("]"):
        text = text.rstrip(",") + "]"
    whole = json.loads(text)
    rows, tids = [], {}
    whole = whole if isinstance(whole, list) else whole.get("traceEvents", [])
    names_by_parts = names_of(whole)
    for number, event in enumerate(whole):
        phase = event["ph"]
        if phase != "X" and phase not in KINDS:
            continue
        names = ("name", "cat", "id", "id2", "scope", "args")
        ns = int(Decimal(str(event["ts"])) * 1000)
        parts = tuple(part_of(event, key) for key in ("pid", "tid"))
        label = ":".join(parts)
        label += f" {names_by_parts[parts]}" if names_by_parts.get(parts) else ""
        label += f" ({names_by_parts[parts[:1]]})" if names_by_parts.get(parts[:1]) else ""
        if phase == "X":
            duration = int(Decimal(str(event["dur"])) * 1000)
            begin, end = payload_of(event, names, False), payload_of(event, names[:-1], False)
            if duration:
                rows.append(((ns, 1, -duration, number), "begin", label, ns, begin))
                rows.append(((ns + duration, 0, duration, number), "end", label, ns + duration, end))
            else:
                rows.append(((ns, 2, 0, number), "begin", label, ns, begin))
                rows.append(((ns, 2, 0, number + 0.5), "end", label, ns, end))
            continue
        kind = KINDS[phase]
        rank, order = {"end": (0, 0), "begin": (1, -10**30)}.get(kind, (2, 0))
        rows.append(((ns, rank, order, number), kind, label, ns, payload_of(event, names, kind in ("flow", "async"))))
    for _, kind, label, ns, payload in sorted(rows, key=lambda row: row[0]):
        yield kind, tids.setdefault(label, len(tids) + 1), {"host_ns": ns, "source_thread": label}, payload
