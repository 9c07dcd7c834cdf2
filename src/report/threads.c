#include "report/threads.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/values.h"

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* How many divergences are of families that are to be looked at, and which is the first. */
static void find_told(struct evd_thread_row *row, const struct evd_known *known)
{
    const struct evd_pair_outcome *pair = row->pair;
    for (size_t i = pair->divergence_count; known != NULL && i-- > 0;) {
        const struct evd_listed_family *found = evd_known_of(known, pair->divergences[i].family);
        if (found == NULL || !found->is_told)
            continue;
        row->told++;
        row->first_told = i;
    }
}

static struct evd_thread_row make_row(const struct evd_outcome *outcome, const struct evd_known *known,
                                      const struct evd_pair_outcome *pair)
{
    struct evd_thread_row row = {.pair = pair, .state = evd_pair_state(pair), .matched = pair->matched};
    row.unmatched = larger(pair->left_over[EVD_CANARY], pair->left_over[EVD_OURS]);
    if (!outcome->has_resync)
        return row;
    const struct evd_event_counts *c = &pair->counts[EVD_CANARY], *o = &pair->counts[EVD_OURS];
    row.matched = c->matched;
    row.unmatched = larger(c->differing + c->left_over, o->differing + o->left_over);
    for (size_t i = 0; i < pair->divergence_count; i++)
        row.classes[pair->divergences[i].class_]++;
    for (size_t i = pair->divergence_count; i-- > 0;)
        if (pair->divergences[i].news != EVD_NEWS_NONE) {
            row.news++;
            row.first_new = i;
        }
    find_told(&row, known);
    return row;
}

static int worst_first(const void *a, const void *b)
{
    const struct evd_thread_row *left = a, *right = b;
    if ((left->state == EVD_STATE_EQUAL) != (right->state == EVD_STATE_EQUAL))
        return right->state == EVD_STATE_EQUAL ? -1 : 1;
    if (left->told != right->told)
        return left->told > right->told ? -1 : 1;
    if (left->news != right->news)
        return left->news > right->news ? -1 : 1;
    if (left->state != right->state)
        return left->state < right->state ? -1 : 1;
    if (left->unmatched != right->unmatched)
        return left->unmatched > right->unmatched ? -1 : 1;
    const int64_t l = left->pair->tid[EVD_CANARY], r = right->pair->tid[EVD_CANARY];
    if (l != r)
        return l < r ? -1 : 1;
    return (left->pair > right->pair) - (left->pair < right->pair);
}

struct evd_thread_row *evd_threads_worst_first(const struct evd_outcome *outcome, const struct evd_known *known)
{
    const size_t count = outcome->pair_count;
    struct evd_thread_row *rows = malloc((count + 1) * sizeof *rows);
    if (rows == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        rows[i] = make_row(outcome, known, &outcome->pairs[i]);
    qsort(rows, count, sizeof *rows, worst_first);
    return rows;
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

static void append_place(struct evd_buffer *line, int64_t canary, int64_t ours)
{
    evd_buffer_format(line, "[%" PRId64, canary);
    if (ours != canary)
        evd_buffer_format(line, "/%" PRId64, ours);
    evd_buffer_string(line, "] ");
}

static void describe_divergence(const struct evd_outcome *outcome, const struct evd_divergence *divergence,
                                struct evd_buffer *line)
{
    if (divergence->class_ != EVD_CLASS_VALUE)
        evd_buffer_format(line, "%s ", evd_class_name(divergence->class_));
    const struct evd_family *family = &outcome->families[divergence->family];
    evd_describe_subject(line, family);
    evd_buffer_string(line, ": ");
    if (divergence->class_ == EVD_CLASS_VALUE)
        evd_append_both_values(line, divergence->value, family->shown_as);
    else
        evd_describe_extent(line, divergence);
    if (divergence->has_notes)
        evd_buffer_string(line, "; ");
    evd_describe_notes(line, divergence);
}

/* "[295] kernel.return NtReadFile return_value: canary=259 ours=2147483653"; "[295/301]" where the sides differ
 * in it. Without resync there is no family to name, only the reference's words, which are longer. */
static void describe_first_divergence(const struct evd_outcome *outcome, const struct evd_pair_outcome *pair,
                                      struct evd_buffer *line)
{
    uint64_t matched;
    const struct evd_first_divergence *first = evd_told_first(pair, &matched);
    append_place(line, first->event[EVD_CANARY].tid_event_idx, first->event[EVD_OURS].tid_event_idx);
    if (pair->divergence_count == 0) {
        struct evd_buffer text = {0};
        evd_describe_first(&text, first);
        line->failed |= text.failed;
        evd_append_line(line, (struct evd_text){text.data, text.length});
        evd_buffer_release(&text);
        return;
    }
    describe_divergence(outcome, &pair->divergences[0], line);
}

void evd_describe_thread(struct evd_buffer *line, const struct evd_outcome *outcome, const struct evd_thread_row *row)
{
    if (row->told > 0 || (row->first_new > 0 && row->state != EVD_STATE_EQUAL)) {
        const struct evd_divergence *told = &row->pair->divergences[row->told > 0 ? row->first_told : row->first_new];
        append_place(line, evd_run_of(told, EVD_CANARY).first_idx, evd_run_of(told, EVD_OURS).first_idx);
        describe_divergence(outcome, told, line);
        return;
    }
    switch (row->state) {
    case EVD_STATE_DIVERGED: describe_first_divergence(outcome, row->pair, line); break;
    case EVD_STATE_ENDS_EARLY: evd_describe_end(line, row->pair); break;
    case EVD_STATE_EQUAL: describe_equal(row->pair, line); break;
    }
}

const struct evd_pair_outcome *evd_first_cut_short(const struct evd_outcome *outcome, size_t *count)
{
    const struct evd_pair_outcome *first = NULL;
    *count = 0;
    for (size_t i = outcome->pair_count; i-- > 0;)
        if (outcome->pairs[i].searches_cut_short > 0) {
            first = &outcome->pairs[i];
            ++*count;
        }
    return first;
}
