#!/usr/bin/env python3
"""evdiff batch, from the plan to the exit code: what it caches, tries again and survives.

    check_batch.py --evdiff PROGRAM
"""
import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

from harness import (HEAD, JOB, JUDGED_AGAIN, TIMEOUT_SECONDS, Batch, Checks, expect, expect_equal, expect_same_night,
                     run_checks)

check = Checks()


@check
def says_one_line_when_nothing_changed(batch):
    batch.manifest(HEAD + JOB.replace("b.jsonl", "a.jsonl"))
    code, out, err = batch.run("batch", "m.toml", "--out", "night")
    expect_equal((code, out, err), (0, "night night: 1 job: 0 new, 1 unchanged, 0 inconclusive, 0 trouble\n", ""), "first")
    code, out, _ = batch.run("batch", "m.toml", "--out", "night")
    expect_equal((code, out), (0, "night night: 1 job: 0 new, 1 unchanged (1 run cached), 0 inconclusive, 0 trouble\n"), "second")


@check
def says_that_a_night_is_judged_again(batch):
    """The command of an old night is no new night: it is told, and how much was diffed for it, but to those who are quiet."""
    batch.manifest(HEAD + JOB)
    expect_equal(batch.run("batch", "m.toml", "-o", "night")[::2], (1, ""), "the first time")
    for command in (["m.toml", "-o", "night"], ["night"]):
        expect_equal(batch.run("batch", *command)[::2], (1, JUDGED_AGAIN.format("night")), f"again by {command}")
    expect_equal(batch.run("batch", "night", "-q")[2], "", "quiet")
    expect_equal([batch.run(*command, "night")[2] for command in (["judge"], ["batch", "--merge"])], ["", ""], "steps that are for it")
    shutil.copyfile(batch.folder / "d.jsonl", batch.folder / "b.jsonl")
    code, _, err = batch.run("batch", "m.toml", "-o", "night")
    expect("evdiff: night: was judged before: 1 of its 1 runs was made anew, and" in err, f"{code} {err}")
    (batch.folder / "night/night.json").unlink()
    expect_equal(batch.run("batch", "m.toml", "-o", "night")[2], "", "a night that was ended before it was judged")


@check
def remedies_are_keys_of_the_manifest(batch):
    """A diff names its options; in a batch they are keys."""
    with (batch.folder / "b.jsonl").open("a", encoding="utf-8") as log:
        log.write("stray\n")
    (batch.folder / "c.jsonl").write_bytes(b"\x1f\x8b")
    batch.manifest(HEAD + JOB)
    out = batch.run("batch", "m.toml", "-o", "night")[1]
    message = batch.record("a")["message"]
    expect(message.endswith("; tolerant = true skips such lines") and "tolerant = true skips" in out.replace("\n     ", ""), f"{message}\n{out}")
    expect("--" not in message, message)
    for option, key in (("--max-unpacked SIZE", '"max_unpacked" SIZE'), ("--memory-high", "--memory-high"), ("x--tolerant", "x--tolerant"),
                        ("--pair similarity", '"pair" similarity'), ("--tolerant", "tolerant = true")):
        program = batch.wrapper(f"echo 'evdiff: a ({option}) b' >&2; exit 2\n")
        batch.run("batch", "m.toml", "-o", "night", env=dict(os.environ, EVDIFF_BATCH_PROGRAM=str(program)))
        expect_equal(batch.record("a")["message"], f"evdiff: a ({key}) b", option)


@check
def tells_lines_that_were_skipped(batch):
    with (batch.folder / "a.jsonl").open("a", encoding="utf-8") as log:
        log.write("stray\n")
    batch.manifest(HEAD + JOB.replace("b.jsonl", "a.jsonl") + "tolerant = true\n")
    line = "night night: 1 job: 0 new, 1 unchanged{}, 0 inconclusive, 0 trouble\n"
    skipped = "\nLines that are no events and were skipped\n  a: 2\n"
    code, out, _ = batch.run("batch", "m.toml", "--out", "night")
    expect_equal((code, out), (0, line.format("") + skipped), "both logs")
    expect_equal(batch.night()["jobs"][0]["runs"][0]["skipped_lines"], 2, "night.json")
    code, out, _ = batch.run("batch", "m.toml", "--out", "next", "--previous", "night")
    expect_equal((code, out.partition("\n")[2]), (0, skipped), "taken from the night before")
    expect_equal(batch.record("a", "next")["skipped_lines"], 2, "a record that was taken")
    shutil.copyfile(batch.folder / "a.jsonl", batch.folder / "copy.jsonl")
    batch.manifest(HEAD + JOB.replace("b.jsonl", "a.jsonl") + "tolerant = true\ncontrol = [\"copy.jsonl\"]\n")
    code, out, _ = batch.run("batch", "m.toml", "--out", "controlled")
    expect_equal((code, out.partition("\n")[2]), (0, skipped.replace("2", "3")), "a control run")


