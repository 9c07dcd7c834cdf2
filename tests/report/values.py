"""Values as people of the field read them: a twin of src/report/values.c. The names of codes are read out of its table."""
import json
import re

from describe import SIDES, printable, python_of
from inputs import ROOT

TABLES = {"STATUSES": "ntstatus", "RESULTS": "hresult", "ERRORS": "errno"}


def read_names():
    """The names of the numbers of each form."""
    names = {form: {} for form in TABLES.values()}
    for table, rows in re.findall(r"struct code (\w+)\[\] = \{\n(.*?)\n\};", (ROOT / "src/report/codes.c").read_text(), re.DOTALL):
        for number, name in re.findall(r"\{(\w+), \"(\w+)\"\}", rows):
            names[TABLES[table]][int(number, 0)] = name
    return names


NAMES = read_names()


def content_of(value):
    """What there is of a string: its letters, and whether it ends with its quote."""
    text = value["shown"] if value["begins_in_string"] else value["shown"][1:]
    parts = re.match(r'((?:[^"\\]|\\.)*)("?)', text, re.DOTALL)
    return json.loads(f'"{parts[1]}"', strict=False)


def is_cut(value):
    return value["shown_from"] + len(value["shown"].encode("utf-8")) < value["length"]


def are_escaped(values):
    """Backslashes stand in pairs only."""
    runs = [run for value in values if value["type"] == "string" for run in re.findall(r"\\+", content_of(value))]
    return bool(runs) and not any(len(run) % 2 for run in runs)


def spell(value, form, escaped):
    if form != "decimal" and "form" in value:
        number = int(value["number"])
        low, name = number % 2**32, None
        if form == "errno":
            name = NAMES[form].get(-number) if -4096 < number < 0 else None
            spelled = str(number)
        else:
            if form != "hexadecimal" and -2**31 <= number < 2**32:
                name = NAMES[form].get(low)
            spelled = hex(low if form != "hexadecimal" and -2**31 <= number < 0 else number % 2**64)
        return f"{spelled} {name}" if name else spelled
    if value["type"] == "string":
        text = content_of(value)
        text = re.sub(r"\\\\", r"\\", text) if escaped else text
        return ("…" if value["begins_in_string"] else '"') + printable(text) + ("…" if is_cut(value) else '"')
    return python_of(value)


def values_of(values, form="decimal"):
    """Both sides' values."""
    both = [values[side] for side in SIDES]
    told = [spell(value, form, are_escaped(both)) for value in both]
    return [python_of(value) for value in both] if told[0] == told[1] else told


def both_values(values, form="decimal"):
    return " ".join(f"{side}={value}" for side, value in zip(SIDES, values_of(values, form)))
