#!/usr/bin/python3
"""The full report: Markdown that means what it should, whatever the logs hold.

A twin rebuilds it from the JSON report, byte for byte. cmark-gfm, the parser of GitHub Flavored Markdown, reads it: no
text of a log may be anything but the content of a code span; every row of a table has all of its cells; and every
divergence is told where it belongs.
"""
import sys
from xml.etree import ElementTree

from describe import SIDES, first_divergence, hint, missing, notes, novelty, printable, python_of, unmet
from inputs import parse_options, random_report, read_strictly, reports_of_logs, run
from rebuild_full import CAUSES, CONSEQUENCES_MAX, FAMILIES_MAX, ROWS_MAX, SUBJECT_MAX, rebuild

NAMESPACE = "{http://commonmark.org/xml/1.0}"
PLAIN_NODES = {"document", "heading", "paragraph", "text", "softbreak", "strong", "emph", "code", "list", "item", "table",
               "table_header", "table_row", "table_cell"}
OWN_SPANS = {"weight", "…", "evdiff show LOG --tid T --idx N", ".families", ".pairs", ".unpaired.canary", ".unpaired.ours"}


def main():
    """Check all and say how much that was."""
    options = parse_options("Check the full report.")
    logs = outcomes = told = 0
    for name, (data, made) in reports_of_logs(options.evdiff, "json", "full"):
        told += check(read_strictly(data, name), made, name)
        logs += 1
    for most in (0, 4, 60, 700):
        for seed in range(options.seeds if most < 100 else 10):
            data, made = (random_report(options, name, seed, most) for name in ("json", "full"))
            told += check(read_strictly(data, seed), made, f"seed {seed}, {most} divergences")
            outcomes += 1
    assert told > 1000, f"only {told} divergences"
    print(f"{logs} pairs of logs, {outcomes} random outcomes, {told} divergences in tables")


def check(outcome, made, name):
    """One report against the JSON report of the same outcome; returns how many divergences were told."""
    for ours, theirs in zip(rebuild(outcome).split("\n"), made.decode("utf-8").split("\n"), strict=True):
        assert ours == theirs, f"{name}:\nrebuilt {ours!r}\nreport  {theirs!r}"
    parsed = run("cmark-gfm", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-t", "xml", data=made)
    assert parsed.returncode == 0 and not parsed.stderr, parsed.stderr
    document = ElementTree.fromstring(parsed.stdout)
    for node in document.iter():
        node.tag = node.tag.removeprefix(NAMESPACE)
    check_nodes(outcome, document, name)
    tables = [read_table(table, name) for table in document.iter("table")]
    told = [row for header, rows in tables if header[0] == "class" for row in rows]
    following = follow_causes(outcome)
    expected = [row for index in range(len(outcome["pairs"])) for row in rows_of_pair(outcome, index, following)]
    for row, wanted in zip(told, expected):
        assert row == wanted, f"{name}:\nreport {row}\nwanted {wanted}"
    assert len(told) == len(expected), name
    families = [row for header, rows in tables if header[0] == "family" for row in rows]
    expected = [(family["id"], outcome["families"][family["follows"]]["id"] if "follows" in family else "")
                for family in outcome["families"]]
    assert [(row[0], row[12]) for row in families] == expected[:FAMILIES_MAX], name
    return len(told)


def check_nodes(outcome, document, name):
    """Nothing but our own markup, and in code spans nothing but texts of the outcome, or their beginning."""
    known = {spell(text) for text in texts_of(outcome)} | OWN_SPANS
    beginnings = {text[:SUBJECT_MAX] + "…" for text in known}
    beginnings |= {spell(text[:SUBJECT_MAX]) + "…" for text in map(printable, texts_of(outcome))}
    for node in document.iter():
        assert node.tag in PLAIN_NODES, f"{name}: {node.tag} {node.attrib} {node.text!r}"
        if node.tag == "code":
            text = spell(node.text or "")
            assert text in known or text in beginnings or text.startswith(".pairs["), f"{name}: span {text!r}"


def spell(text):
    """Printable, and as in a table, where a pipe behind a backslash is spelled out."""
    return printable(text).replace("\\|", "\\\\x7c").replace("\r", "")


def texts_of(value):
    """Every string of a document, and what its families are called."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        if "shown" in value:
            yield python_of(value)
        if notes(value):
            yield notes(value)
        if "path" in value and "form" in value:
            yield first_divergence(value)
        if "demand" in value:
            yield unmet(value)
        if "hint" in value:
            yield hint(value)
        if value.keys() == {"side", "tid"}:
            yield missing(value)
        if "before" in value:
            yield " ".join(printable(value[part]) for part in ("kind", "call", "field") if value.get(part))
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)


def read_table(table, name):
    """The texts of a table's header, and of each of its rows."""
    rows = [["".join(part.text for part in cell.iter() if part.tag in ("text", "code")) for cell in row.iter("table_cell")]
            for row in table]
    assert {len(row) for row in rows} == {len(rows[0])}, name
    return rows[0], rows[1:]


def cell(text, most=0):
    """A text as it is read in a cell of a table."""
    text = printable(text)
    text = text[:most] + "…" if most and len(text) > most else text
    return text.replace("\\|", "\\\\x7c")


def follow_causes(outcome):
    """The divergences, with the index of their pair, that hang on each one that has no cause."""
    def root_of(place):
        cause = outcome["pairs"][place[0]]["divergences"][place[1]].get("cause")
        return root_of((cause["pair"], cause["divergence"])) if cause else place

    following = {}
    for index, pair in enumerate(outcome["pairs"]):
        for number, divergence in enumerate(pair["divergences"]):
            if "cause" in divergence:
                following.setdefault(root_of((index, number)), []).append((index, divergence))
    return following


def row_of(outcome, index, section, divergence):
    """The cells of one divergence of the pair `index`, in the table of the pair `section`."""
    family = outcome["families"][divergence["family"]]
    subject = " ".join(printable(family[part]) for part in ("kind", "call", "field") if family[part])
    tids = outcome["pairs"][index]["tid"]
    places = [f"{'' if index == section else f'{tids[side]} '}[{divergence[side]['tid_event_idx']}]" for side in SIDES]
    values = [cell(python_of(divergence["values"][side])) if "values" in divergence else "" for side in SIDES]
    told = [novelty(divergence)] if novelty(divergence) else []
    told += [CAUSES[divergence["cause"]["kind"]]] if "cause" in divergence else []
    told += [cell(notes(divergence))] if notes(divergence) else []
    return [divergence["class"], *places, "/".join(f"{divergence[side]['count']:,}" for side in SIDES), cell(subject, SUBJECT_MAX),
            *values, f"{divergence['matched_after']:,}", family["id"], "; ".join(told)]


def rows_of_pair(outcome, index, following):
    """The rows of a pair's table: what has no cause, and below it what follows from it."""
    rows = []
    for number, divergence in enumerate(outcome["pairs"][index]["divergences"]):
        if "cause" in divergence or len(rows) >= ROWS_MAX:
            continue
        rows.append(row_of(outcome, index, index, divergence))
        followers = following.get((index, number), [])
        for pair, follower in followers[:CONSEQUENCES_MAX]:
            row = row_of(outcome, pair, index, follower)
            rows.append(["↳ " + row[0]] + row[1:])
        if len(followers) > CONSEQUENCES_MAX:
            rows.append([f"↳ and {len(followers) - CONSEQUENCES_MAX:,} more"] + [""] * 9)
    return rows


if __name__ == "__main__":
    sys.exit(main())
