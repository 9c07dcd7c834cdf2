#include "align/resync.h"

#include <stdlib.h>
#include <string.h>

#include "align/align.h"
#include "align/alone.h"
#include "align/moved.h"
#include "align/parts.h"
#include "base/fail.h"
#include "base/log2.h"

enum {
    MARGIN_BITS = 6,    /* a meeting by chance: less than 1 in 64 */
    MEETING_EVENTS = 2, /* at least so many equal events */
    LONG_MEETING = 64,  /* so many are a meeting whatever they are */
};

_Static_assert(EVD_ALIGN_LENGTH_MAX <= EVD_RUN_COUNT_MAX, "a run has room for all events that are aligned");

/* Lists the events of a side that take part, and their symbols, which are wanted until the sides are aligned. */
static enum evd_status list_sequence(struct evd_cursor *cursor, struct evd_sequence *sequence, uint64_t **symbols,
                                     struct evd_error *error)
{
    const struct evd_stream *stream = cursor->stream;
    const uint64_t rest = stream->count - cursor->position;
    if (!evd_stream_verify(cursor->log, stream, cursor->position, stream->count, NULL))
        return evd_cursor_fail(cursor, error);
    *symbols = malloc((rest + 1) * sizeof **symbols);
    sequence->positions = malloc((rest + 1) * sizeof *sequence->positions);
    sequence->start = cursor->position;
    if (*symbols == NULL || sequence->positions == NULL)
        return evd_fail_memory(error);
    for (uint64_t i = cursor->position; i < stream->count; i++) {
        const struct evd_event *event = evd_stream_event(stream, i);
        if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
            continue;
        (*symbols)[sequence->count] = evd_symbol_of(cursor->log->rules, event);
        sequence->positions[sequence->count++] = (uint32_t)(i - sequence->start);
    }
    return EVD_OK;
}

/* The index in the sequence of the first event at or after a position. */
static size_t index_of(const struct evd_sequence *sequence, uint64_t position)
{
    size_t low = 0, high = sequence->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (evd_sequence_position(sequence, middle) < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t diagonal(const struct evd_match *match)
{
    return (int64_t)match->first[EVD_CANARY] - (int64_t)match->first[EVD_OURS];
}

/* True when the matches `from` to `to` - 1, on one diagonal, are telling enough to be met at after `end`. An anchor, which
 * stands at the same place among all others, is telling however far away it was found. */
static bool is_meeting(const struct evd_match *matches, size_t from, size_t to, const size_t end[2])
{
    uint64_t bits = 0, events = 0, wanted = MARGIN_BITS * 256;
    for (size_t i = from; i < to; i++) {
        if (matches[i].has_anchor)
            return true;
        bits += matches[i].bits;
        events += matches[i].count;
    }
    for (int side = 0; side < EVD_SIDES; side++)
        wanted += evd_log2(matches[from].first[side] - end[side] + 1);
    return events >= LONG_MEETING || (events >= MEETING_EVENTS && bits >= wanted);
}

enum { SLIDE_SYMBOLS_MAX = 1 << 22 }; /* that are compared for it */

/* Where one side ends behind the last match and the other goes on, the match is put where it comes first: several places may be
 * as good, and of rounds of a loop those before the end are there, not those that would have followed. */
static void slide_last(const struct evd_gaps *gaps, uint64_t *const symbols[EVD_SIDES], struct evd_alignment *alignment)
{
    if (alignment->match_count == 0)
        return;
    struct evd_match *last = &alignment->matches[alignment->match_count - 1];
    const struct evd_match *before = alignment->match_count > 1 ? last - 1 : NULL;
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_sequence *longer = &gaps->sequence[side], *ended = &gaps->sequence[!side];
        const uint64_t *wanted = symbols[!side] + last->first[!side];
        size_t left = SLIDE_SYMBOLS_MAX;
        if (last->first[!side] + last->count != ended->count || last->first[side] + last->count == longer->count)
            continue;
        for (size_t place = before == NULL ? 0 : before->first[side] + before->count; place < last->first[side];
             place++) {
            size_t equal = 0;
            while (equal < last->count && symbols[side][place + equal] == wanted[equal])
                equal++;
            if (equal == last->count)
                last->first[side] = place;
            if (equal + 1 > left)
                return;
            left -= equal + 1;
        }
    }
}

/* Leaves only meeting points in an alignment. What is on the diagonal of the last one needs no search. */
static void keep_meetings(struct evd_alignment *alignment)
{
    struct evd_match *matches = alignment->matches;
    size_t kept = 0, end[2] = {0, 0};
    int64_t last_diagonal = 0; /* both sides begin at the divergence */
    for (size_t from = 0; from < alignment->match_count;) {
        size_t to = from + 1;
        while (to < alignment->match_count && diagonal(&matches[to]) == diagonal(&matches[from]))
            to++;
        if (diagonal(&matches[from]) == last_diagonal || is_meeting(matches, from, to, end)) {
            last_diagonal = diagonal(&matches[from]);
            memmove(matches + kept, matches + from, (to - from) * sizeof *matches);
            kept += to - from;
            for (int side = 0; side < EVD_SIDES; side++)
                end[side] = matches[kept - 1].first[side] + matches[kept - 1].count;
        }
        from = to;
    }
    alignment->match_count = kept;
}

/* Where the two sides meet next, at or after `from`; false when they never do again. *match moves on to the
 * match that they meet in. */
static bool find_meeting(const struct evd_alignment *alignment, const size_t from[2], size_t *match, size_t meeting[2])
{
    for (; *match < alignment->match_count; ++*match) {
        const struct evd_match *m = &alignment->matches[*match];
        size_t passed = 0; /* events of the match that one side is beyond */
        for (int side = 0; side < EVD_SIDES; side++)
            if (from[side] > m->first[side] && from[side] - m->first[side] > passed)
                passed = from[side] - m->first[side];
        if (passed >= m->count)
            continue;
        for (int side = 0; side < EVD_SIDES; side++)
            meeting[side] = m->first[side] + passed;
        return true;
    }
    return false;
}

/* Puts the cursors at places of the sequences, with ordinals anew. */
static void go_to(struct evd_gaps *gaps, const size_t places[2])
{
    struct evd_walker *walker = gaps->recorder->walker;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        const struct evd_sequence *sequence = &gaps->sequence[side];
        cursor->position =
            places[side] < sequence->count ? evd_sequence_position(sequence, places[side]) : cursor->stream->count;
        memset(cursor->ordinals, 0, walker->rules->slot_count * sizeof *cursor->ordinals);
    }
}

