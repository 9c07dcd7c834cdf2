"""The slow twin of src/import/strace.c, written from docs/importing.md."""
import re

BEGINNING = re.compile(r" *(?:([0-9]{1,9}) +|\[pid +([0-9]{1,9})\] +)?(?:([0-9]{7,10})\.([0-9]{1,9}) +|([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))? +)?")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
ENDS = (",", ")", "]", "}", "=>")


# ---- random traces ----

def random_trace(random):
    form = random.choice(["ttt", "ttt", "tt", "t", ""])
    threads = random.choice([[0], [7, 8, 25531]])
    brackets = threads != [0] and random.random() < 0.3
    lines, waiting, now = [], {}, 1795917170000000

    def line(tid, text):
        nonlocal now
        now += random.randrange(90000000)
        seconds, micros = divmod(now, 1000000)
        of_day = f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        time = {"ttt": f"{seconds}.{micros:06} ", "tt": f"{of_day}.{micros:06} ", "t": f"{of_day} ", "": ""}[form]
        pid = "" if tid == 0 else f"[pid {tid:5}] " if brackets else f"{tid}  " if random.random() < 0.2 else f"{tid} "
        lines.append(pid + time + text)
    for _ in range(random.randrange(40)):
        tid = random.choice(threads)
        draw = random.random()
        if draw < 0.06:
            lines.append(random.choice(["strace: Process 9 attached", "", "some words", "7 1795917170.000001 <... gone resumed>) = 0"]))
        elif draw < 0.12:
            line(tid, "--- " + random.choice(["SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=9, si_status=0}", "stopped by SIGSTOP",
                                              "SIGSEGV {si_signo=SIGSEGV, si_addr=NULL}"]) + " ---")
        elif draw < 0.16:
            line(tid, "+++ " + random.choice(["exited with 3", "killed by SIGKILL (core dumped)", "superseded by execve in pid 8"]) + " +++")
            waiting.pop(tid, None)
        elif tid in waiting and draw < 0.7:
            name, rest = waiting.pop(tid)
            line(tid, f"<... {name} resumed>{rest}")
        else:
            name = random.choice(["openat", "read", "clone", "rt_sigaction", "_llseek", "futex"])
            head, tail = call(random)
            cut = random.random()
            if cut < 0.2:
                waiting[tid] = (name, f"{tail}) = {result(random)}")
                line(tid, f"{name}({head}<unfinished ...>")
            else:
                waiting.pop(tid, None)
                line(tid, f"{name}({head}{tail}){' ' * random.choice([1, 1, 9])}= {result(random)}{random.choice(['', '', ' <0.000012>'])}")
    return ("\n".join(lines) + random.choice(["", "\n"])).encode()


def call(random):
    """The arguments, up to where another thread may come between, and the rest."""
    made = []
    for index in range(random.randrange(5)):
        name = random.choice(["", "", "", f"flag.{index}="])
        made.append(name + value(random, 0) + random.choice(["", "", " => " + value(random, 1)]))
    at = random.randrange(len(made) + 1)
    head, tail = ", ".join(made[:at]), ", ".join(made[at:])
    return (head + ", " if head and tail else head + random.choice(["", " "]) if head else ""), tail


def text(random):
    return random.choice(["", "/etc/hosts", r"a\"b\\", r"\177ELF\2", "x, y) = 3", "/* no comment */", "é€", "a=>b", "{[(", r"\0", "<...>", "name=1"])


def value(random, depth):
    form = random.randrange(11 if depth < 3 else 7)
    if form == 0:
        return f'"{text(random)}"' + random.choice(["", "", "..."])
    if form == 1:
        return str(random.choice([0, 7, -1, 4096, 2**63, 10**30]))
    if form == 2:
        return random.choice(["0x7ffc1e932050", "0644", "NULL", "AT_FDCWD", "O_RDONLY|O_CLOEXEC", "SIGRT_1", "00", "-ENOENT", "~[RTMIN RT_1]", "1.5"])
    if form == 3:
        return random.choice(["0x7ffd /* 2 vars */", "4 /* x, y */", '"a" /* 3 */', "[] /* none */", "{st_mode=1} /* all */"])
    if form == 4:
        return random.choice(["3</etc/hosts>", "5<TCP:[1.2.3.4:5->6.7.8.9:10]>", "AT_FDCWD</home/a, b>", "makedev(0x8, 0x1)", "1<<3"])
    if form == 5:
        return random.choice(["[]", "{}", "[{}]", "{a=[], b={}}"])
    if form == 6:
        return random.choice(['"a"|"b"', '{x=1}|4', '[1]+2', 'f("a, b", [1])', "a b", '{1, "x"}', "(1)"]) if depth == 0 and random.random() < 0.2 else "FLAG"
    if form < 9:
        inner = [f"{name}={value(random, depth + 1)}" for name in random.sample(["st_mode", "si_pid", "a.b", "ss_sp", "x1"], random.randrange(1, 4))]
        return "{" + ", ".join(inner + random.choice([[], [], ["..."]])) + "}"
    return "[" + ", ".join([value(random, depth + 1) for _ in range(random.randrange(1, 4))] + random.choice([[], ["..."]])) + "]"


