#include "align/gap.h"

#include <stdlib.h>
#include <string.h>

#include "align/align.h"
#include "align/gap_parts.h"
#include "base/fail.h"
#include "base/grow.h"
#include "base/log2.h"

enum {
    CALL_MARGIN_BITS = 6,
    FEW_EVENTS = 16, /* of a side, which take no memory but the stack's: most gaps have so few */
};

/* Where the events of a gap are on one side. */
static struct evd_extent extent_of(const struct evd_gaps *gaps, int side, const struct evd_gap *gap)
{
    const struct evd_sequence *sequence = &gaps->sequence[side];
    const size_t from = gap->from[side];
    const uint64_t end = gaps->recorder->walker->side[side].stream->count;
    return (struct evd_extent){
        from == sequence->count ? end : evd_sequence_position(sequence, from), gap->to[side] - from};
}

static enum evd_status record(struct evd_gaps *gaps, enum evd_divergence_class class_, const struct evd_gap *gap,
                              uint64_t run_hash, struct evd_error *error)
{
    const struct evd_extent extent[EVD_SIDES] = {extent_of(gaps, EVD_CANARY, gap), extent_of(gaps, EVD_OURS, gap)};
    return evd_record(gaps->recorder, class_, extent, run_hash, error);
}

/* Reads an event into the cursor's view, but for its payload. *is_whole: it was there already, as one without
 * canonical values may be, which is the same by any ordinals. */
static enum evd_status read_event(struct evd_gaps *gaps, int side, size_t place, bool *is_whole,
                                  struct evd_error *error)
{
    const struct evd_walker *walker = gaps->recorder->walker;
    struct evd_cursor *cursor = &gaps->recorder->walker->side[side];
    const uint64_t position = evd_sequence_position(&gaps->sequence[side], place);
    const struct evd_event *event = evd_stream_event(cursor->stream, position);
    *is_whole = evd_cursor_has_read(cursor, position) && evd_event_tag(event) < EVD_TAG_ORDINALS && !walker->is_plain;
    if (*is_whole)
        return EVD_OK;
    cursor->is_read = false;
    const enum evd_status status = evd_reader_read_fields(&cursor->reader, cursor->log, event, &cursor->view, error);
    return status == EVD_OK ? evd_recorder_note(gaps->recorder, side, position, error) : status;
}

enum evd_status evd_gap_match(struct evd_gaps *gaps, size_t canary, size_t ours, struct evd_error *error)
{
    const struct evd_walker *walker = gaps->recorder->walker;
    const uint64_t c = evd_sequence_position(&gaps->sequence[EVD_CANARY], canary),
                   o = evd_sequence_position(&gaps->sequence[EVD_OURS], ours);
    if (walker->matched != NULL)
        evd_matched_add(walker->matched, c, o, 1);
    if (walker->nulls != NULL) {
        if (evd_differ_in_null(walker->rules, evd_stream_event(walker->side[EVD_CANARY].stream, c),
                               evd_stream_event(walker->side[EVD_OURS].stream, o)))
            evd_null_list_add(walker->nulls, walker->counts.matched, c, o);
        walker->nulls->matched_in_gaps++;
    }
    gaps->recorder->matched++;
    return (walker->matched != NULL && walker->matched->failed) || (walker->nulls != NULL && walker->nulls->failed)
               ? evd_fail_memory(error)
               : EVD_OK;
}

/* Two events that are the same call. Those with equal keys match, unless the two are the whole gap: then the
 * walk found their ordinals to differ. */
