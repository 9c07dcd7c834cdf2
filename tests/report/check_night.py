#!/usr/bin/python3
"""The reports of a night for CI, and of diffs by ledgers, read by programs that are not ours, against the night's own document.

xmllint holds the JUnit report against junit.xsd, and junitparser reads it as servers do: a suite a job, whose tests come out as night.json
says, and a skipped one for each line of a ledger that says what is known. cmark-gfm reads the summary: no text is anything but a code
span or block. The annotations are parsed as workflow commands. At each limit there is a report that just fits, and one that does not.
"""
import json
import shutil
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped

from check_full import NAMESPACE
from check_github import OWN_HTML, PLAIN_NODES, parse_command
from check_html import PAGE_MAX, Page, digest
from describe import printable
from inputs import ROOT, SAMPLE, parse_options, run

SCHEMA = Path(__file__).with_name("junit.xsd")
LOGS = ROOT / "tests/cli/logs"
TEXT_MAX, SUMMARY_MAX, ANNOTATIONS_MAX = 16 * 1024, 900 * 1024, 10
FIXED = ["made", "complete", "nothing new", "ledger holds"]
FAILING = {"new", "moved", "regressed", "expired"}
OF_LEDGER = {"regressed", "expired"}
BROKEN_JOB = "gone/`a`|<b>&amp;[x](y)\u2028 *é*"  # a name may be anything that a folder may be called


class Night:
    """A folder with logs, a manifest, a night, and ledgers that it is judged by."""

    def __init__(self, evdiff, folder):
        self.evdiff, self.folder, self.out = evdiff, Path(folder), Path(folder, "night")
        self.ledger("")

    def ledger(self, lines):
        (self.folder / "a.known").write_text("#evdiff known 1\n" + lines, encoding="utf-8")

    def make(self, jobs):
        """Diffs jobs: name, canary, ours, and more keys."""
        keys = ["".join(f"{key} = {json.dumps(value)}\n" for key, value in job.items()) for job in jobs]
        manifest = "evdiff = 1\n[defaults]\nknown = [\"a.known\"]\n" + "".join("[[job]]\n" + text for text in keys)
        (self.folder / "m.toml").write_text(manifest, encoding="utf-8")
        shutil.rmtree(self.out, ignore_errors=True)
        made = run(self.evdiff, "batch", "-q", self.folder / "m.toml", "-o", self.out, "--report", "text=/dev/null")
        assert made.stderr == b"", made.stderr
        return self.night()

    def night(self):
        return json.loads((self.out / "night.json").read_text(encoding="utf-8"))

    def report(self, name, *options):
        made = run(self.evdiff, "judge", *options, "--report", f"{name}=-", self.out)
        assert made.stderr == b"", made.stderr
        return made.stdout

    def line(self, signature, state, words=""):
        """A ledger's line for a family of an outcome of the night."""
        outcomes = sorted(self.out.glob("jobs/**/outcome.json.zst"))
        path = self.folder / "add.known"
        path.unlink(missing_ok=True)
        for outcome in outcomes:
            if run(self.evdiff, "known", "add", outcome, signature, "--state", state, "--file", path).returncode == 0:
                return path.read_text(encoding="utf-8").splitlines()[1] + words + "\n"
        raise AssertionError(f"no outcome has {signature}")

    def lines(self, state):
        """Lines for all families of the night."""
        path = self.folder / "all.known"
        path.unlink(missing_ok=True)
        outcomes = sorted(self.out.glob("jobs/**/outcome.json.zst"))
        made = run(self.evdiff, "known", "learn", *outcomes, "--state", state, "--file", path)
        assert made.returncode == 0, made.stderr
        return path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]


