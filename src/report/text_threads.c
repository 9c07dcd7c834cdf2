/* The text report's table of threads: with resync a column for each class of divergence that there is. Where
 * too little of a narrow line would be left for the first difference those are left out, then how many events
 * there are in all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/text.h"

enum {
    PERCENT_WIDTH = 7,         /* "100.0 %" */
    FIRST_DIFFERENCE_MIN = 40, /* columns; with fewer it says where, but hardly what */
};

/* One row of the table. */
struct row {
    const struct evd_pair_outcome *pair;
    enum evd_pair_state state;
    uint64_t matched;              /* in all; without resync, up to the first divergence */
    uint64_t unmatched;            /* of the side that has more of them */
    uint64_t classes[EVD_CLASSES]; /* divergences of each */
};

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct row make_row(const struct evd_outcome *outcome, const struct evd_pair_outcome *pair)
{
    struct row row = {.pair = pair, .state = evd_pair_state(pair), .matched = pair->matched};
    row.unmatched = larger(pair->left_over[EVD_CANARY], pair->left_over[EVD_OURS]);
    if (!outcome->has_resync)
        return row;
    const struct evd_event_counts *c = &pair->counts[EVD_CANARY], *o = &pair->counts[EVD_OURS];
    row.matched = c->matched;
    row.unmatched = larger(c->differing + c->left_over, o->differing + o->left_over);
    for (size_t i = 0; i < pair->divergence_count; i++)
        row.classes[pair->divergences[i].class_]++;
    return row;
}

/* Diverged threads before those that end early before equal ones; then those with the most events that
 * match nothing; then by tid. */
static int worst_first(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    if (left->state != right->state)
        return left->state < right->state ? -1 : 1;
    if (left->unmatched != right->unmatched)
        return left->unmatched > right->unmatched ? -1 : 1;
    const int64_t l = left->pair->tid[EVD_CANARY], r = right->pair->tid[EVD_CANARY];
    if (l != r)
        return l < r ? -1 : 1;
    return (left->pair > right->pair) - (left->pair < right->pair);
}

/* How wide the columns are. */
struct widths {
    int tid[EVD_SIDES], matched;
    int total;                /* 0: no column */
    int classes[EVD_CLASSES]; /* 0: no column */
    bool has_similarity;
};

static int wider(int width, int other)
{
    return other > width ? other : width;
}

static int digits(uint64_t number)
{
    return (int)strlen(evd_grouped(number).text);
}

static struct widths measure(const struct row *rows, size_t count)
{
    struct widths widths = {.tid = {6, 4}, .matched = 7, .total = 2}; /* of the column heads */
    for (size_t i = 0; i < count; i++) {
        const struct evd_pair_outcome *pair = rows[i].pair;
        for (int side = 0; side < EVD_SIDES; side++)
            widths.tid[side] = wider(widths.tid[side], snprintf(NULL, 0, "%" PRId64, pair->tid[side]));
        widths.matched = wider(widths.matched, digits(rows[i].matched));
        widths.total = wider(widths.total, digits(pair->total[EVD_CANARY]));
        widths.has_similarity |= pair->pairing.is_measured;
        for (int class_ = 0; class_ < EVD_CLASSES; class_++)
            if (rows[i].classes[class_] > 0)
                widths.classes[class_] = wider(wider(widths.classes[class_], digits(rows[i].classes[class_])),
                                               (int)strlen(evd_class_name((enum evd_divergence_class)class_)));
    }
    return widths;
}

/* Columns before the first difference. */
static unsigned columns_before(const struct widths *widths)
{
    unsigned columns =
        (unsigned)(widths->tid[EVD_CANARY] + 2 + widths->tid[EVD_OURS] + 2 + widths->matched + 2 + PERCENT_WIDTH + 2);
    if (widths->total > 0)
        columns += (unsigned)widths->total + 2;
    if (widths->has_similarity)
        columns += PERCENT_WIDTH + 2;
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        if (widths->classes[class_] > 0)
            columns += (unsigned)widths->classes[class_] + 2;
    return columns;
}

static void write_head(const struct widths *widths, struct evd_buffer *line)
{
    evd_buffer_format(line, "%*s  %*s  %*s  ", widths->tid[EVD_CANARY], "canary", widths->tid[EVD_OURS], "ours",
                      widths->matched, "matched");
    if (widths->total > 0)
        evd_buffer_format(line, "%*s  ", widths->total, "of");
    evd_buffer_format(line, "%*s  ", PERCENT_WIDTH, "");
    if (widths->has_similarity)
        evd_buffer_format(line, "%*s  ", PERCENT_WIDTH, "similar");
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        if (widths->classes[class_] > 0)
            evd_buffer_format(line, "%*s  ", widths->classes[class_],
                              evd_class_name((enum evd_divergence_class)class_));
    evd_buffer_string(line, "first difference [tid_event_idx]");
}

/* What was not compared in a thread that is equal: canary's and ours. */
static void describe_equal(const struct evd_pair_outcome *pair, struct evd_buffer *line)
{
    const struct evd_event_counts *c = &pair->counts[EVD_CANARY], *o = &pair->counts[EVD_OURS];
    evd_buffer_string(line, "equal");
    if (c->absorbed > 0 || o->absorbed > 0)
        evd_buffer_format(line, "; absorbed %s/%s", evd_grouped(c->absorbed).text, evd_grouped(o->absorbed).text);
    if (c->engine_local > 0 || o->engine_local > 0)
        evd_buffer_format(line, "; engine-local %s/%s", evd_grouped(c->engine_local).text,
                          evd_grouped(o->engine_local).text);
}

