#include "report/runs.h"

uint64_t evd_runs_gap(const struct evd_pair_outcome *pair, size_t most)
{
    uint64_t gap = 0;
    for (;;) {
        size_t runs = pair->divergence_count > 0;
        for (size_t i = 0; i + 1 < pair->divergence_count; i++)
            runs += pair->divergences[i].matched_after >= gap;
        if (runs <= most || gap > UINT64_MAX / 2)
            return gap;
        gap = gap == 0 ? 1 : gap * 2;
    }
}

size_t evd_run_end(const struct evd_pair_outcome *pair, size_t first, uint64_t gap)
{
    size_t end = first + 1;
    while (end < pair->divergence_count && pair->divergences[end - 1].matched_after < gap)
        end++;
    return end;
}
