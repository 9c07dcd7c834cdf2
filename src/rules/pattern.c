#include "rules/pattern.h"

const char *evd_pattern_check(struct evd_string pattern)
{
    for (size_t i = 0; i < pattern.length; i++)
        if (pattern.bytes[i] == '\\' &&
            (++i == pattern.length || (pattern.bytes[i] != '*' && pattern.bytes[i] != '\\')))
            return "has a backslash that is before neither \"*\" nor \"\\\"";
    return NULL;
}

bool evd_pattern_is_plain(struct evd_string pattern)
{
    for (size_t i = 0; i < pattern.length; i++)
        if (pattern.bytes[i] == '*' || pattern.bytes[i] == '\\')
            return false;
    return true;
}

/* After a star only the last one needs to be tried again: what comes before it fits as early as it can. */
bool evd_pattern_fits(struct evd_string pattern, struct evd_string text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    while (t < text.length || p < pattern.length) {
        if (p < pattern.length && pattern.bytes[p] == '*') {
            star = ++p;
            star_text = t;
            continue;
        }
        const bool is_escaped = p < pattern.length && pattern.bytes[p] == '\\';
        if (p + is_escaped < pattern.length && t < text.length && pattern.bytes[p + is_escaped] == text.bytes[t]) {
            p += 1 + is_escaped;
            t++;
            continue;
        }
        if (star == SIZE_MAX || star_text == text.length)
            return false;
        p = star;
        t = ++star_text;
    }
    return true;
}

static bool is_of(char class_, char c)
{
    const char lower = (char)(c | 0x20);
    const bool is_digit = c >= '0' && c <= '9';
    switch (class_) {
    case 'd': return is_digit;
    case 'x': return is_digit || (lower >= 'a' && lower <= 'f');
    default: return is_digit || (lower >= 'a' && lower <= 'z') || c == '_';
    }
}

const char *evd_part_check(struct evd_string part)
{
    for (size_t i = 0; i < part.length; i++) {
        if (part.bytes[i] != '%')
            continue;
        if (++i == part.length ||
            (part.bytes[i] != 'd' && part.bytes[i] != 'x' && part.bytes[i] != 'w' && part.bytes[i] != '%'))
            return "has a \"%\" that is before none of \"d\", \"x\", \"w\" and \"%\"";
    }
    return NULL;
}

size_t evd_part_length(struct evd_string part, struct evd_string text, size_t at)
{
    const size_t start = at;
    for (size_t i = 0; i < part.length; i++) {
        const bool is_class = part.bytes[i] == '%' && part.bytes[++i] != '%';
        if (at == text.length || (is_class ? !is_of(part.bytes[i], text.bytes[at]) : part.bytes[i] != text.bytes[at]))
            return 0;
        size_t run = 1;
        while (is_class && run < EVD_PART_RUN_MAX && at + run < text.length &&
               is_of(part.bytes[i], text.bytes[at + run]))
            run++;
        at += run;
    }
    return at - start;
}

size_t evd_longest_part(const struct evd_string *parts, size_t count, struct evd_string text, size_t at)
{
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t length = evd_part_length(parts[i], text, at);
        longest = length > longest ? length : longest;
    }
    return longest;
}
