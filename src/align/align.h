/* Align: what two sequences of symbols have in common, in order.
 *
 * Three searches, one inside the other, each on what the one before left open:
 *
 *   1. Symbols that only one side has can't match and are left out.
 *   2. Symbols that occur once on each side are anchors; the longest chain of them that is in order on both
 *      sides is taken as matched (patience sorting). Between two anchors there are new anchors, and so on.
 *   3. Where there are no anchors, the shortest edit script is searched from both ends until the two
 *      searches meet, and again on either side of the meeting (Myers, in linear space).
 *
 *      ours ─►  a x b c y d        anchors  a ─ b ─ d          between b and d: search
 *      canary   a   b c   d  c
 *
 * The third search may cost the product of length and differences. One that becomes too costly is cut
 * short: it is split where it came furthest, so the result still is in order but may miss matches.
 *
 * Which side is which does not matter: of two sequences that change places the same symbols match.
 *
 * Sources: James W. Hunt and Thomas G. Szymanski, A Fast Algorithm for Computing Longest Common
 * Subsequences, 1977 (chains of matches); Bram Cohen's patience diff (unique anchors); Eugene W. Myers, An
 * O(ND) Difference Algorithm and Its Variations, 1986, section 4b.
 *
 * Ownership: the caller releases an alignment. Threads: one alignment, one thread, and those of the pool that it is given. */
#ifndef EVD_ALIGN_ALIGN_H
#define EVD_ALIGN_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

/* Positions `first[side]` to first[side] + count - 1 match one by one. */
struct evd_match {
    size_t first[2];
    size_t count;
    uint64_t bits;   /* how telling it is, in 1/256 bit: over its symbols, the sum of log2(symbols in all / how
                      many of them are this one) */
    bool has_anchor; /* one of them is an anchor among all symbols, that none of the others crosses, of more than
                        EVD_ALIGN_ANCHORS_MIN */
};

/* All zero is an empty alignment. */
struct evd_alignment {
    struct evd_match *matches; /* in order on both sides, none empty, none that continues the one before */
    size_t match_count, capacity;
    uint64_t cut_short; /* searches that became too costly */
};

struct evd_align_options {
    bool without_anchors;  /* only the third search */
    size_t cost_max;       /* differences that one search follows before it is cut short; 0: the default */
    struct evd_pool *pool; /* whose workers are to help; or NULL. What is found is the same */
};

/* That a symbol stands at the same place among so many others is no chance. */
enum { EVD_ALIGN_ANCHORS_MIN = 63 };

/* Diagonals are numbered from -length to length, with one more on either side. */
enum { EVD_ALIGN_LENGTH_MAX = INT32_MAX / 2 };

/* Aligns symbols[0], `count[0]` of them, with symbols[1]; at most EVD_ALIGN_LENGTH_MAX each. `options` may be
 * NULL. False when memory runs out. Cost: near n log n for n symbols where anchors are found, at most
 * n * cost_max steps where there are none; about 40 bytes a symbol on the way. */
bool evd_align(const uint64_t *const symbols[2], const size_t count[2], const struct evd_align_options *options,
               struct evd_alignment *alignment);

void evd_alignment_release(struct evd_alignment *alignment);

#endif
