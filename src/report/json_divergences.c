#include "report/json_divergences.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "report/json_facts.h"

enum { PIECES_PER_WORKER = 8 }; /* that wait to be handed on, at most */

static void write_null(struct evd_json_writer *json, const struct evd_marked_null *null)
{
    if (null == NULL)
        return;
    evd_json_begin(json, "marked_null", '{');
    evd_json_string(json, "side", evd_side_name(null->side));
    evd_json_text(json, "field", null->field);
    evd_json_end(json, '}');
}

static char *spell_run(char *p, const struct evd_run *run)
{
    p = evd_json_spell_unsigned(EVD_JSON_PUT(p, "{\"position\": "), run->position);
    p = evd_json_spell_unsigned(EVD_JSON_PUT(p, ", \"count\": "), run->count);
    p = evd_json_spell_signed(EVD_JSON_PUT(p, ", \"tid_event_idx\": "), run->first_idx);
    p = evd_json_spell_signed(EVD_JSON_PUT(p, ", \"last_tid_event_idx\": "), run->last_idx);
    p = evd_json_spell_unsigned(EVD_JSON_PUT(p, ", \"offset\": "), run->offset);
    return EVD_JSON_PUT(p, "}");
}

/* What every divergence has, as one piece. */
static void write_place(struct evd_json_writer *json, const struct evd_divergence *divergence)
{
    enum { KEYS_MAX = 256 };
    const char *class_ = evd_class_name(divergence->class_);
    const size_t length = strlen(class_);
    const struct evd_run canary = evd_run_of(divergence, EVD_CANARY), ours = evd_run_of(divergence, EVD_OURS);
    char *p = evd_json_begin_spelt(json, NULL, KEYS_MAX + length + 12 * (EVD_JSON_DIGITS_MAX + 1));
    if (p == NULL)
        return;
    p = memcpy(EVD_JSON_PUT(p, "{\"class\": \""), class_, length);
    p = evd_json_spell_unsigned(EVD_JSON_PUT(p + length, "\", \"family\": "), divergence->family);
    p = spell_run(EVD_JSON_PUT(p, ", \"canary\": "), &canary);
    p = spell_run(EVD_JSON_PUT(p, ", \"ours\": "), &ours);
    p = evd_json_spell_unsigned(EVD_JSON_PUT(p, ", \"matched_after\": "), divergence->matched_after);
    evd_json_end_spelt(json, p);
}

/* Values that were written lately, by where they are in the output: a million divergences may have the same ones. */
enum { RECENT_VALUES = 64 };

struct recent_values {
    const struct evd_field_value *value; /* of a divergence; NULL: none */
    size_t from, length;                 /* of the member in the output's buffer, with its comma */
};

static void write_values(struct evd_json_writer *json, struct recent_values *recent,
                         const struct evd_field_value *value)
{
    struct evd_buffer *out = &json->out->buffer;
    if (recent == NULL) {
        evd_json_values(json, value);
        return;
    }
    recent += (uintptr_t)value / sizeof *value % RECENT_VALUES;
    if (recent->value != value) {
        *recent = (struct recent_values){value, out->length, 0};
        evd_json_values(json, value);
        recent->length = out->length - recent->from;
    } else if (evd_buffer_reserve(out, recent->length)) {
        memcpy(out->data + out->length, out->data + recent->from, recent->length);
        out->length += recent->length;
    }
}

static void write_divergence(struct evd_json_writer *json, const struct evd_outcome *outcome,
                             const struct evd_pair_outcome *pair, size_t index, struct recent_values *recent)
{
    const size_t number = (size_t)(pair - outcome->pairs); /* of the pair */
    const struct evd_divergence *divergence = &pair->divergences[index];
    write_place(json, divergence);
    if (divergence->value != NULL)
        write_values(json, recent, divergence->value);
    if (divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS]) {
        evd_json_begin(json, "fails", '{');
        for (int side = 0; side < EVD_SIDES; side++)
            evd_json_bool(json, evd_side_name((enum evd_side)side), divergence->fails[side]);
        evd_json_end(json, '}');
    }
    evd_json_breaks(json, evd_breaks_of(divergence));
    write_null(json, evd_marked_null_of(divergence));
    if (divergence->cause != EVD_CAUSE_NONE) {
        const struct evd_cause_place cause = evd_cause_of(outcome, number, index);
        evd_json_cause(json, divergence->cause, cause.pair, cause.divergence);
    }
    if (outcome->control_count > 0) {
        evd_json_bool(json, "noise", divergence->news == EVD_NEWS_NONE);
        if (divergence->news != EVD_NEWS_NONE)
            evd_json_string(json, "news", evd_news_name(divergence->news));
        evd_json_control_bits(json, pair->divergence_controls[index]);
    }
    evd_json_end(json, '}');
}

/* Divergences `from` to `to` - 1 of the array that is open. `recent`: when the output hands nothing on meanwhile; else NULL. */
static void write_some(struct evd_json_writer *json, const struct evd_outcome *outcome,
                       const struct evd_pair_outcome *pair, size_t from, size_t to, struct recent_values *recent)
{
    for (size_t i = from; i < to; i++) {
        evd_json_line(json);
        write_divergence(json, outcome, pair, i, recent);
    }
}

