"""One bug of an engine, planted in a log: what a fault in an engine does to what its guest does.

A plant says what was changed, in which thread, and at which of that thread's events its first effect is. All of it follows from
the seed. Calls are drawn by name first, those that are made often less than in proportion, so that no call of which there are
thousands has most of the plants.
"""
import bisect
import random
import re
from collections import defaultdict

HEAD = re.compile(rb'"kind":"([^"]+)".*?"tid":(-?\d+)')
NAME = re.compile(rb'"payload":\{"name":"([^"]+)"')
INDEX = re.compile(rb'"tid_event_idx":(\d+)')
RESULT = re.compile(rb'"return_value":(-?\d+)')
STATUS = re.compile(rb'"status":"0x[0-9a-fA-F]+"')
ARGUMENT = re.compile(rb'"(a\d+)":"(0x[0-9a-fA-F]+)"')
FAILED = {"status": 0xC0000022, "error": 5, "none": 0}  # what a call returns that fails, by what it returns
TRIES = 400


class Retry(Exception):
    """Nothing of the kind can be planted there."""


class Log:
    """Lines of a log, the first `cut` events of each thread."""

    def __init__(self, path, cut):
        self.path, self.lines, self.tids, self.kinds, self.names = path, [], [], [], []
        self.threads, self.place = defaultdict(list), []
        with open(path, "rb") as file:
            self.header = file.readline()
            for line in file:
                kind, tid = HEAD.search(line).groups()
                stream = self.threads[int(tid)]
                if cut and len(stream) >= cut:
                    continue
                name = NAME.search(line)
                self.place.append(len(stream))
                stream.append(len(self.lines))
                self.lines.append(line)
                self.tids.append(int(tid))
                self.kinds.append(kind.decode())
                self.names.append(name[1].decode() if name else "")
        self.calls = {tid: self._calls(stream) for tid, stream in self.threads.items()}

    def _calls(self, stream):
        """First and last position of each complete call, by first position; calls nest."""
        calls, open_calls = [], []
        for at, line in enumerate(stream):
            if self.kinds[line] == "import.call":
                open_calls.append((self.names[line], at))
            elif self.kinds[line] == "kernel.return":
                while open_calls:
                    name, first = open_calls.pop()
                    if name == self.names[line]:
                        calls.append((first, at))
                        break
        return sorted(calls)

    def write(self, path, plant=None):
        changed = plant.changed if plant else {}
        with open(path, "wb", 1 << 20) as file:
            file.write(self.header)
            for at, line in enumerate(self.lines):
                file.write(changed.get(at, line))


class Plant:
    """`changed`: line → what stands there instead; first and last: where in the thread of ours its first effect may be told."""

    def __init__(self, kind, tid, first, last, classes, call=""):
        self.kind, self.tid, self.first, self.last, self.classes, self.call = kind, tid, first, last, classes, call
        self.changed, self.about = {}, ""


def draw(rng, groups):
    """One of the named groups, and one of its members."""
    if not groups:
        raise Retry
    names = sorted(groups)
    name = rng.choices(names, [len(groups[name]) ** 0.5 for name in names])[0]
    return rng.choice(groups[name])


def some_thread(log, rng, least=40):
    tids = [tid for tid, stream in sorted(log.threads.items()) if len(stream) >= least]
    return rng.choices(tids, [len(log.threads[tid]) ** 0.5 for tid in tids])[0]


def inside(log, tid, position):
    """Neither where threads start alike nor at their end."""
    count = len(log.threads[tid])
    return count // 40 <= position < count - count // 30 - 4


def returns(log, tid, wanted):
    groups = defaultdict(list)
    for position, line in enumerate(log.threads[tid]):
        if log.kinds[line] == "kernel.return" and inside(log, tid, position):
            result = RESULT.search(log.lines[line])
            if result and wanted(log.names[line], int(result[1])):
                groups[log.names[line]].append((position, line, int(result[1])))
    return groups


def with_result(line, result):
    line = RESULT.sub(b'"return_value":%d' % result, line, count=1)
    return STATUS.sub(b'"status":"0x%08x"' % (result & 0xFFFFFFFF), line, count=1)


