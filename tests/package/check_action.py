#!/usr/bin/env python3
"""action.yml, the step for GitHub Actions, as far as it can be tried without GitHub: what its steps run, run here.

    check_action.py --evdiff PATH --logs CANARY OURS

The build is left out: evdiff lies where that step would have put it.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(description="Try the steps of action.yml.")
    parser.add_argument("--evdiff", required=True, type=Path, help="the program under test")
    parser.add_argument("--logs", required=True, nargs=2, type=Path, help="two logs that differ")
    options = parser.parse_args()
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert action["runs"]["using"] == "composite"
    canary, ours = (path.resolve() for path in options.logs)
    code, folder = run_action(action, options.evdiff.resolve(), canary, ours)
    assert code == 1, code
    assert sorted(os.listdir(folder.name + "/evdiff-reports")) == ["evdiff.json", "evdiff.md", "evdiff.xml", "summary.md"]
    shown = Path(folder.name, "step-summary").read_text(encoding="utf-8")
    assert shown == "before\n" + Path(folder.name, "evdiff-reports/summary.md").read_text(encoding="utf-8"), shown
    code, folder = run_action(action, options.evdiff.resolve(), canary, canary)
    assert code == 0, code
    code, folder = run_action(action, options.evdiff.resolve(), canary, Path("$(touch injected)"))
    assert code == 2, code
    assert not Path(folder.name, "injected").exists(), "an input was run as a command"
    print("action.yml diffs, shows its summary and keeps its reports")
    return 0


def run_action(action, evdiff, canary, ours):
    """The exit code of the step that diffs, and the folder that all of it ran in."""
    folder = tempfile.TemporaryDirectory()
    build = Path(folder.name, "evdiff-build")
    build.mkdir()
    (build / "evdiff").symlink_to(evdiff)
    summary = Path(folder.name, "step-summary")
    summary.write_text("before\n", encoding="utf-8")
    inputs = {name: str(given.get("default", "")) for name, given in action["inputs"].items()}
    inputs.update(canary=str(canary), ours=str(ours))
    codes = {}
    for step in action["runs"]["steps"]:
        if "run" not in step or step["name"] == "Build evdiff":
            continue
        assert "${{" not in step["run"], f"{step['name']}: an expression in a script can be made to run what an input says"
        environment = {**os.environ, "RUNNER_TEMP": folder.name, "GITHUB_STEP_SUMMARY": str(summary)}
        for name, value in step.get("env", {}).items():
            environment[name] = re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: inputs[found.group(1)], value)
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", step["run"]], cwd=folder.name, env=environment,
                              capture_output=True, text=True, check=False)
        codes[step["name"]] = done.returncode
    return codes["Diff"], folder


if __name__ == "__main__":
    sys.exit(main())
