"""Random pairs of event logs.

A thread's behaviour is made once; each side's stream is derived from it by what may differ without meaning anything
(addresses, handles, jitter, spelling) and, for some threads, by something that does: a divergence. So long matches,
absorptions and divergences all happen, and happen deep in a stream.
"""
import copy
from dataclasses import dataclass

from values import Object, Raw


class MISSING:
    """Stands for a payload that is not there at all (a class, so that copies stay the same object)."""


CALLS = ("NtCreateEvent", "NtClose", "RtlInitUnicodeString", "KeQueryPerformanceCounter", "NtWaitForSingleObjectEx",
         "XamInputGetState", "ExGetXConfigSetting", "NtReadFile", "vsnprintf")
ALLOCATORS = ("MmAllocatePhysicalMemoryEx", "MmAllocatePhysicalMemory", "NtAllocateVirtualMemory", "RtlAllocateHeap",
              "MmCreateKernelStack", "RtlImageXexHeaderField", "XamNotifyCreateListener", "MmGetPhysicalAddress")
LOCAL_KINDS = ("contention.observed", "sema.release", "signal.match", "wake.requested")
UNKNOWN_KINDS = ("gpu.submit", "file.open", "", "é.kind", "Kernel.call", "kernel.return ", "schema_version", "a`b|c")
ENTER, LEAVE = "RtlEnterCriticalSection", "RtlLeaveCriticalSection"


@dataclass
class Event:
    """One event, before it has a tid, a position and a spelling."""
    kind: str
    payload: object  # an Object, None for null, or MISSING


