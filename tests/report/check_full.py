#!/usr/bin/python3
"""The full report: Markdown that means what it should, whatever the logs hold.

A twin rebuilds it from the JSON report, byte for byte. cmark-gfm, the parser of GitHub Flavored Markdown, reads it: no text of a
log may be anything but the content of a code span or of a code block; every row of a table has all of its cells; no line is wider
than 120 columns, but for commands to copy; and every divergence is told where it belongs.
"""
import re
import sys
from xml.etree import ElementTree

from describe import columns, first_divergence, follow_causes, hint, missing, notes, printable, python_of, source_threads, unmet
from inputs import parse_options, random_report, read_strictly, reports_of_logs, run
from rebuild_full import COLUMNS, ROWS, SECTIONS, rebuild
from values import values_of

NAMESPACE = "{http://commonmark.org/xml/1.0}"
PLAIN_NODES = {"document", "heading", "paragraph", "text", "softbreak", "strong", "emph", "code", "code_block", "html_block", "list",
               "item", "table", "table_header", "table_row", "table_cell"}
OWN_HTML = re.compile(r"<details><summary>(How the events of each pair came out \(canary/ours\)|[\d,]+ divergences? follows? from this"
                      r"|[\d,]+ famil(y is|ies are) noise, as in the control runs)</summary>\n|</details>\n")
COMMAND = re.compile(r"`+ ?evdiff show .* (-?\d+:-?\d+|--tid=-\d+ --idx=-?\d+) -C 5( .*)?`+")


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
    print(f"{logs} pairs of logs, {outcomes} random outcomes, {told} divergences told")


def check(outcome, made, name):
    """One report against the JSON report of the same outcome; returns how many divergences were told."""
    lines = made.decode("utf-8").split("\n")
    for ours, theirs in zip(rebuild(outcome).split("\n"), lines, strict=True):
        assert ours == theirs, f"{name}:\nrebuilt {ours!r}\nreport  {theirs!r}"
    for line in lines:
        assert columns(line) <= COLUMNS or COMMAND.fullmatch(line) or is_wide_by_numbers(line), f"{name}: {line!r}"
    parsed = run("cmark-gfm", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-t", "xml", data=made)
    assert parsed.returncode == 0 and not parsed.stderr, parsed.stderr
    document = ElementTree.fromstring(parsed.stdout)
    for node in document.iter():
        node.tag = node.tag.removeprefix(NAMESPACE)
    check_nodes(outcome, document, name)
    return check_divergences(outcome, document, name)


def is_wide_by_numbers(line):
    """Rows whose tids, positions and counts alone leave no room."""
    return line.startswith(("|", "At ")) and columns(re.sub(r"`+[^`]*`+", "", line)) > COLUMNS - 40


def check_nodes(outcome, document, name):
    """Nothing but our own markup, and in code spans nothing but texts of the outcome, or parts of them."""
    known = {spell(text) for text in texts_of(outcome)}
    known |= {spell(source_threads(quotation)) for quotation in outcome.get("quotations", [])}
    for node in document.iter():
        assert node.tag in PLAIN_NODES, f"{name}: {node.tag} {node.attrib} {node.text!r}"
        if node.tag == "html_block":
            assert OWN_HTML.fullmatch(node.text), f"{name}: {node.text!r}"
        if node.tag == "code_block":
            assert node.attrib["info"] == "diff" and all(line[:2] in ("- ", "+ ") for line in node.text.splitlines()), name
        if node.tag == "code" and node.text not in ("--limit 0",) and not (node.text or "").startswith("evdiff show "):
            text = spell(node.text or "")
            part = text.removesuffix("…").removeprefix("…")
            assert text in known or (part != text and any(part in other for other in known)) or is_first(text), f"{name}: span {text!r}"


def is_first(text):
    """What a thread differs in first, which the twin makes."""
    return re.match(r"\[-?\d*(/-?\d*)?(\] |\]?…)|(canary|ours) ends early: |equal", text)


def check_divergences(outcome, document, name):
    """Each divergence is told once, or counted as left out; returns how many are told."""
    roots, _ = follow_causes(outcome)
    families = outcome["families"]
    noise = [place for place, root in roots.items() if families[at(outcome, root)["family"]].get("noise")]
    tables = [read_table(table, name) for table in document.iter("table")]
    sections = [node for node in document if node.tag == "heading" and node.attrib["level"] == "3"]
    rows = sum(len(rows) for header, rows in tables if header[:3] in (["canary", "ours", "events"], ["canary", "ours", "class"]))
    alone = len(sections) - sum(header[:3] == ["canary", "ours", "events"] for header, _ in tables)
    left_out = 0
    for paragraph in document.iter("paragraph"):
        text = "".join(node.text or "" for node in paragraph.iter() if node.tag in ("text", "code"))
        found = re.fullmatch(r"([\d,]+) more (place|divergence|root)s?: --limit 0 tells (it|them all)\.", text)
        if found and found[2] == "root":
            assert len(sections) == SECTIONS, name
            return rows + alone
        left_out += int(found[1].replace(",", "")) if found else 0
    assert rows + alone + left_out + len(noise) == len(roots), f"{name}: {rows}, {alone}, {left_out}, {len(noise)} of {len(roots)}"
    assert all(len(rows) <= max(ROWS, SECTIONS) for header, rows in tables if header[0] in ("canary", "family", "tid")), name
    return rows + alone


def at(outcome, place):
    return outcome["pairs"][place[0]]["divergences"][place[1]]


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
        if "canary" in value and "ours" in value and isinstance(value["canary"], dict) and "shown" in value["canary"]:
            for form in ("decimal", "hexadecimal", "ntstatus", "hresult", "errno"):
                yield from values_of(value, form)
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


if __name__ == "__main__":
    sys.exit(main())
