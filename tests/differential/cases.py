"""One random case: two logs as bytes, the options, and how evdiff is to be given them."""
import gzip
import random
import struct
from dataclasses import dataclass, field

from features import Features
from streams import CALLS, MISSING, Streams
from values import Object, Raw, Values

ZSTD_BLOCK = 1000  # bytes a block; small, so that there are several
ODD_TIDS = (-1, -7, 2**31, 2**32 + 5, 2**63 - 1, -(2**63))


@dataclass
class Case:
    """What one seed makes. Options are those both programs take; `mine` and `environment` are evdiff's alone."""
    logs: tuple                                       # the two logs' bytes, plain
    packed: tuple                                     # the same as evdiff gets them, perhaps compressed
    options: list = field(default_factory=list)
    mine: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)
    exit_code_alias: bool = False                     # evdiff gets --exit-code where the reference gets its own name
    named_inputs: bool = False                        # --canary A --ours B instead of A B
    pipe: int = -1                                    # which log comes on standard input, or -1
    out: bool = False
    absorbed: bool = False


def make_case(seed, derive_sid):
    """The case of a seed, and the features it has. `derive_sid` is the reference's recipe of derived SIDs."""
    source = random.Random(seed)
    features = Features()
    return CaseMaker(source, features, derive_sid).make(), features


