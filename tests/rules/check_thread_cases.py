#!/usr/bin/env python3
"""Threads that start, work and end otherwise in one run: which are paired, and what is told of those that hang or are missing."""
import random
import sys

from cases import event, roots, rules, run_cases, used


def case_notified_in_the_wrong_thread(case):
    """Before a thread is created its creator runs a routine; ours runs it at the head of the new thread. A wait times out."""
    def calls(tid, names, start=0):
        return [one for at, name in enumerate(names) for one in
                (event("call", tid, name=name, arg=start + at), event("return", tid, name=name, result=0))]
    routine = ["TlsAlloc", "TlsSet", "AttachOne", "AttachTwo"]
    canary, ours = calls(1, ["read"] * 6), calls(1, ["read"] * 6)
    for number in range(3):
        canary += calls(1, routine) + [event("create", 1, entry=number)]
        ours += [event("create", 1, entry=number)]
        more = calls(1, ["write"] * 5, 10 * number)
        canary, ours = canary + more, ours + [event(one["kind"], 1, **one["payload"]) for one in more]
    for number in range(3):
        body = calls(10 + number, ["lock", f"work{number}", "unlock", "wait"] * 4, 100 * number)
        canary += body
        other = [event(one["kind"], 10 + number, **one["payload"]) for one in body]
        other[-1]["payload"]["result"] = 258 if number == 2 else 0
        ours += calls(10 + number, routine) + other
    made = rules("call", "name", name_field="name", priority=["arg"])
    made["priority_fields"].append({"kind": "return", "form": "value", "fields": ["result"], "name_field": "name", "why": "w"})
    outcome = case.diff(canary, ours, made, "--pair", "similarity")
    assert [pair["tid"] for pair in outcome["pairs"]] == [{"canary": tid, "ours": tid} for tid in (1, 10, 11, 12)], outcome["pairs"]
    # The runs that are extra at the head of each new thread are the missing ones, moved.
    assert [found[:2] for found in roots(outcome)] == [("missing", "TlsAlloc"), ("value", "wait")], roots(outcome)
    moved = [family for family in outcome["families"] if family["class"] == "extra"]
    assert [(family["count"], family["follows"]) for family in moved] == [(3, 0)], moved


def case_workers_that_hang(case):
    """A dispatcher wakes alike workers, whose ids differ from run to run; once it skips one, which waits for ever. So do all
    others in the end, and the main thread polls."""
    def both(tid, name, **args):
        return [event("call", tid, name=name, args=args), event("return", tid, name=name, result=0)]
    def run(workers, dispatcher, polls, missed):
        made = both(1, "start")
        for worker in workers:
            made.append(event("create", 1, entry="0x400000"))
        made.append(event("create", 1, entry="0x400100"))
        for _ in range(polls):
            made += both(1, "usleep", us=1000)
        for frame in range(0 if missed else 20):
            made += both(1, "flip", frame=frame)
        for turn in range(3 if missed else 6):
            for number, worker in enumerate(workers):
                if missed and turn == 2 and number == 1:
                    made.append(event("call", worker, name="wait", args={"cond": 5 + number}))
                    continue
                made += both(worker, "wait", cond=5 + number) + both(worker, "compile", block=10 * turn + number) + both(worker, "done")
        for turn in range(3 if missed else 6):
            for number in range(3):
                made += [] if missed and turn == 2 and number == 1 else both(dispatcher, f"wake{number}")
            made += [event("call", dispatcher, name="collect", args={})] if missed and turn == 2 else both(dispatcher, "collect")
        return made
    made = rules("call", "name", name_field="name", priority=["args"], repeats=[
        {"name": "polling", "each": [{"kind": "call", "call": "usleep"}, {"kind": "return", "call": "usleep"}]}],
        forgiven=[{"name": "who-waits-for-ever", "class": "truncated"}])
    made["thread_creation"] = {"kind": "create", "entry_field": "entry", "why": "w"}
    made["priority_fields"].append({"kind": "return", "form": "value", "fields": ["result"], "name_field": "name", "why": "w"})
    outcome = case.diff(run([5, 6, 7], 8, 9, False), run([8, 9, 10], 11, 120, True), made)
    pairs = {pair["tid"]["canary"]: pair["tid"]["ours"] for pair in outcome["pairs"]}
    assert pairs == {1: 1, 5: 8, 6: 9, 7: 10, 8: 11}, pairs
    assert roots(outcome)[0][:2] == ("missing", "wake1"), roots(outcome)
    assert used(outcome)["absorber polling"] == (16, 238), used(outcome)
    assert used(outcome)["absorber who-waits-for-ever"][0] > 40, used(outcome)