/* A piece of the array: what is written of some divergences, and not handed on yet. */
struct piece {
    struct evd_output out; /* hands nothing on by itself */
    bool is_written;
};

/* Pieces go round: whoever has time writes the next one into a place that is empty, and the calling thread, which alone hands
 * on, empties the places in their order. */
struct round {
    const struct evd_outcome *outcome;
    const struct evd_pair_outcome *pair;
    struct evd_json_writer *json;
    struct piece *places;
    size_t place_count;
    pthread_mutex_t mutex; /* of what follows, and of piece::is_written */
    pthread_cond_t changed;
    size_t piece_count;
    size_t begun, handed_on; /* so many of them */
    bool is_stopped;
};

static void hand_on(struct evd_output *out, struct piece *piece)
{
    struct evd_buffer *buffer = &piece->out.buffer;
    out->buffer.failed |= buffer->failed;
    if (!out->buffer.failed && !out->is_stopped && buffer->length > 0)
        out->is_stopped = !out->write(out->context, buffer->data, buffer->length);
    buffer->length = 0;
}

static void write_piece(const struct round *round, size_t number, struct piece *piece)
{
    const size_t count = round->pair->divergence_count;
    const size_t from = number * EVD_JSON_PIECE;
    const size_t to = count - from > EVD_JSON_PIECE ? from + EVD_JSON_PIECE : count;
    struct evd_json_writer json = {.out = &piece->out, .is_behind_value = from > 0, .depth = round->json->depth};
    struct recent_values recent[RECENT_VALUES] = {{NULL, 0, 0}};
    write_some(&json, round->outcome, round->pair, from, to, recent);
}

/* Does what there is to be done next, with the lock held; false when that is nothing. */
static bool go_on(struct round *round, bool is_caller)
{
    struct piece *next = &round->places[round->handed_on % round->place_count];
    if (is_caller && round->handed_on < round->begun && next->is_written) {
        pthread_mutex_unlock(&round->mutex);
        hand_on(round->json->out, next);
        pthread_mutex_lock(&round->mutex);
        next->is_written = false;
        round->handed_on++;
        round->is_stopped |= round->json->out->is_stopped;
    } else if (round->begun < round->piece_count && !round->is_stopped &&
               round->begun - round->handed_on < round->place_count) {
        const size_t number = round->begun++;
        struct piece *piece = &round->places[number % round->place_count];
        pthread_mutex_unlock(&round->mutex);
        write_piece(round, number, piece);
        pthread_mutex_lock(&round->mutex);
        piece->is_written = true;
    } else {
        return false;
    }
    pthread_cond_broadcast(&round->changed);
    return true;
}

static void take_part(void *context, size_t task, unsigned worker)
{
    struct round *round = context;
    const bool is_caller = worker == 0;
    (void)task;
    pthread_mutex_lock(&round->mutex);
    while ((round->begun < round->piece_count && !round->is_stopped) ||
           (is_caller && round->handed_on < round->begun)) {
        if (!go_on(round, is_caller))
            pthread_cond_wait(&round->changed, &round->mutex);
    }
    pthread_mutex_unlock(&round->mutex);
}

/* False when there is no memory, and nothing was written. */
static bool write_by_all(struct evd_json_writer *json, const struct evd_outcome *outcome,
                         const struct evd_pair_outcome *pair, unsigned threads)
{
    struct evd_pool *pool = evd_pool_create(threads);
    struct round round = {.outcome = outcome,
                          .pair = pair,
                          .json = json,
                          .place_count = pool == NULL ? 0 : PIECES_PER_WORKER * (size_t)evd_pool_size(pool),
                          .piece_count = (pair->divergence_count + EVD_JSON_PIECE - 1) / EVD_JSON_PIECE};
    round.places = calloc(round.place_count + 1, sizeof *round.places);
    const bool is_ready = pool != NULL && evd_pool_size(pool) > 1 && round.places != NULL;
    if (is_ready) {
        evd_output_flush(json->out);
        pthread_mutex_init(&round.mutex, NULL);
        pthread_cond_init(&round.changed, NULL);
        evd_pool_run(pool, evd_pool_size(pool), take_part, &round);
        take_part(&round, 0, 0); /* where the others left no task to the calling thread */
        pthread_cond_destroy(&round.changed);
        pthread_mutex_destroy(&round.mutex);
        json->is_behind_value = true;
    }
    for (size_t i = 0; round.places != NULL && i < round.place_count; i++)
        evd_buffer_release(&round.places[i].out.buffer);
    free(round.places);
    evd_pool_destroy(pool);
    return is_ready;
}

void evd_json_divergences(struct evd_json_writer *json, const struct evd_outcome *outcome,
                          const struct evd_pair_outcome *pair, unsigned threads)
{
    evd_json_begin_lines(json, "divergences", '[');
    if (pair->divergence_count < EVD_JSON_LARGE || threads == 1 || !write_by_all(json, outcome, pair, threads))
        write_some(json, outcome, pair, 0, pair->divergence_count, NULL);
    evd_json_end_lines(json, ']');
}
