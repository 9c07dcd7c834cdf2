/* Left over: threads that similarity found no counterpart for, paired by first call, in order of start. */
#ifndef EVD_PAIR_LEFT_OVER_H
#define EVD_PAIR_LEFT_OVER_H

#include "log/log.h"

/* Gives partners to canary's streams that have none (SIZE_MAX), of ours that have none. `order`: the streams' places
 * in the order of start. Those that are_lost keep none. False when memory runs out. Cost: n log n for n threads. */
bool evd_pair_left_over(const struct evd_log *const log[EVD_SIDES], const size_t *const order[EVD_SIDES],
                        const bool *const is_lost[EVD_SIDES], size_t *partners);

#endif
