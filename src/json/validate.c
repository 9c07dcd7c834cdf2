/* A strict, plain walk over the text: where it stops being one JSON object. */
#include <stdint.h>
#include <string.h>

#include "json/validate.h"

struct text {
    const unsigned char *start, *p, *end;
    const char *reason;
};

static bool refuse(struct text *t, const char *reason)
{
    t->reason = reason;
    return false;
}

static void skip_space(struct text *t)
{
    while (t->p < t->end && (*t->p == ' ' || *t->p == '\t' || *t->p == '\n' || *t->p == '\r'))
        t->p++;
}

static bool is_digit(const struct text *t)
{
    return t->p < t->end && *t->p >= '0' && *t->p <= '9';
}

static bool begins_with(const struct text *t, const char *word)
{
    const size_t length = strlen(word);
    return (size_t)(t->end - t->p) >= length && memcmp(t->p, word, length) == 0;
}

/* Steps over one character that is not ASCII; Unicode 14, table 3-7. */
static bool skip_utf8(struct text *t)
{
    const unsigned char first = t->p[0];
    const size_t more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first < 0xc2 || first > 0xf4 || (size_t)(t->end - t->p) <= more)
        return refuse(t, "invalid UTF-8");
    const unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (t->p[1] < least || t->p[1] > most)
        return refuse(t, "invalid UTF-8");
    for (size_t i = 2; i <= more; i++)
        if (t->p[i] < 0x80 || t->p[i] > 0xbf)
            return refuse(t, "invalid UTF-8");
    t->p += more + 1;
    return true;
}

