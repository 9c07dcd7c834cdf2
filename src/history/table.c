#include "history/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/letters.h"
#include "base/unicode.h"
#include "evdiff/history.h"

void evd_answer_release(struct evd_answer *answer)
{
    evd_arena_release(&answer->arena);
    free(answer->rows);
    *answer = (struct evd_answer){.question = NULL};
}

static size_t column_count(const struct evd_question *question)
{
    size_t count = 0;
    while (count < EVD_COLUMNS_MAX && question->columns[count].key != NULL)
        count++;
    return count;
}

/* ── Text ── */

static bool is_number(enum evd_cell_kind kind)
{
    return kind >= EVD_CELL_COUNT && kind <= EVD_CELL_SECONDS;
}

/* What is not all is not told as 100 %, and what is not nothing not as 0. */
static void spell_percent(struct evd_buffer *out, double percent)
{
    if (percent > 99.99 && percent < 100)
        percent = 99.99;
    else if (percent > 0 && percent < 0.01)
        percent = 0.01;
    evd_buffer_format(out, "%.2f", percent);
}

static void spell(struct evd_buffer *out, enum evd_cell_kind kind, const struct evd_cell *cell)
{
    struct evd_text text = cell->text;
    if (cell->is_null) {
        evd_buffer_byte(out, '-');
        return;
    }
    switch (kind) {
    case EVD_CELL_SIGNATURE:
        text.length = text.length > 8 ? 8 : text.length;
        evd_append_line(out, text);
        return;
    case EVD_CELL_TEXT: evd_append_line(out, text); return;
    case EVD_CELL_COUNT: evd_buffer_format(out, "%lld", (long long)cell->number); return;
    case EVD_CELL_PERCENT: spell_percent(out, cell->real); return;
    case EVD_CELL_SECONDS: evd_buffer_format(out, "%.1f", (double)cell->number / 100); return;
    case EVD_CELL_FLAG: evd_buffer_string(out, cell->number != 0 ? "yes" : "no"); return;
    }
}

static void pad(struct evd_buffer *out, size_t count)
{
    for (; count > 0; count--)
        evd_buffer_byte(out, ' ');
}

/* The first letters of a line that fit, and an ellipsis. */
static void append_cut(struct evd_buffer *out, struct evd_text line, size_t columns)
{
    struct evd_letter letter;
    const struct evd_text whole = line;
    size_t kept = 0, used = 0;
    while (columns > 0 && evd_text_next(&line, &letter)) {
        used += evd_code_point_columns(letter.code_point);
        if (used > columns - 1)
            break;
        kept += letter.length;
    }
    evd_buffer_append(out, whole.bytes, kept);
    evd_buffer_string(out, "\u2026");
}

/* A cell in its column; the last one of a line is not filled up. */
static void append_cell(struct evd_buffer *out, struct evd_text line, size_t width, bool is_right, bool is_last)
{
    const size_t columns = evd_columns(line);
    if (columns > width) {
        const size_t begin = out->length;
        append_cut(out, line, width);
        if (!out->failed && !is_last)
            pad(out, width - evd_columns((struct evd_text){out->data + begin, out->length - begin}));
        return;
    }
    if (is_right)
        pad(out, width - columns);
    evd_append_text(out, line);
    if (!is_right && !is_last)
        pad(out, width - columns);
}

/* How wide the columns are: as wide as what is in them, but for the widest texts where a line gets too long. */
static void measure(const struct evd_answer *answer, unsigned width, size_t *widths)
{
    enum { TEXT_LEAST = 8 };
    const struct evd_column *columns = answer->question->columns;
    const size_t count = column_count(answer->question);
    struct evd_buffer line = {0};
    size_t all = 2 * (count - 1);
    for (size_t i = 0; i < count; i++) {
        widths[i] = strlen(columns[i].title);
        for (size_t row = 0; row < answer->row_count; row++) {
            evd_buffer_clear(&line);
            spell(&line, columns[i].kind, &answer->rows[row][i]);
            const size_t wide = evd_columns((struct evd_text){line.data, line.length});
            widths[i] = wide > widths[i] ? wide : widths[i];
        }
        all += widths[i];
    }
    evd_buffer_release(&line);
    while (width > 0 && all > width) {
        size_t widest = count;
        for (size_t i = 0; i < count; i++)
            if (columns[i].kind == EVD_CELL_TEXT && widths[i] > TEXT_LEAST &&
                (widest == count || widths[i] >= widths[widest]))
                widest = i;
        if (widest == count)
            return;
        widths[widest]--;
        all--;
    }
}

