#include "report/json_divergences.h"

#include <stdlib.h>

#include "base/pool.h"
#include "report/json_facts.h"

enum { PIECES_PER_WORKER = 8 }; /* in a round: none waits long for the last one */

static void write_null(struct evd_json_writer *json, const struct evd_marked_null *null)
{
    if (null == NULL)
        return;
    evd_json_begin(json, "marked_null", '{');
    evd_json_string(json, "side", evd_side_name(null->side));
    evd_json_text(json, "field", null->field);
    evd_json_end(json, '}');
}

static void write_run(struct evd_json_writer *json, const char *key, const struct evd_run *run)
{
    evd_json_begin(json, key, '{');
    evd_json_unsigned(json, "position", run->position);
    evd_json_unsigned(json, "count", run->count);
    evd_json_signed(json, "tid_event_idx", run->first_idx);
    evd_json_signed(json, "last_tid_event_idx", run->last_idx);
    evd_json_unsigned(json, "offset", run->offset);
    evd_json_end(json, '}');
}

static void write_divergence(struct evd_json_writer *json, const struct evd_outcome *outcome,
                             const struct evd_divergence *divergence)
{
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "class", evd_class_name(divergence->class_));
    evd_json_unsigned(json, "family", divergence->family);
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_run run = evd_run_of(divergence, side);
        write_run(json, evd_side_name(side), &run);
    }
    evd_json_unsigned(json, "matched_after", divergence->matched_after);
    if (divergence->value != NULL)
        evd_json_values(json, divergence->value);
    if (divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS]) {
        evd_json_begin(json, "fails", '{');
        for (int side = 0; side < EVD_SIDES; side++)
            evd_json_bool(json, evd_side_name((enum evd_side)side), divergence->fails[side]);
        evd_json_end(json, '}');
    }
    evd_json_breaks(json, evd_breaks_of(divergence));
    write_null(json, evd_marked_null_of(divergence));
    evd_json_cause(json, divergence->cause, divergence->cause_pair, divergence->cause_divergence);
    if (outcome->control_count > 0) {
        evd_json_bool(json, "noise", divergence->news == EVD_NEWS_NONE);
        if (divergence->news != EVD_NEWS_NONE)
            evd_json_string(json, "news", evd_news_name(divergence->news));
        evd_json_control_bits(json, divergence->controls);
    }
    evd_json_end(json, '}');
}

/* Divergences `from` to `to` - 1 of the array that is open. */
static void write_some(struct evd_json_writer *json, const struct evd_outcome *outcome,
                       const struct evd_pair_outcome *pair, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        evd_json_line(json);
        write_divergence(json, outcome, &pair->divergences[i]);
    }
}

/* Two halves of pieces: while those of one are written, the calling thread hands on those of the other. */
struct pieces {
    const struct evd_outcome *outcome;
    const struct evd_pair_outcome *pair;
    struct evd_json_writer *json;
    struct evd_output *halves[2]; /* `count` each, which hand nothing on by themselves */
    size_t count;
    size_t first;      /* divergence of the round */
    unsigned half;     /* that is written in this round */
    bool is_handed_on; /* the other one, in this round */
};

static void hand_on(struct pieces *pieces)
{
    struct evd_output *out = pieces->json->out;
    struct evd_output *half = pieces->halves[!pieces->half];
    if (pieces->is_handed_on)
        return;
    pieces->is_handed_on = true;
    evd_output_flush(out);
    for (size_t i = 0; i < pieces->count; i++) {
        struct evd_buffer *piece = &half[i].buffer;
        out->buffer.failed |= piece->failed;
        if (!out->buffer.failed && !out->is_stopped && piece->length > 0)
            out->is_stopped = !out->write(out->context, piece->data, piece->length);
        piece->length = 0;
    }
}

static void write_piece(void *context, size_t task, unsigned worker)
{
    struct pieces *pieces = context;
    const size_t count = pieces->pair->divergence_count;
    const size_t from = pieces->first + task * EVD_JSON_PIECE;
    const size_t to = from < count && count - from > EVD_JSON_PIECE ? from + EVD_JSON_PIECE : count;
    struct evd_json_writer json = {
        .out = &pieces->halves[pieces->half][task], .is_behind_value = from > 0, .depth = pieces->json->depth};
    if (worker == 0)
        hand_on(pieces);
    write_some(&json, pieces->outcome, pieces->pair, from < to ? from : to, to);
}

static bool make_halves(struct pieces *pieces)
{
    for (int half = 0; half < 2; half++)
        pieces->halves[half] = calloc(pieces->count, sizeof *pieces->halves[half]);
    return pieces->halves[0] != NULL && pieces->halves[1] != NULL;
}

static void free_halves(struct pieces *pieces)
{
    for (int half = 0; half < 2; half++) {
        for (size_t i = 0; pieces->halves[half] != NULL && i < pieces->count; i++)
            evd_buffer_release(&pieces->halves[half][i].buffer);
        free(pieces->halves[half]);
    }
}

/* False when there is no memory, and nothing was written. */
static bool write_by_all(struct evd_json_writer *json, const struct evd_outcome *outcome,
                         const struct evd_pair_outcome *pair, unsigned threads)
{
    struct evd_pool *pool = evd_pool_create(threads);
    struct pieces pieces = {.outcome = outcome, .pair = pair, .json = json};
    pieces.count = pool == NULL ? 1 : PIECES_PER_WORKER * (size_t)evd_pool_size(pool);
    const bool is_ready = pool != NULL && evd_pool_size(pool) > 1 && make_halves(&pieces);
    for (; is_ready && pieces.first < pair->divergence_count && !json->out->is_stopped;
         pieces.first += pieces.count * EVD_JSON_PIECE) {
        pieces.is_handed_on = false;
        evd_pool_run(pool, pieces.count, write_piece, &pieces);
        hand_on(&pieces); /* where the others left no piece to the calling thread */
        pieces.half = !pieces.half;
    }
    pieces.is_handed_on = false;
    if (is_ready) {
        hand_on(&pieces);
        json->is_behind_value = true;
    }
    free_halves(&pieces);
    evd_pool_destroy(pool);
    return is_ready;
}

void evd_json_divergences(struct evd_json_writer *json, const struct evd_outcome *outcome,
                          const struct evd_pair_outcome *pair, unsigned threads)
{
    evd_json_begin_lines(json, "divergences", '[');
    if (pair->divergence_count < EVD_JSON_LARGE || threads == 1 || !write_by_all(json, outcome, pair, threads))
        write_some(json, outcome, pair, 0, pair->divergence_count);
    evd_json_end_lines(json, ']');
}
