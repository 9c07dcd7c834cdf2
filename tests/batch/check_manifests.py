#!/usr/bin/env python3
"""The manifests of evdiff batch: what is refused and where, names at their limits, lines of JSON, globs as templates.

    check_manifests.py --evdiff PROGRAM
"""
import json
import shutil
import sys

from harness import HEAD, JOB, Batch, Checks, expect, expect_equal, run_checks

# A manifest, and what is said of it behind its path.
MISTAKES = [
    ("", ":1:1: a manifest says which version of the format it is: evdiff = 1"),
    ("evdiff = 2\n" + JOB, ":1:10: this program reads manifests of version 1: evdiff = 1"),
    ('evdiff = "1"\n' + JOB, ":1:10: this program reads manifests of version 1: evdiff = 1"),
    (HEAD, ":1:1: there is no job in it"),
    (HEAD + "evdiff = 1\n" + JOB, ":2:"),
    (HEAD + "x = = 2\n", ":2:5: "),
    (HEAD + 'a = "\n', ":2:"),
    (HEAD + "jobs = 2\n" + JOB, ':2:1: "jobs" is no key of a manifest; did you mean "job"?'),
    (HEAD + "job = 2\n", ':2:7: "job" is to be an array of tables: [[job]]'),
    (HEAD + "job = [1]\n", ':2:8: "job" is to be a table: [[job]]'),
    (HEAD + "defaults = 2\n" + JOB, ':2:12: "defaults" is to be a table: [defaults]'),
    (HEAD + '[defaults]\ntimeot = "2m"\n' + JOB, ':3:1: "timeot" is no key of [defaults]; did you mean "timeout"?'),
    (HEAD + '[defaults]\nname = "x"\n' + JOB, ':3:1: "name" is no key of [defaults]'),
    (HEAD + JOB + "timout = 2\n", ':6:1: "timout" is no key of a job; did you mean "timeout"?'),
    (HEAD + JOB + "timeout = 2\n", ':6:11: "timeout" is to be a time from "1s" to "168h", such as "90s", "20m" or "2h"'),
    (HEAD + JOB + 'timeout = "0s"\n', ':6:11: "timeout" is to be a time'),
    (HEAD + JOB + 'timeout = "169h"\n', ':6:11: "timeout" is to be a time'),
    (HEAD + JOB + 'timeout = "2"\n', ':6:11: "timeout" is to be a time'),
    (HEAD + JOB + "confirm = 0\n", ':6:11: "confirm" is to be a number of nights from 1 to 1000'),
    (HEAD + JOB + "confirm = 1001\n", ':6:11: "confirm" is to be a number of nights'),
    (HEAD + JOB + "tolerant = 1\n", ':6:12: "tolerant" is to be true or false'),
    (HEAD + JOB + 'min_compared = "101%"\n', ':6:16: "min_compared" is to be a number of events, or a share'),
    (HEAD + JOB + "min_compared = -1\n", ':6:16: "min_compared" is to be'),
    (HEAD + JOB + 'max_unpacked = "4X"\n', ':6:16: "max_unpacked" is to be a number of bytes'),
    (HEAD + JOB + 'memory = "4X"\n', ':6:10: "memory" is to be a number of bytes'),
    (HEAD + JOB + 'index = "yes"\n', ':6:9: "index" is to be "auto", "off", "require" or "save"'),
    (HEAD + JOB + 'rules = "no.json"\n', ":6:9: \"rules\": there is no file 'no.json' beside the manifest"),
    (HEAD + JOB + 'known = ["a.jsonl", "no.known"]\n', ":6:21: \"known\": there is no file 'no.known' beside the manifest"),
    (HEAD + JOB + 'known = ["a.jsonl"' + ', "a.jsonl"' * 64 + "]\n", ':6:9: "known" is to name at most 64 files'),
    (HEAD + JOB + 'known = ["a.jsonl", 2]\n', ':6:21: "known" is to be a text'),
    (HEAD + JOB + 'pair = "alike"\n', ":6:8: \"pair\": there is no file 'alike' beside the manifest"),
    (HEAD + JOB + 'pair = "similarity"\ntid_map = "1=1"\n', ':2:1: the job has "tid_map" and "pair"'),
    (HEAD + JOB + 'rules = ""\n', ':6:9: "rules" is empty'),
    (HEAD + 'fail_on = ["new", "gone"]\n' + JOB, ":2:11: \"fail_on\": 'gone' is no state that a night can fail on"),
    (HEAD + '[[job]]\nname = "a"\nours = "b.jsonl"\n', ':2:1: the job has no "canary"'),
    (HEAD + '[[job]]\nname = 2\n', ':3:8: "name" is to be a text'),
    (HEAD + JOB.replace('"b.jsonl"', "[]"), ':5:8: "ours" is to name 1 to 64 logs'),
    (HEAD + JOB.replace('"b.jsonl"', '["b.jsonl"' + ', "b.jsonl"' * 64 + "]"), ':5:8: "ours" is to name 1 to 64 logs'),
    (HEAD + JOB + 'control = ["c"' + ', "c"' * 64 + "]\n", ":2:1: a job has at most 64 control runs"),
    (HEAD + JOB + 'control = ["c.jsonl", "./b.jsonl"]\n',
     ":2:1: job 'a': the control run './b.jsonl' is a log of ours; a control run is a run of its own"),
    (HEAD + JOB + 'control_of_ours = ["a.jsonl"]\n', ":2:1: job 'a': the control run 'a.jsonl' is the log of canary"),
    (HEAD + JOB + 'control = ["c.jsonl"]\ncontrol_of_ours = ["d.jsonl", "c.jsonl"]\n',
     ":2:1: job 'a': the control run 'c.jsonl' is a control run already"),
    (HEAD + JOB + JOB, ":6:1: two jobs are called 'a'"),
    (HEAD + JOB.replace('"b.jsonl"', '"none/{x}.jsonl"').replace('"a"', '"{x}"'), ":5:8: no file matches 'none/{x}.jsonl'"),
    (HEAD + JOB.replace('"b.jsonl"', '"{x}.jsonl"'), ":2:1: two jobs are called 'a'"),
    (HEAD + JOB.replace('"a"', '"{x}"'), ':3:8: {x} is not in "ours", where it would get its values'),
    (HEAD + JOB.replace('"b.jsonl"', '"{X}.jsonl"'), ":5:8: a '{' begins no name such as {x}"),
    (HEAD + JOB.replace('"b.jsonl"', '"x}.jsonl"'), ":5:8: a '}' ends no name such as {x}"),
    (HEAD + JOB.replace('"b.jsonl"', '"{x}{y}.jsonl"'), ":5:8: two names follow each other"),
]

