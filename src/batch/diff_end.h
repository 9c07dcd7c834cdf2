/* How a diff has ended, by its child and its last words. */
#ifndef EVD_BATCH_DIFF_END_H
#define EVD_BATCH_DIFF_END_H

#include "batch/child.h"
#include "batch/record.h"

enum evd_batch_result evd_diff_result(const struct evd_child *child, const struct evd_child_end *child_end);

/* Whether the last words are that a file could not grow: the night's folder is full then, and no job is to blame. */
bool evd_diff_met_full_disk(const char *tail);

/* Says how a child has ended, before what it said last, in at most `size` bytes. */
void evd_diff_tell_end(const struct evd_child *child, const struct evd_child_end *child_end, uint64_t timeout_seconds,
                       char *message, size_t size);

#endif