static bool align(struct evd_gaps *gaps, uint64_t *const symbols[EVD_SIDES], struct evd_pool *pool,
                  struct evd_alignment *alignment)
{
    const struct evd_align_options options = {.pool = pool};
    const size_t count[EVD_SIDES] = {gaps->sequence[EVD_CANARY].count, gaps->sequence[EVD_OURS].count};
    const uint64_t *const aligned[EVD_SIDES] = {symbols[EVD_CANARY], symbols[EVD_OURS]};
    if (!evd_align(aligned, count, &options, alignment))
        return false;
    gaps->cut_short += alignment->cut_short;
    slide_last(gaps, symbols, alignment);
    keep_meetings(alignment);
    return true;
}

/* A meeting: places of the sequences, and the match that they are in. */
struct meeting {
    size_t at[EVD_SIDES];
    size_t match;
    bool is_end; /* there is none: the ends were reached */
};

/* Walks from a meeting to the next divergence. */
static enum evd_status walk_on(struct evd_gaps *gaps, const struct meeting *meeting, struct evd_error *error)
{
    struct evd_walker *walker = gaps->recorder->walker;
    const uint64_t matched = walker->counts.matched;
    enum evd_walk_end end;
    go_to(gaps, meeting->at);
    const enum evd_status status = evd_walk(walker, &end, error);
    gaps->recorder->matched += walker->counts.matched - matched;
    return status;
}

/* From the divergence at the cursors to meeting point to divergence, to the first meeting in the match `stop` or behind it, or
 * to the ends. `meeting`: the last one; then where it came to. */
static enum evd_status go_on(struct evd_gaps *gaps, const struct evd_alignment *alignment, size_t stop,
                             struct meeting *meeting, struct evd_error *error)
{
    const struct evd_walker *walker = gaps->recorder->walker;
    for (;;) {
        struct evd_gap gap;
        for (int side = 0; side < EVD_SIDES; side++)
            gap.from[side] = index_of(&gaps->sequence[side], walker->side[side].position);
        const bool is_met = find_meeting(alignment, gap.from, &meeting->match, gap.to);
        for (int side = 0; !is_met && side < EVD_SIDES; side++)
            gap.to[side] = gaps->sequence[side].count;
        /* Two events of one symbol that differ by their ordinals: the two of them are the divergence. */
        const bool is_empty =
            is_met && gap.from[EVD_CANARY] == gap.to[EVD_CANARY] && gap.from[EVD_OURS] == gap.to[EVD_OURS];
        for (int side = 0; is_empty && side < EVD_SIDES; side++)
            gap.to[side]++;
        enum evd_status status = evd_gap_classify_rest(gaps, &gap, error);
        memcpy(meeting->at, gap.to, sizeof meeting->at);
        meeting->is_end = !is_met;
        if (status != EVD_OK || !is_met || meeting->match >= stop)
            return status;
        status = walk_on(gaps, meeting, error);
        if (status != EVD_OK)
            return status;
        evd_recorder_tell(gaps->recorder, walker->side[EVD_CANARY].position + walker->side[EVD_OURS].position);
    }
}

