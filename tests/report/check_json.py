#!/usr/bin/python3
"""The JSON report: valid by its schema, complete enough to rebuild the text report from it, strict.

The logs are those of the golden cases and the sample of the real boots; random outcomes come from random_report. The
schema is held by jsonschema, which Debian has as python3-jsonschema.
"""
import copy
import json
import re
import subprocess
import sys
import tempfile

import jsonschema

from inputs import ROOT, SAMPLE, parse_options, random_report, read_strictly, reports_of_logs, run
from rebuild_text import rebuild

OPTIONAL = {"agreement", "failure", "lost_thread", "broken_name", "others", "again", "same_values", "varying", "mirrored",
            "never_created", "hints", "lost_in_cause", "other_events", "suspicion", "fails", "breaks", "marked_null", "first_null", "label", "skipped_lines", "cause", "follows", "form", "number", "share",
            "count", "tid", "ordinary", "log_end", "noisy_place", "known_family", "noise", "news", "controls", "shown_as", "quotations", "rules", "rules_hash", "asked", "format", "argument", "is_path", "arguments", "unmatched", "source_line", "source_event", "source_thread"}
WORDS = {"class", "news", "type", "form", "hash", "verdict", "relation", "reason", "demand", "side", "column", "id", "signature", "schema", "shown_as"}


