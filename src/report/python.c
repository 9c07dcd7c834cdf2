#include "report/python.h"

#include <string.h>

#include "base/letters.h"
#include "base/unicode.h"

/* JSON's words and Python's for them. */
static const struct word {
    const char *json, *python;
} WORDS[] = {
    {"null", "None"},
    {"false", "False"},
    {"true", "True"},
    {"1e999", "inf"}, /* what a number is written as that is too large for a double */
};

static bool begins_with(struct evd_text text, const char *word)
{
    const size_t length = strlen(word);
    return text.length >= length && memcmp(text.bytes, word, length) == 0;
}

static void skip(struct evd_text *rest, size_t length)
{
    rest->bytes += length;
    rest->length -= length;
}

static bool read_hex(const char *digits, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = digits[i], lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *value = *value * 16 + (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *value = *value * 16 + (uint32_t)(lower - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* Takes the escape off that a text begins with. */
static void take_escape(struct evd_text *rest, struct evd_letter *letter)
{
    static const char LETTERS[] = "bfnrt", CONTROLS[] = "\b\f\n\r\t";
    *letter = (struct evd_letter){.bytes = rest->bytes, .length = rest->length < 2 ? 1 : 2, .is_utf8 = true};
    const char second = rest->length < 2 ? '\\' : rest->bytes[1];
    const char *control = second == '\0' ? NULL : strchr(LETTERS, second);
    if (second == 'u' && rest->length >= 6 && read_hex(rest->bytes + 2, &letter->code_point)) {
        letter->length = 6;
        letter->is_utf8 = letter->code_point < 0xd800 || letter->code_point > 0xdfff;
    } else {
        letter->code_point = (unsigned char)(control == NULL ? second : CONTROLS[control - LETTERS]);
    }
    skip(rest, letter->length);
}

bool evd_json_string_next(struct evd_text *rest, struct evd_letter *letter, bool *has_quote)
{
    *has_quote = rest->length > 0 && rest->bytes[0] == '"';
    if (*has_quote || rest->length == 0) {
        skip(rest, *has_quote);
        return false;
    }
    if (rest->bytes[0] == '\\')
        take_escape(rest, letter);
    else
        evd_text_next(rest, letter);
    return true;
}

/* The quotes that repr() takes for what there is of a string. */
static char choose_quote(struct evd_text rest)
{
    struct evd_letter letter;
    bool has_single = false, has_quote;
    while (evd_json_string_next(&rest, &letter, &has_quote)) {
        if (letter.code_point == '"')
            return '\'';
        has_single |= letter.code_point == '\'';
    }
    return has_single ? '"' : '\'';
}

void evd_append_escaped(struct evd_buffer *out, uint32_t c)
{
    const char bytes[] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f))};
    if (c < 0x80) {
        evd_buffer_byte(out, (char)c);
    } else if (c < 0x800) {
        evd_buffer_byte(out, (char)(0xc0 | c >> 6));
        evd_buffer_byte(out, bytes[2]);
    } else {
        evd_buffer_append(out, bytes, sizeof bytes);
    }
}

static void append_letter(struct evd_buffer *out, const struct evd_letter *letter, char quote)
{
    const uint32_t c = letter->code_point;
    if (!letter->is_utf8 || !evd_is_printable(c)) {
        evd_append_escape(out, letter);
        return;
    }
    if (c == (unsigned char)quote || c == '\\')
        evd_buffer_byte(out, '\\');
    if (letter->bytes[0] == '\\')
        evd_append_escaped(out, c);
    else
        evd_buffer_append(out, letter->bytes, letter->length);
}

/* A string, from behind its quote. */
static void append_string(struct evd_buffer *out, struct evd_text *rest, bool has_begin)
{
    const char quote = choose_quote(*rest);
    struct evd_letter letter;
    bool has_quote;
    if (has_begin)
        evd_buffer_byte(out, quote);
    while (evd_json_string_next(rest, &letter, &has_quote))
        append_letter(out, &letter, quote);
    if (has_quote)
        evd_buffer_byte(out, quote);
}

static const struct word *find_word(struct evd_text text)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (begins_with(text, WORDS[i].json))
            return &WORDS[i];
    return NULL;
}

static void append_json(struct evd_buffer *out, struct evd_text rest, bool begins_in_string)
{
    if (begins_in_string)
        append_string(out, &rest, false);
    while (rest.length > 0) {
        const struct word *word = find_word(rest);
        struct evd_letter letter;
        if (word != NULL) {
            evd_buffer_string(out, word->python);
            skip(&rest, strlen(word->json));
        } else if (rest.bytes[0] == '"') {
            skip(&rest, 1);
            append_string(out, &rest, true);
        } else {
            evd_text_next(&rest, &letter);
            append_letter(out, &letter, '\0');
        }
    }
}

void evd_append_python(struct evd_buffer *out, const struct evd_field_value *value)
{
    if (value->type == EVD_TYPE_ABSENT) {
        evd_buffer_string(out, "<missing>");
        return;
    }
    if (value->shown_from > 0)
        evd_buffer_string(out, "…");
    append_json(out, value->shown, value->begins_in_string);
    if (value->shown_from + value->shown.length < value->length)
        evd_buffer_string(out, "…");
}

void evd_append_python_repr(struct evd_buffer *out, struct evd_text json)
{
    append_json(out, json, false);
}

void evd_append_python_str(struct evd_buffer *out, struct evd_text json)
{
    if (json.length == 0 || json.bytes[0] != '"') {
        append_json(out, json, false);
        return;
    }
    struct evd_letter letter;
    bool has_quote;
    skip(&json, 1);
    while (evd_json_string_next(&json, &letter, &has_quote)) {
        if (!letter.is_utf8)
            evd_append_escape(out, &letter);
        else if (letter.bytes[0] == '\\')
            evd_append_escaped(out, letter.code_point);
        else
            evd_buffer_append(out, letter.bytes, letter.length);
    }
}
