#!/usr/bin/python3
"""The reports for GitHub, read as GitHub reads them, whatever the logs hold.

cmark-gfm, the parser of GitHub Flavored Markdown, reads the summary: no text of a log may be anything but the content of a code
span or of a code block, every row of a table has all of its cells, every family and every thread is told in its place, and what is
left out is counted. The annotations are parsed by the grammar of workflow commands.
"""
import json
import re
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from check_full import NAMESPACE, read_table
from describe import (DIVERGED, EQUAL, SIDES, divergences_in_families, extent, logs, matched, notes, place_of, plural, printable, python_of,
                      skipped, state_of, subject, unmet, verdict)
from inputs import parse_options, random_report, read_strictly, reports_of_logs, run
from rebuild_full import sides_of
from values import values_of

SUMMARY_MAX = 900 * 1024
NAME_MAX = 200
ANNOTATIONS_MAX = 10
OWN_HTML = re.compile(r"<details><summary>(How all events came out|[\d,]+ famil(y follows|ies follow) from these|[\d,]+ famil(y is|ies are) known)</summary>\n|</details>\n")
PLAIN_NODES = {"document", "heading", "paragraph", "text", "softbreak", "strong", "emph", "code", "code_block", "html_block", "list",
               "item", "table", "table_header", "table_row", "table_cell"}
LEFT_OUT = re.compile(r"([\d,]+) more (place|places|family|families|thread|threads) [a-z ]*left out here; .* has (it|them)\.")
SUMMARIES = {"nothing_new": "nothing new", "ends_early": "ends early", "nothing_compared": "nothing compared"}


def main():
    """Check all and say how much that was."""
    options = parse_options("Check the reports for GitHub.")
    reports = cut = annotations = rows = 0
    with tempfile.TemporaryDirectory(prefix="evdiff-github-") as folder:
        for name, (data, summary, commands) in all_reports(options, folder):
            outcome = read_strictly(data, name)
            told, left_out = check_summary(outcome, summary, name)
            annotations += check_annotations(outcome, commands, name)
            reports, rows, cut = reports + 1, rows + told, cut + (left_out > 0)
    assert cut >= 2, f"only {cut} summaries were cut"
    assert rows > 1000 and annotations > 300, f"only {rows} rows, {annotations} annotations"
    print(f"{reports} summaries, {cut} cut, {rows} rows of tables; {annotations} annotations")


def all_reports(options, folder):
    """The name of every outcome, its JSON report, and those under test."""
    formats = ("json", "github", "github-annotations")
    yield from reports_of_logs(options.evdiff, *formats)
    for most in (0, 4, 60):
        for seed in range(options.seeds):
            yield f"seed {seed}, {most} divergences", [random_report(options, name, seed, most) for name in formats]
    for count in (400, 2400, 3000):
        paths = many_families(Path(folder), count)
        made = [run(options.evdiff, "diff", "--format", name, *paths) for name in formats]
        assert [process.returncode for process in made] == [0, 0, 0], made
        yield f"{count} families", [process.stdout for process in made]


def many_families(folder, count):
    """Two logs that differ in so many calls, in long values."""
    paths = [folder / f"{count}-{side}.jsonl" for side in SIDES]
    for path, letter in zip(paths, "co"):
        lines = [{"kind": "schema_version", "schema_version": 1},
                 {"kind": "kernel.call", "tid": 1, "tid_event_idx": -1, "payload": {"name": "First"}}]
        for number in range(count * 4):
            payload = {"name": "Same", "return_value": 7}
            if number % 4 == 0:
                payload = {"name": f"Call{number // 4}", "return_value": f"{letter * 90} {number}|\\| {letter * 90}"}
            lines.append({"kind": "kernel.return", "tid": 1, "tid_event_idx": number, "payload": payload})
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return paths


def cut_to(text, most):
    return text if len(text) <= most else text[:most] + "…"


def cell(text, most=0):
    """A text as it is read in a cell of a table."""
    text = printable(text)
    return (cut_to(text, most) if most else text).replace("\\|", "\\\\x7c")


def job_of(outcome):
    name = outcome["logs"]["ours"]["path"].rpartition("/")[2]
    name = name[:1] + name[1:].partition(".")[0]
    return cut_to(printable(name), NAME_MAX) if name.strip(" ") and name not in ("-", ".") else "diff"


