#include "align/resync.h"

#include <stdlib.h>
#include <string.h>

#include "base/log2.h"

enum {
    MARGIN_BITS = 6,    /* a meeting by chance: less than 1 in 64 */
    MEETING_EVENTS = 2, /* at least so many equal events */
    LONG_MEETING = 64,  /* so many are a meeting whatever they are */
};

bool evd_resync_init(struct evd_resync *resync)
{
    *resync = (struct evd_resync){0};
    return evd_call_reader_init(&resync->reader);
}

static void release_sequences(struct evd_resync *resync)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        free(resync->sequence[side].symbols);
        free(resync->sequence[side].positions);
        resync->sequence[side] = (struct evd_sequence){0};
    }
}

void evd_resync_release(struct evd_resync *resync)
{
    release_sequences(resync);
    free(resync->divergences);
    free(resync->natures);
    free(resync->calls);
    evd_table_release(&resync->call_indexes);
    evd_table_release(&resync->lone_runs);
    evd_call_reader_release(&resync->reader);
}

/* Events that may match have one symbol: the same key and tag, whatever their ordinals. */
static uint64_t symbol_of(const struct evd_event *event)
{
    return event->key + evd_event_tag(event) * (uint64_t)0x9e3779b97f4a7c15u;
}

static bool list_sequence(const struct evd_cursor *cursor, struct evd_sequence *sequence)
{
    const struct evd_stream *stream = cursor->stream;
    const uint64_t rest = stream->count - cursor->position;
    if (!evd_stream_verify(cursor->log, stream, cursor->position, stream->count, NULL))
        return false;
    sequence->symbols = malloc((rest + 1) * sizeof *sequence->symbols);
    sequence->positions = malloc((rest + 1) * sizeof *sequence->positions);
    sequence->count = 0;
    if (sequence->symbols == NULL || sequence->positions == NULL)
        return false;
    for (uint64_t i = cursor->position; i < stream->count; i++) {
        const struct evd_event *event = &stream->events[i];
        if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
            continue;
        sequence->symbols[sequence->count] = symbol_of(event);
        sequence->positions[sequence->count++] = i;
    }
    return true;
}

/* The index in the sequence of the first event at or after a position. */
static size_t index_of(const struct evd_sequence *sequence, uint64_t position)
{
    size_t low = 0, high = sequence->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sequence->positions[middle] < position)
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

/* True when the matches `from` to `to` - 1, on one diagonal, are telling enough to be met at after `end`. */
static bool is_meeting(const struct evd_match *matches, size_t from, size_t to, const size_t end[2])
{
    uint64_t bits = 0, events = 0, wanted = MARGIN_BITS * 256;
    for (size_t i = from; i < to; i++) {
        bits += matches[i].bits;
        events += matches[i].count;
    }
    for (int side = 0; side < EVD_SIDES; side++)
        wanted += evd_log2(matches[from].first[side] - end[side] + 1);
    return events >= LONG_MEETING || (events >= MEETING_EVENTS && bits >= wanted);
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
static void go_to(struct evd_resync *resync, const size_t places[2])
{
    struct evd_walker *walker = resync->walker;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        const struct evd_sequence *sequence = &resync->sequence[side];
        cursor->position = places[side] < sequence->count ? sequence->positions[places[side]] : cursor->stream->count;
        memset(cursor->ordinals, 0, walker->rules->slot_count * sizeof *cursor->ordinals);
    }
}

static bool align(struct evd_resync *resync, struct evd_alignment *alignment)
{
    const uint64_t *symbols[EVD_SIDES];
    size_t count[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        symbols[side] = resync->sequence[side].symbols;
        count[side] = resync->sequence[side].count;
    }
    if (!evd_align(symbols, count, NULL, alignment))
        return false;
    resync->cut_short += alignment->cut_short;
    keep_meetings(alignment);
    return true;
}

/* From divergence to meeting point to divergence, to the ends. `rest` counts what the walk does. */
static bool go_on(struct evd_resync *resync, const struct evd_alignment *alignment, struct evd_pair_outcome *rest)
{
    size_t match = 0;
    for (;;) {
        struct evd_gap gap;
        for (int side = 0; side < EVD_SIDES; side++)
            gap.from[side] = index_of(&resync->sequence[side], resync->walker->side[side].position);
        const bool is_met = find_meeting(alignment, gap.from, &match, gap.to);
        for (int side = 0; !is_met && side < EVD_SIDES; side++)
            gap.to[side] = resync->sequence[side].count;
        /* Two events of one symbol that differ by their ordinals: the two of them are the divergence. */
        for (int side = 0; is_met && side < EVD_SIDES; side++)
            gap.to[side] += gap.from[EVD_CANARY] == gap.to[EVD_CANARY] && gap.from[EVD_OURS] == gap.to[EVD_OURS];
        if (!evd_gap_classify(resync, &gap))
            return false;
        if (!is_met)
            return true;
        go_to(resync, gap.to);
        const uint64_t matched = rest->matched;
        bool is_diverged;
        if (!evd_walk_on(resync->walker, rest, &is_diverged))
            return false;
        resync->matched += rest->matched - matched;
    }
}