static void write_text(const struct evd_answer *answer, unsigned width, struct evd_output *out)
{
    const struct evd_column *columns = answer->question->columns;
    const size_t count = column_count(answer->question);
    size_t widths[EVD_COLUMNS_MAX];
    struct evd_buffer line = {0};
    if (answer->row_count == 0) {
        evd_buffer_format(&out->buffer, "%s\n", answer->question->none);
        return;
    }
    measure(answer, width, widths);
    for (size_t row = 0; row <= answer->row_count; row++) {
        for (size_t i = 0; i < count; i++) {
            evd_buffer_clear(&line);
            if (row == 0)
                evd_buffer_string(&line, columns[i].title);
            else
                spell(&line, columns[i].kind, &answer->rows[row - 1][i]);
            evd_buffer_string(&out->buffer, i > 0 ? "  " : "");
            append_cell(&out->buffer, (struct evd_text){line.data, line.length}, widths[i], is_number(columns[i].kind),
                        i + 1 == count);
            out->buffer.failed |= line.failed;
        }
        evd_buffer_byte(&out->buffer, '\n');
        evd_output_flush_some(out);
    }
    evd_buffer_release(&line);
}

/* ── For programs ── */

static void write_json_cell(struct evd_json_writer *json, const struct evd_column *column, const struct evd_cell *cell)
{
    if (cell->is_null) {
        evd_json_null(json, column->key);
        return;
    }
    switch (column->kind) {
    case EVD_CELL_SIGNATURE:
    case EVD_CELL_TEXT: evd_json_text(json, column->key, cell->text); return;
    case EVD_CELL_COUNT: evd_json_signed(json, column->key, cell->number); return;
    case EVD_CELL_PERCENT: evd_json_real(json, column->key, cell->real); return;
    case EVD_CELL_SECONDS: evd_json_real(json, column->key, (double)cell->number / 100); return;
    case EVD_CELL_FLAG: evd_json_bool(json, column->key, cell->number != 0); return;
    }
}

static void write_json(const struct evd_answer *answer, unsigned width, struct evd_output *out)
{
    struct evd_json_writer json = {.out = out};
    (void)width;
    evd_json_begin_lines(&json, NULL, '{');
    evd_json_line(&json);
    evd_json_string(&json, "schema", "evdiff.history/1");
    evd_json_line(&json);
    evd_json_string(&json, "question", answer->question->name);
    evd_json_line(&json);
    evd_json_begin_lines(&json, "rows", '[');
    for (size_t row = 0; row < answer->row_count; row++) {
        evd_json_line(&json);
        evd_json_begin(&json, NULL, '{');
        for (size_t i = 0; i < column_count(answer->question); i++)
            write_json_cell(&json, &answer->question->columns[i], &answer->rows[row][i]);
        evd_json_end(&json, '}');
    }
    evd_json_end_lines(&json, ']');
    evd_json_end_lines(&json, '}');
    evd_buffer_byte(&out->buffer, '\n');
}

/* Tabs, line ends and backslashes of a text are spelled \t, \n, \r and \\; what UTF-8 can't hold as in JSON. */
static void append_tsv(struct evd_buffer *out, struct evd_text text)
{
    struct evd_letter letter;
    while (evd_text_next(&text, &letter)) {
        static const char SPECIAL[] = "\t\n\r\\", SPELLED[] = "tnr\\";
        const char *special = letter.code_point != 0 && letter.code_point < 128 && letter.is_utf8
                                  ? strchr(SPECIAL, (int)letter.code_point)
                                  : NULL;
        if (special != NULL)
            evd_buffer_format(out, "\\%c", SPELLED[special - SPECIAL]);
        else if (letter.is_utf8)
            evd_buffer_append(out, letter.bytes, letter.length);
        else
            evd_append_escape(out, &letter);
    }
}

static void write_tsv(const struct evd_answer *answer, unsigned width, struct evd_output *out)
{
    const struct evd_column *columns = answer->question->columns;
    const size_t count = column_count(answer->question);
    (void)width;
    for (size_t i = 0; i < count; i++)
        evd_buffer_format(&out->buffer, "%s%s", i > 0 ? "\t" : "", columns[i].key);
    evd_buffer_byte(&out->buffer, '\n');
    for (size_t row = 0; row < answer->row_count; row++) {
        for (size_t i = 0; i < count; i++) {
            const struct evd_cell *cell = &answer->rows[row][i];
            evd_buffer_string(&out->buffer, i > 0 ? "\t" : "");
            if (cell->is_null)
                continue;
            if (columns[i].kind == EVD_CELL_TEXT || columns[i].kind == EVD_CELL_SIGNATURE)
                append_tsv(&out->buffer, cell->text);
            else if (columns[i].kind == EVD_CELL_PERCENT)
                evd_buffer_format(&out->buffer, "%.4f", cell->real);
            else if (columns[i].kind == EVD_CELL_SECONDS)
                evd_buffer_format(&out->buffer, "%.2f", (double)cell->number / 100);
            else
                evd_buffer_format(&out->buffer, "%lld", (long long)cell->number);
        }
        evd_buffer_byte(&out->buffer, '\n');
        evd_output_flush_some(out);
    }
}

static const struct {
    const char *name;
    evd_answer_writer *write;
} FORMATS[] = {{"text", write_text}, {"json", write_json}, {"tsv", write_tsv}};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof FORMATS[0] };

const char *evd_history_format_name(size_t index)
{
    return index < FORMAT_COUNT ? FORMATS[index].name : NULL;
}

evd_answer_writer *evd_find_answer_writer(const char *format)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(FORMATS[i].name, format) == 0)
            return FORMATS[i].write;
    return NULL;
}
