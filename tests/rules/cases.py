"""What the cases of rules share.

Problems that people had while comparing two runs, each rebuilt small: with rules that a user can write, the real
difference is a root and among the places to look at first, the noise is none, and what was forgiven is counted by rule.
"""
import argparse
import re
import subprocess
import tempfile
from pathlib import Path

from harness import diff, write_lines, write_rules


def event(kind, tid=1, **payload):
    return {"kind": kind, "tid": tid, "payload": payload}


def rules(kind, field, name_field=None, priority=None, **sections):
    made = {"rules": "evdiff.rules/2", "name": "case", "pairing": {"kind": kind, "field": field, "why": "w"}}
    if priority:
        form = {"kind": kind, "form": "value", "fields": priority, "why": "w"}
        made["priority_fields"] = [form | ({"name_field": name_field} if name_field else {})]
    for section in sections.values():
        for rule in section:
            rule.setdefault("why", "w")
    return made | sections


def is_equal(outcome):
    return outcome["verdict"] == "equal"


def ways_to_say_that_values_may_differ():
    """Rules by which the value `t` of a call may be another one on the other side: what is the same beside it tells its value."""
    yield {"compare": [{"name": "near", "when": {"kind": "call"}, "fields": "t", "as": {"within": 5}}]}
    yield {"compare": [{"name": "ids", "when": {"kind": "call"}, "fields": "t", "as": "renamed"}]}
    yield {"compare": [{"name": "both", "when": {"kind": "call"}, "fields": "t", "as": "if_both"}]}
    yield {"name_classes": [{"class": "handle", "at_least": "0x1", "scope": "thread", "why": "w"}],
           "names": [{"form": "value", "class": "handle", "kind": kind, "fields": ["t"], "why": "w"} for kind in ("call", "open")]}


class Case:
    def __init__(self, evdiff, folder):
        self.evdiff, self.folder = evdiff, folder

    def diff(self, canary, ours, made, *options):
        write_lines(self.folder / "a.jsonl", canary)
        write_lines(self.folder / "b.jsonl", ours)
        write_rules(self.folder, made)
        outcome = diff(self.evdiff, self.folder, *options)
        self.check_text(outcome, *options)
        return outcome

    def check_text(self, outcome, *options):
        """The report for people and the exit code say what the outcome says: the same verdict and the same looks."""
        run = subprocess.run([self.evdiff, "diff", "--rules", "r.json", "--exit-code", "a.jsonl", "b.jsonl", *options],
                             cwd=self.folder, capture_output=True, text=True, check=False)
        much = all(log["unpaired_events"] > 0 and 8 * log["unpaired_events"] >= log["events"] for log in outcome["logs"].values())
        expected = 1 if outcome["verdict"] == "diverged" else 3 if much else 0
        assert run.returncode == expected, (run.returncode, run.stderr, outcome["verdict"])
        told = re.findall(r"^\d\. (\w+) .*\n(?:.*\n)??   at .*family (\w+)$", run.stdout, re.MULTILINE)
        looks = [outcome["families"][look["family"]] for look in outcome["looks"]]
        assert told == [(family["class"], family["id"]) for family in looks], (told, looks, run.stdout)
        assert (outcome["verdict"] == "equal") == run.stdout.startswith("Equal"), run.stdout

    def refused(self, made):
        """What is said of rules that are refused."""
        write_rules(self.folder, made)
        run = subprocess.run([self.evdiff, "rules", "--rules", "r.json"], cwd=self.folder, capture_output=True, text=True, check=False)
        assert run.returncode == 2 and run.stdout == "", run
        return run.stderr

    def show(self, *options):
        return subprocess.run([self.evdiff, "show", "--rules", "r.json", *options], cwd=self.folder, capture_output=True,
                              text=True, check=True).stdout


def roots(outcome):
    """The root families, in the order in which they are to be looked at: class, call, field."""
    return [(family["class"], family["call"], family["field"]) for family in outcome["families"] if "follows" not in family]


def used(outcome):
    return {use["rule"]: (use["canary"], use["ours"]) for use in outcome["rule_uses"]}


def steps(draw, count, words, **fixed):
    return [fixed | {"op": draw.choice(words), "value": draw.randrange(1 << 20)} for _ in range(count)]


def run_cases(about, functions):
    """Runs each function case_NAME with a Case of its own; by NAME when some are asked for."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--evdiff", required=True, type=Path)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    cases = {name[len("case_"):]: function for name, function in functions.items() if name.startswith("case_")}
    for name in options.cases or cases:
        with tempfile.TemporaryDirectory() as folder:
            cases[name](Case(options.evdiff.resolve(), Path(folder)))
    print(f"{len(options.cases or cases)} cases")
    return 0