def check_summary(outcome, made, name):
    """One summary against the JSON report of the same outcome; returns how many rows were told, and how many were not."""
    assert len(made) <= SUMMARY_MAX, f"{name}: {len(made)} bytes"
    parsed = run("cmark-gfm", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-t", "xml", data=made)
    assert parsed.returncode == 0 and not parsed.stderr, parsed.stderr
    document = ElementTree.fromstring(parsed.stdout)
    for node in document.iter():
        node.tag = node.tag.removeprefix(NAMESPACE)
        assert node.tag in PLAIN_NODES, f"{name}: {node.tag} {node.attrib} {node.text!r}"
        if node.tag == "html_block":
            assert OWN_HTML.fullmatch(node.text), f"{name}: {node.text!r}"
        elif node.tag == "text":
            assert "`" not in node.text or "report full" in node.text, f"{name}: {node.text!r}"
    check_head(outcome, document, name)
    assert len(list(document.iter("strong"))) == 1, name
    left_out = {}
    for paragraph in document.iter("paragraph"):
        found = LEFT_OUT.fullmatch(text_of(paragraph))
        if found:
            what = {"place": "looks", "places": "looks", "thread": "threads", "threads": "threads"}.get(found[2], "families")
            left_out.setdefault(what, []).append(int(found[1].replace(",", "")))
    assert len(list(document.iter("emph"))) == sum(map(len, left_out.values())), name
    if left_out:
        assert len(made) > SUMMARY_MAX - 16 * 1024 - 8 * 1024, f"{name}: {len(made)} bytes, and {left_out}"
    return check_tables(outcome, document, left_out, name), sum(map(sum, left_out.values()))


def text_of(node):
    return "".join(part.text or "" if part.tag in ("text", "code") else " " if part.tag == "softbreak" else "" for part in node.iter())


def check_head(outcome, document, name):
    """The verdict and where to look first."""
    headings = [node for node in document if node.tag == "heading"]
    assert text_of(headings[0]) == f"evdiff: {job_of(outcome)} {SUMMARIES.get(outcome['verdict'], outcome['verdict'])}", name
    paragraphs = [text_of(node) for node in document if node.tag == "paragraph"]
    assert paragraphs[0] == f"{verdict(outcome)[0]}; {matched(outcome)}.", f"{name}: {paragraphs[0]}"
    items = [text_of(node) for node in document.iter("item")]
    wanted = [unmet(demand) for demand in outcome["unmet"]]
    for log in logs(outcome):
        sentence, listed, more = skipped(outcome, log)
        assert sentence is None or sentence in paragraphs, f"{name}: {sentence}"
        wanted += [(place + cut_to(printable(reason), NAME_MAX)).rstrip() for place, reason in listed]
        wanted += [f"and {more:,} more"] if more else []
    assert [item.rstrip() for item in items] == wanted, f"{name}: {items}"
    if outcome["families"]:
        assert any(told.startswith(divergences_in_families(outcome) + ".") for told in paragraphs), name
    looks = [node for node in headings if re.match(r"\d+\. ", text_of(node))]
    blocks = [node for node in document if node.tag == "code_block"]
    assert len(looks) == len(blocks) == len(outcome["looks"]), name
    for number, (look, heading, block) in enumerate(zip(outcome["looks"], looks, blocks), 1):
        family = outcome["families"][look["family"]]
        wanted = f"{number}. {family['class']} {cut_to(subject(family), NAME_MAX)}"
        assert text_of(heading) == (wanted if subject(family) else wanted.rstrip()), f"{name}: {text_of(heading)}"
        assert block.attrib["info"] == "diff", name
        assert block.text == sides_of(family, divergence_of(outcome, family), 0), f"{name}: {block.text!r}"


def place_to_look_at(family):
    return family["suspicion"]["place"] if "suspicion" in family else family["first"]


def divergence_of(outcome, family):
    place = place_to_look_at(family)
    return outcome["pairs"][place["pair"]]["divergences"][place["divergence"]]


def check_tables(outcome, document, left_out, name):
    """Families and threads, in their order; returns how many rows they have."""
    roots = [family for family in outcome["families"] if "follows" not in family and not family.get("noise")]
    followers = [family for family in outcome["families"][len(roots):] if not family.get("noise")]
    wanted = {"roots": [family_row(outcome, family) for family in roots[len(outcome["looks"]):]],
              "followers": [family_row(outcome, family) for family in followers],
              "threads": [pair for pair in outcome["pairs"] if state_of(pair) != EQUAL]}
    rest = list(left_out.get("families", []))
    rows = 0
    seen = set()
    for header, told in (read_table(table, name) for table in document.iter("table")):
        rows += len(told)
        if header[0] == "canary":
            seen.add("threads")
            states = [(-sum("news" in divergence for divergence in pair["divergences"]), state_of(pair))
                      for pair in (pair_of(outcome, row) for row in told)]
            assert states == sorted(states), name
            assert len(told) + sum(left_out.get("threads", [])) == len(wanted["threads"]), name
        elif header[0] == "family":
            part = "followers" if "follows from" in header else "roots"
            seen.add(part)
            assert told == wanted[part][:len(told)], f"{name}:\n{told}\n{wanted[part]}"
            assert len(told) == len(wanted[part]) or len(told) + rest.pop(0) == len(wanted[part]), name
    assert not rest, name
    assert seen == {part for part, expected in wanted.items() if expected}, f"{name}: {seen}"
    return rows


def pair_of(outcome, row):
    """The pair that a row of the table of threads tells of, the worst when several have these tids."""
    pairs = [pair for pair in outcome["pairs"] if [str(pair["tid"][side]) for side in SIDES] == row[:2]]
    return min(pairs, key=state_of)


def family_row(outcome, family):
    divergence = divergence_of(outcome, family)
    values = [cell(value) for value in values_of(divergence["values"], family.get("shown_as", "decimal"))] if "values" in divergence else ["", ""]
    row = [family["id"], family["class"], cell(subject(family), NAME_MAX), *values, f"{family['count']:,}", str(len(family["pairs"])),
           f"{family['weight']:,}", place_of(outcome, place_to_look_at(family))]
    return row + ([outcome["families"][family["follows"]]["id"]] if "follows" in family else [])


def parse_command(line, name):
    """A workflow command as the runner reads it: its name, its properties, its message."""
    found = re.fullmatch(r"::([a-z]+) ([^:]*)::(.*)", line)
    assert found, f"{name}: {line!r}"
    properties = dict(item.split("=", 1) for item in found[2].split(","))
    message = found[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    unescape = lambda text: text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    return found[1], {key: unescape(value) for key, value in properties.items()}, message


def check_annotations(outcome, made, name):
    """All commands of one outcome; returns how many there are."""
    lines = made.decode("utf-8").split("\n")
    assert lines.pop() == "" and 1 <= len(lines) <= ANNOTATIONS_MAX, name
    commands = [parse_command(line, name) for line in lines]
    roots = [family for family in outcome["families"] if "follows" not in family and not family.get("noise")]
    level = {"equal": "notice", "nothing_new": "notice", "ends_early": "warning", "unpaired": "warning"}.get(outcome["verdict"], "error")
    told = "; ".join([verdict(outcome)[0], matched(outcome), *(unmet(demand) for demand in outcome["unmet"])])
    lost = []
    for log in logs(outcome):
        sentence, listed, _ = skipped(outcome, log)
        if sentence is not None:
            first = [f", the first at {place}{cut_to(printable(reason), NAME_MAX)}" for place, reason in listed[:1]]
            lost.append(sentence[:-1] + "".join(first))
    most = ANNOTATIONS_MAX - 1 - bool(lost)
    if len(roots) > most:
        told += f"; {most} of {len(roots):,} families are annotated"
    assert commands[0] == (level, {"title": cut_to("evdiff: " + job_of(outcome), NAME_MAX)}, told), f"{name}: {commands[0]}"
    if lost:
        assert commands.pop(1) == ("warning", {"title": "lines skipped"}, "; ".join(lost)), f"{name}: {commands}"
    assert len(commands) == 1 + min(len(roots), most), name
    for root, (level, properties, message) in zip(roots, commands[1:]):
        divergence = divergence_of(outcome, root)
        title = cut_to(f"{root['id']} {root['class']} {subject(root)}", NAME_MAX)
        assert (level, properties) == ("error", {"title": title}), f"{name}: {properties}"
        values = [f"{side}: {python_of(divergence['values'][side])}" for side in SIDES] if "values" in divergence else []
        first = "" if values else extent(divergence) + "; "
        count, threads = root["count"], len(root["pairs"])
        told = "\n".join([*values, f"{first}at {place_of(outcome, place_to_look_at(root))}; {count:,} time{plural(count)} in {threads} thread"])
        assert message.startswith(told), f"{name}:\n{message}\n{told}"
    return len(commands) + bool(lost)


if __name__ == "__main__":
    sys.exit(main())
