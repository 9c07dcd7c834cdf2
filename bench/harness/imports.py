"""What it costs to make logs of other programs' traces, and what each power of the second format of rules costs a diff."""
import json
import re

from harness.process import Run, say, summary
from harness.tools import BENCH, generate

TRACES = BENCH.parent / "tests/data/traces"

# A format, its sample, and more options.
FORMATS = [
    ("strace", "copy-a.strace", []),
    ("eip-3155", "add-a.jsonl", []),
    ("wine-relay", "copy-a.relay", []),
    ("spike", "carry-a.spike", []),
    ("gem5", "load-a.gem5", []),
    ("chrome-trace", "frames-a.json", []),
    ("ndjson", "jobs-a.ndjson", ["--mapping", TRACES / "jobs.mapping.json"]),
]

WORDS = {"kind": "kernel.call"}
WAIT = [{"kind": "wait.begin"}, {"kind": "wait.end"}]
# Of an ordinary pair, whose calls have their arguments as an object of texts.
POWERS = [
    ("compare, settled in the key", {"compare": [{"when": WORDS, "fields": "args.*", "as": "hexadecimal"}]}),
    ("compare, within", {"compare": [{"when": WORDS, "fields": "args.a3", "as": {"within": 1}}]}),
    ("compare, first", {"compare": [{"when": WORDS, "fields": "args.*", "as": {"first": 8}}]}),
    ("compare, constant", {"compare": [{"when": WORDS, "fields": "args.a3", "as": {"constant": "any"}}]}),
    ("compare, only", {"compare": [{"when": WORDS, "fields": "args.*", "as": [{"only": {"at_least": "0x10000"}}, "hexadecimal"]}]}),
    ("compare, alike", {"compare": [{"when": WORDS, "fields": "args.*", "as": {"alike": [["0x0", "0xffffffff"]]}}]}),
    ("compare, if_both", {"compare": [{"when": WORDS, "fields": "args.a5", "as": "if_both"}]}),
    ("compare, pairs", {"compare": [{"when": WORDS, "fields": "args.a3", "as": {"pairs": [["0x0", "0xffffffff"]]}}]}),
    ("compare, drift", {"compare": [{"when": WORDS, "fields": "args.a3", "as": {"drift": 1}}]}),
    ("compare, drift of 32 bits", {"compare": [{"when": WORDS, "fields": "args.a3", "as": {"drift": {"absolute": 1, "bits": 32}}}]}),
    ("compare, renamed", {"compare": [{"when": WORDS, "fields": "args.a3", "as": "renamed"}]}),
    ("compare, renamed in all threads", {"compare": [{"when": WORDS, "fields": "args.a3", "as": "renamed", "scope": "log"}]}),
    ("compare, renamed_parts", {"compare": [{"when": WORDS, "fields": "args.a3", "as": {"renamed_parts": "%x"}}]}),
    ("compare, adopt and adopted", {"compare": [{"when": WORDS, "fields": "args.a2", "as": {"adopt": "name"}},
                                                {"when": WORDS, "fields": "args.a3", "as": {"adopted": "name"}}]}),
    ("passed_over", {"passed_over": [{"when": {"kind": "kernel.call", "fields": {"args.a0": 12345}}}]}),
    ("optional", {"optional": [{"when": {"kind": "import.call"}}]}),
    ("optional, from and to", {"optional": [{"from": {"kind": "wait.begin"}, "to": {"kind": "wait.end"}}]}),
    ("instead", {"instead": [{"canary": {"when": {"kind": "wait.begin"}}, "ours": {"each": WAIT}}]}),
    ("any_order", {"any_order": [{"when": {"kind": "import.call"}}]}),
    ("any_order, between", {"any_order": [{"when": {"kind": "import.call"}, "between": {"kind": "wait.begin"}}]}),
    ("may_move", {"may_move": [{"each": WAIT, "by": 100}]}),
    ("repeats", {"repeats": [{"each": WAIT}]}),
    ("repeats, the last is kept", {"repeats": [{"each": WAIT, "keep": "last"}]}),
    ("threads, by value", {"threads": [{"pair": "value", "when": {"kind": "kernel.call"}, "fields": "name"}]}),
    ("threads, by creation", {"threads": [{"pair": "creation", "when": {"kind": "thread.create"}, "fields": "entry_pc"}]}),
    ("forgiven", {"forgiven": [{"class": "value", "when": {"kind": "kernel.return"}}]}),
]