def result(random):
    return random.choice(["0", "3", "-1 ENOENT (No such file or directory)", "0x7f0012", "?", "3</a b>", "? ERESTARTSYS (To be restarted)", "0 (Timeout)",
                          "1 ([{fd=3, revents=POLLIN}])", "-1 (errno 38)", "2147483648"])


# ---- the twin ----

class More(Exception):
    """A value is more than it began as: a text."""


class Broken(Exception):
    """Nothing ends a value."""


def plain(found):
    """A number, or a text without comments; what is in strings is no comment."""
    if re.fullmatch("-?(0|[1-9][0-9]*)", found) or re.fullmatch("-[0-9]+", found):
        return int(found)
    left, at = "", 0
    while at < len(found):
        string = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL).match(found, at)
        if string:
            left, at = left + string[0], string.end()
        elif found.startswith("/*", at):
            end = found.find("*/", at + 2)
            left, at = left.rstrip(" "), len(found) if end < 0 else end + 2
        else:
            left, at = left + found[at], at + 1
    return left


class Values:
    """Reads values from left to right, each into `args` under its path."""

    def __init__(self, line, at=0):
        self.line, self.at, self.args = line, at, {}

    def spaces(self):
        while self.line.startswith(" ", self.at):
            self.at += 1

    def is_end(self):
        return self.line.startswith(ENDS, self.at)

    def value(self, path, depth=0):
        self.spaces()
        self.one(path, depth)
        while self.line.startswith("=>", self.at):
            path += "/after"
            self.at += 2
            self.spaces()
            self.one(path, depth)

    def one(self, path, depth):
        begin, kept = self.at, dict(self.args)
        try:
            if self.line.startswith('"', begin):
                self.string(path)
            elif self.line.startswith(("{", "["), begin) and not self.line.startswith(("{}", "[]"), begin):
                self.members(path, depth)
            else:
                raise More
        except More:
            self.at, self.args = begin, kept
            self.args[path] = plain(self.skip().rstrip(" "))

    def string(self, path):
        found = STRING.match(self.line, self.at)
        if not found:
            raise Broken
        self.at = found.end()
        self.spaces()
        if not self.is_end():
            raise More
        self.args[path] = found[1]
        if found[2]:
            self.args[path + "/..."] = True

    def members(self, path, depth):
        closing = {"{": "}", "[": "]"}[self.line[self.at]]
        self.at += 1
        self.spaces()
        index = 0
        while True:
            name = re.compile(r"([0-9A-Za-z_.]+)=(?=[^>])").match(self.line, self.at)
            if self.line.startswith("...", self.at):
                self.at += 3
                self.args[path + "/..."] = True
                self.spaces()
            elif name:
                self.at = name.end()
                self.value(f"{path}/{name[1]}", depth + 1)
            else:
                self.value(f"{path}/{index}", depth + 1)
            if self.at == len(self.line):
                raise Broken
            self.at += 1
            if self.line[self.at - 1] == closing:
                break
            if self.line[self.at - 1] != ",":
                raise More
            self.spaces()
            index += 1
        self.spaces()
        if not self.is_end():
            raise More

    def skip(self):
        """The text up to the comma, bracket or arrow that ends a value."""
        begin, depth, line = self.at, 0, self.line
        while self.at < len(line):
            byte = line[self.at]
            if depth == 0 and (byte in ",)]}" or line.startswith("=>", self.at)):
                return line[begin:self.at]
            if byte == '"':
                string = re.compile(r'"(?:[^"\\]|\\.)*"').match(line, self.at)
                if not string:
                    raise Broken
                self.at = string.end()
            elif byte == "<" and line[self.at + 1:self.at + 2] not in ("", "<") and re.match("[0-9A-Za-z_]", line[self.at - 1]):
                decoration = re.compile("<.*?(?<!-)>").match(line, self.at)
                if not decoration:
                    raise Broken
                self.at = decoration.end()
            elif line.startswith("/*", self.at):
                self.at = line.index("*/", self.at + 2) + 2
            else:
                depth += byte in "([{"
                depth -= depth > 0 and byte in ")]}"
                self.at += 1
        raise Broken


