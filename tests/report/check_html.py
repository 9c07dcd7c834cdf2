#!/usr/bin/python3
"""The page of the report in HTML, without a browser, whatever the logs hold.

A parser that is not ours reads it: it has our elements only, loads nothing, its policy allows its one script and its one style, and its
tables say what the JSON report of the same outcome says. The packed data are unpacked: the events around places and the times
are those that a twin finds in the logs, by reading every line of them.
"""
import base64
import gzip
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from random import Random

from check_github import divergence_of, job_of, many_families, place_to_look_at
from describe import (SIDES, divergences_in_families, extent, hint, logs, matched, printable, skipped, subject, verdict)
from inputs import CASES, SAMPLE, case_files, parse_options, random_report, read_strictly, reports_of_logs, run
from values import values_of

PAGE_MAX = 4 * 1000 * 1000
ROWS_MAX, NAME_MAX, VALUE_MAX = 1000, 200, 120
AROUND, INSIDE, PAYLOAD_MAX = 5, 8, 1000
VOID = {"meta", "link", "rect", "input", "br"}
TAGS = set("a article b body br button canvas code dd details div dl dt em footer h1 h2 h3 head header html label li link main mark meta "
           "option p pre rect script section select span style summary path svg table tbody td th thead title tr ul".split())
ATTRIBUTES = set("aria-hidden aria-label aria-labelledby aria-live charset class content d for height hidden href http-equiv id lang name "
                 "open preserveaspectratio rel role scope tabindex title type value viewbox width x y".split())
ENGINE_LOCAL = {"contention.observed", "sema.release", "signal.match", "wake.requested"}


class Page(HTMLParser):
    """A page as texts: of each element with an id, of each table's cells, of the script and the style."""

    def __init__(self, text, name, links=()):
        super().__init__(convert_charrefs=True)
        self.name, self.links, self.open, self.texts, self.tables, self.policy = name, links, [], {}, [], None
        self.feed(text)
        self.close()
        assert not self.open, f"{name}: {self.open}"

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, f"{self.name}: <{tag}>"
        keys = [key for key, _ in attrs]
        assert set(keys) <= ATTRIBUTES and len(keys) == len(set(keys)), f"{self.name}: <{tag} {keys}>"
        values = dict(attrs)
        href = values.get("href", "#")
        assert href == "data:," or href.startswith("#") or (href in self.links and values["rel"] == "noreferrer"), f"{self.name}: {values}"
        if values.get("http-equiv"):
            self.policy = values["content"]
        if tag == "table":
            self.tables.append((values["class"], []))
        if tag == "tr":
            self.tables[-1][1].append([])
        if tag in ("td", "th"):
            self.tables[-1][1][-1].append("")
        if tag not in VOID:
            self.open.append((tag, values.get("id") or values.get("class") or tag))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open.pop()[0] == tag, f"{self.name}: </{tag}>"

    def handle_data(self, data):
        for tag, name in self.open:
            self.texts[name] = self.texts.get(name, "") + data
            if tag in ("td", "th"):
                self.tables[-1][1][-1][-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"{self.name}: a comment {data!r}")


def main():
    """Check all and say how much that was."""
    sys.setrecursionlimit(5000)  # logs may be nested 1,000 deep
    options = parse_options("Check the page of the report in HTML.")
    pages = families = events = cut = 0
    with tempfile.TemporaryDirectory(prefix="evdiff-html-") as folder:
        for name, (data, page) in all_reports(options, folder):
            told, left_out = check(read_strictly(data, name), page.decode("utf-8"), name)
            pages, families, cut = pages + 1, families + told, cut + left_out
        check_full_page(options, folder)
        check_ledger(options, Path(folder))
        events = check_events(options, folder)
    assert families > 1000 and cut >= 1 and events > 1000, (families, cut, events)
    print(f"{pages} pages, {families} families, {cut} pages that leave something out, {events} events of logs")


def all_reports(options, folder):
    yield from reports_of_logs(options.evdiff, "json", "html")
    for most in (0, 4, 60):
        for seed in range(options.seeds):
            yield f"seed {seed}, {most} divergences", [random_report(options, name, seed, most) for name in ("json", "html")]
    for count in (400, 4100):
        paths = many_families(Path(folder), count)
        yield f"{count} families", [run(options.evdiff, "diff", "--format", name, *paths).stdout for name in ("json", "html")]


