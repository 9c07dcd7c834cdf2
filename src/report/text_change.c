/* The text report's changes: the events around a place, and what differs there. Canary's rows are marked with -, those of
 * ours with +, as in a diff; on a wide terminal both sides stand beside each other, with | between where they differ and <
 * or > where one has nothing. */
#include <inttypes.h>
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/text.h"
#include "report/values.h"

enum {
    AROUND_MAX = 3,         /* matching events before a change, and behind it */
    INSIDE_MAX = 4,         /* events of one side of the change itself */
    INDENT = 3,             /* columns before a row */
    MARK = 2,               /* columns of the mark, and of the space behind it */
    LEAD = 16,              /* letters before the difference that are shown of a value that is cut */
    SIDE_BY_SIDE_MIN = 120, /* columns of a terminal that has room for both sides beside each other */
    FIELD_INDENT = 2,       /* columns before a field, in a row */
};

/* A row's text, of which a part may be what differs. */
struct part {
    struct evd_text text; /* one line */
    size_t begin, end;    /* in bytes: what differs; equal when there is nothing to mark */
};

struct change {
    const struct evd_report_options *options;
    struct evd_output *out;
    size_t columns;   /* of a row's text, at most; SIZE_MAX: no limit */
    bool has_two;     /* both sides beside each other */
    bool has_payload; /* events are told with it */
    struct evd_buffer text[EVD_SIDES];
};

static const struct part NOTHING = {{"", 0}, 0, 0};

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->length > 0 ? buffer->data : "", buffer->length};
}

/* Appends a part in its colour, cut to the row; returns its columns. */
static size_t append_part(struct change *change, struct part part, enum evd_text_color color)
{
    struct evd_buffer *out = &change->out->buffer;
    struct evd_text text = part.text;
    const bool is_cut = evd_text_fitting(text, change->columns) < text.length;
    if (is_cut)
        text.length = evd_text_fitting(text, change->columns - 1);
    const size_t begin = part.begin < text.length ? part.begin : text.length;
    const size_t end = part.end < text.length ? part.end : text.length;
    const bool has_color = color != EVD_COLOR_NONE && change->options->has_color;
    if (has_color)
        evd_buffer_string(out, evd_text_color(change->options, color));
    evd_append_text(out, (struct evd_text){text.bytes, begin});
    if (has_color && end > begin)
        evd_buffer_string(out, "\x1b[7m");
    evd_append_text(out, (struct evd_text){text.bytes + begin, end - begin});
    if (has_color && end > begin)
        evd_buffer_string(out, "\x1b[27m");
    evd_append_text(out, (struct evd_text){text.bytes + end, text.length - end});
    if (is_cut)
        evd_buffer_string(out, "…");
    if (has_color)
        evd_buffer_string(out, evd_text_color(change->options, EVD_COLOR_NONE));
    return evd_columns(text) + is_cut;
}

static void pad(struct change *change, size_t columns)
{
    while (columns-- > 0)
        evd_buffer_byte(&change->out->buffer, ' ');
}

static void end_row(struct change *change)
{
    evd_buffer_byte(&change->out->buffer, '\n');
    evd_output_flush_some(change->out);
}

/* A row below each other: indented, with its mark. */
static void put_row(struct change *change, char mark, struct part part, enum evd_text_color color)
{
    pad(change, INDENT);
    evd_buffer_format(&change->out->buffer, "%c ", mark);
    append_part(change, part, color);
    end_row(change);
}

/* A row beside each other. */
static void put_both(struct change *change, const char mark, const struct part part[EVD_SIDES])
{
    const bool differs = mark != ' ' && mark != '*';
    pad(change, INDENT);
    const size_t used = append_part(change, part[EVD_CANARY], differs ? EVD_COLOR_RED : EVD_COLOR_NONE);
    if (part[EVD_OURS].text.length > 0 || mark != ' ') {
        pad(change, change->columns - used);
        evd_buffer_format(&change->out->buffer, " %c", mark);
    }
    if (part[EVD_OURS].text.length > 0) {
        evd_buffer_byte(&change->out->buffer, ' ');
        append_part(change, part[EVD_OURS], differs ? EVD_COLOR_GREEN : EVD_COLOR_NONE);
    }
    end_row(change);
}

/* The call stands before the payload already: where it is the first member, as {"name": "NtClose", …}, the payload is told from the next
 * one on. False, and nothing is skipped, where it is not. */
