"""What reports for people say of an outcome: a twin of src/report/describe.c that knows nothing but the JSON report."""
import json
import re
import unicodedata

SIDES = ("canary", "ours")
OTHER = {"canary": "ours", "ours": "canary"}
CLASSES = ("value", "missing", "extra", "replaced", "reordered", "truncated")
DIVERGED, ENDS_EARLY, EQUAL = range(3)
EVIDENCE = {
    "agreement": "events match before and behind it",
    "failure": "a call fails on one side only",
    "lost_thread": "a thread is not created",
    "broken_name": "a renaming breaks that held",
    "others": "its thread has other differences",
    "again": "it occurs again",
    "same_values": "its values differ elsewhere too",
    "varying": "such values vary from run to run",
    "mirrored": "its values differ the other way round too",
    "other_events": "other events are in its place",
    "ordinary": "trusted runs do the same elsewhere",
    "log_end": "the logs end there",
    "noisy_place": "control runs differ here too",
    "known_family": "control runs have it in other threads",
}
NEWS = {
    "family": "no control run has it",
    "place": "no control run has it in this thread, nor these values",
    "failure": "a call fails on one side only, as in no control run",
    "often": "it occurs far more often than in any control run",
}
RELATIONS = {
    "none": "",
    "same": "always the same two values",
    "increasing": "both only grow",
    "addresses": "both look like addresses",
    "random": "numbers without a plain relation",
}


def printable(text):
    """One line without control characters: what repr() escapes is escaped, but for quotes and backslashes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def columns(text):
    """Columns of a terminal that printable text takes."""
    return sum(columns_of(c) for c in text)


def columns_of(letter):
    if unicodedata.category(letter) in ("Mn", "Me") or "\u1160" <= letter <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def plural(count):
    return "" if count == 1 else "s"


def percent(part, whole):
    return 100.0 if part >= whole else min(99.9, 100.0 * float(part) / float(whole))


def first_of(pair):
    """What a pair differs in first, and the matching events before it."""
    if "first_null" in pair:
        return pair["first_null"]["divergence"], pair["first_null"]["matched"]
    return pair["first_divergence"], pair["to_first_divergence"]["matched"]


def state_of(pair):
    left_over = pair["to_first_divergence"]["left_over"]
    if first_of(pair)[0] is not None:
        return DIVERGED
    return ENDS_EARLY if left_over["canary"] or left_over["ours"] else EQUAL


def logs(outcome):
    """Canary's log, ours, and the control runs by their numbers: those whose skipped lines are told."""
    return [*SIDES, *range(len(outcome["controls"]))]


def skipped(outcome, log):
    """The sentence about the lines of a log that were skipped, a text for each that is listed, and how many are not."""
    lines = (outcome["logs"] if log in SIDES else outcome["controls"])[log].get("skipped_lines")
    if lines is None:
        return None, [], 0
    count = lines["count"]
    text = (f"{count:,} line{plural(count)} of {log if log in SIDES else f'control run {log}'} {'is no event' if count == 1 else 'are no events'} and "
            f"{'was' if count == 1 else 'were'} skipped:")
    return text, [(f"{line['line']}:{line['column']}: ", line["message"]) for line in lines["listed"]], \
        count - len(lines["listed"])


def news_verdict(outcome):
    """The verdict about what is new, and its state; None where control runs do not matter."""
    count = len(outcome["controls"])
    if not count:
        return None
    controls = "the control run does" if count == 1 else f"the {count} control runs do"
    if outcome["verdict"] == "nothing_new":
        return f"Nothing new: what differs, differs as {controls}", EQUAL
    if outcome["verdict"] == "unpaired":
        alone = sum(not thread["noise"] for threads in outcome["unpaired"].values() for thread in threads)
        return f"Nothing new but {alone} thread{plural(alone)} without a counterpart", ENDS_EARLY
    roots = root_count(outcome)
    if outcome["verdict"] not in ("diverged", "ends_early") or not roots:
        return None
    has_diverged = outcome["verdict"] == "diverged"
    unlikely = sum(looks_like_noise(family) for family in outcome["families"])
    told = roots - unlikely or roots
    text = f"{'Diverged' if has_diverged else 'Ends early'}: {told} new root{plural(told)} that {controls} not explain"
    if unlikely == roots:
        text += f", but look{'s' if roots == 1 else ''} like noise"
    elif unlikely:
        text += f", and {unlikely} more that look{'s' if unlikely == 1 else ''} like noise"
    return (text,
            min(map(state_of, outcome["pairs"]), default=EQUAL) if has_diverged else ENDS_EARLY)