def main():
    """Check all and say how much that was."""
    options = parse_options("Check the JSON report.")
    schema = json.loads((ROOT / "docs/outcome.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(strict(schema))
    logs = check_logs(options.evdiff, validator)
    outcomes = check_random(options, validator)
    mutations = check_mutations(options, validator)
    recipes = check_documentation(options, validator)
    print(f"{logs} pairs of logs, {outcomes} random outcomes, {mutations} mutated documents, {recipes} recipes")


def strict(schema):
    """The schema without room for members that are not described: readers pass them over, but ours has none."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(part) for key, part in schema.items()}
    if "object" in made.get("type", ()):
        made["additionalProperties"] = False
    return made


def check(validator, data, texts, name):
    """One report: its schema, its indexes, and the text report rebuilt from it; texts are (width, colour, bytes)."""
    outcome = read_strictly(data, name)
    errors = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(outcome)]
    assert not errors, f"{name}: {errors[:3]}"
    check_indexes(outcome, name)
    for width, has_color, expected in texts:
        rebuilt = rebuild(outcome, width, has_color)
        if rebuilt.encode("utf-8") != expected:
            for ours, theirs in zip(rebuilt.split("\n"), expected.decode("utf-8").split("\n")):
                assert ours == theirs, f"{name}, width {width}:\nrebuilt {ours!r}\nreport  {theirs!r}"
            raise AssertionError(f"{name}, width {width}: not as many lines")


def check_indexes(outcome, name):
    """What a schema can not say: every index is one of something, what is told twice agrees."""
    pairs, families = outcome["pairs"], outcome["families"]
    places = [family["first"] for family in families] + [place for family in families for place in family["samples"]]
    counts = [0] * len(families)
    for pair in pairs:
        for divergence in pair["divergences"]:
            counts[divergence["family"]] += 1
            assert families[divergence["family"]]["class"] == divergence["class"], name
            places += [divergence["cause"]] if "cause" in divergence else []
    places += [thread["cause"] for side in outcome["unpaired"].values() for thread in side if "cause" in thread]
    assert counts == [family["count"] for family in families], name
    assert outcome["unfired_rules"] == [use["rule"] for use in outcome["rule_uses"]
                                        if not use["is_off"] and use["canary"] == use["ours"] == 0], name
    for place in places:
        assert place["divergence"] < len(pairs[place["pair"]]["divergences"]), name
    for family in families:
        assert family["signature"].startswith(family["id"]), name
        assert all(index < len(pairs) for index in family["pairs"]), name
        assert family.get("follows", 0) < len(families), name
    assert all(look["family"] < len(families) for look in outcome["looks"]), name


def check_logs(evdiff, validator):
    """Every pair of logs among the golden cases that can be diffed, and the sample."""
    count = 0
    for name, (made, text) in reports_of_logs(evdiff, "json", "text"):
        check(validator, made, [(0, False, text)], name)
        count += 1
    return count


def check_random(options, validator):
    """Random outcomes of three sizes, without resync and with; the text in colour and cut to several widths."""
    count = 0
    for most in (0, 4, 60):
        for seed in range(options.seeds):
            texts = [(0, False, random_report(options, "text", seed, most))]
            texts += [(width, True, random_report(options, "text", seed, most, width)) for width in (0, 1, 2, 30, 70, 80, 110, 120)]
            check(validator, random_report(options, "json", seed, most), texts, f"seed {seed}, {most} divergences")
            count += 1
    return count


def places_of(value, path=()):
    """Every value of a document with the path to it."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places_of(item, path + (key,))


def mutants_of(value, path):
    """Values that must not be where this one is."""
    key = path[-1] if path else None
    if isinstance(value, dict):
        yield "one member more", {**value, "surplus": 1}
        for member in value:
            if member not in OPTIONAL:
                yield f"without {member}", {name: item for name, item in value.items() if name != member}
        yield "a list for an object", list(value)
    elif isinstance(value, bool):
        yield "a number for a boolean", 2
    elif isinstance(value, list):
        yield "an object for a list", {}
        yield "an item of another type", value + [True]
    elif isinstance(value, (int, float)):
        yield "a string for a number", str(value)
        yield "out of range", -2**63 - 1
        yield "out of range", 2**64
        yield "a broken number", 1.5
    elif isinstance(value, str):
        yield "a number for a string", 7
        if key in WORDS or path[-2:] == ("cause", "kind"):
            yield "another word", value + "x"
    else:
        yield "a number for null", 7


def is_rich(outcome):
    """True for an outcome that can be made to contradict itself in every way below."""
    values = {"values" in divergence for pair in outcome["pairs"] for divergence in pair["divergences"]}
    return values == {True, False} and outcome["verdict"] != "inconclusive" and outcome["looks"]


def contradictions(outcome):
    """Documents whose parts are valid but do not go together."""
    def changed(change):
        mutated = copy.deepcopy(outcome)
        change(mutated)
        return mutated

    values = next(divergence["values"] for pair in outcome["pairs"] for divergence in pair["divergences"]
                  if "values" in divergence)
    yield "values where no value differs", changed(lambda mutated: [
        divergence.setdefault("values", values) for pair in mutated["pairs"] for divergence in pair["divergences"]])
    yield "an offset that is not constant", changed(lambda mutated: mutated["families"][0].update(
        relation="random", offset=1))
    yield "a constant offset without the offset", changed(lambda mutated: mutated["families"].append(
        {**{key: value for key, value in mutated["families"][0].items() if key != "offset"},
         "relation": "constant_offset"}))
    yield "a demand that is not met but no effect", changed(lambda mutated: mutated.update(
        unmet=[{"demand": "min_compared", "count": 2, "part": 1, "whole": 3}]))
    yield "an inconclusive verdict without a reason", changed(lambda mutated: mutated.update(verdict="inconclusive"))
    yield "nothing compared of some pairs", changed(lambda mutated: mutated.update(verdict="nothing_compared"))
    yield "equal without a pair", changed(lambda mutated: mutated.update(verdict="equal", pairs=[]))
    yield "families without resync", changed(lambda mutated: mutated.update(has_resync=False))
    yield "four places to look first", changed(lambda mutated: mutated.update(looks=mutated["looks"][:1] * 4))


def check_mutations(options, validator):
    """The schema is not vacuous: at each kind of place in a document that is rich enough, each wrong value is refused."""
    tried = set()
    count = 0
    for seed in range(12):
        outcome = json.loads(random_report(options, "json", seed, 3))
        for path, value in list(places_of(outcome)):
            for what, mutant in mutants_of(value, path):
                kind = (tuple("*" if isinstance(part, int) else part for part in path), what)
                if kind in tried:
                    continue
                tried.add(kind)
                mutated = copy.deepcopy(outcome)
                if path:
                    holder = mutated
                    for part in path[:-1]:
                        holder = holder[part]
                    holder[path[-1]] = mutant
                else:
                    mutated = mutant
                assert not validator.is_valid(mutated), f"the schema takes {what} at {path} of seed {seed}"
                count += 1
    made = (json.loads(random_report(options, "json", seed, 8)) for seed in range(1, 100))
    outcome = next(outcome for outcome in made if outcome["looks"])
    readers = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/outcome.schema.json").read_text()))
    outcome["looks"][0]["later"] = outcome["pairs"][0]["later"] = outcome["later"] = [1]
    assert readers.is_valid(outcome) and not validator.is_valid(outcome), "readers must pass over what was added later"
    outcomes = (json.loads(random_report(options, "json", seed, 8)) for seed in range(1, 100))
    for what, mutated in contradictions(next(outcome for outcome in outcomes if is_rich(outcome))):
        assert not validator.is_valid(mutated), f"the schema takes {what}"
        count += 1
    assert count > 500, f"only {count} mutations: the random outcomes are poor"
    return count


def check_documentation(options, validator):
    """The example in the documentation is a document too, and every recipe for jq finds something in the sample."""
    text = (ROOT / "docs/reports.md").read_text()
    examples = re.findall(r"^```json\n(\{.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert examples, "docs/reports.md has no example"
    for example in examples:
        validator.validate(read_strictly(example.encode(), "the example"))
    recipes = re.findall(r"^jq .* out\.json$", text, re.MULTILINE)
    assert len(recipes) >= 5, "docs/reports.md has no recipes"
    with tempfile.TemporaryDirectory() as folder:
        for name, logs in (("out", SAMPLE), ("before", (SAMPLE[0], SAMPLE[0]))):
            made = run(options.evdiff, "diff", "--report", f"json={folder}/{name}.json", *logs)
            assert made.returncode == 0, made.stderr
        for recipe in recipes:
            found = subprocess.run(["sh", "-c", recipe], cwd=folder, capture_output=True, check=False)
            assert found.returncode == 0 and found.stdout, (recipe, found.stderr)
    return len(recipes)


if __name__ == "__main__":
    sys.exit(main())
