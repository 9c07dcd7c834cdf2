#include "walk/walk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "names/name_break.h"
#include "outcome/text.h"
#include "walk/absorb.h"
#include "walk/quote.h"

bool evd_walker_init(struct evd_walker *walker, const struct evd_rules *rules, bool emit_absorbed_events)
{
    *walker = (struct evd_walker){.rules = rules, .emit_absorbed_events = emit_absorbed_events};
    bool is_ready = evd_reader_init(&walker->block_reader);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        cursor->ordinals = calloc(rules->slot_count + 1, sizeof *cursor->ordinals);
        is_ready = evd_reader_init(&cursor->reader) && cursor->ordinals != NULL && is_ready;
    }
    walker->lookahead_ordinals = calloc(rules->slot_count + 1, sizeof *walker->lookahead_ordinals);
    return is_ready && walker->lookahead_ordinals != NULL;
}

void evd_walker_release(struct evd_walker *walker)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_reader_release(&walker->side[side].reader);
        free(walker->side[side].ordinals);
    }
    evd_reader_release(&walker->block_reader);
    evd_buffer_release(&walker->text);
    evd_buffer_release(&walker->absorbed);
    free(walker->lookahead_ordinals);
}

bool evd_walker_saw_change(const struct evd_walker *walker, const struct evd_log *log)
{
    return walker->side[EVD_CANARY].reader.changed_log == log || walker->side[EVD_OURS].reader.changed_log == log ||
           walker->block_reader.changed_log == log;
}

uint64_t evd_walker_bytes_read(const struct evd_walker *walker)
{
    return walker->side[EVD_CANARY].reader.reread.bytes_read + walker->side[EVD_OURS].reader.reread.bytes_read +
           walker->block_reader.reread.bytes_read;
}

/* Adds `step` to each slot that an event with this tag numbers. */
static void count_ordinals(const struct evd_rules *rules, unsigned tag, uint64_t *ordinals, uint64_t step)
{
    if (tag < EVD_TAG_ORDINALS)
        return;
    const struct evd_ordinal_tag *numbers = &rules->tags[tag];
    uint32_t bits = numbers->slot_bits;
    for (uint32_t slot = numbers->slot_first; bits != 0; slot++, bits >>= 1)
        if (bits & 1)
            ordinals[slot] += step;
}

void evd_cursor_advance(const struct evd_rules *rules, struct evd_cursor *cursor)
{
    const struct evd_event *event = &cursor->stream->events[cursor->position++];
    count_ordinals(rules, evd_event_tag(event), cursor->ordinals, 1);
}

const uint64_t *evd_walk_ordinals(struct evd_walker *walker, enum evd_side side, uint64_t position)
{
    struct evd_cursor *cursor = &walker->side[side];
    uint64_t *ordinals = walker->lookahead_ordinals;
    memcpy(ordinals, cursor->ordinals, walker->rules->slot_count * sizeof *ordinals);
    const struct evd_event *events = cursor->stream->events;
    if (evd_cursor_event(cursor, cursor->position) == NULL || evd_cursor_event(cursor, position) == NULL)
        return NULL;
    for (uint64_t i = cursor->position; i < position; i++)
        count_ordinals(walker->rules, evd_event_tag(&events[i]), ordinals, 1);
    for (uint64_t i = position; i < cursor->position; i++)
        count_ordinals(walker->rules, evd_event_tag(&events[i]), ordinals, UINT64_MAX);
    return ordinals;
}

const struct evd_event *evd_cursor_event(struct evd_cursor *cursor, uint64_t position)
{
    const struct evd_event *event = &cursor->stream->events[position];
    if (position >= cursor->known_from && position < cursor->known_to)
        return event;
    uint64_t known_to;
    if (!evd_stream_verify(cursor->log, cursor->stream, position, position + 1, &known_to))
        return NULL;
    if (position == cursor->known_to) {
        cursor->known_to = known_to;
    } else if (position == cursor->position) {
        cursor->known_from = position;
        cursor->known_to = known_to;
    }
    return event;
}

