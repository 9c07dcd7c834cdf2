#!/usr/bin/env python3
"""Nights one after the other, by ledgers: what is new, known, back, fixed, masked or not reached, and since when; and that
no log is read for it.

    check_nights.py --evdiff PROGRAM
"""
import json
import random
import re
import shlex
import subprocess
import sys
import time

from harness import HEAD, JUDGED_AGAIN, LOGS, Batch, Checks, expect, expect_equal, run_checks

CANARY = LOGS / "control-canary.jsonl"
# Places of the log: what a call returned there, by thread and index.
TICKS, OTHER_TICKS, CREATE, READ, CLOSE, LAST_CLOSE = (4, 14), (8, 17), (4, 29), (8, 32), (8, 35), (8, 44)
FAILURE = 0xC0000022


check = Checks()


class Nights(Batch):
    """A job whose log of ours is made anew every night."""

    def __init__(self, evdiff, folder):
        super().__init__(evdiff, folder)
        self.count = 0
        self.write("canary.jsonl", {})
        self.ledger("")

    def write(self, name, changes):
        """The canary's log with other return values, or without the events that are None."""
        lines = []
        for line in CANARY.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            place = (event.get("tid"), event.get("tid_event_idx"))
            if place in changes and changes[place] is None:
                continue
            if place in changes:
                event["payload"]["return_value"] = changes[place]
            lines.append(json.dumps(event))
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def ledger(self, lines):
        (self.folder / "bugs.known").write_text("#evdiff known 1\n" + lines, encoding="utf-8")

    def make(self, *runs, options=(), settings=""):
        """A night of runs of ours: its number of changes by place; what the program said, and the job of night.json."""
        self.count += 1
        name, previous = f"n{self.count}", f"n{self.count - 1}"
        for i, changes in enumerate(runs):
            self.write(f"ours{i}.jsonl", changes)
        names = ", ".join(f'"ours{i}.jsonl"' for i in range(len(runs)))
        self.manifest(HEAD + f'[[job]]\nname = "boot/a"\ncanary = "canary.jsonl"\nours = [{names}]\nknown = ["bugs.known"]\n' + settings)
        follows = ["--previous", previous] if self.count > 1 else []
        code, out, err = self.run("batch", "m.toml", "-o", name, *follows, *options)
        expect_equal(err, "", f"messages of night {self.count}")
        return code, out, self.job()

    def job(self):
        return self.night(f"n{self.count}")["jobs"][0]

    def judge(self, *options):
        code, out, err = self.run("judge", *options, f"n{self.count}")
        expect_equal(err, "", f"messages of judging night {self.count}")
        return code, out, self.job()

    def add(self, out, **words):
        """Runs the line that a report has ready for the first thing that is new."""
        [line, *_] = [line for line in out.splitlines() if line.startswith("    evdiff known add ")]
        command = shlex.split(line)[1:]
        for name, value in {"bug": "https://bugs/1", **words}.items():
            if f"--{name}" in command:
                command[command.index(f"--{name}") + 1] = value
            else:
                command += [f"--{name}", value]
        code, _, err = self.run(*command)
        expect_equal((code, err), (0, ""), " ".join(command))


def states(job, key="families"):
    return sorted((family["state"], family["first"]) for family in job.get(key, []))


def unwrapped(text):
    """A night's text as if a screen were as wide as it takes."""
    return text.replace("\n      ", " ")


