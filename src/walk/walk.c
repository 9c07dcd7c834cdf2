#include "walk/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "walk/absorb.h"
#include "walk/absorbers/ahead.h"
#include "walk/blocks.h"
#include "walk/fits.h"
#include "walk/same.h"
#include "walk/step_back.h"

bool evd_walker_init(struct evd_walker *walker, const struct evd_rules *rules)
{
    *walker = (struct evd_walker){.rules = rules, .stop_at = EVD_NO_STOP, .stop_ours_at = EVD_NO_STOP};
    bool is_ready = evd_reader_init(&walker->block_reader);
    for (int side = 0; side < EVD_SIDES; side++) {
        uint64_t **absorbed = &walker->counts.absorbed[side];
        *absorbed = calloc(rules->absorber_count + 1, sizeof **absorbed);
        is_ready = evd_cursor_init(&walker->side[side], rules) && *absorbed != NULL && is_ready;
    }
    walker->counts.times = calloc(rules->absorber_count + 1, sizeof *walker->counts.times);
    walker->lookahead_ordinals = calloc(rules->slot_count + 1, sizeof *walker->lookahead_ordinals);
    /* Pages that no absorber asks for are never touched. */
    walker->memos = calloc(EVD_ABSORBER_MEMOS, sizeof *walker->memos);
    return is_ready && walker->counts.times != NULL && walker->lookahead_ordinals != NULL && walker->memos != NULL;
}

void evd_walker_release(struct evd_walker *walker)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_cursor_release(&walker->side[side]);
        free(walker->counts.absorbed[side]);
    }
    evd_reader_release(&walker->block_reader);
    free(walker->counts.times);
    free(walker->lookahead_ordinals);
    free(walker->memos);
    evd_far_blocks_release(walker);
    evd_ahead_release(walker);
}

uint64_t evd_walker_bytes_read(const struct evd_walker *walker)
{
    return walker->side[EVD_CANARY].reader.reread.bytes_read + walker->side[EVD_OURS].reader.reread.bytes_read +
           walker->block_reader.reread.bytes_read;
}

void evd_walker_set_plain(struct evd_walker *walker, bool is_plain)
{
    walker->is_plain = is_plain;
    walker->block_reader.reread.is_plain = is_plain;
    for (int side = 0; side < EVD_SIDES; side++)
        walker->side[side].reader.reread.is_plain = is_plain;
}

void evd_walker_aim(struct evd_walker *walker, const struct evd_log *const log[EVD_SIDES],
                    const struct evd_stream *const stream[EVD_SIDES])
{
    struct evd_walk_counts *counts = &walker->counts;
    counts->matched = counts->exact_comparisons = 0;
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_cursor_aim(&walker->side[side], log[side], stream[side], 0);
        walker->whole[side] = log[side];
        counts->engine_local[side] = 0;
        memset(counts->absorbed[side], 0, walker->rules->absorber_count * sizeof *counts->absorbed[side]);
    }
    memset(counts->times, 0, walker->rules->absorber_count * sizeof *counts->times);
    walker->context.passed_over = 0;
    walker->context.keeps_lately =
        walker->rules->steps_back || (walker->rules->absorbs_alone && evd_keys_leave_open(walker->rules));
    walker->aim++;
}

/* True when the keys settle that the two events are equal. */
static bool are_equal_by_key(const struct evd_walker *walker, const struct evd_event *canary,
                             const struct evd_event *ours)
{
    const unsigned tag = evd_event_tag(canary);
    if (canary->key != ours->key || (tag != evd_event_tag(ours) && !evd_differ_in_null(walker->rules, canary, ours)))
        return false;
    if (tag < EVD_TAG_ORDINALS)
        return true;
    const struct evd_ordinal_tag *numbers = &walker->rules->tags[tag];
    uint32_t bits = numbers->slot_bits;
    for (uint32_t slot = numbers->slot_first; bits != 0; slot++, bits >>= 1)
        if (bits & 1 && walker->side[EVD_CANARY].ordinals[slot] != walker->side[EVD_OURS].ordinals[slot])
            return false;
    return true;
}