/* "[295] kernel.return NtReadFile return_value: canary=259 ours=2147483653"; "[295/301]" where the sides differ
 * in it. Without resync there is no family to name, only the reference's words, which are longer. */
static void describe_divergence(const struct evd_outcome *outcome, const struct evd_pair_outcome *pair,
                                struct evd_buffer *line)
{
    uint64_t matched;
    const struct evd_first_divergence *first = evd_told_first(pair, &matched);
    const int64_t canary = first->event[EVD_CANARY].tid_event_idx, ours = first->event[EVD_OURS].tid_event_idx;
    evd_buffer_format(line, "[%" PRId64, canary);
    if (ours != canary)
        evd_buffer_format(line, "/%" PRId64, ours);
    evd_buffer_string(line, "] ");
    if (pair->divergence_count == 0) {
        struct evd_buffer text = {0};
        evd_describe_first(&text, first);
        line->failed |= text.failed;
        evd_append_line(line, (struct evd_text){text.data, text.length});
        evd_buffer_release(&text);
        return;
    }
    const struct evd_divergence *divergence = &pair->divergences[0];
    if (divergence->class_ != EVD_CLASS_VALUE)
        evd_buffer_format(line, "%s ", evd_class_name(divergence->class_));
    evd_describe_subject(line, &outcome->families[divergence->family]);
    evd_buffer_string(line, ": ");
    evd_describe_difference(line, divergence);
}

static void describe_first(const struct evd_outcome *outcome, const struct row *row, struct evd_buffer *line)
{
    switch (row->state) {
    case EVD_STATE_DIVERGED: describe_divergence(outcome, row->pair, line); break;
    case EVD_STATE_ENDS_EARLY: evd_describe_end(line, row->pair); break;
    case EVD_STATE_EQUAL: describe_equal(row->pair, line); break;
    }
}

static void write_row(const struct evd_outcome *outcome, const struct row *row, const struct widths *widths,
                      struct evd_buffer *line)
{
    const struct evd_pair_outcome *pair = row->pair;
    evd_buffer_format(line, "%*" PRId64 "  %*" PRId64 "  %*s  ", widths->tid[EVD_CANARY], pair->tid[EVD_CANARY],
                      widths->tid[EVD_OURS], pair->tid[EVD_OURS], widths->matched, evd_grouped(row->matched).text);
    if (widths->total > 0)
        evd_buffer_format(line, "%*s  ", widths->total, evd_grouped(pair->total[EVD_CANARY]).text);
    evd_buffer_format(line, "%5.1f %%  ", evd_percent(row->matched, pair->total[EVD_CANARY]));
    if (pair->pairing.is_measured)
        evd_buffer_format(line, "%5.1f %%  ", 100 * pair->pairing.similarity);
    else if (widths->has_similarity)
        evd_buffer_format(line, "%*s  ", PERCENT_WIDTH, "-");
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        if (widths->classes[class_] > 0)
            evd_buffer_format(line, "%*s  ", widths->classes[class_],
                              row->classes[class_] ? evd_grouped(row->classes[class_]).text : "-");
    describe_first(outcome, row, line);
}

static void render_cut_short(const struct evd_outcome *outcome, const struct evd_report_options *options,
                             struct evd_buffer *line, struct evd_output *out)
{
    size_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        count += outcome->pairs[i].searches_cut_short > 0;
    if (count == 0)
        return;
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
    evd_buffer_format(line,
                      "In %zu thread%s the search for the best alignment was cut short: there may be fewer "
                      "differences than told.",
                      count, evd_plural(count));
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
}

/* Leaves out columns until there is room for the first difference. */
static void narrow(struct widths *widths, unsigned width)
{
    if (width == 0)
        return;
    if (width < columns_before(widths) + FIRST_DIFFERENCE_MIN)
        memset(widths->classes, 0, sizeof widths->classes);
    if (width < columns_before(widths) + FIRST_DIFFERENCE_MIN)
        widths->total = 0;
}

void evd_text_render_threads(const struct evd_outcome *outcome, const struct evd_report_options *options,
                             struct evd_buffer *line, struct evd_output *out)
{
    const size_t count = outcome->pair_count;
    if (count == 0)
        return;
    struct row *rows = malloc(count * sizeof *rows);
    if (rows == NULL) {
        out->buffer.failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        rows[i] = make_row(outcome, &outcome->pairs[i]);
    qsort(rows, count, sizeof *rows, worst_first);
    struct widths widths = measure(rows, count);
    narrow(&widths, options->width);
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
    write_head(&widths, line);
    evd_text_put_cut(out, options, EVD_COLOR_NONE, line);
    for (size_t i = 0; i < count; i++) {
        evd_buffer_clear(line);
        write_row(outcome, &rows[i], &widths, line);
        evd_text_put_cut(out, options, evd_color_of(rows[i].state), line);
    }
    free(rows);
    render_cut_short(outcome, options, line, out);
}
