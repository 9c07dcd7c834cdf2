#!/usr/bin/python3
"""The files of docs/ci.md work, as far as that can be seen without the servers they are for.

- YAML is YAML, and has what its server wants; every command in it, in the Jenkinsfile and in scripts is taken by a shell, and every
  option and report that it gives evdiff is one that evdiff has.
- The scripts run: the loop of many pairs and the nightly script, with a mail program that keeps what it is sent.
"""
import argparse
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "tests/cli/logs"


def main():
    parser = argparse.ArgumentParser(description="Try the files of docs/ci.md.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    evdiff = parser.parse_args().evdiff.resolve()
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```([a-z]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    of_language = {language: [block for name, block in blocks if name == language] for language in ("yaml", "bash", "sh", "groovy")}
    assert [len(blocks) for blocks in of_language.values()] == [2, 1, 1, 1], of_language
    github, gitlab = (yaml.safe_load(block) for block in of_language["yaml"])
    [loop], [nightly], [jenkins] = of_language["bash"], of_language["sh"], of_language["groovy"]
    scripts = github_scripts(github) + gitlab_scripts(gitlab) + jenkins_scripts(jenkins) + [loop, nightly]
    options = count_options(evdiff, scripts, text)
    for script in scripts:
        parsed = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert parsed.returncode == 0 and not parsed.stderr, f"{script}\n{parsed.stderr}"
    with tempfile.TemporaryDirectory(prefix="evdiff-ci-") as folder:
        try_loop(loop, evdiff, Path(folder, "loop"))
        try_nightly(nightly, evdiff, Path(folder, "nightly"))
    print(f"{len(scripts)} scripts, {options} options")


def github_scripts(workflow):
    """The commands of a workflow, whose steps each do one thing."""
    assert True in workflow and workflow["jobs"], workflow  # "on", to a reader of YAML 1.1
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    for step in steps:
        assert ("run" in step) != ("uses" in step), step
        assert step.keys() <= {"name", "run", "uses", "with", "if", "shell", "env"}, step
        assert re.fullmatch(r"[\w/-]+@v\d+", step.get("uses", "a/b@v1")), step
    return [step["run"] for step in steps if "run" in step]


def gitlab_scripts(pipeline):
    """The commands of a pipeline."""
    job = pipeline["boot"]
    assert job["stage"] in pipeline["stages"], pipeline
    assert job.keys() <= {"stage", "image", "variables", "before_script", "script", "allow_failure", "artifacts"}, job
    assert job["artifacts"]["reports"]["junit"] in "\n".join(job["script"]), job
    return job["before_script"] + job["script"]


def jenkins_scripts(text):
    """The commands of a Jenkinsfile, whose brackets all close."""
    bare = re.sub(r"'''.*?'''|'[^'\n]*'|\"[^\"\n]*\"", "", text, flags=re.DOTALL)
    open_brackets = []
    for letter in bare:
        if letter in "({[":
            open_brackets.append(letter)
        elif letter in ")}]":
            assert open_brackets and open_brackets.pop() + letter in ("()", "{}", "[]"), text
    assert not open_brackets, text
    scripts = [script.replace("\\\\", "\\") for script in re.findall(r"'''\n(.*?)'''", text, re.DOTALL)]
    return scripts + re.findall(r"^ *sh '([^'\n]+)'$", text, re.MULTILINE)


def count_options(evdiff, scripts, text):
    """Every option of a diff, and every format of a report, is one of the program's; returns how many there are."""
    told = subprocess.run([evdiff, "diff", "--help"], check=True, capture_output=True, text=True).stdout
    known = set(re.findall(r"--[a-z][a-z-]+", told))
    formats = set(re.findall(r"^ {20,}([a-z-]+) {2,}\S", told, re.MULTILINE))
    assert {"--exit-code", "--job"} <= known and {"junit", "github"} <= formats, (known, formats)
    count = 0
    for script in scripts:
        for command in re.findall(r"evdiff diff ((?:\\\n|.)*)", script):
            used = re.findall(r"(?<!\S)--[a-z-]+", command)
            count += len(used)
            assert set(used) <= known, f"{set(used) - known} of {command}"
    assert count > 30, f"only {count} options"
    reports = re.findall(r"--report ([a-z-]+)=", text)
    assert set(reports) <= formats, set(reports) - formats
    return count


def pack(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["zstd", "-q", source, "-o", target], check=True)


def make_logs(folder, names):
    """Logs of canary, and of ours: the same, a different one, or a damaged one."""
    for name, ours in names.items():
        pack(LOGS / "calls.jsonl", folder / f"canary/{name}.jsonl.zst")
        pack(LOGS / ours, folder / f"ours/{name}.jsonl.zst")


def try_loop(script, evdiff, folder):
    """One pair differs, the other does not."""
    make_logs(folder, {"boot": "calls-ours.jsonl", "shutdown": "calls.jsonl"})
    (folder / "evdiff/build").mkdir(parents=True)
    (folder / "evdiff/build/evdiff").symlink_to(evdiff)
    summary = folder / "summary"
    summary.write_text("before\n")
    done = subprocess.run(["bash", "-c", script], cwd=folder, env={**os.environ, "GITHUB_STEP_SUMMARY": str(summary)},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    assert [line.partition("::")[0] or line.split()[0] for line in done.stdout.splitlines()] == ["::error", "::error", "::notice"], done
    heads = [line for line in summary.read_text().splitlines() if line.startswith(("before", "## "))]
    assert heads == ["before", "## evdiff: `boot` diverged", "## evdiff: `shutdown` equal"], heads


def try_nightly(script, evdiff, folder):
    """Nights without and with something to look at."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "evdiff").symlink_to(evdiff)
    for name, text in (("nightly-evdiff", script), ("mail", f'#!/bin/sh\n{{ echo "$@"; cat; }} >"{folder}/sent"\n')):
        path = programs / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    for names, code in (({"boot": "calls.jsonl"}, 0),
                        ({"boot": "calls.jsonl", "run": "calls-ours.jsonl"}, 1)):
        traces = folder / f"traces{len(names)}"
        make_logs(traces, names)
        if code:
            shutil.copy(traces / "canary/boot.jsonl.zst", traces / "canary/torn.jsonl.zst")
            (traces / "ours/torn.jsonl.zst").write_text("{}\n")
        done = subprocess.run(["nightly-evdiff", traces, "team@example.org"], check=False, capture_output=True, text=True,
                              env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"})
        assert done.returncode == code and not done.stdout + done.stderr, done
        assert (folder / "sent").exists() == bool(code), traces
    sent = (folder / "sent").read_text().splitlines()
    assert sent[0] == "-s evdiff: 2 of 3 pairs to look at team@example.org", sent
    assert [line for line in sent if line.startswith("== ")] == ["== run: exit code 1", "== torn: exit code 2"], sent
    assert any(line.startswith("Diverged: 1 of 2 thread pairs") for line in sent), sent
    assert any(line.startswith("evdiff: ours/torn.jsonl.zst:1:1: ") for line in sent), sent


if __name__ == "__main__":
    sys.exit(main())
