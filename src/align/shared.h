/* Shared: the symbols that two sequences both have, by numbers.
 *
 * A symbol that only one side has can't match, and there may be millions of them: a bit for each symbol's hash tells most of
 * them apart before they come to a table. What is left is dealt out by hashes to as many tables as there are workers.
 *
 *     canary   c a f e   ─►   numbers   0 1 2     positions  0 1 3      f: canary's alone
 *     ours     a c e             1 0 2                0 1 2
 *
 * Ownership: the caller frees what is listed. Threads: the pool's. */
#ifndef EVD_ALIGN_SHARED_H
#define EVD_ALIGN_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

/* Of one side; all zero is none. */
struct evd_shared_side {
    int32_t *symbols;   /* by their numbers, from 0 */
    int32_t *positions; /* where each was given */
    int32_t count;
};

/* Lists the symbols of both sides that the other side has too, in their order, and counts the different ones. Which number is
 * whose differs from run to run. At most EVD_ALIGN_LENGTH_MAX symbols a side. `pool`: all of its workers are to help, or
 * NULL. False when memory runs out; release in either case. Cost: linear; about 10 bytes a symbol, and 32 for each different
 * one of symbols[0] that may be shared. */
bool evd_share(const uint64_t *const symbols[2], const size_t count[2], struct evd_pool *pool,
               struct evd_shared_side side[2], int32_t *different);

void evd_shared_release(struct evd_shared_side side[2]);

#endif