def many_families(path, name, count, first):
    """A log in which `count` calls return something that begins at `first`, each of another call."""
    lines = [{"kind": "schema_version", "schema_version": 1},
             {"kind": "kernel.call", "tid": 1, "tid_event_idx": -1, "payload": {"name": "First"}}]
    for number in range(count * 6):
        is_other = number % 6 == 0
        payload = {"name": f"{name}{number // 6}" if is_other else "Same", "return_value": first + number if is_other else 7}
        lines.append({"kind": "kernel.return", "tid": 1, "tid_event_idx": number, "payload": payload})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def check_junit(night, fail_on=FAILING, options=()):
    """The suites of a night against its document; returns how many tests came out as what."""
    path = night.folder / "night.xml"
    path.write_bytes(night.report("junit", *options))
    done = run("xmllint", "--noout", "--schema", SCHEMA, path)
    assert done.returncode == 0, done.stderr.decode()
    document, jobs = JUnitXml.fromfile(str(path)), night.night()["jobs"]
    suites = list(document)
    assert len(suites) == len(jobs), [suite.name for suite in suites]
    kinds = {"passed": 0, "failure": 0, "error": 0, "skipped": 0}
    for number, (suite, job) in enumerate(zip(suites, jobs)):
        results = check_suite(suite, job, fail_on)
        for kind in results:
            kinds[kind] += 1
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
            len(results), results.count("failure"), results.count("error"), results.count("skipped")), job["name"]
        element = ElementTree.parse(path).getroot()[number]
        made = element.find("testcase")
        assert (made.get("file"), int(made.get("line"))) == (str(night.folder / "m.toml"), job["line"]), job["name"]
    assert (document.tests, document.failures, document.errors, document.skipped) == (
        sum(kinds.values()), kinds["failure"], kinds["error"], kinds["skipped"])
    return kinds


def check_suite(suite, job, fail_on):
    cases = list(suite)
    states = {case.name: case.result[0] if case.result else None for case in cases}
    assert len(states) == len(cases) and list(states)[:4] == FIXED, list(states)
    assert all(case.classname == suite.name for case in cases), suite.name
    properties = {item.name: item.value for item in suite.properties()}
    assert properties["evdiff.state"] == job["state"], job["name"]
    made, complete, new, holds = (states[name] for name in FIXED)
    if job["state"] in ("trouble", "not_run", "inconclusive"):
        troubled = [run for run in job["runs"] if run["result"] != "done"]
        assert isinstance(made, Error) if troubled else made is None, job["name"]
        if troubled:
            assert made.type == troubled[0]["result"] and made.message.endswith(made.type), made.message
            assert all(line in made.text for line in troubled[0].get("message", "").splitlines()), made.text
        assert isinstance(complete, Failure if job["state"] == "inconclusive" else Skipped), job["name"]
        assert isinstance(new, Skipped) and isinstance(holds, Skipped) and len(states) == 4, job["name"]
    else:
        assert made is None and complete is None, job["name"]
        families = [(family["state"], family) for family in job.get("families", []) + job.get("lines", [])]
        failing = [family for state, family in families if state.replace("_maybe", "") in fail_on]
        for result, wanted in ((new, [family for family in failing if family["state"] not in OF_LEDGER | {"fixed_maybe"}]),
                               (holds, [family for family in failing if family["state"] in OF_LEDGER | {"fixed_maybe"}])):
            assert isinstance(result, Failure) == bool(wanted), f"{job['name']}: {result}"
            if wanted:
                check_failure(result, wanted)
        known = [family for state, family in families if state != "new" and family not in failing
                 and family.get("listed", {}).get("state") in ("known", "flaky")]
        wanted = sorted(f"known {family['signature']}" for family in known)
        assert sorted(name[:22] for name in list(states)[4:]) == wanted, f"{list(states)[4:]} {wanted}"
        for family in known:
            [result] = [states[name] for name in states if name.startswith(f"known {family['signature']}")]
            assert isinstance(result, Skipped) and family["listed"].get("bug", "") in result.message, result.message
    return [type(result).__name__.lower() if result else "passed" for result in states.values()]