def check_full_page(options, folder):
    """Events that nothing packs: the page ends before its limit, has as many of them as there is room for, and says so."""
    paths = [Path(folder, f"random-{side}.jsonl") for side in SIDES]
    random = Random(1)
    texts = [base64.b64encode(random.randbytes(600)).decode() for _ in range(500 * 12)]
    for path, letter in zip(paths, "co"):
        lines = [{"kind": "schema_version", "schema_version": 1},
                 {"kind": "kernel.call", "tid": 1, "tid_event_idx": -1, "payload": {"name": "First"}}]
        for number, text in enumerate(texts):
            value = f"{letter}{number}" if number % 12 == 6 else 0
            lines.append({"kind": "kernel.return", "tid": 1, "tid_event_idx": number,
                          "payload": {"name": f"Call{number // 12}", "return_value": value, "text": text}})
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    data, page = (run(options.evdiff, "diff", "--format", name, *paths).stdout for name in ("json", "html"))
    outcome = read_strictly(data, "full page")
    check(outcome, page.decode("utf-8"), "full page")
    told = unpack(Page(page.decode("utf-8"), "full page"))
    assert len(outcome["families"]) == 500 and told["quotations_left_out"] > 50 and len(told["quotations"]) > 100, \
        (len(outcome["families"]), told["quotations_left_out"], len(told["quotations"]), len(page))


def check_ledger(options, folder):
    """With ledgers a page says of each family what the JSON report says, and tells first what is left to be looked at."""
    data, ledger, made = folder / "sample.json", folder / "sample.known", {}
    assert run(options.evdiff, "diff", "-q", "-o", data, *SAMPLE).returncode == 0
    families = json.loads(data.read_bytes())["families"]
    bugs = ["https://bugs/1?a=<b>&c=\"d\"", "javascript:alert(1)", "http://bugs/2", "BUG-3"]
    for family, bug, state in zip(families, bugs, ("known", "fixed", "flaky", "known")):
        done = run(options.evdiff, "known", "add", data, family["signature"], "--state", state, "--bug", bug, "--owner", "<i>mk</i>",
                   "--until", "2030-01-31", "--reason", "</td><script>alert(1)</script>", "--file", ledger)
        assert done.returncode == 0, done.stderr
    for name in ("json", "html"):
        made[name] = run(options.evdiff, "diff", "--known", ledger, "--format", name, *SAMPLE).stdout
    outcome = json.loads(made["json"])
    page = Page(made["html"].decode("utf-8"), "ledger", {bugs[0], bugs[2]})
    known = {family["id"]: family.get("known") for family in outcome["families"]}
    head, *rows = dict(page.tables)["families"]
    assert head[1] == "ledger" and {row[0] for row in rows} == set(known), head
    for row in rows:
        said = known[row[0]]
        wanted = "" if said is None else said["standing"]
        if said and said.get("state") not in (None, said["standing"]):
            wanted += f"listed as {said['state']}"
        if said and "state" in said:
            wanted += f"{said.get('news', '')}{said['bug']}owner {said['owner']}until {said['until']}{said['reason']}"
        assert row[1] == wanted, f"{row}\n{wanted}"
    leads = [(known[row[0]] or {}).get("standing") in ("new", "regressed", "moved", "expired", "grown", "unconfirmed") for row in rows]
    assert leads == sorted(leads, reverse=True) and 0 < sum(leads) < len(leads), leads
    failing = [family for family in outcome["families"] if (family.get("known") or {}).get("fails")]
    assert f"by the ledger {sum(leads)} families to look at" in page.texts["matched"] and len(failing) <= sum(leads), page.texts["matched"]
    roles = {run_[2]: run_[1] for lane in unpack(page)["lanes"] for run_ in zip(*[iter(lane["runs"])] * 11)}
    ids = [family["id"] for family in outcome["families"]]
    for family, role in roles.items():
        is_led = ids[family] in {row[0] for row, lead in zip(rows, leads) if lead}
        assert (role == 1) == is_led, (ids[family], role)


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def unpack(page):
    packed = base64.b64decode(page.texts["data"], validate=True)
    return json.loads(gzip.decompress(packed).decode("utf-8"))


