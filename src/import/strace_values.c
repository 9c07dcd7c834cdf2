#include "import/strace_values.h"

enum {
    DEPTH_MAX = 32,       /* of structures and lists that get paths; deeper ones are texts */
    PATH_BYTES_MAX = 256, /* of a path; below longer ones are texts */
};

/* ── The lexer ── */

const bool evd_strace_word_bytes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

/* Moves past a string, whose opening quote is in hand; false when it does not end. */
static bool skip_string(struct evd_strace_cursor *cursor)
{
    for (cursor->at++; cursor->at < cursor->end; cursor->at++) {
        if (*cursor->at == '"') {
            cursor->at++;
            return true;
        }
        cursor->at += *cursor->at == '\\';
    }
    cursor->at = cursor->end;
    return false;
}

bool evd_strace_skip_decoration(struct evd_strace_cursor *cursor)
{
    for (cursor->at++; cursor->at < cursor->end; cursor->at++)
        if (*cursor->at == '>' && cursor->at[-1] != '-') {
            cursor->at++;
            return true;
        }
    return false;
}

/* Where one of a few bytes is, that values may end at or that need care. */
static const bool IS_SPECIAL[256] = {['"'] = true, ['('] = true, [')'] = true, ['['] = true, [']'] = true, ['{'] = true,
                                     ['}'] = true, ['<'] = true, [','] = true, ['/'] = true, ['='] = true};

static inline bool is_special(char c)
{
    return IS_SPECIAL[(unsigned char)c];
}

/* Moves to the comma or the bracket that ends the value in hand, or to `=>` when `has_arrow` is not NULL; false when
 * nothing ends it. */
static bool skip_value(struct evd_strace_cursor *cursor, bool *has_arrow)
{
    size_t depth = 0;
    while (cursor->at < cursor->end) {
        const char c = *cursor->at;
        if (!is_special(c)) {
            cursor->at++;
            continue;
        }
        if (depth == 0 && (c == ',' || c == ')' || c == ']' || c == '}'))
            return true;
        if (c == '"') {
            if (!skip_string(cursor))
                return false;
            continue;
        }
        if (c == '<' && cursor->at + 1 < cursor->end && cursor->at[1] != '<' && evd_strace_is_word(cursor->at[-1])) {
            if (!evd_strace_skip_decoration(cursor))
                return false;
            continue;
        }
        if (c == '/' && evd_strace_has(cursor, "/*")) {
            const char *stop = memmem(cursor->at + 2, (size_t)(cursor->end - cursor->at - 2), "*/", 2);
            if (stop == NULL)
                return false;
            cursor->at = stop + 2;
            continue;
        }
        if (c == '=' && depth == 0 && has_arrow != NULL && evd_strace_has(cursor, "=>")) {
            *has_arrow = true;
            return true;
        }
        depth += c == '(' || c == '[' || c == '{';
        depth -= depth > 0 && (c == ')' || c == ']' || c == '}');
        cursor->at++;
    }
    return false;
}

/* ── Values ── */

/* `suffix` is behind the path: "" or CUT. */
static const char CUT[] = "/...";
static inline enum evd_status put_key(struct evd_strace_values *values, const char *suffix, size_t suffix_length)
{
    struct evd_import_sink *sink = &values->payload.sink;
    const size_t length = values->path.length;
    const enum evd_status status = evd_room(sink, (length + suffix_length) * EVD_ESCAPED_MAX + 8);
    if (status != EVD_OK)
        return status;
    if (sink->at[-1] != '{')
        evd_put_byte(sink, ',');
    /* A path is made of words, digits, points and slashes, which stand for themselves. */
    evd_put_byte(sink, '"');
    evd_put(sink, values->path.data, length);
    evd_put(sink, suffix, suffix_length);
    EVD_PUT(sink, "\":");
    return EVD_OK;
}

enum evd_status evd_strace_put_string(struct evd_strace_values *values, const char *text, size_t length)
{
    struct evd_import_sink *sink = &values->payload.sink;
    const enum evd_status status = evd_room(sink, length * EVD_ESCAPED_MAX + 8);
    if (status != EVD_OK)
        return status;
    evd_put_byte(sink, '"');
    evd_put_utf8(sink, text, length);
    evd_put_byte(sink, '"');
    return EVD_OK;
}

/* Decimal digits as JSON has them, with a sign and without leading zeros. */
static bool is_number(const char *text, size_t length)
{
    size_t i = length > 0 && text[0] == '-';
    if (i == length || !evd_strace_is_digit(text[i]) || (text[i] == '0' && length > 1))
        return false;
    while (i < length && evd_strace_is_digit(text[i]))
        i++;
    return i == length;
}