def looks_like_noise(family):
    """Whether more speaks against a new root than for it. A lost thread never looks like noise, nor, but where trusted runs do
    the same elsewhere, a failure or a stream of ours that stops where the logs do not end."""
    suspicion = family.get("suspicion", {"total": 0})
    stops = family["class"] == "truncated" and family["events"]["ours"] == 0 and "log_end" not in suspicion
    return "follows" not in family and not family.get("noise") and suspicion["total"] < 0 and \
        "lost_thread" not in suspicion and ("ordinary" in suspicion or not (stops or "failure" in suspicion))


def root_count(outcome):
    """Families that do not follow from others; with control runs, of those that have news."""
    return sum("follows" not in family and not family.get("noise") for family in outcome["families"])


def novelty(divergence):
    """Whether control runs explain a divergence; empty without any."""
    if "noise" not in divergence:
        return ""
    return "noise" if divergence["noise"] else f"new: {NEWS[divergence['news']]}"


def verdict(outcome):
    """The verdict, and the state that its colour is that of."""
    if told := news_verdict(outcome):
        return told
    pairs, unmet = outcome["pairs"], len(outcome["unmet"])
    states = [state_of(pair) for pair in pairs]
    diverged, ends_early = states.count(DIVERGED), states.count(ENDS_EARLY)
    if outcome["verdict"] == "inconclusive":
        return (f"Inconclusive: {unmet} demand{plural(unmet)} not met; {diverged} of {len(pairs)} thread pairs diverged",
                ENDS_EARLY)
    if outcome["verdict"] == "nothing_compared":
        return "Nothing compared: no mapped thread is in both logs", ENDS_EARLY
    if diverged:
        return f"Diverged: {diverged} of {len(pairs)} thread pairs", DIVERGED
    if ends_early:
        return f"No divergence, but {ends_early} of {len(pairs)} thread pairs end early on one side", ENDS_EARLY
    if outcome["verdict"] == "unpaired":
        count = sum(len(threads) for threads in outcome["unpaired"].values())
        return f"No divergence, but {count} thread{' has' if count == 1 else 's have'} no counterpart", ENDS_EARLY
    return "Equal: the one thread pair" if len(pairs) == 1 else f"Equal: all {len(pairs)} thread pairs", EQUAL


def matched(outcome):
    canary = outcome["logs"]["canary"]
    count = sum(pair["to_first_divergence"]["matched"] for pair in outcome["pairs"])
    if outcome["has_resync"]:
        count = canary["counts"]["matched"]
    if outcome["verdict"] == "equal":
        return f"{count:,} event{plural(count)} matched" + seen_past(outcome, count)
    return f"{count:,} of canary's {canary['events']:,} events matched ({percent(count, canary['events']):.1f} %)"


def seen_past(outcome, matched_of_canary):
    """Of equal logs, what the rules account for: ", the rules see past 109 of canary's and 111 of ours"."""
    logs = outcome["logs"]
    other = {side: log["events"] - (log["counts"]["matched"] if outcome["has_resync"] else matched_of_canary) for side, log in logs.items()}
    told = [f"{other[side]:,} of {whose}" for side, whose in (("canary", "canary's"), ("ours", "ours")) if other[side] > 0]
    return ", the rules see past " + " and ".join(told) if told else ""