def check(outcome, text, name):
    """One page against the JSON report of the same outcome; returns how many families it tells, and whether it leaves some out."""
    assert len(text.encode()) <= PAGE_MAX, f"{name}: {len(text)}"
    page = Page(text, name)
    assert page.policy == (f"default-src 'none'; script-src {digest(page.texts['script'])}; style-src {digest(page.texts['style'])}; "
                           "img-src data:; base-uri 'none'; form-action 'none'"), f"{name}: {page.policy}"
    assert page.texts["title"].startswith(job_of(outcome) + ": "), name
    assert page.texts["job"] == job_of(outcome), name
    assert page.texts.get("good", page.texts.get("bad", page.texts.get("unsure"))).startswith(verdict(outcome)[0]), name
    assert page.texts["matched"].startswith(matched(outcome)), name
    data = unpack(page)
    families = outcome["families"]
    if families:
        assert divergences_in_families(outcome) in page.texts["families"], name
    tables = {kind: table[1:] for kind, table in page.tables if kind in ("families", "noise")}
    noise = [family for family in families if family.get("noise")]
    assert len(tables.get("families", [])) <= len(families) - len(noise) and len(tables.get("noise", [])) <= len(noise), name
    rows = tables.get("families", []) + tables.get("noise", [])
    for log in logs(outcome):
        sentence, lines, more = skipped(outcome, log)
        for wanted in filter(None, [sentence, *(f"{place[:-2]} {printable(reason)[:NAME_MAX]}" for place, reason in lines),
                                    more and f"and {more:,} more"]):
            assert wanted in page.texts["counts"], f"{name}: {wanted}"
    hints = [hint(told) for told in outcome.get("hints", [])]
    assert page.texts.get("hints", "") == "".join(map(printable, hints)), f"{name}: {page.texts.get('hints')}"
    assert len(rows) == min(len(families), ROWS_MAX) or "families are left out" in text, name
    for row, family, told in zip(rows, families, data["families"]):
        check_family(outcome, family, row, told, name)
    threads = [row for kind, table in page.tables if kind == "threads" for row in table[1:]]
    assert len(threads) == min(len(outcome["pairs"]), ROWS_MAX) or "threads are left out" in text, name
    assert sorted(row[0] for row in threads[:ROWS_MAX]) == sorted(str(pair["tid"]["canary"]) for pair in outcome["pairs"][:ROWS_MAX]) \
        or len(outcome["pairs"]) > ROWS_MAX, name
    quoted = len(data["quotations"]) + data["quotations_left_out"]  # a random outcome quotes some of its families
    assert quoted <= min(500, len(families)) and (str(name).startswith("seed") or quoted in (0, min(500, len(families)))), f"{name}: {quoted}"
    assert len(data["lanes"]) + data["lanes_left_out"] == len(outcome["pairs"]), name
    for lane in data["lanes"]:
        check_lane(outcome, lane, name)
    assert data["quotations_left_out"] == 0 or len(text.encode()) > PAGE_MAX - 500 * 1000, f"{name}: {len(text)}"
    return len(rows), data["quotations_left_out"] > 0 or "left out" in text.replace(page.texts["script"], "")


def cut_to(text, most):
    return text if len(text) <= most else text[:most] + "…"


def check_family(outcome, family, row, told, name):
    """A row of the table, and what the script has of it."""
    divergence = divergence_of(outcome, family)
    if "values" in divergence:
        sides = "".join(cut_to(value, VALUE_MAX) for value in values_of(divergence["values"], family.get("shown_as", "decimal")))
    else:
        sides = extent(divergence)
    place = place_to_look_at(family)
    at = f"{outcome['pairs'][place['pair']]['tid']['canary']} [{divergence['canary']['tid_event_idx']}]"
    follows = outcome["families"][family["follows"]]["id"] if "follows" in family else ""
    wanted = [family["id"], family["class"], cut_to(subject(family), NAME_MAX), sides, f"{family['count']:,}",
              f"{len(family['pairs']):,}", f"{family['weight']:,}", at, follows]
    assert row == wanted, f"{name}:\npage   {row}\nwanted {wanted}"
    assert told["id"] == family["id"] and told["class"] == family["class"] and told.get("follows") == family.get("follows"), name
    assert told["count"] == family["count"] and told["places"][0][0] == place["pair"], name
    assert len(told["places"]) == min(50, family["count"]), f"{name}: {told}"


