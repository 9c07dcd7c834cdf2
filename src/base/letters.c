#include "base/letters.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/unicode.h"

/* Bytes of the sequence that a first byte begins; 0: none. */
static size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* True when the text begins with a code point in its shortest form, a surrogate too. */
static bool has_code_point(struct evd_text text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text.bytes;
    if (length == 0 || length > text.length)
        return false;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return !(bytes[0] == 0xe0 && bytes[1] < 0xa0) && !(bytes[0] == 0xf0 && bytes[1] < 0x90) &&
           !(bytes[0] == 0xf4 && bytes[1] > 0x8f);
}

bool evd_text_next(struct evd_text *rest, struct evd_letter *letter)
{
    if (rest->length == 0)
        return false;
    const unsigned char first = (unsigned char)rest->bytes[0];
    *letter = (struct evd_letter){.bytes = rest->bytes, .length = sequence_length(first)};
    if (has_code_point(*rest, letter->length)) {
        const char *p = rest->bytes;
        letter->code_point = evd_code_point_next(&p);
        letter->is_utf8 = letter->code_point < 0xd800 || letter->code_point > 0xdfff;
    } else {
        letter->length = 1;
        letter->code_point = first;
    }
    rest->bytes += letter->length;
    rest->length -= letter->length;
    return true;
}

size_t evd_columns(struct evd_text line)
{
    struct evd_letter letter;
    size_t columns = 0;
    while (evd_text_next(&line, &letter))
        columns += evd_code_point_columns(letter.code_point);
    return columns;
}

void evd_append_text(struct evd_buffer *out, struct evd_text text)
{
    evd_buffer_append(out, text.bytes, text.length);
}

void evd_append_escape(struct evd_buffer *out, const struct evd_letter *letter)
{
    const uint32_t c = letter->code_point;
    if (c == '\n' || c == '\r' || c == '\t')
        evd_buffer_format(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else if (c < 0x100)
        evd_buffer_format(out, "\\x%02" PRIx32, c);
    else if (c < 0x10000)
        evd_buffer_format(out, "\\u%04" PRIx32, c);
    else
        evd_buffer_format(out, "\\U%08" PRIx32, c);
}

void evd_append_line(struct evd_buffer *out, struct evd_text text)
{
    struct evd_letter letter;
    for (;;) {
        size_t plain = 0; /* printable ASCII, which most texts are all of */
        while (plain < text.length && text.bytes[plain] >= ' ' && text.bytes[plain] <= '~')
            plain++;
        evd_buffer_append(out, text.bytes, plain);
        text.length -= plain;
        if (text.length == 0)
            return;
        text.bytes += plain;
        evd_text_next(&text, &letter);
        if (letter.is_utf8 && evd_is_printable(letter.code_point))
            evd_buffer_append(out, letter.bytes, letter.length);
        else
            evd_append_escape(out, &letter);
    }
}

void evd_cut_letters(struct evd_buffer *out, size_t begin, size_t most)
{
    if (out->failed || out->length - begin <= most)
        return;
    struct evd_text rest = {out->data + begin, out->length - begin};
    struct evd_letter letter;
    for (size_t i = 0; evd_text_next(&rest, &letter); i++)
        if (i == most) {
            out->length = (size_t)(letter.bytes - out->data);
            evd_buffer_string(out, "…");
            return;
        }
}