NAMES = {
    "": '"name" is empty',
    "  ": "the name is blank",
    "../a": "no part of a name begins with '.'",
    "a/../b": "no part of a name begins with '.'",
    "a/.b": "no part of a name begins with '.'",
    "/a": "a name has no empty part",
    "a/": "a name has no empty part",
    "a//b": "a name has no empty part",
    "a\\tb": "the name has a control character",
    "a\\u007fb": "the name has a control character",
    "a\\u009bb": "the name has a control character",
    "a\\u0000b": "a text holds a zero byte",
    "a/job.json": "a part of the name is that of a file that a job's folder has",
    "outcome.2.json.zst/a": "a part of the name is that of a file that a job's folder has",
    "a" * 256: "a part of the name is longer than 255 bytes",
    "/".join(["a" * 85] * 6): "the name is longer than 512 bytes",
}

# Lines on standard input, and what is said of them.
LINES = [
    ("", "standard input:1:1: there is no job in it"),
    ("[]\n", "standard input:1:1: "),
    ('{"name": "a", "canary": "a.jsonl", "ours": "b.jsonl"}\n{"name": }\n', "standard input:2:10: "),
    ('{"name": "a", "nam": 1}\n', 'standard input:1:15: "nam" is no key of a job; did you mean "name"?'),
    ('{"name": "a", "name": "b"}\n', "standard input:1:15: a key is there twice"),
    ('\n{"name": ["a"], "canary": 1}\n', 'standard input:2:10: "name" is to be a text'),
    ('{"name": "a", "canary": "a.jsonl", "ours": [[[[[[[[["b"]]]]]]]]]}\n', "standard input:1:52: values nest too deep"),
    ('{"name": "a", "canary": "a.jsonl", "ours": "b.jsonl", "confirm": 1.5}\n',
     'standard input:1:66: "confirm" is to be a number of nights'),
    ('{"name": "a", "canary": "a.jsonl", "ours": "b.jsonl"}\n' * 2, "standard input:2:1: two jobs are called 'a'"),
]

check = Checks()