void evd_nature_list_release(struct evd_nature_list *list)
{
    free(list->natures);
    free(list->calls);
    *list = (struct evd_nature_list){0};
}

static bool keep_divergences(struct evd_resync *resync, struct evd_pair_outcome *pair, struct evd_nature_list *natures)
{
    if (resync->count > 0)
        resync->divergences[resync->count - 1].matched_after = resync->matched - resync->matched_before;
    const size_t bytes = resync->count * sizeof *resync->divergences;
    pair->divergences = evd_arena_alloc(resync->arena, bytes);
    if (pair->divergences == NULL)
        return false;
    if (bytes > 0)
        memcpy(pair->divergences, resync->divergences, bytes);
    pair->divergence_count = resync->count;
    pair->searches_cut_short = resync->cut_short;
    free(resync->divergences);
    *natures = (struct evd_nature_list){resync->natures, resync->calls, resync->call_count};
    resync->divergences = NULL;
    resync->natures = NULL;
    resync->calls = NULL;
    resync->capacity = resync->call_capacity = 0;
    return true;
}

/* How all events of the pair came out. */
static void count_events(const struct evd_resync *resync, const uint64_t start[2], const struct evd_pair_outcome *rest,
                         struct evd_pair_outcome *pair)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_event_counts *counts = &pair->counts[side];
        const uint64_t behind = pair->total[side] - start[side];
        *counts = (struct evd_event_counts){
            .matched = pair->matched + resync->matched,
            .engine_local = pair->engine_local[side] + behind - resync->sequence[side].count,
        };
        for (size_t i = 0; i < resync->walker->rules->absorber_count; i++) {
            pair->absorbed_in_all[side][i] = pair->absorbed[side][i] + rest->absorbed[side][i];
            counts->absorbed += pair->absorbed_in_all[side][i];
        }
        for (size_t i = 0; i < pair->divergence_count; i++) {
            const struct evd_divergence *divergence = &pair->divergences[i];
            if (divergence->class_ == EVD_CLASS_TRUNCATED)
                counts->left_over += divergence->run[side].count;
            else
                counts->differing += divergence->run[side].count;
        }
    }
}

void evd_resync_begin(struct evd_resync *resync, struct evd_walker *walker, struct evd_arena *arena)
{
    resync->walker = walker;
    resync->arena = arena;
    resync->count = resync->call_count = 0;
    resync->matched = resync->matched_before = resync->cut_short = 0;
    memset(resync->recent, 0, sizeof resync->recent);
    evd_table_release(&resync->call_indexes);
    evd_table_release(&resync->lone_runs);
}

bool evd_resync_pair(struct evd_resync *resync, struct evd_walker *walker, struct evd_arena *arena,
                     struct evd_pair_outcome *pair, struct evd_nature_list *natures)
{
    struct evd_alignment alignment = {0};
    struct evd_pair_outcome rest;
    uint64_t start[EVD_SIDES];
    const bool emits = walker->emit_absorbed_events;
    evd_resync_begin(resync, walker, arena);
    if (!pair->is_diverged && pair->left_over[EVD_CANARY] == 0 && pair->left_over[EVD_OURS] == 0)
        return true;
    for (int side = 0; side < EVD_SIDES; side++) {
        start[side] = walker->side[side].position;
        if (pair->total[side] - start[side] > EVD_ALIGN_LENGTH_MAX) {
            pair->searches_cut_short = 1;
            return true;
        }
    }
    walker->emit_absorbed_events = false; /* those up to the first divergence are what was asked for */
    const bool is_done =
        list_sequence(&walker->side[EVD_CANARY], &resync->sequence[EVD_CANARY]) &&
        list_sequence(&walker->side[EVD_OURS], &resync->sequence[EVD_OURS]) && align(resync, &alignment) &&
        evd_walk_begin(walker, arena, &rest) && go_on(resync, &alignment, &rest) &&
        keep_divergences(resync, pair, natures);
    walker->emit_absorbed_events = emits;
    if (is_done)
        count_events(resync, start, &rest, pair);
    evd_alignment_release(&alignment);
    release_sequences(resync);
    return is_done;
}
