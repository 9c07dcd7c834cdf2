#!/usr/bin/python3
"""The JUnit report, read by programs that are not ours, whatever the logs hold.

xmllint holds each against junit.xsd, which is the dialect that CI servers have in common; junitparser reads it as they do. Its
tests come out as the JSON report of the same outcome says, its counts add up, and what it tells of a family is what the
family is.
"""
import json
import re
import sys
import tempfile
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped

from describe import DIVERGED, extent, logs, notes, place_of, plural, printable, python_of, relation, skipped, state_of, subject, unmet, verdict
from inputs import parse_options, random_report, read_strictly, reports_of_logs, run

SCHEMA = Path(__file__).with_name("junit.xsd")
TEXT_MAX = 16 * 1024
LINE_MAX = 400
NAMED_MAX, NAME_MAX = 3, 120


def main():
    """Check all and say how much that was."""
    options = parse_options("Check the JUnit report.")
    results = {}
    cut = 0
    with tempfile.TemporaryDirectory(prefix="evdiff-junit-") as folder:
        made = list(all_reports(options)) + list(long_reports(options, folder))
        paths = []
        for number, (name, data, report) in enumerate(made):
            path = Path(folder, f"{number}.xml")
            path.write_bytes(report)
            paths.append(path)
            results[name] = check(read_strictly(data, name), path, name)
            cut += re.search(b"; the full report has (it|them)\n", report) is not None
        for begin in range(0, len(paths), 100):
            done = run("xmllint", "--noout", "--schema", SCHEMA, *paths[begin:begin + 100])
            assert done.returncode == 0, [line for line in done.stderr.decode().splitlines() if not line.endswith(" validates")]
        check_schema(made[0][2], Path(folder, "planted.xml"))
    kinds = [kind for told in results.values() for kind in told]
    for kind in ("passed", "failure", "error", "skipped"):
        assert kinds.count(kind) > 5, f"only {kinds.count(kind)} tests came out as {kind}"
    assert cut > 1, f"only {cut} texts were cut"
    print(f"{len(results)} reports, {cut} cut; " + ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds))))


def all_reports(options):
    """The name of every outcome, its JSON report, and the one under test."""
    for name, (data, report) in reports_of_logs(options.evdiff, "json", "junit"):
        yield str(name), data, report
    for most in (0, 4, 60):
        for seed in range(options.seeds):
            yield f"seed {seed}, {most} divergences", *(random_report(options, name, seed, most) for name in ("json", "junit"))


def long_reports(options, folder):
    """The same of logs with more families than fit into a text."""
    for count in (60, 110, 120, 400):
        paths = [Path(folder, f"{count}-{side}.jsonl") for side in ("canary", "ours")]
        for path, first in zip(paths, (0, 5000)):
            lines = [{"kind": "schema_version", "schema_version": 1}]
            for number in range(count * 6):
                value = first + number if number % 6 == 0 else 7
                payload = {"name": f"Call{number // 6}" if number % 6 == 0 else "Same", "return_value": value}
                lines.append({"kind": "kernel.return", "tid": 1, "tid_event_idx": number, "payload": payload})
            lines.insert(1, {"kind": "kernel.call", "tid": 1, "tid_event_idx": -1, "payload": {"name": "First"}})
            path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        made = [run(options.evdiff, "diff", "--format", name, *paths) for name in ("json", "junit")]
        assert [process.returncode for process in made] == [0, 0], made
        yield f"{count} families", *(process.stdout for process in made)


def check_schema(report, path):
    """The schema refuses what servers do not take."""
    text = report.decode()
    for before, after in (('name="made"', 'name="complete"'), ('name="made"', 'name=" "'), (' time="0"/>', '/>'),
                          ("</testsuite>", "<system-out>x</system-out></testsuite>"), ("</failure>", "x" * TEXT_MAX + "</failure>"),
                          ("</testsuite>", "</testsuite><testsuite/>")):
        assert before in text, before
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        assert run("xmllint", "--noout", "--schema", SCHEMA, path).returncode != 0, f"{after} was taken"


