/* Gaps: what lies between two meeting points, taken apart into divergences.
 *
 *     nothing on one side                        missing, extra; truncated at the streams' end
 *     the same keys in another order             reordered
 *     the same calls (kind and name) in order    value, call by call
 *     anything else between those                missing, extra, replaced
 *
 * A run that is missing here and extra nearby has moved: it is one divergence, reordered. */
#include <stdlib.h>
#include <string.h>

#include "align/resync.h"
#include "base/grow.h"
#include "base/log2.h"
#include "outcome/text.h"
#include "walk/tell_value.h"

enum {
    MOVED_NEARBY = 64,    /* events within which a single event is taken to have moved */
    MOVED_PER_EVENT = 16, /* and so many more for each event of a longer run */
    CALL_MARGIN_BITS = 6,
};

static const struct evd_sequence *sequence_of(const struct evd_resync *resync, int side)
{
    return &resync->sequence[side];
}

/* Keeps a string as reports write it. */
static bool keep_string(struct evd_resync *resync, struct evd_string string, struct evd_text *text)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    struct evd_buffer *scratch = &resync->walker->text;
    evd_buffer_clear(scratch);
    evd_value_str(scratch, &value);
    return evd_keep_text(resync->arena, scratch, text);
}

/* The index of a call in resync->calls. */
static bool number_call(struct evd_resync *resync, const struct evd_call *call, uint32_t *index)
{
    bool is_new;
    const uint64_t *known = evd_table_put(&resync->call_indexes, call->hash, resync->call_count, &is_new);
    if (known == NULL)
        return false;
    *index = (uint32_t)*known;
    if (!is_new)
        return true;
    void *calls = evd_grow(resync->calls, resync->call_count, &resync->call_capacity, sizeof *resync->calls);
    if (calls == NULL)
        return false;
    resync->calls = calls;
    struct evd_call_text *text = &resync->calls[resync->call_count++];
    text->hash = call->hash;
    text->kind_hash = evd_stable_hash_string(call->kind);
    return keep_string(resync, call->kind, &text->kind) && keep_string(resync, call->name, &text->name);
}

/* The event at a position of a stream, as a call; NULL when it can't be read. Good until the next one. */
static const struct evd_recent_call *read_call(struct evd_resync *resync, int side, uint64_t position)
{
    const struct evd_cursor *cursor = &resync->walker->side[side];
    struct evd_recent_call *recent = &resync->recent[side][position % EVD_RECENT_CALLS];
    if (recent->position == position + 1)
        return recent;
    struct evd_call call;
    if (evd_call_read(&resync->reader, cursor->log, &cursor->stream->events[position], &call, NULL) != EVD_OK ||
        !number_call(resync, &call, &recent->call))
        return NULL;
    recent->position = position + 1;
    recent->tid_event_idx = call.tid_event_idx;
    return recent;
}

/* The events that take part just before a position. */
static bool read_before(struct evd_resync *resync, int side, uint64_t position, uint32_t before[EVD_BEFORE_MAX])
{
    struct evd_cursor *cursor = &resync->walker->side[side];
    for (int i = 0; i < EVD_BEFORE_MAX; i++) {
        before[i] = EVD_NO_CALL;
        const struct evd_event *event = NULL;
        while (position > 0) {
            event = evd_cursor_event(cursor, --position);
            if (event == NULL)
                return false;
            if (evd_event_tag(event) != EVD_TAG_ENGINE_LOCAL)
                break;
            event = NULL;
        }
        if (event == NULL)
            continue;
        const struct evd_recent_call *call = read_call(resync, side, position);
        if (call == NULL)
            return false;
        before[i] = call->call;
    }
    return true;
}

/* A run of a sequence; with nothing in it, the place where it would be. */
static bool make_run(struct evd_resync *resync, int side, size_t from, size_t to, struct evd_run *run,
                     uint32_t *call_index)
{
    const struct evd_sequence *sequence = sequence_of(resync, side);
    const struct evd_stream *stream = resync->walker->side[side].stream;
    const bool is_at_end = from == sequence->count;
    run->position = is_at_end ? stream->count : sequence->positions[from];
    run->count = to - from;
    const uint64_t told = is_at_end ? stream->count - 1 : run->position;
    if (evd_cursor_event(&resync->walker->side[side], told) == NULL)
        return false;
    const struct evd_recent_call *call = read_call(resync, side, told);
    if (call == NULL)
        return false;
    *call_index = call->call;
    run->first_idx = call->tid_event_idx;
    run->offset = evd_event_offset(&stream->events[told]);
    return true;
}