def hint(told):
    """What another way of diffing would see better."""
    text = f"{told['part']:,} of {told['whole']:,} "
    if told["hint"] == "similarity":
        return text + "pairs of threads part within their first 4 events; --pair similarity pairs threads by what they do"
    if told["hint"] == "unpaired":
        return (text + "events are in threads without a counterpart; --pair similarity pairs threads "
                "by what they do")
    if told["hint"] == "kinds":
        return (text + "events are of a kind that the rules know; --rules takes others, "
                "docs/rules.md says how they are written")
    if told["hint"] == "control":
        return (text + f"events have no equal in the control run {printable(told['name'])}, far more than in the other log: "
                "it may be of another program or in another state, and explains almost anything; leave it out, or pair "
                "threads another way (--pair)")
    if told["hint"] == "threads":
        return (text + f"rules of \"threads\" find nothing in a log that they know threads by: {printable(told['name'])}"
                f"{' first' if told['part'] > 1 else ''}; its kind and fields must be spelled as the log has them")
    return text + f"divergences of value are in fields that other rules see past; try --rules {printable(told['name'])}"


def unmet(demand):
    """A demand that is not met."""
    part, whole = demand["part"], demand["whole"]
    if demand["demand"] == "no_truncated":
        return (f"{part} of {whole} thread pairs end early on one side, the first canary_tid={demand['tid']['canary']} and "
                f"ours_tid={demand['tid']['ours']}; none may")
    is_least = demand["demand"] == "min_compared"
    if "share" in demand:
        tenths = (part * 1000 + (0 if is_least or not whole else whole - 1)) // whole if whole else 0
        told = f"{tenths // 10}.{tenths % 10} % of canary's events ({part:,} of {whole:,})"
        amount = f"{demand['share'] * 100:.10g} %"
    else:
        told, amount = f"{part:,} of canary's {whole:,} events", f"{demand['count']:,}"
    if is_least:
        return f"compared {told}; at least {amount} are demanded"
    return f"absorbed {told}; at most {amount} are allowed"


def missing(thread):
    """A mapped thread that is in no log."""
    return f"warn: {thread['side']} tid {thread['tid']} not in stream; skipping"


def end(pair):
    """Which thread of a pair ends early."""
    left_over = pair["to_first_divergence"]["left_over"]
    ending, longer = ("ours", "canary") if left_over["canary"] else ("canary", "ours")
    return f"{ending} ends early: {longer} goes on for {left_over[longer]:,} event{plural(left_over[longer])}"


def subject(family):
    return " ".join(printable(family[part]) for part in ("kind", "call", "field") if family[part])


def extent(divergence):
    canary, ours = (divergence[side]["count"] for side in SIDES)
    told = canary or ours
    text = f"{told:,} event{plural(told)}"
    if divergence["class"] == "truncated":
        return f"{'canary' if canary else 'ours'} goes on for {text}"
    return text + (f" by {ours:,}" if divergence["class"] == "replaced" else "")


JSON_PARTS = re.compile(r'(")((?:[^"\\]|\\.)*)("?)|(1e999|null|true|false|.)', re.DOTALL)
JSON_WORDS = {"null": "None", "true": "True", "false": "False", "1e999": "inf"}


def python_of_string(text, has_begin, has_end):
    """repr() of what there is of a string; `text` is JSON without quotes."""
    spelled = repr(json.loads(f'"{text}"', strict=False))
    return spelled[0 if has_begin else 1:len(spelled) if has_end else -1]


def python_of(value):
    """A value in Python's spelling, with an ellipsis where it is cut."""
    if value["type"] == "absent":
        return "<missing>"
    text, spelled = value["shown"], ""
    if value["begins_in_string"]:
        rest = re.match(r'((?:[^"\\]|\\.)*)("?)', text, re.DOTALL)
        spelled, text = python_of_string(rest[1], False, bool(rest[2])), text[rest.end():]
    for begin, string, end, other in JSON_PARTS.findall(text):
        spelled += python_of_string(string, True, bool(end)) if begin else JSON_WORDS.get(other, printable(other))
    length = len(value["shown"].encode("utf-8"))
    return ("…" if value["shown_from"] else "") + spelled + ("…" if value["shown_from"] + length < value["length"] else "")


def difference(divergence):
    """How the two sides of a divergence differ."""
    text = extent(divergence)
    if "values" in divergence:
        text = " ".join(f"{side}={python_of(divergence['values'][side])}" for side in SIDES)
    return "; ".join([text, printable(notes(divergence))]) if notes(divergence) else text