def check_failure(result, wanted):
    """The message names the first, the text tells as many as fit."""
    assert len(result.text.encode()) <= TEXT_MAX
    count = len(wanted)
    assert result.message.startswith(f"{count:,} famil{'y' if count == 1 else 'ies'}: {wanted[0]['what'][:100]}"), result.message
    told = [part for part in result.text.split("\n\n") if part.strip()]
    rest = told[-1] if told[-1].startswith("and ") else None
    told = told[:-1] if rest else told
    for family, text in zip(wanted, told):
        assert text.splitlines()[0].strip() == family["what"] or text.splitlines()[0].endswith("…"), text
    left = int(rest.split()[1].replace(",", "")) if rest else 0
    assert len(told) + left == count, f"{len(told)} told, {left} left of {count}"


def check_page(night, options=()):
    """The page in HTML loads nothing, has our elements alone, and names every job, and every family that fails."""
    made = night.report("html", *options).decode("utf-8")
    assert len(made.encode()) <= PAGE_MAX, len(made)
    page = Page(made, "night")
    assert page.policy.startswith("default-src 'none'; ") and f"style-src {digest(page.texts['style'])};" in page.policy, page.policy
    assert "script" not in page.texts, page.texts["script"]
    text = "".join(page.texts[part] for part in page.texts if part != "style")
    document = night.night()
    told = [row[0] for kind, table in page.tables if kind == "jobs" and table[0][:4] == ["job", "state", "runs", "families"] for row in table[1:]]
    assert told == [printable(job["name"]) for job in document["jobs"]] or "left out" in text, told
    for job in document["jobs"]:
        for family in job.get("families", []):
            assert family["state"] not in FAILING or printable(family["what"])[:100] in text or "left out" in text, family


def events_of(night, job, family):
    """What evdiff explain prints around the place of a family, where its diff quoted it; else None."""
    path = night.out / "jobs" / job["name"] / ("outcome.json.zst" if family["run"] == 0 else f"outcome.{family['run'] + 1}.json.zst")
    lines = run(night.evdiff, "explain", path, family["signature"]).stdout.decode().split("\n")
    heads = [i for i, line in enumerate(lines) if line.startswith(("At canary ", "Its place"))]
    if len(heads) < 2 or not lines[heads[0]].startswith("At "):
        return None
    return [line[3:] for line in lines[heads[0] + 1:heads[1]]]


def check_events(night):
    """The page shows the events around what is new; how many families it does for."""
    page = Page(night.report("html").decode("utf-8"), "night")
    told = page.texts.get("change", "").split("\n")
    shown = 0
    for job in night.night()["jobs"]:
        for family in job.get("families", []):
            wanted = events_of(night, job, family) if family["state"] == "new" else None
            if wanted is not None:
                assert any(told[i:i + len(wanted)] == wanted for i in range(len(told))), f"{job['name']} {family['signature']}: {wanted} {told}"
                shown += 1
    return shown


