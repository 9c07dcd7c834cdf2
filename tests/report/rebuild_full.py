"""The full report out of the JSON report: what the one says must be in the other.

A twin of src/report/full.c that knows nothing but the JSON. As a program: JSON on standard input, Markdown on standard
output.
"""
import json
import re
import sys

import describe
from describe import EQUAL, OTHER, SIDES, columns, percent, plural, printable, state_of
from rebuild_text import TextReport, fitting
from values import values_of

COLUMNS, CELL_MIN, SECTIONS, ROWS, VALUE_LEAD = 120, 10, 40, 10, 8


def span(text, most=0):
    """A text as a code span of Markdown."""
    text = printable(text)
    if most and len(text) > most:
        text = text[:most] + "…"
    if not text:
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`*", text))))
    is_padded = "`" in (text[0], text[-1]) or (text[0] == text[-1] == " " and text.strip(" "))
    padding = " " if is_padded else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def cell(text, most=0):
    """A text as a code span in a table."""
    return re.sub(r"(\\?)\|", lambda pipe: r"\\x7c" if pipe[1] else r"\|", span(text, most))


def fit(text, width, spell=span):
    """A code span of at most so many columns."""
    most = max(width - 3, 1) if width > 4 else 1
    while most > 1 and columns(spell(text, most)) > width:
        most //= 2
    return spell(text, most)


def words(text):
    """A paragraph of our own words."""
    lines = []
    while len(text) > COLUMNS:
        place = text.rfind(" ", 0, COLUMNS + 1)
        lines.append(text[:place])
        text = text[place + 1:]
    return "".join(line + "\n" for line in [*lines, text])


def sides_of(family, divergence, width=COLUMNS):
    """Both sides as a diff."""
    if "values" not in divergence:
        return f"{'+' if divergence['ours']['count'] else '-'} {describe.extent(divergence)}\n"
    told = ""
    for lead, value in zip(("- canary: ", "+ ours:   "), values_of(divergence["values"], family.get("shown_as", "decimal"))):
        told += lead
        while width and fitting(value, width - 10) < len(value):
            most = fitting(value, width - 10)
            told += f"{value[:most]}\n{lead[0]}         "
            value = value[most:]
        told += value + "\n"
    return told


def extent_of_root(family):
    """How often it is, and what it is worth."""
    threads = len(family["pairs"])
    text = f"{family['count']:,} time{plural(family['count'])} in {threads} thread{plural(threads)}"
    if family["consequence_count"]:
        text += f", {family['consequence_count']:,} of them from earlier ones"
    text += f"; {family['weight']:,} more event" + (" matches" if family["weight"] == 1 else "s match") + " without it"
    count = family["follower_count"]
    return text + (f"; {count:,} more divergence{' follows' if count == 1 else 's follow'} from it" if count else "")


def follows(count, what):
    return f"{count:,} {what} follows" if count == 1 else f"{count:,} {what}s follow"