static enum evd_status compare_calls(struct evd_gaps *gaps, size_t canary, size_t ours, bool is_whole_gap,
                                     struct evd_error *error)
{
    struct evd_walker *walker = gaps->recorder->walker;
    const size_t places[EVD_SIDES] = {canary, ours};
    const bool is_equal_key = evd_gap_symbol(gaps, EVD_CANARY, canary) == evd_gap_symbol(gaps, EVD_OURS, ours);
    if (is_equal_key && !is_whole_gap) {
        return evd_gap_match(gaps, canary, ours, error);
    }
    /* Canonical values of other events do not differ by their ordinals here. */
    memset(walker->lookahead_ordinals, 0, walker->rules->slot_count * sizeof *walker->lookahead_ordinals);
    uint64_t position[EVD_SIDES];
    bool is_whole[EVD_SIDES], is_added = false;
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        status = read_event(gaps, side, places[side], &is_whole[side], error);
        position[side] = evd_sequence_position(&gaps->sequence[side], places[side]);
    }
    if (status == EVD_OK && !is_whole[EVD_CANARY] && !is_whole[EVD_OURS])
        status = evd_record_value_again(gaps->recorder, position, &is_added, error);
    if (status != EVD_OK || is_added)
        return status;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        const uint64_t *ordinals = is_equal_key ? walker->side[side].ordinals : walker->lookahead_ordinals;
        struct evd_cursor *cursor = &walker->side[side];
        if (!is_whole[side])
            status = evd_reader_read_payload(&cursor->reader, ordinals, &cursor->view, error);
    }
    if (status != EVD_OK)
        return status;
    if (evd_compare(&walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view, &walker->difference)) {
        return evd_gap_match(gaps, canary, ours, error);
    }
    return evd_record_value(gaps->recorder, position, false, NULL, NULL, false, error);
}

/* Of the events that a gap has on one side, the same on either side. */
static uint64_t hash_run(const struct evd_gaps *gaps, int side, const struct evd_gap *gap)
{
    enum { PIECE = 32 };
    uint64_t symbols[PIECE];
    size_t count = 0, at = gap->from[side];
    for (; at < gap->to[side] && count < PIECE; at++)
        symbols[count++] = evd_gap_symbol(gaps, side, at);
    if (at == gap->to[side])
        return XXH3_64bits(symbols, count * sizeof *symbols);
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    while (count > 0) {
        XXH3_64bits_update(&state, symbols, count * sizeof *symbols);
        for (count = 0; at < gap->to[side] && count < PIECE; at++)
            symbols[count++] = evd_gap_symbol(gaps, side, at);
    }
    return XXH3_64bits_digest(&state);
}

/* Events on one side only. */
static enum evd_status add_lone_run(struct evd_gaps *gaps, const struct evd_gap *gap, struct evd_error *error)
{
    const int side = gap->from[EVD_CANARY] < gap->to[EVD_CANARY] ? EVD_CANARY : EVD_OURS;
    const bool is_last =
        gap->to[EVD_CANARY] == gaps->sequence[EVD_CANARY].count && gap->to[EVD_OURS] == gaps->sequence[EVD_OURS].count;
    const enum evd_divergence_class class_ =
        is_last              ? EVD_CLASS_TRUNCATED
        : side == EVD_CANARY ? EVD_CLASS_MISSING
                             : EVD_CLASS_EXTRA;
    return record(gaps, class_, gap, hash_run(gaps, side, gap), error);
}