/* A number as it is; anything else as a text, without the comments that strace adds. */
enum evd_status evd_strace_put_plain(struct evd_strace_values *values, const char *text, size_t length)
{
    struct evd_import_sink *sink = &values->payload.sink;
    const enum evd_status status = evd_room(sink, length * EVD_ESCAPED_MAX + EVD_STRACE_NUMBER_BYTES);
    if (status != EVD_OK)
        return status;
    if (is_number(text, length)) {
        evd_put(sink, text, length);
        return EVD_OK;
    }
    evd_put_byte(sink, '"');
    const char *end = text + length;
    if (memchr(text, '/', length) == NULL) {
        evd_put_utf8(sink, text, length);
        text = end;
    }
    while (text < end) {
        /* A comment in a string is none. */
        const char *stop = memchr(text, '"', (size_t)(end - text));
        const char *comment = memmem(text, (size_t)(end - text), "/*", 2);
        struct evd_strace_cursor string = {stop, end};
        if (comment != NULL && (stop == NULL || comment < stop)) {
            const char *after = memmem(comment + 2, (size_t)(end - comment - 2), "*/", 2);
            const char *before = comment;
            while (before > text && before[-1] == ' ')
                before--;
            evd_put_utf8(sink, text, (size_t)(before - text));
            text = after == NULL ? end : after + 2;
        } else if (stop != NULL) {
            skip_string(&string);
            evd_put_utf8(sink, text, (size_t)(string.at - text));
            text = string.at;
        } else {
            evd_put_utf8(sink, text, (size_t)(end - text));
            text = end;
        }
    }
    evd_put_byte(sink, '"');
    return EVD_OK;
}

static bool is_end(const struct evd_strace_cursor *cursor)
{
    return cursor->at < cursor->end && (*cursor->at == ',' || *cursor->at == ')' || *cursor->at == ']' ||
                                        *cursor->at == '}' || evd_strace_has(cursor, "=>"));
}

/* A string, or the beginning of one that strace cut: then the path has a member `/...` too. EVD_E_ARGUMENT when it is only
 * the beginning of a value, which is then a text. */
static enum evd_status put_quoted(struct evd_strace_values *values, struct evd_strace_cursor *cursor)
{
    const char *first = cursor->at + 1;
    if (!skip_string(cursor))
        return EVD_E_INPUT;
    const size_t length = (size_t)(cursor->at - 1 - first);
    const bool is_cut = evd_strace_take(cursor, "...");
    evd_strace_skip_spaces(cursor);
    if (!is_end(cursor))
        return EVD_E_ARGUMENT;
    enum evd_status status = put_key(values, "", 0);
    if (status == EVD_OK)
        status = evd_strace_put_string(values, first, length);
    if (status == EVD_OK && is_cut)
        status = put_key(values, CUT, sizeof CUT - 1);
    if (status == EVD_OK && is_cut)
        status = evd_room(&values->payload.sink, 8);
    if (status == EVD_OK && is_cut)
        EVD_PUT(&values->payload.sink, "true");
    return status;
}

size_t evd_strace_name_length(const struct evd_strace_cursor *cursor)
{
    const char *p = cursor->at;
    while (p < cursor->end && (evd_strace_is_word(*p) || *p == '.'))
        p++;
    return p > cursor->at && p + 1 < cursor->end && *p == '=' && p[1] != '>' ? (size_t)(p - cursor->at) : 0;
}

/* The values between brackets, the first of which is in hand. */
static enum evd_status put_members(struct evd_strace_values *values, struct evd_strace_cursor *cursor, char closing,
                                   unsigned depth)
{
    const size_t length = values->path.length;
    cursor->at++;
    evd_strace_skip_spaces(cursor);
    for (unsigned index = 0;; index++) {
        const size_t name = evd_strace_name_length(cursor);
        values->path.length = length;
        evd_buffer_byte(&values->path, '/');
        if (evd_strace_has(cursor, "...")) {
            cursor->at += 3;
            evd_buffer_string(&values->path, "...");
            enum evd_status status = values->path.failed ? EVD_E_NO_MEMORY : put_key(values, "", 0);
            if (status == EVD_OK)
                status = evd_room(&values->payload.sink, 8);
            if (status != EVD_OK)
                return status;
            EVD_PUT(&values->payload.sink, "true");
            evd_strace_skip_spaces(cursor);
        } else {
            if (name > 0)
                evd_buffer_append(&values->path, cursor->at, name);
            else
                evd_strace_append_index(&values->path, index);
            cursor->at += name + (name > 0);
            const enum evd_status status =
                values->path.failed ? EVD_E_NO_MEMORY : evd_strace_put_value(values, cursor, depth + 1);
            if (status != EVD_OK)
                return status;
        }
        values->path.length = length;
        if (cursor->at == cursor->end || (*cursor->at != ',' && *cursor->at != closing))
            return cursor->at == cursor->end ? EVD_E_INPUT : EVD_E_ARGUMENT;
        if (*cursor->at++ == closing)
            break;
        evd_strace_skip_spaces(cursor);
    }
    evd_strace_skip_spaces(cursor);
    return is_end(cursor) ? EVD_OK : EVD_E_ARGUMENT;
}

