"""The full report out of the JSON report: what the one says must be in the other.

A twin of src/report/full.c that knows nothing but the JSON. As a program: JSON on standard input, Markdown on standard
output.
"""
import json
import re
import sys

import describe
from describe import EQUAL, OTHER, SIDES, plural, printable, state_of

FAMILIES_MAX, PAIRS_MAX, ROWS_MAX, CONSEQUENCES_MAX, UNPAIRED_MAX, SUBJECT_MAX = 200, 500, 200, 5, 200, 200
CAUSES = {"value": "values handed on", "offset": "addresses as far apart", "moved": "the same events, moved",
          "close": "not in step again since", "creator": "its thread's creator diverged"}


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


def absorbers(pair, spell):
    """How much each absorber took from a pair; its name is spelled by span or cell."""
    return ", ".join(f"{spell(use['absorber'])} {use['canary']:,}/{use['ours']:,}" for use in pair["absorbed"]
                     if use["canary"] or use["ours"])


def pairing(evidence):
    """How sure the pairing by similarity is."""
    other = evidence["runner_up"]
    text = f"{100 * evidence['similarity']:.1f} % alike, confidence {evidence['confidence']:.2f}; "
    return text + (f"next best {other['tid']} with {100 * other['similarity']:.1f} %" if other else "no other choice")


