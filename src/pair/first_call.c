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

static struct candidate *list_candidates(const struct evd_log *log, struct evd_arena *arena, size_t *count)
{
    struct candidate *candidates = evd_arena_array(arena, log->stream_count, sizeof *candidates);
    if (candidates == NULL)
        return NULL;
    *count = 0;
    for (size_t i = 0; i < log->stream_count; i++)
        if (log->streams[i].has_pairing_value)
            candidates[(*count)++] = (struct candidate){log->streams[i].pairing_value, log->streams[i].tid};
    qsort(candidates, *count, sizeof *candidates, by_value_and_tid);
    return candidates;
}

enum evd_status evd_pair_by_first_call(const struct evd_log *canary, const struct evd_log *ours,
                                       struct evd_arena *arena, struct evd_tid_pair **pairs, size_t *count,
                                       struct evd_error *error)
{
    size_t canary_count = 0, ours_count = 0;
    const struct candidate *c = list_candidates(canary, arena, &canary_count);
    const struct candidate *o = list_candidates(ours, arena, &ours_count);
    *pairs = evd_arena_array(arena, canary->stream_count, sizeof **pairs);
    if (c == NULL || o == NULL || *pairs == NULL)
        return evd_fail_memory(error);
    *count = 0;
    for (size_t i = 0, j = 0; i < canary_count && j < ours_count;) {
        if (c[i].value < o[j].value)
            i++;
        else if (c[i].value > o[j].value)
            j++;
        else
            (*pairs)[(*count)++] = (struct evd_tid_pair){c[i++].tid, o[j++].tid};
    }
    qsort(*pairs, *count, sizeof **pairs, by_canary_tid);
    return EVD_OK;
}
