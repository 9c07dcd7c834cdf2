"""The text report out of the JSON report: what the one says must be in the other.

A twin of src/report/text.c that knows nothing but the JSON. As a program: JSON on standard input, text on standard
output.
"""
import json
import sys

import describe
from values import both_values, values_of
from describe import CLASSES, DIVERGED, ENDS_EARLY, EQUAL, OTHER, SIDES, percent, plural, printable, state_of

COLORS = {DIVERGED: "\x1b[31m", ENDS_EARLY: "\x1b[33m", EQUAL: "\x1b[32m"}
STRONG = "\x1b[1m"
RED, GREEN = "\x1b[31m", "\x1b[32m"
AROUND_MAX, INSIDE_MAX, LEAD, SIDE_BY_SIDE_MIN, ROWS_MAX = 3, 4, 16, 120, 10


def fitting(text, width):
    """How many letters at the beginning of a text fit into so many columns."""
    for place, letter in enumerate(text):
        width -= describe.columns_of(letter)
        if width < 0:
            return place
    return len(text)


class TextReport:
    """Collects the report's lines."""

    def __init__(self, outcome, width, has_color):
        self.outcome = outcome
        self.width = width
        self.has_color = has_color
        self.parts = []

    def add(self, text):
        self.parts.append(text + "\n")

    def colored(self, color, text):
        return f"{color}{text}\x1b[0m" if self.has_color and color else text

    def cut(self, text, color=None):
        """A line of the table of threads."""
        if self.width and describe.columns(text) > self.width:
            text = text[:fitting(text, self.width - 1)] + "…"
        self.add(self.colored(color, text))

    def wrapped(self, text, color=None, indent=0):
        """Any other line: a row for each part that fits."""
        indent = indent if self.width >= 4 * indent else 0
        lead, width = "", self.width
        while self.width and (most := fitting(text, width)) < len(text):
            begin = len(text) - len(text.lstrip(" "))
            place = text.rfind(" ", begin + 1, most + 1)
            place = max(most, 1) if place < 0 else place
            self.add(lead + self.colored(color, text[:place]))
            text = text[place:].removeprefix(" ")
            if not text:
                return
            lead, width = " " * indent, self.width - indent
        self.add(lead + self.colored(color, text))

    def render(self):
        self.verdict()
        for unmet in self.outcome["unmet"]:
            self.wrapped("  " + describe.unmet(unmet), indent=4)
        for hint in self.outcome.get("hints", []):
            self.wrapped("Hint: " + describe.hint(hint), indent=2)
        for log in describe.logs(self.outcome):
            self.skipped(log)
        self.looks()
        if self.outcome["pairs"]:
            self.threads()
        for side in SIDES:
            self.unpaired(side)
        self.controls()
        self.counts()
        self.rules()
        self.add("")
        self.verdict()
        return "".join(self.parts)

    def skipped(self, log):
        text, lines, rest = describe.skipped(self.outcome, log)
        if text:
            self.wrapped(text, indent=2)
        for place, reason in lines:
            self.wrapped("  " + place + printable(reason), indent=4)
        if rest:
            self.add(f"  and {rest:,} more")

    def verdict(self):
        text, state = describe.verdict(self.outcome)
        told = describe.matched(self.outcome)
        is_narrow = self.width and describe.columns(text + told) + 2 > self.width
        self.add(self.colored(COLORS[state], text) + ("\n" if is_narrow else "; ") + told)

    def looks(self):
        looks, controls = self.outcome["looks"], self.outcome["controls"]
        if not looks and not (controls and self.outcome["families"]):
            return
        self.add("")
        self.wrapped(f"{describe.divergences_in_families(self.outcome)}.{' Look first at:' if looks else ''}", indent=2)
        for number, look in enumerate(self.outcome["looks"], 1):
            family = self.outcome["families"][look["family"]]
            if number > 1:
                self.add("")
            first = describe.divergence_at(self.outcome, family["suspicion"]["place"])
            title = f"{number}. {family['class']} {describe.subject(family)}"
            self.wrapped(title if family["class"] == "value" else f"{title}: {describe.extent(first)}", STRONG, 5)
            place = describe.place_of(self.outcome, family["suspicion"]["place"])
            quotation = describe.quotation_at(self.outcome, look["family"], family["suspicion"]["place"])
            self.wrapped(f"   at {place}{describe.source(quotation)}; family {family['id']}", indent=3)
            if describe.source_threads(quotation):
                self.wrapped("   " + printable(describe.source_threads(quotation)), indent=3)
            if describe.notes(first):
                self.wrapped("   " + printable(describe.notes(first)), indent=3)
            if look["family"] < len(self.outcome["quotations"]):
                Change(self, self.outcome["quotations"][look["family"]]).render()
            elif family["class"] == "value":
                self.wrapped("   " + both_values(first["values"], family.get("shown_as", "decimal")), indent=5)
            told = describe.arguments(self.outcome, look["family"], family["suspicion"]["place"])
            if told:
                self.cut("   arguments: " + printable(told))
            self.wrapped(f"   {describe.suspicion(family)}", indent=3)
            text = f"   {family['count']:,} time{plural(family['count'])} in "
            if controls and family["news"] < family["count"]:
                text = f"   {family['news']:,} new of {family['count']:,} times in "
            text += f"{len(family['pairs'])} thread{plural(len(family['pairs']))}"
            if family["relation"] != "none":
                text += f", {describe.relation(family)}"
            if family["consequence_count"]:
                text += f", {family['consequence_count']:,} of them from earlier ones"
            text += f"; {describe.novelty(first)}" if controls else ""
            self.wrapped(text, indent=3)
            text = f"   {family['weight']:,} more event"
            text += " matches without it" if family["weight"] == 1 else "s match without it"
            if family["follower_count"]:
                text += f"; {family['follower_count']:,} more divergence"
                text += " follows from it" if family["follower_count"] == 1 else "s follow from it"
            self.wrapped(text, indent=3)
            if not any(log["path"].startswith(("/dev/", "/proc/")) for log in self.outcome["logs"].values()):
                self.add("   " + describe.command(self.outcome, family["suspicion"]["place"]))

    def unmatched(self, pair):
        if not self.outcome["has_resync"]:
            return max(pair["to_first_divergence"]["left_over"].values())
        return max(counts["differing"] + counts["left_over"] for counts in pair["counts"].values())

    def matched(self, pair):
        if not self.outcome["has_resync"]:
            return pair["to_first_divergence"]["matched"]
        return pair["counts"]["canary"]["matched"]

    def threads(self):
        pairs = sorted(self.outcome["pairs"],
                       key=lambda pair: (state_of(pair) == EQUAL, -self.news(pair), state_of(pair), -self.unmatched(pair), pair["tid"]["canary"]))
        kinds = [self.kind(pair) for pair in pairs]
        told, noise, equal = (kinds.count(kind) for kind in ("told", "noise", "equal"))
        self.add("")
        self.table(pairs[:min(told, ROWS_MAX)])
        for count, what in ((max(told - ROWS_MAX, 0), "more thread{s}; --limit 0 shows all"), (noise, "thread{s} with noise alone"),
                            (equal, "thread{s} equal")):
            if count:
                self.wrapped(f"{count:,} {what.format(s=plural(count))}", indent=2)
        short = [pair["tid"] for pair in self.outcome["pairs"] if pair["searches_cut_short"] > 0]
        cut = len(short)
        if cut:
            which = f"{'the first is ' if cut > 1 else ''}canary {short[0]['canary']}, ours {short[0]['ours']}"
            self.add("")
            self.wrapped(f"In {cut} thread{plural(cut)} ({which}) the search for the best alignment was cut short: there may be "
                         "fewer differences than told.", indent=2)

    def kind(self, pair):
        """What becomes of a thread here."""
        if state_of(pair) == EQUAL:
            return "equal"
        return "noise" if self.outcome["controls"] and not self.news(pair) else "told"

    def table(self, pairs):
        if not pairs:
            return
        columns = self.columns(pairs)
        widths = {name: max(map(len, [name, *cells])) for name, cells in columns.items()}
        for names in (CLASSES, ["similar"], [" " * 7]):
            if self.width and self.width < sum(widths[name] + 2 for name in columns) + 40:
                columns = {name: cells for name, cells in columns.items() if name not in names}
        self.wrapped("Threads in which something is new, most of it first:" if self.outcome["controls"] else
                     "Threads that differ: diverged first, then by unmatched events:", indent=2)
        self.cut("".join(name.strip().rjust(widths[name]) + "  " for name in columns) + ("the first new one [tid_event_idx]" if self.outcome["controls"] else "first difference [tid_event_idx]"))
        for row, pair in enumerate(pairs):
            cells = "".join(cells[row].rjust(widths[name]) + "  " for name, cells in columns.items())
            self.cut(cells + self.first_difference(pair), COLORS[state_of(pair)])

    def news(self, pair):
        return sum("news" in divergence for divergence in pair["divergences"])

    def columns(self, pairs):
        """The columns of the table of threads: the name and the cells of each."""
        columns = {side: [str(pair["tid"][side]) for pair in pairs] for side in SIDES}
        columns["matched"] = [f"{self.matched(pair):,}" for pair in pairs]
        for side, name in (("canary", "of canary's"), ("ours", "of ours'")):
            columns[name] = [f"{pair['total'][side]:,}" for pair in pairs]
        columns[" " * 7] = [f"{percent(self.matched(pair), pair['total']['canary']):5.1f} %" for pair in pairs]
        if any(pair["pairing"] for pair in pairs):
            columns["similar"] = [f"{100 * pair['pairing']['similarity']:5.1f} %" if pair["pairing"] else "-"
                                  for pair in pairs]
        if self.outcome["controls"]:
            columns["new"] = [f"{self.news(pair):,}" if self.news(pair) else "-" for pair in pairs]
        for class_ in CLASSES:
            counts = [sum(divergence["class"] == class_ for divergence in pair["divergences"]) for pair in pairs]
            if any(counts):
                columns[class_] = [f"{count:,}" if count else "-" for count in counts]
        return columns

    def first_difference(self, pair):
        number = next((number for number, divergence in enumerate(pair["divergences"]) if "news" in divergence), 0)
        if number > 0 and state_of(pair) != EQUAL:
            divergence = pair["divergences"][number]
            return self.difference([str(divergence[side]["tid_event_idx"]) for side in SIDES], divergence)
        first, _ = describe.first_of(pair)
        if first is None:
            return describe_equal(pair) if state_of(pair) == EQUAL else describe.end(pair)
        places = [str(first["events"][side]["tid_event_idx"]) for side in SIDES]
        if not pair["divergences"]:
            return self.place(places) + printable(describe.first_divergence(first))
        return self.difference(places, pair["divergences"][0])

    @staticmethod
    def place(places):
        return f"[{places[0]}] " if places[0] == places[1] else f"[{'/'.join(places)}] "

    def difference(self, places, divergence):
        place = self.place(places)
        class_ = "" if divergence["class"] == "value" else divergence["class"] + " "
        family = self.outcome["families"][divergence["family"]]
        told = describe.extent(divergence)
        if "values" in divergence:
            told = both_values(divergence["values"], family.get("shown_as", "decimal"))
        notes = "; " + printable(describe.notes(divergence)) if describe.notes(divergence) else ""
        return f"{place}{class_}{describe.subject(family)}: {told}{notes}"

    def unpaired(self, side):
        threads = self.outcome["unpaired"][side]
        if not threads:
            return
        told = []
        for thread in threads[:8]:
            text = f" tid {thread['tid']} ({thread['total']:,} event{plural(thread['total'])}"
            if "never_created" in thread:
                text += f"; never created in {OTHER[side]}"
            if "cause" in thread:
                how = "lost in" if "lost_in_cause" in thread else "follows from"
                text += f"; {how} {describe.place_of(self.outcome, thread['cause'])}"
            if "noise" in thread:
                text += "; noise" if thread["noise"] else "; new"
            told.append(text + ")")
        more = f" and {len(threads) - 8} more" if len(threads) > 8 else ""
        self.add("")
        self.wrapped(f"No counterpart for {len(threads)} thread{plural(len(threads))} of {side}:{','.join(told)}{more}",
                     indent=2)

    def controls(self):
        if self.outcome["controls"]:
            self.add("")
        for number, control in enumerate(self.outcome["controls"]):
            self.wrapped(f"Control run {number}, of {control['side']}: {printable(control['path'])}", indent=2)

    def counts(self):
        rows = [("events", *SIDES)]
        for is_part, what, absorber, counts in describe.tally(self.outcome):
            if len(rows) == 1 or any(counts):
                name = what + (f" {printable(absorber)}" if absorber else "")
                rows.append((("    " if is_part else "  ") + name, *(f"{count:,}" for count in counts)))
        names = max(describe.columns(row[0]) for row in rows[1:])
        numbers = max(len(cell) for row in rows for cell in row[1:])
        self.add("")
        for name, *cells in rows:
            self.cut(name + " " * (names - describe.columns(name)) + "".join("  " + cell.rjust(numbers) for cell in cells))

    def rules(self):
        uses, unfired = self.outcome["rule_uses"], self.outcome["unfired_rules"]
        off = sum(use["is_off"] for use in uses)
        if not off and not unfired:
            return
        text = f"Of {len(uses)} rule{plural(len(uses))} {len(unfired)} never fired"
        text += f" and {off} {'is' if off == 1 else 'are'} off" if off else ""
        self.add("")
        self.wrapped(f"{text}; the full report lists them.", indent=2)