static bool is_at_end(const struct evd_cursor *cursor)
{
    return cursor->position == cursor->stream->count;
}

static const struct evd_event *current(const struct evd_cursor *cursor)
{
    return &cursor->stream->events[cursor->position];
}

/* True when the keys settle that the two events are equal. */
static bool are_equal_by_key(const struct evd_walker *walker, const struct evd_event *canary,
                             const struct evd_event *ours)
{
    const unsigned tag = evd_event_tag(canary);
    if (canary->key != ours->key || tag != evd_event_tag(ours))
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

static void match(struct evd_walker *walker, struct evd_pair_outcome *pair)
{
    uint64_t *positions = walker->context.positions[pair->matched++ % EVD_CONTEXT_MAX];
    if (walker->matched != NULL)
        evd_matched_add(walker->matched, walker->side[EVD_CANARY].position, walker->side[EVD_OURS].position, 1);
    for (int side = 0; side < EVD_SIDES; side++) {
        positions[side] = walker->side[side].position;
        evd_cursor_advance(walker->rules, &walker->side[side]);
    }
}

/* Passes over engine-local events; true when there were any. */
static bool pass_engine_local(struct evd_walker *walker, struct evd_pair_outcome *pair)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        if (evd_event_tag(current(cursor)) != EVD_TAG_ENGINE_LOCAL)
            continue;
        pair->engine_local[side]++;
        evd_cursor_advance(walker->rules, cursor);
        return true;
    }
    return false;
}

bool evd_walk_read(struct evd_walker *walker, enum evd_side side)
{
    struct evd_cursor *cursor = &walker->side[side];
    if (!cursor->is_read)
        cursor->is_read =
            evd_reader_read(&cursor->reader, cursor->log, current(cursor), cursor->ordinals, &cursor->view);
    return cursor->is_read;
}

static bool read_both(struct evd_walker *walker)
{
    return evd_walk_read(walker, EVD_CANARY) && evd_walk_read(walker, EVD_OURS);
}

static void forget_both(struct evd_walker *walker)
{
    walker->side[EVD_CANARY].is_read = false;
    walker->side[EVD_OURS].is_read = false;
}

/* One absorbed event as a line of JSON, keys sorted. */
static void emit(struct evd_walker *walker, const struct evd_absorption *absorption,
                 const struct evd_pair_outcome *pair, const struct evd_event_view *view, uint64_t offset)
{
    static const char *const SIDES[] = {[EVD_CANARY] = "canary", [EVD_OURS] = "ours"};
    struct evd_buffer *out = &walker->absorbed;
    const struct evd_value name = {
        .type = EVD_JSON_STRING, .string = walker->rules->absorbers[absorption->absorber].name};
    evd_buffer_string(out, "{\"absorber\": ");
    evd_value_dumps(out, &name);
    evd_buffer_format(out, ", \"canary_tid\": %lld, \"event\": ", (long long)pair->tid[EVD_CANARY]);
    evd_value_dumps(out, &view->root);
    evd_buffer_format(out, ", \"matched_at\": %llu, \"ours_tid\": %lld", (unsigned long long)pair->matched,
                      (long long)pair->tid[EVD_OURS]);
    if (absorption->blocks > 0)
        evd_buffer_format(out, ", \"pairs_consumed\": %llu", (unsigned long long)absorption->blocks);
    evd_buffer_format(out, ", \"side\": \"%s\"", SIDES[absorption->side]);
    if (absorption->blocks > 0)
        evd_buffer_format(out, ", \"window_offset\": %llu", (unsigned long long)offset);
    evd_buffer_string(out, "}\n");
}

