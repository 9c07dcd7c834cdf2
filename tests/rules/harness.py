"""What the twins of rules share: writing logs and diffing them."""
import json
import subprocess


def write(log, threads):
    with open(log, "w", encoding="utf-8") as out:
        out.write('{"kind":"schema_version","schema_version":1}\n')
        for tid, events in enumerate(threads):
            start = {"kind": "start", "payload": {"id": f"thread {tid}"}}
            for index, made in enumerate([start] + events):
                out.write(json.dumps({"kind": made["kind"], "tid": tid, "tid_event_idx": index, "payload": made["payload"]}) + "\n")


def diff(evdiff, folder, *options):
    run = subprocess.run([evdiff, "diff", "--rules", "r.json", "--format", "json", "a.jsonl", "b.jsonl", *options],
                         cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
