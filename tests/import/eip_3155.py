"""The slow twin of src/import/eip3155.c."""
import json
import re

NUMBERS = ("pc", "op", "gas", "gasCost", "refund", "memSize", "depth", "gasUsed")


def random_number(random):
    value = random.choice([0, 3, 255, random.getrandbits(64)])
    return random.choice([value, f"0x{value:x}", f"0X{value:X}", "0x", "x", -1, 1.5, 2**64, None])


def random_word(random):
    value = random.choice([0, 171, random.getrandbits(256)])
    return random.choice([f"0x{value:064x}", f"{value:X}", f"0x{value:x}", "0x", "", "zz", 7, 2**64, None, True])


def random_trace(random):
    lines = []
    for _ in range(random.randrange(40)):
        if random.random() < 0.1:
            lines.append(random.choice(["", "log", "{\"action\":1}", "[1]", "INFO {}"]))
            continue
        step = {key: random_number(random) for key in random.sample(NUMBERS, random.randrange(8))}
        if random.random() < 0.8:
            step["pc"] = random.randrange(9)
        for key, values in (("stack", None), ("error", ["", None, "out of gas"]), ("opName", ["ADD", "é\""]), ("time", [1]), ("output", [""]),
                            ("stateRoot", ["0x79"]), ("storage", [{"a": [1, {"b": None}]}]), ("memory", [None, "0x"])):
            if random.random() < 0.3:
                step[key] = random.choice(values) if values else random.choice([[random_word(random) for _ in range(random.randrange(4))], "x"])
        lines.append(json.dumps(step, ensure_ascii=False))
    return "\n".join(lines).encode()


def number(value):
    found = re.fullmatch("0[xX]([0-9a-fA-F]+)", value) if isinstance(value, str) else None
    made = int(found[1], 16) if found else value
    return made if isinstance(made, int) and not isinstance(made, bool) and 0 <= made < 2**64 else value


def word(value):
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64:
        return f"0x{value:x}"
    found = re.fullmatch("(?:0[xX])?([0-9a-fA-F]*)", value) if isinstance(value, str) else None
    return f"0x{int(found[1] or '0', 16):x}" if found else value


def events(trace):
    transaction, ended = 0, False
    for index, line in enumerate(trace.decode().split("\n"), 1):
        if not line.startswith("{"):
            continue
        step = json.loads(line)
        kind = "op" if "pc" in step else "end" if "output" in step or "gasUsed" in step else "state" if "stateRoot" in step else None
        if kind is None:
            continue
        payload = {}
        for key, value in step.items():
            if key == "time" or value is None or (key == "error" and value == ""):
                continue
            payload[key] = number(value) if key in NUMBERS else [word(item) for item in value] if key == "stack" and isinstance(value, list) else value
        transaction += kind == "op" and ended
        ended = kind != "op"
        yield kind, transaction, {"tid_event_idx": index}, payload
