/* Random pairs of event logs: ours is canary with events lost, added, changed and absorbed. */
#ifndef EVD_TESTS_RANDOM_LOG_H
#define EVD_TESTS_RANDOM_LOG_H

#include "base/buffer.h"
#include "random.h"

/* Appends the texts of two logs that share first calls, and engine-local events, allocator returns, shared
 * SIDs and nested critical sections among others, with up to `steps_max` steps a thread; of each log's threads
 * some have no counterpart. */
void random_log_pair(struct random *random, unsigned steps_max, struct evd_buffer logs[2]);

#endif