# The same pair with arguments of another form, and powers that are about such.
FORMS = [
    ("arguments in JSON texts", lambda text: json.dumps(text), [
        ("compare, json", {"compare": [{"when": WORDS, "fields": "args", "as": "json"}]}),
    ]),
    ("arguments in lists", lambda text: json.dumps(list(json.loads(text).values())), [
        ("compare, set", {"compare": [{"when": WORDS, "fields": "args", "as": "set"}]}),
        ("compare, multiset", {"compare": [{"when": WORDS, "fields": "args", "as": "multiset"}]}),
        ("compare, set of names", {"compare": [{"when": WORDS, "fields": "args[]", "as": "renamed"},
                                               {"when": WORDS, "fields": "args", "as": "set"}]}),
    ]),
]


def write_trace(name, sample, path, size):
    """The sample, as often as it takes. Trace events are one list, in which time goes on."""
    text = (TRACES / sample).read_text()
    is_list = name == "chrome-trace"
    if is_list:
        lines = [line.rstrip(",") for line in text.splitlines() if '"ph"' in line]
        text = "".join(re.sub('"ts":[0-9]+', '"ts":%d', line.replace("%", "%%")) + ",\n" for line in lines)
        times = [int(found) for line in lines for found in re.findall('"ts":([0-9]+)', line)]
    with open(path, "w", encoding="utf-8") as out:
        out.write("[\n" if is_list else "")
        for at in range(size // len(text) + 1):
            out.write(text % tuple(at * 50000 + time for time in times) if is_list else text)


def measure_imports(options, tools, folder):
    """Bytes a second of processor time for each format, and how long diffs with each power take."""
    if options.row:
        return None
    size = min(options.size // 16, 128 << 20)
    return {"imports": [measure_format(options, folder, size, *row) for row in FORMATS],
            "powers": measure_powers(options, tools, folder, min(options.size // 16, 64 << 20))}


def measure_format(options, folder, size, name, sample, more):
    say(f"importing {name}")
    trace = folder / "trace"
    write_trace(name, sample, trace, size)
    seconds = [Run([*options.evdiff, "import", "--quiet", "--from", name, *more, trace], folder, keep_output=False).cpu
               for _ in range(options.runs)]
    total = trace.stat().st_size
    trace.unlink()
    return {"name": name, "bytes": total, "cpu": summary(seconds), "mb_per_s": total / summary(seconds)["median"] / 1e6}


def measure_powers(options, tools, folder, size):
    pair = generate(tools, folder, options, size, [])
    rows = measure_sets(options, folder, pair, [("none", {})] + POWERS)
    plain = [path.read_bytes() for path in pair]
    for form, write, powers in FORMS:
        for path, text in zip(pair, plain):
            path.write_bytes(re.sub(rb'(?<="args":)({[^{}]*})', lambda found, write=write: write(found[1].decode()).encode(), text))
        rows += measure_sets(options, folder, pair, [(f"none, {form}", {})] + powers)
    for path in pair:
        path.unlink()
    return rows


def measure_sets(options, folder, pair, sets):
    """Of sets of rules, of which the first has no power, how long diffs of a pair take."""
    base = json.loads(Run([*options.evdiff, "rules"], folder).stdout)
    files = []
    for number, (_, sections) in enumerate(sets):
        made = base | {section: [{"name": f"r{at}", "why": "measured"} | rule for at, rule in enumerate(rules)]
                       for section, rules in sections.items()}
        files.append(folder / f"rules{number}.json")
        files[-1].write_text(json.dumps(made))
    runs = [[] for _ in sets]
    say("diffs with each power of the second format of rules")
    for _ in range(options.runs):
        for found, rules in zip(runs, files):
            found.append(Run([*options.evdiff, "diff", "--quiet", "--index=off", f"--threads={options.threads}", "--rules", rules,
                              "--format=json", "--out", folder / "outcome.json", *pair], folder).cpu)
    none = summary(runs[0])["median"]
    return [{"name": name, "cpu": summary(found), "to_none": summary(found)["median"] / none} for (name, _), found in zip(sets, runs)]


def import_targets(measured):
    return [(f"importing {row['name']}: MB/s of a core", row["mb_per_s"], 300, 500, False)
            for row in (measured["imports"] if measured else [])]


def print_imports(measured):
    if not measured:
        return
    print("| importing | MB | CPU seconds | MB/s of a core |\n|---|---:|---:|---:|")
    for row in measured["imports"]:
        print(f"| {row['name']} | {row['bytes'] / 1e6:.0f} | {row['cpu']['median']:.3f} ±{row['cpu']['spread'] * 50:.0f}% | {row['mb_per_s']:.0f} |")
    print("\n| power | CPU seconds | / none |\n|---|---:|---:|")
    for row in measured["powers"]:
        print(f"| {row['name']} | {row['cpu']['median']:.3f} ±{row['cpu']['spread'] * 50:.0f}% | {row['to_none']:.2f} |")
    print()
