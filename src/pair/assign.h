/* Assign: the best one-to-one pairing of two sets, by the scores of some of the possible pairs.
 *
 * Sets that no score connects are independent. Within a connected part the pairing has the largest sum of
 * scores (the Hungarian method, by shortest augmenting paths); a part with more than EVD_ASSIGN_EXACT_MAX
 * members on a side is paired greedily, the highest score first.
 *
 * Source: Harold W. Kuhn, The Hungarian Method for the Assignment Problem, 1955; with potentials, in O(n³), after
 * Roy Jonker and Anton Volgenant, A Shortest Augmenting Path Algorithm for Dense and Sparse Linear Assignment
 * Problems, 1987. */
#ifndef EVD_PAIR_ASSIGN_H
#define EVD_PAIR_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVD_ASSIGN_EXACT_MAX = 400 };

/* What pairing `left` with `right` is worth; above 0. */
struct evd_score {
    uint32_t left, right;
    int64_t score;
};

/* Finds for each of `left_count` members its partner's index, or SIZE_MAX for none. `scores` names each pair
 * once at most and is reordered. Of equally good pairings it is always the same one. False when memory runs
 * out. Cost: n log n for n scores, and the cube of the members of each part. */
bool evd_assign(struct evd_score *scores, size_t count, size_t left_count, size_t right_count, size_t *partners);

#endif