static bool skip_call(struct evd_text *payload, struct evd_text call)
{
    static const char JOIN[] = "\": \"";
    const size_t join = sizeof JOIN - 1;
    if (call.length == 0 || payload->length < 2 || memcmp(payload->bytes, "{\"", 2) != 0)
        return false;
    const char *end = memchr(payload->bytes + 2, '"', payload->length - 2);
    const size_t key = end == NULL ? payload->length : (size_t)(end - payload->bytes);
    if (payload->length - key < join + call.length + 2 || memcmp(payload->bytes + key, JOIN, join) != 0 ||
        memcmp(payload->bytes + key + join, call.bytes, call.length) != 0)
        return false;
    const char *rest = payload->bytes + key + join + call.length;
    const size_t left = payload->length - (size_t)(rest - payload->bytes);
    const size_t skipped = left >= 3 && memcmp(rest, "\", ", 3) == 0 ? 3 : memcmp(rest, "\"}", 2) == 0 ? 1 : 0;
    if (skipped == 0)
        return false;
    *payload = (struct evd_text){rest + skipped, left - skipped};
    return true;
}

/* "[295] kernel.return NtReadFile"; ours is NULL, or an event that matches canary's: "[295/301] …" where it stands at
 * another place. */
static struct part tell_events(const struct change *change, struct evd_buffer *text,
                               const struct evd_event_quotation *event, const struct evd_event_quotation *ours)
{
    evd_buffer_clear(text);
    evd_buffer_format(text, "[%" PRId64, event->tid_event_idx);
    if (ours != NULL && ours->tid_event_idx != event->tid_event_idx)
        evd_buffer_format(text, "/%" PRId64, ours->tid_event_idx);
    evd_buffer_string(text, "] ");
    evd_append_line(text, event->kind);
    if (event->call.length > 0)
        evd_buffer_byte(text, ' ');
    evd_append_line(text, event->call);
    if (change->has_payload) {
        struct evd_text payload = event->payload;
        evd_buffer_byte(text, ' ');
        if (skip_call(&payload, event->call))
            evd_buffer_byte(text, '{');
        evd_append_line(text, payload);
        evd_buffer_string(text, event->payload.length < event->payload_length ? "…" : "");
    }
    return (struct part){text_of(text), 0, 0};
}

static struct part tell_event(struct change *change, int side, const struct evd_event_quotation *event)
{
    return tell_events(change, &change->text[side], event, NULL);
}

/* Two events that match, or, with a mark, that differ in a value. */
static void put_event_pair(struct change *change, char mark, const struct evd_event_quotation *canary,
                           const struct evd_event_quotation *ours)
{
    if (!change->has_two) {
        put_row(change, mark, tell_events(change, &change->text[EVD_CANARY], canary, ours), EVD_COLOR_NONE);
        return;
    }
    const struct part parts[EVD_SIDES] = {tell_event(change, EVD_CANARY, canary), tell_event(change, EVD_OURS, ours)};
    put_both(change, mark == '!' ? '|' : mark, parts);
}

/* Bytes of whole letters that two texts have in common at their beginnings; and at their ends, behind those. */
static size_t common_bytes(struct evd_text a, struct evd_text b)
{
    size_t at = 0;
    struct evd_letter x, y;
    struct evd_text left = a, right = b;
    while (evd_text_next(&left, &x) && evd_text_next(&right, &y) && x.length == y.length &&
           memcmp(x.bytes, y.bytes, x.length) == 0)
        at += x.length;
    return at;
}

static size_t common_end(struct evd_text a, struct evd_text b, size_t beginning)
{
    size_t length = 0;
    while (length < a.length - beginning && length < b.length - beginning &&
           a.bytes[a.length - 1 - length] == b.bytes[b.length - 1 - length])
        length++;
    /* Not within a letter. */
    while (length > 0 && ((unsigned char)a.bytes[a.length - length] & 0xc0) == 0x80)
        length--;
    return length;
}

/* Bytes before the last `letters` letters of a text. */
static size_t bytes_before_last(struct evd_text text, size_t letters)
{
    size_t at = text.length;
    while (at > 0 && letters > 0)
        if (((unsigned char)text.bytes[--at] & 0xc0) != 0x80)
            letters--;
    return at;
}