class FullReport:
    """Collects the report's text."""

    def __init__(self, outcome):
        self.outcome = outcome
        self.parts = []
        self.roots, self.following = describe.follow_causes(outcome)
        self.causeless = {}
        for place, root in self.roots.items():
            if place == root:
                self.causeless.setdefault(self.at(place)["family"], []).append(place)

    def at(self, place):
        return self.outcome["pairs"][place[0]]["divergences"][place[1]]

    def add(self, text):
        self.parts.append(text)

    def row(self, *cells):
        """A row of a table; the cells that are lists of one text are code spans, which share what the others leave."""
        taken = 1 + sum(3 + columns("" if isinstance(text, list) and len(text) == 1 else text[0] if isinstance(text, list) else str(text))
                        for text in cells)
        left = sum(isinstance(text, list) for text in cells)
        told = []
        for text in cells:
            if isinstance(text, list):
                most = max((COLUMNS - taken) // left, CELL_MIN)
                lead, text = text if len(text) > 1 else ("", text[0])
                text = fit(text, most, cell)
                taken, left, text = taken + columns(text), left - 1, lead + text
            told.append(f" {text} |")
        self.add("|" + "".join(told) + "\n")

    def rest(self, count, one, many):
        if count > 0:
            self.add(f"\n*{count:,} more {one if count == 1 else many}: `--limit 0` tells {'it' if count == 1 else 'them all'}.*\n")

    def item(self, lead, text):
        self.add(f"- {lead}{fit(text, COLUMNS - 2 - len(lead))}\n")

    def items(self, title, texts):
        texts = list(texts)
        if texts:
            self.add(f"\n{title}:\n\n")
        for text in texts:
            self.item("", text)

    def render(self):
        self.head()
        if self.outcome["families"]:
            self.families()
        if self.outcome["pairs"]:
            self.threads()
        for side in SIDES:
            self.unpaired(side)
        self.events()
        self.rules()
        return "".join(self.parts)

    def head(self):
        self.add(f"# evdiff: {self.outcome['verdict'].replace('_', ' ')}\n\n")
        self.add(words(f"**{describe.verdict(self.outcome)[0]}**; {describe.matched(self.outcome)}."))
        if not self.outcome["has_resync"]:
            self.add("\nOnly the first divergence of each thread was looked for.\n")
        self.add("\n")
        for side in SIDES:
            self.item(f"{side}: ", self.outcome["logs"][side]["path"])
        for number, control in enumerate(self.outcome["controls"]):
            self.item(f"control run {number}, of {control['side']}: ", control["path"])
        self.items("Demands that are not met", map(describe.unmet, self.outcome["unmet"]))
        self.items("Hints", map(describe.hint, self.outcome.get("hints", [])))
        self.items("Warnings", map(describe.missing, self.outcome["missing_tids"]))
        for log in describe.logs(self.outcome):
            text, lines, rest = describe.skipped(self.outcome, log)
            if text:
                self.add(f"\n{text}\n\n")
            for place, reason in lines:
                self.item(place, reason)
            if rest:
                self.add(f"- and {rest:,} more\n")

    def families(self):
        looks = len(self.outcome["looks"])
        told = ". Look first at the first roots below, the most suspicious first." if looks > 1 else "."
        told = ". Look first at the first root below." if looks == 1 else told
        self.add("\n" + words(describe.divergences_in_families(self.outcome) + told))
        number = untold = 0
        titles = set()
        for index, family in enumerate(self.outcome["families"]):
            if family.get("noise") or index not in self.causeless:
                continue
            if number >= SECTIONS:
                untold += 1
                continue
            title = "Roots in families that mostly follow from others" if "follows" in family else "Roots"
            if title not in titles:
                self.add(f"\n## {title}\n")
                titles.add(title)
            number += 1
            self.section(number, index)
        self.rest(untold, "root", "roots")
        self.noise()

    def section(self, number, index):
        family, places = self.outcome["families"][index], self.causeless[index]
        place = places[0]
        if "suspicion" in family:
            place = (family["suspicion"]["place"]["pair"], family["suspicion"]["place"]["divergence"])
        divergence = self.at(place)
        title = f"### {number}. {family['class']} "
        self.add(f"\n{title}{fit(describe.subject(family), COLUMNS - len(title))}\n\n")
        self.add(f"```diff\n{sides_of(family, divergence)}```\n\n")
        told = [extent_of_root(family)]
        told += [describe.relation(family)] if family["relation"] != "none" else []
        told += [describe.suspicion(family)] if "suspicion" in family else []
        if "follows" in family:
            told.append(f"most of them follow from family {self.outcome['families'][family['follows']]['id']}")
        told += [describe.novelty(divergence)] if self.outcome["controls"] else []
        self.add(words("; ".join(told) + "."))
        if describe.notes(divergence):
            self.add(f"It {fit(describe.notes(divergence), COLUMNS - 4)}.\n")
        where = {"pair": place[0], "divergence": place[1]}
        told = describe.arguments(self.outcome, self.outcome["families"].index(family), where)
        if told:
            self.add(f"Arguments: {fit(told, COLUMNS - 12)}.\n")
        quotation = describe.quotation_at(self.outcome, self.outcome["families"].index(family), where)
        if describe.source_threads(quotation):
            self.add(f"It is in {fit(describe.source_threads(quotation), COLUMNS - 10)}.\n")
        at = describe.place_of(self.outcome, where) + describe.source(quotation)
        self.add(f"At {at}; family {family['id']}:\n{span(describe.command(self.outcome, where))}\n")
        self.places(family, places)
        following = [following for place in places for following in self.following.get(place, [])]
        if following:
            self.add(f"\n<details><summary>{follows(len(following), 'divergence')} from this</summary>\n\n"
                     "| canary | ours | class | what | events | by | family |\n|---:|---:|---|---|---:|---|---|\n")
            for follower in following[:ROWS]:
                self.consequence(follower)
            self.rest(len(following) - ROWS, "divergence", "divergences")
            self.add("\n</details>\n")

    def two_places(self, place):
        tids, divergence = self.outcome["pairs"][place[0]]["tid"], self.at(place)
        return [f"{tids[side]} [{divergence[side]['tid_event_idx']}]" for side in SIDES]

    def counts_of(self, place):
        return "/".join(f"{self.at(place)[side]['count']:,}" for side in SIDES)

    def places(self, family, places):
        if len(places) < 2:
            return
        self.add("\n| canary | ours | events | canary's | ours | matched after | note |\n|---:|---:|---:|---|---|---:|---|\n")
        for place in places[:ROWS]:
            divergence = self.at(place)
            values = ["", ""]
            if "values" in divergence:
                values = cut_values(values_of(divergence["values"], family.get("shown_as", "decimal")))
            note = ("noise" if "news" not in divergence else "new") if self.outcome["controls"] else ""
            if describe.notes(divergence):
                note = [note + "; " if note else "", describe.notes(divergence)]
            self.row(*self.two_places(place), self.counts_of(place), *([value] for value in values),
                     f"{divergence['matched_after']:,}", note)
        self.rest(len(places) - ROWS, "place", "places")

    def consequence(self, place):
        divergence = self.at(place)
        family = self.outcome["families"][divergence["family"]]
        self.row(*self.two_places(place), divergence["class"], [describe.subject(family)], self.counts_of(place),
                 divergence["cause"]["kind"], family["id"])

    def noise(self):
        families = [family for family in self.outcome["families"] if family.get("noise")]
        if not families:
            return
        self.add(f"\n<details><summary>{len(families):,} famil{'y is' if len(families) == 1 else 'ies are'} noise, as in the control "
                 "runs</summary>\n\n| family | class | what | times | threads | in control runs |\n|---|---|---|---:|---:|---|\n")
        for family in families[:SECTIONS]:
            self.row(family["id"], family["class"], [describe.subject(family)], f"{family['count']:,}", len(family["pairs"]),
                     ", ".join(map(str, family["controls"])))
        self.rest(len(families) - SECTIONS, "family", "families")
        self.add("\n</details>\n")

    def threads(self):
        text = TextReport(self.outcome, 0, False)
        pairs = sorted(self.outcome["pairs"], key=lambda pair: (
            state_of(pair) == EQUAL, -text.news(pair), state_of(pair), -text.unmatched(pair), pair["tid"]["canary"]))
        differing = [pair for pair in pairs if state_of(pair) != EQUAL]
        has_controls = bool(self.outcome["controls"])
        self.add("\n## Threads\n")
        if differing:
            self.add(f"\n| canary | ours | matched | of | |{' new |' if has_controls else ''} first difference [tid_event_idx] |\n"
                     f"|---:|---:|---:|---:|---:|{'---:|' if has_controls else ''}---|\n")
        for pair in differing[:SECTIONS]:
            total = pair["total"]["canary"]
            self.row(*(pair["tid"][side] for side in SIDES), f"{text.matched(pair):,}", f"{total:,}",
                     f"{percent(text.matched(pair), total):.1f} %", *([f"{text.news(pair):,}"] if has_controls else []),
                     [text.first_difference(pair)])
        self.rest(len(differing) - SECTIONS, "thread", "threads")
        if len(pairs) > len(differing):
            equal = len(pairs) - len(differing)
            self.add(f"\n{equal:,} thread{' is' if equal == 1 else 's are'} equal.\n")
        short = [pair["tid"] for pair in self.outcome["pairs"] if pair["searches_cut_short"] > 0]
        cut = len(short)
        if cut:
            which = f"{'the first is ' if cut > 1 else ''}canary {short[0]['canary']}, ours {short[0]['ours']}"
            self.add("\n" + words(f"In {cut:,} thread{plural(cut)} ({which}) the search for the best alignment was cut short: there may be "
                                  "fewer divergences than told."))
        self.add("\n<details><summary>How the events of each pair came out (canary/ours)</summary>\n\n"
                 "| canary | ours | all | matched | differing | absorbed | engine-local | left over | alike |\n"
                 "|---:|---:|---:|---:|---:|---:|---:|---:|---|\n")
        for pair in pairs[:SECTIONS]:
            counts = [pair["counts"][side] for side in SIDES]
            both = [(pair["total"]["canary"], pair["total"]["ours"])]
            both += [tuple(count[what] for count in counts)
                     for what in ("matched", "differing", "absorbed", "engine_local", "left_over")]
            self.row(*(pair["tid"][side] for side in SIDES),
                     *(f"{canary:,}" if canary == ours else f"{canary:,}/{ours:,}" for canary, ours in both), alike(pair["pairing"]))
        self.rest(len(pairs) - SECTIONS, "pair", "pairs")
        self.add("\n</details>\n")

    def unpaired(self, side):
        threads = self.outcome["unpaired"][side]
        if not threads:
            return
        self.add(f"\n## Threads of {side} without a counterpart\n\n| tid | events | follows from |\n|---:|---:|---|\n")
        for thread in threads[:SECTIONS]:
            notes = [f"never created in {OTHER[side]}"] if "never_created" in thread else []
            if "cause" in thread:
                how = "lost in " if "lost_in_cause" in thread else "follows from " if notes else ""
                notes.append(how + describe.place_of(self.outcome, thread["cause"]))
            if "noise" in thread:
                notes.append("noise" if thread["noise"] else "new")
            self.row(thread["tid"], f"{thread['total']:,}", "; ".join(notes))
        self.rest(len(threads) - SECTIONS, "thread", "threads")

    def events(self):
        self.add("\n## Events\n\n| events | canary | ours |\n|---|---:|---:|\n")
        for is_part, what, absorber, counts in describe.tally(self.outcome):
            name = f"– {what}" if is_part else what
            self.row([f"{name} ", absorber] if absorber else name, *(f"{count:,}" for count in counts))

    def rules(self):
        uses, counted = self.outcome["rule_uses"], self.outcome["counted"]
        if uses or counted:
            self.add("\n## Rules\n\n| | canary | ours |\n|---|---:|---:|\n")
        for use in uses:
            if use["canary"] or use["ours"]:
                self.row([use["rule"]], *(f"{use[side]:,}" for side in SIDES))
        for kind in counted:
            self.row(["counted ", kind["kind"]], *(f"{sum(thread['count'] for thread in kind[side]):,}" for side in SIDES))
        self.items("Rules that never fired", self.outcome["unfired_rules"])
        self.items("Switched off in this run", [use["rule"] for use in uses if use["is_off"]])


def cut_values(values):
    """From a little before the difference on, when one of them is long."""
    if max(map(columns, values)) <= COLUMNS // 6:
        return values
    common = 0
    while common < min(map(len, values)) and values[0][common] == values[1][common]:
        common += 1
    skipped = max(common - VALUE_LEAD, 0)
    return ["…" + value[skipped:] for value in values] if skipped else values


def alike(evidence):
    """How sure the pairing by similarity is."""
    if not evidence:
        return ""
    other = evidence["runner_up"]
    text = f"{100 * evidence['similarity']:.1f} %, {evidence['confidence']:.2f} sure"
    return text + (f"; then {other['tid']} with {100 * other['similarity']:.1f} %" if other else "")


def rebuild(outcome):
    """The full report of an outcome that was read from its JSON report."""
    return FullReport(outcome).render()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(rebuild(json.load(sys.stdin)))