static bool skip_absorbed(struct evd_walker *walker, const struct evd_absorption *absorption,
                          struct evd_pair_outcome *pair)
{
    struct evd_cursor *cursor = &walker->side[absorption->side];
    for (uint64_t i = 0; i < absorption->count; i++) {
        if (evd_cursor_event(cursor, cursor->position) == NULL)
            return false;
        if (walker->emit_absorbed_events) {
            struct evd_event_view view;
            if (!evd_reader_read(&walker->block_reader, cursor->log, current(cursor), cursor->ordinals, &view))
                return false;
            emit(walker, absorption, pair, &view, i);
            pair->absorbed_event_count++;
        }
        evd_cursor_advance(walker->rules, cursor);
    }
    pair->absorbed[absorption->side][absorption->absorber] += absorption->count;
    switch (walker->rules->absorbers[absorption->absorber].column) {
    case EVD_COLUMN_FLOATING_CREATE: pair->floating_create[absorption->side] += absorption->count; break;
    case EVD_COLUMN_FLOATING_WAIT: pair->floating_wait[absorption->side] += absorption->count; break;
    case EVD_COLUMN_NONE: break;
    }
    return true;
}

static bool quote_at(struct evd_walker *walker, enum evd_side side, uint64_t position, bool has_json,
                     struct evd_arena *arena, struct evd_quoted_event *quoted)
{
    struct evd_cursor *cursor = &walker->side[side];
    struct evd_event_view view;
    const struct evd_event *event = evd_cursor_event(cursor, position);
    const uint64_t *ordinals = event == NULL ? NULL : evd_walk_ordinals(walker, side, position);
    return ordinals != NULL && evd_reader_read(&walker->block_reader, cursor->log, event, ordinals, &view) &&
           evd_quote(&view, has_json, &walker->text, arena, quoted);
}

static_assert((int)EVD_BLOCK_EVENTS_MIN >= (int)EVD_CONTEXT_MAX, "one block has a whole context");

/* Finds those of the last `count` matching pairs that are in blocks that were passed over; false when a saved
 * index is damaged. */
static bool find_passed_over(struct evd_walker *walker, const struct evd_pair_outcome *pair, size_t count)
{
    struct evd_walk_context *context = &walker->context;
    if (context->passed_over <= pair->matched - count)
        return true;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        uint64_t position = context->went_on_at[side];
        if (evd_cursor_event(cursor, position - 1) == NULL)
            return false;
        for (uint64_t n = context->passed_over; n > pair->matched - count; n--) {
            /* A forged index may claim that more events take part than do. */
            do
                position -= position > 0;
            while (position > 0 && evd_event_tag(&cursor->stream->events[position]) == EVD_TAG_ENGINE_LOCAL);
            context->positions[(n - 1) % EVD_CONTEXT_MAX][side] = position;
        }
    }
    return true;
}

static bool record_divergence(struct evd_walker *walker, struct evd_arena *arena, struct evd_pair_outcome *pair)
{
    struct evd_first_divergence *divergence = &pair->divergence;
    pair->is_diverged = true;
    evd_buffer_clear(&walker->text);
    evd_difference_describe(
        &walker->difference, &walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view, &walker->text);
    if (walker->stop != NULL) {
        evd_buffer_string(&walker->text, ", which ");
        evd_name_break_explain(walker->stop, walker->rules, &walker->text);
    }
    if (!evd_keep_text(arena, &walker->text, &divergence->description))
        return false;
    const uint64_t matched = pair->matched;
    divergence->context_count = matched < EVD_CONTEXT_MAX ? matched : EVD_CONTEXT_MAX;
    if (!find_passed_over(walker, pair, divergence->context_count))
        return false;
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_cursor *cursor = &walker->side[side];
        if (!quote_at(walker, (enum evd_side)side, cursor->position, true, arena, &divergence->event[side]))
            return false;
        divergence->has_next[side] = cursor->position + 1 < cursor->stream->count;
        if (divergence->has_next[side] &&
            !quote_at(walker, (enum evd_side)side, cursor->position + 1, false, arena, &divergence->next[side]))
            return false;
        for (size_t i = 0; i < divergence->context_count; i++) {
            const uint64_t pair_index = matched - divergence->context_count + i;
            if (!quote_at(walker, (enum evd_side)side, walker->context.positions[pair_index % EVD_CONTEXT_MAX][side],
                          false, arena, &divergence->context[i][side]))
                return false;
        }
    }
    return true;
}