@check
def refuses_manifests(batch):
    for text, said in MISTAKES:
        batch.manifest(text)
        code, out, err = batch.run("batch", "m.toml", "--out", "night")
        expect_equal((code, out), (2, ""), f"exit code and output of {text!r}")
        expect(err.startswith(f"evdiff: m.toml{said}"), f"{text!r} says {err!r}, not {said!r}")
        expect(err.count("\n") == 1, f"{text!r} says more than a line: {err!r}")
        expect(not (batch.folder / "night").exists(), f"{text!r} has made a folder")


@check
def refuses_names(batch):
    for name, said in NAMES.items():
        batch.manifest(HEAD + JOB.replace('name = "a"', f'name = "{name}"'))
        code, _, err = batch.run("batch", "m.toml", "--out", "night")
        expect(code == 2 and err.startswith("evdiff: m.toml:3:8: ") and said in err, f"the name {name!r} says {err!r}")
        expect(not (batch.folder / "night").exists(), f"the name {name!r} has made a folder")


@check
def takes_names_at_their_limits(batch):
    names = ["a" * 255, "/".join(["a" * 127] * 4), "job.jsonx", "ä ö", "-x", "a.b"]
    batch.manifest(HEAD + "".join(JOB.replace('name = "a"', f'name = "{name}"') for name in names))
    code, _, err = batch.run("batch", "m.toml", "--out", "night")
    expect_equal((code, err), (1, ""), "exit code and messages")
    for name in names:
        expect_equal(batch.record(name)["verdict"], "diverged", name)


@check
def refuses_names_of_files(batch):
    (batch.folder / "t").mkdir()
    shutil.copyfile(batch.folder / "b.jsonl", batch.folder / "t/x\ny.jsonl")
    batch.manifest(HEAD + '[[job]]\nname = "{x}"\ncanary = "a.jsonl"\nours = "t/{x}.jsonl"\n')
    code, _, err = batch.run("batch", "m.toml", "--out", "night")
    expect_equal((code, err), (2, "evdiff: m.toml:3:8: no job can be called 'x\\x0ay': the name has a control character\n"),
                 "a line end in the name of a log")


@check
def refuses_lines(batch):
    for text, said in LINES:
        code, _, err = batch.run("batch", "-", "--out", "night", text=text)
        expect(code == 2 and err.startswith(f"evdiff: {said}"), f"{text!r} says {err!r}")
    line = json.dumps({"name": "a", "canary": "a.jsonl", "ours": ["a.jsonl", "b.jsonl"], "timeout": "1m", "confirm": 1})
    code, _, err = batch.run("batch", "-", "--out", "night", text=line)
    expect_equal((code, err), (1, ""), "exit code and messages of a good line")
    expect_equal([run["verdict"] for run in batch.night()["jobs"][0]["runs"]], ["equal", "diverged"], "verdicts")


@check
def matches_templates(batch):
    for side in "canary", "ours":
        for name in "boot/x-1", "boot/x-2", "game/y":
            path = batch.folder / side / f"{name}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(batch.folder / "a.jsonl", path)
    (batch.folder / "ours/boot/.hidden.jsonl").write_text("")
    shutil.copyfile(batch.folder / "a.jsonl", batch.folder / "canary/boot/lost.jsonl")
    batch.manifest(HEAD + '[[job]]\nname = "{suite}/{test}"\ncanary = "canary/{suite}/{test}.jsonl"\n'
                   'ours = "ours/{suite}/{test}.jsonl"\n')
    code, out, _ = batch.run("batch", "m.toml", "--out", "night")
    states = {job["name"]: (job["state"], job["runs"][0]["result"]) for job in batch.night()["jobs"]}
    expect_equal(states, {"boot/lost": ("trouble", "missing log"), "boot/x-1": ("unchanged", "done"),
                          "boot/x-2": ("unchanged", "done"), "game/y": ("unchanged", "done")}, "jobs")
    expect_equal(code, 2, "exit code where a log is missing")
    expect("ours/boot/lost.jsonl: No such file or directory" in out, out)
    # The paths of a plan, of whichever folder the program is called from.
    code, _, _ = batch.run("batch", str(batch.folder / "m.toml"), "--out", str(batch.folder / "other"), "-q")
    expect_equal((batch.folder / "other/jobs/game/y/outcome.json.zst").read_bytes(),
                 (batch.folder / "night/jobs/game/y/outcome.json.zst").read_bytes(), "outcome by absolute paths")


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, Batch, check))
