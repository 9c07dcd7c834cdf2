/* Runs of divergences: as few as asked for, and apart where there is room. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "report/runs.h"

enum { MOST = 300 };

/* How many runs a gap leaves, counted one divergence at a time. */
static size_t count_slowly(const struct evd_pair_outcome *pair, uint64_t gap)
{
    size_t runs = 0;
    bool is_open = false;
    for (size_t i = 0; i < pair->divergence_count; i++) {
        runs += !is_open;
        is_open = pair->divergences[i].matched_after < gap;
    }
    return runs;
}

Test(runs, are_as_many_as_there_is_room_for)
{
    for (unsigned seed = 0; seed < 300; seed++) {
        struct evd_divergence divergences[MOST] = {{.matched_after = 0}};
        struct evd_pair_outcome pair = {.divergences = divergences};
        srand(seed);
        pair.divergence_count = (size_t)rand() % MOST;
        for (size_t i = 0; i < pair.divergence_count; i++)
            divergences[i].matched_after = (uint64_t)rand() % (1u << rand() % 20);
        const size_t most = 1 + (size_t)rand() % 40;
        const uint64_t gap = evd_runs_gap(&pair, most);
        cr_assert_leq(count_slowly(&pair, gap), most, "seed %u", seed);
        cr_assert(gap == 0 || (gap & (gap - 1)) == 0, "seed %u", seed);
        for (uint64_t less = 0; less < gap; less = less == 0 ? 1 : less * 2)
            cr_assert_gt(count_slowly(&pair, less), most, "seed %u: %llu would do", seed, (unsigned long long)less);
        size_t runs = 0;
        for (size_t first = 0, end; first < pair.divergence_count; first = end, runs++) {
            end = evd_run_end(&pair, first, gap);
            cr_assert(end > first && end <= pair.divergence_count, "seed %u", seed);
        }
        cr_assert_eq(runs, count_slowly(&pair, gap), "seed %u", seed);
    }
}