def check_lane(outcome, lane, name):
    """The runs of one thread's picture are its divergences."""
    pair = outcome["pairs"][lane["pair"]]
    assert lane["tid"] == [pair["tid"][side] for side in SIDES] and lane["total"] == pair["total"]["canary"], name
    runs = [lane["runs"][i:i + 11] for i in range(0, len(lane["runs"]), 11)]
    assert sum(run[3] for run in runs) == len(pair["divergences"]) and len(runs) <= 4000, name
    assert len(runs) == len(pair["divergences"]) or len(pair["divergences"]) > 4000, name
    if len(runs) == len(pair["divergences"]):
        for told, divergence in zip(runs, pair["divergences"]):
            canary = divergence["canary"]
            assert told[1:10] == ["cause" not in divergence, divergence["family"], 1, canary["position"], canary["count"],
                                  divergence["ours"]["count"], canary["offset"], canary["tid_event_idx"],
                                  divergence["ours"]["tid_event_idx"]], f"{name}: {told}"


def check_events(options, folder):
    """What is quoted of the logs, against the logs; returns how many events that were."""
    count = 0
    of_cases = [case_files(case) for case in sorted(CASES.iterdir())]
    pairs = {(files["a.jsonl"], files["b.jsonl"]) for files in of_cases if {"a.jsonl", "b.jsonl"} <= files.keys()}
    for paths in [SAMPLE, *sorted(pairs)]:
        made = [run(options.evdiff, "diff", "--format", name, *paths) for name in ("json", "html")]
        if made[0].returncode == 0:
            outcome = read_strictly(made[0].stdout, paths)
            data = unpack(Page(made[1].stdout.decode("utf-8"), paths))
            streams = [read_log(path) for path in paths]
            count += sum(check_quotation(outcome, family, told, streams, paths)
                         for family, told in zip(outcome["families"], data["quotations"]))
            assert len(data["quotations"]) == min(500, len(outcome["families"])), paths
            check_times(outcome, data, streams, paths)
    return count


def read_log(path):
    """The events of a log by tid, as dictionaries."""
    text = Path(path).read_bytes()
    if text.startswith(b"\x1f\x8b"):
        text = gzip.decompress(text)
    elif text.startswith(b"\x28\xb5\x2f\xfd"):
        text = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout
    streams = {}
    for line in text.decode("utf-8-sig").split("\n")[1:]:
        if line.strip():
            event = json.loads(line)
            streams.setdefault(event["tid"], []).append(event)
    return streams


def check_quotation(outcome, family, told, streams, name):
    """The events around the place of one family."""
    place = place_to_look_at(family)
    pair = outcome["pairs"][place["pair"]]
    divergence = pair["divergences"][place["divergence"]]
    count = 0
    for side, stream, (*parts, length) in zip(SIDES, streams, told):
        events, run_ = stream[pair["tid"][side]], divergence[side]
        assert length == run_["count"], name
        before = [event for event in events[:run_["position"]] if event["kind"] not in ENGINE_LOCAL][-AROUND:]
        rest = [event for event in events[run_["position"]:] if event["kind"] not in ENGINE_LOCAL]
        inside, behind = rest[:min(run_["count"], INSIDE)], rest[run_["count"]:run_["count"] + AROUND]
        for wanted, quoted in zip((before, inside, behind), parts):
            assert len(wanted) == len(quoted), f"{name}, {family['id']}, {side}: {wanted} {quoted}"
            for event, (idx, kind, payload, cut) in zip(wanted, quoted):
                assert (idx, kind) == (event["tid_event_idx"], event["kind"]), f"{name}: {event} {idx}"
                assert len(payload.encode()) <= PAYLOAD_MAX and (not cut or len(payload.encode()) > PAYLOAD_MAX - 4), name
                if not cut:
                    assert json.loads(payload) == (event.get("payload") or {}), f"{name}: {payload}"
                count += 1
    return count


def check_times(outcome, data, streams, name):
    """Times are there when all events have one, and then they are those of the events."""
    times = [event.get("host_ns") for stream in streams for events in stream.values() for event in events]
    if all(type(time) is int and abs(time) < 2**63 for time in times):
        assert data["has_times"] or not times, name
    if not data["has_times"]:
        return
    for lane in data["lanes"]:
        pair = outcome["pairs"][lane["pair"]]
        events = streams[0][pair["tid"]["canary"]]
        first, last = events[0]["host_ns"], events[-1]["host_ns"]
        assert lane["extent"][2:] == [first, last - first], name
        if len(lane["runs"]) == 11 * len(pair["divergences"]):
            for time, divergence in zip(lane["runs"][10::11], pair["divergences"]):
                position = min(divergence["canary"]["position"], len(events) - 1)
                assert time == events[position]["host_ns"] - first, name


if __name__ == "__main__":
    sys.exit(main())