/* Lists the two events at the cursors, which match, when they differ in a null. Apart: it is rare. */
__attribute__((noinline)) static void note_null(struct evd_walker *walker)
{
    const struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    if (walker->nulls != NULL && evd_differ_in_null(walker->rules, evd_cursor_current(c), evd_cursor_current(o)))
        evd_null_list_add(walker->nulls, walker->counts.matched, c->position, o->position);
}

/* Keeps the next pair that matches in mind. */
static inline void note_lately(struct evd_walker *walker, uint64_t rank, uint64_t canary, uint64_t ours)
{
    if (!walker->context.keeps_lately)
        return;
    walker->context.lately[rank % EVD_LATELY_MAX][EVD_CANARY] = canary;
    walker->context.lately[rank % EVD_LATELY_MAX][EVD_OURS] = ours;
}

static void pass_both(struct evd_walker *walker)
{
    note_lately(walker, walker->counts.matched, walker->side[EVD_CANARY].position, walker->side[EVD_OURS].position);
    uint64_t *positions = walker->context.positions[walker->counts.matched++ % EVD_CONTEXT_MAX];
    if (walker->matched != NULL)
        evd_matched_add(walker->matched, walker->side[EVD_CANARY].position, walker->side[EVD_OURS].position, 1);
    for (int side = 0; side < EVD_SIDES; side++) {
        positions[side] = walker->side[side].position;
        evd_cursor_advance(walker->rules, &walker->side[side]);
    }
}

static inline void match(struct evd_walker *walker)
{
    const struct evd_event *canary = evd_cursor_current(&walker->side[EVD_CANARY]);
    if (__builtin_expect(evd_event_tag(canary) != evd_event_tag(evd_cursor_current(&walker->side[EVD_OURS])), 0))
        note_null(walker);
    pass_both(walker);
}

/* Passes over engine-local events; true when there were any. */
static bool pass_engine_local(struct evd_walker *walker)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        if (evd_event_tag(evd_cursor_current(cursor)) != EVD_TAG_ENGINE_LOCAL)
            continue;
        walker->counts.engine_local[side]++;
        evd_cursor_advance(walker->rules, cursor);
        return true;
    }
    return false;
}

static void forget_both(struct evd_walker *walker)
{
    walker->side[EVD_CANARY].is_read = false;
    walker->side[EVD_OURS].is_read = false;
}

/* Reads an event that is absorbed, for who listens. */
static enum evd_status tell_absorbed(struct evd_walker *walker, const struct evd_absorption *absorption,
                                     uint64_t offset, struct evd_error *error)
{
    const struct evd_cursor *cursor = &walker->side[absorption->side];
    struct evd_event_view view;
    const enum evd_status status =
        evd_reader_read(&walker->block_reader, cursor->log, evd_cursor_current(cursor), cursor->ordinals, &view, error);
    if (status != EVD_OK)
        return status;
    const struct evd_absorbed_view event = {
        .absorber = absorption->absorber,
        .side = absorption->side,
        .matched = walker->counts.matched,
        .blocks = absorption->blocks,
        .offset = offset,
        .view = &view};
    return walker->listener->hear(walker->listener->context, &event) ? EVD_OK : evd_fail_memory(error);
}

static enum evd_status skip_side(struct evd_walker *walker, const struct evd_absorption *absorption,
                                 struct evd_error *error)
{
    struct evd_cursor *cursor = &walker->side[absorption->side];
    uint64_t passed_over = 0;
    for (uint64_t i = 0; i < absorption->count; i++) {
        if (evd_cursor_event(cursor, cursor->position) == NULL)
            return evd_cursor_fail(cursor, error);
        if (absorption->passes_engine_local && evd_event_tag(evd_cursor_current(cursor)) == EVD_TAG_ENGINE_LOCAL) {
            passed_over++;
            cursor->position++;
            continue;
        }
        if (walker->listener != NULL) {
            const enum evd_status status = tell_absorbed(walker, absorption, i, error);
            if (status != EVD_OK)
                return status;
        }
        evd_cursor_advance(walker->rules, cursor);
    }
    walker->counts.absorbed[absorption->side][absorption->absorber] += absorption->count - passed_over;
    walker->counts.engine_local[absorption->side] += passed_over;
    return EVD_OK;
}