static struct meeting start_of(const struct evd_alignment *alignment, size_t match)
{
    const size_t *first = alignment->matches[match].first;
    return (struct meeting){.at = {first[EVD_CANARY], first[EVD_OURS]}, .match = match};
}

/* Stretches between matches that workers go through at once: where two sides meet at the beginning of a match, what comes
 * then does not depend on what was before. */
struct stretches {
    struct evd_gaps *gaps; /* of the first one */
    const struct evd_alignment *alignment;
    struct evd_part *parts;   /* of the others */
    size_t *starts;           /* matches that those begin with, ascending */
    struct meeting *meetings; /* where each has come to, the first one first */
    size_t count;             /* of the others */
    enum evd_status status;   /* of the first one */
    struct evd_error *error;
};

static void go_through_stretch(void *context, size_t task, unsigned worker)
{
    struct stretches *stretches = context;
    const size_t stop = task < stretches->count ? stretches->starts[task] : SIZE_MAX;
    struct meeting *meeting = &stretches->meetings[task];
    (void)worker;
    if (task == 0) {
        stretches->status = go_on(stretches->gaps, stretches->alignment, stop, meeting, stretches->error);
        return;
    }
    struct evd_part *part = &stretches->parts[task - 1];
    *meeting = start_of(stretches->alignment, stretches->starts[task - 1]);
    part->recorder.steps = stretches->gaps->recorder->steps;
    for (int side = 0; side < EVD_SIDES; side++)
        part->told_from += evd_sequence_position(&part->gaps.sequence[side], meeting->at[side]);
    part->recorder.told = part->told_from;
    part->status = walk_on(&part->gaps, meeting, &part->error);
    if (part->status == EVD_OK)
        part->status = go_on(&part->gaps, stretches->alignment, stop, meeting, &part->error);
    evd_part_settle(part);
}

/* Joins the stretches, each where the one before came to its beginning; where one went past it, which absorbers may make
 * it do, what lies there is gone through once more. */
static enum evd_status join_stretches(struct stretches *stretches, struct evd_error *error)
{
    struct meeting at = stretches->meetings[0];
    enum evd_status status = stretches->status;
    for (size_t next = 0; status == EVD_OK && !at.is_end;) {
        const struct meeting start = next < stretches->count ? start_of(stretches->alignment, stretches->starts[next])
                                                             : (struct meeting){.match = SIZE_MAX};
        const bool is_there = memcmp(at.at, start.at, sizeof at.at) == 0 && at.match == start.match;
        if (is_there) {
            struct evd_part *part = &stretches->parts[next];
            status = part->status;
            if (status != EVD_OK && error != NULL)
                *error = part->error;
            if (status == EVD_OK)
                status = evd_part_join(part, stretches->gaps, error);
            at = stretches->meetings[++next];
        } else if (at.match >= start.match) {
            next++;
        } else {
            status = walk_on(stretches->gaps, &at, error);
            if (status == EVD_OK)
                status = go_on(stretches->gaps, stretches->alignment, start.match, &at, error);
        }
    }
    return status;
}

/* Chooses the matches that stretches begin with, at about equal distances; false when there are none. */
static bool choose_starts(struct stretches *stretches, size_t events)
{
    const struct evd_alignment *alignment = stretches->alignment;
    const size_t wanted = stretches->count;
    stretches->count = 0;
    for (size_t k = 1; k < alignment->match_count && stretches->count < wanted; k++)
        if (alignment->matches[k].first[EVD_CANARY] >= events / (wanted + 1) * (stretches->count + 1))
            stretches->starts[stretches->count++] = k;
    return stretches->count > 0;
}