/* The two values of a field, behind its path; where one has no room, both from a little before the difference on. */
static void tell_field(struct change *change, const struct evd_differing_field *field, struct part part[EVD_SIDES])
{
    struct evd_buffer values[EVD_SIDES] = {{0}, {0}};
    evd_append_values(values, field->value, field->shown_as);
    struct evd_text a = text_of(&values[EVD_CANARY]), b = text_of(&values[EVD_OURS]);
    size_t beginning = common_bytes(a, b);
    const size_t ending = common_end(a, b, beginning);
    const bool is_part = bytes_before_last((struct evd_text){a.bytes, beginning}, 1) > 0 ||
                         bytes_before_last((struct evd_text){a.bytes + a.length - ending, ending}, 1) > 0;
    struct evd_buffer path = {0};
    for (int i = 0; i < FIELD_INDENT; i++)
        evd_buffer_byte(&path, ' ');
    evd_append_line(&path, field->path);
    evd_buffer_byte(&path, '=');
    const size_t room = evd_columns(text_of(&path));
    const size_t widest = evd_columns(a) > evd_columns(b) ? evd_columns(a) : evd_columns(b);
    size_t skipped = 0;
    if (change->columns != SIZE_MAX && room + widest > change->columns)
        skipped = bytes_before_last((struct evd_text){a.bytes, beginning}, LEAD);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer *text = &change->text[side];
        const struct evd_text value = side == EVD_CANARY ? a : b;
        evd_buffer_clear(text);
        evd_append_text(text, text_of(&path));
        evd_buffer_string(text, skipped > 0 ? "…" : "");
        const size_t before = text->length;
        evd_append_text(text, (struct evd_text){value.bytes + skipped, value.length - skipped});
        text->failed |= values[side].failed || path.failed;
        part[side] = (struct part){text_of(text), 0, 0};
        /* More than a quote, or a sign of what is cut, is common; a text that memory ran out for may end before. */
        if (!text->failed && is_part) {
            part[side].begin = before + beginning - skipped;
            part[side].end = before + value.length - ending - skipped;
        }
        evd_buffer_release(&values[side]);
    }
    evd_buffer_release(&path);
}

