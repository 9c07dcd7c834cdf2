/* Start: which thread is the first to start, which the second.
 *
 * Ownership: nothing is kept. Threads: any. */
#ifndef EVD_PAIR_START_H
#define EVD_PAIR_START_H

#include "pair/sketch.h"

/* Fills in `order`, of each sketch's thread, how many start before it; of those that start at one place, the first in
 * the array is the first. False when memory runs out. Cost: n log n. */
bool evd_order_by_start(const struct evd_sketch *sketches, size_t count, size_t *order);

#endif