def check(outcome, path, name):
    """One report against the JSON report of the same outcome; returns how its tests came out."""
    document = JUnitXml.fromfile(str(path))
    suites = list(document)
    assert len(suites) == 1, name
    suite = suites[0]
    cases = list(suite)
    assert [case.name for case in cases] == ["made", "complete", "nothing new"], name
    assert all(case.classname == suite.name for case in cases), name
    properties = {item.name: item.value for item in suite.properties()}
    assert properties["evdiff.verdict"] == outcome["verdict"], name
    for side in ("canary", "ours"):
        assert properties["evdiff." + side] == printable(outcome["logs"][side]["path"]), name
    for log in logs(outcome):
        sentence = skipped(outcome, log)[0]
        place = log if log in ("canary", "ours") else f"control.{log}"
        assert properties.get("evdiff.skipped_lines." + place) == (sentence and sentence[:-1]), name
    results = [case.result for case in cases]
    assert all(len(result) <= 1 for result in results), name
    results = [result[0] if result else None for result in results]
    for counted in (document, suite):
        assert counted.tests == len(cases), name
        for count, kind in ((counted.failures, Failure), (counted.errors, Error), (counted.skipped, Skipped)):
            assert count == sum(isinstance(result, kind) for result in results), name
    check_results(outcome, results, name)
    return [type(result).__name__.lower() if result else "passed" for result in results]


def check_results(outcome, results, name):
    """Each test comes out as the outcome says, in its words."""
    made, complete, new = results
    if outcome["verdict"] == "nothing_compared":
        assert isinstance(made, Error) and made.message == verdict(outcome)[0], name
        assert isinstance(complete, Skipped) and isinstance(new, Skipped), name
        return
    assert made is None, name
    if outcome["verdict"] == "inconclusive":
        assert isinstance(complete, Failure) and complete.type == "inconclusive", name
        assert (complete.text or "") == "".join(unmet(demand) + "\n" for demand in outcome["unmet"]), name
    else:
        assert complete is None, name
    has_diverged = any(state_of(pair) == DIVERGED for pair in outcome["pairs"])
    if outcome["controls"]:
        has_diverged = outcome["verdict"] == "diverged" or any(not family["noise"] for family in outcome["families"])
    if not has_diverged:
        assert new is None, name
        return
    assert isinstance(new, Failure) and new.type == "diverged", name
    roots = [family for family in outcome["families"] if "follows" not in family and not family.get("noise")]
    assert len(new.text.encode()) <= TEXT_MAX, name
    if not roots:
        assert new.message == verdict(outcome)[0], name
        return
    named = ", ".join(cut(f"{root['id']} {root['class']} {subject(root)}", NAME_MAX) for root in roots[:NAMED_MAX])
    count = len(roots)
    named += f", and {count - NAMED_MAX} more" if count > NAMED_MAX else ""
    assert new.message == f"{count} famil{'y' if count == 1 else 'ies'}: {named}", f"{name}: {new.message}"
    wanted = [tell(outcome, root) for root in outcome["families"][:count]]
    told = new.text.split("\n\n")
    rest = re.fullmatch(r"and (?:(1) more family; the full report has it|([\d,]+) more families; the full report has them)\n", told[-1])
    assert told[1:-1] == wanted[:len(told) - 2], f"{name}:\n{told}\n{wanted}"
    if rest:
        assert int((rest[1] or rest[2]).replace(",", "")) == count - (len(told) - 2) > 0, name
    else:
        assert told[-1] == "" and len(told) - 2 == count, name


def cut(text, most):
    return text if len(text) <= most else text[:most] + "…"


def tell(outcome, family):
    """What a text says of a family that follows from no other."""
    place = family["suspicion"]["place"] if "suspicion" in family else family["first"]
    divergence = outcome["pairs"][place["pair"]]["divergences"][place["divergence"]]
    lines = [f"{family['id']} {family['class']} {subject(family)}"]
    if "values" in divergence:
        lines += [f"  canary: {python_of(divergence['values']['canary'])}", f"  ours:   {python_of(divergence['values']['ours'])}"]
    else:
        lines += [f"  {extent(divergence)}"]
    lines += [f"  {notes(divergence)}"] if notes(divergence) else []
    lines += [f"  at {place_of(outcome, place)}" + (f"; {relation(family)}" if relation(family) else "")]
    count, threads, weight, followers = family["count"], len(family["pairs"]), family["weight"], family["follower_count"]
    extents = f"  {count:,} time{plural(count)} in {threads} thread{plural(threads)}"
    extents += f", {family['consequence_count']:,} of them from earlier ones" if family["consequence_count"] else ""
    extents += f"; {weight:,} more event{' matches' if weight == 1 else 's match'} without it"
    extents += f"; {followers:,} more divergence{' follows' if followers == 1 else 's follow'} from it" if followers else ""
    return "\n".join(cut(line, LINE_MAX) for line in lines + [extents])


if __name__ == "__main__":
    sys.exit(main())
