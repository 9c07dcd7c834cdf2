/* The text report's lines, kept within the width of a terminal: cut, or wrapped. */
#include "report/text.h"

#include "base/letters.h"
#include "base/unicode.h"

const char *evd_text_color(const struct evd_report_options *options, enum evd_text_color color)
{
    static const char *const COLORS[] = {
        [EVD_COLOR_NONE] = "\x1b[0m",   [EVD_COLOR_STRONG] = "\x1b[1m",  [EVD_COLOR_RED] = "\x1b[31m",
        [EVD_COLOR_GREEN] = "\x1b[32m", [EVD_COLOR_YELLOW] = "\x1b[33m",
    };
    return options->has_color ? COLORS[color] : "";
}

enum evd_text_color evd_color_of(enum evd_pair_state state)
{
    static const enum evd_text_color COLORS[] = {
        [EVD_STATE_DIVERGED] = EVD_COLOR_RED,
        [EVD_STATE_ENDS_EARLY] = EVD_COLOR_YELLOW,
        [EVD_STATE_EQUAL] = EVD_COLOR_GREEN,
    };
    return COLORS[state];
}

size_t evd_text_fitting(struct evd_text text, size_t columns)
{
    const char *const begin = text.bytes;
    struct evd_letter letter;
    for (struct evd_text rest = text; evd_text_next(&rest, &letter);) {
        const size_t needed = evd_code_point_columns(letter.code_point);
        if (needed > columns)
            return (size_t)(letter.bytes - begin);
        columns -= needed;
    }
    return text.length;
}

static void put_row(struct evd_output *out, const struct evd_report_options *options, enum evd_text_color color,
                    struct evd_text row, const char *end)
{
    struct evd_buffer *buffer = &out->buffer;
    if (color != EVD_COLOR_NONE)
        evd_buffer_string(buffer, evd_text_color(options, color));
    evd_append_text(buffer, row);
    evd_buffer_string(buffer, end);
    if (color != EVD_COLOR_NONE)
        evd_buffer_string(buffer, evd_text_color(options, EVD_COLOR_NONE));
    evd_buffer_byte(buffer, '\n');
    evd_output_flush_some(out);
}

void evd_text_put_cut(struct evd_output *out, const struct evd_report_options *options, enum evd_text_color color,
                      const struct evd_buffer *line)
{
    struct evd_text text = {line->data, line->length};
    const bool is_cut = options->width > 0 && evd_text_fitting(text, options->width) < text.length;
    out->buffer.failed |= line->failed;
    if (is_cut)
        text.length = evd_text_fitting(text, options->width - 1);
    put_row(out, options, color, text, is_cut ? "…" : "");
}

/* Where to break a text of which only so many bytes fit into a row: at the last space that has something before
 * it, else behind what fits, but at least one letter. */
static size_t break_place(struct evd_text text, size_t fitting)
{
    struct evd_letter letter;
    size_t begin = 0, place = fitting;
    while (begin < text.length && text.bytes[begin] == ' ')
        begin++;
    while (place > begin && text.bytes[place] != ' ')
        place--;
    if (place > begin)
        return place;
    if (fitting > 0)
        return fitting;
    evd_text_next(&text, &letter);
    return letter.length;
}

void evd_text_put_wrapped(struct evd_output *out, const struct evd_report_options *options, enum evd_text_color color,
                          const struct evd_buffer *line, unsigned indent)
{
    struct evd_text rest = {line->data, line->length};
    size_t width = options->width;
    out->buffer.failed |= line->failed;
    if (width < 4 * indent)
        indent = 0;
    for (;;) {
        const size_t fitting = options->width > 0 ? evd_text_fitting(rest, width) : rest.length;
        if (fitting == rest.length)
            break;
        const size_t place = break_place(rest, fitting);
        put_row(out, options, color, (struct evd_text){rest.bytes, place}, "");
        rest.bytes += place;
        rest.length -= place;
        if (rest.length > 0 && rest.bytes[0] == ' ') {
            rest.bytes++;
            rest.length--;
        }
        if (rest.length == 0)
            return;
        for (unsigned i = 0; i < indent; i++)
            evd_buffer_byte(&out->buffer, ' ');
        width = options->width - indent;
    }
    put_row(out, options, color, rest, "");
}
