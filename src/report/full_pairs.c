/* The full report's sections of threads: every divergence of a pair, with what follows from it below it. */
#include <inttypes.h>
#include <stdio.h>

#include "report/consequences.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/full.h"

static const char TABLE_HEAD[] =
    "\n| class | canary | ours | events | what | canary's value | our value | matched after | family | note |\n"
    "|---|---:|---:|---:|---|---|---|---:|---|---|\n";

static struct evd_buffer *buffer_of(const struct evd_full *full)
{
    return &full->out->buffer;
}

/* "[295]", and the thread when it is not the section's. */
static void place_cells(struct evd_full *full, size_t pair, size_t section, const struct evd_divergence *divergence)
{
    struct evd_buffer *out = buffer_of(full);
    for (int side = 0; side < EVD_SIDES; side++) {
        if (pair != section)
            evd_buffer_format(out, "%" PRId64 " ", full->outcome->pairs[pair].tid[side]);
        evd_buffer_format(out, "[%" PRId64 "] | ", divergence->run[side].first_idx);
    }
}

/* One row. `section` is the pair whose table it is in. */
static void render_row(struct evd_full *full, size_t pair, size_t section, const struct evd_divergence *divergence,
                       bool is_consequence)
{
    struct evd_buffer *out = buffer_of(full);
    const struct evd_family *family = &full->outcome->families[divergence->family];
    evd_buffer_format(out, "| %s%s | ", is_consequence ? "↳ " : "", evd_class_name(divergence->class_));
    place_cells(full, pair, section, divergence);
    evd_buffer_format(out, "%s/%s | ", evd_grouped(divergence->run[EVD_CANARY].count).text,
                      evd_grouped(divergence->run[EVD_OURS].count).text);
    evd_full_subject(full, family, true);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(out, " | ");
        if (divergence->value != NULL)
            evd_full_value(full, &divergence->value[side], true);
    }
    const bool has_notes = divergence->breaks != NULL || divergence->marked_null != NULL;
    const bool has_controls = full->outcome->control_count > 0;
    evd_buffer_format(out, " | %s | %s | ", evd_grouped(divergence->matched_after).text, family->id);
    if (has_controls)
        evd_describe_novelty(out, divergence->news);
    evd_buffer_format(out, "%s%s%s", has_controls && divergence->cause != EVD_CAUSE_NONE ? "; " : "",
                      evd_cause_summary(divergence->cause),
                      (has_controls || divergence->cause != EVD_CAUSE_NONE) && has_notes ? "; " : "");
    if (has_notes)
        evd_full_notes(full, divergence, true);
    evd_buffer_string(out, " |\n");
    evd_output_flush_some(full->out);
}

/* What follows from a divergence, in any thread; returns how many rows that took. */
static size_t render_consequences(struct evd_full *full, const struct evd_consequences *consequences, size_t section,
                                  size_t root)
{
    size_t rows = 0, next = consequences->heads[root];
    for (; next != EVD_NO_DIVERGENCE && rows < FULL_CONSEQUENCES_MAX; rows++) {
        const size_t pair = consequences->pairs[next];
        render_row(full, pair, section, &full->outcome->pairs[pair].divergences[next - consequences->first[pair]],
                   true);
        next = consequences->nexts[next];
    }
    if (next != EVD_NO_DIVERGENCE) {
        evd_buffer_format(buffer_of(full), "| ↳ and %s more |  |  |  |  |  |  |  |  |  |\n",
                          evd_grouped(consequences->counts[root] - rows).text);
        rows++;
    }
    return rows;
}