/* A part of a text that differs is marked below it. */
static bool is_partial(const struct evd_differing_field *field, const struct part part[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (field->value[side].type != EVD_TYPE_STRING || field->value[side].form != EVD_NUMBER_NONE)
            return false;
    return part[EVD_CANARY].end > part[EVD_CANARY].begin || part[EVD_OURS].end > part[EVD_OURS].begin;
}

/* "^^^^" below what differs. */
static void append_carets(struct change *change, const struct part *part, size_t *used)
{
    const size_t before = evd_columns((struct evd_text){part->text.bytes, part->begin});
    size_t wide = evd_columns((struct evd_text){part->text.bytes + part->begin, part->end - part->begin});
    if (before >= change->columns)
        return;
    wide = wide > change->columns - before ? change->columns - before : wide;
    pad(change, before);
    for (size_t i = 0; i < wide; i++)
        evd_buffer_byte(&change->out->buffer, '^');
    *used += before + wide;
}

static void put_carets(struct change *change, const struct part part[EVD_SIDES])
{
    size_t used = 0;
    if (!change->has_two) {
        const int longer = part[EVD_CANARY].end - part[EVD_CANARY].begin > part[EVD_OURS].end - part[EVD_OURS].begin
                               ? EVD_CANARY
                               : EVD_OURS;
        pad(change, INDENT + MARK);
        append_carets(change, &part[longer], &used);
        end_row(change);
        return;
    }
    pad(change, INDENT);
    append_carets(change, &part[EVD_CANARY], &used);
    if (part[EVD_OURS].end > part[EVD_OURS].begin) {
        pad(change, change->columns - used + INDENT);
        append_carets(change, &part[EVD_OURS], &used);
    }
    end_row(change);
}

static void put_field(struct change *change, const struct evd_differing_field *field)
{
    struct part parts[EVD_SIDES];
    tell_field(change, field, parts);
    if (change->has_two) {
        put_both(change, '|', parts);
    } else {
        put_row(change, '-', parts[EVD_CANARY], EVD_COLOR_RED);
        put_row(change, '+', parts[EVD_OURS], EVD_COLOR_GREEN);
    }
    if (is_partial(field, parts))
        put_carets(change, parts);
}

/* What is left of a run whose first events are shown. */
static struct part tell_rest(struct evd_buffer *text, uint64_t count)
{
    evd_buffer_clear(text);
    evd_buffer_format(text, "… %s more event%s", evd_grouped(count).text, evd_plural(count));
    return (struct part){text_of(text), 0, 0};
}

/* The row of an index of one side of a run; nothing past its end. */
static struct part tell_inside(struct change *change, const struct evd_quotation *quotation,
                               const struct evd_divergence *divergence, int side, size_t index)
{
    const size_t quoted = quotation->inside[side], shown = quoted < INSIDE_MAX ? quoted : INSIDE_MAX;
    const uint64_t count = evd_run_of(divergence, side).count;
    if (index < shown)
        return tell_event(change, side, &quotation->events[side][quotation->before[side] + index]);
    return index == shown && count > shown ? tell_rest(&change->text[side], count - shown) : NOTHING;
}

static void put_inside(struct change *change, const struct evd_quotation *quotation,
                       const struct evd_divergence *divergence)
{
    for (int side = 0; !change->has_two && side < EVD_SIDES; side++)
        for (size_t i = 0; i <= INSIDE_MAX; i++) {
            const struct part part = tell_inside(change, quotation, divergence, side, i);
            if (part.text.length > 0)
                put_row(change, side == EVD_CANARY ? '-' : '+', part,
                        side == EVD_CANARY ? EVD_COLOR_RED : EVD_COLOR_GREEN);
        }
    for (size_t i = 0; change->has_two && i <= INSIDE_MAX; i++) {
        const struct part parts[EVD_SIDES] = {tell_inside(change, quotation, divergence, EVD_CANARY, i),
                                              tell_inside(change, quotation, divergence, EVD_OURS, i)};
        const bool has[EVD_SIDES] = {parts[EVD_CANARY].text.length > 0, parts[EVD_OURS].text.length > 0};
        if (has[EVD_CANARY] || has[EVD_OURS])
            put_both(change, has[EVD_CANARY] && has[EVD_OURS] ? '|' : has[EVD_CANARY] ? '<' : '>', parts);
    }
}

static bool are_alike(const struct evd_event_quotation *a, const struct evd_event_quotation *b)
{
    return evd_text_equal(a->kind, b->kind) && evd_text_equal(a->call, b->call);
}

/* How many of the events just before match, as far as they are quoted and no absorber took one of them. */
static size_t count_before(const struct evd_quotation *quotation, uint64_t matched)
{
    const size_t c = quotation->before[EVD_CANARY], o = quotation->before[EVD_OURS];
    size_t count = 0;
    while (count < AROUND_MAX && count < matched && count < c && count < o &&
           are_alike(&quotation->events[EVD_CANARY][c - 1 - count], &quotation->events[EVD_OURS][o - 1 - count]))
        count++;
    return count;
}

static const struct evd_event_quotation *behind(const struct evd_quotation *quotation, int side, size_t index)
{
    return &quotation->events[side][quotation->before[side] + quotation->inside[side] + index];
}

static size_t count_behind(const struct evd_quotation *quotation, uint64_t matched)
{
    size_t count = 0;
    while (count < AROUND_MAX && count < matched && count < quotation->behind[EVD_CANARY] &&
           count < quotation->behind[EVD_OURS] &&
           are_alike(behind(quotation, EVD_CANARY, count), behind(quotation, EVD_OURS, count)))
        count++;
    return count;
}

static uint64_t matched_before(const struct evd_pair_outcome *pair, size_t divergence)
{
    return divergence > 0 ? pair->divergences[divergence - 1].matched_after : UINT64_MAX;
}

static void end_change(struct change *change)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        change->out->buffer.failed |= change->text[side].failed;
        evd_buffer_release(&change->text[side]);
    }
}

static struct change begin_change(const struct evd_report_options *options, struct evd_output *out)
{
    struct change change = {.options = options, .out = out, .columns = SIZE_MAX};
    change.has_two = options->width >= SIDE_BY_SIDE_MIN;
    if (change.has_two)
        change.columns = (options->width - 2 * INDENT) / 2;
    else if (options->width > INDENT + MARK + 1)
        change.columns = options->width - INDENT - MARK;
    return change;
}

