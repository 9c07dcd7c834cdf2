#!/usr/bin/env python3
"""scripts/quickstart makes build/ anew where it must, keeps it where it can, and says what it does.

    check_quickstart.py --build FOLDER

It runs in a folder with meson, ninja and dpkg-query that only write down what they are asked for; FOLDER, a real build,
tells that meson writes down its folders where the script looks.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAMS = {
    "dpkg-query": "printf 'install ok installed'",
    "apt-get": "exit 1",
    "meson": """
echo "meson $*" >>calls
mkdir -p build/meson-private build/meson-info
echo >build/build.ninja
printf '{"directories": {"source": "%s", "build": "%s/build"}}' "$PWD" "$PWD" >build/meson-info/meson-info.json
[ ! -e meson-fails ] || { echo "meson says why"; exit 1; }
""",
    "ninja": """
echo "ninja $*" >>calls
case "$*" in
*build.ninja) [ ! -e build/is-stale ]; exit ;;
esac
for step in 1 2 25 26 50 60; do echo "[$step/60] Compiling $step"; done
if [ -e build/is-broken ] || [ -e source-is-broken ]; then
    echo "FAILED: x.o"; echo "x.c:1:1: error: no good"; echo "ninja: build stopped: subcommand failed."; exit 1
fi
printf '#!/bin/sh\\n[ ! -e build/runs-elsewhere ] || exit 126\\necho "ran $*"\\n' >build/evdiff
chmod +x build/evdiff
""",
}
MADE_ANEW = "it is made anew"


class Folder:
    """A copy of what the script needs, at a path that JSON and shells must quote."""

    def __init__(self, base):
        self.path = Path(base, "a \"folder\" é")
        (self.path / "scripts").mkdir(parents=True)
        for name in ("quickstart", "packages"):
            shutil.copy(ROOT / "scripts" / name, self.path / "scripts")
        self.programs = Path(base, "bin")
        self.programs.mkdir()
        for name, text in PROGRAMS.items():
            program = self.programs / name
            # The paths in JSON, as meson spells them.
            text = text.replace('"$PWD" "$PWD"', """"$(pwd | sed 's/"/\\\\"/g')" "$(pwd | sed 's/"/\\\\"/g')\"""")
            program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            program.chmod(0o755)

    def run(self):
        """Exit code, output, and the calls of meson and ninja in their order."""
        (self.path / "calls").unlink(missing_ok=True)
        done = subprocess.run(["sh", self.path / "scripts/quickstart"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, check=False,
                              env={**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}"})
        calls = self.path / "calls"
        return done.returncode, done.stdout, calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []


def is_made_anew(result, why):
    code, said, calls = result
    return (code == 0 and said.count(MADE_ANEW) == 1 and f"build/ {why}; {MADE_ANEW}" in said
            and sum(call.startswith("meson setup build ") for call in calls) == 1 and "ran --version" not in said
            and "ran diff" in said)


def is_kept(result):
    code, said, calls = result
    return code == 0 and MADE_ANEW not in said and not any(call.startswith("meson") for call in calls) and "ran diff" in said


def spoil_info(text):
    def spoil(folder):
        (folder.path / "build/meson-info/meson-info.json").write_text(text, encoding="utf-8")
    return spoil


def touch(name):
    return lambda folder: (folder.path / name).touch()


def move(folder):
    new = folder.path.with_name("moved")
    folder.path.rename(new)
    folder.path = new


ELSEWHERE = "was made in another folder, or is not whole"
SPOILS = {
    "moved": (move, ELSEWHERE),
    "no facts": (lambda folder: (folder.path / "build/meson-info/meson-info.json").unlink(), ELSEWHERE),
    "cut facts": (spoil_info('{"directories": {"sou'), ELSEWHERE),
    "facts of another kind": (spoil_info("[1]"), ELSEWHERE),
    "facts without folders": (spoil_info("{}"), ELSEWHERE),
    "facts of another source": (spoil_info('{"directories": {"source": "/elsewhere", "build": "/elsewhere/build"}}'), ELSEWHERE),
    "no build.ninja": (lambda folder: (folder.path / "build/build.ninja").unlink(), ELSEWHERE),
    "does not regenerate": (touch("build/is-stale"), "can not be used on this machine"),
    "does not build": (touch("build/is-broken"), "was here before and does not build"),
    "does not run": (touch("build/runs-elsewhere"), "was here before and does not build"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=Path, help="a folder that the real meson made")
    made = json.loads((parser.parse_args().build / "meson-info/meson-info.json").read_text(encoding="utf-8"))["directories"]
    problems = []

    def hold(name, is_good, result):
        if not is_good:
            problems.append(f"{name}: exit {result[0]}, {result[2]}\n{result[1]}")

    hold("the real meson's facts", Path(made["source"]).resolve() == ROOT and Path(made["build"]).is_dir(), (0, made, []))
    for name, (spoil, why) in SPOILS.items():
        with tempfile.TemporaryDirectory(prefix="evdiff-quickstart-") as base:
            folder = Folder(base)
            result = folder.run()
            code, said, calls = result
            hold("first run", code == 0 and MADE_ANEW not in said and len(calls) == 2 and "Configuring build/\n" in said
                 and "Building build/evdiff\n[25/60] Compiling 25\n[50/60] Compiling 50\n[60/60] Compiling 60\n" in said, result)
            result = folder.run()
            hold("second run", is_kept(result), result)
            spoil(folder)
            result = folder.run()
            hold(name, is_made_anew(result, why), result)
            result = folder.run()
            hold(f"after {name}", is_kept(result), result)
    with tempfile.TemporaryDirectory(prefix="evdiff-quickstart-") as base:
        folder = Folder(base)
        (folder.path / "source-is-broken").touch()
        result = folder.run()
        hold("a source that never built", result[0] == 1 and result[1].count("error: no good") == 1
             and MADE_ANEW not in result[1], result)
        (folder.path / "source-is-broken").unlink()
        shutil.rmtree(folder.path / "build")
        (folder.path / "build").mkdir()
        result = folder.run()
        hold("an empty folder", result[0] == 0 and MADE_ANEW not in result[1] and len(result[2]) == 2, result)
        (folder.path / "source-is-broken").touch()
        result = folder.run()
        hold("a source that does not build", result[0] == 1 and result[1].count("error: no good") == 2
             and result[1].count(MADE_ANEW) == 1, result)
        (folder.path / "meson-fails").touch()
        result = folder.run()
        hold("meson fails", result[0] == 1 and "meson says why" in result[1] and "ran diff" not in result[1], result)
        shutil.rmtree(folder.path / "build")
        (folder.path / "build").mkdir()
        (folder.path / "build/mine").touch()
        result = folder.run()
        hold("a folder that is not meson's", result[0] == 1 and not result[2] and "move it away" in result[1]
             and (folder.path / "build/mine").exists(), result)
    print("\n".join(problems))
    print(f"{len(SPOILS)} ways to spoil a build, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
