/* Words and small matters of a ledger: states, days, names of jobs, keys. */
#include "ledger/words.h"

#include <stdio.h>

#include "base/fail.h"
#include "outcome/signature.h"

const char *evd_ledger_state_name(enum evd_ledger_state state)
{
    static const char *const NAMES[EVD_LEDGER_STATES] = {
        [EVD_LEDGER_NOISE] = "noise",
        [EVD_LEDGER_KNOWN] = "known",
        [EVD_LEDGER_FLAKY] = "flaky",
        [EVD_LEDGER_FIXED] = "fixed",
    };
    return (unsigned)state < EVD_LEDGER_STATES ? NAMES[state] : NULL;
}

static bool read_digits(const char *text, size_t count, unsigned *number)
{
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *number = 10 * *number + (unsigned)(text[i] - '0');
    }
    return true;
}

evd_day evd_ledger_read_day(const char *text, size_t length)
{
    static const unsigned DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;
    if (length != 10 || text[4] != '-' || text[7] != '-' || !read_digits(text, 4, &year) ||
        !read_digits(text + 5, 2, &month) || !read_digits(text + 8, 2, &day) || year == 0 || month == 0 || month > 12)
        return 0;
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day == 0 || day > DAYS[month - 1] + (month == 2 && is_leap))
        return 0;
    return 10000 * year + 100 * month + day;
}

static bool is_day_or_none(evd_day day)
{
    char text[16];
    const int length = snprintf(text, sizeof text, "%04u-%02u-%02u", day / 10000, day / 100 % 100, day % 100);
    return day == 0 || evd_ledger_read_day(text, (size_t)length) == day;
}

enum evd_status evd_ledger_check_entry(const struct evd_ledger_entry *entry, struct evd_error *error)
{
    if (evd_ledger_state_name(entry->state) == NULL)
        return evd_fail(error, EVD_E_ARGUMENT, "the state of an entry is %d, and there are states 0 to %d",
                        (int)entry->state, EVD_LEDGER_STATES - 1);
    if ((unsigned)entry->key.class_ >= EVD_CLASSES)
        return evd_fail(error, EVD_E_ARGUMENT, "the class of an entry is %d, and there are classes 0 to %d",
                        (int)entry->key.class_, EVD_CLASSES - 1);
    if (entry->key.after_count > EVD_FAMILY_BEFORE_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "an entry has %zu events before it, and there are at most %d",
                        entry->key.after_count, EVD_FAMILY_BEFORE_MAX);
    if (!is_day_or_none(entry->since) || !is_day_or_none(entry->until))
        return evd_fail(error, EVD_E_ARGUMENT,
                        "%s of an entry is %u, which is no day of the calendar as 20270201 is one, nor 0 for none",
                        is_day_or_none(entry->since) ? "until" : "since",
                        is_day_or_none(entry->since) ? entry->until : entry->since);
    return EVD_OK;
}

/* How many bytes the letter at `at` has; a byte that is part of none counts as one. */
static size_t letter_length(struct evd_text text, size_t at)
{
    size_t length = 1;
    while (at + length < text.length && ((unsigned char)text.bytes[at + length] & 0xc0) == 0x80)
        length++;
    return length;
}

/* When what follows a '*' does not match, the '*' takes one letter more; an earlier one need not be tried again. */
bool evd_ledger_job_matches(struct evd_text pattern, struct evd_text job)
{
    size_t p = 0, j = 0, star = SIZE_MAX, taken = 0;
    while (j < job.length) {
        if (p < pattern.length && pattern.bytes[p] == '*') {
            star = p++;
            taken = j;
        } else if (p < pattern.length && pattern.bytes[p] == '?') {
            p++;
            j += letter_length(job, j);
        } else if (p < pattern.length && pattern.bytes[p] == job.bytes[j]) {
            p++;
            j++;
        } else if (star != SIZE_MAX) {
            taken += letter_length(job, taken);
            p = star + 1;
            j = taken;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.bytes[p] == '*')
        p++;
    return p == pattern.length;
}

struct evd_ledger_key evd_ledger_key_of(const struct evd_family *family)
{
    struct evd_ledger_key key = {
        .class_ = family->class_,
        .kind = family->kind,
        .call = family->call,
        .field = family->field,
        .after_count = family->before_count};
    for (size_t i = 0; i < family->before_count; i++)
        key.after[i] = family->before[i];
    return key;
}

bool evd_ledger_keys_equal(const struct evd_ledger_key *a, const struct evd_ledger_key *b)
{
    if (a->class_ != b->class_ || a->after_count != b->after_count)
        return false;
    for (size_t i = 0; i < a->after_count; i++)
        if (!evd_text_equal(a->after[i], b->after[i]))
            return false;
    return evd_text_equal(a->kind, b->kind) && evd_text_equal(a->call, b->call) && evd_text_equal(a->field, b->field);
}

uint64_t evd_ledger_signature(const struct evd_ledger_key *key)
{
    struct evd_family family = {
        .class_ = key->class_,
        .kind = key->kind,
        .call = key->call,
        .field = key->field,
        .before_count = key->after_count};
    for (size_t i = 0; i < key->after_count; i++)
        family.before[i] = key->after[i];
    return evd_signature_of(&family);
}
