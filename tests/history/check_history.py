#!/usr/bin/env python3
"""evdiff history on files that are none of its own: of every version, of other programs, damaged, hostile.

    check_history.py --evdiff PROGRAM [--save]

For each version of the format there are tests/data/history/vN.history.gz, a file that it made, and vN.tsv, what the newest program says
of its families. `--save` makes those of the present version. What is drawn is drawn by a seed, which a failure tells.
"""
import argparse
import gzip
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAVED = ROOT / "tests/data/history"
LOGS = ROOT / "tests/cli/logs"
QUESTIONS = [["trend"], ["new"], ["family"], ["family", "7"], ["job"], ["job", "boot/a"], ["flaky"]]
SEED = 20261129
DAMAGES = 120
NUMBERS = [-1, -2**63, 2**63 - 1, 2**61, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evdiff", required=True)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evdiff-history-") as folder:
        tests = Tests(arguments.evdiff, Path(folder))
        tests.make_nights()
        if arguments.save:
            tests.save()
            return 0
        for name in [name for name in dir(tests) if name.startswith("test_")]:
            getattr(tests, name)()
        print("\n".join(tests.faults) or f"{tests.runs} runs")
        return 1 if tests.faults else 0


class Tests:
    def __init__(self, evdiff, folder):
        self.evdiff, self.folder, self.runs, self.faults = str(Path(evdiff).resolve()), folder, 0, []
        self.history = folder / "all.history"
        self.version = int(re.search(r"EVD_HISTORY_VERSION = (\d+)",
                                     (ROOT / "include/evdiff/history.h").read_text()).group(1))

    def run(self, *words):
        self.runs += 1
        return subprocess.run([self.evdiff, "history", *map(str, words)], cwd=self.folder, capture_output=True,
                              text=True, errors="backslashreplace", timeout=120)

    def demand(self, is_good, what):
        if not is_good:
            self.faults.append(what)

    def refused(self, path, words, what):
        """Whatever is asked ends with exit code 2 and one line that has these words."""
        for question in [*QUESTIONS, ["import", self.folder / "nights/night-1"]]:
            run = self.run(*question, "--history", path)
            self.demand(run.returncode == 2 and run.stdout == "" and len(run.stderr.splitlines()) == 1 and
                        words in run.stderr, f"{what}: {question[0]}: exit {run.returncode}: {run.stderr}{run.stdout}")

    def survived(self, path, what):
        for question in [*QUESTIONS, ["import", self.folder / "nights/night-1"]]:
            run = self.run(*question, "--history", path)
            self.demand(run.returncode == 0 or (run.returncode == 2 and len(run.stderr.splitlines()) == 1),
                        f"{what}: {question[0]}: exit {run.returncode}: {run.stderr}")

    def make_nights(self):
        for name in "canary", "ours", "run":
            shutil.copy(LOGS / f"control-{name}.jsonl", self.folder / f"{name}.jsonl")
        for night, ours in enumerate(["run", "ours", "gone", "run", "ours"], 1):
            (self.folder / "nightly.toml").write_text("evdiff = 1\n" + "".join(
                f'[[job]]\nname = "boot/{job}"\ncanary = "canary.jsonl"\nours = "{log}.jsonl"\n'
                for job, log in (("a", ours), ("b", "run"))))
            subprocess.run([self.evdiff, "batch", "-q", "nightly.toml", "--out", f"nights/night-{night}", "--report",
                            "json=night.json"], cwd=self.folder, capture_output=True, timeout=120)
        run = self.run("import", *(self.folder / "nights").iterdir(), "--history", self.history)
        assert run.returncode == 0, run.stderr
        self.families = self.run("family", "--format", "tsv", "--history", self.history).stdout

    def save(self):
        """Without the folders' paths, which are of this machine, and of this run."""
        with sqlite3.connect(self.history) as database:
            database.execute("UPDATE night SET folder = 'nights/' || label")
            database.executescript("UPDATE run SET centiseconds = 5; UPDATE job SET peak_mib = 6")
        database.close()
        SAVED.mkdir(exist_ok=True)
        (SAVED / f"v{self.version}.history.gz").write_bytes(gzip.compress(self.history.read_bytes(), mtime=0))
        (SAVED / f"v{self.version}.tsv").write_text(self.families)

    def copy(self, name="copy.history"):
        path = self.folder / name
        shutil.copy(self.history, path)
        return path

    def test_every_version(self):
        for version in range(1, self.version + 1):
            path = self.folder / f"v{version}.history"
            path.write_bytes(gzip.decompress((SAVED / f"v{version}.history.gz").read_bytes()))
            asked = self.run("family", "--format", "tsv", "--history", path)
            self.demand(asked.stdout == (SAVED / f"v{version}.tsv").read_text(), f"version {version}: {asked}")
            imported = self.run("import", *(self.folder / "nights").iterdir(), "--history", path)
            self.demand(imported.returncode == 0 and "0 nights added" in imported.stderr, f"version {version}: {imported}")
            with sqlite3.connect(path) as database:
                now = database.execute("PRAGMA user_version").fetchone()[0]
            database.close()
            self.demand(now == self.version, f"version {version} is {now} after an import")

    def change(self, sql, name="copy.history"):
        path = self.copy(name)
        database = sqlite3.connect(path)
        database.executescript(sql)
        database.close()
        return path

    def test_foreign(self):
        self.refused(self.change(f"PRAGMA user_version = {self.version + 1}"), "use a newer one", "newer")
        self.refused(self.change("PRAGMA user_version = 0"), "another program", "version 0")
        self.refused(self.change("PRAGMA user_version = -5"), "another program", "version -5")
        self.refused(self.change("PRAGMA application_id = 7"), "another program", "another application")
        path = self.folder / "foreign.db"
        database = sqlite3.connect(path)
        database.executescript("CREATE TABLE mine(a); INSERT INTO mine VALUES (1)")
        before = path.read_bytes()
        self.refused(path, "another program", "another database")
        self.demand(path.read_bytes() == before, "another program's database has changed")
        database.close()

    def test_schema(self):
        for sql in ("CREATE INDEX extra ON run(job)", "CREATE VIEW extra AS SELECT 1", "DROP TABLE span",
                    "CREATE TRIGGER extra AFTER INSERT ON run BEGIN DELETE FROM night; END",
                    "ALTER TABLE night ADD COLUMN extra TEXT", "ALTER TABLE span RENAME TO spans"):
            self.refused(self.change(sql), "its tables are not those", sql)

    def test_wrong_types(self):
        """A table that was not strict as it was filled, under a schema that says that it is."""
        for table, column in (("run", "verdict"), ("span", "count_max"), ("strand", "weight_last"), ("night", "label")):
            for value in ("'text'", "x'00ff'", "1.5", "NULL"):
                if table == "night" and value in ("'text'", "1.5"):
                    continue
                path = self.copy()
                database = sqlite3.connect(path)
                database.executescript(f"""PRAGMA writable_schema = ON;
                    CREATE TEMP TABLE kept AS SELECT name, sql FROM sqlite_schema WHERE name = '{table}';
                    UPDATE sqlite_schema SET sql = replace(replace(replace(sql, 'STRICT, ', ''), ' STRICT', ''),
                        ' NOT NULL', '') WHERE name = '{table}';""")
                database.commit()
                database.close()
                database = sqlite3.connect(path)
                loose = database.execute(f"SELECT sql FROM sqlite_schema WHERE name = '{table}'").fetchone()[0]
                database.execute("PRAGMA ignore_check_constraints = ON")
                database.executescript(f"UPDATE {table} SET {column} = {value} WHERE rowid = 1" if "WITHOUT" not in loose
                                       else f"UPDATE {table} SET {column} = {value}")
                original = sqlite3.connect(self.history).execute(
                    f"SELECT sql FROM sqlite_schema WHERE name = '{table}'").fetchone()[0]
                database.execute("PRAGMA writable_schema = ON")
                database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (original, table))
                database.commit()
                database.close()
                self.refused(path, "", f"{table}.{column} = {value}")

    def test_enormous_numbers(self):
        for table, columns in (("run", ["verdict", "events", "matched", "families", "roots", "centiseconds"]),
                               ("span", ["last_night", "nights", "root_nights", "count_max"]),
                               ("strand", ["first_night", "span_first", "weight_last", "root_streak"]),
                               ("job", ["last_night"])):
            for column in columns:
                for number in NUMBERS:
                    path = self.change("PRAGMA ignore_check_constraints = ON;"
                                       f"UPDATE {table} SET {column} = {number}")
                    if -2 < number < 1 and ("night" in column or column == "span_first" or number == 0):
                        self.survived(path, f"{table}.{column} = {number}")
                    else:
                        self.refused(path, "is damaged", f"{table}.{column} = {number}")
        self.survived(self.change("UPDATE night SET id = id + 9223372036854775000"), "night.id")
        hostile = "UPDATE night SET label = replace(hex(zeroblob({})), '0', char(27, 91, 50, 74, 10)) WHERE id = 1"
        self.survived(self.change(hostile.format(100)), "a label for a terminal")
        self.refused(self.change("PRAGMA ignore_check_constraints = ON;" + hostile.format(5000)), "is damaged", "a long label")

    def test_trends_of_a_page(self):
        """A night's page draws what the history has of each job up to that night, and of all jobs together."""
        for night in 1, 2, 3, 5:
            path, page = self.copy(), self.folder / "page.html"
            judged = subprocess.run([self.evdiff, "judge", "-q", f"nights/night-{night}", "--history", path, "--report", f"html={page}"],
                                    cwd=self.folder, capture_output=True, text=True, timeout=120)
            self.demand(judged.returncode < 2 or night == 3, f"{judged}")
            told = [re.sub(r"\s+", " ", title) for title in re.findall(r'role="img"><title>(.*?)</title>', page.read_text(), re.DOTALL)]
            with sqlite3.connect(path) as database:
                rows = database.execute("SELECT job.name, label, verdict < 5, events, matched, roots FROM run JOIN night ON night.id = night"
                                        " JOIN job ON job.id = job WHERE night <= ? ORDER BY night", (night,)).fetchall()
            database.close()
            wanted = [[(label, *map(sum, zip((0, 0, 0, 0), *(row[2:] for row in rows if row[1] == label and row[2]))))
                       for label in sorted({row[1] for row in rows})]]
            wanted += [[row[1:] for row in rows if row[0] == name] for name in sorted({row[0] for row in rows})]
            titles = []
            for nights in wanted if night > 1 else []:
                of = lambda text: " ".join(f"{label}: {text(*numbers) if is_there else 'no result'}" for label, is_there, *numbers in nights)
                titles += ["Roots by night " + of(lambda events, matched, roots: f"{roots:,}"),
                           "Matched by night " + of(lambda events, matched, roots: f"{100 * matched / events:.1f} %")]
            self.demand(told == titles, f"night {night}: {told}\n{titles}")

    def test_damage(self):
        draw = random.Random(SEED)
        whole = self.history.read_bytes()
        for number in range(DAMAGES):
            damaged = bytearray(whole)
            for _ in range(draw.choice([1, 3, 30])):
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
            if number % 10 == 0:
                damaged = damaged[:draw.randrange(len(damaged))]
            path = self.folder / "damaged.history"
            path.write_bytes(damaged)
            self.survived(path, f"seed {SEED}, damage {number}")

    def test_missing_and_odd_paths(self):
        for path in ("file:all.history?mode=memory", ":memory:", "nowhere/x.history"):
            run = self.run("trend", "--history", path)
            self.demand(run.returncode == 2 and "No such file" in run.stderr, f"{path}: {run}")
        run = self.run("import", "nights/night-1", "--history", ":memory:")
        self.demand(run.returncode == 0 and (self.folder / ":memory:").is_file(), f":memory:: {run}")

    def test_a_first_import_that_fails_leaves_nothing(self):
        for given, path in (("new.history", "new.history"), ("link.history", "target.history")):
            if given != path:
                (self.folder / given).symlink_to(path)
            for folders in (["nowhere"], ["nights"], ["nights/night-1", "nowhere"]):
                run = self.run("import", *folders, "--history", given)
                self.demand(run.returncode == 2, f"{folders}: {run}")
                self.demand(not (self.folder / path).exists(), f"{folders}: a history without a night is left at {path}")
            run = self.run("import", "nights/night-1", "--history", given)
            self.demand(run.returncode == 0 and (self.folder / path).is_file(), f"{given}: {run}")
            kept = (self.folder / path).read_bytes()
            run = self.run("import", "nowhere", "--history", given)
            self.demand(run.returncode == 2 and (self.folder / path).read_bytes() == kept, f"a second import: {run}")

    def test_waits_for_another(self):
        """An import that finds the file locked waits; here the lock is given back while it does."""
        path = self.folder / "locked.history"
        self.run("import", "nights/night-1", "--history", path)
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        process = subprocess.Popen([self.evdiff, "history", "import", "-q", "nights/night-2", "--history", path],
                                   cwd=self.folder)
        try:
            process.wait(timeout=0.3)
        except subprocess.TimeoutExpired:
            pass
        self.demand(process.returncode is None, "an import did not wait for the lock")
        database.execute("ROLLBACK")
        self.demand(process.wait(timeout=60) == 0, "an import that waited failed")
        database.close()


if __name__ == "__main__":
    sys.exit(main())