def case_workers_that_start_alike(case):
    """Workers do the same and start whenever there is work, in another order each time and under other tids; one of them
    is wrong. One side has a thread more, which watches the others."""
    draw = random.Random(29)
    jobs = [[draw.randrange(1 << 20) for _ in range(12)] for _ in range(6)]

    def run(tids, order, watched):
        made = [event("call", 1, name="main")] + [event("create", 1, child=tid, entry="worker") for tid in tids]
        made += [event("create", 1, child=99, entry="watchdog")] if watched else []
        for number in order:
            made.append(event("start", tids[number], role="worker", number=f"{number:#x}" if watched else number))
        made += [event("start", 99, role="watchdog")] + [event("call", 99, name="check") for _ in range(9)] if watched else []
        for turn in range(12):
            made += [event("call", tids[number], name="take", job=jobs[number][turn]) for number in order]
        return made
    canary, ours = run([5, 6, 7, 8, 9, 10], [3, 1, 0, 5, 2, 4], True), run([20, 30, 25, 21, 7, 6], [0, 4, 1, 2, 5, 3], False)
    wrong = [one for one in ours if one["tid"] == 25 and one["kind"] == "call"][7]
    wrong["payload"]["job"] += 1
    made = rules("call", "name", name_field="name", priority=["job"],
                 compare=[{"name": "spelling", "when": {"kind": "start"}, "fields": "number", "as": "number"},
                          {"name": "tids", "when": {"kind": "create"}, "fields": "child", "as": "nothing"}],
                 optional=[{"name": "creates-watchdog", "when": {"kind": "create", "fields": {"entry": "watchdog"}}}],
                 threads=[{"name": "watchdog", "pair": "order", "when": {"kind": "start", "fields": {"role": "watchdog"}}, "may_be_missing": True},
                          {"name": "workers", "pair": "value", "when": {"kind": "start"}, "fields": "number"}])
    for form in ("value", "creation"):
        outcome = case.diff(canary, ours, made)
        assert {pair["tid"]["canary"]: pair["tid"]["ours"] for pair in outcome["pairs"]} == {1: 1, 5: 20, 6: 30, 7: 25, 8: 21, 9: 7, 10: 6}, form
        assert roots(outcome) == [("value", "take", "job")] and outcome["unpaired"] == {"canary": [], "ours": []}, roots(outcome)
        assert used(outcome)["threads that may be missing by watchdog"] == (1, 0), used(outcome)
        assert used(outcome)["absorber creates-watchdog"] == (1, 0), used(outcome)
        made["threads"][1] = {"name": "workers", "pair": "creation", "when": {"kind": "create"}, "child": "child", "why": "w"}
    assert used(outcome)["threads paired by workers"] == (7, 7), used(outcome)


def case_a_thread_lost_among_events_in_any_order(case):
    """Ours does not create a thread. Wherever in a group of events in any order it would have, that is where it was lost."""
    made = rules("call", "name", any_order=[{"name": "setting-up", "when": {"kind": ["note", "create"]}}],
                 threads=[{"name": "made", "pair": "creation", "when": {"kind": "create"}, "child": "child"}])
    made["thread_creation"] = {"kind": "create", "entry_field": "entry", "why": "w"}
    for place in range(6):
        notes = [event("note", 1, of=number) for number in range(5)]
        canary = notes[:place] + [event("create", 1, child=9, entry="worker")] + notes[place:]
        sides = [[event("call", 1, name="main"), *group, *(event("call", 1, name=f"work{i}") for i in range(9))]
                 for group in (canary, notes[::-1])]
        sides[0] += [event("call", 9, name="work")]
        lost = case.diff(*sides, made)["unpaired"]["canary"]
        assert [thread["tid"] for thread in lost] == [9] and lost[0]["never_created"] and lost[0]["lost_in_cause"], (place, lost)


def case_a_thread_lost_among_lost_events_in_any_order(case):
    """The same where ours lacks more of the group, before and behind: the thread was lost with the event that creates it."""
    draw = random.Random(31)
    made = rules("call", "name", any_order=[{"name": "setting-up", "when": {"kind": ["note", "create"]}}],
                 threads=[{"name": "made", "pair": "creation", "when": {"kind": "create"}, "child": "child"}])
    made["thread_creation"] = {"kind": "create", "entry_field": "entry", "why": "w"}
    made["summaries"] = [{"kinds": ["call"], "form": "first_of", "fields": ["name"], "why": "w"}]
    for _ in range(12):
        group = [event("note", 1, of=draw.randrange(1 << 30)) for _ in range(24)] + [event("create", 1, child=9, entry="worker")]
        draw.shuffle(group)
        kept = [one for one in group if one["kind"] == "note" and draw.random() < 0.6]
        draw.shuffle(kept)
        sides = [[event("call", 1, name="main"), *part, *(event("call", 1, name=f"work{i}") for i in range(9))] for part in (group, kept)]
        sides[0] += [event("call", 9, name="work")]
        outcome = case.diff(*sides, made)
        lost = outcome["unpaired"]["canary"]
        assert [thread["tid"] for thread in lost] == [9] and lost[0]["never_created"] and lost[0]["lost_in_cause"], (group, kept, lost)