class CaseMaker:
    """Builds threads, logs and options from one random source."""

    def __init__(self, source, features, derive_sid):
        self.random = source
        self.hit = features.hit
        self.values = Values(source, features)
        self.streams = Streams(source, self.values, features, derive_sid)
        self.chance = self.values.chance

    def make(self):
        """A whole case."""
        is_long = self.chance(0.02)
        self.values.alike = is_long or self.chance(0.3)
        if self.values.alike:
            self.hit("lines spelled alike")
        self.clock = 0
        count = self.random.choice((1, 2, 2, 3, 3, 4, 5))
        tids = self.choose_tids(count)
        names = self.first_calls(count)
        threads = {"canary": {}, "ours": {}}
        level = self.random.choice((0, 0.3, 1))
        for number, (canary_tid, ours_tid) in enumerate(tids):
            length = self.random.choice((0, 3, 10, 30, 60, 100))
            behaviour = self.streams.behaviour(names[number], length)
            diverge = self.random.randrange(len(behaviour)) if behaviour and self.chance(0.6) else None
            at_canary = self.chance(0.5)
            canary = self.streams.side(behaviour, True, diverge if at_canary else None, level)
            ours = self.streams.side(behaviour, False, None if at_canary else diverge, level)
            if count > 1 and self.chance(0.05):
                self.hit("tid absent in ours")
                ours = []
            elif count > 1 and self.chance(0.05):
                self.hit("tid absent in canary")
                canary = []
            if is_long and number == 0:
                self.hit("lines many in one thread")
                first, length = names[0] or CALLS[0], self.random.randint(2000, 5500)
                canary, ours = (before + after for before, after in
                                zip(self.streams.long_match(first, length), (canary, ours)))
            threads["canary"][canary_tid] = canary
            threads["ours"][ours_tid] = ours
        logs = self.log(threads["canary"], "canary"), self.log(threads["ours"], "ours")
        case = Case(logs, logs)
        self.choose_options(case, tids)
        self.choose_delivery(case)
        return case

    def choose_tids(self, count):
        """Pairs of tids; ours are shifted, shuffled or the same."""
        canary = self.random.sample(range(0, 40, 4), count)
        if self.chance(0.1):
            canary[0] = self.random.choice(ODD_TIDS)
        ours = list(canary)
        shift = self.random.choice((0, 0, 4, 1000))
        ours = [tid + shift if abs(tid) < 100 else tid for tid in ours]
        if self.chance(0.3):
            self.random.shuffle(ours)
        for tid in canary + ours:
            if tid < 0:
                self.hit("tid negative")
            if abs(tid) >= 2**31:
                self.hit("tid beyond 32 bits")
        return list(zip(canary, ours))

    def first_calls(self, count):
        """The name each thread calls first, which is what pairs threads; None for a thread that calls nothing first."""
        names = self.random.sample(CALLS, count)
        if count > 1 and self.chance(0.3):
            self.hit("first call shared by several tids")
            names = [self.random.choice(names[:2]) for _ in names]
        for number in range(count):
            if self.chance(0.03):
                self.hit("first call name not a string")
                names[number] = self.random.choice((1, True, Raw("1.0"), 0, False, 2**70))
            elif self.chance(0.04):
                self.hit("first call without a name")
                names[number] = None
        return names

    # -- the logs as bytes ---------------------------------------------------------------------------------

    def log(self, threads, engine):
        """One log: the header, then the threads' events interleaved, in some style of line ends."""
        header = Object([("kind", "schema_version"), ("schema_version", 1)])
        if self.chance(0.7):
            self.hit("header with other keys")
            header += [("engine", engine), ("made", self.values.value())]
            self.random.shuffle(header)
        if self.chance(0.03):
            self.hit("header version spelled 1.0")
            header.put("schema_version", self.random.choice((Raw("1.0"), Raw("1e0"))))
        lines = [self.values.spell(header)]
        for tid, index, event in self.interleave(threads):
            lines.append(self.line(tid, index, event, engine))
        if len(lines) == 1:
            self.hit("lines empty log")
        ends = self.line_ends()
        text = ""
        for line in lines:
            text += line + self.random.choice(ends)
            if self.blanks and self.chance(0.1):
                self.hit("lines blank")
                text += self.random.choice(ends) * self.random.randint(1, 3)
        if self.chance(0.15):
            self.hit("lines no newline at end")
            text = text.rstrip("\r\n")
        return text.encode()

    def line_ends(self):
        self.blanks = self.chance(0.2)
        roll = self.random.random()
        if roll < 0.8:
            return ("\n",)
        self.hit("lines CRLF" if roll < 0.92 else "lines LF and CRLF mixed")
        return ("\r\n",) if roll < 0.92 else ("\n", "\r\n")

    def interleave(self, threads):
        """(tid, tid_event_idx, event) in a random order that keeps each thread's own."""
        queues = []
        for tid, events in threads.items():
            indices = self.indices(len(events))
            queues.append([(tid, index, event) for index, event in zip(indices, events)][::-1])
        while any(queues):
            queue = self.random.choice([queue for queue in queues if queue])
            for _ in range(self.random.randint(1, min(8, len(queue)))):
                yield queue.pop()

    def indices(self, count):
        """tid_event_idx of one thread: counting, with gaps, or with the one step back that the reference lets pass."""
        roll = self.random.random()
        if roll < 0.7 or not count:
            return list(range(count))
        self.hit("index gaps")
        index = self.random.choice((0, 0, 5, -3, 10**12))
        if index < 0:
            self.hit("index negative")
        indices = []
        fall_back = self.chance(0.3)
        for position in range(count):
            if fall_back and indices and indices[-1] >= position and self.chance(0.2):
                self.hit("index falls back to its position")
                index = position
            indices.append(index)
            index += self.random.choice((1, 1, 1, 2, 50))
        return indices

    def line(self, tid, index, event, engine):
        """An event as one line."""
        if self.values.alike:  # clocks hold for several lines
            self.clock += self.chance(0.2)
            cycle, time = self.clock, self.clock * 1000
        else:
            cycle, time = self.random.randint(0, 10**15), self.random.getrandbits(62)
        fields = Object([("schema_version", 1), ("engine", engine), ("kind", event.kind), ("tid", tid),
                         ("tid_event_idx", index), ("guest_cycle", cycle), ("host_ns", time),
                         ("deterministic", True)])
        if tid == 0 and self.chance(0.1):
            self.hit("tid spelled -0")
            fields.put("tid", Raw("-0"))
        if event.payload is not MISSING:
            fields.append(("payload", event.payload))
        if self.values.alike and self.chance(0.9):
            return self.values.spell(fields)
        if self.chance(0.05):
            fields.drop(self.random.choice(("schema_version", "engine", "guest_cycle", "host_ns", "deterministic")))
        if self.chance(0.08):
            self.hit("keys extra at top level")
            fields.append((self.values.key(), self.values.value()))
        if self.chance(0.1):
            self.hit("keys shuffled")
            self.random.shuffle(fields)
        if self.chance(0.03):
            self.hit("keys duplicate at top level")
            key = self.random.choice(("kind", "tid", "tid_event_idx", "payload", "engine"))
            if fields.has(key):
                fields.insert(0, (key, self.earlier(key)))
        return self.values.spell(fields)

    def earlier(self, key):
        """A value for a key that is given again later, of a type that would do if it counted."""
        if key == "kind":
            return self.random.choice(("kernel.call", "sema.release", "handle.create"))
        if key in ("tid", "tid_event_idx"):
            return self.random.randint(0, 99)
        return self.values.object() if key == "payload" else self.values.value()

    # -- options -------------------------------------------------------------------------------------------

    def choose_options(self, case, tids):
        """Options both programs know."""
        if self.chance(0.3):
            case.options.append("--tid-map=" + self.tid_map(tids))
        if self.chance(0.3):
            case.exit_code_alias = self.chance(0.5)
            self.hit("option --exit-code" if case.exit_code_alias else "option --validate-identical")
            case.options.append("--validate-identical")
        for option in ("--no-canonicalize-allocators", "--no-canonicalize-host-heap-fields"):
            if self.chance(0.08):
                self.hit("option " + option)
                case.options.append(option)
        if self.chance(0.15):
            self.hit("option --disable-absorber")
            names = self.random.sample(("shared-global", "wait-begin", "nested-cs"), self.random.randint(1, 3))
            if self.chance(0.05):
                self.hit("option --disable-absorber unknown name")
                names += self.random.choice((["nested"], ["z'q", "Wait-Begin"], ["é", "shared-global "]))
            case.options += ["--disable-absorber", self.random.choice((",", ", ", ",,")).join(names)]
        if self.chance(0.5):
            self.hit("option --emit-absorbed-events")
            case.absorbed = True
            case.options += ["--emit-absorbed-events", "absorbed.jsonl"]
        if self.chance(0.2):
            self.hit("option --out")
            case.out = True
            case.options += ["--out", "report.md"]

    def tid_map(self, tids):
        """A --tid-map, mostly a sensible one."""
        self.hit("option --tid-map")
        if self.chance(0.03):
            self.hit("option --tid-map empty")
            return self.random.choice(("", ",", " , "))
        spell = str
        if self.chance(0.3):
            self.hit("option --tid-map other bases")
            spell = self.any_base
        tokens = [f"{spell(canary)}={spell(ours)}" for canary, ours in tids if self.chance(0.9)]
        if self.chance(0.3):
            self.hit("option --tid-map unknown tid")
            tokens.append(self.random.choice((f"{tids[0][0]}=777777", f"777777={tids[0][1]}", "1=-777777", "777=888")))
        if len(tids) > 1 and self.chance(0.3):
            self.hit("option --tid-map same ours twice")
            tokens.append(f"{tids[0][0]}={tids[1][1]}")
        self.random.shuffle(tokens)
        if self.chance(0.3):
            self.hit("option --tid-map spaces and empty tokens")
            return " , ,".join(token.replace("=", " = ") for token in tokens) + ","
        return ",".join(tokens)

    def any_base(self, number):
        """An integer as int(s, 0) reads it."""
        sign = "-" if number < 0 else self.random.choice(("", "", "+"))
        number = abs(number)
        return sign + self.random.choice((f"{number:#x}", f"{number:#X}", f"{number:#o}", f"{number:#b}", f"{number}",
                                          f"{number:_}", "0x_" + f"{number:_x}", "0x00" + f"{number:x}"))

    def choose_delivery(self, case):
        """What must not matter: threads, chunk size, compression, pipes."""
        if self.chance(0.7):
            self.hit("option --threads")
            case.mine += ["--threads", self.random.choice("124")]
        if self.chance(0.6):
            self.hit("environment EVDIFF_CHUNK_BYTES")
            case.environment["EVDIFF_CHUNK_BYTES"] = self.random.choice(("64", "200", "1000", "5000"))
        if self.chance(0.3):
            self.hit("option --canary and --ours")
            case.named_inputs = True
        if self.chance(0.05):
            self.hit("input with a byte-order mark")
            case.packed = tuple(b"\xef\xbb\xbf" + log if self.chance(0.7) else log for log in case.packed)
        if self.chance(0.1):
            pack = self.random.choice((self.gzip, self.zstd))
            case.packed = tuple(pack(log) if self.chance(0.6) else log for log in case.packed)
        elif self.chance(0.05):
            self.hit("input pipe")
            case.pipe = self.random.randint(0, 1)

    def zstd(self, data):
        """The data as frames of stored blocks (RFC 8878), perhaps with skippable frames among them."""
        self.hit("input zstd")
        frames = []
        cuts = [0, len(data)]
        if self.chance(0.5):
            self.hit("input zstd of several frames")
            cuts = [0] + sorted(self.random.randint(0, len(data)) for _ in range(2)) + [len(data)]
        for begin, end in zip(cuts, cuts[1:]):
            if self.chance(0.3):
                self.hit("input zstd with a skippable frame")
                frames.append(struct.pack("<II", 0x184D2A50 + self.random.randrange(16), 5) + b"{\n}\n\0")
            frames.append(struct.pack("<IBI", 0xFD2FB528, 0xA0, end - begin))
            starts = range(begin, end, ZSTD_BLOCK) or [begin]
            for start in starts:
                stop = min(start + ZSTD_BLOCK, end)
                head = (stop - start) << 3 | (start == starts[-1])
                frames.append(head.to_bytes(3, "little") + data[start:stop])
        return b"".join(frames)

    def gzip(self, data):
        """The data as one gzip member or several."""
        if self.chance(0.5):
            self.hit("input gzip")
            return gzip.compress(data, mtime=0)
        self.hit("input gzip of several members")
        cuts = sorted(self.random.randint(0, len(data)) for _ in range(2))
        parts = data[:cuts[0]], data[cuts[0]:cuts[1]], data[cuts[1]:]
        return b"".join(gzip.compress(part, mtime=0) for part in parts)
