#include "walk/blocks.h"

#include <string.h>

/* The block that begins at the cursor; false when none begins there. */
static bool begins_block(const struct evd_cursor *cursor, uint64_t *block)
{
    if (!evd_stream_has_blocks(cursor->stream))
        return false;
    *block = evd_stream_block(cursor->stream, cursor->position);
    return cursor->stream->saved->list[*block].first == cursor->position;
}

void evd_walk_equal_blocks(struct evd_walker *walker)
{
    struct evd_cursor *c = &walker->side[EVD_CANARY], *o = &walker->side[EVD_OURS];
    struct evd_walk_counts *counts = &walker->counts;
    const size_t slots = walker->rules->slot_count;
    uint64_t first[EVD_SIDES];
    /* What matches is looked at again, or the walk may go back to it. */
    if (walker->rules->name_class_count > 0 || walker->rules->compares_sides || walker->context.keeps_lately)
        return;
    if (!begins_block(c, &first[EVD_CANARY]) || !begins_block(o, &first[EVD_OURS]) ||
        memcmp(c->ordinals, o->ordinals, slots * sizeof *c->ordinals) != 0)
        return;
    const struct evd_block *canary = &c->stream->saved->list[first[EVD_CANARY]];
    const struct evd_block *ours = &o->stream->saved->list[first[EVD_OURS]];
    const uint64_t canary_rest = c->stream->saved->count - first[EVD_CANARY];
    const uint64_t ours_rest = o->stream->saved->count - first[EVD_OURS];
    const uint64_t most = canary_rest < ours_rest ? canary_rest : ours_rest;
    /* The last block of a stream is not full, or ends where the walk must look. */
    uint64_t equal = 0;
    while (equal + 1 < most && canary[equal].hash == ours[equal].hash)
        equal++;
    if (equal == 0)
        return;
    counts->matched += canary[equal].participating - canary[0].participating;
    walker->context.passed_over = counts->matched;
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_cursor *cursor = &walker->side[side];
        const struct evd_stream *stream = cursor->stream;
        const struct evd_block *from = &stream->saved->list[first[side]], *to = from + equal;
        const uint64_t stride = evd_block_stride(slots);
        counts->engine_local[side] += to->first - from->first - (to->participating - from->participating);
        cursor->position = walker->context.went_on_at[side] = to->first;
        for (uint64_t block = first[side]; block < first[side] + equal; block++)
            for (size_t slot = 0; slot < slots; slot++)
                cursor->ordinals[slot] += stream->saved->ordinals[block * stride + slot];
    }
}
