"""The slow twin of src/import/spike.c."""
import re

CORE = re.compile(r"core[ \t]*(\d+):[ \t]*(.*)", re.ASCII | re.DOTALL)
HEX = r"0x([0-9a-fA-F]+)"


def least(digits):
    return "0x" + (digits.lower().lstrip("0") or "0")


def random_hex(random, digits):
    number = random.getrandbits(4 * digits) >> random.randrange(4 * digits)
    return f"0x{number:0{digits}x}"


def random_register(random):
    letter = random.choice("xxxfvc")
    if letter == "c":
        return random.choice(["c773_mtvec", "c1_fflags", "c768"])
    return letter + random.choice(["", " "]) * (letter != "v") + str(random.randrange(32)) + random.choice(["", " "])


def random_commit(random, core):
    line = f"core{core:4d}: {random.randrange(4)} {random_hex(random, 16)} ({random_hex(random, random.choice([4, 8]))})"
    if random.random() < 0.1:
        line += f" e{random.choice([8, 64])} {random.choice(['m', 'mf'])}2 l{random.randrange(20)}"
    for _ in range(random.randrange(3)):
        line += f" {random_register(random)} {random_hex(random, random.choice([8, 16, 32]))}"
    for _ in range(random.choice([0, 0, 1, 2])):
        line += f" mem {random_hex(random, 16)}" + (f" {random_hex(random, random.choice([2, 16]))}" if random.random() < 0.5 else "")
    return line + " " * (random.random() < 0.1)


def random_trace(random):
    lines = []
    for _ in range(random.randrange(60)):
        core = random.randrange(3)
        what = random.random()
        if what < 0.7:
            lines.append(random_commit(random, core))
        elif what < 0.8:
            lines.append(f"core{core:4d}: exception {random.choice(['trap_illegal_instruction', 'interrupt #7'])}, epc {random_hex(random, 16)}")
            if random.random() < 0.7:
                lines.append(f"core{random.choice([core, core, 9]):4d}:           tval {random_hex(random, 16)}")
        else:
            lines.append(random.choice([f"core{core:4d}: {random_hex(random, 16)} (0x00000297) auipc   t0, 0x0", f"core{core:4d}: >>>>  main",
                                        "", "hello", f"core{core:4d}: tval 0x1", "core x: 1", "core   0: 12 0x1 (0x2)"]))
    return "\n".join(lines).encode() + b"\n"


def changes(text):
    """The rest of a commit, word by word."""
    made, writes, memory = {}, [], []
    words = text.split()
    if len(words) >= 3 and (at := next((i for i, word in enumerate(words) if re.fullmatch(r"e\d+", word)), None)) is not None:
        made["vtype"] = " ".join(words[at:at + 3])
        del words[at:at + 3]
    while words:
        word = words.pop(0)
        if word == "mem":
            access = {"addr": least(words.pop(0)[2:])}
            if words and words[0].startswith("0x"):
                access["data"] = words.pop(0)
            memory.append(access)
        elif word[0] == "c":
            writes.append({"csr": word.split("_")[-1], "wdata": least(words.pop(0)[2:])})
        else:
            writes.append({"rd": word if len(word) > 1 else word + words.pop(0), "wdata": least(words.pop(0)[2:])})
    return ({"writes": writes} if writes else {}) | made | ({"mem": memory} if memory else {})


def events(trace):
    trap = None
    for line in trace.decode().split("\n"):
        if not line:
            continue
        match = CORE.fullmatch(line)
        core, rest = (int(match[1]), match[2]) if match else (None, "")
        if trap is not None:
            value = re.match(f"tval {HEX}", rest)
            if value and core == trap[1]:
                yield trap[0], trap[1], trap[2], trap[3] | {"tval": least(value[1])}
                trap = None
                continue
            yield trap
            trap = None
        if commit := re.match(rf"(\d) {HEX} \({HEX}\)", rest):
            yield "commit", core, {}, {"pc": least(commit[2]), "insn": "0x" + commit[3].lower(), "priv": int(commit[1])} | changes(rest[commit.end():])
        elif exception := re.match(rf"exception ([^,]+), epc {HEX}", rest):
            trap = ("trap", core, {}, {"trap": exception[1], "epc": least(exception[2])})
    if trap is not None:
        yield trap
