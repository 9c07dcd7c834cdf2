"""What the rows come to, against what was set out to be reached."""
from harness.rows import GIVEN, LONG, ORDINARY, ROWS

# Rows whose time is set against iterate_many's: at least, and aimed for.
TO_ITERATE_MANY = {ORDINARY: (1.1, 0.7), GIVEN: (1.0, 0.6), "short lines": (2.2, 1.5), "20,000 tids": (1.6, 1.2)}
BYTES_PER_EVENT = (18, 16)  # of no file, both logs' events
# What each line of an engine may have; it must cost no more than other text.
LIKE_ORDINARY = ("clocks since 1970", "escapes in every line", "SIDs in every tenth line")
FEW_EVENTS = ("64 KiB lines",)  # what a process takes at all is most of their memory
FIELDS = ("what", "measured", "at_least", "aim", "less_is_better")


def pair_targets(row, single):
    """Of a row with variants; `single` is the same pair on one thread, or None."""
    name, cold = row["name"], row["evdiff"]["median"]
    yield f"{name}: time / floor's", row["to_floor"], 6, 3, True
    yield f"{name}: time / floor's, pages mapped", row["to_floor_mapped"], 6, 3, True
    if single and row["threads"] == 2:
        yield (f"{name}: speed-up from 1 to 2 threads", single["evdiff"]["median"] / cold, 1.7, 1.9,
               False)
    yield f"{name}: with both indexes, time / cold", row["both indexes"]["median"] / cold, 0.03, 0.01, True
    yield (f"{name}: with canary's index only, time / cold", row["canary's index"]["median"] / cold, 0.6,
           0.5, True)
    yield f"{name}: speed / native build's", row["native build"]["median"] / cold, 0.9, 1, False


def row_targets(base, row):
    """Of a row of another kind of logs against the ordinary one."""
    name = row["name"]
    if name == "mixed spelling":
        # The same events in longer lines: what counts is the time of an event.
        yield (f"{name}: time an event / same spelling's", base["events_per_s"] / row["events_per_s"], 1.5,
               1, True)
    elif name in LIKE_ORDINARY:
        yield f"{name}: time a byte / the ordinary pair's", base["gb_per_s"] / row["gb_per_s"], 1.2, 1, True
    elif name == LONG:
        yield f"{name}: time a byte / the size itself's", base["gb_per_s"] / row["gb_per_s"], 1.1, 1, True
    else:
        unit, key = ("events", "events_per_s") if name == "short lines" else ("GB", "gb_per_s")
        yield f"{name}: {unit}/s, times below ordinary", base[key] / row[key], 2, 1, True


def find_targets(rows, threads):
    """A list of (text, value, limit to hold, limit to aim for, less is better); the value is None where the
    row was not asked for."""
    at = {(row["name"], row["threads"]): row for row in rows}
    found = []
    for name in (ORDINARY, GIVEN):
        if (name, threads) in at:
            found += pair_targets(at[name, threads], at.get((name, 1)))
    for row in rows:
        if row["threads"] == threads:
            name = row["name"]
            if name in TO_ITERATE_MANY:
                found.append((f"{name}: time / iterate_many's", row["to_iterate_many"], *TO_ITERATE_MANY[name], True))
            if name not in FEW_EVENTS:
                found.append((f"{name}: bytes an event", row["memory"] / row["events"], *BYTES_PER_EVENT, True))
    base = at.get((ORDINARY, threads))
    for name in [name for name, _ in ROWS[1:]] + [LONG]:
        if base and (name, threads) in at:
            found += row_targets(base, at[name, threads])
    if base and (LONG, threads) not in at:
        found.append((f"{LONG}: time a byte / the size itself's (--all)", None, 1.1, 1, True))
    return found


def verdict(value, least, aim, less):
    if value is None:
        return "not measured"
    if (value <= aim) if less else (value >= aim):
        return "aim"
    return "held" if ((value <= least) if less else (value >= least)) else "MISSED"
