#include "outcome/run.h"

#include <string.h>

/* *ahead: struct evd_kept_run, idx_ahead. */
static bool fits(const struct evd_run *run, int64_t *ahead)
{
    int64_t behind;
    return run->position <= UINT32_MAX && run->count < EVD_RUN_APART && run->offset >> 48 == 0 &&
           !__builtin_sub_overflow(run->first_idx, (int64_t)run->position, ahead) && *ahead >= INT32_MIN &&
           *ahead <= INT32_MAX && !__builtin_sub_overflow(run->last_idx, run->first_idx, &behind) &&
           behind == (run->count > 0 ? run->count - 1 : 0);
}

bool evd_run_keep(struct evd_divergence *divergence, int side, struct evd_run run, struct evd_arena *arena)
{
    struct evd_kept_run *kept = &divergence->run[side];
    int64_t ahead;
    if (fits(&run, &ahead)) {
        *kept = (struct evd_kept_run){.at = {(uint32_t)run.position, (int32_t)ahead},
                                      .offset_low = (uint32_t)run.offset,
                                      .offset_high = (uint16_t)(run.offset >> 32),
                                      .count = (uint16_t)run.count};
        return true;
    }
    struct evd_run *apart = evd_arena_alloc(arena, sizeof *apart);
    if (apart == NULL)
        return false;
    *apart = run;
    *kept = (struct evd_kept_run){.run = apart, .count = EVD_RUN_APART};
    return true;
}

bool evd_values_note(struct evd_divergence *divergence, const struct evd_field_value *value,
                     const struct evd_broken_renaming *breaks, const struct evd_marked_null *marked_null,
                     struct evd_arena *arena)
{
    divergence->value = value;
    divergence->has_notes = breaks != NULL || marked_null != NULL;
    if (!divergence->has_notes)
        return true;
    struct evd_noted_values *noted = evd_arena_alloc(arena, sizeof *noted);
    if (noted == NULL)
        return false;
    memcpy(noted->value, value, sizeof noted->value);
    noted->breaks = breaks;
    noted->marked_null = marked_null;
    divergence->value = noted->value;
    return true;
}