def case_a_number_that_is_no_tid(case):
    """A creation names a number of which the lowest 64 bits are the tid of a thread. That thread is another one."""
    made = rules("call", "name", threads=[{"name": "made", "pair": "creation", "when": {"kind": "create"}, "child": "child"}])
    for child, tid, is_it in ((2**64 - 1, -1, False), (f"{2**64 - 1:#x}", -1, False), (1 - 2**64, 1, False), (2**63, -2**63, False),
                              (2**64 + 1, 1, False), (2**63 - 1, 2**63 - 1, True), (-2**63, -2**63, True), (-1, -1, True)):
        main = [event("call", 7, name="main")]
        own = [event("call", tid, name="own")]
        outcome = case.diff(main + [event("create", 7, child=child)] + own, main + own, made)
        lost = [thread["tid"] for thread in outcome["unpaired"]["canary"] if thread.get("never_created")]
        assert lost == ([tid] if is_it else []), (child, tid, outcome["unpaired"])


def case_any_worker_does_any_job(case):
    """Jobs are done by other workers, of which there are more, in another order: by a mapping jobs are the threads. One step comes out wrong."""
    draw = random.Random(13)
    results = [[draw.randrange(1 << 16) for _ in range(4)] for _ in range(20)]
    sides = []
    for workers in (4, 3):
        queues = [[] for _ in range(workers)]
        for job in range(20):
            queues[draw.randrange(workers)].append(job)
        log = []
        for tid, jobs in enumerate(queues):
            log.append(event("start", tid=tid))
            for job in jobs:
                log += [event("step", tid=tid, job=f"job-{job}", at=at, result=result) for at, result in enumerate(results[job])]
        sides.append(log)
    (case.folder / "m.json").write_text('{"mapping": "evdiff.mapping/1", "thread": "payload.job", "kind": "kind", "left_out": ["tid", "tid_event_idx"]}')
    made = rules("step", "payload", priority=["payload"], compare=[])
    options = ["--from", "ndjson", "--mapping", "m.json", "--pair", "similarity"]
    outcome = case.diff(*sides, made, *options)
    assert roots(outcome) == [] and len(outcome["pairs"]) == 20, roots(outcome)
    wrong = next(one for one in sides[1] if one["payload"].get("job") == "job-17" and one["payload"]["at"] == 2)
    wrong["payload"]["result"] ^= 4
    outcome = case.diff(*sides, made, *options)
    assert roots(outcome) == [("value", "", "payload")] and sum(pair["first_divergence"] is not None for pair in outcome["pairs"]) == 1, roots(outcome)


def case_rules_that_find_no_thread(case):
    """A kind or a field is misspelled: threads are paired otherwise, and the reports name the rule."""
    canary, ours = [], []
    for worker in range(3):
        canary += [event("start", tid=worker, name="w", worker=worker), event("op", tid=worker, name="x", n=worker)]
        ours += [event("start", tid=9 - worker, name="w", worker=worker), event("op", tid=9 - worker, name="x", n=worker)]
    canary.insert(1, event("make", tid=0, name="m", child=1))
    ours.insert(1, event("make", tid=9, name="m", child=8))
    value = {"name": "workers", "pair": "value", "when": {"kind": "start"}, "fields": "worker"}
    made = {"name": "made", "pair": "creation", "when": {"kind": "make"}, "child": "child"}

    def hints(*threads):
        outcome = case.diff(canary, ours, rules("start", "name", threads=list(threads)))
        return [(hint["part"], hint["whole"], hint["name"]) for hint in outcome.get("hints", []) if hint["hint"] == "threads"]
    assert hints(value) == []
    ours[-1]["payload"]["n"] = 7
    assert hints(value) == hints(made, value) == []
    assert hints(value | {"fields": "wroker"}) == [(1, 1, "workers")]
    assert hints(value | {"when": {"kind": "strat"}}) == [(1, 1, "workers")]
    assert hints(made | {"when": {"kind": "maek"}}) == [(1, 1, "made")]
    assert hints(value | {"fields": "wroker"}, made | {"when": {"kind": "maek"}}, value | {"name": "right"}) == [(2, 3, "workers")]
    assert hints(value | {"when": {"kind": "strat"}, "may_be_missing": True}, value | {"name": "right"}) == []
    for worker in (event_ for event_ in ours if event_["kind"] == "start"):  # one engine calls it otherwise
        worker["payload"]["id"] = worker["payload"].pop("worker")
    assert hints(value) == [(1, 1, "workers")]


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, globals()))
