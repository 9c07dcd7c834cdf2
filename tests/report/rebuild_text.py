"""The text report out of the JSON report: what the one says must be in the other.

A twin of src/report/text.c that knows nothing but the JSON. As a program: JSON on standard input, text on standard
output.
"""
import json
import sys

import describe
from describe import CLASSES, DIVERGED, ENDS_EARLY, EQUAL, SIDES, percent, plural, printable, state_of

COLORS = {DIVERGED: "\x1b[31m", ENDS_EARLY: "\x1b[33m", EQUAL: "\x1b[32m"}
STRONG = "\x1b[1m"


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

    def line(self, text, color=None):
        if self.width and len(text) > self.width:
            text = text[:self.width - 1] + "…"
        self.add(self.colored(color, text))

    def render(self):
        self.verdict()
        for unmet in self.outcome["unmet"]:
            self.line("  " + printable(unmet))
        self.looks()
        if self.outcome["pairs"]:
            self.threads()
        for side in SIDES:
            self.unpaired(side)
        return "".join(self.parts)

    def verdict(self):
        text, state = describe.verdict(self.outcome)
        told = describe.matched(self.outcome)
        is_narrow = self.width and len(text) + 2 + len(told) > self.width
        self.add(self.colored(COLORS[state], text) + ("\n" if is_narrow else "; ") + told)

    def looks(self):
        if not self.outcome["looks"]:
            return
        count = describe.divergence_count(self.outcome)
        self.add(f"\nWhere to look first, of {count:,} divergence{plural(count)} in "
                 f"{describe.families(len(self.outcome['families']))}:")
        for number, look in enumerate(self.outcome["looks"], 1):
            family = self.outcome["families"][look["family"]]
            self.look_title(number, family)
            text = f"   {describe.REASONS[look['reason']]}; {family['count']:,} time{plural(family['count'])} in "
            text += f"{len(family['pairs'])} thread{plural(len(family['pairs']))}"
            if family["consequence_count"]:
                text += f", {family['consequence_count']:,} of them from earlier ones"
            text += f"; {family['weight']:,} more event"
            text += " matches without it" if family["weight"] == 1 else "s match without it"
            self.line(text)
            text = f"   at {describe.place_of(self.outcome, family['first'])}"
            if family["relation"] != "none":
                text += f"; {describe.relation(family)}"
            self.line(f"{text}; family {family['id']}")

    def look_title(self, number, family):
        first = describe.divergence_at(self.outcome, family["first"])
        title = f"{number}. {family['class']} {describe.subject(family)}"
        if family["class"] != "value":
            self.line(f"{title}: {describe.extent(first)}", STRONG)
            return
        values = [f"{side}={printable(first['values'][side])}" for side in SIDES]
        if max(len(printable(first["values"][side]).encode()) for side in SIDES) > 40:
            self.line(title, STRONG)
            for value in values:
                self.line("   " + value, STRONG)
        else:
            self.line(f"{title}: {' '.join(values)}", STRONG)

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
                       key=lambda pair: (state_of(pair), -self.unmatched(pair), pair["tid"]["canary"]))
        has_similarity = any(pair["pairing"] for pair in pairs)
        rows = [["canary", "ours", "matched", "of", " " * 7] + ["similar"] * has_similarity]
        for pair in pairs:
            matched, total = self.matched(pair), pair["total"]["canary"]
            share = 100.0 if state_of(pair) == EQUAL else percent(matched, total)
            row = [f"{pair['tid']['canary']}", f"{pair['tid']['ours']}", f"{matched:,}", f"{total:,}", f"{share:5.1f} %"]
            if has_similarity:
                row.append(f"{100 * pair['pairing']['similarity']:5.1f} %" if pair["pairing"] else f"{'-':>7}")
            rows.append(row)
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            row[:] = [cell.rjust(width) + "  " for cell, width in zip(row, widths)]
        class_rows = [[] for row in rows]
        for class_ in CLASSES:
            counts = [sum(divergence["class"] == class_ for divergence in pair["divergences"]) for pair in pairs]
            if any(counts):
                cells = [class_] + [f"{count:,}" if count else "-" for count in counts]
                for row, cell in zip(class_rows, cells):
                    row.append(cell.rjust(max(map(len, cells))) + "  ")
        rows = ["".join(row) for row in rows]
        class_rows = ["".join(row) for row in class_rows]
        if not self.width or self.width >= len(rows[0]) + len(class_rows[0]) + 40:
            rows = [row + more for row, more in zip(rows, class_rows)]
        self.add("")
        self.line(rows[0] + "first difference [tid_event_idx canary/ours]")
        for row, pair in zip(rows[1:], pairs):
            self.line(row + self.first_difference(pair), COLORS[state_of(pair)])
        cut = sum(pair["searches_cut_short"] > 0 for pair in pairs)
        if cut:
            self.add(f"\nIn {cut} thread{plural(cut)} the search for the best alignment was cut short: there may be "
                     "fewer differences than told.")

    @staticmethod
    def first_difference(pair):
        first = pair["first_divergence"]
        if first is not None:
            places = "/".join(str(first["events"][side]["tid_event_idx"]) for side in SIDES)
            return f"[{places}] {printable(first['description'])}"
        return "equal" if state_of(pair) == EQUAL else describe.end(pair)

    def unpaired(self, side):
        threads = self.outcome["unpaired"][side]
        if not threads:
            return
        told = []
        for thread in threads[:8]:
            text = f" tid {thread['tid']} ({thread['total']:,} event{plural(thread['total'])}"
            if "cause" in thread:
                text += f"; follows from {describe.place_of(self.outcome, thread['cause'])}"
            told.append(text + ")")
        more = f" and {len(threads) - 8} more" if len(threads) > 8 else ""
        self.add(f"\nNo counterpart for {len(threads)} thread{plural(len(threads))} of {side}:{','.join(told)}{more}")


def rebuild(outcome, width=0, has_color=False):
    """The text report of an outcome that was read from its JSON report."""
    return TextReport(outcome, width, has_color).render()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(rebuild(json.load(sys.stdin)))
