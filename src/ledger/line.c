#include "ledger/line.h"

#include <stdio.h>
#include <string.h>

#include "base/hash_digits.h"
#include "base/letters.h"
#include "ledger/scan.h"

/* One of the fields in front; `what` is for messages. */
static bool read_field(struct evd_ledger_scan *scan, const char *what, struct evd_text *text)
{
    evd_scan_skip_blanks(scan);
    if (scan->at == scan->end || *scan->at == '#')
        return evd_scan_refuse(
            scan, scan->at, "there is no %s; a line begins with SIGNATURE STATE CLASS KIND CALL FIELD", what);
    const bool is_quoted = *scan->at == '"';
    if (!evd_scan_word(scan, "", text) || !evd_scan_end_of_word(scan))
        return false;
    if (!is_quoted && text->length == 1 && text->bytes[0] == '-')
        *text = (struct evd_text){"", 0};
    return true;
}

static bool read_signature(struct evd_ledger_scan *scan, uint64_t *signature)
{
    struct evd_text text;
    if (!read_field(scan, "signature", &text))
        return false;
    return evd_hash_digits_read(text.bytes, text.length, signature) ||
           evd_scan_refuse(scan, scan->at - text.length,
                           "a line begins with a signature, 16 digits of 0 to 9 and a to f");
}

static bool text_is(struct evd_text text, const char *string)
{
    return text.length == strlen(string) && memcmp(text.bytes, string, text.length) == 0;
}

/* The index of a word among those that `name` has; `what` is for messages. */
static bool choose(struct evd_ledger_scan *scan, struct evd_text text, const char *(*name)(unsigned), const char *what,
                   unsigned *index)
{
    char known[128] = "";
    size_t length = 0;
    for (*index = 0; name(*index) != NULL; ++*index) {
        if (text_is(text, name(*index)))
            return true;
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", *index > 0 ? ", " : "", name(*index));
    }
    return evd_scan_refuse(scan, scan->at - text.length, "the %s is none of %s", what, known);
}

static const char *state_name(unsigned index)
{
    return evd_ledger_state_name((enum evd_ledger_state)index);
}

static const char *class_name(unsigned index)
{
    return evd_class_name((enum evd_divergence_class)index);
}

static const char *fails_name(unsigned index)
{
    static const char *const NAMES[] = {"canary", "ours", "both"};
    return index < 3 ? NAMES[index] : NULL;
}

enum attribute { AFTER, JOB, BUG, OWNER, SINCE, UNTIL, FAILS, ATTRIBUTES };

static const char *const ATTRIBUTE_NAMES[ATTRIBUTES] = {"after", "job", "bug", "owner", "since", "until", "fails"};

static bool read_after(struct evd_ledger_scan *scan, struct evd_ledger_key *key)
{
    for (;;) {
        const char *start = scan->at;
        const bool is_quoted = start < scan->end && *start == '"';
        struct evd_text kind;
        if (!evd_scan_word(scan, ",", &kind))
            return false;
        if (kind.length == 0 && !is_quoted)
            return evd_scan_refuse(
                scan, start, "after= has kinds with commas between, as after=import.call,kernel.call");
        if (key->after_count == EVD_FAMILY_BEFORE_MAX)
            return evd_scan_refuse(scan, start, "after= has at most %d kinds", EVD_FAMILY_BEFORE_MAX);
        key->after[key->after_count++] = kind;
        if (scan->at == scan->end || *scan->at != ',')
            return true;
        scan->at++;
    }
}

static bool read_day(struct evd_ledger_scan *scan, struct evd_text text, const char *at, evd_day *day)
{
    *day = evd_ledger_read_day(text.bytes, text.length);
    return *day != 0 || evd_scan_refuse(scan, at, "is no day, as 2027-02-01");
}

static bool take_value(struct evd_ledger_scan *scan, enum attribute attribute, const char *at, struct evd_text text,
                       struct evd_ledger_entry *entry)
{
    unsigned side;
    if (text.length == 0)
        return evd_scan_refuse(scan, at, "%s= is empty", ATTRIBUTE_NAMES[attribute]);
    switch (attribute) {
    case JOB: entry->job = text; return true;
    case BUG: entry->bug = text; return true;
    case OWNER: entry->owner = text; return true;
    case SINCE: return read_day(scan, text, at, &entry->since);
    case UNTIL: return read_day(scan, text, at, &entry->until);
    default:
        if (!choose(scan, text, fails_name, "side that fails", &side))
            return false;
        entry->fails[EVD_CANARY] = side != 1;
        entry->fails[EVD_OURS] = side != 0;
        return true;
    }
}