static void render_divergences(struct evd_full *full, const struct evd_consequences *consequences, size_t index)
{
    struct evd_buffer *out = buffer_of(full);
    const struct evd_pair_outcome *pair = &full->outcome->pairs[index];
    size_t rows = 0, roots = 0, told = 0, elsewhere = 0;
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_divergence *divergence = &pair->divergences[i];
        const bool is_root = divergence->cause == EVD_CAUSE_NONE;
        roots += is_root;
        elsewhere += divergence->root_pair != index;
        if (!is_root || rows >= FULL_ROWS_MAX)
            continue;
        if (rows == 0)
            evd_buffer_string(out, TABLE_HEAD);
        render_row(full, index, index, divergence, false);
        rows += 1 + render_consequences(full, consequences, index, consequences->first[index] + i);
        told++;
    }
    if (elsewhere > 0)
        evd_buffer_format(out,
                          "\n%s of the divergences of this pair follow%s from those of other threads and %s told "
                          "there.\n",
                          evd_grouped(elsewhere).text, elsewhere == 1 ? "s" : "", elsewhere == 1 ? "is" : "are");
    char path[64];
    snprintf(path, sizeof path, ".pairs[%zu].divergences", index);
    evd_full_rest(full, roots - told, "divergence and what follows from it", "divergences and what follows from them",
                  path);
}

typedef void append_span(struct evd_span_writer *writer, struct evd_buffer *out, struct evd_text text, size_t most);

/* "`wait-begin` 3/4, `nested-cs` 0/2" between the two strings; nothing when nothing was absorbed. */
static void list_absorbers(struct evd_full *full, const struct evd_pair_outcome *pair, append_span *append,
                           const char *before, const char *after)
{
    struct evd_buffer *out = buffer_of(full);
    size_t told = 0;
    for (size_t i = 0; i < full->outcome->absorber_count; i++) {
        const uint64_t canary = pair->absorbed_in_all[EVD_CANARY][i], ours = pair->absorbed_in_all[EVD_OURS][i];
        if (canary == 0 && ours == 0)
            continue;
        evd_buffer_string(out, told++ ? ", " : before);
        append(&full->spans, out, full->outcome->absorbers[i].name, 0);
        evd_buffer_format(out, " %s/%s", evd_grouped(canary).text, evd_grouped(ours).text);
    }
    if (told > 0)
        evd_buffer_string(out, after);
}

static void render_counts(struct evd_full *full, const struct evd_pair_outcome *pair)
{
    struct evd_buffer *out = buffer_of(full);
    evd_buffer_string(out, "\n| events | all | compared | matched | differing | absorbed | engine-local | left over |\n"
                           "|---|---:|---:|---:|---:|---:|---:|---:|\n");
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_event_counts *counts = &pair->counts[side];
        const uint64_t numbers[] = {
            pair->total[side], counts->matched + counts->differing,
            counts->matched,   counts->differing,
            counts->absorbed,  counts->engine_local,
            counts->left_over,
        };
        evd_buffer_format(out, "| %s |", evd_side_name(side));
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            evd_buffer_format(out, " %s |", evd_grouped(numbers[i]).text);
        evd_buffer_byte(out, '\n');
    }
    list_absorbers(full, pair, evd_append_span, "\nAbsorbed by absorber, canary/ours: ", ".\n");
}

/* "98.5 % alike, confidence 0.46; next best 192 with 53.7 %" */
static void describe_pairing(struct evd_buffer *out, const struct evd_pairing_evidence *pairing)
{
    evd_buffer_format(out, "%.1f %% alike, confidence %.2f; ", 100 * pairing->similarity, pairing->confidence);
    if (pairing->has_runner_up)
        evd_buffer_format(out, "next best %" PRId64 " with %.1f %%", pairing->runner_up_tid,
                          100 * pairing->runner_up_similarity);
    else
        evd_buffer_string(out, "no other choice");
}

static void render_first(struct evd_full *full, const struct evd_pair_outcome *pair)
{
    struct evd_buffer *out = buffer_of(full);
    uint64_t matched;
    const struct evd_first_divergence *first = evd_told_first(pair, &matched);
    if (first == NULL) {
        evd_buffer_byte(out, '\n');
        evd_describe_end(out, pair);
        evd_buffer_string(out, ".\n");
        return;
    }
    evd_buffer_format(out, "\nFirst divergence after %s matching events, at [%" PRId64 "] and [%" PRId64 "]: ",
                      evd_grouped(matched).text, first->event[EVD_CANARY].tid_event_idx,
                      first->event[EVD_OURS].tid_event_idx);
    evd_full_first(full, first);
    evd_buffer_byte(out, '\n');
}

