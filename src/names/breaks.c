/* What breaks the renaming, as divergences among the others of a pair.
 *
 * Breaks are matching events that are none after all, so their places are told by ranks: how many matching
 * pairs of events there are before. A divergence's rank is what the pair matched before it. */
#include <stdlib.h>
#include <string.h>

#include "align/resync.h"
#include "outcome/text.h"

/* Takes up the calls that the pair's natures have. */
static bool take_calls(struct evd_resync *resync, struct evd_nature_list *natures)
{
    resync->calls = natures->calls;
    resync->call_count = resync->call_capacity = natures->call_count;
    natures->calls = NULL;
    natures->call_count = 0;
    for (size_t i = 0; i < resync->call_count; i++)
        if (evd_table_put(&resync->call_indexes, resync->calls[i].hash, i, NULL) == NULL)
            return false;
    return true;
}

static bool add_break(struct evd_resync *resync, const struct evd_name_break *break_)
{
    static const struct evd_gap WHOLE = {{0, 0}, {1, 1}};
    struct evd_walker *walker = resync->walker;
    memset(walker->lookahead_ordinals, 0, walker->rules->slot_count * sizeof *walker->lookahead_ordinals);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        resync->sequence[side].positions[0] = break_->position[side];
        const struct evd_event *event = evd_cursor_event(cursor, break_->position[side]);
        if (event == NULL ||
            !evd_reader_read(&cursor->reader, cursor->log, event, walker->lookahead_ordinals, &cursor->view))
            return false;
    }
    if (!evd_name_break_find(break_, &walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view,
                             &walker->difference) ||
        !evd_gap_add_value(resync, &WHOLE))
        return false;
    struct evd_text *note = &resync->divergences[resync->count - 1].note;
    evd_buffer_clear(&walker->text);
    evd_name_break_explain(break_, walker->rules, &walker->text);
    return evd_keep_text(resync->arena, &walker->text, note);
}

static bool add_all(struct evd_resync *resync, const struct evd_name_break_list *breaks)
{
    bool is_done = true;
    for (int side = 0; side < EVD_SIDES; side++) {
        resync->sequence[side].positions = malloc(sizeof *resync->sequence[side].positions);
        resync->sequence[side].count = 1;
        is_done = is_done && resync->sequence[side].positions != NULL;
    }
    for (size_t i = 0; i < breaks->count && is_done; i++)
        is_done = add_break(resync, &breaks->breaks[i]);
    for (int side = 0; side < EVD_SIDES; side++) {
        free(resync->sequence[side].positions);
        resync->sequence[side] = (struct evd_sequence){0};
    }
    return is_done;
}

/* Puts the breaks, which the resync holds, among the pair's divergences. */
static bool merge(struct evd_resync *resync, const struct evd_name_break_list *breaks, struct evd_pair_outcome *pair,
                  struct evd_nature_list *natures)
{
    const size_t count = pair->divergence_count + breaks->count;
    struct evd_divergence *merged = evd_arena_array(resync->arena, count, sizeof *merged);
    struct evd_divergence_nature *merged_natures = calloc(count, sizeof *merged_natures);
    if (merged == NULL || merged_natures == NULL) {
        free(merged_natures);
        return false;
    }
    uint64_t matched = 0; /* pairs of events, breaks among them, before the next divergence */
    for (size_t i = 0; i < pair->divergence_count; i++)
        matched += pair->divergences[i].matched_after;
    const uint64_t total = pair->counts[EVD_CANARY].matched;
    matched = total - matched; /* before the first */
    uint64_t end = 0;          /* rank behind the last one that was put in */
    for (size_t i = 0, from = 0, broken = 0; i < count; i++) {
        const bool is_break =
            from == pair->divergence_count || (broken < breaks->count && breaks->breaks[broken].rank < matched);
        const uint64_t rank = is_break ? breaks->breaks[broken].rank : matched;
        if (i > 0)
            merged[i - 1].matched_after = rank - end;
        end = rank + is_break;
        if (is_break) {
            merged[i] = resync->divergences[broken];
            merged_natures[i] = resync->natures[broken++];
        } else {
            matched += pair->divergences[from].matched_after;
            merged[i] = pair->divergences[from];
            merged_natures[i] = natures->natures[from++];
        }
    }
    merged[count - 1].matched_after = total - end;
    pair->divergences = merged;
    pair->divergence_count = count;
    free(natures->natures);
    natures->natures = merged_natures;
    for (int side = 0; side < EVD_SIDES; side++) {
        pair->counts[side].matched -= breaks->count;
        pair->counts[side].differing += breaks->count;
    }
    return true;
}

bool evd_resync_add_breaks(struct evd_resync *resync, struct evd_walker *walker,
                           const struct evd_log *const log[EVD_SIDES],
                           const struct evd_stream *const streams[EVD_SIDES], const struct evd_name_break_list *breaks,
                           struct evd_arena *arena, struct evd_pair_outcome *pair, struct evd_nature_list *natures)
{
    evd_resync_begin(resync, walker, arena);
    evd_walker_aim(walker, log[EVD_CANARY], streams[EVD_CANARY], log[EVD_OURS], streams[EVD_OURS]);
    const bool is_done = take_calls(resync, natures) && add_all(resync, breaks) && merge(resync, breaks, pair, natures);
    natures->calls = resync->calls;
    natures->call_count = resync->call_count;
    free(resync->divergences);
    free(resync->natures);
    resync->divergences = NULL;
    resync->natures = NULL;
    resync->calls = NULL;
    resync->count = resync->capacity = resync->call_capacity = resync->call_count = 0;
    return is_done;
}
