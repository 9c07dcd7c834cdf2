#include "import/strace_beginning.h"

enum {
    NS_PER_S = 1000000000,
    FRACTION_DIGITS = 9,
    SECONDS_MIN = 1000000, /* a smaller number is the time since the line before, of -r */
    WHOLE_DIGITS_MIN = 7,  /* of those */
    WHOLE_DIGITS_MAX = 9,  /* so many are nanoseconds that fit in 64 bits */
};

/* Reads `25531 ` or `[pid 25531] `; without either the thread is 0. */
static bool take_pid(struct evd_strace_cursor *cursor, int64_t *pid)
{
    const struct evd_strace_cursor begin = *cursor;
    const bool is_bracketed = evd_strace_take(cursor, "[pid");
    *pid = 0;
    if (is_bracketed)
        evd_strace_skip_spaces(cursor);
    unsigned digits = 0;
    int64_t value = 0;
    for (; cursor->at < cursor->end && evd_strace_is_digit(*cursor->at) && digits < 10; cursor->at++, digits++)
        value = value * 10 + (*cursor->at - '0');
    const bool has_pid = digits > 0 && digits < 10 && evd_strace_take(cursor, is_bracketed ? "] " : " ");
    if (!has_pid)
        *cursor = begin;
    else
        *pid = value;
    evd_strace_skip_spaces(cursor);
    return has_pid || !is_bracketed;
}

/* Digits, at most 12 of them; their number is returned. */
static unsigned take_digits(struct evd_strace_cursor *cursor, int64_t *value)
{
    unsigned digits = 0;
    for (*value = 0; cursor->at < cursor->end && evd_strace_is_digit(*cursor->at) && digits < 12; cursor->at++,
        digits++)
        *value = *value * 10 + (*cursor->at - '0');
    return digits;
}

/* Nanoseconds behind a point; false when there are no digits. */
static bool take_fraction(struct evd_strace_cursor *cursor, int64_t *ns)
{
    const unsigned digits = take_digits(cursor, ns);
    for (unsigned i = digits; i < FRACTION_DIGITS; i++)
        *ns *= 10;
    for (unsigned i = FRACTION_DIGITS; i < digits; i++)
        *ns /= 10;
    return digits > 0;
}

static size_t digit_count(const char *at, const char *end)
{
    const char *first = at;
    while (at < end && evd_strace_is_digit(*at))
        at++;
    return (size_t)(at - first);
}

/* Reads `1795917170.873885 ` as it is, for most lines have that; false, and nothing is read, where it is something else. */
static bool take_plain_time(struct evd_strace_cursor *cursor, struct evd_strace_beginning *beginning)
{
    const char *whole = cursor->at, *end = cursor->end;
    const size_t length = digit_count(whole, end);
    const bool is_plain = length >= WHOLE_DIGITS_MIN && *whole != '0' &&
                          (length <= WHOLE_DIGITS_MAX || (length == WHOLE_DIGITS_MAX + 1 && *whole < '9'));
    const char *fraction = whole + length + 1;
    if (!is_plain || fraction >= end || fraction[-1] != '.')
        return false;
    const size_t fraction_length = digit_count(fraction, end);
    const char *behind = fraction + fraction_length;
    if (fraction_length == 0 || fraction_length > FRACTION_DIGITS || behind == end || *behind != ' ')
        return false;
    beginning->has_time = true;
    beginning->whole = whole;
    beginning->whole_length = length;
    beginning->fraction = fraction;
    beginning->fraction_length = fraction_length;
    cursor->at = behind;
    evd_strace_skip_spaces(cursor);
    return true;
}

/* Reads `1795917170.873885 `, `12:34:56 ` or `12:34:56.789012 `; leaves what is none. */
static void take_time(struct evd_strace_cursor *cursor, struct evd_strace_beginning *beginning)
{
    const struct evd_strace_cursor begin = *cursor;
    int64_t hours, minutes, seconds, ns = 0;
    bool is_good = take_digits(cursor, &seconds) > 0;
    if (is_good && evd_strace_take(cursor, ":")) {
        hours = seconds;
        is_good = take_digits(cursor, &minutes) > 0 && evd_strace_take(cursor, ":") &&
                  take_digits(cursor, &seconds) > 0 && hours < 100 && minutes < 60 && seconds < 100;
        seconds = is_good ? hours * 3600 + minutes * 60 + seconds : 0;
        is_good = is_good && (!evd_strace_take(cursor, ".") || take_fraction(cursor, &ns));
        beginning->has_time = true;
    } else {
        is_good =
            is_good && seconds < INT64_MAX / NS_PER_S && evd_strace_take(cursor, ".") && take_fraction(cursor, &ns);
        beginning->has_time = seconds >= SECONDS_MIN;
    }
    is_good = is_good && evd_strace_take(cursor, " ");
    if (!is_good)
        *cursor = begin;
    beginning->has_time &= is_good;
    beginning->ns = beginning->has_time ? seconds * NS_PER_S + ns : 0;
    evd_strace_skip_spaces(cursor);
}

bool evd_strace_take_beginning(struct evd_strace_cursor *cursor, struct evd_strace_beginning *beginning)
{
    *beginning = (struct evd_strace_beginning){0};
    evd_strace_skip_spaces(cursor);
    if (!take_pid(cursor, &beginning->pid))
        return false;
    if (!take_plain_time(cursor, beginning))
        take_time(cursor, beginning);
    return cursor->at < cursor->end;
}