/* True where two events that match have names that differ. */
static bool is_stop(const struct evd_walker *walker)
{
    return walker->stop != NULL && walker->stop->position[EVD_CANARY] == walker->side[EVD_CANARY].position;
}

/* Reads the two events that the walk is to stop at. */
static bool stop(struct evd_walker *walker)
{
    forget_both(walker);
    return read_both(walker) && evd_name_break_find(walker->stop, &walker->side[EVD_CANARY].view,
                                                    &walker->side[EVD_OURS].view, &walker->difference);
}

/* Reads and compares the two events at the cursors; false as evd_walk. */
static bool compare(struct evd_walker *walker, bool *are_equal)
{
    if (!read_both(walker))
        return false;
    *are_equal = evd_compare(&walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view, &walker->difference);
    return true;
}

/* Settles two events whose keys do not say that they are equal. */
static bool settle(struct evd_walker *walker, struct evd_pair_outcome *pair, bool *is_diverged)
{
    /* Different keys say that they differ. Most of what differs is absorbed: how it differs need not be known. */
    const bool is_known_to_differ =
        !walker->is_plain && current(&walker->side[EVD_CANARY])->key != current(&walker->side[EVD_OURS])->key;
    bool are_equal = false;
    *is_diverged = false;
    pair->exact_comparisons++;
    forget_both(walker);
    if (!is_known_to_differ && !compare(walker, &are_equal))
        return false;
    if (!are_equal) {
        struct evd_absorption absorption;
        if (!evd_absorb(walker, &absorption))
            return false;
        if (absorption.count > 0)
            return skip_absorbed(walker, &absorption, pair);
        if (!compare(walker, &are_equal))
            return false;
    }
    *is_diverged = !are_equal || is_stop(walker);
    if (!are_equal)
        return true;
    if (*is_diverged)
        return stop(walker);
    match(walker, pair);
    return true;
}

bool evd_walk_begin(const struct evd_walker *walker, struct evd_arena *arena, struct evd_pair_outcome *pair)
{
    *pair = (struct evd_pair_outcome){0};
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_stream *stream = walker->side[side].stream;
        const size_t bytes = walker->rules->absorber_count * sizeof *pair->absorbed[side];
        pair->absorbed[side] = evd_arena_alloc(arena, bytes);
        if (pair->absorbed[side] == NULL)
            return false;
        memset(pair->absorbed[side], 0, bytes);
        pair->tid[side] = stream->tid;
        pair->total[side] = stream->count;
    }
    return true;
}

void evd_walker_aim(struct evd_walker *walker, const struct evd_log *canary, const struct evd_stream *canary_stream,
                    const struct evd_log *ours, const struct evd_stream *ours_stream)
{
    walker->side[EVD_CANARY].log = canary;
    walker->side[EVD_CANARY].stream = canary_stream;
    walker->side[EVD_OURS].log = ours;
    walker->side[EVD_OURS].stream = ours_stream;
    walker->whole[EVD_CANARY] = canary;
    walker->whole[EVD_OURS] = ours;
    evd_buffer_clear(&walker->absorbed);
    walker->context.passed_over = 0;
    walker->aim++;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        cursor->position = cursor->known_from = cursor->known_to = 0;
        memset(cursor->ordinals, 0, walker->rules->slot_count * sizeof *cursor->ordinals);
    }
}