static void render_pair(struct evd_full *full, const struct evd_consequences *consequences, size_t index)
{
    const struct evd_pair_outcome *pair = &full->outcome->pairs[index];
    struct evd_buffer *out = buffer_of(full);
    evd_buffer_format(out, "\n### canary %" PRId64 " → ours %" PRId64 "\n", pair->tid[EVD_CANARY], pair->tid[EVD_OURS]);
    render_first(full, pair);
    if (pair->pairing.is_measured) {
        evd_buffer_string(out, "\nPaired by similarity: ");
        describe_pairing(out, &pair->pairing);
        evd_buffer_string(out, ".\n");
    }
    render_counts(full, pair);
    if (pair->searches_cut_short > 0)
        evd_buffer_format(out,
                          "\nThe search for the best alignment was cut short %s time%s: there may be fewer "
                          "divergences than told.\n",
                          evd_grouped(pair->searches_cut_short).text, evd_plural(pair->searches_cut_short));
    render_divergences(full, consequences, index);
    evd_output_flush_some(full->out);
}

static bool is_equal(const struct evd_pair_outcome *pair)
{
    return evd_pair_state(pair) == EVD_STATE_EQUAL && pair->divergence_count == 0;
}

/* Pairs without a section of their own: what was absorbed and passed over there says what "equal" means. */
static void render_equal(struct evd_full *full, size_t count)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *out = buffer_of(full);
    size_t told = 0;
    evd_buffer_format(out,
                      "\n### Equal to the end: %zu pair%s\n\n"
                      "| canary | ours | matched | engine-local (canary/ours) | absorbed (canary/ours) "
                      "| paired by similarity |\n"
                      "|---:|---:|---:|---:|---|---|\n",
                      count, evd_plural(count));
    for (size_t i = 0; i < outcome->pair_count && told < FULL_PAIRS_MAX; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        if (!is_equal(pair))
            continue;
        evd_buffer_format(
            out, "| %" PRId64 " | %" PRId64 " | %s | %s/%s | ", pair->tid[EVD_CANARY], pair->tid[EVD_OURS],
            evd_grouped(pair->counts[EVD_CANARY].matched).text, evd_grouped(pair->counts[EVD_CANARY].engine_local).text,
            evd_grouped(pair->counts[EVD_OURS].engine_local).text);
        list_absorbers(full, pair, evd_append_cell, "", "");
        evd_buffer_string(out, " | ");
        if (pair->pairing.is_measured)
            describe_pairing(out, &pair->pairing);
        evd_buffer_string(out, " |\n");
        evd_output_flush_some(full->out);
        told++;
    }
    evd_full_rest(full, count - told, "equal pair", "equal pairs", ".pairs");
}

void evd_full_render_pairs(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_consequences consequences;
    size_t told = 0, equal = 0, untold = 0;
    if (!evd_consequences_find(&consequences, outcome)) {
        buffer_of(full)->failed = true;
        goto out;
    }
    if (outcome->pair_count > 0)
        evd_buffer_string(buffer_of(full), "\n## Threads\n");
    for (size_t i = 0; i < outcome->pair_count; i++) {
        if (is_equal(&outcome->pairs[i])) {
            equal++;
        } else if (told < FULL_PAIRS_MAX) {
            render_pair(full, &consequences, i);
            told++;
        } else {
            untold++;
        }
    }
    evd_full_rest(full, untold, "pair of threads", "pairs of threads", ".pairs");
    if (equal > 0)
        render_equal(full, equal);
out:
    evd_consequences_release(&consequences);
}
