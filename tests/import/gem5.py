"""The slow twin of src/import/gem5.c."""
import re

LINE = re.compile(r"""[ \t]*(\d+):[ ] ([^ \t]+?) :? [ \t]+ (?:A\d+)? [ \t]* T(\d+)[ ]:[ ] (?=[0@]) (.*)""", re.VERBOSE | re.ASCII)
PLACE = re.compile(r"(?:0x([0-9a-fA-F]+))? *(?:@(.*?))? *", re.ASCII)
RESULT = re.compile(r"(D=|A=|FetchSeq=|CPSeq=|flags=\(|Predicated False|$)")


def random_trace(random):
    lines = []
    for at in range(random.randrange(50)):
        if random.random() < 0.15:
            lines.append(random.choice(["gem5 Simulator System.", "", "info: Entering event queue @ 0.", f"{at}: system.physmem: Read of size 4",
                                        f"{at}: system.cpu: A0 T : 0x1 : nop", f"{at}: system.cpu: quiescing T0", "  : x"]))
            continue
        cpu = random.choice(["system.cpu:", "system.cpu1:", "system.cpu", "board.processor.cores0.core:"])
        place = random.choice([f"0x{random.getrandbits(40):x}", f"0x{random.getrandbits(40):x} @main+{at}", f"0x{at:x} @a.b.2", "@start"])
        place += random.choice(["   ", "   ", f".{random.randrange(4):2d}", f".{random.randrange(10, 130)}"])
        text = random.choice(["addi a0, zero, 5", "CALL_NEAR_I : limm   t1, 0x1a", "nop", "ld \"x\" [sp]", "li : x : D"])
        line = f"{at * 500:7d}: {cpu} {random.choice(['A0 ', ''])}T{random.randrange(2)} : {place} : {text:26s}"
        if random.random() < 0.9:
            line += " : " + random.choice(["IntAlu : ", "MemRead : ", "No_OpClass : ", ""])
            line += random.choice(["", f" D=0x{random.getrandbits(64):016x}", " D=[00_01]", " Predicated False"]) + random.choice(["", " A=0x7fff8"])
            line += random.choice(["", "  FetchSeq=7", "  FetchSeq=7  CPSeq=6  flags=(IsInteger|IsControl)", "  flags=()"])
        lines.append(line)
    return "\n".join(lines).encode() + b"\n"


def events(trace):
    tids = {}
    for line in trace.decode().split("\n"):
        match = LINE.fullmatch(line)
        if not match or int(match[1]) >= 2**63:
            continue
        place, *rest = re.split(" : ", match[4] + ("" if match[4].endswith(" ") else " "), maxsplit=1)
        payload = {}
        micro = re.fullmatch(r"(.*)\. *(\d+)", place)
        if micro and len(place) - len(micro[1]) >= 3:
            place = micro[1]
        else:
            micro = None
        where = PLACE.fullmatch(place)
        if where[1]:
            payload["pc"] = "0x" + (where[1].lstrip("0") or "0")
        if where[2]:
            payload["symbol"] = where[2].strip()
        if micro:
            payload["micro_pc"] = int(micro[2])
        parts = (rest[0].rstrip() + " ").split(" : ") if rest else [""]
        came_to, operation = "", ""
        if len(parts) > 1 and RESULT.match(parts[-1].strip()):
            came_to = parts.pop().strip()
            if len(parts) > 1 and re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", parts[-1].strip()):
                operation = parts.pop().strip()
        text = " : ".join(parts).strip()
        if text:
            payload["text"] = text
        if operation:
            payload["class"] = operation
        for letter in "DA":
            if found := re.search(rf"(?:^| ){letter}=(\S+)", came_to):
                payload[letter] = found[1]
        if "Predicated False" in came_to:
            payload["predicated"] = False
        name = f"{match[2]} T{match[3]}"
        yield "insn", tids.setdefault(name, len(tids) + 1), {"guest_cycle": int(match[1]), "source_thread": name}, payload