static bool is_hex(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* `p` is at a backslash. */
static bool skip_escape(struct text *t)
{
    static const char ENDS[] = "the text ends inside a string", BAD[] = "invalid escape in a string";
    if (t->end - t->p < 2) {
        t->p = t->end;
        return refuse(t, ENDS);
    }
    if (t->p[1] != 'u') {
        if (t->p[1] == '\0' || strchr("\"\\/bfnrt", t->p[1]) == NULL)
            return refuse(t, BAD);
        t->p += 2;
        return true;
    }
    for (int i = 2; i < 6; i++) {
        if (t->p + i >= t->end) {
            t->p = t->end;
            return refuse(t, ENDS);
        }
        if (!is_hex(t->p[i]))
            return refuse(t, BAD);
    }
    t->p += 6;
    return true;
}

/* `p` is at the first quote. */
static bool skip_string(struct text *t)
{
    t->p++;
    while (t->p < t->end) {
        const unsigned char c = *t->p;
        if (c == '"') {
            t->p++;
            return true;
        }
        if (c < ' ')
            return refuse(t, "control character in a string");
        if (c == '\\') {
            if (!skip_escape(t))
                return false;
        } else if (c < 0x80) {
            t->p++;
        } else if (!skip_utf8(t)) {
            return false;
        }
    }
    return refuse(t, "the text ends inside a string");
}

static bool skip_digits(struct text *t)
{
    if (!is_digit(t))
        return refuse(t, "expected a digit in a number");
    while (is_digit(t))
        t->p++;
    return true;
}

static bool skip_number(struct text *t)
{
    if (*t->p == '-') {
        t->p++;
        if (begins_with(t, "Infinity"))
            return refuse(t, "Infinity is not JSON");
    }
    if (t->p < t->end && *t->p == '0') {
        t->p++;
        if (is_digit(t))
            return refuse(t, "number with a leading zero");
    } else if (!skip_digits(t)) {
        return false;
    }
    if (t->p < t->end && *t->p == '.') {
        t->p++;
        if (!skip_digits(t))
            return false;
    }
    if (t->p < t->end && (*t->p | 0x20) == 'e') {
        t->p++;
        if (t->p < t->end && (*t->p == '+' || *t->p == '-'))
            t->p++;
        if (!skip_digits(t))
            return false;
    }
    return true;
}

static bool skip_scalar(struct text *t)
{
    static const char *const LITERALS[] = {"true", "false", "null"};
    if (t->p == t->end)
        return refuse(t, "the text ends where a value is expected");
    if (*t->p == '"')
        return skip_string(t);
    if (*t->p == '-' || is_digit(t))
        return skip_number(t);
    for (size_t i = 0; i < sizeof LITERALS / sizeof LITERALS[0]; i++)
        if (begins_with(t, LITERALS[i])) {
            t->p += strlen(LITERALS[i]);
            return true;
        }
    if (begins_with(t, "NaN"))
        return refuse(t, "NaN is not JSON");
    if (begins_with(t, "Infinity"))
        return refuse(t, "Infinity is not JSON");
    const unsigned char *wrong = t->p;
    if (*wrong >= 0x80 && !skip_utf8(t))
        return false;
    t->p = wrong;
    return refuse(t, "expected a value");
}

/* A key and its colon. */
static bool skip_key(struct text *t)
{
    if (t->p == t->end)
        return refuse(t, "the text ends inside an object");
    if (*t->p != '"')
        return refuse(t, "expected a key in quotes");
    if (!skip_string(t))
        return false;
    skip_space(t);
    if (t->p == t->end)
        return refuse(t, "the text ends inside an object");
    if (*t->p != ':')
        return refuse(t, "expected ':' after a key");
    t->p++;
    skip_space(t);
    return true;
}

/* After a value: closes containers and steps over a comma. *depth is 0 when the root is closed. */
static bool skip_after_value(struct text *t, const char *closers, unsigned *depth)
{
    for (;;) {
        skip_space(t);
        const bool is_object = closers[*depth - 1] == '}';
        if (t->p == t->end)
            return refuse(t, is_object ? "the text ends inside an object" : "the text ends inside an array");
        if (*t->p == ',') {
            t->p++;
            skip_space(t);
            return !is_object || skip_key(t);
        }
        if (*t->p != (unsigned char)closers[*depth - 1])
            return refuse(t, is_object ? "expected ',' or '}' after a value" : "expected ',' or ']' after a value");
        t->p++;
        if (--*depth == 0)
            return true;
    }
}

static bool skip_root(struct text *t)
{
    char closers[EVD_JSON_DEPTH_MAX];
    unsigned depth = 0;
    do {
        const bool is_object = t->p < t->end && *t->p == '{';
        if (is_object || (t->p < t->end && *t->p == '[')) {
            if (depth == EVD_JSON_DEPTH_MAX)
                return refuse(t, "nested deeper than 1000 levels");
            closers[depth++] = is_object ? '}' : ']';
            t->p++;
            skip_space(t);
            const bool is_empty = t->p < t->end && *t->p == (unsigned char)closers[depth - 1];
            if (is_object && !is_empty && !skip_key(t))
                return false;
            if (!is_empty)
                continue;
            t->p++;
            depth--;
        } else if (!skip_scalar(t)) {
            return false;
        }
        if (depth > 0 && !skip_after_value(t, closers, &depth))
            return false;
    } while (depth > 0);
    return true;
}

bool evd_json_validate(const char *text, size_t length, struct evd_json_fault *fault)
{
    const unsigned char *start = (const unsigned char *)text;
    struct text t = {start, start, start + length, NULL};
    skip_space(&t);
    const unsigned char *root = t.p;
    const bool is_object = t.p < t.end && *t.p == '{';
    bool is_valid = skip_root(&t);
    if (is_valid) {
        skip_space(&t);
        if (t.p < t.end)
            is_valid = refuse(&t, "text after the end of the value");
    }
    if (is_valid && !is_object) {
        t.p = root;
        is_valid = refuse(&t, "expected a JSON object");
    }
    if (!is_valid)
        *fault = (struct evd_json_fault){(size_t)(t.p - start), t.reason, false};
    return is_valid;
}

const char *evd_json_skip_string(const char *text, const char *end)
{
    const unsigned char *quote = (const unsigned char *)text - 1;
    struct text t = {quote, quote, (const unsigned char *)end, NULL};
    return skip_string(&t) ? (const char *)t.p - 1 : NULL;
}