def notes(divergence):
    """What a name of a divergence contradicts, and a null that a mark hides."""
    told = [breaks(divergence["breaks"])] if "breaks" in divergence else []
    told += [marked_null(divergence["marked_null"])] if "marked_null" in divergence else []
    return "; ".join(told)


def marked_null(null):
    """A null that a mark hides."""
    return f"{printable(null['field'])} is null in {null['side']} only, under its mark"


def breaks(renaming):
    """What a name contradicts."""
    canary, ours = (renaming["value"][side] for side in SIDES)
    sizes = [renaming["size"][side] for side in SIDES]
    told = f" ({sizes[0]} and {sizes[1]} bytes)" if max(sizes) > 1 else ""
    return (f"breaks {printable(renaming['name_class'])} 0x{canary:x} = 0x{ours:x}{told} learnt at canary tid {renaming['tid']} "
            f"idx {renaming['tid_event_idx']}")


def python_of_json(text):
    return python_of({"type": "", "shown": text, "begins_in_string": False, "shown_from": 0, "length": 0})


def python_str_of_json(text):
    """str(): what UTF-8 can not hold is escaped."""
    if not text.startswith('"'):
        return python_of_json(text)
    return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in json.loads(text, strict=False))


def first_divergence(first):
    """What differs first between two threads, in the reference's words."""
    if first["form"] in ("priority", "name", "null"):
        text = f"[{first['path']} { {'name': 'renamed', 'null': 'null'}.get(first['form'], 'mismatch') }] {first['kind']}"
        text += f" {first['name_field']}={python_str_of_json(first['name'])}" if first["name"] else ""
    else:
        text = ("" if first["form"] == "kind" else "payload.") + first["path"]
    absent = "<missing>" if first["form"] == "added" else "None"
    values = [first["values"][side] for side in SIDES]
    canary, ours = (absent if value["type"] == "absent" else python_of_json(value["shown"]) for value in values)
    text = f"{text}: canary={canary} ours={ours}" + (f", which {breaks(first['breaks'])}" if "breaks" in first else "")
    return text + (", which its mark hides" if first["form"] == "null" else "")


def divergence_at(outcome, place):
    return outcome["pairs"][place["pair"]]["divergences"][place["divergence"]]


def place_of(outcome, place):
    tids, divergence = outcome["pairs"][place["pair"]]["tid"], divergence_at(outcome, place)
    return ", ".join(f"{side} {tids[side]} [{divergence[side]['tid_event_idx']}]" for side in SIDES)


def relation(family):
    if family["relation"] == "constant_offset":
        return f"ours is canary's {'minus' if family['offset'] < 0 else 'plus'} {abs(family['offset']):,}"
    return RELATIONS[family["relation"]]


def divergence_count(outcome):
    return sum(len(pair["divergences"]) for pair in outcome["pairs"])


def divergences_in_families(outcome):
    count, roots, families = divergence_count(outcome), root_count(outcome), len(outcome["families"])
    told = sum(not family.get("noise") for family in outcome["families"])
    text = f"{count:,} divergence{plural(count)}"
    if families < count:
        text += f" are {families:,} famil{'y' if families == 1 else 'ies'}"
    if outcome["controls"]:
        text += f": {families - told:,} noise, {told:,} new"
    following = told - roots
    if following:
        text += f"; {following:,} of {'those' if told < families else 'them'} follow{'s' if following == 1 else ''} from the other "
        text += "one" if roots == 1 else f"{roots:,}"
    return text


def points(number, sign="+"):
    """256 are one; told in tenths, those that are as near upwards."""
    tenths = (abs(number) * 10 + 128) // 256
    sign = "" if tenths == 0 else "-" if number < 0 else sign
    return f"{sign}{tenths // 10}.{tenths % 10}"


def suspicion(family):
    """Why a family is a place to look at."""
    told = family["suspicion"]
    reasons = [f"{points(told[kind])} {words}" for kind, words in EVIDENCE.items() if kind in told]
    return ": ".join(["suspicion " + points(told["total"], ""), *([", ".join(reasons)] if reasons else [])])