static int by_symbol(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* True in *is_reordered when both sides have the same events in another order. */
static enum evd_status are_reordered(const struct evd_gaps *gaps, const struct evd_gap *gap, bool *is_reordered,
                                     struct evd_error *error)
{
    uint64_t few[EVD_SIDES][FEW_EVENTS];
    uint64_t *sorted[EVD_SIDES] = {few[EVD_CANARY], few[EVD_OURS]};
    const size_t count = gap->to[EVD_CANARY] - gap->from[EVD_CANARY];
    enum evd_status status = EVD_OK;
    *is_reordered = false;
    if (count < 2 || count != gap->to[EVD_OURS] - gap->from[EVD_OURS])
        return EVD_OK;
    for (int side = 0; side < EVD_SIDES; side++) {
        if (count > FEW_EVENTS)
            sorted[side] = malloc(count * sizeof *sorted[side]);
        if (sorted[side] == NULL) {
            status = evd_fail_memory(error);
            goto out;
        }
        for (size_t i = 0; i < count; i++)
            sorted[side][i] = evd_gap_symbol(gaps, side, gap->from[side] + i);
        qsort(sorted[side], count, sizeof *sorted[side], by_symbol);
    }
    *is_reordered = memcmp(sorted[EVD_CANARY], sorted[EVD_OURS], count * sizeof *sorted[0]) == 0;
out:
    for (int side = 0; side < EVD_SIDES; side++)
        if (sorted[side] != few[side])
            free(sorted[side]);
    return status;
}

/* What is between the calls that both sides have: no call here pairs with one there. */
static enum evd_status add_between(struct evd_gaps *gaps, const struct evd_gap *gap, struct evd_error *error)
{
    const bool has_canary = gap->from[EVD_CANARY] < gap->to[EVD_CANARY];
    const bool has_ours = gap->from[EVD_OURS] < gap->to[EVD_OURS];
    if (!has_canary && !has_ours)
        return EVD_OK;
    if (!has_canary || !has_ours)
        return add_lone_run(gaps, gap, error);
    bool is_reordered;
    const enum evd_status status = are_reordered(gaps, gap, &is_reordered, error);
    if (status != EVD_OK)
        return status;
    return record(gaps, is_reordered ? EVD_CLASS_REORDERED : EVD_CLASS_REPLACED, gap, 0, error);
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

static enum evd_status take_step(struct evd_gaps *gaps, const struct evd_gap_step *step, struct evd_error *error)
{
    enum evd_status status = add_between(gaps, &step->between, error);
    for (size_t i = 0; status == EVD_OK && i < step->count; i++)
        status = compare_calls(gaps, step->first[EVD_CANARY] + i, step->first[EVD_OURS] + i, false, error);
    return status;
}

enum { SLIDE_MAX = 64, SLIDE_EVENTS_MIN = 2 }; /* events that a run of calls may slide over, and that it has at least */

/* True when a run of equal calls that begins `shift` events later on one side is equal there event by event. */
static bool is_equal_at(const struct evd_gaps *gaps, const struct evd_gap *gap, const struct evd_match *match, int side,
                        size_t shift)
{
    size_t from[EVD_SIDES];
    for (int i = 0; i < EVD_SIDES; i++)
        from[i] = gap->from[i] + match->first[i] + (i == side ? shift : 0);
    size_t equal = 0;
    while (equal < match->count && evd_gap_symbol(gaps, EVD_CANARY, from[EVD_CANARY] + equal) ==
                                       evd_gap_symbol(gaps, EVD_OURS, from[EVD_OURS] + equal))
        equal++;
    return equal == match->count;
}

/* Equal calls align as well in one place as in another; the nearest place counts where the events are equal too, not only the
 * calls: of `f(1) f(2)` and `f(2)` the first is missing. `behind`: what the run may reach up to on each side. True when
 * the run is equal there. */
static bool slide(const struct evd_gaps *gaps, const struct evd_gap *gap, const size_t behind[EVD_SIDES],
                  struct evd_match *match)
{
    if (match->count < SLIDE_EVENTS_MIN || is_equal_at(gaps, gap, match, EVD_CANARY, 0))
        return false;
    for (size_t shift = 1; shift <= SLIDE_MAX; shift++) {
        bool is_equal[EVD_SIDES];
        for (int side = 0; side < EVD_SIDES; side++)
            is_equal[side] =
                match->first[side] + match->count + shift <= behind[side] && is_equal_at(gaps, gap, match, side, shift);
        /* Of two that are as near neither is more likely. */
        if (is_equal[EVD_CANARY] && is_equal[EVD_OURS])
            return false;
        if (is_equal[EVD_CANARY] || is_equal[EVD_OURS]) {
            match->first[is_equal[EVD_CANARY] ? EVD_CANARY : EVD_OURS] += shift;
            return true;
        }
    }
    return false;
}

/* Leaves of a run what is behind places on both sides; false when that is nothing. */
static bool cut_passed(struct evd_match *match, const size_t end[EVD_SIDES])
{
    size_t passed = 0;
    for (int side = 0; side < EVD_SIDES; side++)
        if (end[side] > match->first[side] && end[side] - match->first[side] > passed)
            passed = end[side] - match->first[side];
    if (passed >= match->count)
        return false;
    for (int side = 0; side < EVD_SIDES; side++)
        match->first[side] += passed;
    match->count -= passed;
    return true;
}

/* What is equal right behind two counterparts needs no search. */
static void reach_on(const struct evd_gaps *gaps, const struct evd_gap *gap, struct evd_match *match)
{
    size_t at[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        at[side] = gap->from[side] + match->first[side];
    while (at[EVD_CANARY] + match->count < gap->to[EVD_CANARY] && at[EVD_OURS] + match->count < gap->to[EVD_OURS] &&
           evd_gap_symbol(gaps, EVD_CANARY, at[EVD_CANARY] + match->count) ==
               evd_gap_symbol(gaps, EVD_OURS, at[EVD_OURS] + match->count))
        match->count++;
}

/* The k-th run of equal calls as it counts; false when that is none. `end`: where what was taken ends. */
static bool take_match(const struct evd_gaps *gaps, const struct evd_gap *gap, const struct evd_alignment *alignment,
                       size_t k, const size_t end[EVD_SIDES], struct evd_match *match)
{
    size_t behind[EVD_SIDES];
    if (!cut_passed(match, end))
        return false;
    for (int side = 0; side < EVD_SIDES; side++)
        behind[side] =
            k + 1 < alignment->match_count ? alignment->matches[k + 1].first[side] : gap->to[side] - gap->from[side];
    if (!slide(gaps, gap, behind, match) && !are_counterparts(match, gap, end))
        return false;
    reach_on(gaps, gap, match);
    return true;
}

/* Which steps a gap is gone through in, to be freed by the caller; NULL when memory runs out. A step compares at most
 * `most` pairs of calls. */
static struct evd_gap_step *plan_steps(const struct evd_gaps *gaps, const struct evd_gap *gap,
                                       const struct evd_alignment *alignment, size_t most, size_t *count)
{
    struct evd_gap between = {{gap->from[EVD_CANARY], gap->from[EVD_OURS]}, {0, 0}};
    size_t end[EVD_SIDES] = {0, 0};
    size_t capacity = 0;
    struct evd_gap_step *steps = NULL;
    *count = 0;
    for (size_t k = 0; k <= alignment->match_count; k++) {
        struct evd_match moved = k < alignment->match_count ? alignment->matches[k] : (struct evd_match){.count = 0};
        const struct evd_match *match = k < alignment->match_count ? &moved : NULL;
        if (match != NULL && !take_match(gaps, gap, alignment, k, end, &moved))
            continue;
        for (int side = 0; side < EVD_SIDES; side++)
            between.to[side] = match == NULL ? gap->to[side] : gap->from[side] + match->first[side];
        size_t taken = 0;
        do {
            const size_t left = match == NULL ? 0 : match->count - taken;
            struct evd_gap_step *grown = evd_grow(steps, *count, &capacity, sizeof *steps);
            if (grown == NULL) {
                free(steps);
                return NULL;
            }
            steps = grown;
            steps[(*count)++] = (struct evd_gap_step){.between = between,
                                                      .first = {between.to[EVD_CANARY], between.to[EVD_OURS]},
                                                      .count = left < most ? left : most};
            for (int side = 0; side < EVD_SIDES; side++)
                between.from[side] = between.to[side] += left < most ? left : most;
            taken += left < most ? left : most;
        } while (match != NULL && taken < match->count);
        for (int side = 0; match != NULL && side < EVD_SIDES; side++)
            end[side] = match->first[side] + match->count;
    }
    return steps;
}

/* Pairs the calls of both sides and compares each pair. */
static enum evd_status compare_in_order(struct evd_gaps *gaps, const struct evd_gap *gap,
                                        const struct evd_alignment *alignment, struct evd_error *error)
{
    size_t count;
    const size_t most = evd_gap_is_large(gaps, gap) ? (gaps->help->part_events_min + 3) / 4 : SIZE_MAX;
    struct evd_gap_step *steps = plan_steps(gaps, gap, alignment, most, &count);
    enum evd_status status = steps == NULL ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK && evd_gap_is_large(gaps, gap))
        status = evd_gap_take_in_parts(gaps, steps, count, take_step, error);
    else
        for (size_t i = 0; status == EVD_OK && i < count; i++)
            status = take_step(gaps, &steps[i], error);
    free(steps);
    return status;
}

/* The calls of a gap's events. */
struct calls {
    uint64_t few[EVD_SIDES][FEW_EVENTS];
    uint64_t *of[EVD_SIDES]; /* hashes, one an event */
};

static void free_calls(struct calls *calls, int side)
{
    if (calls->of[side] != calls->few[side])
        free(calls->of[side]);
    calls->of[side] = NULL;
}

static enum evd_status list_calls(struct evd_gaps *gaps, int side, const struct evd_gap *gap, struct calls *calls,
                                  struct evd_error *error)
{
    const size_t count = gap->to[side] - gap->from[side];
    calls->of[side] = count <= FEW_EVENTS ? calls->few[side] : malloc(count * sizeof *calls->of[side]);
    if (calls->of[side] == NULL)
        return evd_fail_memory(error);
    if (evd_gap_is_large(gaps, gap))
        return evd_gap_list_calls_in_parts(gaps, side, gap, calls->of[side], error);
    for (size_t i = 0; i < count; i++) {
        const struct evd_recent_call *call;
        const enum evd_status status = evd_recorder_call(
            gaps->recorder, side, evd_sequence_position(&gaps->sequence[side], gap->from[side] + i), &call, error);
        if (status != EVD_OK)
            return status;
        calls->of[side][i] = gaps->recorder->list->natures.calls[call->call].hash;
    }
    return EVD_OK;
}

/* Aligns the calls of both sides, which are freed, and compares what is aligned. */
static enum evd_status align_calls(struct evd_gaps *gaps, const struct evd_gap *gap, const size_t count[EVD_SIDES],
                                   struct calls *calls, struct evd_error *error)
{
    const uint64_t *const symbols[EVD_SIDES] = {calls->of[EVD_CANARY], calls->of[EVD_OURS]};
    struct evd_alignment alignment = {0};
    const struct evd_align_options options = {.pool = evd_gap_is_large(gaps, gap) ? gaps->help->pool : NULL};
    const bool is_aligned = evd_align(symbols, count, &options, &alignment);
    for (int side = 0; side < EVD_SIDES; side++)
        free_calls(calls, side);
    const enum evd_status status = is_aligned ? compare_in_order(gaps, gap, &alignment, error) : evd_fail_memory(error);
    gaps->cut_short += alignment.cut_short;
    evd_alignment_release(&alignment);
    return status;
}

/* Whether both sides have the same calls, in which case aligning them would pair each with the one opposite. */
static bool are_same_calls(const size_t count[EVD_SIDES], const struct calls *calls)
{
    return count[EVD_CANARY] == count[EVD_OURS] &&
           memcmp(calls->of[EVD_CANARY], calls->of[EVD_OURS], count[EVD_CANARY] * sizeof *calls->of[EVD_CANARY]) == 0;
}

enum evd_status evd_gap_classify(struct evd_gaps *gaps, const struct evd_gap *gap, struct evd_error *error)
{
    size_t count[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++)
        count[side] = gap->to[side] - gap->from[side];
    if (count[EVD_CANARY] == 0 || count[EVD_OURS] == 0)
        return add_between(gaps, gap, error);
    bool is_reordered;
    enum evd_status status = are_reordered(gaps, gap, &is_reordered, error);
    if (status != EVD_OK)
        return status;
    if (is_reordered)
        return record(gaps, EVD_CLASS_REORDERED, gap, 0, error);
    struct calls calls;
    calls.of[EVD_CANARY] = calls.of[EVD_OURS] = NULL;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = list_calls(gaps, side, gap, &calls, error);
    const bool is_single = count[EVD_CANARY] == 1 && count[EVD_OURS] == 1;
    if (status == EVD_OK && !evd_gap_is_large(gaps, gap) && are_same_calls(count, &calls))
        for (size_t i = 0; status == EVD_OK && i < count[EVD_CANARY]; i++)
            status = compare_calls(gaps, gap->from[EVD_CANARY] + i, gap->from[EVD_OURS] + i, is_single, error);
    else if (status == EVD_OK && !is_single)
        status = align_calls(gaps, gap, count, &calls, error);
    else if (status == EVD_OK)
        status = add_between(gaps, gap, error);
    for (int side = 0; side < EVD_SIDES; side++)
        free_calls(&calls, side);
    return status;
}