/* Goes on in stretches, by all workers; *is_done: false when that can not be, and nothing was done. */
static enum evd_status go_on_by_all(struct evd_gaps *gaps, const struct evd_alignment *alignment,
                                    const struct evd_gap_help *help, bool *is_done, struct evd_error *error)
{
    const size_t events = gaps->sequence[EVD_CANARY].count;
    struct stretches stretches = {
        .gaps = gaps, .alignment = alignment, .count = evd_part_count(help, events) - 1, .error = error};
    size_t ready = 0;
    enum evd_status status = EVD_OK;
    *is_done = false;
    stretches.parts = calloc(stretches.count + 1, sizeof *stretches.parts);
    stretches.starts = calloc(stretches.count + 1, sizeof *stretches.starts);
    stretches.meetings = calloc(stretches.count + 1, sizeof *stretches.meetings);
    if (stretches.parts == NULL || stretches.starts == NULL || stretches.meetings == NULL) {
        status = evd_fail_memory(error);
        goto out;
    }
    if (!choose_starts(&stretches, events))
        goto out;
    for (; status == EVD_OK && ready < stretches.count; ready++)
        if (!evd_part_init(&stretches.parts[ready], gaps))
            status = evd_fail_memory(error);
    if (status != EVD_OK)
        goto out;
    evd_pool_run(help->pool, stretches.count + 1, go_through_stretch, &stretches);
    *is_done = true;
    status = join_stretches(&stretches, error);
    if (status == EVD_OK)
        evd_parts_move_in(stretches.parts, ready, gaps, help->pool);
out:
    for (size_t i = 0; i < ready; i++)
        evd_part_release(&stretches.parts[i]);
    free(stretches.parts);
    free(stretches.starts);
    free(stretches.meetings);
    return status;
}

/* Goes on from the first divergence to the ends; with help where there is some, and no rule counts how often it absorbs: each part
 * would count for itself. */
static enum evd_status go_to_the_ends(struct evd_gaps *gaps, const struct evd_alignment *alignment,
                                      const struct evd_gap_help *help, struct evd_error *error)
{
    struct meeting meeting = {.match = 0};
    bool is_done = false;
    if (gaps->recorder->walker->rules->absorbs_limited)
        help = NULL;
    const enum evd_status status = help != NULL ? go_on_by_all(gaps, alignment, help, &is_done, error) : EVD_OK;
    if (status != EVD_OK || is_done)
        return status;
    gaps->help = help;
    return go_on(gaps, alignment, SIZE_MAX, &meeting, error);
}

/* How all events of the pair came out. `start`: where the walk stopped first; `engine_local`: what it had passed over
 * up to there. */
static void count_events(const struct evd_gaps *gaps, const uint64_t start[EVD_SIDES],
                         const uint64_t engine_local[EVD_SIDES], struct evd_resync_result *result)
{
    const struct evd_recorder *recorder = gaps->recorder;
    const struct evd_divergence_list *list = recorder->list;
    result->is_whole = true;
    result->matched = recorder->matched;
    result->searches_cut_short = gaps->cut_short;
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t behind = recorder->walker->side[side].stream->count - start[side];
        result->engine_local[side] = engine_local[side] + behind - gaps->sequence[side].count;
        for (size_t i = 0; i < list->count; i++) {
            const uint64_t count = evd_run_of(&list->divergences[i], side).count;
            if (list->divergences[i].class_ == EVD_CLASS_TRUNCATED)
                result->left_over[side] += count;
            else
                result->differing[side] += count;
        }
    }
}

enum evd_status evd_resync_pair(struct evd_recorder *recorder, const struct evd_gap_help *help,
                                struct evd_resync_result *result, struct evd_error *error)
{
    struct evd_walker *walker = recorder->walker;
    struct evd_gaps gaps = {.recorder = recorder};
    struct evd_alignment alignment = {0};
    uint64_t start[EVD_SIDES], engine_local[EVD_SIDES];
    uint64_t *symbols[EVD_SIDES] = {NULL, NULL};
    enum evd_status status = EVD_OK;
    *result = (struct evd_resync_result){0};
    recorder->matched = walker->counts.matched;
    for (int side = 0; side < EVD_SIDES; side++) {
        start[side] = walker->side[side].position;
        engine_local[side] = walker->counts.engine_local[side];
        if (walker->side[side].stream->count - start[side] > EVD_ALIGN_LENGTH_MAX) {
            result->searches_cut_short = 1;
            return EVD_OK;
        }
    }
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = list_sequence(&walker->side[side], &gaps.sequence[side], &symbols[side], error);
    if (help != NULL && (evd_pool_size(help->pool) < 2 || gaps.sequence[EVD_CANARY].count / 2 < help->part_events_min))
        help = NULL;
    if (status == EVD_OK && !align(&gaps, symbols, help != NULL ? help->pool : NULL, &alignment))
        status = evd_fail_memory(error);
    for (int side = 0; side < EVD_SIDES; side++)
        free(symbols[side]);
    if (status == EVD_OK)
        status = go_to_the_ends(&gaps, &alignment, help, error);
    if (status == EVD_OK && !evd_join_moved(recorder->list))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        count_events(&gaps, start, engine_local, result);
    evd_alignment_release(&alignment);
    for (int side = 0; side < EVD_SIDES; side++)
        free(gaps.sequence[side].positions);
    return status;
}