static uint64_t sign(const struct evd_resync *resync, enum evd_divergence_class class_,
                     const struct evd_divergence_nature *nature)
{
    const struct evd_string field = {nature->field.bytes, nature->field.length};
    uint64_t hash = evd_stable_hash_pair(class_, resync->calls[nature->call].hash);
    hash = evd_stable_hash_pair(hash, evd_stable_hash_string(field));
    for (int i = 0; i < EVD_BEFORE_MAX; i++)
        hash = evd_stable_hash_pair(
            hash, nature->before[i] == EVD_NO_CALL ? 0 : resync->calls[nature->before[i]].kind_hash);
    return hash;
}

/* Adds a divergence over a gap; field and values are filled in by the caller, who signs it. */
static bool add(struct evd_resync *resync, enum evd_divergence_class class_, const struct evd_gap *gap)
{
    size_t capacity = resync->capacity; /* of both arrays */
    void *natures = evd_grow(resync->natures, resync->count, &capacity, sizeof *resync->natures);
    if (natures == NULL)
        return false;
    resync->natures = natures;
    void *divergences = evd_grow(resync->divergences, resync->count, &resync->capacity, sizeof *resync->divergences);
    if (divergences == NULL)
        return false;
    resync->divergences = divergences;
    if (resync->count > 0)
        resync->divergences[resync->count - 1].matched_after = resync->matched - resync->matched_before;
    resync->matched_before = resync->matched;
    struct evd_divergence *divergence = &resync->divergences[resync->count];
    struct evd_divergence_nature *nature = &resync->natures[resync->count];
    *divergence = (struct evd_divergence){.class_ = class_};
    *nature = (struct evd_divergence_nature){.field = {"", 0}};
    divergence->note = (struct evd_text){"", 0};
    uint32_t calls[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        if (!make_run(resync, side, gap->from[side], gap->to[side], &divergence->run[side], &calls[side]))
            return false;
    const int told = divergence->run[EVD_CANARY].count > 0 ? EVD_CANARY : EVD_OURS;
    nature->call = calls[told];
    if (!read_before(resync, told, divergence->run[told].position, nature->before))
        return false;
    nature->signature = sign(resync, class_, nature);
    resync->count++;
    return true;
}

static bool read_event(struct evd_resync *resync, int side, size_t place, const uint64_t *ordinals)
{
    struct evd_cursor *cursor = &resync->walker->side[side];
    const uint64_t position = sequence_of(resync, side)->positions[place];
    return evd_reader_read(&cursor->reader, cursor->log, &cursor->stream->events[position], ordinals, &cursor->view);
}

static void count_match(struct evd_resync *resync, size_t canary, size_t ours)
{
    resync->matched++;
    if (resync->walker->matched != NULL)
        evd_matched_add(resync->walker->matched, sequence_of(resync, EVD_CANARY)->positions[canary],
                        sequence_of(resync, EVD_OURS)->positions[ours], 1);
}

/* Two events that are the same call. Those with equal keys match, unless the two are the whole gap: then the
 * walk found their ordinals to differ. */
static bool compare_calls(struct evd_resync *resync, size_t canary, size_t ours, bool is_whole_gap)
{
    struct evd_walker *walker = resync->walker;
    const bool is_equal_key =
        sequence_of(resync, EVD_CANARY)->symbols[canary] == sequence_of(resync, EVD_OURS)->symbols[ours];
    const struct evd_gap gap = {{canary, ours}, {canary + 1, ours + 1}};
    if (is_equal_key && !is_whole_gap) {
        count_match(resync, canary, ours);
        return true;
    }
    struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    if (!is_equal_key) {
        /* Canonical values do not differ by their ordinals here. */
        memset(walker->lookahead_ordinals, 0, walker->rules->slot_count * sizeof *walker->lookahead_ordinals);
        if (!read_event(resync, EVD_CANARY, canary, walker->lookahead_ordinals) ||
            !read_event(resync, EVD_OURS, ours, walker->lookahead_ordinals))
            return false;
    } else if (!read_event(resync, EVD_CANARY, canary, c->ordinals) ||
               !read_event(resync, EVD_OURS, ours, o->ordinals)) {
        return false;
    }
    struct evd_difference *difference = &walker->difference;
    if (evd_compare(&c->view, &o->view, difference)) {
        count_match(resync, canary, ours);
        return true;
    }
    return evd_gap_add_value(resync, &gap);
}

bool evd_gap_add_value(struct evd_resync *resync, const struct evd_gap *gap)
{
    struct evd_walker *walker = resync->walker;
    const struct evd_difference *difference = &walker->difference;
    struct evd_text field;
    struct evd_field_value *value = evd_arena_array(resync->arena, EVD_SIDES, sizeof *value);
    if (value == NULL ||
        !evd_tell_values(difference->value, EVD_EXTENT_DIFFERENCE, &walker->text, resync->arena, value))
        return false;
    evd_buffer_clear(&walker->text);
    evd_difference_path(difference, &walker->text);
    if (!evd_keep_text(resync->arena, &walker->text, &field) || !add(resync, EVD_CLASS_VALUE, gap))
        return false;
    struct evd_divergence *divergence = &resync->divergences[resync->count - 1];
    struct evd_divergence_nature *nature = &resync->natures[resync->count - 1];
    divergence->value = value;
    nature->field = field;
    nature->signature = sign(resync, EVD_CLASS_VALUE, nature);
    return true;
}

/* Of the events that a gap has on one side, the same on either side. */
static uint64_t hash_run(const struct evd_resync *resync, int side, const struct evd_gap *gap)
{
    return XXH3_64bits(sequence_of(resync, side)->symbols + gap->from[side],
                       (gap->to[side] - gap->from[side]) * sizeof(uint64_t));
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* True in *has_moved when a run of the other side with the same events is not far: the two become one. */
static bool join_moved(struct evd_resync *resync, int side, const struct evd_gap *gap, uint64_t run_hash,
                       bool *has_moved)
{
    const size_t count = gap->to[side] - gap->from[side];
    *has_moved = false;
    const uint64_t *other = evd_table_get(&resync->lone_runs, evd_hash_pair((uint64_t)!side, run_hash));
    if (other == NULL)
        return true;
    struct evd_divergence *earlier = &resync->divergences[*other];
    const uint64_t here = sequence_of(resync, side)->positions[gap->from[side]];
    if (earlier->class_ == EVD_CLASS_REORDERED ||
        distance(here, earlier->run[side].position) > MOVED_NEARBY + MOVED_PER_EVENT * count)
        return true;
    uint32_t call;
    earlier->class_ = EVD_CLASS_REORDERED;
    *has_moved = true;
    if (!make_run(resync, side, gap->from[side], gap->to[side], &earlier->run[side], &call))
        return false;
    struct evd_divergence_nature *nature = &resync->natures[*other];
    nature->run_hash = 0;
    nature->signature = sign(resync, EVD_CLASS_REORDERED, nature);
    return true;
}

/* Events on one side only. */
static bool add_lone_run(struct evd_resync *resync, const struct evd_gap *gap)
{
    const int side = gap->from[EVD_CANARY] < gap->to[EVD_CANARY] ? EVD_CANARY : EVD_OURS;
    const bool is_last = gap->to[EVD_CANARY] == sequence_of(resync, EVD_CANARY)->count &&
                         gap->to[EVD_OURS] == sequence_of(resync, EVD_OURS)->count;
    const uint64_t run_hash = hash_run(resync, side, gap);
    bool has_moved;
    if (!join_moved(resync, side, gap, run_hash, &has_moved))
        return false;
    if (has_moved)
        return true;
    if (is_last)
        return add(resync, EVD_CLASS_TRUNCATED, gap);
    uint64_t *place = evd_table_put(&resync->lone_runs, evd_hash_pair((uint64_t)side, run_hash), 0, NULL);
    if (place == NULL)
        return false;
    *place = resync->count;
    if (!add(resync, side == EVD_CANARY ? EVD_CLASS_MISSING : EVD_CLASS_EXTRA, gap))
        return false;
    resync->natures[resync->count - 1].run_hash = run_hash;
    return true;
}

static int by_symbol(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* True in *is_reordered when both sides have the same events in another order. */
static bool are_reordered(const struct evd_resync *resync, const struct evd_gap *gap, bool *is_reordered)
{
    uint64_t *sorted[EVD_SIDES] = {NULL, NULL};
    const size_t count = gap->to[EVD_CANARY] - gap->from[EVD_CANARY];
    bool is_done = true;
    *is_reordered = false;
    if (count < 2 || count != gap->to[EVD_OURS] - gap->from[EVD_OURS])
        return true;
    for (int side = 0; side < EVD_SIDES; side++) {
        sorted[side] = malloc(count * sizeof *sorted[side]);
        if (sorted[side] == NULL) {
            is_done = false;
            goto out;
        }
        memcpy(sorted[side], sequence_of(resync, side)->symbols + gap->from[side], count * sizeof *sorted[side]);
        qsort(sorted[side], count, sizeof *sorted[side], by_symbol);
    }
    *is_reordered = memcmp(sorted[EVD_CANARY], sorted[EVD_OURS], count * sizeof *sorted[0]) == 0;
out:
    free(sorted[EVD_CANARY]);
    free(sorted[EVD_OURS]);
    return is_done;
}

/* What is between the calls that both sides have: no call here pairs with one there. */
static bool add_between(struct evd_resync *resync, const struct evd_gap *gap)
{
    const bool has_canary = gap->from[EVD_CANARY] < gap->to[EVD_CANARY];
    const bool has_ours = gap->from[EVD_OURS] < gap->to[EVD_OURS];
    if (!has_canary && !has_ours)
        return true;
    if (!has_canary || !has_ours)
        return add_lone_run(resync, gap);
    bool is_reordered;
    return are_reordered(resync, gap, &is_reordered) &&
           add(resync, is_reordered ? EVD_CLASS_REORDERED : EVD_CLASS_REPLACED, gap);
}

/* True when a run of equal calls is no accident: it is in step with the gap's beginning or end, or more
 * telling than the distance over which it was found. */
static bool are_counterparts(const struct evd_match *match, const struct evd_gap *gap, const size_t end[2])
{
    size_t length[EVD_SIDES];
    uint64_t wanted = CALL_MARGIN_BITS * 256;
    for (int side = 0; side < EVD_SIDES; side++) {
        length[side] = gap->to[side] - gap->from[side];
        wanted += evd_log2(match->first[side] - end[side] + 1);
    }
    const bool is_in_step_with_start =
        match->first[EVD_CANARY] - end[EVD_CANARY] == match->first[EVD_OURS] - end[EVD_OURS];
    const bool is_in_step_with_end =
        length[EVD_CANARY] - match->first[EVD_CANARY] == length[EVD_OURS] - match->first[EVD_OURS];
    return is_in_step_with_start || is_in_step_with_end || match->bits >= wanted;
}

/* Pairs the calls of both sides and compares each pair. */
static bool compare_in_order(struct evd_resync *resync, const struct evd_gap *gap,
                             const struct evd_alignment *alignment)
{
    struct evd_gap between = {{gap->from[EVD_CANARY], gap->from[EVD_OURS]}, {0, 0}};
    size_t end[EVD_SIDES] = {0, 0};
    for (size_t k = 0; k < alignment->match_count; k++) {
        const struct evd_match *match = &alignment->matches[k];
        if (!are_counterparts(match, gap, end))
            continue;
        for (int side = 0; side < EVD_SIDES; side++) {
            between.to[side] = gap->from[side] + match->first[side];
            end[side] = match->first[side] + match->count;
        }
        if (!add_between(resync, &between))
            return false;
        for (size_t i = 0; i < match->count; i++)
            if (!compare_calls(resync, between.to[EVD_CANARY] + i, between.to[EVD_OURS] + i, false))
                return false;
        for (int side = 0; side < EVD_SIDES; side++)
            between.from[side] = gap->from[side] + end[side];
    }
    memcpy(between.to, gap->to, sizeof between.to);
    return add_between(resync, &between);
}

static bool list_calls(struct evd_resync *resync, const struct evd_gap *gap, uint64_t *calls[2])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t count = gap->to[side] - gap->from[side];
        calls[side] = malloc((count + 1) * sizeof *calls[side]);
        if (calls[side] == NULL)
            return false;
        for (size_t i = 0; i < count; i++) {
            const struct evd_recent_call *call =
                read_call(resync, side, sequence_of(resync, side)->positions[gap->from[side] + i]);
            if (call == NULL)
                return false;
            calls[side][i] = resync->calls[call->call].hash;
        }
    }
    return true;
}

bool evd_gap_classify(struct evd_resync *resync, const struct evd_gap *gap)
{
    size_t count[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        count[side] = gap->to[side] - gap->from[side];
    if (count[EVD_CANARY] == 0 || count[EVD_OURS] == 0)
        return add_between(resync, gap);
    bool is_reordered;
    if (!are_reordered(resync, gap, &is_reordered))
        return false;
    if (is_reordered)
        return add(resync, EVD_CLASS_REORDERED, gap);
    uint64_t *calls[EVD_SIDES] = {NULL, NULL};
    struct evd_alignment alignment = {0};
    bool is_done = list_calls(resync, gap, calls);
    if (is_done && count[EVD_CANARY] == 1 && count[EVD_OURS] == 1) {
        is_done = calls[EVD_CANARY][0] == calls[EVD_OURS][0]
                      ? compare_calls(resync, gap->from[EVD_CANARY], gap->from[EVD_OURS], true)
                      : add_between(resync, gap);
    } else if (is_done) {
        const uint64_t *const symbols[EVD_SIDES] = {calls[EVD_CANARY], calls[EVD_OURS]};
        is_done = evd_align(symbols, count, NULL, &alignment) && compare_in_order(resync, gap, &alignment);
        resync->cut_short += alignment.cut_short;
    }
    evd_alignment_release(&alignment);
    free(calls[EVD_CANARY]);
    free(calls[EVD_OURS]);
    return is_done;
}
