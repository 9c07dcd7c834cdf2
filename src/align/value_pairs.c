#include "align/value_pairs.h"

#include <string.h>

static bool is_same(const struct evd_field_value *a, const struct evd_field_value *b)
{
    return a->hash == b->hash && a->length == b->length && a->type == b->type && a->form == b->form &&
           a->number == b->number && a->shown_from == b->shown_from && a->begins_in_string == b->begins_in_string &&
           a->shown.length == b->shown.length &&
           (a->shown.length == 0 || memcmp(a->shown.bytes, b->shown.bytes, a->shown.length) == 0);
}

/* Both values and both texts as one piece. */
static const struct evd_field_value *copy(struct evd_arena *arena, const struct evd_field_value value[EVD_SIDES])
{
    const size_t texts = value[EVD_CANARY].shown.length + value[EVD_OURS].shown.length;
    struct evd_field_value *kept = evd_arena_alloc(arena, EVD_SIDES * sizeof *kept + texts + 1);
    if (kept == NULL)
        return NULL;
    char *bytes = (char *)&kept[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_text shown = value[side].shown;
        kept[side] = value[side];
        kept[side].shown.bytes = bytes;
        if (shown.length > 0)
            memcpy(bytes, shown.bytes, shown.length);
        bytes += shown.length;
    }
    return kept;
}

void evd_value_pairs_forget(struct evd_value_pairs *pairs)
{
    /* Of the pairs of threads there may be millions that have no divergence. */
    if (pairs->has_any)
        *pairs = (struct evd_value_pairs){0};
}

const struct evd_field_value *evd_value_pairs_keep(struct evd_value_pairs *pairs, struct evd_arena *arena,
                                                   const struct evd_field_value value[EVD_SIDES])
{
    const uint64_t hash = value[EVD_CANARY].hash * 3 + value[EVD_OURS].hash;
    const struct evd_field_value **recent = &pairs->recent[(hash ^ hash >> 32) % EVD_RECENT_VALUES];
    if (*recent != NULL && is_same(&(*recent)[EVD_CANARY], &value[EVD_CANARY]) &&
        is_same(&(*recent)[EVD_OURS], &value[EVD_OURS]))
        return *recent;
    *recent = copy(arena, value);
    pairs->has_any = true;
    return *recent;
}
