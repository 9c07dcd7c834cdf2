/* The ordered map and the renaming against slow, obvious twins on random input. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/ordered.h"
#include "random.h"
#include "renaming_twin.h"

/* The twin of struct evd_ordered: an unsorted list. */
enum { ORDERED_MAX = 3000 };

struct ordered_twin {
    struct evd_ordered_entry entries[ORDERED_MAX];
    size_t count;
};

static struct evd_ordered_entry *twin_find(struct ordered_twin *twin, uint64_t key)
{
    struct evd_ordered_entry *found = NULL;
    for (size_t i = 0; i < twin->count; i++)
        if (twin->entries[i].key <= key && (found == NULL || twin->entries[i].key > found->key))
            found = &twin->entries[i];
    return found;
}

Test(renaming, ordered_is_as_its_twin)
{
    static struct ordered_twin twin;
    for (unsigned seed = 0; seed < 12; seed++) {
        struct random random = {seed};
        struct evd_ordered ordered = {0};
        const unsigned keys = seed % 3 == 0 ? 40 : 100000;
        twin.count = 0;
        for (int step = 0; step < 5000; step++) {
            /* In order, now and then: blocks fill at their ends. */
            const uint64_t key = seed % 4 == 3 && step < 2500 ? (uint64_t)step * 7 : random_below(&random, keys);
            struct evd_ordered_entry *known = twin_find(&twin, key);
            const bool has_key = known != NULL && known->key == key;
            if (random_below(&random, 100) < (step < 2500 ? 20 : 60)) {
                evd_ordered_remove(&ordered, key);
                if (has_key)
                    *known = twin.entries[--twin.count];
            } else if (has_key || twin.count < ORDERED_MAX) {
                cr_assert(evd_ordered_put(&ordered, key, (uint64_t)step));
                if (!has_key)
                    known = &twin.entries[twin.count++];
                *known = (struct evd_ordered_entry){key, (uint64_t)step};
            }
            const uint64_t asked = random_below(&random, keys + 10);
            const struct evd_ordered_entry *found = evd_ordered_find(&ordered, asked);
            known = twin_find(&twin, asked);
            cr_assert_eq(found == NULL, known == NULL, "seed %u step %d", seed, step);
            cr_assert(found == NULL || (found->key == known->key && found->value == known->value), "seed %u step %d",
                      seed, step);
        }
        evd_ordered_release(&ordered);
    }
}

static bool is_same_pair(const struct evd_name_pair *a, const struct evd_name_pair *b)
{
    return memcmp(a->value, b->value, sizeof a->value) == 0 && memcmp(a->size, b->size, sizeof a->size) == 0 &&
           a->at.tid == b->at.tid && a->at.tid_event_idx == b->at.tid_event_idx;
}

Test(renaming, is_as_its_twin)
{
    static struct renaming_twin twin;
    size_t broken = 0, kept = 0;
    for (unsigned seed = 0; seed < 60; seed++) {
        struct random random = {seed};
        struct evd_renaming renaming = {0};
        twin.count = 0;
        for (int step = 0; step < 3000; step++) {
            const unsigned values = seed % 2 ? 60 : 2000;
            const struct evd_learnt_at at = {(int64_t)seed, step};
            const uint64_t canary = random_below(&random, values);
            const uint64_t value[2] = {canary, random_below(&random, 8) ? canary + 7 : random_below(&random, values)};
            uint64_t size[2] = {random_below(&random, 12), 0};
            size[1] = random_below(&random, 6) ? size[0] : random_below(&random, 12);
            const unsigned what = random_below(&random, 10);
            if (what == 0) {
                cr_assert(evd_renaming_birth(&renaming, value, size, at));
                twin_birth(&twin, value, size, at);
            } else if (what == 1) {
                cr_assert(evd_renaming_end(&renaming, value));
                twin_end(&twin, value);
            } else {
                struct evd_name_pair earlier, twin_earlier;
                bool is_broken;
                cr_assert(evd_renaming_use(&renaming, value, at, &is_broken, &earlier));
                cr_assert_eq(is_broken, twin_use(&twin, value, at, &twin_earlier), "seed %u step %d", seed, step);
                cr_assert(!is_broken || is_same_pair(&earlier, &twin_earlier), "seed %u step %d", seed, step);
                broken += is_broken;
                kept += !is_broken;
            }
        }
        evd_renaming_release(&renaming);
    }
    cr_expect(broken > 1000 && kept > 1000, "%zu broken, %zu kept", broken, kept);
}

Test(renaming, ranges_at_the_end_of_all_numbers)
{
    struct evd_renaming renaming = {0};
    const struct evd_learnt_at at = {1, 1};
    const uint64_t last[2] = {UINT64_MAX - 1, UINT64_MAX - 1}, size[2] = {UINT64_MAX, 2};
    const uint64_t inside[2] = {UINT64_MAX, UINT64_MAX}, zero[2] = {0, 0};
    struct evd_name_pair earlier;
    bool is_broken;
    cr_assert(evd_renaming_birth(&renaming, zero, size, at));
    cr_assert(evd_renaming_birth(&renaming, last, size, at));
    cr_assert(evd_renaming_use(&renaming, inside, at, &is_broken, &earlier));
    cr_expect_not(is_broken);
    cr_assert(evd_renaming_use(&renaming, zero, at, &is_broken, &earlier));
    cr_expect_not(is_broken, "the first range was forgotten");
    evd_renaming_release(&renaming);
}
