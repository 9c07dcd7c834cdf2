/* Things are put into groups as a slow twin does it that compares every two. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/groups.h"
#include "random.h"

struct thing {
    uint32_t other;
    uint64_t key;
};

/* Each thing with a key is in one group, with all that have its key, in ascending order. */
static void check(const struct thing *things, size_t count, unsigned seed)
{
    struct evd_groups groups;
    size_t seen = 0, wanted = 0;
    cr_assert(evd_groups_find(&things[0].key, sizeof *things, count, &groups), "seed %u", seed);
    for (size_t i = 0; i < count; i++)
        wanted += things[i].key != 0;
    cr_assert_eq(groups.count, wanted, "seed %u", seed);
    for (size_t from = 0, end; from < groups.count; from = end) {
        const uint64_t key = things[groups.order[from]].key;
        size_t at = from;
        end = evd_group_end(&groups, from);
        cr_assert_neq(key, 0, "seed %u", seed);
        for (size_t i = 0; i < count; i++)
            if (things[i].key == key)
                cr_assert(at < end && groups.order[at++] == i, "seed %u, %zu", seed, i);
        cr_assert_eq(at, end, "seed %u", seed);
        seen += end - from;
    }
    cr_assert_eq(seen, wanted, "seed %u", seed);
    evd_groups_release(&groups);
}

Test(groups, have_all_that_have_a_key)
{
    for (unsigned seed = 0; seed < 400; seed++) {
        struct random random = {seed};
        const size_t count = random_below(&random, 300);
        const unsigned keys = 1 + random_below(&random, seed % 3 == 0 ? 4 : 400);
        struct thing *things = malloc((count + 1) * sizeof *things);
        for (size_t i = 0; i < count; i++)
            things[i] = (struct thing){7, random_below(&random, keys) * (seed % 2 ? 1 : 0x9e3779b97f4a7c15u)};
        check(things, count, seed);
        free(things);
    }
}

/* Two keys that fall into one heap, each half of all things, and all of one key: neither takes long. */
Test(groups, do_not_mind_what_the_keys_are, .timeout = 60)
{
    enum { THINGS = 1 << 20 };
    uint64_t *keys = malloc(THINGS * sizeof *keys);
    for (uint64_t distinct = 1; distinct <= 64; distinct *= 2) {
        struct evd_groups groups;
        for (uint64_t i = 0; i < THINGS; i++)
            keys[i] = 1 + i % distinct;
        cr_assert(evd_groups_find(keys, sizeof *keys, THINGS, &groups));
        size_t count = 0;
        for (size_t from = 0; from < groups.count; from = evd_group_end(&groups, from))
            count++;
        cr_expect_eq(count, distinct);
        evd_groups_release(&groups);
    }
    free(keys);
}