/* The position after the block that `position` is in; without blocks, the end. */
static uint64_t block_end(const struct evd_stream *stream, uint64_t position)
{
    if (stream->block_count == 0)
        return stream->count;
    const uint64_t block = evd_stream_block(stream, position);
    return block + 1 < stream->block_count ? stream->blocks[block + 1].first : stream->count;
}

static bool count_left_over(struct evd_walker *walker, struct evd_pair_outcome *pair)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        const struct evd_stream *stream = cursor->stream;
        if (is_at_end(cursor))
            continue;
        const uint64_t end = block_end(stream, cursor->position);
        if (evd_cursor_event(cursor, cursor->position) == NULL)
            return false;
        for (uint64_t i = cursor->position; i < end; i++)
            pair->left_over[side] += evd_event_tag(&stream->events[i]) != EVD_TAG_ENGINE_LOCAL;
        if (end < stream->count)
            pair->left_over[side] +=
                stream->participating - stream->blocks[evd_stream_block(stream, end)].participating;
    }
    return true;
}

/* The pair's events as they came out up to its first divergence. */
static bool count_events(const struct evd_walker *walker, struct evd_arena *arena, struct evd_pair_outcome *pair)
{
    const size_t absorbers = walker->rules->absorber_count;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_event_counts *counts = &pair->counts[side];
        const uint64_t rest = pair->total[side] - walker->side[side].position;
        counts->matched = pair->matched;
        counts->differing = pair->is_diverged;
        counts->left_over = pair->left_over[side] - pair->is_diverged;
        counts->engine_local = pair->engine_local[side] + rest - pair->left_over[side];
        pair->absorbed_in_all[side] = evd_arena_array(arena, absorbers, sizeof *pair->absorbed[side]);
        if (pair->absorbed_in_all[side] == NULL)
            return false;
        for (size_t i = 0; i < absorbers; i++) {
            pair->absorbed_in_all[side][i] = pair->absorbed[side][i];
            counts->absorbed += pair->absorbed[side][i];
        }
    }
    return true;
}

/* The block that begins at the cursor; false when none begins there. */
static bool begins_block(const struct evd_cursor *cursor, uint64_t *block)
{
    if (cursor->stream->block_count == 0)
        return false;
    *block = evd_stream_block(cursor->stream, cursor->position);
    return cursor->stream->blocks[*block].first == cursor->position;
}

/* Passes over blocks that are equal on both sides. */
static void skip_equal_blocks(struct evd_walker *walker, struct evd_pair_outcome *pair)
{
    struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    const size_t slots = walker->rules->slot_count;
    uint64_t first[EVD_SIDES];
    /* Names must be read, event by event. */
    if (walker->rules->name_class_count > 0)
        return;
    if (!begins_block(c, &first[EVD_CANARY]) || !begins_block(o, &first[EVD_OURS]) ||
        memcmp(c->ordinals, o->ordinals, slots * sizeof *c->ordinals) != 0)
        return;
    const struct evd_block *canary = &c->stream->blocks[first[EVD_CANARY]];
    const struct evd_block *ours = &o->stream->blocks[first[EVD_OURS]];
    const uint64_t canary_rest = c->stream->block_count - first[EVD_CANARY];
    const uint64_t ours_rest = o->stream->block_count - first[EVD_OURS];
    const uint64_t most = canary_rest < ours_rest ? canary_rest : ours_rest;
    /* The last block of a stream is not full, or ends where the walk must look. */
    uint64_t equal = 0;
    while (equal + 1 < most && canary[equal].hash == ours[equal].hash)
        equal++;
    if (equal == 0)
        return;
    pair->matched += canary[equal].participating - canary[0].participating;
    walker->context.passed_over = pair->matched;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        const struct evd_stream *stream = cursor->stream;
        const struct evd_block *from = &stream->blocks[first[side]], *to = from + equal;
        const uint64_t stride = evd_block_stride(slots);
        pair->engine_local[side] += to->first - from->first - (to->participating - from->participating);
        cursor->position = walker->context.went_on_at[side] = to->first;
        for (uint64_t block = first[side]; block < first[side] + equal; block++)
            for (size_t slot = 0; slot < slots; slot++)
                cursor->ordinals[slot] += stream->block_ordinals[block * stride + slot];
    }
}

