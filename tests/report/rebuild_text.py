"""The text report out of the JSON report: what the one says must be in the other.

A twin of src/report/text.c that knows nothing but the JSON. As a program: JSON on standard input, text on standard
output.
"""
import json
import sys

SIDES = ("canary", "ours")
CLASSES = ("value", "missing", "extra", "replaced", "reordered", "truncated")
DIVERGED, ENDS_EARLY, EQUAL, STRONG = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[1m"
RANKS = {DIVERGED: 0, ENDS_EARLY: 1, EQUAL: 2}
REASONS = {
    "first_in_time": "the first in time",
    "heaviest": "most events match once it is forgiven",
    "most_threads": "in the most threads",
}
RELATIONS = {
    "same": "always the same two values",
    "increasing": "both only grow",
    "addresses": "both look like addresses",
    "random": "numbers without a plain relation",
}


def printable(text):
    """One line without control characters: what repr() escapes is escaped, but for quotes and backslashes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def plural(count):
    return "" if count == 1 else "s"


def percent(part, whole):
    return 100.0 if part >= whole else min(99.9, 100.0 * float(part) / float(whole))


def state_of(pair):
    left_over = pair["to_first_divergence"]["left_over"]
    if pair["first_divergence"] is not None:
        return DIVERGED
    return ENDS_EARLY if left_over["canary"] or left_over["ours"] else EQUAL


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
        pairs = self.outcome["pairs"]
        states = [state_of(pair) for pair in pairs]
        diverged, ends_early = states.count(DIVERGED), states.count(ENDS_EARLY)
        unmet = len(self.outcome["unmet"])
        if self.outcome["verdict"] == "inconclusive":
            color = ENDS_EARLY
            text = (f"Inconclusive: {unmet} demand{plural(unmet)} not met; "
                    f"{diverged} of {len(pairs)} thread pairs diverged")
        elif not pairs:
            color, text = EQUAL, "Nothing compared: no mapped thread is in both logs"
        elif diverged:
            color, text = DIVERGED, f"Diverged: {diverged} of {len(pairs)} thread pairs"
        elif ends_early:
            color = ENDS_EARLY
            text = f"No divergence, but {ends_early} of {len(pairs)} thread pairs end early on one side"
        else:
            color, text = EQUAL, f"Equal: all {len(pairs)} thread pair{plural(len(pairs))}"
        canary = self.outcome["logs"]["canary"]
        matched = sum(pair["to_first_divergence"]["matched"] for pair in pairs)
        if self.outcome["has_resync"]:
            matched = canary["counts"]["matched"]
        told = f"{matched:,} of canary's {canary['events']:,} events matched ({percent(matched, canary['events']):.1f} %)"
        is_narrow = self.width and len(text) + 2 + len(told) > self.width
        self.add(self.colored(color, text) + ("\n" if is_narrow else "; ") + told)

    def divergence_at(self, place):
        return self.outcome["pairs"][place["pair"]]["divergences"][place["divergence"]]

    def place(self, place):
        pair = self.outcome["pairs"][place["pair"]]
        divergence = pair["divergences"][place["divergence"]]
        return ", ".join(f"{side} {pair['tid'][side]} [{divergence[side]['tid_event_idx']}]" for side in SIDES)

    def looks(self):
        if not self.outcome["looks"]:
            return
        count = sum(len(pair["divergences"]) for pair in self.outcome["pairs"])
        families = sum("follows" not in family for family in self.outcome["families"])
        following = len(self.outcome["families"]) - families
        text = f"\nWhere to look first, of {count:,} divergence{plural(count)} in {families:,} "
        text += f"famil{'y' if families == 1 else 'ies'}"
        if following:
            text += f", from which {following:,} more follow{'s' if following == 1 else ''}"
        self.add(text + ":")
        for number, look in enumerate(self.outcome["looks"], 1):
            family = self.outcome["families"][look["family"]]
            self.look_title(number, family)
            text = f"   {REASONS[look['reason']]}; {family['count']:,} time{plural(family['count'])} in "
            text += f"{len(family['pairs'])} thread{plural(len(family['pairs']))}"
            if family["consequence_count"]:
                text += f", {family['consequence_count']:,} of them from earlier ones"
            self.line(text)
            text = f"   {family['weight']:,} more event"
            text += " matches without it" if family["weight"] == 1 else "s match without it"
            if family["follower_count"]:
                text += f"; {family['follower_count']:,} more divergence"
                text += " follows from it" if family["follower_count"] == 1 else "s follow from it"
            self.line(text)
            text = f"   at {self.place(family['first'])}"
            if family["relation"] == "constant_offset":
                sign = "minus" if family["offset"] < 0 else "plus"
                text += f"; ours is canary's {sign} {abs(family['offset']):,}"
            elif family["relation"] != "none":
                text += "; " + RELATIONS[family["relation"]]
            self.line(f"{text}; family {family['id']}")

    def look_title(self, number, family):
        first = self.divergence_at(family["first"])
        subject = " ".join(printable(family[part]) for part in ("kind", "call", "field") if family[part])
        title = f"{number}. {family['class']} {subject}"
        if family["class"] != "value":
            self.line(f"{title}: {self.extent(first)}", STRONG)
            return
        values = [f"{side}={printable(first['values'][side])}" for side in SIDES]
        if max(len(printable(first["values"][side]).encode()) for side in SIDES) > 40:
            self.line(title, STRONG)
            for value in values:
                self.line("   " + value, STRONG)
        else:
            self.line(f"{title}: {' '.join(values)}", STRONG)

    @staticmethod
    def extent(divergence):
        canary, ours = (divergence[side]["count"] for side in SIDES)
        told = canary or ours
        text = f"{told:,} event{plural(told)}"
        if divergence["class"] == "truncated":
            return f"{'canary' if canary else 'ours'} goes on for {text}"
        return text + (f" by {ours:,}" if divergence["class"] == "replaced" else "")

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
                       key=lambda pair: (RANKS[state_of(pair)], -self.unmatched(pair), pair["tid"]["canary"]))
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
            self.line(row + self.first_difference(pair), state_of(pair))
        cut = sum(pair["searches_cut_short"] > 0 for pair in pairs)
        if cut:
            self.add(f"\nIn {cut} thread{plural(cut)} the search for the best alignment was cut short: there may be "
                     "fewer differences than told.")

    @staticmethod
    def first_difference(pair):
        first, left_over = pair["first_divergence"], pair["to_first_divergence"]["left_over"]
        if first is not None:
            places = "/".join(str(first["events"][side]["tid_event_idx"]) for side in SIDES)
            return f"[{places}] {printable(first['description'])}"
        for ending, longer in (("ours", "canary"), ("canary", "ours")):
            if left_over[longer]:
                count = left_over[longer]
                return f"{ending} ends early: {longer} goes on for {count:,} event{plural(count)}"
        return "equal"

    def unpaired(self, side):
        threads = self.outcome["unpaired"][side]
        if not threads:
            return
        told = []
        for thread in threads[:8]:
            text = f" tid {thread['tid']} ({thread['total']:,} event{plural(thread['total'])}"
            if "cause" in thread:
                text += f"; follows from {self.place(thread['cause'])}"
            told.append(text + ")")
        more = f" and {len(threads) - 8} more" if len(threads) > 8 else ""
        self.add(f"\nNo counterpart for {len(threads)} thread{plural(len(threads))} of {side}:{','.join(told)}{more}")


def rebuild(outcome, width=0, has_color=False):
    """The text report of an outcome that was read from its JSON report."""
    return TextReport(outcome, width, has_color).render()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(rebuild(json.load(sys.stdin)))