static enum evd_status skip_absorbed(struct evd_walker *walker, const struct evd_absorption *absorption,
                                     struct evd_error *error)
{
    struct evd_absorption other = *absorption;
    other.side = (enum evd_side) !absorption->side;
    other.count = absorption->other;
    struct evd_absorption skipped = *absorption;
    if (absorption->steps_back) {
        evd_step_back(walker, absorption->side, absorption->first);
        skipped.count = absorption->block;
    }
    enum evd_status status = skip_side(walker, &skipped, error);
    if (status == EVD_OK && other.count > 0)
        status = skip_side(walker, &other, error);
    walker->counts.times[absorption->absorber]++;
    return status;
}

/* Where one stream has ended, absorbs from the other what needs no counterpart. *steps_back: the walk has gone back to do
 * so, and goes on. */
static enum evd_status absorb_rest(struct evd_walker *walker, bool *steps_back, struct evd_error *error)
{
    *steps_back = false;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        while (!evd_cursor_is_at_end(cursor)) {
            struct evd_absorption absorption;
            const struct evd_event *event = evd_cursor_event(cursor, cursor->position);
            if (event == NULL)
                return evd_cursor_fail(cursor, error);
            if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL) {
                walker->counts.engine_local[side]++;
                cursor->position++;
                continue;
            }
            enum evd_status status =
                evd_absorb_alone(walker, (enum evd_side)side, cursor->position, true, &absorption, error);
            if (status == EVD_OK && absorption.count == 0)
                break;
            if (status == EVD_OK)
                status = skip_absorbed(walker, &absorption, error);
            *steps_back = absorption.steps_back;
            if (status != EVD_OK || *steps_back)
                return status;
        }
    }
    return EVD_OK;
}

/* True where two events that match are where the walk is to stop. */
static bool is_stop(const struct evd_walker *walker)
{
    return walker->side[EVD_CANARY].position == walker->stop_at &&
           walker->side[EVD_OURS].position == walker->stop_ours_at;
}

/* Reads and compares the two events at the cursors. */
static enum evd_status compare(struct evd_walker *walker, bool *are_equal, struct evd_error *error)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = evd_cursor_read(&walker->side[side], error);
        if (status != EVD_OK)
            return status;
    }
    *are_equal = evd_compare(&walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view, &walker->difference);
    return EVD_OK;
}

/* Settles two events whose keys do not say that they are equal. */
static enum evd_status settle(struct evd_walker *walker, enum evd_walk_end *end, struct evd_error *error)
{
    /* Different keys say that they differ. Most of what differs is absorbed: how it differs need not be known. */
    const bool is_known_to_differ =
        !walker->is_plain &&
        evd_cursor_current(&walker->side[EVD_CANARY])->key != evd_cursor_current(&walker->side[EVD_OURS])->key;
    bool are_equal = false;
    enum evd_status status = EVD_OK;
    walker->counts.exact_comparisons++;
    forget_both(walker);
    if (!is_known_to_differ)
        status = compare(walker, &are_equal, error);
    if (status == EVD_OK && !are_equal) {
        struct evd_absorption absorption;
        status = evd_absorb(walker, &absorption, error);
        if (status == EVD_OK && absorption.count > 0)
            return skip_absorbed(walker, &absorption, error);
        if (status == EVD_OK)
            status = compare(walker, &are_equal, error);
    }
    if (status != EVD_OK)
        return status;
    if (!are_equal)
        *end = EVD_WALK_AT_DIVERGENCE;
    else if (is_stop(walker))
        *end = EVD_WALK_AT_STOP;
    else
        match(walker);
    return EVD_OK;
}

/* Makes the events at both cursors readable. */
static enum evd_status enter_blocks(struct evd_walker *walker, struct evd_error *error)
{
    evd_walk_equal_blocks(walker);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        if (evd_cursor_event(cursor, cursor->position) == NULL)
            return evd_cursor_fail(cursor, error);
    }
    return EVD_OK;
}