def with_index(line, index):
    return INDEX.sub(b'"tid_event_idx":%d' % index, line, count=1)


def index_of(line):
    return int(INDEX.search(line)[1])


def style(name, result):
    """What a call returns that can fail, by Windows' conventions; None for others."""
    if name.startswith(("Nt", "Ldr")) and result == 0:
        return "status"
    if name.startswith("Reg") and result == 0:
        return "error"
    return "none" if name.startswith(("Create", "Open", "Load", "Find", "Virtual", "Map", "Read", "Write")) and result > 0 else None


def fails(log, rng):
    """A call fails, and what the guest would have done then is lost."""
    tid = some_thread(log, rng)
    position, line, result = draw(rng, returns(log, tid, style))
    stream = log.threads[tid]
    lost = rng.randint(4, 50)
    if position + lost + 20 > len(stream):
        raise Retry
    plant = Plant("fails", tid, position, position, ("value",), log.names[line])
    plant.changed[line] = with_result(log.lines[line], FAILED[style(log.names[line], result)])
    plant.changed.update({at: b"" for at in stream[position + 1:position + 1 + lost]})
    return plant


def lost_call(log, rng):
    """A call is not made."""
    tid = some_thread(log, rng)
    groups = defaultdict(list)
    for first, last in log.calls[tid]:
        if last - first < 24 and inside(log, tid, first):
            groups[log.names[log.threads[tid][first]]].append((first, last))
    first, last = draw(rng, groups)
    stream = log.threads[tid]
    slack = 2 * (last - first) + 10
    plant = Plant("lost_call", tid, first - slack, first + slack, ("missing", "replaced"), log.names[stream[first]])
    plant.changed.update({at: b"" for at in stream[first:last + 1]})
    return plant


def wrong_value(log, rng):
    """An argument is wrong, and handed on as it is until it is given anew. It was met before: else it were a mere name."""
    tid = some_thread(log, rng)
    stream = log.threads[tid]
    groups = defaultdict(list)
    for position, line in enumerate(stream):
        if log.kinds[line] == "kernel.call" and inside(log, tid, position):
            groups[log.names[line]].append((position, line))
    position, line = draw(rng, groups)
    arguments = [m for m in ARGUMENT.finditer(log.lines[line]) if 32 <= int(m[2], 16) < 1 << 47]
    if not arguments:
        raise Retry
    argument = rng.choice(arguments)
    value = int(argument[2], 16)
    wrong = value + (rng.choice((0x20, 0x80, 0x2000)) if value >= 0x10000 else rng.choice((1, 4, 12)))
    if not any(argument[2] in log.lines[at] for at in stream[max(0, position - 3000):position]):
        raise Retry
    spelled = b"0x%0*x" % (len(argument[2]) - 2, wrong)
    plant = Plant("wrong_value", tid, position, position, ("value",), log.names[line])
    plant.changed[line] = log.lines[line][:argument.start(2)] + spelled + log.lines[line][argument.end(2):]
    for at in stream[position + 1:position + 3000]:
        result = RESULT.search(log.lines[at])
        if result and int(result[1]) == value:
            break
        if b'"%s"' % argument[2] in log.lines[at]:
            plant.changed[at] = log.lines[at].replace(b'"%s"' % argument[2], b'"%s"' % spelled)
    if len(plant.changed) < 2:
        raise Retry
    return plant


def lost_thread(log, rng):
    """A thread is never created."""
    created, first = {}, {stream[0]: tid for tid, stream in log.threads.items()}
    last = None
    for line, kind in enumerate(log.kinds):
        if line in first and last is not None:
            created[first[line]] = last
        last = line if kind == "thread.create" else last
    children = [tid for tid, line in sorted(created.items()) if len(log.threads[tid]) >= 40 and log.tids[line] != tid]
    if not children:
        raise Retry
    child = rng.choice(children)
    tid = log.tids[created[child]]
    stream, place = log.threads[tid], log.place[created[child]]
    begin = max(0, place - 30)
    gone = [at for at in stream[begin:place + 1] if log.kinds[at] == "thread.create"]
    plant = Plant("lost_thread", tid, log.place[gone[0]] - 4, place + 4, ("missing", "replaced"))
    plant.changed.update({at: b"" for at in gone + log.threads[child]})
    return plant


