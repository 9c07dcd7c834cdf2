#include "pair/rest.h"

#include <stdlib.h>
#include <string.h>

bool evd_rest_make(const struct evd_log *const log[EVD_SIDES], const struct evd_ruled_threads *ruled,
                   struct evd_arena *arena, struct evd_rest *rest)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t count = log[side]->stream_count;
        struct evd_stream *streams = evd_arena_array(arena, count, sizeof *streams);
        size_t *indexes = evd_arena_array(arena, count, sizeof *indexes);
        if (streams == NULL || indexes == NULL)
            return false;
        rest->of[side] = log[side];
        rest->stream[side] = indexes;
        rest->log[side] = *log[side];
        rest->log[side].streams = streams;
        rest->log[side].stream_count = 0;
        for (size_t i = 0; i < count; i++)
            if (!ruled->is_settled[side][i]) {
                indexes[rest->log[side].stream_count] = i;
                streams[rest->log[side].stream_count++] = log[side]->streams[i];
            }
    }
    return true;
}

/* A pair and what is known of it. */
struct found {
    struct evd_tid_pair tids;
    struct evd_pairing_evidence evidence;
};

static int by_canary_tid(const void *a, const void *b)
{
    const struct found *l = a, *r = b;
    return (l->tids.canary > r->tids.canary) - (l->tids.canary < r->tids.canary);
}

/* Which threads are lost: those that the rules say, and those of the rest that were found to be. */
static void merge_lost(const struct evd_rest *rest, const struct evd_ruled_threads *ruled,
                       struct evd_chosen_pairs *chosen)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const bool *found = chosen->is_lost[side];
        for (size_t i = 0; found != NULL && i < rest->log[side].stream_count; i++)
            ruled->is_lost[side][rest->stream[side][i]] |= found[i];
        chosen->is_lost[side] = ruled->is_lost[side];
        chosen->may_be_missing[side] = ruled->may_be_missing[side];
        chosen->rule_missing[side] = ruled->missing[side];
        chosen->rule_about[side] = ruled->about[side];
    }
    chosen->rule_pairs = ruled->pairs;
}

bool evd_rest_merge(const struct evd_rest *rest, const struct evd_ruled_threads *ruled, struct evd_arena *arena,
                    struct evd_chosen_pairs *chosen)
{
    const struct evd_log *canary = rest->of[EVD_CANARY], *ours = rest->of[EVD_OURS];
    struct found *found = malloc((canary->stream_count + 1) * sizeof *found);
    struct evd_tid_pair *pairs = evd_arena_array(arena, canary->stream_count, sizeof *pairs);
    struct evd_pairing_evidence *evidence = evd_arena_array(arena, canary->stream_count, sizeof *evidence);
    size_t count = 0;
    const bool is_done = found != NULL && pairs != NULL && evidence != NULL;
    for (size_t i = 0; is_done && i < chosen->count; i++, count++) {
        found[count] = (struct found){.tids = chosen->pairs[i]};
        if (chosen->evidence != NULL)
            found[count].evidence = chosen->evidence[i];
    }
    for (size_t i = 0; is_done && i < canary->stream_count; i++)
        if (ruled->partners[i] != SIZE_MAX)
            found[count++] = (struct found){.tids = {canary->streams[i].tid, ours->streams[ruled->partners[i]].tid}};
    if (is_done)
        qsort(found, count, sizeof *found, by_canary_tid);
    for (size_t i = 0; is_done && i < count; i++) {
        pairs[i] = found[i].tids;
        evidence[i] = found[i].evidence;
    }
    if (is_done)
        merge_lost(rest, ruled, chosen);
    if (chosen->evidence != NULL)
        chosen->evidence = evidence;
    chosen->pairs = pairs;
    chosen->count = count;
    free(found);
    return is_done;
}