static inline uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline bool is_plainly_equal(const struct evd_event *canary, const struct evd_event *ours)
{
    return canary->key == ours->key && evd_event_tag(canary) == EVD_TAG_ORDINARY &&
           evd_event_tag(ours) == EVD_TAG_ORDINARY;
}

/* Matches events without ordinals as long as their keys are equal, up to where both sides are known; what most
 * of a walk is. */
static void match_equal(struct evd_walker *walker)
{
    struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    const uint64_t known = smaller(c->known_to - c->position, o->known_to - o->position);
    const uint64_t most = smaller(known, walker->stop_at - c->position);
    uint64_t count = 0;
    for (uint64_t equal; count < most; count += equal) {
        const uint64_t at[EVD_SIDES] = {c->position + count, o->position + count};
        const struct evd_event *canary = evd_stream_event(c->stream, at[EVD_CANARY]);
        const struct evd_event *ours = evd_stream_event(o->stream, at[EVD_OURS]);
        const uint64_t piece = smaller(most - count, smaller(evd_stream_rest_of_run(c->stream, at[EVD_CANARY]),
                                                             evd_stream_rest_of_run(o->stream, at[EVD_OURS])));
        for (equal = 0; equal < piece && is_plainly_equal(&canary[equal], &ours[equal]);)
            equal++;
        if (equal < piece) {
            count += equal;
            break;
        }
    }
    for (uint64_t i = count < EVD_CONTEXT_MAX ? 0 : count - EVD_CONTEXT_MAX; i < count; i++) {
        uint64_t *positions = walker->context.positions[(walker->counts.matched + i) % EVD_CONTEXT_MAX];
        positions[EVD_CANARY] = c->position + i;
        positions[EVD_OURS] = o->position + i;
    }
    for (uint64_t i = count < EVD_LATELY_MAX ? 0 : count - EVD_LATELY_MAX; walker->context.keeps_lately && i < count;
         i++)
        note_lately(walker, walker->counts.matched + i, c->position + i, o->position + i);
    if (walker->matched != NULL)
        evd_matched_add(walker->matched, c->position, o->position, count);
    walker->counts.matched += count;
    c->position += count;
    o->position += count;
}

static enum evd_status walk(struct evd_walker *walker, enum evd_walk_end *end, struct evd_error *error)
{
    struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    enum evd_status status = EVD_OK;
    *end = EVD_WALK_AT_END;
    while (status == EVD_OK && *end == EVD_WALK_AT_END && !evd_cursor_is_at_end(c) && !evd_cursor_is_at_end(o)) {
        if (!evd_cursor_is_known(c) || !evd_cursor_is_known(o)) {
            status = enter_blocks(walker, error);
            if (status != EVD_OK)
                return status;
        }
        match_equal(walker);
        if (evd_cursor_is_at_end(c) || evd_cursor_is_at_end(o) || !evd_cursor_is_known(c) || !evd_cursor_is_known(o) ||
            pass_engine_local(walker))
            continue;
        if (!are_equal_by_key(walker, evd_cursor_current(c), evd_cursor_current(o)))
            status = settle(walker, end, error);
        else if (is_stop(walker))
            *end = EVD_WALK_AT_STOP;
        else
            match(walker);
    }
    return status;
}

enum evd_status evd_walk(struct evd_walker *walker, enum evd_walk_end *end, struct evd_error *error)
{
    enum evd_status status;
    bool goes_on;
    do {
        goes_on = false;
        status = walk(walker, end, error);
        if (status == EVD_OK && *end == EVD_WALK_AT_END && walker->rules->absorbs_alone && !walker->has_open_end)
            status = absorb_rest(walker, &goes_on, error);
    } while (status == EVD_OK && goes_on);
    if (status == EVD_OK &&
        ((walker->matched != NULL && walker->matched->failed) || (walker->nulls != NULL && walker->nulls->failed)))
        status = evd_fail_memory(error);
    return status;
}
