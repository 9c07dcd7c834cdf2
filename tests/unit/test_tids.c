/* Numbers of tids: in the order in which they come, whatever the tids are. The slow twin is the list of those that came. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "log/tids.h"
#include "random.h"

enum { MOST = 3000, WAYS = 6, SEEDS = 30 };

/* Ways to number threads: one after the other, in steps of 4, around the end of what leaves have, far apart, anything, and any of
 * these. */
static int64_t choose_tid(struct random *random, unsigned way)
{
    switch (way) {
    case 0: return random_below(random, MOST);
    case 1: return 4 * (int64_t)random_below(random, MOST);
    case 2: return EVD_TIDS_SMALL - MOST / 2 + (int64_t)random_below(random, MOST);
    case 3: return (int64_t)random_below(random, EVD_TIDS_SMALL / 1000) * 1000;
    case 4: return (int64_t)((uint64_t)random_below(random, 1u << 31) << 33) + (int64_t)random_below(random, 3) - 1;
    default: return choose_tid(random, random_below(random, WAYS - 1));
    }
}

static uint32_t find_slowly(const int64_t *seen, uint32_t count, int64_t tid)
{
    uint32_t i = 0;
    while (i < count && seen[i] != tid)
        i++;
    return i;
}

Test(tids, are_numbered_as_they_come, .timeout = 100)
{
    static int64_t seen[MOST];
    static struct evd_numbered_tid list[MOST];
    bool has_leaves = false, has_others = false;
    for (unsigned seed = 0; seed < SEEDS; seed++)
        for (unsigned way = 0; way < WAYS; way++) {
            struct random random = {seed};
            struct evd_tids tids = {.count = 0};
            for (unsigned i = 0; i < MOST; i++) {
                const int64_t tid = choose_tid(&random, way);
                const uint32_t count = tids.count, number = find_slowly(seen, count, tid);
                evd_tids_prefetch(&tids, tid);
                cr_assert_eq(evd_tids_put(&tids, tid), number, "seed %u, way %u, tid %lld", seed, way, (long long)tid);
                if (number == count)
                    seen[count] = tid;
                cr_assert_eq(tids.count, count + (number == count), "seed %u, way %u", seed, way);
            }
            cr_assert_leq(tids.leaf_count, EVD_TIDS_LEAVES_FREE + tids.count / EVD_TIDS_PER_LEAF);
            evd_tids_list(&tids, list);
            for (uint32_t i = 0; i < tids.count; i++) {
                cr_assert(i == 0 || list[i - 1].tid < list[i].tid, "seed %u, way %u, place %u", seed, way, i);
                cr_assert_eq(seen[list[i].number], list[i].tid, "seed %u, way %u, place %u", seed, way, i);
            }
            has_leaves |= tids.leaf_count > 0;
            has_others |= tids.others.count > 0;
            evd_tids_release(&tids);
        }
    cr_expect(has_leaves && has_others);
}

/* The last tid that a leaf can have, and those beyond. */
Test(tids, at_the_ends_of_leaves)
{
    const int64_t in_leaves[] = {0, 3, EVD_TIDS_SMALL - 1}, beyond[] = {EVD_TIDS_SMALL, -1, INT64_MIN, INT64_MAX};
    struct evd_tids tids = {.count = 0};
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect_eq(evd_tids_put(&tids, in_leaves[i]), i);
        cr_expect_eq(*evd_tids_place(&tids, in_leaves[i]), i + 1);
    }
    cr_expect_eq(tids.others.count, 0);
    for (uint32_t i = 0; i < 4; i++) {
        cr_expect_eq(evd_tids_put(&tids, beyond[i]), 3 + i);
        cr_expect_null(evd_tids_place(&tids, beyond[i]));
    }
    cr_expect_eq(tids.others.count, 4);
    evd_tids_release(&tids);
}

/* Tids that lie so far apart that each would have a leaf of its own: so many have one, the next has none, and one of those is found
 * where it is also when its leaf has come for another. */
Test(tids, far_apart)
{
    enum { STEP = 4 * EVD_TIDS_LEAF };
    struct evd_tids tids = {.count = 0};
    for (uint32_t i = 0; i < EVD_TIDS_LEAVES_FREE; i++)
        cr_expect_eq(evd_tids_put(&tids, (int64_t)i * STEP), i);
    cr_expect_eq(tids.leaf_count, EVD_TIDS_LEAVES_FREE);
    const int64_t next = (int64_t)EVD_TIDS_LEAVES_FREE * STEP;
    cr_expect_eq(evd_tids_put(&tids, next), EVD_TIDS_LEAVES_FREE);
    cr_expect_eq(tids.leaf_count, EVD_TIDS_LEAVES_FREE);
    for (int64_t tid = 4; tids.count < EVD_TIDS_PER_LEAF; tid += 4)
        evd_tids_put(&tids, tid);
    cr_expect_eq(evd_tids_put(&tids, next + 4), EVD_TIDS_PER_LEAF);
    cr_expect_eq(tids.leaf_count, EVD_TIDS_LEAVES_FREE + 1);
    cr_expect_eq(evd_tids_put(&tids, next), EVD_TIDS_LEAVES_FREE);
    cr_expect_eq(tids.count, EVD_TIDS_PER_LEAF + 1);
    evd_tids_release(&tids);
}