/* Makes the events at both cursors readable; false when a saved index is damaged. */
static bool enter_blocks(struct evd_walker *walker, struct evd_pair_outcome *pair)
{
    skip_equal_blocks(walker, pair);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        if (evd_cursor_event(cursor, cursor->position) == NULL)
            return false;
    }
    return true;
}

static bool is_known(const struct evd_cursor *cursor)
{
    return cursor->position < cursor->known_to;
}

/* Matches events without ordinals as long as their keys are equal, up to where both sides are known; what most
 * of a walk is. */
static void match_equal(struct evd_walker *walker, struct evd_pair_outcome *pair)
{
    struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    const struct evd_event *canary = current(c), *ours = current(o);
    const uint64_t canary_rest = c->known_to - c->position, ours_rest = o->known_to - o->position;
    uint64_t most = canary_rest < ours_rest ? canary_rest : ours_rest;
    if (walker->stop != NULL && walker->stop->position[EVD_CANARY] - c->position < most)
        most = walker->stop->position[EVD_CANARY] - c->position;
    uint64_t count = 0;
    while (count < most && canary[count].key == ours[count].key && evd_event_tag(&canary[count]) == EVD_TAG_ORDINARY &&
           evd_event_tag(&ours[count]) == EVD_TAG_ORDINARY)
        count++;
    for (uint64_t i = count < EVD_CONTEXT_MAX ? 0 : count - EVD_CONTEXT_MAX; i < count; i++) {
        uint64_t *positions = walker->context.positions[(pair->matched + i) % EVD_CONTEXT_MAX];
        positions[EVD_CANARY] = c->position + i;
        positions[EVD_OURS] = o->position + i;
    }
    if (walker->matched != NULL)
        evd_matched_add(walker->matched, c->position, o->position, count);
    pair->matched += count;
    c->position += count;
    o->position += count;
}

bool evd_walk_on(struct evd_walker *walker, struct evd_pair_outcome *pair, bool *is_diverged)
{
    struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    *is_diverged = false;
    while (!*is_diverged && !is_at_end(c) && !is_at_end(o)) {
        if ((!is_known(c) || !is_known(o)) && !enter_blocks(walker, pair))
            return false;
        match_equal(walker, pair);
        if (is_at_end(c) || is_at_end(o) || !is_known(c) || !is_known(o) || pass_engine_local(walker, pair))
            continue;
        if (!are_equal_by_key(walker, current(c), current(o))) {
            if (!settle(walker, pair, is_diverged))
                return false;
        } else if (!is_stop(walker)) {
            match(walker, pair);
        } else if ((*is_diverged = stop(walker)) == false) {
            return false;
        }
    }
    return walker->matched == NULL || !walker->matched->failed;
}

bool evd_walk(struct evd_walker *walker, const struct evd_log *canary, const struct evd_stream *canary_stream,
              const struct evd_log *ours, const struct evd_stream *ours_stream, struct evd_arena *arena,
              struct evd_pair_outcome *pair)
{
    evd_walker_aim(walker, canary, canary_stream, ours, ours_stream);
    if (walker->matched != NULL)
        evd_matched_clear(walker->matched);
    bool is_diverged;
    return evd_walk_begin(walker, arena, pair) && evd_walk_on(walker, pair, &is_diverged) &&
           (!is_diverged || record_divergence(walker, arena, pair)) && count_left_over(walker, pair) &&
           count_events(walker, arena, pair) && evd_keep_text(arena, &walker->absorbed, &pair->absorbed_events);
}