@check
def tells_exit_codes_apart(batch):
    inconclusive = JOB.replace('name = "a"', 'name = "i"') + 'max_absorbed = "0%"\nmin_compared = 1000000\n'
    batch.manifest(HEAD + JOB)
    expect_equal(batch.run("batch", "m.toml", "-o", "n1")[0], 1, "new")
    expect_equal(batch.run("batch", "m.toml", "-o", "n1", "--fail-on", "moved")[0], 0, "new, not failed on")
    batch.manifest(HEAD + JOB + inconclusive)
    expect_equal(batch.run("batch", "m.toml", "-o", "n1")[0], 3, "inconclusive before new")
    batch.manifest(HEAD + JOB + inconclusive + JOB.replace('name = "a"', 'name = "m"').replace("b.jsonl", "no.jsonl"))
    expect_equal(batch.run("batch", "m.toml", "-o", "n1")[0], 2, "trouble before inconclusive")
    expect_equal(batch.run("judge", "n1")[0], 2, "judged again")
    batch.manifest(HEAD + JOB + JOB.replace('name = "a"', 'name = "p"').replace("b.jsonl", "d.jsonl"))
    expect_equal(batch.run("batch", "m.toml", "-o", "n1")[0], 2, "no thread has a counterpart")
    expect_equal(batch.record("p", "n1")["result"], "nothing compared", "a job without pairs")
    batch.manifest(HEAD + JOB + 'tid_map = "7=7"\n')
    code, out, _ = batch.run("batch", "m.toml", "-o", "n1")
    expect(code == 2 and "\n  a: nothing compared\n" in out, f"a map that names no thread: {code}, {out}")
    batch.manifest(HEAD + JOB + inconclusive)
    shutil.rmtree(batch.folder / "n1/jobs/a")
    _, out, _ = batch.run("judge", "n1")
    expect("1 not run" in out, f"a job without a record: {out}")
    expect_equal(batch.run("judge", "none")[0], 2, "no such folder")


@check
def caches_by_content(batch):
    outcome = batch.folder / "night/jobs/a/outcome.json.zst"
    batch.manifest(HEAD + JOB)
    batch.run("batch", "m.toml", "-o", "night")
    first = outcome.stat()
    os.utime(batch.folder / "b.jsonl")
    _, out, _ = batch.run("batch", "m.toml", "-o", "night")
    expect("1 run cached" in out and outcome.stat().st_mtime_ns == first.st_mtime_ns, "another time, the same content")
    batch.manifest(HEAD + JOB + 'disable_absorber = ["wait-begin", "nested-cs"]\n')
    expect("cached" not in batch.run("batch", "m.toml", "-o", "night")[1], "another option")
    batch.manifest(HEAD + JOB + 'timeout = "1m"\nconfirm = 3\nindex = "off"\n')
    _, out, _ = batch.run("batch", "m.toml", "-o", "next", "--previous", "night")
    expect("cached" not in out, "the earlier night has another option")
    batch.manifest(HEAD + JOB)
    _, out, _ = batch.run("batch", "m.toml", "-o", "third", "--previous", "next")
    expect("1 run cached" in out, "what no outcome depends on is not in the key")
    expect_equal((batch.folder / "third/jobs/a/outcome.json.zst").read_bytes(),
                 (batch.folder / "next/jobs/a/outcome.json.zst").read_bytes(), "outcome that was taken")
    log = batch.folder / "b.jsonl"
    log.write_text(log.read_text() + "\n")
    expect("cached" not in batch.run("batch", "m.toml", "-o", "third")[1], "another log")
    rules = batch.folder / "rules.json"
    rules.write_bytes(subprocess.run([batch.evdiff, "rules"], capture_output=True, check=True).stdout)
    batch.manifest(HEAD + JOB + 'rules = "rules.json"\n')
    batch.run("batch", "m.toml", "-o", "third")
    rules.write_bytes(rules.read_bytes() + b"\n")
    expect("cached" not in batch.run("batch", "m.toml", "-o", "third")[1], "other rules")


