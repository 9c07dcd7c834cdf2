"""The text report out of the JSON report: what the one says must be in the other.

A twin of src/report/text.c that knows nothing but the JSON. As a program: JSON on standard input, text on standard
output.
"""
import json
import sys

import describe
from describe import CLASSES, DIVERGED, ENDS_EARLY, EQUAL, OTHER, SIDES, percent, plural, printable, state_of

COLORS = {DIVERGED: "\x1b[31m", ENDS_EARLY: "\x1b[33m", EQUAL: "\x1b[32m"}
STRONG = "\x1b[1m"


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
        for side in SIDES:
            self.skipped(side)
        self.looks()
        if self.outcome["pairs"]:
            self.threads()
        for side in SIDES:
            self.unpaired(side)
        self.controls()
        self.counts()
        self.rules()
        return "".join(self.parts)

    def skipped(self, side):
        text, lines, rest = describe.skipped(self.outcome, side)
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
            self.look_title(number, family)
            first = describe.divergence_at(self.outcome, family["suspicion"]["place"])
            if describe.notes(first):
                self.wrapped("   " + printable(describe.notes(first)), indent=3)
            self.wrapped(f"   {describe.suspicion(family)}", indent=3)
            text = f"   {family['count']:,} time{plural(family['count'])} in "
            if controls and family["news"] < family["count"]:
                text = f"   {family['news']:,} new of {family['count']:,} times in "
            text += f"{len(family['pairs'])} thread{plural(len(family['pairs']))}"
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
            text = f"   at {describe.place_of(self.outcome, family['suspicion']['place'])}"
            if family["relation"] != "none":
                text += f"; {describe.relation(family)}"
            self.wrapped(f"{text}; family {family['id']}", indent=3)

    def look_title(self, number, family):
        first = describe.divergence_at(self.outcome, family["suspicion"]["place"])
        title = f"{number}. {family['class']} {describe.subject(family)}"
        if family["class"] != "value":
            self.wrapped(f"{title}: {describe.extent(first)}", STRONG, 5)
            return
        values = [f"{side}={describe.python_of(first['values'][side])}" for side in SIDES]
        if max(describe.columns(describe.python_of(first["values"][side])) for side in SIDES) > 40:
            self.wrapped(title, STRONG, 5)
            for value in values:
                self.wrapped("   " + value, STRONG, 5)
        else:
            self.wrapped(f"{title}: {' '.join(values)}", STRONG, 5)

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
        columns = self.columns(pairs)
        widths = {name: max(map(len, [name, *cells])) for name, cells in columns.items()}
        for names in (CLASSES, ["of"]):
            if self.width and self.width < sum(widths[name] + 2 for name in columns) + 40:
                columns = {name: cells for name, cells in columns.items() if name not in names}
        rows = ["".join(name.strip().rjust(widths[name]) + "  " for name in columns)]
        rows += ["".join(cells[row].rjust(widths[name]) + "  " for name, cells in columns.items())
                 for row in range(len(pairs))]
        self.add("")
        self.cut(rows[0] + "first difference [tid_event_idx]")
        for row, pair in zip(rows[1:], pairs):
            self.cut(row + self.first_difference(pair), COLORS[state_of(pair)])
        cut = sum(pair["searches_cut_short"] > 0 for pair in pairs)
        if cut:
            self.add("")
            self.wrapped(f"In {cut} thread{plural(cut)} the search for the best alignment was cut short: there may be "
                         "fewer differences than told.", indent=2)

    def news(self, pair):
        return sum("news" in divergence for divergence in pair["divergences"])

    def columns(self, pairs):
        """The columns of the table of threads: the name and the cells of each."""
        columns = {side: [str(pair["tid"][side]) for pair in pairs] for side in SIDES}
        columns["matched"] = [f"{self.matched(pair):,}" for pair in pairs]
        columns["of"] = [f"{pair['total']['canary']:,}" for pair in pairs]
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
        first, _ = describe.first_of(pair)
        if first is None:
            return describe_equal(pair) if state_of(pair) == EQUAL else describe.end(pair)
        places = [str(first["events"][side]["tid_event_idx"]) for side in SIDES]
        place = f"[{places[0]}] " if places[0] == places[1] else f"[{'/'.join(places)}] "
        if not pair["divergences"]:
            return place + printable(describe.first_divergence(first))
        divergence = pair["divergences"][0]
        class_ = "" if divergence["class"] == "value" else divergence["class"] + " "
        subject = describe.subject(self.outcome["families"][divergence["family"]])
        return f"{place}{class_}{subject}: {describe.difference(divergence)}"

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
