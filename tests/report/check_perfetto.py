#!/usr/bin/python3
"""The timeline, as Perfetto reads it: protoc decodes it by Perfetto's field numbers (trace.proto).

Slices of a track follow each other, and time never goes back; every pair has a track on both sides, every divergence is told on both,
alone or in a run, with an arrow between them; every arrow has two ends; a divergence alone says what the JSON report says of it.
"""
import re
import sys
import tempfile
from pathlib import Path

from describe import SIDES, subject
from inputs import SAMPLE, parse_options, random_report, read_strictly, reports_of_logs, run

NAME_MAX = 200


def main():
    """Check all and say how much that was."""
    options = parse_options("Check the timeline.")
    traces = events = merged = 0
    for name, (data, made) in all_reports(options):
        told, runs = check(read_strictly(data, name), made, name)
        traces, events, merged = traces + 1, events + told, merged + runs
    check_ledger(options)
    assert traces > 100 and events > 5000, f"{traces} traces, {events} events"
    print(f"{traces} traces, {events} events, {merged} runs of several divergences")


def all_reports(options):
    yield from reports_of_logs(options.evdiff, "json", "perfetto")
    for most in (0, 4, 60):
        for seed in range(options.seeds if most < 60 else 30):
            yield f"seed {seed}, {most} divergences", [random_report(options, name, seed, most) for name in ("json", "perfetto")]


def check_ledger(options):
    """What a ledger says of a family is a line below its slices, and a category of them."""
    with tempfile.TemporaryDirectory(prefix="evdiff-perfetto-") as folder:
        data, ledger = Path(folder, "sample.json"), Path(folder, "sample.known")
        assert run(options.evdiff, "diff", "-q", "-o", data, *SAMPLE).returncode == 0
        families = read_strictly(data.read_bytes(), "ledger")["families"]
        done = run(options.evdiff, "known", "add", data, families[0]["signature"], "--state", "fixed", "--bug", "BUG-1", "--owner", "mk",
                   "--until", "2030-01-31", "--file", ledger)
        assert done.returncode == 0, done.stderr
        packets = decode(run(options.evdiff, "diff", "--known", ledger, "--format", "perfetto", *SAMPLE).stdout, "ledger")
    told = {}
    for packet in packets:
        event = packet.get("track_event", {})
        lines = {one["name"]: one["string_value"] for one in event.get("debug_annotations", [])}
        if "family" in lines:
            told.setdefault(lines["family"], set()).add((lines["ledger"], event["categories"][-1]))
    assert told[families[0]["id"]] == {("regressed, listed as fixed until 2030-01-31; BUG-1; owner mk", "regressed")}, told[families[0]["id"]]
    assert {standing for said in told.values() for _, standing in said} == {"regressed", "new", "follower"}, told


def decode(made, name):
    """The packets, as lists of (key, value); values of messages are such lists."""
    proto = Path(__file__).with_name("trace.proto")
    decoded = run("protoc", f"--proto_path={proto.parent}", "--decode=Trace", proto.name, data=made)
    assert decoded.returncode == 0, f"{name}: {decoded.stderr}"
    stack = [[]]
    for line in decoded.stdout.decode("utf-8").splitlines():
        line = line.strip()
        if line.endswith("{"):
            stack.append([])
            stack[-2].append((line[:-2], stack[-1]))
        elif line == "}":
            stack.pop()
        else:
            key, _, value = line.partition(": ")
            stack[-1].append((key, value))
    assert len(stack) == 1, name
    return [dict_of(packet, name) for key, packet in stack[0]]


def dict_of(message, name):
    """A message: single fields by name, repeated ones as lists."""
    fields = {}
    for key, value in message:
        assert not key.isdigit(), f"{name}: field {key} is not one of Perfetto's"
        value = dict_of(value, name) if isinstance(value, list) else text_of(value) if value.startswith('"') else value
        if key in ("debug_annotations", "categories", "flow_ids"):
            fields.setdefault(key, []).append(value)
        else:
            assert key not in fields, f"{name}: {key} twice"
            fields[key] = value
    return fields