def check_markdown(made):
    """No text of a log, a ledger or a manifest is taken for Markdown or HTML."""
    parsed = run("cmark-gfm", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-t", "xml", data=made)
    assert parsed.returncode == 0
    for node in ElementTree.fromstring(parsed.stdout).iter():
        name = node.tag.replace(NAMESPACE, "")
        assert name in PLAIN_NODES, f"{name}: {node.text}"
        assert name != "html_block" or OWN_HTML.fullmatch(node.text), node.text


def check_summary(night, options=()):
    """Whether the summary is whole."""
    check_page(night, options)
    made = night.report("github", *options)
    assert len(made) <= SUMMARY_MAX, len(made)
    check_markdown(made)
    text = made.decode()
    if "left out here" not in text:
        for job in night.night()["jobs"]:
            for family in job.get("families", []):
                assert family["state"] not in FAILING or family["what"] in text, family
    return "left out here" not in text


def check_annotations(night, options=()):
    lines = night.report("github-annotations", *options).decode().split("\n")
    assert lines.pop() == "" and 1 <= len(lines) <= ANNOTATIONS_MAX, lines
    for line in lines:
        level, properties, message = parse_command(line, "night")
        assert level in ("error", "notice") and properties["title"].startswith(("evdiff", *"0123456789abcdef")) and message, line
    return len(lines)


def check_states(night):
    """All that a job may be, and by what its night may fail."""
    for name in ("control-canary", "control-ours", "calls", "calls-ours"):
        shutil.copyfile(LOGS / f"{name}.jsonl", night.folder / f"{name}.jsonl")
    (night.folder / "bad.jsonl").write_text("no log\x01\ufffe]]>&\n", encoding="utf-8")
    pair = {"canary": "control-canary.jsonl", "ours": "control-ours.jsonl"}
    jobs = [{"name": "boot/a", **pair}, {"name": "boot/b", "canary": "control-canary.jsonl", "ours": ["control-ours.jsonl", "control-canary.jsonl"]},
            {"name": "equal", "canary": "calls.jsonl", "ours": "calls.jsonl"}, {"name": "calls", "canary": "calls.jsonl", "ours": "calls-ours.jsonl"},
            {"name": "little", **pair, "min_compared": 1000}, {"name": BROKEN_JOB, "canary": "calls.jsonl", "ours": "absent.jsonl"},
            {"name": "bad", "canary": "calls.jsonl", "ours": ["bad.jsonl", "calls.jsonl"]}]
    made = night.make(jobs)
    signatures = [family["signature"] for job in made["jobs"] if job["name"] == "boot/a" for family in job["families"]]
    shown = check_events(night)
    assert shown >= 4, shown
    total = {}
    states = ("noise", "known", "flaky", "fixed")
    for turn in range(6):
        lines = [night.line(signature, states[(turn + i) % 4], f" bug=https://bugs/{i}" + (" until=2020-01-01" if (turn + i) % 3 == 0 else "")
                            + " # a <b>&\"c\" | `d` \U0001f41b") for i, signature in enumerate(signatures) if (turn + i) % 5 != 0]
        night.ledger("".join(lines))
        for options, fail_on in (((), FAILING), (("--fail-on", "flaky,unconfirmed,expired"), {"flaky", "unconfirmed", "expired"})):
            for kind, count in check_junit(night, fail_on, options).items():
                total[kind] = total.get(kind, 0) + count
            assert check_summary(night, options)
            check_annotations(night, options)
    assert all(count > 10 for count in total.values()), total
    return sum(total.values())


def check_known_diffs(night, turns=12):
    """The reports of a diff by ledgers: what they say is what the JSON report says of each family; the exit code is that something fails."""
    for name in ("control-canary", "control-ours"):
        shutil.copyfile(LOGS / f"{name}.jsonl", night.folder / f"{name}.jsonl")
    failing = 0
    for pair in ([str(night.folder / f"control-{side}.jsonl") for side in ("canary", "ours")], list(map(str, SAMPLE))):
        outcome, path, ledger = (night.folder / name for name in ("diff.json", "diff.xml", "diff.known"))
        run(night.evdiff, "diff", "-q", "-o", outcome, *pair)
        ledger.unlink(missing_ok=True)
        run(night.evdiff, "known", "learn", outcome, "--state", "noise", "--file", ledger)
        header, *lines = ledger.read_text(encoding="utf-8").splitlines()
        for turn in range(turns):
            chosen = [line.replace(" noise ", f" {('noise', 'known', 'flaky', 'fixed')[(turn + i) % 4]} ", 1) + " # a|`b` <c>&\"d\""
                      for i, line in enumerate(lines) if (turn + i) % 7]
            ledger.write_text("\n".join([header, *chosen, ""]), encoding="utf-8")
            done = run(night.evdiff, "diff", "-q", "-e", "--known", ledger, "--report", f"json={outcome}", "--report", f"junit={path}",
                       "--report", f"github={night.folder / 'diff.md'}", "--report", f"github-annotations={night.folder / 'diff.txt'}", *pair)
            families = json.loads(outcome.read_text(encoding="utf-8"))["families"]
            fails = [family for family in families if family["known"]["fails"]]
            is_red = any(family["class"] != "truncated" or "state" in family["known"] for family in fails)
            assert done.returncode == is_red, f"exit {done.returncode}: {[family['known'] for family in fails]}"
            failing += is_red
            check_known_suite(path, families)
            check_markdown((night.folder / "diff.md").read_bytes())
            commands = (night.folder / "diff.txt").read_text(encoding="utf-8").splitlines()
            assert len(commands) == 1 + min(len(fails), ANNOTATIONS_MAX - 1), len(commands)
    assert 4 < failing, failing


def check_known_suite(path, families):
    done = run("xmllint", "--noout", "--schema", SCHEMA, path)
    assert done.returncode == 0, done.stderr.decode()
    [suite] = list(JUnitXml.fromfile(str(path)))
    results = {case.name: case.result[0] if case.result else None for case in suite}
    assert list(results)[:4] == FIXED and len(results) == len(list(suite)) == suite.tests, list(results)
    standings = [family["known"]["standing"] for family in families]
    assert isinstance(results["nothing new"], Failure) == bool({"new", "moved"} & set(standings)), standings
    assert isinstance(results["ledger holds"], Failure) == bool(OF_LEDGER & set(standings)), standings
    wanted = sorted(f"known {family['signature']}" for family in families if family["known"]["standing"] in ("known", "flaky"))
    assert sorted(name[:22] for name in list(results)[4:]) == wanted, wanted
    assert suite.skipped == len(wanted) and all(isinstance(results[name], Skipped) for name in list(results)[4:])


def check_limits(night):
    """A text of 16 KiB, ten annotations, 900 KiB: what just fits, and one more."""
    for name in ("a", "b", "c", "d", "e", "f"):
        many_families(night.folder / f"{name}-canary.jsonl", f"LongNameOfCall_{name}_" + "x" * 60, 400, 0)
        many_families(night.folder / f"{name}-ours.jsonl", f"LongNameOfCall_{name}_" + "x" * 60, 400, 5000)
    night.ledger("")
    jobs = [{"name": name, "canary": f"{name}-canary.jsonl", "ours": f"{name}-ours.jsonl"} for name in "abcdef"]
    made = night.make(jobs)
    count = sum(len(job["families"]) for job in made["jobs"])
    assert count >= 2400, count
    all_lines = night.lines("noise")
    assert not check_summary(night), "2,400 families fit into a summary"
    assert b"; the full report has them\n" in night.report("junit")
    check_junit(night)
    fitting = [turn_until(night, all_lines, check_one, most) for check_one, most in (
        (lambda: b"the full report has" not in night.report("junit"), 2400), (lambda: check_summary(night), 2400))]
    for new, annotations in ((0, 1), (1, 2), (9, 10), (10, 10), (11, 10)):
        night.ledger("".join(all_lines[new:]))
        assert check_annotations(night) == annotations, f"{new} new families"
    check_junit(night)
    return fitting


def turn_until(night, lines, fits, most):
    """The most new families that fit: one more does not."""
    def is_good(new):
        night.ledger("".join(lines[new:]))
        return fits()
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_good(middle) else (low, middle)
    assert is_good(low) and not is_good(high)
    return low


def main():
    options = parse_options("Check the reports of a night.")
    with tempfile.TemporaryDirectory(prefix="evdiff-night-") as folder:
        tests = check_states(Night(options.evdiff, folder))
        check_known_diffs(Night(options.evdiff, folder))
        texts, summaries = check_limits(Night(options.evdiff, folder))
    print(f"{tests} tests of suites; {texts} families of six jobs fit into texts of 16 KiB, {summaries} into 900 KiB")


if __name__ == "__main__":
    sys.exit(main())
