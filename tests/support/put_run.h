/* Put run: changes a run of a divergence that a test makes. */
#ifndef EVD_TESTS_PUT_RUN_H
#define EVD_TESTS_PUT_RUN_H

#include <stdlib.h>

#include "outcome/run.h"

/* A run that the divergence itself has room for. */
static inline void put_run(struct evd_divergence *divergence, int side, struct evd_run run)
{
    struct evd_arena arena = {0};
    if (!evd_run_keep(divergence, side, run, &arena) || divergence->run[side].count == EVD_RUN_APART)
        abort();
}

static inline void put_count(struct evd_divergence *divergence, int side, uint32_t count)
{
    struct evd_run run = evd_run_of(divergence, side);
    run.count = count;
    run.last_idx = run.first_idx + (count > 0 ? count - 1 : 0);
    put_run(divergence, side, run);
}

static inline void put_position(struct evd_divergence *divergence, int side, uint64_t position)
{
    struct evd_run run = evd_run_of(divergence, side);
    run.position = position;
    put_run(divergence, side, run);
}

static inline void put_offset(struct evd_divergence *divergence, int side, uint64_t offset)
{
    struct evd_run run = evd_run_of(divergence, side);
    run.offset = offset;
    put_run(divergence, side, run);
}

#endif