def text_of(value):
    """A string of protoc's text format, in which bytes are octal escapes."""
    plain = re.sub(r"\\([0-7]{3}|.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], chr(int(found[1], 8)) if len(found[1]) == 3
                                                                                      else found[1]), value[1:-1])
    return plain.encode("latin-1").decode("utf-8")


def check(outcome, made, name):
    """One trace; returns how many events it has, and how many of them are runs of several divergences."""
    packets = decode(made, name)
    processes, threads, tracks = {}, {}, {}
    for packet in packets:
        descriptor = packet.get("track_descriptor")
        if descriptor and "process" in descriptor:
            processes[descriptor["uuid"]] = descriptor["process"]
        elif descriptor:
            assert descriptor["uuid"] not in threads and descriptor["parent_uuid"] in processes, name
            assert descriptor["thread"]["pid"] == processes[descriptor["parent_uuid"]]["pid"], name
            threads[descriptor["uuid"]] = descriptor
        else:
            assert packet["trusted_packet_sequence_id"] == "1" and packet["track_event"]["track_uuid"] in threads, name
            tracks.setdefault(packet["track_event"]["track_uuid"], []).append((int(packet["timestamp"]), packet["track_event"]))
    assert [process["process_name"].partition(":")[0] for process in processes.values()] == list(SIDES), name
    sides = {uuid: list(processes).index(descriptor["parent_uuid"]) for uuid, descriptor in threads.items()}
    assert len({(side, threads[uuid]["thread"]["tid"]) for uuid, side in sides.items()}) == len(threads), name
    ends, runs, count = {}, 0, 0
    told = {0: 0, 1: 0}
    for uuid, events in tracks.items():
        check_order(events, name)
        for _, event in events:
            count += 1
            for flow in event.get("flow_ids", []):
                ends.setdefault(int(flow), []).append((sides[uuid], event))
            if event.get("categories", [""])[0] in ("root", "consequence"):
                several = re.fullmatch(r"([\d,]+) divergences", event["name"])
                runs += several is not None
                told[sides[uuid]] += int(several[1].replace(",", "")) if several else 1
    divergences = [(pair, divergence) for pair in outcome["pairs"] for divergence in pair["divergences"]]
    assert told == {0: len(divergences), 1: len(divergences)}, f"{name}: {told} of {len(divergences)}"
    assert len(threads) == 2 * len(outcome["pairs"]) + sum(len(outcome["unpaired"][side]) for side in SIDES), name
    for flow, both in ends.items():
        assert len(both) == 2, f"{name}: flow {flow} has {len(both)} ends"
        assert sorted(side for side, _ in both) == ([0, 1] if flow <= len(divergences) else [1, 1]), name
        if flow <= len(divergences):
            for _, event in both:
                check_divergence(outcome, divergences[flow - 1][1], event, name)
    return count, runs


def check_order(events, name):
    """Slices do not overlap, and each has an end."""
    now, is_open = 0, False
    for time, event in events:
        assert time >= now, f"{name}: {time} behind {now}"
        now = time
        if event["type"] == "TYPE_SLICE_END":
            assert is_open, name
            is_open = False
        else:
            assert not is_open and event["name"], name
            is_open = event["type"] == "TYPE_SLICE_BEGIN"
    assert not is_open, name


def check_divergence(outcome, divergence, event, name):
    """A divergence that is told alone."""
    if re.fullmatch(r"[\d,]+ divergences", event["name"]):
        return
    family = outcome["families"][divergence["family"]]
    wanted = f"{family['class']} {subject(family)}"
    wanted = wanted if len(wanted) <= NAME_MAX else wanted[:NAME_MAX] + "…"
    assert event["name"] == wanted, f"{name}: {event['name']!r}, {wanted!r}"
    notes = {note["name"]: note["string_value"] for note in event["debug_annotations"]}
    assert notes["family"] == family["id"], name
    assert event["categories"] == ["consequence" if "cause" in divergence else "root"], name
    assert notes["canary tid_event_idx"] == str(divergence["canary"]["tid_event_idx"]), name
    assert ("follows by" in notes) == ("cause" in divergence), name


if __name__ == "__main__":
    sys.exit(main())
