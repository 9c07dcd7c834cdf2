/* Anchors: symbols that stand at the same place among all those that occur once on each side.
 *
 *     canary   a  x  b  c  d        a and d are anchors; b and c cross each other, and x is on one side only
 *     ours     a  c  b  y  d
 *
 * What is likely for one of a few is no chance for one of many: then it is the same event, however far away it is.
 *
 * Ownership and threads: the caller's memory, nothing else. */
#ifndef EVD_ALIGN_ANCHORS_H
#define EVD_ALIGN_ANCHORS_H

#include <stdbool.h>
#include <stdint.h>

/* Marks the symbols of side 0 that occur once on each side, where no other one that does comes before on one side and behind
 * on the other, and more than EVD_ALIGN_ANCHORS_MIN (align/align.h) do. `symbols`: `count` of each side, numbered from 0, that both
 * sides have. `times`: how often each is there, both sides together. `place`: room for a number a symbol. `is_anchor`: one
 * a symbol of side 0, all false. Cost: linear. */
void evd_mark_anchors(const int32_t *const symbols[2], const int32_t count[2], const uint64_t *times, int32_t *place,
                      bool *is_anchor);

#endif