@check
def hashes_as_its_diffs_do(batch):
    """What a diff tells of its logs is what the batch finds where it tells nothing."""
    batch.manifest(HEAD + JOB)
    batch.run("batch", "m.toml", "-o", "told")
    environment = dict(os.environ, EVDIFF_REAL=str(batch.evdiff))
    for name, script in (("untold", 'unset EVDIFF_BATCH_REPLY\n'), ("wrong", 'echo "no hash" >&$EVDIFF_BATCH_REPLY\n')):
        environment["EVDIFF_BATCH_PROGRAM"] = str(batch.wrapper(script + 'exec "$EVDIFF_REAL" "$@"\n'))
        batch.run("batch", "m.toml", "-o", name, env=environment)
        hashes = [[log["hash"] for log in batch.record("a", night)["logs"]] for night in ("told", name)]
        expect_equal(hashes[0], hashes[1], f"hashes where the diff is {name}")
    expect(len(set(hashes[0])) == 2, f"hashes: {hashes[0]}")


@check
def believes_no_damaged_file(batch):
    batch.manifest(HEAD + JOB)
    batch.run("batch", "m.toml", "-o", "night")
    outcome, record = batch.folder / "night/jobs/a/outcome.json.zst", batch.folder / "night/jobs/a/job.json"
    whole, night = outcome.read_bytes(), (batch.folder / "night/night.json").read_bytes()
    for path, damage in ((outcome, whole[:-1]), (outcome, whole[:20] + bytes([whole[20] ^ 1]) + whole[21:]), (outcome, None),
                         (record, b"{"), (record, b""), (record, b"{}"), (record, record.read_bytes().replace(b"/1", b"/2")),
                         (record, record.read_bytes().replace(b'"verdict"', b'"verdic"')), (record, None)):
        path.unlink()
        if damage is not None:
            path.write_bytes(damage)
        _, out, _ = batch.run("batch", "m.toml", "-o", "night")
        expect("cached" not in out, f"{path.name} with {damage!r} was believed")
        expect_equal(outcome.read_bytes(), whole, "outcome made again")
        expect_equal((batch.folder / "night/night.json").read_bytes(), night, "night made again")
    record.write_bytes(b"{")
    code, out, _ = batch.run("judge", "night")
    expect(code == 2 and "a: not run its job.json is damaged or of another version" in " ".join(out.split()), f"judged: {code} {out}")
    plan = batch.folder / "night/plan.json"
    good = plan.read_text()
    for bad in ("", "[]", "{}", good.replace("plan/1", "plan/9"), good.replace('"name": "a"', '"name": "../a"'),
                good.replace('"ours": ["b.jsonl"]', '"ours": []'), good.replace('"settings": {}', '"settings": {"x": 1}')):
        expect(bad != good, "a plan that is no other")
        plan.write_text(bad)
        code, _, err = batch.run("batch", "night")
        expect(code == 2 and err.startswith("evdiff: night/plan.json") or "/night/plan.json" in err, f"{bad!r}: {err}")


@check
def follows_nothing_that_stands_in_a_folder(batch):
    """A link or a pipe beside a file that is written, and one in the place of a file that is read."""
    batch.manifest(HEAD + JOB)
    batch.run("batch", "m.toml", "-o", "night")
    night, log = batch.folder / "night", (batch.folder / "a.jsonl").read_bytes()
    beside = night / "night.json.tmp"
    for make in (lambda: beside.symlink_to("../a.jsonl"), lambda: os.mkfifo(beside)):
        whole = (night / "night.json").read_bytes()
        make()
        (night / "night.json").unlink()
        expect_equal(batch.run("judge", "night")[0], 1, "exit code of judge")
        expect_equal((batch.folder / "a.jsonl").read_bytes(), log, "the log that a link leads to")
        expect_equal((night / "night.json").read_bytes(), whole, "the night")
        expect(not os.path.lexists(beside), "what stood beside the night is still there")
    (night / "night.json").unlink()
    beside.mkdir()
    code, _, err = batch.run("judge", "night")
    expect(code == 2 and err.rstrip().endswith("night/night.json.tmp: Is a directory"), err)
    beside.rmdir()
    outcome = night / "jobs/a/outcome.json.zst"
    outcome.unlink()
    os.mkfifo(outcome)
    for command in (["judge", "night"], ["known", "check", "night"]):
        code, _, err = batch.run(*command)
        expect(code == 2 and "/outcome.json.zst: is no regular file; remove it" in err, f"{command}: {code} {err}")
    expect_equal(batch.run("batch", "night")[0], 1, "a batch makes the outcome again")
    expect_equal(batch.run("judge", "night")[0], 1, "judged again")


