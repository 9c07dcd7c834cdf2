/* text: the verdict in one line, then a table of threads, worst first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/format.h"

enum { UNPAIRED_SHOWN = 8 };

enum state { STATE_DIVERGED, STATE_ENDS_EARLY, STATE_EQUAL };

static enum state state_of(const struct evd_pair_outcome *pair)
{
    if (pair->is_diverged)
        return STATE_DIVERGED;
    if (pair->left_over[EVD_CANARY] > 0 || pair->left_over[EVD_OURS] > 0)
        return STATE_ENDS_EARLY;
    return STATE_EQUAL;
}

static uint64_t longer_left_over(const struct evd_pair_outcome *pair)
{
    const uint64_t c = pair->left_over[EVD_CANARY], o = pair->left_over[EVD_OURS];
    return c > o ? c : o;
}

/* Diverged threads before those that end early before equal ones; then those with the most events
 * that were not compared; then by tid. */
static int worst_first(const void *a, const void *b)
{
    const struct evd_pair_outcome *left = *(const struct evd_pair_outcome *const *)a;
    const struct evd_pair_outcome *right = *(const struct evd_pair_outcome *const *)b;
    if (state_of(left) != state_of(right))
        return state_of(left) < state_of(right) ? -1 : 1;
    const uint64_t l = longer_left_over(left), r = longer_left_over(right);
    if (l != r)
        return l > r ? -1 : 1;
    return (left->tid[EVD_CANARY] > right->tid[EVD_CANARY]) -
           (left->tid[EVD_CANARY] < right->tid[EVD_CANARY]);
}

/* A number with its thousands apart: 1,234,567. */
struct number {
    char text[32];
};

static struct number grouped(uint64_t value)
{
    struct number number;
    char digits[24];
    const int count = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *p = number.text;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *p++ = ',';
        *p++ = digits[i];
    }
    *p = '\0';
    return number;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static const char *color(const struct evd_report_options *options, enum state state)
{
    static const char *const COLORS[] = {"\x1b[31m", "\x1b[33m", "\x1b[32m"};
    return options->has_color ? COLORS[state] : "";
}

static const char *no_color(const struct evd_report_options *options)
{
    return options->has_color ? "\x1b[0m" : "";
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 100.0 : 100.0 * (double)part / (double)whole;
}

static void render_verdict(const struct evd_outcome *outcome,
                           const struct evd_report_options *options, struct evd_buffer *out)
{
    size_t counts[3] = {0, 0, 0};
    uint64_t matched = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        counts[state_of(&outcome->pairs[i])]++;
        matched += outcome->pairs[i].matched;
    }
    const enum state state = counts[STATE_DIVERGED]     ? STATE_DIVERGED
                             : counts[STATE_ENDS_EARLY] ? STATE_ENDS_EARLY
                                                        : STATE_EQUAL;
    evd_buffer_string(out, color(options, state));
    if (outcome->pair_count == 0)
        evd_buffer_string(out, "Nothing compared: no mapped thread is in both logs");
    else if (state == STATE_DIVERGED)
        evd_buffer_format(out, "Diverged: %zu of %zu thread pairs", counts[STATE_DIVERGED],
                          outcome->pair_count);
    else if (state == STATE_ENDS_EARLY)
        evd_buffer_format(out, "No divergence, but %zu of %zu thread pairs end early on one side",
                          counts[STATE_ENDS_EARLY], outcome->pair_count);
    else
        evd_buffer_format(out, "Equal: all %zu thread pair%s", outcome->pair_count,
                          plural(outcome->pair_count));
    evd_buffer_string(out, no_color(options));
    evd_buffer_format(out, "; %s of canary's %s events matched (%.1f %%)\n", grouped(matched).text,
                      grouped(outcome->event_count[EVD_CANARY]).text,
                      percent(matched, outcome->event_count[EVD_CANARY]));
}

/* Appends one line of UTF-8, cut after `width` characters where width is not 0. */
static void append_cut(struct evd_buffer *out, const char *line, size_t length, unsigned width)
{
    size_t used = 0;
    unsigned characters = 0;
    size_t room = 0; /* bytes that leave a column for the ellipsis */
    while (used < length) {
        if (width != 0 && characters == width) {
            evd_buffer_append(out, line, room);
            evd_buffer_string(out, "…");
            return;
        }
        if (characters + 1 == width)
            room = used;
        used++;
        while (used < length && ((unsigned char)line[used] & 0xc0) == 0x80)
            used++;
        characters++;
    }
    evd_buffer_append(out, line, length);
}

