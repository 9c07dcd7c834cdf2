#!/usr/bin/env python3
"""docs/rules.schema.json against the reader of rules files: what the reader takes the schema takes, and what breaks a
file's structure (a key that is missing or unknown, a value of another type, an empty list) both refuse.

Needs jsonschema, which Debian has as python3-jsonschema.
"""
import copy
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

from random_blocks import block_rule, move_rule, order_rule
from random_rules import rule_set
from scopes_twin import rule as scoped_rule
from threads_twin import rule as thread_rule

TOP = Path(__file__).resolve().parents[2]
SEEDS = 40
MUTANTS = 12
OTHERS = [None, 7, "", [], {}, True]


def places(value, path=()):
    """All values in a file, by their paths."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, path + (index,))


def holder(value, path):
    for key in path[:-1]:
        value = value[key]
    return value


def mutate(draw, rules):
    """A file with one thing wrong, or something that merely looks so."""
    made = copy.deepcopy(rules)
    path, value = draw.choice([place for place in places(made) if place[0]])
    form = draw.randrange(3)
    if form == 0 and isinstance(value, dict):
        value["no such key"] = 1
    elif form == 1 and isinstance(path[-1], str):
        del holder(made, path)[path[-1]]
    else:
        holder(made, path)[path[-1]] = draw.choice(OTHERS)
    return made


def is_taken(evdiff, file, rules):
    file.write_text(json.dumps(rules), encoding="utf-8")
    run = subprocess.run([evdiff, "rules", "--rules", str(file)], capture_output=True, text=True, check=False)
    assert run.returncode in (0, 2), run.stderr
    return run.returncode == 0, run.stderr


def main():
    evdiff = sys.argv[1]
    schema = json.loads((TOP / "docs/rules.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    draw = random.Random(1)
    files = [json.loads((TOP / "src/rules" / name).read_text(encoding="utf-8")) for name in ("schema-v1.json", "wine-relay.json", "chrome-trace.json", "strace.json", "spike.json")]
    assert files[0]["rules"] == "evdiff.rules/2" and files[0]["pairing"].pop("strict") is True
    files += [files[0] | {"rules": "evdiff.rules/1"}, files[0] | {"pairing": files[0]["pairing"] | {"strict": True}}]
    files += [rule_set(random.Random(seed)) for seed in range(SEEDS)]
    for seed, rules in enumerate(files[-SEEDS // 2:]):
        rules["optional"] = [block_rule(random.Random(seed), 0)[0]]
        section, rule = order_rule(random.Random(seed), 0)
        rules[section] = [rule]
        rules["compare"] += [scoped_rule(random.Random(seed))]
        rules["may_move"] = [move_rule(random.Random(seed), 1)]
        rules["threads"] = [thread_rule(random.Random(seed), index) for index in range(2)]
        rules["instead"] = [{"name": "i", "canary": {"when": {"kind": "op"}}, "ours": {"each": [{"kind": "op"}, {"kind": "k"}]}, "equal": "a", "why": "w"}]
        rules["forgiven"] = [{"name": "f", "class": "value", "when": {"kind": "op"}, "field": ["a.*", "b"], "why": "w"}]
    taken = refused = only_reader = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.json"
        for number, rules in enumerate(files):
            for mutant in range(MUTANTS + 1):
                tried = mutate(draw, rules) if mutant > 0 else rules
                reader, message = is_taken(evdiff, file, tried)
                by_schema = validator.is_valid(tried)
                assert mutant > 0 or reader, f"file {number}: {message}"
                assert by_schema or not reader, (f"file {number}, mutant {mutant}: the reader takes what the schema refuses: "
                                                 f"{next(validator.iter_errors(tried)).message}\n{json.dumps(tried)}")
                taken += reader
                refused += not reader
                only_reader += by_schema and not reader
    # What the schema can't know is little: a name of a class that no rule gives, a kind without names for its calls.
    assert taken > 60 and refused > 200 and only_reader * 5 < refused, (taken, refused, only_reader)
    print(f"{taken} files are taken and {refused} refused, {only_reader} of them by the reader alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