class Change:
    """What differs at a place, between the events that match around it."""

    def __init__(self, report, quotation):
        self.report = report
        self.quotation = quotation
        self.pair = report.outcome["pairs"][quotation["place"]["pair"]]
        self.divergence = describe.divergence_at(report.outcome, quotation["place"])
        self.has_two = report.width >= SIDE_BY_SIDE_MIN
        self.columns = None
        if self.has_two:
            self.columns = (report.width - 6) // 2
        elif report.width > 6:
            self.columns = report.width - 5

    def fit(self, part, color):
        """A part, cut to the row, and its columns; `part` is a text and the ends of what differs in it."""
        text, begin, end = part
        ellipsis = ""
        if self.columns is not None and fitting(text, self.columns) < len(text):
            text, ellipsis = text[:fitting(text, self.columns - 1)], "…"
        columns = describe.columns(text) + len(ellipsis)
        has_color = self.report.has_color and color
        if has_color and min(end, len(text)) > begin:
            text = f"{text[:begin]}\x1b[7m{text[begin:end]}\x1b[27m{text[end:]}"
        return (f"{color}{text}{ellipsis}\x1b[0m" if has_color else text + ellipsis), columns

    def row(self, mark, part, color=None):
        self.report.add(f"   {mark} {self.fit(part, color)[0]}")

    def both(self, mark, canary, ours):
        left, used = self.fit(canary, RED if mark != " " else None)
        text = "   " + left
        if ours[0] or mark != " ":
            text += " " * (self.columns - used) + " " + mark
        if ours[0]:
            text += " " + self.fit(ours, GREEN if mark != " " else None)[0]
        self.report.add(text)

    @staticmethod
    def event(event, place=None):
        text = f"[{event['tid_event_idx'] if place is None else place}] {printable(event['kind'])}"
        return text + (" " + printable(event["call"]) if event["call"] else ""), 0, 0

    def event_pair(self, mark, canary, ours):
        if self.has_two:
            self.both(" " if mark == " " else "|", self.event(canary), self.event(ours))
            return
        places = [str(event["tid_event_idx"]) for event in (canary, ours)]
        self.row(mark, self.event(canary, places[0] if places[0] == places[1] else "/".join(places)))

    def field(self, field):
        """The values of a field; where one has no room, both from a little before the difference on."""
        texts = values_of(field["values"], field.get("shown_as", "decimal"))
        a, b = texts
        beginning = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        most = min(len(a), len(b)) - beginning
        ending = next((i for i in range(most) if a[-1 - i] != b[-1 - i]), most)
        path = f"  {printable(field['path'])}="
        skipped = 0
        if self.columns is not None and describe.columns(path) + max(map(describe.columns, texts)) > self.columns:
            skipped = max(beginning - LEAD, 0)
        parts = []
        for text in texts:
            lead = path + ("…" if skipped else "")
            has_part = beginning > 1 or ending > 1
            parts.append((lead + text[skipped:], len(lead) + beginning - skipped if has_part else 0,
                          len(lead) + len(text) - ending - skipped if has_part else 0))
        if self.has_two:
            self.both("|", *parts)
        else:
            self.row("-", parts[0], RED)
            self.row("+", parts[1], GREEN)
        values = [field["values"][side] for side in SIDES]
        if all(value["type"] == "string" and "form" not in value for value in values) and \
                any(end > begin for _, begin, end in parts):
            self.carets(parts)

    def caret(self, part):
        text, begin, end = part
        before, wide = describe.columns(text[:begin]), describe.columns(text[begin:end])
        if self.columns is not None:
            if before >= self.columns:
                return ""
            wide = min(wide, self.columns - before)
        return " " * before + "^" * wide

    def carets(self, parts):
        if not self.has_two:
            longer = parts[0] if len_bytes(parts[0]) > len_bytes(parts[1]) else parts[1]
            self.report.add(" " * 5 + self.caret(longer))
            return
        left = self.caret(parts[0])
        text = "   " + left
        if parts[1][2] > parts[1][1]:
            text += " " * (self.columns - len(left) + 3) + self.caret(parts[1])
        self.report.add(text)

    def inside(self, side):
        """The rows of one side of a run."""
        events = self.quotation[side]["inside"][:INSIDE_MAX]
        rest = self.divergence[side]["count"] - len(events)
        rows = [self.event(event) for event in events]
        return rows + [(f"… {rest:,} more event{plural(rest)}", 0, 0)] if rest else rows

    def around(self, part, matched):
        """The matching events of one part, canary's and ours, as far as they are alike, from the change on."""
        sides = [self.quotation[side][part] for side in SIDES]
        if part == "before":
            sides = [events[::-1] for events in sides]
        pairs = list(zip(*sides))[:min(AROUND_MAX, matched)]
        alike = next((i for i, (a, b) in enumerate(pairs) if (a["kind"], a["call"]) != (b["kind"], b["call"])), len(pairs))
        return pairs[:alike]

    def render(self):
        number = self.quotation["place"]["divergence"]
        before = self.pair["divergences"][number - 1]["matched_after"] if number else AROUND_MAX
        for canary, ours in self.around("before", before)[::-1]:
            self.event_pair(" ", canary, ours)
        canary, ours = (self.quotation[side]["inside"] for side in SIDES)
        if self.divergence["class"] != "value":
            self.run()
        elif canary and ours:
            self.event_pair("!", canary[0], ours[0])
            for field in self.quotation["fields"]:
                self.field(field)
        for canary, ours in self.around("behind", self.divergence["matched_after"]):
            self.event_pair(" ", canary, ours)

    def run(self):
        rows = [self.inside(side) for side in SIDES]
        if not self.has_two:
            for mark, color, side in zip("-+", (RED, GREEN), rows):
                for part in side:
                    self.row(mark, part, color)
            return
        for index in range(max(map(len, rows))):
            left, right = (side[index] if index < len(side) else ("", 0, 0) for side in rows)
            self.both("|" if left[0] and right[0] else "<" if left[0] else ">", left, right)


def len_bytes(part):
    return len(part[0][part[1]:part[2]].encode("utf-8", "surrogatepass"))


def describe_equal(pair):
    """What was not compared in a thread that is equal."""
    text = "equal"
    for count, name in (("absorbed", "absorbed"), ("engine_local", "engine-local")):
        counts = [pair["counts"][side][count] for side in SIDES]
        if any(counts):
            text += f"; {name} " + "/".join(f"{count:,}" for count in counts)
    return text


def rebuild(outcome, width=0, has_color=False):
    """The text report of an outcome that was read from its JSON report."""
    return TextReport(outcome, width, has_color).render()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(rebuild(json.load(sys.stdin)))