static bool read_attribute(struct evd_ledger_scan *scan, unsigned *seen, struct evd_ledger_entry *entry)
{
    const char *start = scan->at;
    const char *equals = start;
    while (equals < scan->end && !evd_is_ledger_blank(*equals) && *equals != '=' && *equals != '"' && *equals != '#')
        equals++;
    if (equals == scan->end || *equals != '=')
        return evd_scan_refuse(scan, start, "expected an attribute, as bug=URL, or a reason behind '#'");
    const struct evd_text name = {start, (size_t)(equals - start)};
    unsigned attribute = 0;
    while (attribute < ATTRIBUTES && !text_is(name, ATTRIBUTE_NAMES[attribute]))
        attribute++;
    if (attribute == ATTRIBUTES) {
        const char *meant = evd_suggest_name(name.bytes, name.length, ATTRIBUTE_NAMES, ATTRIBUTES);
        return evd_scan_refuse(
            scan, start, "is no attribute of after, job, bug, owner, since, until and fails%s%s%s",
            meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "", meant != NULL ? "=?" : "");
    }
    if (*seen >> attribute & 1)
        return evd_scan_refuse(scan, start, "%s= stands twice", ATTRIBUTE_NAMES[attribute]);
    *seen |= 1u << attribute;
    scan->at = equals + 1;
    if (attribute == AFTER)
        return read_after(scan, &entry->key) && evd_scan_end_of_word(scan);
    const char *value = scan->at;
    struct evd_text text;
    return evd_scan_word(scan, "", &text) && evd_scan_end_of_word(scan) &&
           take_value(scan, (enum attribute)attribute, value, text, entry);
}

static bool read_entry(struct evd_ledger_scan *scan, struct evd_ledger_entry *entry)
{
    struct evd_text state, class_;
    unsigned index, seen = 0;
    if (!read_signature(scan, &entry->signature) || !read_field(scan, "state", &state) ||
        !choose(scan, state, state_name, "state", &index))
        return false;
    entry->state = (enum evd_ledger_state)index;
    if (!read_field(scan, "class", &class_) || !choose(scan, class_, class_name, "class", &index))
        return false;
    entry->key.class_ = (enum evd_divergence_class)index;
    if (!read_field(scan, "kind", &entry->key.kind) || !read_field(scan, "call", &entry->key.call) ||
        !read_field(scan, "field", &entry->key.field))
        return false;
    for (evd_scan_skip_blanks(scan); scan->at < scan->end; evd_scan_skip_blanks(scan)) {
        if (*scan->at == '#') {
            scan->at++;
            evd_scan_skip_blanks(scan);
            const char *end = scan->end;
            while (end > scan->at && evd_is_ledger_blank(end[-1]))
                end--;
            entry->reason = (struct evd_text){scan->at, (size_t)(end - scan->at)};
            return true;
        }
        if (!read_attribute(scan, &seen, entry))
            return false;
    }
    return true;
}

static bool is_mark_of_merge(struct evd_text line)
{
    return line.length >= 7 && (memcmp(line.bytes, "<<<<<<<", 7) == 0 || memcmp(line.bytes, "=======", 7) == 0 ||
                                memcmp(line.bytes, ">>>>>>>", 7) == 0 || memcmp(line.bytes, "|||||||", 7) == 0);
}

enum evd_ledger_line evd_ledger_parse(struct evd_arena *arena, struct evd_text line, struct evd_ledger_entry *entry,
                                      struct evd_ledger_fault *fault)
{
    struct evd_ledger_scan scan = {arena, line.bytes, line.bytes, line.bytes + line.length, fault, false};
    *entry = (struct evd_ledger_entry){.job = {"*", 1}, .bug = {"", 0}, .owner = {"", 0}, .reason = {"", 0}};
    if (!evd_scan_check_letters(&scan))
        return EVD_LINE_BAD;
    evd_scan_skip_blanks(&scan);
    if (scan.at == scan.end || *scan.at == '#')
        return EVD_LINE_COMMENT;
    if (line.length > EVD_LEDGER_LINE_BYTES_MAX) {
        evd_scan_refuse(&scan, scan.at, "has more than %d bytes", EVD_LEDGER_LINE_BYTES_MAX);
        return EVD_LINE_BAD;
    }
    if (is_mark_of_merge(line)) {
        evd_scan_refuse(&scan, scan.at,
                        "is the mark of a conflict that a merge left: keep one of its lines, and take out the marks");
        return EVD_LINE_BAD;
    }
    if (read_entry(&scan, entry))
        return EVD_LINE_ENTRY;
    return scan.has_no_memory ? EVD_LINE_NO_MEMORY : EVD_LINE_BAD;
}

