#include "report/values.h"

#include <inttypes.h>
#include <string.h>

#include "base/unicode.h"
#include "report/codes.h"
#include "report/python.h"

/* What there is of a string, behind its opening quote. */
static struct evd_text content(const struct evd_field_value *value)
{
    struct evd_text text = value->shown;
    if (!value->begins_in_string && text.length > 0) {
        text.bytes++;
        text.length--;
    }
    return text;
}

/* True when a text has backslashes in pairs only; *has_some is set when it has any. */
static bool has_pairs(const struct evd_field_value *value, bool *has_some)
{
    struct evd_text rest = content(value);
    struct evd_letter letter;
    bool has_quote;
    size_t run = 0;
    while (evd_json_string_next(&rest, &letter, &has_quote)) {
        if (letter.is_utf8 && letter.code_point == '\\') {
            run++;
            *has_some = true;
        } else if (run % 2 == 1) {
            return false;
        } else {
            run = 0;
        }
    }
    return run % 2 == 0;
}

/* Of both values, those that are strings. */
static bool are_escaped(const struct evd_field_value value[EVD_SIDES])
{
    bool has_some = false;
    for (int side = 0; side < EVD_SIDES; side++)
        if (value[side].type == EVD_TYPE_STRING && !has_pairs(&value[side], &has_some))
            return false;
    return has_some;
}

static void append_string(struct evd_buffer *out, const struct evd_field_value *value, bool is_escaped)
{
    struct evd_text rest = content(value);
    struct evd_letter letter;
    bool has_quote, is_first = false;
    evd_buffer_string(out, value->begins_in_string ? "…" : "\"");
    while (evd_json_string_next(&rest, &letter, &has_quote)) {
        is_first = is_escaped && letter.code_point == '\\' && !is_first;
        if (is_first)
            continue;
        if (!letter.is_utf8 || !evd_is_printable(letter.code_point))
            evd_append_escape(out, &letter);
        else if (letter.bytes[0] == '\\')
            evd_append_escaped(out, letter.code_point);
        else
            evd_buffer_append(out, letter.bytes, letter.length);
    }
    evd_buffer_string(out, value->shown_from + value->shown.length < value->length ? "…" : "\"");
}

static void append_number(struct evd_buffer *out, const struct evd_field_value *value, enum evd_shown_as form)
{
    const int64_t number = value->number;
    const bool has_32_bits = number >= INT32_MIN && number < 0;
    const char *name = evd_code_name(form, number);
    if (form == EVD_SHOWN_ERRNO)
        evd_buffer_format(out, "%" PRId64, number);
    else if (form == EVD_SHOWN_HEXADECIMAL || !has_32_bits)
        evd_buffer_format(out, "0x%" PRIx64, (uint64_t)number);
    else
        evd_buffer_format(out, "0x%" PRIx32, (uint32_t)number);
    if (name != NULL)
        evd_buffer_format(out, " %s", name);
}

static void append_value(struct evd_buffer *out, const struct evd_field_value *value, enum evd_shown_as form,
                         bool is_escaped)
{
    if (form != EVD_SHOWN_DECIMAL && value->form != EVD_NUMBER_NONE)
        append_number(out, value, form);
    else if (value->type == EVD_TYPE_STRING)
        append_string(out, value, is_escaped);
    else
        evd_append_python(out, value);
}

static bool are_alike(const struct evd_buffer a, size_t a_begin, const struct evd_buffer b, size_t b_begin)
{
    return a.length - a_begin == b.length - b_begin &&
           (a.length == a_begin || memcmp(a.data + a_begin, b.data + b_begin, a.length - a_begin) == 0);
}

void evd_append_values(struct evd_buffer out[EVD_SIDES], const struct evd_field_value value[EVD_SIDES],
                       enum evd_shown_as shown_as)
{
    const bool is_escaped = are_escaped(value);
    const size_t begin[EVD_SIDES] = {out[EVD_CANARY].length, out[EVD_OURS].length};
    for (int side = 0; side < EVD_SIDES; side++)
        append_value(&out[side], &value[side], shown_as, is_escaped);
    if (out[EVD_CANARY].failed || out[EVD_OURS].failed ||
        !are_alike(out[EVD_CANARY], begin[EVD_CANARY], out[EVD_OURS], begin[EVD_OURS]))
        return;
    for (int side = 0; side < EVD_SIDES; side++) {
        out[side].length = begin[side];
        evd_append_python(&out[side], &value[side]);
    }
}

void evd_append_both_values(struct evd_buffer *out, const struct evd_field_value value[EVD_SIDES],
                            enum evd_shown_as shown_as)
{
    struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
    evd_append_values(texts, value, shown_as);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_format(out, "%s%s=", side ? " " : "", evd_side_name((enum evd_side)side));
        out->failed |= texts[side].failed;
        if (texts[side].length > 0)
            evd_buffer_append(out, texts[side].data, texts[side].length);
        evd_buffer_release(&texts[side]);
    }
}