static void describe_end(const struct evd_pair_outcome *pair, struct evd_buffer *out)
{
    const bool is_canary_longer = pair->left_over[EVD_CANARY] > 0;
    const uint64_t count = pair->left_over[is_canary_longer ? EVD_CANARY : EVD_OURS];
    evd_buffer_format(out, "%s ends early: %s goes on for %s event%s",
                      is_canary_longer ? "ours" : "canary", is_canary_longer ? "canary" : "ours",
                      grouped(count).text, plural(count));
}

/* How wide the columns of the table are. */
struct widths {
    int tid[EVD_SIDES], matched, total;
};

static int wider(int width, int other)
{
    return other > width ? other : width;
}

static struct widths measure(const struct evd_outcome *outcome)
{
    struct widths widths = {{6, 4}, 7, 2}; /* of the column heads */
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        for (int side = 0; side < EVD_SIDES; side++)
            widths.tid[side] =
                wider(widths.tid[side], snprintf(NULL, 0, "%" PRId64, pair->tid[side]));
        widths.matched = wider(widths.matched, (int)strlen(grouped(pair->matched).text));
        widths.total = wider(widths.total, (int)strlen(grouped(pair->total[EVD_CANARY]).text));
    }
    return widths;
}

static void render_row(const struct evd_pair_outcome *pair, const struct widths *widths,
                       const struct evd_report_options *options, struct evd_buffer *scratch,
                       struct evd_buffer *out)
{
    const enum state state = state_of(pair);
    evd_buffer_clear(scratch);
    evd_buffer_format(scratch, "%*" PRId64 "  %*" PRId64 "  %*s  %*s  %5.1f %%  ",
                      widths->tid[EVD_CANARY], pair->tid[EVD_CANARY], widths->tid[EVD_OURS],
                      pair->tid[EVD_OURS], widths->matched, grouped(pair->matched).text,
                      widths->total, grouped(pair->total[EVD_CANARY]).text,
                      state == STATE_EQUAL ? 100.0 : percent(pair->matched, pair->total[EVD_CANARY]));
    switch (state) {
    case STATE_DIVERGED:
        evd_buffer_format(scratch, "[%" PRId64 "/%" PRId64 "] ",
                          pair->divergence.event[EVD_CANARY].tid_event_idx,
                          pair->divergence.event[EVD_OURS].tid_event_idx);
        evd_append_text(scratch, pair->divergence.description);
        break;
    case STATE_ENDS_EARLY:
        describe_end(pair, scratch);
        break;
    case STATE_EQUAL:
        evd_buffer_string(scratch, "equal");
        break;
    }
    out->failed |= scratch->failed;
    evd_buffer_string(out, color(options, state));
    append_cut(out, scratch->data, scratch->length, options->width);
    evd_buffer_string(out, no_color(options));
    evd_buffer_byte(out, '\n');
}

static void render_unpaired(const struct evd_outcome *outcome, int side, struct evd_buffer *out)
{
    const size_t count = outcome->unpaired_count[side];
    if (count == 0)
        return;
    evd_buffer_format(out, "\nNo counterpart for %zu thread%s of %s:", count, plural(count),
                      side == EVD_CANARY ? "canary" : "ours");
    for (size_t i = 0; i < count && i < UNPAIRED_SHOWN; i++)
        evd_buffer_format(out, "%s tid %" PRId64 " (%s event%s)", i ? "," : "",
                          outcome->unpaired[side][i].tid,
                          grouped(outcome->unpaired[side][i].total).text,
                          plural(outcome->unpaired[side][i].total));
    if (count > UNPAIRED_SHOWN)
        evd_buffer_format(out, " and %zu more", count - UNPAIRED_SHOWN);
    evd_buffer_byte(out, '\n');
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options,
                   struct evd_report_out *out)
{
    const size_t count = outcome->pair_count;
    const struct evd_pair_outcome **order = calloc(count + 1, sizeof *order);
    if (order == NULL) {
        out->buffer.failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = &outcome->pairs[i];
    qsort(order, count, sizeof *order, worst_first);
    render_verdict(outcome, options, &out->buffer);
    const struct widths widths = measure(outcome);
    if (count > 0)
        evd_buffer_format(&out->buffer, "\n%*s  %*s  %*s  %*s  %7s  %s\n", widths.tid[EVD_CANARY],
                          "canary", widths.tid[EVD_OURS], "ours", widths.matched, "matched",
                          widths.total, "of", "",
                          "first difference [tid_event_idx canary/ours]");
    struct evd_buffer scratch = {0};
    for (size_t i = 0; i < count; i++) {
        render_row(order[i], &widths, options, &scratch, &out->buffer);
        evd_report_flush_some(out);
    }
    evd_buffer_release(&scratch);
    free(order);
    render_unpaired(outcome, EVD_CANARY, &out->buffer);
    render_unpaired(outcome, EVD_OURS, &out->buffer);
}

const struct evd_report_format evd_format_text = {
    "text", "the verdict in one line, then a table of threads, worst first", false, render};
