#include "pair/first_call.h"

#include <stdlib.h>

#include "base/fail.h"

/* A thread by what pairs it. */
struct candidate {
    uint64_t value;
    int64_t tid;
};

static int by_value_and_tid(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    if (left->value != right->value)
        return left->value < right->value ? -1 : 1;
    return (left->tid > right->tid) - (left->tid < right->tid);
}

static int by_canary_tid(const void *a, const void *b)
{
    const struct evd_tid_pair *left = a, *right = b;
    return (left->canary > right->canary) - (left->canary < right->canary);
}

/* NULL when memory runs out; the caller frees it. */
static struct candidate *list_candidates(const struct evd_log *log, const bool *is_lost, size_t *count)
{
    struct candidate *candidates = malloc((log->stream_count + 1) * sizeof *candidates);
    if (candidates == NULL)
        return NULL;
    *count = 0;
    for (size_t i = 0; i < log->stream_count; i++)
        if (log->streams[i].has_pairing_value && (is_lost == NULL || !is_lost[i]))
            candidates[(*count)++] = (struct candidate){log->streams[i].pairing_value, log->streams[i].tid};
    qsort(candidates, *count, sizeof *candidates, by_value_and_tid);
    return candidates;
}

enum evd_status evd_pair_by_first_call(const struct evd_log *const log[EVD_SIDES], struct evd_arena *arena,
                                       struct evd_chosen_pairs *chosen, struct evd_error *error)
{
    size_t canary_count = 0, ours_count = 0;
    struct candidate *c = list_candidates(log[EVD_CANARY], chosen->is_lost[EVD_CANARY], &canary_count);
    struct candidate *o = list_candidates(log[EVD_OURS], chosen->is_lost[EVD_OURS], &ours_count);
    chosen->pairs = evd_arena_array(arena, log[EVD_CANARY]->stream_count, sizeof *chosen->pairs);
    const bool is_ready = c != NULL && o != NULL && chosen->pairs != NULL;
    chosen->count = 0;
    if (!is_ready)
        canary_count = 0;
    for (size_t i = 0, j = 0; i < canary_count && j < ours_count;) {
        if (c[i].value < o[j].value)
            i++;
        else if (c[i].value > o[j].value)
            j++;
        else
            chosen->pairs[chosen->count++] = (struct evd_tid_pair){c[i++].tid, o[j++].tid};
    }
    free(c);
    free(o);
    if (!is_ready)
        return evd_fail_memory(error);
    qsort(chosen->pairs, chosen->count, sizeof *chosen->pairs, by_canary_tid);
    return EVD_OK;
}