@check
def goes_on_by_the_folder_alone(batch):
    batch.manifest(HEAD + JOB)
    expect_equal(batch.run("batch", "m.toml", "-o", "night", "--plan")[0], 0, "--plan")
    expect(not (batch.folder / "night/jobs").exists(), "--plan has diffed")
    (batch.folder / "m.toml").unlink()
    code, out, _ = batch.run("batch", "night")
    expect(code == 1 and "1 new" in out, out)


@check
def takes_no_past_of_what_is_no_night(batch):
    batch.manifest(HEAD + JOB)
    (batch.folder / "nights").mkdir()
    code, out, err = batch.run("batch", "m.toml", "-o", "nights/1", "--previous", "nights")
    expect_equal((code, out, err), (2, "", "evdiff: nights: is no folder of a night: it has neither plan.json nor night.json\n"), "another folder")
    expect(not (batch.folder / "nights/1").exists(), "a night was begun")
    expect_equal(batch.run("batch", "m.toml", "-o", "nights", "--previous", "nights")[::2], (1, ""), "the night itself")
    (batch.folder / "nights/night.json").unlink()
    unjudged = "evdiff: nights: was not judged, so nothing of earlier nights is known by it; 'evdiff batch nights' goes on with it\n"
    code, out, err = batch.run("batch", "m.toml", "-o", "next", "--previous", "nights")
    expect("1 run cached" in out, "its outcomes are taken")
    expect_equal((code, err), (1, unjudged), "a night that was not judged")