class FullReport:
    """Collects the report's text."""

    def __init__(self, outcome):
        self.outcome = outcome
        self.parts = []
        self.roots, self.following = describe.follow_causes(outcome)

    def add(self, text):
        self.parts.append(text)

    def row(self, *cells):
        self.add("|" + "".join(f" {text} |" for text in cells) + "\n")

    def rest(self, count, what, path):
        if count > 0:
            self.add(f"\n*{count:,} more {what}: `{path}` of the report in JSON.*\n")

    def spans(self, title, texts):
        texts = list(texts)
        if texts:
            self.add(f"\n{title}:\n\n" + "".join(f"- {span(text)}\n" for text in texts))

    def render(self):
        self.head()
        self.looks()
        self.counts()
        self.families()
        self.pairs()
        for side in SIDES:
            self.unpaired(side)
        self.rules()
        return "".join(self.parts)

    def head(self):
        verdict = self.outcome["verdict"].replace("_", " ")
        self.add(f"# evdiff: {verdict}\n\n")
        self.add(f"**{describe.verdict(self.outcome)[0]}**; {describe.matched(self.outcome)}.\n")
        if not self.outcome["has_resync"]:
            self.add("\nOnly the first divergence of each thread was looked for.\n")
        self.spans("Demands that are not met", map(describe.unmet, self.outcome["unmet"]))
        self.spans("Hints", map(describe.hint, self.outcome.get("hints", [])))
        self.spans("Warnings", map(describe.missing, self.outcome["missing_tids"]))
        for side in SIDES:
            text, lines, rest = describe.skipped(self.outcome, side)
            if text:
                self.add(f"\n{text}\n\n")
            for place, reason in lines:
                self.add(f"- {place}{span(reason)}\n")
            if rest:
                self.add(f"- and {rest:,} more\n")
        if self.outcome["controls"]:
            self.add("\nControl runs:\n\n")
        for number, control in enumerate(self.outcome["controls"]):
            self.add(f"- {number}, of {control['side']}: {span(control['path'])}\n")

    def looks(self):
        if self.outcome["looks"]:
            self.add("\n## Where to look first\n\n")
        for number, look in enumerate(self.outcome["looks"], 1):
            family = self.outcome["families"][look["family"]]
            first = describe.divergence_at(self.outcome, family["suspicion"]["place"])
            self.add(f"{number}. **{family['class']}** {span(describe.subject(family))}.\n   ")
            if family["class"] == "value":
                self.add(", ".join(f"{side} {span(describe.python_of(first['values'][side]))}" for side in SIDES))
            else:
                self.add(describe.extent(first))
            if describe.notes(first):
                self.add(f"; {span(describe.notes(first))}")
            self.add(f"; at {describe.place_of(self.outcome, family['suspicion']['place'])}.\n   ")
            self.add(f"{describe.suspicion(family)}.\n   ")
            if self.outcome["controls"]:
                self.add(f"{describe.novelty(first)}.\n   ")
            threads = len(family["pairs"])
            self.add(f"{family['count']:,} time{plural(family['count'])} in {threads} thread{plural(threads)}; ")
            if family["relation"] != "none":
                self.add(describe.relation(family) + "; ")
            self.add(f"weight {family['weight']:,}; family {family['id']}.\n")

    def counts(self):
        self.add("\n| events | canary | ours |\n|---|---:|---:|\n")
        self.row("log", *(cell(self.outcome["logs"][side]["path"]) for side in SIDES))
        for is_part, what, absorber, counts in describe.tally(self.outcome):
            name = f"{what} {cell(absorber)}" if absorber else what
            self.row(f"– {name}" if is_part else name, *(f"{count:,}" for count in counts))

    def families(self):
        families = self.outcome["families"]
        if not families:
            return
        self.add(f"\n## Families\n\n{describe.divergences_in_families(self.outcome)}. `weight` is "
                 "how many more events match before a thread's first divergence when this family, and what follows from "
                 "it, is forgiven. Of a value of more than 200 bytes the part around the first difference is shown, with `…` "
                 "where it is cut; `evdiff show LOG --tid T --idx N` prints the whole event.\n\n"
                 "| family | class | what | count | consequences | followers | threads | weight | values | canary's | ours "
                 "| first at | follows from |")
        controls = self.outcome["controls"]
        self.add((" new | in control runs |" if controls else "") + "\n|---|---|---|---:|---:|---:|---:|---:|---|---|---|---|---|")
        self.add(("---:|---|" if controls else "") + "\n")
        for family in families[:FAMILIES_MAX]:
            samples = [describe.divergence_at(self.outcome, place) for place in family["samples"]]
            values = [", ".join(cell(describe.python_of(sample["values"][side])) for sample in samples if "values" in sample)
                      for side in SIDES]
            self.row(family["id"], family["class"], cell(describe.subject(family), SUBJECT_MAX), f"{family['count']:,}",
                     f"{family['consequence_count']:,}", f"{family['follower_count']:,}", len(family["pairs"]),
                     f"{family['weight']:,}", describe.relation(family), *values,
                     describe.place_of(self.outcome, family["first"]),
                     families[family["follows"]]["id"] if "follows" in family else "",
                     *([f"{family['news']:,}", ", ".join(map(str, family["controls"]))] if controls else []))
        self.rest(len(families) - FAMILIES_MAX, "families", ".families")

    def pairs(self):
        pairs = self.outcome["pairs"]
        if pairs:
            self.add("\n## Threads\n")
        unequal = [index for index, pair in enumerate(pairs) if state_of(pair) != EQUAL or pair["divergences"]]
        for index in unequal[:PAIRS_MAX]:
            self.pair(index)
        self.rest(len(unequal) - PAIRS_MAX, "pairs of threads", ".pairs")
        self.equal([pair for index, pair in enumerate(pairs) if index not in set(unequal)])

    def equal(self, pairs):
        if not pairs:
            return
        self.add(f"\n### Equal to the end: {len(pairs)} pair{plural(len(pairs))}\n\n"
                 "| canary | ours | matched | engine-local (canary/ours) | absorbed (canary/ours) | paired by similarity |\n"
                 "|---:|---:|---:|---:|---|---|\n")
        for pair in pairs[:PAIRS_MAX]:
            counts = [pair["counts"][side] for side in SIDES]
            self.row(*(pair["tid"][side] for side in SIDES), f"{counts[0]['matched']:,}",
                     "/".join(f"{count['engine_local']:,}" for count in counts), absorbers(pair, cell),
                     pairing(pair["pairing"]) if pair["pairing"] else "")
        self.rest(len(pairs) - PAIRS_MAX, "equal pairs", ".pairs")

    def pair(self, index):
        pair = self.outcome["pairs"][index]
        self.add(f"\n### canary {pair['tid']['canary']} → ours {pair['tid']['ours']}\n")
        first, matched = describe.first_of(pair)
        if first is None:
            self.add(f"\n{describe.end(pair)}.\n")
        else:
            places = " and ".join(f"[{first['events'][side]['tid_event_idx']}]" for side in SIDES)
            self.add(f"\nFirst divergence after {matched:,} matching events, at {places}: "
                     f"{span(describe.first_divergence(first))}\n")
        if pair["pairing"]:
            self.add(f"\nPaired by similarity: {pairing(pair['pairing'])}.\n")
        self.add("\n| events | all | compared | matched | differing | absorbed | engine-local | left over |\n"
                 "|---|---:|---:|---:|---:|---:|---:|---:|\n")
        for side in SIDES:
            counts = pair["counts"][side]
            self.row(side, f"{pair['total'][side]:,}", f"{counts['matched'] + counts['differing']:,}",
                     *(f"{count:,}" for count in counts.values()))
        absorbed = absorbers(pair, span)
        if absorbed:
            self.add(f"\nAbsorbed by absorber, canary/ours: {absorbed}.\n")
        cut = pair["searches_cut_short"]
        if cut:
            self.add(f"\nThe search for the best alignment was cut short {cut:,} time{plural(cut)}: there may be fewer "
                     "divergences than told.\n")
        self.divergences(index)

    def divergences(self, index):
        pair = self.outcome["pairs"][index]
        rows = roots = told = elsewhere = 0
        for number in range(len(pair["divergences"])):
            root = self.roots[index, number]
            roots += root == (index, number)
            elsewhere += root[0] != index
            if root != (index, number) or rows >= ROWS_MAX:
                continue
            if rows == 0:
                self.add("\n| class | canary | ours | events | what | canary's value | our value | matched after "
                         "| family | note |\n|---|---:|---:|---:|---|---|---|---:|---|---|\n")
            self.divergence(root, index, "")
            following = self.following.get(root, [])
            for place in following[:CONSEQUENCES_MAX]:
                self.divergence(place, index, "↳ ")
            more = len(following) - CONSEQUENCES_MAX
            if more > 0:
                self.add(f"| ↳ and {more:,} more |" + "  |" * 9 + "\n")
            rows += 1 + min(len(following), CONSEQUENCES_MAX) + (more > 0)
            told += 1
        if elsewhere:
            self.add(f"\n{elsewhere:,} of the divergences of this pair follow{'s' if elsewhere == 1 else ''} from those of "
                     f"other threads and {'is' if elsewhere == 1 else 'are'} told there.\n")
        self.rest(roots - told, "divergences and what follows from them", f".pairs[{index}].divergences")

    def divergence(self, place, section, mark):
        """One row, in the table of the pair `section`."""
        index, number = place
        divergence = self.outcome["pairs"][index]["divergences"][number]
        family, tids = self.outcome["families"][divergence["family"]], self.outcome["pairs"][index]["tid"]
        places = [("" if index == section else f"{tids[side]} ") + f"[{divergence[side]['tid_event_idx']}]"
                  for side in SIDES]
        values = [cell(describe.python_of(divergence["values"][side])) if "values" in divergence else "" for side in SIDES]
        notes = [describe.novelty(divergence)] if describe.novelty(divergence) else []
        notes += [CAUSES[divergence["cause"]["kind"]]] if "cause" in divergence else []
        notes += [cell(describe.notes(divergence))] if describe.notes(divergence) else []
        self.row(mark + divergence["class"], *places, "/".join(f"{divergence[side]['count']:,}" for side in SIDES),
                 cell(describe.subject(family), SUBJECT_MAX), *values, f"{divergence['matched_after']:,}", family["id"],
                 "; ".join(notes))

    def unpaired(self, side):
        threads = self.outcome["unpaired"][side]
        if not threads:
            return
        self.add(f"\n## Threads of {side} without a counterpart\n\n| tid | events | follows from |\n|---:|---:|---|\n")
        for thread in threads[:UNPAIRED_MAX]:
            notes = [f"never created in {OTHER[side]}"] if "never_created" in thread else []
            if "cause" in thread:
                how = "lost in " if "lost_in_cause" in thread else "follows from " if notes else ""
                notes.append(how + describe.place_of(self.outcome, thread["cause"]))
            if "noise" in thread:
                notes.append("noise" if thread["noise"] else "new")
            self.row(thread["tid"], f"{thread['total']:,}", "; ".join(notes))
        self.rest(len(threads) - UNPAIRED_MAX, "threads", f".unpaired.{side}")

    def rules(self):
        uses, counted = self.outcome["rule_uses"], self.outcome["counted"]
        if uses or counted:
            self.add("\n## Rules\n\n| | canary | ours |\n|---|---:|---:|\n")
        for use in uses:
            if use["canary"] or use["ours"]:
                self.row(cell(use["rule"]), *(f"{use[side]:,}" for side in SIDES))
        for kind in counted:
            counts = (sum(thread["count"] for thread in kind[side]) for side in SIDES)
            name = cell(kind["kind"])
            self.row(f"counted {name}", *(f"{count:,}" for count in counts))
        self.spans("Rules that never fired", self.outcome["unfired_rules"])
        self.spans("Switched off in this run", [use["rule"] for use in uses if use["is_off"]])


def rebuild(outcome):
    """The full report of an outcome that was read from its JSON report."""
    return FullReport(outcome).render()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(rebuild(json.load(sys.stdin)))
