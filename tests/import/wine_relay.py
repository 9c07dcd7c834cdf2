"""The slow twin of src/import/wine_relay.c."""
import re

CALL = re.compile(r"""(?:(\d{1,9})\.(\d+):)?(?:([0-9a-f]{4}):)?([0-9a-f]{4}):(Call|Ret\ )[ ]
                      ([\w.-]+)\.([\w?@$]+)\((.*)\)(?:[ ]retval=([0-9a-f]+))?[ ]ret=([0-9a-f]+)\s*""",
                  re.VERBOSE | re.ASCII)
SPACE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0"
WAITS = ("NtWaitForSingleObject", "WaitForSingleObject", "WaitForSingleObjectEx")
CREATORS = ("NtCreateThreadEx", "RtlCreateUserThread", "CreateThread")


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def sid(site, tid, index, kind):
    return "%016x" % fnv(b"".join(number.to_bytes(size, "little") for number, size in ((site, 4), (tid, 4), (index, 8), (kind, 4))))


def arguments_of(text):
    """Arguments at the commas outside of quotes; in quotes a backslash goes with what is behind it."""
    out, part, quoted, position = [], "", False, 0
    while position < len(text):
        letter = text[position]
        position += 1
        if letter == "," and not quoted:
            out.append(part)
            part = ""
            continue
        if letter == '"':
            quoted = not quoted
        part += letter
        if letter == "\\" and quoted and position < len(text):
            part += text[position]
            position += 1
    return out + [part] if part else out


def number(text):
    return int(text, 16) if re.fullmatch("[0-9a-f]{1,16}", text) else None


def events(trace):
    waited, threads, counts, with_pid = set(), {}, {}, None

    def event(kind, payload):
        counts[tid] = counts.get(tid, 0) + 1
        return kind, tid, {**clock, **name}, payload

    for line in trace.decode("latin-1").split("\n"):
        match = CALL.fullmatch(line.rstrip(SPACE))
        if match is None or not line:
            continue
        seconds, fraction, pid, thread, way, module, function, arguments, result, caller = match.groups()
        if result is not None and len(result) > 16:
            continue
        with_pid = pid is not None if with_pid is None else with_pid
        if with_pid != (pid is not None):
            continue
        clock, name, tid = {"deterministic": True}, {}, int(thread, 16)
        ns = None
        if seconds is not None:
            ns = int(seconds + (fraction + "00")[:3]) * 1000000
            clock = {"guest_cycle": ns // 10, "host_ns": ns, "deterministic": True}
        if pid is not None:
            tid = threads.setdefault((pid, thread), None) or len(threads)
            threads[pid, thread] = tid
            name = {"source_thread": f"{pid}:{thread}"}
        else:
            threads.setdefault(thread, tid)
        if way == "Call":
            parts = arguments_of(arguments)
            values, texts = {}, {}
            for position, part in enumerate(parts):
                if '"' in part:
                    texts[f"a{position}"] = part[part.index('"') + 1:max(part.rindex('"'), part.index('"') + 1)]
                    part = part[:part.index(" ")] if " " in part else "0"
                values[f"a{position}"] = "0x" + part
            ordinal = fnv(f"{module}.{function}".encode()) % 4096
            yield event("import.call", {"name": function, "module": module, "ord": ordinal, "lr": "0x" + caller})
            yield event("kernel.call", {"name": function, "ord": ordinal, "args": values, **({"args_resolved": texts} if texts else {})})
            if function in WAITS and parts and number(parts[0]) is not None:
                handle = number(parts[0])
                name_of_handle = sid(0xC01AB005, 0, handle, 1)
                if handle not in waited:
                    waited.add(handle)
                    yield event("handle.create", {"handle_semantic_id": name_of_handle, "raw_handle_id": "0x%08x" % handle, "object_type": 1})
                yield event("wait.begin", {"handles_semantic_ids": [name_of_handle], "wait_type": "any", "alertable": False})
            continue
        value = int(result, 16) if result is not None else 0
        if function in WAITS:
            duration = {} if ns is None else {"wait_duration_cycles": ns % 9973}
            yield event("wait.end", {"result": value, **duration, "woken_by_semantic_id": None})
        yield event("kernel.return", {"name": function, "return_value": value, "status": "0x%08x" % value})
        if function in CREATORS:
            context = {} if ns is None else {"ctx_ptr": "0x%08x" % (ns % 2**32)}
            yield event("thread.create", {"handle_semantic_id": sid(value % 2**32, tid, counts[tid], 7), "parent_tid": tid,
                                          "entry_pc": "0x" + caller, **context, "priority": 0, "affinity": 1,
                                          "stack_size": 65536, "suspended": False})


def random_trace(random):
    lines = []
    mostly = random.random() < 0.5
    for _ in range(random.randrange(200)):
        lines.append(random_line(random, mostly if random.random() < 0.95 else not mostly))
    return "\n".join(lines).encode("latin-1")


def random_line(random, has_pid):
    def pick(*choices):
        return random.choice(choices)

    def digits(count):
        return "".join(random.choice("0123456789abcdef") for _ in range(count))

    def argument():
        text = "".join(pick("a", ",", "\\\\", '\\"', " ", "\xe9", "\x01", "\x7f", "C:", "\t", ")", " ret=1")
                       for _ in range(random.randrange(6)))
        return pick(digits(8), digits(8), digits(16), "", digits(8) + ' L"' + text + '"', '"' + text + '"', digits(4) + " " + text, text)

    if random.random() < 0.05:
        return pick("", "warn:something", "6044.050:002c:trace:relay:load_list", "\r", "0024:Call a.b(", "0024:Ret  a.b() retval= ret=1")
    time = pick("", f"{random.randrange(10**pick(1, 4, 9))}.{digits(9).translate(str.maketrans('abcdef', '012345'))[:pick(1, 2, 3, 6)]}:")
    beginning = time + (pick(digits(4) + ":", "0020:") if has_pid else "") + pick("0024", "002c", digits(4)) + ":"
    name = pick("ntdll.", "a-b.drv.", "kernel32.", "x_.") + pick("NtClose", "malloc", "?f@@YAXXZ", "$1", *WAITS, *CREATORS,
                                                                "F" * random.randrange(1, 120), "bad name", "", "a-b")
    ending = pick("", "", "", " ", "\t \r", "\x85\xa0\x1c", "x")
    if random.random() < 0.6:
        line = f"{beginning}Call {name}({','.join(argument() for _ in range(random.randrange(5)))}) ret={digits(8)}{ending}"
    else:
        result = pick("", " retval=" + digits(pick(1, 8, 16, 17)))
        line = f"{beginning}Ret  {name}(){result} ret={digits(8)}{ending}"
    if random.random() < 0.03:
        position = random.randrange(len(line))
        line = line[:position] + pick("", "\x00", " ", "(", ")", "\xff") + line[position + 1:]
    return line