def hangs(log, rng):
    """A wait never returns."""
    waits = defaultdict(list)
    for line, kind in enumerate(log.kinds):
        if kind == "wait.begin" and inside(log, log.tids[line], log.place[line]):
            waits[log.tids[line]].append(line)
    waits = {tid: lines for tid, lines in waits.items() if len(log.threads[tid]) >= 150}
    line = draw(rng, waits)
    tid, position = log.tids[line], log.place[line]
    plant = Plant("hangs", tid, position, position + 2, ("truncated",))
    plant.changed.update({at: b"" for at in log.threads[tid][position + 1:]})
    return plant


def swapped(log, rng):
    """Two calls are made in the other order."""
    tid = some_thread(log, rng)
    stream = log.threads[tid]
    ends = {}
    for first, last in log.calls[tid]:
        ends.setdefault(first, last)
    groups = defaultdict(list)
    for first, last in ends.items():
        then = ends.get(last + 1)
        if then and last - first < 16 and then - last < 16 and inside(log, tid, first) and \
                log.names[stream[first]] != log.names[stream[last + 1]]:
            groups[log.names[stream[first]]].append((first, last, then))
    first, middle, last = draw(rng, groups)
    order = stream[middle + 1:last + 1] + stream[first:middle + 1]
    plant = Plant("swapped", tid, first - 2, last + 2, ("reordered", "missing", "extra", "replaced"), log.names[stream[first]])
    for slot, at in zip(stream[first:last + 1], order):
        plant.changed[slot] = with_index(log.lines[at], index_of(log.lines[slot]))
    return plant


def off_by_one(log, rng):
    """A result is one too high or too low."""
    tid = some_thread(log, rng)
    position, line, result = draw(rng, returns(log, tid, lambda name, value: 0 <= value < 0x8000))
    plant = Plant("off_by_one", tid, position, position, ("value",), log.names[line])
    plant.changed[line] = with_result(log.lines[line], result + (1 if result == 0 else rng.choice((-1, 1))))
    return plant


def repeated(log, rng):
    """A stretch of calls is done more often."""
    tid = some_thread(log, rng)
    stream = log.threads[tid]
    groups = defaultdict(list)
    for first, last in log.calls[tid]:
        if last - first < 30 and inside(log, tid, first):
            groups[log.names[stream[first]]].append((first, last))
    first, last = draw(rng, groups)
    begins = [call[0] for call in log.calls[tid]]
    for _ in range(rng.randint(0, 4)):
        follower = bisect.bisect_left(begins, last + 1)
        if follower < len(begins) and begins[follower] == last + 1 and log.calls[tid][follower][1] - first < 60:
            last = log.calls[tid][follower][1]
    size, times = last - first + 1, rng.randint(1, 6)
    end = index_of(log.lines[stream[last]])
    block = [with_index(log.lines[stream[first + i % size]], end + 1 + i) for i in range(size * times)]
    plant = Plant("repeated", tid, first - 8, last + size * times + 8, ("extra", "replaced"), log.names[stream[first]])
    plant.changed[stream[last]] = log.lines[stream[last]] + b"".join(block)
    for at in stream[last + 1:]:
        plant.changed[at] = with_index(log.lines[at], index_of(log.lines[at]) + size * times)
    return plant


PLANTS = (fails, lost_call, wrong_value, lost_thread, hangs, swapped, off_by_one, repeated)


def make_plant(log, seed):
    """The plant of a seed; its kind goes by the seed too."""
    rng = random.Random(f"evdiff {seed}")
    kind = PLANTS[seed % len(PLANTS)]
    for _ in range(TRIES):
        try:
            return kind(log, rng)
        except Retry:
            continue
    raise SystemExit(f"seed {seed}: nothing to plant of the kind {kind.__name__} in {log.path}")