def tally(outcome):
    """How all events came out: (is it part of the row above, what, absorber or "", the counts of both sides)."""
    logs = [outcome["logs"][side] for side in SIDES]
    counts = [log["counts"] for log in logs]
    yield False, "all", "", [log["events"] for log in logs]
    yield False, "compared", "", [count["matched"] + count["differing"] for count in counts]
    yield True, "matched", "", [count["matched"] for count in counts]
    yield True, "differing", "", [count["differing"] for count in counts]
    yield False, "absorbed", "", [count["absorbed"] for count in counts]
    for index, absorber in enumerate(outcome["absorbers"]):
        yield True, "by", absorber["name"], [sum(pair["absorbed"][index][side] for pair in outcome["pairs"]) for side in SIDES]
    yield False, "engine-local", "", [count["engine_local"] for count in counts]
    yield False, "left over", "", [count["left_over"] for count in counts]
    yield False, "unpaired", "", [log["unpaired_events"] for log in logs]


def follow_causes(outcome):
    """The divergences, as (pair, number), that hang on each one that has no cause, and the root of each."""
    roots, following = {}, {}
    for index, pair in enumerate(outcome["pairs"]):
        for number, divergence in enumerate(pair["divergences"]):
            place = (index, number)
            while "cause" in divergence:
                place = (divergence["cause"]["pair"], divergence["cause"]["divergence"])
                divergence = outcome["pairs"][place[0]]["divergences"][place[1]]
            roots[index, number] = place
            if place != (index, number):
                following.setdefault(place, []).append((index, number))
    return roots, following


def shell_word(word):
    """A word of a command, quoted where a shell needs it."""
    return word if re.fullmatch(r"[A-Za-z0-9/._+:@%,-]+", word) else "'" + printable(word).replace("'", "'\\''") + "'"


def shell_path(path):
    """The same of a path, which is to be no option."""
    return shell_word("./" + path if len(path.encode(errors="surrogateescape")) > 1 and path.startswith("-") else path)


def command(outcome, place):
    """The command that shows both sides around a place as the diff was asked."""
    divergence = divergence_at(outcome, place)
    side = "canary" if divergence["canary"]["count"] else "ours"
    tid, idx = outcome["pairs"][place["pair"]]["tid"][side], divergence[side]["tid_event_idx"]
    words = ["evdiff show", *(shell_path(outcome["logs"][log]["path"]) for log in SIDES)]
    words += ["--ours"] if side == "ours" else []
    words += [f"--tid={tid} --idx={idx}" if tid < 0 else f"{tid}:{idx}", "-C 5"]
    for asked in outcome.get("asked", []):
        words.append(shell_word(asked["option"]))
        if "argument" in asked:
            words.append((shell_path if asked.get("is_path") else shell_word)(asked["argument"]))
    return " ".join(words)


def quotation_at(outcome, index, place):
    """The quotation of a family at a place; empty where that is not quoted."""
    quotations = outcome.get("quotations", [])
    return quotations[index] if index < len(quotations) and quotations[index]["place"] == place else {}


def arguments(outcome, index, place):
    """What the call at a place of a family is about; nothing where that is not quoted."""
    return quotation_at(outcome, index, place).get("arguments", "")


def traces_of(sides):
    return {(True, True): " of the traces", (True, False): " of canary's trace", (False, True): " of our trace"}[tuple(sides)]


def source(quotation):
    """Where the first events of a quotation are in the traces that the logs were made of."""
    if not quotation:
        return ""
    first = [(quotation[side]["inside"] + quotation[side]["behind"] + [{}])[0] for side in SIDES]
    events, lines = ([event.get(f"source_{what}", 0) for event in first] for what in ("event", "line"))
    if any(events) and max(lines) <= 1:
        lines = [0, 0]
    told = [f"{what}{'s' if all(places) else ''} {' and '.join(str(place) for place in places if place)}"
            for what, places in (("event", events), ("line", lines)) if any(places)]
    return f"; {', '.join(told)}{traces_of(map(any, zip(events, lines)))}" if told else ""


def source_threads(quotation):
    """What the traces call the two threads of a quotation."""
    names = [quotation.get(side, {}).get("source_thread", "") for side in SIDES]
    if not any(names):
        return ""
    return f"thread{'s' if all(names) else ''} {' and '.join(name for name in names if name)}{traces_of(map(bool, names))}"