/* As JSON has it: above U+FFFF by two halves. */
static void append_escape(struct evd_buffer *out, uint32_t code_point)
{
    if (code_point > 0xffff) {
        evd_buffer_format(out, "\\u%04x", 0xd800 + (code_point - 0x10000) / 0x400);
        code_point = 0xdc00 + (code_point - 0x10000) % 0x400;
    }
    evd_buffer_format(out, "\\u%04x", code_point);
}

/* Writes a word, in quotes where it needs them: for blanks, for what means something, and for one that is empty or "-" but for the
 * one sign that means an empty field. */
static bool append_word(struct evd_buffer *out, struct evd_text text, const char *meaning)
{
    struct evd_text rest = text;
    struct evd_letter letter;
    bool is_plain = text.length > 0 && !text_is(text, "-");
    while (evd_text_next(&rest, &letter)) {
        if (!letter.is_utf8)
            return false;
        is_plain &= letter.code_point != ' ' && letter.code_point != '#' && letter.code_point != '"' &&
                    !evd_is_ledger_unseen(letter.code_point) &&
                    (letter.code_point >= 0x80 || strchr(meaning, (char)letter.code_point) == NULL);
    }
    if (is_plain) {
        evd_append_text(out, text);
        return true;
    }
    evd_buffer_byte(out, '"');
    for (rest = text; evd_text_next(&rest, &letter);) {
        if (evd_is_ledger_unseen(letter.code_point)) {
            append_escape(out, letter.code_point);
            continue;
        }
        if (letter.code_point == '"' || letter.code_point == '\\')
            evd_buffer_byte(out, '\\');
        evd_buffer_append(out, letter.bytes, letter.length);
    }
    evd_buffer_byte(out, '"');
    return true;
}

static bool append_field(struct evd_buffer *out, struct evd_text text)
{
    evd_buffer_byte(out, ' ');
    if (text.length == 0) {
        evd_buffer_byte(out, '-');
        return true;
    }
    return append_word(out, text, "");
}

static bool append_attribute(struct evd_buffer *out, enum attribute attribute, struct evd_text text)
{
    if (text.length == 0)
        return true;
    evd_buffer_format(out, " %s=", ATTRIBUTE_NAMES[attribute]);
    return append_word(out, text, "");
}

static void append_day(struct evd_buffer *out, enum attribute attribute, evd_day day)
{
    if (day != 0)
        evd_buffer_format(out, " %s=%04u-%02u-%02u", ATTRIBUTE_NAMES[attribute], day / 10000, day / 100 % 100,
                          day % 100);
}

static bool append_after(struct evd_buffer *out, const struct evd_ledger_key *key)
{
    for (size_t i = 0; i < key->after_count; i++) {
        evd_buffer_string(out, i == 0 ? " after=" : ",");
        if (!append_word(out, key->after[i], ","))
            return false;
    }
    return true;
}

/* A reason is not in quotes: it may hold anything but what ends lines. */
static bool append_reason(struct evd_buffer *out, struct evd_text reason)
{
    struct evd_text rest = reason;
    struct evd_letter letter;
    while (evd_text_next(&rest, &letter))
        if (!letter.is_utf8 || (evd_is_ledger_control(letter.code_point) && letter.code_point != '\t'))
            return false;
    while (reason.length > 0 && evd_is_ledger_blank(reason.bytes[reason.length - 1]))
        reason.length--;
    while (reason.length > 0 && evd_is_ledger_blank(reason.bytes[0])) {
        reason.bytes++;
        reason.length--;
    }
    if (reason.length > 0) {
        evd_buffer_string(out, " # ");
        evd_append_text(out, reason);
    }
    return true;
}

bool evd_ledger_append(struct evd_buffer *out, const struct evd_ledger_entry *entry)
{
    const size_t begin = out->length;
    const bool is_for_all = text_is(entry->job, "*");
    evd_buffer_format(out, "%016llx %s %s", (unsigned long long)entry->signature, evd_ledger_state_name(entry->state),
                      evd_class_name(entry->key.class_));
    if (!append_field(out, entry->key.kind) || !append_field(out, entry->key.call) ||
        !append_field(out, entry->key.field) || !append_after(out, &entry->key) ||
        !append_attribute(out, JOB, is_for_all ? (struct evd_text){"", 0} : entry->job) ||
        !append_attribute(out, BUG, entry->bug) || !append_attribute(out, OWNER, entry->owner))
        return false;
    append_day(out, SINCE, entry->since);
    append_day(out, UNTIL, entry->until);
    if (entry->fails[EVD_CANARY] || entry->fails[EVD_OURS])
        evd_buffer_format(out, " %s=%s", ATTRIBUTE_NAMES[FAILS],
                          fails_name(entry->fails[EVD_CANARY] ? entry->fails[EVD_OURS] ? 2 : 0 : 1));
    return append_reason(out, entry->reason) && out->length - begin <= EVD_LEDGER_LINE_BYTES_MAX;
}