@check
def outcomes_in_memory_are_those_of_the_files(nights):
    """A batch judges what its diffs have just told; judging again reads their files."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    places = [TICKS, OTHER_TICKS, CREATE, READ, CLOSE, LAST_CLOSE]
    for night in range(1, 5):
        runs = [{place: chance.choice([0, 5, FAILURE, None]) for place in chance.sample(places, chance.randrange(4))}
                for _ in range(chance.randrange(1, 4))]
        nights.make(*runs)
        told = (nights.folder / f"n{night}/night.json").read_bytes()
        nights.judge()
        expect_equal((nights.folder / f"n{night}/night.json").read_bytes(), told, f"night {night} of {runs}")


@check
def what_is_added_is_known(nights):
    code, out, job = nights.make({READ: 5})
    expect_equal((code, job["state"], states(job)), (1, "new", [("new", "n1")]), "night 1")
    expect("\nNew\n  " in out and "first seen in night n1" in out and "evdiff show " in out, out)
    nights.add(out, reason="reads end elsewhere")
    for log in ("canary.jsonl", "ours0.jsonl"):
        (nights.folder / log).unlink()
    begun = time.monotonic()
    code, out, job = nights.judge()
    expect(time.monotonic() - begun < 30, "judging reads no log")
    expect_equal((code, job["state"], states(job)), (0, "known", [("known", "n1")]), "judged by the ledger")
    expect_equal(out, "night n1: 1 job: 0 new, 1 unchanged, 0 inconclusive, 0 trouble\n", "one line")
    expect_equal(job["families"][0]["listed"]["bug"], "https://bugs/1", "the line is told")
    nights.write("canary.jsonl", {})
    code, out, job = nights.make({READ: 5, LAST_CLOSE: 7})
    expect_equal((code, states(job)), (1, [("known", "n1"), ("new", "n2")]), "night 2")
    code, out, job = nights.make({READ: 5, LAST_CLOSE: 7})
    expect_equal((code, states(job)), (1, [("known", "n1"), ("new", "n2")]), "night 3")
    expect("first seen in night n2" in out, out)


@check
def a_family_is_added_by_the_night(nights):
    _, _, job = nights.make({READ: 5, LAST_CLOSE: 7})
    signature, other = (family["signature"] for family in job["families"])
    words = ["--state", "known", "--file", "bugs.known"]
    code, out, err = nights.run("known", "add", "n1", signature[:8], other, *words)
    expect_equal((code, err, nights.judge()[0]), (0, "", 0), "added")
    for digits, said in (("ffffffffffffffff", "no job has a family 'ffffffffffffffff'"),):
        code, out, err = nights.run("known", "add", "n1", digits, *words)
        expect(code == 2 and said in err, err)
    code, out, err = nights.run("known", "add", ".", signature, *words)
    expect(code == 2 and "plan.json" in err and len(err.splitlines()) == 1, err)


@check
def a_night_is_learnt(nights):
    """All runs of all jobs; not those without a conclusive outcome, which are counted."""
    for name, changes in (("a", {READ: 5}), ("b", {CLOSE: 3}), ("b2", {CLOSE: 3, LAST_CLOSE: 7}), ("c", {TICKS: 9})):
        nights.write(f"{name}.jsonl", changes)
    job = '[[job]]\nname = "{}"\ncanary = "canary.jsonl"\nours = {}\nknown = "bugs.known"\n'
    jobs = [job.format("a", '"a.jsonl"'), job.format("b", '["b.jsonl", "b2.jsonl"]'), job.format("c", '"c.jsonl"'), job.format("d", '"gone.jsonl"')]
    nights.manifest(HEAD + "".join(jobs))
    expect_equal(nights.run("batch", "m.toml", "-o", "n1")[0], 2, "a log is missing")
    words = ["--state", "noise", "--reason", "no bug then"]
    told = nights.night("n1")
    signatures = {family["signature"] for job in told["jobs"] for family in job.get("families", [])}
    code, out, err = nights.run("known", "learn", "n1", *words, "--file", "bugs.known", "-n")
    expect_equal((code, (nights.folder / "bugs.known").read_text()), (0, "#evdiff known 1\n"), "a dry run")
    code, out, err = nights.run("known", "learn", "n1", *words, "--file", "bugs.known")
    expect_equal((code, err), (0, "evdiff: n1: nothing is learnt of 1 job without a conclusive outcome\n"), "learnt")
    listed = {line.split()[0] for line in (nights.folder / "bugs.known").read_text().splitlines()[1:]}
    expect_equal((listed, len(listed)), (signatures, 3), "lines")
    expect_equal(nights.run("judge", "n1", "-q")[0], 2, "judged again")
    expect_equal([job["state"] for job in nights.night("n1")["jobs"]], ["known"] * 3 + ["trouble"], "what is learnt is known")
    outcomes = [nights.folder / f"n1/jobs/{name}.json.zst" for name in ("a/outcome", "b/outcome", "b/outcome.2", "c/outcome")]
    nights.run("known", "learn", *outcomes, *words, "--file", "twin.known")
    expect_equal((nights.folder / "twin.known").read_text(), (nights.folder / "bugs.known").read_text(), "of the outcomes themselves")
    code, out, err = nights.run("known", "learn", "outcome.json", ".", *words, "--file", "none.known")
    expect(code == 2 and out == "" and not (nights.folder / "none.known").exists(), f"{code} {out} {err}")
    code, out, err = nights.run("known", "learn", ".", *words, "--file", "none.known")
    expect(code == 2 and "plan.json" in err and not (nights.folder / "none.known").exists(), f"{code} {out} {err}")


@check
def what_is_listed_otherwise_is_not_learnt(nights):
    """A bug that is known is no noise: not by another line of the file, nor by another ledger of the night, nor for other jobs."""
    _, out, job = nights.make({READ: 5, CLOSE: 3})
    nights.add(out)
    [bug] = [line.split()[0] for line in (nights.folder / "bugs.known").read_text().splitlines()[1:]]
    said = "evdiff: 1 family is listed in another state than noise, and left as it is\n"
    before = (nights.folder / "bugs.known").read_text()
    for file, jobs in (("noise.known", []), ("bugs.known", []), ("bugs.known", ["--job", "boot/*"]), ("bugs.known", ["--job", "boot/a"])):
        (nights.folder / "bugs.known").write_text(before, encoding="utf-8")
        for source in ("n1", "n1/jobs/boot/a/outcome.json.zst") if file == "bugs.known" else ("n1",):
            code, _, err = nights.run("known", "learn", source, "--state", "noise", "--file", file, *jobs)
            expect_equal((code, err), (0, said), f"{source} to {file} {jobs}")
        noise = [line for line in (nights.folder / file).read_text().splitlines() if " noise " in line]
        expect_equal((len(noise), [line for line in noise if line.startswith(bug)]), (len(job["families"]) - 1, []), f"{file} {jobs}")
    (nights.folder / "bugs.known").write_text(before, encoding="utf-8")
    code, _, err = nights.run("known", "learn", "n1/jobs/boot/a/outcome.json.zst", "--state", "noise", "--file", "bugs.known", "--job", "bench/*")
    expect_equal((code, err), (0, ""), "for jobs that the line is not for")


@check
def a_line_is_for_the_jobs_that_have_it(nights):
    """The command that a report has ready: for the job, or for the folder that has all of its jobs."""
    for name, changes in (("one", {READ: 5}), ("two", {CLOSE: 3}), ("three", {CREATE: 7})):
        nights.write(f"{name}.jsonl", changes)
    job = '[[job]]\nname = "{}"\ncanary = "canary.jsonl"\nours = "{}.jsonl"\nknown = ["bugs.known"]\n'
    jobs = [("boot/it's", "one"), ("boot/win/a", "two"), ("boot/win/b", "two"), ("bench/a", "three"), ("run/a", "three")]
    nights.manifest(HEAD + "".join(job.format(*one) for one in jobs))
    _, out, _ = nights.run("batch", "m.toml", "-o", "n1")
    commands = [shlex.split(line) for line in out.splitlines() if line.startswith("    evdiff known add ")]
    told = [command[command.index("--job") + 1] if "--job" in command else None for command in commands]
    expect_equal(sorted(told, key=str), sorted(["boot/it's", "boot/win/*", None], key=str), "jobs")
    for command in commands:
        code, _, err = nights.run(*command[1:])
        expect_equal((code, err), (0, ""), " ".join(command))
    expect_equal(nights.run("judge", "n1")[0], 0, "all are known")


@check
def what_is_known_and_absent_may_be_fixed(nights):
    nights.add(nights.make({READ: 5})[1])
    nights.make({READ: 5})
    code, out, job = nights.make({})
    expect_equal((code, job["state"], states(job), states(job, "lines")), (0, "fixed", [], [("fixed_maybe", "n1")]), "passed")
    expect(", 1 fixed?," in out and "\nFixed?\n" in out and "bugs.known:2: known; https://bugs/1; passed in 1 night in a row" in unwrapped(out), out)
    expect_equal(nights.judge("--fail-on", "fixed")[0], 1, "--fail-on fixed")
    expect_equal(nights.make({})[2]["lines"][0]["is_confirmed"], False, "two nights")
    _, out, job = nights.make({})
    expect_equal(job["lines"][0]["is_confirmed"], True, "three nights")
    expect("passed in 3 nights in a row, which confirms it" in unwrapped(out), out)
    nights.ledger((nights.folder / "bugs.known").read_text().splitlines()[1].replace(" known ", " fixed ", 1) + "\n")
    expect_equal(nights.make({})[0], 0, "listed as fixed")
    code, out, job = nights.make({READ: 5})
    expect_equal((code, job["state"], states(job)), (1, "regressed", [("regressed", "n1")]), "back")
    expect("\nRegressed\n" in out and "regressed, listed as fixed; https://bugs/1" in out, out)


@check
def what_was_not_passed_is_not_fixed(nights):
    nights.add(nights.make({READ: 5})[1])
    _, out, job = nights.make({(8, 30): None, (8, 31): None, READ: None})
    expect_equal([line["state"] for line in job["lines"]], ["masked"], "other events at the place")
    expect("\nMasked\n" in out and "its place lies in family " in unwrapped(out), out)
    cut = {(8, i): None for i in range(27, 45)}
    _, out, job = nights.make(cut)
    expect_equal([line["state"] for line in job["lines"]], ["not_reached"], "the thread ends before")
    expect("\nNot reached\n" in out, out)
    _, _, job = nights.make({})
    expect_equal((job["lines"][0]["state"], job["lines"][0]["passed_nights"]), ("fixed_maybe", 1), "passed once")
    # Another log of canary's has other places.
    nights.write("canary.jsonl", {CREATE: 3})
    _, _, job = nights.make({CREATE: 3})
    expect_equal((job["lines"][0]["state"], "at" in job["lines"][0]), ("absent", False), "another canary")


@check
def a_line_that_is_over_fails(nights):
    _, out, _ = nights.make({READ: 5})
    nights.add(out, until="2020-01-31", owner="mk")
    code, out, job = nights.judge()
    expect_equal((code, job["state"], states(job)), (1, "expired", [("expired", "n1")]), "expired")
    expect("\nExpired\n" in out and "expired, listed as known until 2020-01-31; https://bugs/1; owner mk" in out, out)
    expect_equal(nights.judge("--fail-on", "new")[0], 0, "--fail-on without expired")


@check
def news_in_a_listed_family_are_told(nights):
    nights.add(nights.make({CREATE: 5})[1])
    code, out, job = nights.make({CREATE: 6})
    expect_equal((code, states(job)), (0, [("grown", "n1")]), "other values")
    expect(", 1 grown," in out and "\nGrown\n" in out and "no earlier night had these values" in out, out)
    expect_equal(nights.judge("--fail-on", "grown")[0], 1, "--fail-on grown")
    code, _, job = nights.make({CREATE: 5})
    expect_equal((code, states(job)), (0, [("known", "n1")]), "values of two nights ago")
    code, out, job = nights.make({CREATE: FAILURE})
    expect_equal((code, states(job)), (1, [("new", "n1")]), "a failure")
    expect("new, listed as known: a call fails on one side only, which is not listed" in out, out)


@check
def a_family_in_another_thread_has_grown(nights):
    nights.write("canary.jsonl", {})
    nights.add(nights.make({TICKS: 5})[1])
    code, out, job = nights.make({TICKS: 5, OTHER_TICKS: 5})
    expect_equal((code, states(job)), (0, [("grown", "n1")]), "another thread")
    expect("no earlier night had it" in out or "no earlier night had these values" in out, out)
    code, _, job = nights.make({TICKS: 5, OTHER_TICKS: 5})
    expect_equal(states(job), [("known", "n1")], "seen by then")


@check
def a_family_that_moved_is_told_with_the_line(nights):
    nights.add(nights.make({TICKS: 5})[1])
    line = (nights.folder / "bugs.known").read_text().splitlines()[1]
    nights.ledger(re.sub(r"after=\S+", "after=kernel.call", line) + "\n")
    expect_equal(nights.run("known", "rekey", "bugs.known")[0], 0, "rekey")
    code, out, job = nights.make({TICKS: 5})
    expect_equal((code, job["state"], states(job)), (1, "moved", [("moved", "n1")]), "moved")
    expect("\nMoved\n" in out and re.search(r"moved: the listed family [0-9a-f]{16} did not occur", out), out)
    expect_equal(nights.judge("--fail-on", "new,regressed")[0], 0, "--fail-on without moved")


@check
def what_is_flaky_or_noise_fails_where_it_is_asked_for(nights):
    _, out, _ = nights.make({READ: 5})
    nights.add(out, state="flaky")
    expect_equal(nights.judge()[0], 0, "flaky")
    expect_equal(nights.judge("--fail-on", "flaky")[0], 1, "--fail-on flaky")
    nights.add(out, state="noise")
    expect_equal(nights.judge("--fail-on", "flaky,new")[0], 0, "noise")
    _, out, job = nights.make({})
    expect_equal((len(out.splitlines()), job["state"]), (1, "unchanged"), "noise that is not there is no news")


@check
def roots_are_confirmed_by_runs_or_nights(nights):
    code, out, job = nights.make({READ: 5}, {})
    expect_equal((code, states(job)), (0, [("unconfirmed", "n1")]), "one of two runs")
    code, out, job = nights.make({}, {READ: 5})
    expect_equal((code, states(job)), (1, [("new", "n1")]), "the second night")
    expect("outcome.2.json.zst" in out, "the outcome of the run that has it: " + out)
    nights.add(out)
    expect_equal(nights.judge()[0], 0, "known")
    code, _, job = nights.make({READ: 5, LAST_CLOSE: 7}, {READ: 5, LAST_CLOSE: 7})
    expect_equal((code, states(job)), (1, [("known", "n1"), ("new", "n3")]), "in all runs")


@check
def what_goes_wrong_keeps_what_was_known(nights):
    nights.add(nights.make({READ: 5})[1])
    nights.judge()
    nights.make({READ: 5})
    code, _, job = nights.make({READ: 5}, settings='min_compared = 1000\n')
    expect_equal((code, job["state"], states(job)), (3, "inconclusive", [("known", "n1")]), "inconclusive")
    _, _, job = nights.make({})
    expect_equal(states(job, "lines"), [("fixed_maybe", "n1")], "the night after")


@check
def a_ledger_with_a_fault_ends_it(nights):
    nights.make({READ: 5})
    nights.ledger("0123456789abcdef nois value k c f\n")
    code, out, err = nights.run("judge", "n1")
    expect(code == 2 and out == "" and "bugs.known:2:18: the state is none of" in err, f"{code} {out} {err}")
    before = sorted(path.name for path in nights.folder.iterdir())
    code, out, err = nights.run("batch", "m.toml", "-o", "next")
    expect(code == 2 and out == "" and "bugs.known:2:18: " in err, f"{code} {out} {err}")
    expect_equal(sorted(path.name for path in nights.folder.iterdir()), before, "files")


@check
def a_ledger_is_no_part_of_what_a_diff_is(nights):
    _, out, _ = nights.make({READ: 5})
    nights.add(out)
    code, out, _ = nights.run("batch", "m.toml", "-o", "n1")
    expect_equal((code, out), (0, "night n1: 1 job: 0 new, 1 unchanged (1 run cached), 0 inconclusive, 0 trouble\n"), "cached")


@check
def a_line_is_for_the_jobs_that_it_names(nights):
    _, out, _ = nights.make({READ: 5})
    nights.add(out, job="game/*")
    expect_equal(nights.judge()[0], 1, "another job")
    nights.add(out, job="boot/*")
    expect_equal(nights.judge()[0], 0, "this job")


def prune(nights, *options):
    code, out, err = nights.run("known", "prune", *options, f"n{nights.count}")
    expect_equal((code, err), (0, ""), "prune")
    return out


@check
def prune_makes_fixed_what_was_passed_three_times(nights):
    nights.add(nights.make({READ: 5})[1], reason="reads end elsewhere")
    nights.judge()
    for night in range(3):
        expect_equal(prune(nights), "", f"{night} nights")
        expect_equal(nights.run("known", "check", f"n{nights.count}")[0], 0, f"check after {night} nights")
        nights.make({})
    before = (nights.folder / "bugs.known").read_bytes()
    code, out, _ = nights.run("known", "check", f"n{nights.count}")
    expect(code == 1 and "bugs.known:2:1: fixed: all jobs that had it" in out, f"{code} {out}")
    out = prune(nights, "-n")
    expect("+71fe" in out and " fixed value " in out, out)
    expect_equal((nights.folder / "bugs.known").read_bytes(), before, "a dry run")
    expect_equal(prune(nights), out, "what changed")
    expect(" fixed value " in (nights.folder / "bugs.known").read_text() and "# reads end elsewhere" in (nights.folder / "bugs.known").read_text(), "the line")
    expect_equal((prune(nights), nights.run("known", "check", f"n{nights.count}")[0]), ("", 0), "pruned")
    expect_equal(nights.make({READ: 5})[2]["state"], "regressed", "back")


@check
def prune_takes_out_what_is_stale(nights):
    _, out, _ = nights.make({READ: 5, LAST_CLOSE: 7})
    nights.add(out, state="noise")
    nights.make({LAST_CLOSE: 7})
    for nights_in_a_row in (58, 59):
        path = nights.folder / f"n{nights.count}" / "night.json"
        path.write_text(re.sub(r'"passed_nights": \d+', f'"passed_nights": {nights_in_a_row}', path.read_text()))
        _, out, job = nights.make({LAST_CLOSE: 7})
        expect_equal(job["lines"][0]["state"], "absent" if nights_in_a_row == 58 else "stale", f"{nights_in_a_row + 1} nights")
    expect("\nStale\n" in out and "passed in 60 nights in a row" in unwrapped(out), out)
    expect("-" in prune(nights), "a line that goes")
    expect_equal((nights.folder / "bugs.known").read_text(), "#evdiff known 1\n", "the ledger")


@check
def prune_leaves_what_a_job_still_has(nights):
    """Of two jobs with one ledger, one passes the place and the other has the family, or says nothing."""
    def make(number, other, settings=""):
        nights.write("a.jsonl", {} if number > 1 else {READ: 5})
        nights.write("b.jsonl", other)
        jobs = "".join(f'[[job]]\nname = "{name}"\ncanary = "canary.jsonl"\nours = "{name}.jsonl"\nknown = "bugs.known"\n' for name in "ab")
        nights.manifest(HEAD + jobs + settings)
        nights.count = number
        return nights.run("batch", "m.toml", "-o", f"n{number}", *(["--previous", f"n{number - 1}"] if number > 1 else []))
    nights.add(make(1, {READ: 5})[1])
    for number in range(2, 6):
        make(number, {READ: 5})
    expect_equal((prune(nights), nights.run("known", "check", "n5")[0]), ("", 0), "it is there in b")
    make(6, {})
    expect_equal(prune(nights), "", "b has passed it once")
    for number in range(7, 9):
        make(number, {})
    make(9, {}, "min_compared = 1000\n")
    expect_equal(prune(nights), "", "b says nothing tonight")
    make(10, {})
    expect(" fixed value " in prune(nights), "both have passed it")


@check
def no_report_is_written_over_what_is_read(nights):
    nights.make({READ: 5})
    (nights.folder / "rules.json").write_text(nights.run("rules")[1])
    nights.manifest(HEAD + '[[job]]\nname = "boot/a"\ncanary = "canary.jsonl"\nours = "ours0.jsonl"\ncontrol = "a.jsonl"\n'
                    'known = ["bugs.known"]\nrules = "rules.json"\n')
    expect_equal(nights.run("batch", "m.toml", "-o", "n1", "--report", "json=all.json")[0], 0, "a report beside")
    read = ["m.toml", "canary.jsonl", "ours0.jsonl", "a.jsonl", "bugs.known", "rules.json", "n1/plan.json", "n1/night.json",
            "n1/.lock", "n1/jobs/boot/a/job.json", "n1/jobs/boot/a/outcome.json.zst"]
    def contents():
        return {path: path.read_bytes() for path in nights.folder.rglob("*") if path.is_file()}
    before = contents()
    for path in read:
        for command in (["batch", "m.toml", "-o", "n1"], ["batch", "n1"], ["judge", "n1"]):
            code, out, err = nights.run(*command, "--report", f"json={path}")
            expect(code == 2 and out == "" and path.rpartition("/")[2] in err, f"{command} over {path}: {code} {out} {err}")
            expect_equal(contents(), before, f"files after {command} over {path}")
            with open(nights.folder / path, "ab") as output:
                done = subprocess.run([nights.evdiff, *command], cwd=nights.folder, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
            expect(done.returncode == 2 and "standard output is" in done.stderr, f"{command} >> {path}: {done.stderr}")
            expect_equal(contents(), before, f"files after {command} >> {path}")
    for again in ("", JUDGED_AGAIN.format("n3")):  # the nights have one outcome by two names
        code, _, err = nights.run("batch", "m.toml", "-o", "n3", "--previous", "n1")
        expect_equal((code, err), (0, again), "a night after another")
    expect((nights.folder / "n3/jobs/boot/a/outcome.json.zst").samefile(nights.folder / "n1/jobs/boot/a/outcome.json.zst"), "two outcomes")
    before = contents()
    for path in "n1/plan.json", "n1/night.json", "n1/.lock", "n1/jobs/boot/a/outcome.json.zst":
        code, _, err = nights.run("batch", "m.toml", "-o", "n2", "--previous", "n1", "--report", f"json={path}")
        expect(code == 2 and "is a file of the night" in err, f"over {path} of the night before: {err}")
        expect_equal({name: data for name, data in contents().items() if "n2" not in name.parts}, before, f"files of the night before after {path}")
    code, _, err = nights.run("batch", "m.toml", "-o", "n9", "--report", "json=x", "--report", "text=./x")
    expect(code == 2 and "name the same file" in err, err)
    code, _, err = nights.run("batch", "m.toml", "-o", "n9", "--report", "text=n9/night.json")
    expect(code == 2 and sorted(path.name for path in (nights.folder / "n9").iterdir()) == [".lock"], err)


@check
def no_file_of_a_night_is_written_over_what_it_reads(nights):
    nights.make({READ: 5})
    (nights.folder / "night.json").write_bytes((nights.folder / "canary.jsonl").read_bytes())
    text = (HEAD + '[[job]]\nname = "boot/a"\ncanary = "night.json"\nours = "ours0.jsonl"\n')
    nights.manifest(text)
    (nights.folder / "plan.json").write_text(text)
    for manifest, said in ("m.toml", "is a file of the night, and one of the logs"), ("plan.json", "is the manifest, and a file of the night"):
        before = {path: path.read_bytes() for path in nights.folder.rglob("*") if path.is_file()}
        code, _, err = nights.run("batch", manifest, "-o", ".")
        expect(code == 2 and said in err, f"{manifest}: {err}")
        (nights.folder / ".lock").unlink()
        expect_equal({path: path.read_bytes() for path in nights.folder.rglob("*") if path.is_file()}, before, manifest)


@check
def the_night_before_may_be_anything(nights):
    """Values of before.json that are none, too large, of another type, or absent: the night is judged, or refused with one line."""
    nights.add(nights.make({READ: 5, CREATE: 6})[1])
    nights.make({CREATE: 6})
    nights.make({READ: 5})
    path = nights.folder / "n3" / "before.json"
    text = path.read_text()
    odd = ["null", "-1", "1e400", "99999999999999999999", '""', '"0123456789abcdef"', "[]", "{}", "[[]]", "true", '"\\u0000"',
           "9223372036854775807", "[9223372036854775807, 18446744073709551615]", '["0123456789abcdef", "0123456789abcdef"]']
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    for turn in range(120):
        members = list(re.finditer(r'("[a-z_]+": )("(?:[^"\\]|\\.)*"|[0-9]+|true|false|\[[^\[\]{}]*\])', text))
        made = text
        for member in sorted(chance.sample(members, chance.randint(1, 4)), key=lambda found: -found.start()):
            changed = member[1] + chance.choice(odd) if chance.random() < 0.8 else '"other": 1'
            made = made[:member.start()] + changed + made[member.end():]
        path.write_text(made)
        code, out, err = nights.run("judge", "n3")
        expect(code in (0, 1, 2) and len(err.splitlines()) == (code == 2), f"seed {seed}, turn {turn}: {code} {err}")
        expect(out.startswith("night n3: 1 job: ") or code == 2, f"seed {seed}, turn {turn}: {out}")


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, Nights, check))