class Streams:
    """Makes the threads of one case and derives the two sides' streams from them."""

    def __init__(self, random, values, features, derive_sid):
        self.random = random
        self.values = values
        self.hit = features.hit
        self.derive_sid = derive_sid
        self.chance = values.chance
        self.serial = 0
        self.floating = [self.fresh_sid() for _ in range(random.randint(1, 4))]
        if self.chance(0.1):
            self.hit("sid one letter")
            self.floating.append(random.choice("abc"))
        self.jitter_chance = 0.05
        if self.chance(0.15):
            self.jitter_chance = 0.2  # what an empty SID does takes several of them
            self.hit("sid empty")
            self.floating = ["", self.floating[0]]

    # -- behaviour -----------------------------------------------------------------------------------------

    def behaviour(self, first_call, length):
        """The events of one thread that does the same on both sides."""
        events = []
        if first_call is not None:
            events += self.call(first_call)
        while len(events) < length:
            events += self.random.choices(
                (self.any_call, self.allocation, self.section, self.handle, self.wait, self.thread, self.unknown,
                 self.odd_name), (6, 3, 3, 3, 3, 2, 2, 1))[0]()
        return events

    def long_match(self, first_call, length):
        """The same long beginning for both sides but for addresses and engine-local events: blocks of saved indexes."""
        sides = self.plain_call(first_call), self.plain_call(first_call)
        while len(sides[0]) < length:
            name = self.random.choice(CALLS + ALLOCATORS)
            for side in sides:
                side += self.plain_call(name)
                if name in ALLOCATORS:
                    side[-1].payload.put("return_value", self.pointer())
                if self.chance(0.002):
                    side.append(self.engine_local())
        return sides

    def call(self, name, returned=None):
        """import.call, kernel.call and kernel.return of one function."""
        arguments = Object((f"a{n}", self.argument()) for n in range(self.random.randint(0, 4)))
        call = Object([("name", name), ("ord", self.random.randint(1, 3000)), ("args", arguments)])
        if self.chance(0.3):
            call.append(("args_resolved", self.values.object(surrogates=False)))
        if self.chance(0.03):
            call.put("args", self.values.value())
        status = Object([("name", name)])
        if self.chance(0.9):
            status.append(("return_value", self.values.value() if returned is None else returned))
        if self.chance(0.7):
            status.append(("status", self.random.choice(("0x00000000", "0xc0000022", self.values.value()))))
        self.random.shuffle(status)
        where = Object([("name", name), ("module", "ntdll"), ("ord", 12), ("lr", self.pointer())])
        return [Event("import.call", where), Event("kernel.call", call), Event("kernel.return", status)]

    def any_call(self):
        return self.call(self.random.choice(CALLS))

    def argument(self):
        return self.pointer() if self.chance(0.5) else self.values.value()

    def pointer(self):
        return f"0x{self.random.getrandbits(self.random.choice((8, 32, 48, 64))):08x}"

    def allocation(self):
        """A call whose return value is an address: each side gets its own later."""
        self.hit("allocator return")
        events = self.call(self.random.choice(ALLOCATORS), self.pointer())
        if not events[2].payload.has("status"):
            self.hit("allocator return without status")
        if self.chance(0.15):
            events[2].payload.drop("return_value")
            self.hit("allocator return without return_value")
        return events

    def section(self):
        """Enter a critical section, do little, leave it."""
        inner = self.any_call() if self.chance(0.4) else []
        return self.plain_call(ENTER) + inner + self.plain_call(LEAVE)

    def plain_call(self, name):
        return [Event("import.call", Object([("name", name), ("ord", 293)])),
                Event("kernel.call", Object([("name", name), ("args", Object([("a0", "0x8200f000")]))])),
                Event("kernel.return", Object([("name", name), ("return_value", 0)]))]

    def handle(self):
        sid = self.fresh_sid()
        object_type = self.random.randint(0, 9)
        raw = self.pointer()
        events = [Event("handle.create", Object([("handle_semantic_id", sid), ("raw_handle_id", raw),
                                                 ("object_type", object_type), ("name", self.values.text())]))]
        if self.chance(0.2):
            self.hit("sid missing or not a string")
            if self.chance(0.5):
                events[0].payload.drop("handle_semantic_id")
            else:
                events[0].payload.put("handle_semantic_id", self.values.number())
        if self.chance(0.6):
            events.append(Event("handle.destroy", Object([("handle_semantic_id", sid), ("raw_handle_id", raw),
                                                          ("closed", True)])))
        return events

    def wait(self):
        payload = Object([("handles_semantic_ids", self.handles(self.fresh_sid())), ("alertable", self.chance(0.5)),
                          ("timeout_ns", self.values.number())])
        if self.chance(0.1):
            self.hit("handles missing")
            payload.drop("handles_semantic_ids")
        end = Object([("wait_duration_cycles", self.random.randint(0, 9999)), ("woken_by_semantic_id", "w"),
                      ("status", "0x00000000")])
        return [Event("wait.begin", payload)] + ([Event("wait.end", end)] if self.chance(0.7) else [])

    def handles(self, sid):
        """The handles of a wait in one of the shapes the reference can read, with the SID among them."""
        roll = self.random.random()
        if roll < 0.6:
            self.hit("handles array")
            return [sid] if self.chance(0.6) else [self.fresh_sid(), sid]
        if roll < 0.72:
            self.hit("handles array with non-strings")
            return [self.values.value(2), sid, self.values.value(2), self.values.number()]
        if roll < 0.8:
            self.hit("handles string")
            return sid
        if roll < 0.88:
            self.hit("handles dict")
            return Object([(sid, self.values.value(2)), ("b", 1)])
        self.hit("handles empty")
        return self.random.choice(([], "", Object(), 0, False, None, Raw("0.0")))

    def thread(self):
        if self.chance(0.3):
            return [Event("thread.exit", Object([("exit_code", self.values.number())]))]
        payload = Object([("handle_semantic_id", self.fresh_sid()), ("parent_tid", self.random.randint(0, 99)),
                          ("entry", self.pointer())])
        roll = self.random.random()
        if roll < 0.7:
            self.hit("ctx_ptr string")
            payload.insert(self.random.randint(0, 3), ("ctx_ptr", self.pointer()))
        elif roll < 0.85:
            self.hit("ctx_ptr not a string")
            payload.append(("ctx_ptr", self.values.number()))
        else:
            self.hit("ctx_ptr missing")
        return [Event("thread.create", payload)]

    def unknown(self):
        self.hit("kind unknown")
        payload = Object([("name", self.values.text()), (self.values.key(False), self.values.value()),
                          (self.values.key(False), self.values.value())])
        if self.chance(0.15):
            self.hit("payload missing")
            payload = MISSING
        return [Event(self.random.choice(UNKNOWN_KINDS), payload)]

    def odd_name(self):
        """A call whose name is something else than a plain string."""
        kind = self.random.choice(("import.call", "kernel.call", "kernel.return"))
        payload = Object([("ord", self.random.choice((0, 17, "o", None, [], self.values.value()))), ("x", 1)])
        if self.chance(0.5):
            self.hit("name empty or missing")
            if self.chance(0.5):
                payload.append(("name", self.random.choice(("", None, 0, False))))
        else:
            self.hit("name not a string")
            hashable = kind == "kernel.return"  # the reference looks this one up in a set
            payload.append(("name", self.values.number() if hashable else self.values.value()))
        for key in ("name", "ord"):  # printed raw, where Python refuses lone surrogates
            if isinstance(payload.get(key), str) and not isinstance(payload.get(key), Raw):
                payload.put(key, self.values.text(surrogates=False))
        return [Event(kind, payload)]

    def fresh_sid(self):
        self.serial += 1
        return f"{self.serial * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF:016x}"

    # -- one side ------------------------------------------------------------------------------------------

    def side(self, behaviour, canary, diverge_at, level):
        """One side's stream: `diverge_at` is a position to do otherwise at, or None; `level` 0 to 1 is the jitter."""
        events = []
        for position, event in enumerate(behaviour):
            if self.chance(self.jitter_chance * level):
                events += self.jitter()
            if is_call(event, "import.call", LEAVE) and self.chance(0.35 * level):
                events += self.nested(canary)
            mine = copy.deepcopy(event)
            self.localise(mine)
            events += self.diverge(mine) if position == diverge_at else [mine]
            if position == diverge_at and self.chance(0.1):
                self.hit("divergence stream cut short")
                break
        return events

    def localise(self, event):
        """Change what may differ between two engines, and the spelling of the rest."""
        payload = event.payload
        if not isinstance(payload, Object):
            return
        event.payload = payload = self.values.equal(payload)
        if event.kind.startswith("handle."):
            payload.put("raw_handle_id", self.pointer())
            if self.chance(0.3) and payload.has("handle_semantic_id"):
                payload.put("handle_semantic_id", self.fresh_sid())
        elif event.kind == "thread.create":
            payload.put("parent_tid", self.random.randint(0, 99))
            if isinstance(payload.get("ctx_ptr"), str) and not isinstance(payload.get("ctx_ptr"), Raw):
                payload.put("ctx_ptr", self.pointer())
        elif event.kind == "wait.end":
            payload.put("wait_duration_cycles", self.values.number())
        elif event.kind == "kernel.return" and payload.get("name") in ALLOCATORS:
            if payload.has("return_value") and self.chance(0.9):
                is_null = self.chance(0.05)
                payload.put("return_value", self.random.choice((0, "0x0", None)) if is_null else self.pointer())
                if is_null:
                    self.hit("allocator return null on one side")
        if self.chance(0.05):
            self.hit("payload field null on one side")
            payload.insert(self.random.randint(0, len(payload)), ("nothing", None))
        if payload and self.chance(0.03):
            self.hit("keys duplicate in payload")
            key, _ = self.random.choice(payload)
            payload.insert(0, (key, self.values.value()))

    def jitter(self):
        """Events only this side has, which the rules see past (or nearly)."""
        roll = self.random.random()
        if roll < 0.4:
            return [self.engine_local()]
        if roll < 0.75:
            return [self.floating_create()]
        return [Event("wait.begin", Object([("handles_semantic_ids", self.handles(self.random.choice(self.floating))),
                                            ("alertable", False)]))]

    def engine_local(self):
        kind = self.random.choice(LOCAL_KINDS)
        self.hit("kind sema.release" if kind == "sema.release" else "kind engine-local")
        if self.chance(0.1):
            self.hit("payload null, engine-local kind")
            return Event(kind, None)
        return Event(kind, Object([("count", self.random.randint(0, 5)), ("name", "RtlAllocateHeap")]))

    def floating_create(self):
        """A handle.create whose SID is floating by one route or the other, or just not."""
        payload = Object([("object_type", self.random.randint(0, 9)), ("raw_handle_id", self.pointer())])
        roll = self.random.random()
        if "" in self.floating and roll < 0.35:
            self.hit("sid missing or not a string")
            return Event("handle.create", payload)
        if roll < 0.5 or "" in self.floating:
            self.hit("sid on several tids")
            payload.append(("handle_semantic_id", self.random.choice(self.floating)))
            return Event("handle.create", payload)
        pointer, raw = self.raw_handle()
        object_type = self.random.choice((0, 1, 5, 5, 5, -1, 2**32 + 5, -(2**33), 2**70 + 1))
        payload = Object([("raw_handle_id", raw), ("object_type", object_type),
                          ("handle_semantic_id", self.derive_sid(pointer, object_type))])
        roll = self.random.random()
        if object_type == 1 and roll < 0.5:
            self.hit("sid derived, object_type true")
            payload.put("object_type", True)
        elif roll > 0.92:
            self.hit("sid derived, object_type not an integer")
            payload.put("object_type", self.random.choice((Raw(f"{object_type}.0"), str(object_type), None)))
        elif roll > 0.88:
            payload.put("handle_semantic_id", payload.get("handle_semantic_id").upper())
        return Event("handle.create", payload)

    def raw_handle(self):
        """A pointer and a way of writing it that int(s, 16) takes, or one that it just doesn't."""
        pointer = self.random.getrandbits(self.random.choice((4, 16, 32, 64)))
        roll = self.random.random()
        if roll < 0.25:
            self.hit("sid derived, plain")
            return pointer, self.random.choice((f"0x{pointer:x}", f"{pointer:08x}"))
        if roll < 0.35:
            self.hit("sid derived, beyond 64 bits")
            pointer |= 1 << self.random.choice((64, 65, 80, 127, 128, 500))
        digits = f"{pointer:x}"
        if roll < 0.65:
            self.hit("sid derived, other spelling")
            return pointer, self.random.choice((
                digits.upper(), "0X" + digits, "0x" + digits.upper(), "+" + digits, "+0x" + digits, " " + digits + " ",
                "\t0x" + digits + "\n", "\u00a0" + digits + "\u3000", "\x1c" + digits + "\x1f\x85", "0" * 40 + digits,
                "_".join(digits), "0x_" + digits, "0x" + "_".join(digits), fullwidth(digits), "0x" + arabic(digits),
                "\u2028" + fullwidth(digits) + "\u2003"))
        if roll < 0.75:
            self.hit("sid derived, negative")
            return -pointer, self.random.choice(("-" + digits, "-0x" + digits, " -0X0" + digits))
        if roll < 0.8:
            return pointer, digits
        self.hit("sid derived, invalid spelling")
        return pointer, self.random.choice((
            "_" + digits, digits + "_", "0x__" + digits, digits[0] + "__" + digits, "0_x" + digits, "0x", "", " ", "0x ",
            "+ " + digits, "--" + digits, "+-" + digits, "0x0x" + digits, "x" + digits, digits + "h", digits + " 0",
            "0x-" + digits, "\ufeff" + digits, "\u200b" + digits, digits + "\x00", "0x" + digits + "g", "-", "_",
            "\uff10\uff58" + digits, "²" + digits, "Ⅷ" + digits, "０ｘ" + digits, "ａ" + digits, "\ud835" + digits))

    def nested(self, canary):
        """Balanced Enter/Leave blocks; legitimate on canary only."""
        if not canary and self.chance(0.9):
            return []
        roll = self.random.random()
        blocks = 31 if roll < 0.06 else 32 if roll < 0.12 else 33 if roll < 0.18 else self.random.choice(
            (1, 1, 2, 3, 5, 12))
        if not canary:
            self.hit("nested-cs on ours")
        self.hit(f"nested-cs blocks {'1 to 30' if blocks < 31 else blocks}")
        block = self.plain_call(ENTER) + self.plain_call(LEAVE)
        events = [copy.deepcopy(event) for _ in range(blocks) for event in block]
        if self.chance(0.1):
            self.hit("nested-cs blocks cut short")
            del events[self.random.randrange(len(events))]
        elif self.chance(0.1):
            events.insert(self.random.randrange(len(events)), self.engine_local())
        return events

    def diverge(self, event):
        """What one side does otherwise."""
        payload = event.payload
        choice = self.random.random()
        allocator = (isinstance(payload, Object) and event.kind == "kernel.return"
                     and payload.get("name") in ALLOCATORS)
        if allocator and choice < 0.4:
            self.hit("allocator return lost on one side")
            return []
        if choice < 0.1:
            self.hit("divergence lost event")
            return []
        if choice < 0.2:
            self.hit("allocator return extra on one side")
            return self.allocation() + [event]
        if choice < 0.3:
            self.hit("divergence extra event")
            after = []
            if self.chance(0.5):
                self.hit("payload null, after the divergence")
                after = [Event("gpu.submit", None)]
            return [Event("only.here", Object([("why", self.values.value())]))] + after + [event]
        if choice < 0.4:
            self.hit("divergence kind")
            event.kind = self.random.choice(UNKNOWN_KINDS + ("kernel.call", "handle.create", "wait.begin"))
            if not isinstance(payload, Object) or event.kind == "wait.begin":
                event.payload = Object([("k", 1)])
            return [event]
        if not isinstance(payload, Object):
            return []
        if choice < 0.55:
            self.hit("divergence extra field")
            payload.insert(self.random.randint(0, len(payload)), ("extra", self.values.value()))
            return [event]
        keys = [key for key, _ in payload if key not in ("name", "ord", "handles_semantic_ids", "handle_semantic_id")]
        keys = self.random.sample(keys, min(len(keys), 2))
        if event.kind == "kernel.return" and payload.has("status") and self.chance(0.3):
            keys = ["status"]
        for key in keys:
            self.hit("divergence args" if key in ("args", "args_resolved") else "divergence value")
            payload.put(key, self.values.other(payload.get(key)))
        return [event]


def is_call(event, kind, name):
    """Whether an event is of the kind and its payload has the name."""
    return event.kind == kind and isinstance(event.payload, Object) and event.payload.get("name") == name


def fullwidth(digits):
    """Hexadecimal digits with 0-9 in their fullwidth form."""
    return "".join(chr(0xFF10 + int(digit)) if digit.isdigit() else digit for digit in digits)


def arabic(digits):
    """Hexadecimal digits with 0-9 in their Arabic-Indic form."""
    return "".join(chr(0x0660 + int(digit)) if digit.isdigit() else digit for digit in digits)