def arguments_of(line):
    """The payload of `call(a, b)`, and what is behind it."""
    call = re.match(r"([0-9A-Za-z_]+)\(", line)
    values, index = Values(line, call.end()), 0
    values.spaces()
    while not line.startswith(")", values.at):
        if index > 0:
            values.at += 1
            values.spaces()
        name = re.compile(r"([0-9A-Za-z_.]+)=(?=[^>])").match(line, values.at)
        values.at = name.end() if name else values.at
        values.value(f"a{index}/{name[1]}" if name else f"a{index}")
        index += 1
    return {"call": call[1], "args": values.args}, line[values.at + 1:]


def whole_call(line):
    payload, rest = arguments_of(line)
    rest = re.sub(r" +<[0-9][^<>]*>$", "", rest.strip(" "))[1:].strip(" ")
    word = re.match(r"[^ <]*<.*?(?<!-)>|[^ ]*", rest)[0]
    payload["result"] = plain(word)
    rest = rest[len(word):].strip(" ")
    if rest.startswith("("):
        payload["note"] = rest[1:].removesuffix(")")
    elif rest:
        payload["errno"] = rest.split(" ")[0]
    return "syscall", payload


def events(trace):
    unfinished = {}  # a thread → the beginning of a call; in the order of their first lines
    for line in trace.decode().split("\n"):
        line = line.rstrip(" ")
        beginning = BEGINNING.match(line)
        tid = int(beginning[1] or beginning[2] or 0)
        rest = line[beginning.end():]
        envelope = {}
        if beginning[3]:
            envelope["host_ns"] = int(beginning[3]) * 10**9 + int(beginning[4].ljust(9, "0"))
        elif beginning[5]:
            seconds = int(beginning[5]) * 3600 + int(beginning[6]) * 60 + int(beginning[7])
            envelope["host_ns"] = seconds * 10**9 + int((beginning[8] or "").ljust(9, "0"))
        resumed = re.fullmatch(r"<\.\.\. ([0-9A-Za-z_]+) resumed>(.*)", rest)
        signal = re.fullmatch(r"--- (.*?)(?: (\{.*\}))? ---", rest)
        end = re.fullmatch(r"\+\+\+ (?:(exited) with (.*)|(killed) by (.*)|(.*)) \+\+\+", rest)
        is_call = re.match(r"[A-Za-z_][0-9A-Za-z_]*\(", rest)
        if line.startswith("strace: ") or not (resumed or signal or end or is_call):
            continue
        unfinished.setdefault(tid, "")
        if (end or is_call) and unfinished[tid]:
            yield "syscall", tid, dict(envelope), never_returned(unfinished[tid])
            unfinished[tid] = ""
        if resumed:
            if unfinished[tid].startswith(resumed[1] + "("):
                kind, payload = whole_call(unfinished[tid] + resumed[2])
                unfinished[tid] = ""
                yield kind, tid, envelope, payload
        elif signal:
            payload = {"signal": signal[1]}
            if signal[2]:
                values = Values(signal[2] + ")")
                values.value("a0")
                payload["args"] = values.args
            yield "signal", tid, envelope, payload
        elif end:
            how = {"how": end[1], "code": plain(end[2])} if end[1] else {"how": end[3], "signal": plain(end[4])} if end[3] else {"how": end[5]}
            yield "exit", tid, envelope, how
        elif rest.endswith("<unfinished ...>"):
            unfinished[tid] = rest.removesuffix("<unfinished ...>")
        else:
            kind, payload = whole_call(rest)
            yield kind, tid, envelope, payload
    for tid, text_so_far in unfinished.items():
        if text_so_far:
            yield "syscall", tid, {}, never_returned(text_so_far)


def never_returned(so_far):
    payload, _ = arguments_of(so_far.rstrip(" ,") + ")")
    return payload | {"unfinished": True}