void evd_text_render_change(const struct evd_outcome *outcome, const struct evd_quotation *quotation,
                            const struct evd_report_options *options, struct evd_output *out)
{
    const struct evd_pair_outcome *pair = &outcome->pairs[quotation->pair];
    const struct evd_divergence *divergence = &pair->divergences[quotation->divergence];
    struct change change = begin_change(options, out);
    const size_t before = count_before(quotation, matched_before(pair, quotation->divergence));
    for (size_t i = before; i > 0; i--)
        put_event_pair(&change, ' ', &quotation->events[EVD_CANARY][quotation->before[EVD_CANARY] - i],
                       &quotation->events[EVD_OURS][quotation->before[EVD_OURS] - i]);
    if (divergence->class_ != EVD_CLASS_VALUE) {
        put_inside(&change, quotation, divergence);
    } else if (quotation->inside[EVD_CANARY] > 0 && quotation->inside[EVD_OURS] > 0) {
        put_event_pair(&change, '!', &quotation->events[EVD_CANARY][quotation->before[EVD_CANARY]],
                       &quotation->events[EVD_OURS][quotation->before[EVD_OURS]]);
        for (size_t i = 0; i < quotation->field_count; i++)
            put_field(&change, &quotation->fields[i]);
    }
    for (size_t i = 0; i < count_behind(quotation, divergence->matched_after); i++)
        put_event_pair(&change, ' ', behind(quotation, EVD_CANARY, i), behind(quotation, EVD_OURS, i));
    end_change(&change);
}

/* An event on one side only. */
static void put_lone(struct change *change, int side, const struct evd_event_quotation *event)
{
    const struct part part = tell_event(change, side, event);
    const struct part parts[EVD_SIDES] = {side == EVD_CANARY ? part : NOTHING, side == EVD_OURS ? part : NOTHING};
    if (change->has_two)
        put_both(change, side == EVD_CANARY ? '<' : '>', parts);
    else
        put_row(change, side == EVD_CANARY ? '-' : '+', part, side == EVD_CANARY ? EVD_COLOR_RED : EVD_COLOR_GREEN);
}

void evd_text_put_arguments(const struct evd_quotation *quotation, const struct evd_report_options *options,
                            struct evd_buffer *line, struct evd_output *out)
{
    if (quotation->arguments.length == 0)
        return;
    evd_buffer_clear(line);
    evd_buffer_string(line, "   arguments: ");
    evd_append_line(line, quotation->arguments);
    evd_text_put_cut(out, options, EVD_COLOR_NONE, line);
    evd_buffer_clear(line);
}

/* The whole payload of an event that is told alone, in as many lines as it takes. */
static void put_payload(const struct change *change, char mark, enum evd_text_color color,
                        const struct evd_event_quotation *event)
{
    struct evd_buffer line = {0};
    evd_buffer_format(&line, "   %c ", mark);
    evd_append_line(&line, event->payload);
    evd_buffer_string(&line, event->payload.length < event->payload_length ? "…" : "");
    evd_text_put_wrapped(change->out, change->options, color, &line, INDENT + MARK);
    evd_buffer_release(&line);
}

static void put_payloads(const struct change *change, const struct evd_beside_row *row)
{
    if (row->kind == EVD_BESIDE_CANARY || row->kind == EVD_BESIDE_DIFFERS)
        put_payload(change, '-', EVD_COLOR_RED, &row->event[EVD_CANARY]);
    if (row->kind == EVD_BESIDE_OURS || row->kind == EVD_BESIDE_DIFFERS)
        put_payload(change, '+', EVD_COLOR_GREEN, &row->event[EVD_OURS]);
    if (row->kind == EVD_BESIDE_EQUAL)
        put_payload(change, ' ', EVD_COLOR_NONE, &row->event[EVD_CANARY]);
}

void evd_text_render_beside(const struct evd_beside *beside, const struct evd_report_options *options,
                            struct evd_output *out)
{
    struct change change = begin_change(options, out);
    for (size_t i = 0; i < beside->row_count; i++) {
        const struct evd_beside_row *row = &beside->rows[i];
        change.has_payload = row->kind != EVD_BESIDE_DIFFERS && beside->row_count > 1;
        if (row->kind == EVD_BESIDE_CANARY || row->kind == EVD_BESIDE_OURS) {
            const int side = row->kind == EVD_BESIDE_CANARY ? EVD_CANARY : EVD_OURS;
            put_lone(&change, side, &row->event[side]);
            if (beside->row_count == 1)
                put_payloads(&change, row);
            continue;
        }
        put_event_pair(&change,
                       row->kind == EVD_BESIDE_DIFFERS ? '!'
                       : row->is_place                 ? '*'
                                                       : ' ',
                       &row->event[EVD_CANARY], &row->event[EVD_OURS]);
        for (size_t j = 0; j < row->field_count; j++)
            put_field(&change, &row->fields[j]);
        if (beside->row_count == 1)
            put_payloads(&change, row);
    }
    end_change(&change);
}
