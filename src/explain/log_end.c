#include "explain/log_end.h"

static bool is_at_end(uint64_t offset, const struct evd_log *log)
{
    return offset >= log->source.length - log->source.length / EVD_LOG_END_PART;
}

void evd_tell_log_ends(struct evd_outcome *outcome, const struct evd_log *const logs[EVD_SIDES])
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
            divergence->is_at_end = true;
            for (int side = 0; side < EVD_SIDES; side++)
                divergence->is_at_end &= evd_run_of(divergence, side).count == 0 ||
                                         is_at_end(evd_run_of(divergence, side).offset, logs[side]);
        }
}