/* Words, and what joins flags or is a sign: they stand for themselves, and none of them ends a value. */
static inline bool is_simple(char c)
{
    return evd_strace_is_word(c) || c == '|' || c == '-';
}

/* Puts a value that is made of these, as most are; false, and nothing is done, for another one and without room at hand. */
static inline bool put_simple(struct evd_strace_values *values, struct evd_strace_cursor *cursor)
{
    struct evd_import_sink *sink = &values->payload.sink;
    const char *first = cursor->at, *at = first;
    while (at < cursor->end && is_simple(*at))
        at++;
    const size_t length = (size_t)(at - first), path_length = values->path.length;
    if (length == 0 || at == cursor->end || (*at != ',' && *at != ')' && *at != ']' && *at != '}') ||
        (size_t)(sink->end - sink->at) < path_length + length + EVD_STRACE_NUMBER_BYTES)
        return false;
    if (sink->at[-1] != '{')
        evd_put_byte(sink, ',');
    evd_put_byte(sink, '"');
    evd_put(sink, values->path.data, path_length);
    EVD_PUT(sink, "\":");
    const bool is_text = !is_number(first, length);
    if (is_text)
        evd_put_byte(sink, '"');
    evd_put(sink, first, length);
    if (is_text)
        evd_put_byte(sink, '"');
    cursor->at = at;
    return true;
}

static enum evd_status put_as_text(struct evd_strace_values *values, struct evd_strace_cursor *cursor)
{
    const char *first = cursor->at;
    bool has_arrow = false;
    if (!skip_value(cursor, &has_arrow))
        return EVD_E_INPUT;
    const char *last = cursor->at;
    while (last > first && last[-1] == ' ')
        last--;
    const enum evd_status status = put_key(values, "", 0);
    return status == EVD_OK ? evd_strace_put_plain(values, first, (size_t)(last - first)) : status;
}

/* Puts the value in hand, up to its comma, its bracket or its arrow. */
static enum evd_status put_one(struct evd_strace_values *values, struct evd_strace_cursor *cursor, unsigned depth)
{
    const struct evd_strace_cursor begin = *cursor;
    const size_t mark = evd_scratch_length(&values->payload), length = values->path.length;
    const char c = cursor->at < cursor->end ? *cursor->at : '\0';
    enum evd_status status = EVD_E_ARGUMENT;
    const bool is_empty = evd_strace_has(cursor, "[]") || evd_strace_has(cursor, "{}");
    if (c == '"')
        status = put_quoted(values, cursor);
    else if ((c == '{' || c == '[') && !is_empty && depth < DEPTH_MAX && length < PATH_BYTES_MAX)
        status = put_members(values, cursor, c == '{' ? '}' : ']', depth);
    if (status != EVD_E_ARGUMENT)
        return status;
    /* It is more than that: a text. */
    *cursor = begin;
    values->path.length = length;
    evd_scratch_cut(&values->payload, mark);
    return put_as_text(values, cursor);
}

/* The same, and what it becomes by the call, behind `=>`: that has the path `/after`. */
enum evd_status evd_strace_put_value(struct evd_strace_values *values, struct evd_strace_cursor *cursor, unsigned depth)
{
    const size_t length = values->path.length;
    evd_strace_skip_spaces(cursor);
    if (put_simple(values, cursor))
        return EVD_OK;
    enum evd_status status = put_one(values, cursor, depth);
    while (status == EVD_OK && evd_strace_take(cursor, "=>")) {
        evd_buffer_string(&values->path, "/after");
        evd_strace_skip_spaces(cursor);
        status = values->path.failed ? EVD_E_NO_MEMORY : put_one(values, cursor, depth);
    }
    values->path.length = length;
    return status;
}

void evd_strace_values_init(struct evd_strace_values *values)
{
    *values = (struct evd_strace_values){0};
    evd_scratch_init(&values->payload);
}

void evd_strace_values_release(struct evd_strace_values *values)
{
    evd_buffer_release(&values->payload.buffer);
    evd_buffer_release(&values->path);
}