@check
def locks_the_folder(batch):
    batch.manifest(HEAD + JOB)
    batch.run("batch", "m.toml", "-o", "night")
    with open(batch.folder / "night/.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, _, err = batch.run("batch", "m.toml", "-o", "night")
        expect(code == 2 and "another evdiff works in this folder" in err, err)


@check
def waits_for_what_a_killed_batch_leaves(batch):
    """A diff that was just begun when its batch was killed has the lock for a moment."""
    batch.manifest(HEAD + JOB)
    batch.run("batch", "m.toml", "-o", "night")
    with open(batch.folder / "night/.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        timer = threading.Timer(0.1, fcntl.flock, (lock, fcntl.LOCK_UN))
        timer.start()
        code, _, err = batch.run("batch", "m.toml", "-o", "night")
        timer.join()
    expect_equal((code, err), (1, JUDGED_AGAIN.format("night")), "the folder is free soon")


def wait_for(condition, what):
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


@check
def two_at_once_do_no_harm(batch):
    batch.manifest(HEAD + "".join(JOB.replace('name = "a"', f'name = "{i}"') for i in range(12)))
    both = [subprocess.Popen([batch.evdiff, "batch", "m.toml", "-o", "night"], cwd=batch.folder, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [(process.communicate(timeout=TIMEOUT_SECONDS), process.returncode) for process in both]
    for (_, err), code in ends:
        expect((code, err) in ((1, ""), (1, JUDGED_AGAIN.format("night"))) or (code == 2 and "another evdiff works" in err), f"{code}: {err}")
    expect(any(code == 1 for _, code in ends), f"neither got the folder: {ends}")
    expect_equal(batch.night()["counts"]["new"], 12, "jobs done")


# A program in the place of a diff that misbehaves as the log of ours is called; the true one is told by the environment.
MISBEHAVES = """
ours=${!#}
echo "$ours" >>tries
case $ours in
*segv*) kill -SEGV $$ ;;
*kill*) kill -KILL $$ ;;
*hang*) trap '' TERM; sleep 60 & wait; wait ;;
*slow*) sleep 60 ;;
*device*) echo "evdiff: x: Input/output error" >&2; exit 2 ;;
*memory*) echo "evdiff: Cannot allocate memory" >&2; exit 2 ;;
*refuse*) for i in $(seq 2000); do echo "line $i"; done >&2; exit 2 ;;
*once*) [ -e once-tried ] || { touch once-tried; kill -ABRT $$; } ;;
*nothing*) exit 0 ;;
*full*) echo "evdiff: y: No space left on device" >&2; exit 2 ;;
esac
exec "$EVDIFF_REAL" "$@"
"""


def with_wrapper(batch, names, *options, limits="", manifest=""):
    """Runs a batch whose diffs are made by the misbehaving program."""
    for name in names:
        shutil.copyfile(batch.folder / "b.jsonl", batch.folder / f"{name}.jsonl")
    jobs = "".join(JOB.replace('name = "a"', f'name = "{name}"').replace("b.jsonl", f"{name}.jsonl") + limits for name in names)
    batch.manifest(HEAD + manifest + jobs)
    environment = dict(os.environ, EVDIFF_REAL=str(batch.evdiff), EVDIFF_BATCH_PROGRAM=str(batch.wrapper(MISBEHAVES)))
    return batch.run("batch", "m.toml", "-o", "night", *options, env=environment)


@check
def tells_trouble_apart(batch):
    wanted = {"segv": ("crash", 2, "ended by SIGSEGV"), "kill": ("killed", 2, "was killed by SIGKILL"),
              "device": ("I/O error", 2, "Input/output error"), "memory": ("out of memory", 2, "Cannot allocate memory"),
              "refuse": ("malformed", 1, "line 2000"), "once": ("done", 2, "")}
    code, out, err = with_wrapper(batch, wanted)
    expect_equal((code, err), (2, ""), "exit code and messages")
    tries = (batch.folder / "tries").read_text().split()
    for name, (result, attempts, message) in wanted.items():
        record = batch.record(name)
        expect_equal((record["result"], record["attempts"]), (result, attempts), name)
        expect(message in record["message"] and len(record["message"]) <= 4200, f"{name}: {record['message'][-200:]!r}")
        expect_equal(tries.count(f"{name}.jsonl"), attempts, f"tries of {name}")
        expect(record["result"] == "done" or f"{name}: {result}" in out, f"{name} is not in {out}")
    expect("line 1\n" not in batch.record("refuse")["message"], "the message is not its tail")
    # What was in trouble is tried again by the same command; what is done is not.
    batch.run("batch", "m.toml", "-o", "night")
    expect_equal(batch.night()["counts"]["trouble"], 0, "trouble once the true program runs")
    expect_equal((batch.folder / "tries").read_text().split(), tries, "diffs by the other program")


@check
def ends_what_takes_too_long(batch):
    started = time.monotonic()
    code, _, _ = with_wrapper(batch, ["slow"], limits='timeout = "1s"\n')
    record = batch.record("slow")
    expect_equal((code, record["result"], record["attempts"]), (2, "timeout", 2), "slow")
    expect(time.monotonic() - started < 50, "SIGTERM was not enough for a program that takes it")
    expect("took longer than its timeout of 1 s" in record["message"], record["message"])


@check
def stops_when_the_disk_is_full(batch):
    code, out, err = with_wrapper(batch, ["full"])
    expect(code == 2 and out == "" and "No space left on device" in err, f"{out}{err}")
    expect(not (batch.folder / "night/jobs/full/job.json").exists(), "a record where the disk is full")


@check
def leaves_nothing_half_where_files_may_not_grow(batch):
    batch.manifest(HEAD + "".join(JOB.replace('name = "a"', f'name = "{i}"') for i in range(3)))
    batch.run("batch", "m.toml", "-o", "good", "-q")
    for most in (1, 700, 3000):
        shutil.rmtree(batch.folder / "night", ignore_errors=True)
        code, _, err = batch.run("batch", "m.toml", "-o", "night",
                                 preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
        if code == 1:
            continue
        expect(code == 2 and "File too large" in err, f"{most} bytes: {code} {err}")
        expect_equal(batch.run("batch", "m.toml", "-o", "night")[0], 1, f"gone on behind {most} bytes")
        expect_same_night(batch.folder / "good", batch.folder / "night")


@check
def stops_on_signals(batch):
    for number in (signal.SIGINT, signal.SIGTERM):
        shutil.rmtree(batch.folder / "night", ignore_errors=True)
        environment = dict(os.environ, EVDIFF_REAL=str(batch.evdiff), EVDIFF_BATCH_PROGRAM=str(batch.wrapper(MISBEHAVES)))
        shutil.copyfile(batch.folder / "b.jsonl", batch.folder / "slow.jsonl")
        batch.manifest(HEAD + JOB.replace("b.jsonl", "slow.jsonl"))
        (batch.folder / "tries").unlink(missing_ok=True)
        process = subprocess.Popen([batch.evdiff, "batch", "m.toml", "-o", "night"], cwd=batch.folder, env=environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for((batch.folder / "tries").exists, "the diff to begin")
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        expect_equal((process.returncode, out), (-number, ""), "how it ended")
        expect_equal(err, "evdiff: stopped: 0 of 1 runs done, 1 left; the same command goes on\n", "what it said")
        expect(not (batch.folder / "night/night.json").exists(), "a night that was stopped was judged")
        expect_equal(batch.run("batch", "m.toml", "-o", "night")[0], 1, "gone on")


@check
def runs_shards_and_merges_them(batch):
    names = [f"{i:02}" for i in range(4)]
    batch.manifest(HEAD + "".join(
        JOB.replace('name = "a"', f'name = "{name}"').replace('"b.jsonl"', '["b.jsonl", "a.jsonl", "b.jsonl"]') for name in names).replace("[[job]]\n", "[[job]]\nconfirm = 1\n"))
    batch.run("batch", "m.toml", "-o", "whole/night")
    for count in (1, 2, 5):
        out = f"shards-{count}/night"
        expect_equal(batch.run("batch", "m.toml", "-o", out, "--plan", "-q")[0], 0, "--plan")
        for shard in range(1, count):
            expect_equal(batch.run("batch", out, "--shard", f"{shard}/{count}", "-q")[0], 0, f"shard {shard} of {count}")
        if count > 1:
            code, text, _ = batch.run("batch", out, "--merge")
            expect(code == 2 and "not run" in text, f"without the last of {count}: {code} {text}")
        batch.run("batch", out, "--shard", f"{count}/{count}", "-q")
        _, _, err = batch.run("batch", out, "--shard", f"{count}/{count}")
        expect(", 0 diffed, " in err, f"a shard that is done: {err}")
        expect_equal(batch.run("batch", out, "--merge")[0], 1, "--merge")
        for name in names:
            for run in ("", ".2", ".3"):
                file = f"jobs/{name}/outcome{run}.json.zst"
                expect_equal((batch.folder / out / file).read_bytes(), (batch.folder / "whole/night" / file).read_bytes(), file)
        expect_equal((batch.folder / out / "night.json").read_bytes(), (batch.folder / "whole/night/night.json").read_bytes(),
                     f"night of {count} shards")
    for wrong in ("0/2", "3/2", "1/0", "1", "/", "a/2"):
        expect_equal(batch.run("batch", "whole/night", "--shard", wrong)[0], 2, wrong)


@check
def tells_since_when(batch):
    """A root is new once it is in all of a night's runs, or in as many nights as the job says; it has the night of its first sight."""
    def night(name, *ours, previous=None, confirm=""):
        for i, log in enumerate(ours):
            shutil.copyfile(batch.folder / log, batch.folder / f"ours-{i}.jsonl")
        runs = json.dumps([f"ours-{i}.jsonl" for i in range(len(ours))])
        batch.manifest(HEAD + JOB.replace('"b.jsonl"', runs) + confirm)
        code, out, _ = batch.run("batch", "m.toml", "-o", name, *(["--previous", previous] if previous else []))
        job = batch.night(name)["jobs"][0]
        families = [(family["state"], family["first"], family["nights"]) for family in job.get("families", [])]
        return code, job["state"], families, len(job.get("gone", [])), out

    confirm = "confirm = 2\n"
    expect_equal(night("n1", "a.jsonl", confirm=confirm)[:4], (0, "unchanged", [], 0), "night 1")
    expect_equal(night("n2", "b.jsonl", previous="n1", confirm=confirm)[:4], (0, "unconfirmed", [("unconfirmed", "n2", 1)], 0), "night 2")
    code, state, families, gone, out = night("n3", "b.jsonl", previous="n2", confirm=confirm)
    expect_equal((code, state, families, gone), (1, "new", [("new", "n2", 2)], 0), "night 3")
    expect("\nNew\n" in out and "first seen in night n2" in out and f"evdiff show {batch.folder}/a.jsonl {batch.folder}/ours-0.jsonl 4:5 -C 5" in out, out)
    expect("canary=0x0 STATUS_SUCCESS ours=0xc0000008 STATUS_INVALID_HANDLE" in out, out)
    # No line is wider than a screen but commands, which are to be copied.
    expect(all(len(line) <= 80 or line.lstrip().startswith("evdiff ") for line in out.splitlines()), out)
    # A night that could not tell neither goes on with the count nor ends it.
    code, state, families, gone, _ = night("n4", "b.jsonl", previous="n3", confirm=confirm + "min_compared = 1000000\n")
    expect_equal((code, state, families), (3, "inconclusive", [("new", "n2", 2)]), "night 4")
    expect_equal(night("n5", "b.jsonl", previous="n4", confirm=confirm)[:4], (1, "new", [("new", "n2", 3)], 0), "night 5")
    code, state, families, gone, out = night("n6", "a.jsonl", previous="n5", confirm=confirm)
    expect_equal((code, state, families, gone), (0, "unchanged", [], 1), "night 6")
    expect("\nGone\n" in out, out)
    expect_equal(night("n7", "a.jsonl", previous="n6", confirm=confirm)[3], 0, "what was gone before, in night 7")
    # Several runs confirm each other; one that lacks it makes it unconfirmed.
    expect_equal(night("m1", "b.jsonl", "b.jsonl")[:3], (1, "new", [("new", "m1", 1)]), "in both runs")
    expect_equal(night("m2", "b.jsonl", "a.jsonl")[:3], (0, "unconfirmed", [("unconfirmed", "m2", 1)]), "in one of two runs")
    expect_equal(batch.run("judge", "m2", "--fail-on", "unconfirmed")[0], 1, "--fail-on unconfirmed")
    # The night before is kept in the folder: judging again needs no other.
    shutil.rmtree(batch.folder / "n2")
    whole = (batch.folder / "n3/night.json").read_bytes()
    expect_equal(batch.run("judge", "n3")[0], 1, "judged without the night before")
    expect_equal((batch.folder / "n3/night.json").read_bytes(), whole, "night.json judged again")


@check
def remembers_by_the_history(batch):
    """With a history the night before need not be named; what is older than that night's memory, the history knows."""
    batch.manifest(HEAD + JOB)
    ours = batch.folder / "b.jsonl"
    different, equal = ours.read_bytes(), (batch.folder / "a.jsonl").read_bytes()

    def night(name, text, *more):
        ours.write_bytes(text)
        code, _, err = batch.run("batch", "m.toml", "-o", f"nights/{name}", "--history", "h", *more)
        if "built without SQLite" in err:
            return None
        job = batch.night(f"nights/{name}")["jobs"][0]
        return code, job["state"], [(family["first"], family["nights"]) for family in job.get("families", [])], err

    first = night("2", different)
    if first is None:
        return
    expect_equal(first[:3], (1, "new", [("2", 1)]), "night 2")
    code, state, families, err = night("3", different)
    expect_equal((code, state, families), (1, "new", [("2", 2)]), "night 3")
    expect("the night before is " in err and "/nights/2, by h" in err, err)
    # Again, and shorter: the past that the night has stays.
    whole = (batch.folder / "nights/3/night.json").read_bytes()
    batch.run("batch", "m.toml", "-o", "nights/3")
    expect_equal((batch.folder / "nights/3/night.json").read_bytes(), whole, "night 3 once more, without a history")
    # What was gone for a night comes back with the night that had it first.
    expect_equal(night("10", equal)[:3], (0, "unchanged", []), "night 10")
    expect_equal(night("11", different, "-q")[1:4], ("new", [("2", 1)], ""), "night 11")
    expect_equal(batch.run("judge", "nights/11", "--history", "h", "-q")[0], 1, "night 11 judged again")
    expect_equal(batch.night("nights/11")["jobs"][0]["families"][0]["first"], "2", "night 11 judged again")
    # Folders that are deleted are told.
    shutil.rmtree(batch.folder / "nights/11")
    code, state, families, err = night("12", different)
    expect_equal((state, families), ("new", [("2", 1)]), "night 12")
    expect("/nights/11, the night before by h, is not there any more" in err, err)


@check
def makes_no_folder_for_what_is_refused(batch):
    """A history that is none, or is nowhere, a report over a log, an earlier night that is not there: nothing is made."""
    batch.manifest(HEAD + JOB)
    (batch.folder / "text").write_text("no history at all")
    if "built without SQLite" in batch.run("history", "new", "text")[2]:
        return
    log = (batch.folder / "a.jsonl").read_bytes()
    before = sorted(batch.folder.iterdir())
    for options, word in (
        (("--history", "text"), "is no SQLite database"),
        (("--history", "none/h"), "can't be opened, or made in its folder"),
        (("--history", "nights/10/other/h"), "can't be opened, or made in its folder"),
        (("--history", "a.jsonl"), "one of the logs"),
        (("--report", "json=a.jsonl"), "one of the logs"),
        (("--previous", "none"), "No such file"),
    ):
        code, _, err = batch.run("batch", "m.toml", "-o", "nights/1", *options)
        expect(code == 2 and word in err, err)
        expect_equal(sorted(batch.folder.iterdir()), before, " ".join(options))
    expect_equal((batch.folder / "a.jsonl").read_bytes(), log, "the log")
    # A history may be in the folder that is made, or beside it, whatever the spelling.
    for night, history in (("nights/1", "nights/1/h"), ("./nights2//1", "nights2/h"), ("n3/", f"{batch.folder}/n3/h"), ("n4", "./n4//h")):
        code, _, err = batch.run("batch", "m.toml", "-o", night, "--history", history)
        expect(code == 1 and (batch.folder / history).is_file(), err)


@check
def keeps_the_night_of_another_manifest(batch):
    batch.manifest(HEAD + JOB)
    batch.run("batch", "m.toml", "-o", "night")
    whole = (batch.folder / "night/plan.json").read_bytes()
    (batch.folder / "other.toml").write_text(HEAD + JOB.replace('name = "a"', 'name = "z"'))
    code, out, err = batch.run("batch", "other.toml", "-o", "night")
    expect_equal((code, out), (2, ""), "another manifest")
    expect("night: has the night of another manifest, m.toml in " in err and "--out names another folder" in err, err)
    expect_equal((batch.folder / "night/plan.json").read_bytes(), whole, "the plan")
    expect(not (batch.folder / "night/jobs/z").exists(), "a job of the other manifest")
    expect_equal(batch.run("batch", "./m.toml", "-o", "night")[0], 1, "the same manifest by another path")


@check
def admits_by_memory(batch):
    """Diffs that do not fit beside each other run one after the other; one that never fits runs alone."""
    script = MISBEHAVES.replace('case $ours in', 'mkdir running 2>/dev/null || touch together\nsleep 0.2\nrmdir running 2>/dev/null\ncase $ours in')
    environment = dict(os.environ, EVDIFF_REAL=str(batch.evdiff), EVDIFF_BATCH_PROGRAM=str(batch.wrapper(script)))
    batch.manifest(HEAD + "".join(JOB.replace('name = "a"', f'name = "{i}"') for i in range(3)))
    batch.run("batch", "m.toml", "-o", "one", "--jobs", "3", "--memory", "50M", env=environment)
    expect(not (batch.folder / "together").exists(), "two diffs of 32 MiB in 50 MiB")
    expect_equal(batch.night("one")["counts"]["new"], 3, "jobs in little memory")
    batch.run("batch", "m.toml", "-o", "none", "--jobs", "3", "--memory", "1K", env=environment)
    expect(not (batch.folder / "together").exists(), "two diffs that never fit")
    expect_equal(batch.night("none")["counts"]["new"], 3, "jobs in no memory")
    batch.run("batch", "m.toml", "-o", "all", "--jobs", "3", "--memory", "1G", env=environment)
    expect((batch.folder / "together").exists(), "diffs that fit ran one after the other")


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, Batch, check))
