/* Groups: which of many things have the same key.
 *
 * A table wants 32 to 64 bytes for each key that is new; where all keys are known before the first question, putting the
 * things in order takes 5, and goes along memory instead of all over it. The things are dealt out to heaps by a hash of
 * their keys, with the secret seed of base/seed.h, and each heap, of a few keys, is put in order.
 *
 * Ownership: groups own their memory. Threads: one at a time. */
#ifndef EVD_BASE_GROUPS_H
#define EVD_BASE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is none. */
struct evd_groups {
    uint32_t
        *order; /* indexes of the things: those with equal keys side by side, in ascending order; which keys come first
                        differs from run to run */
    size_t count;
    const char *keys; /* the caller's */
    size_t stride;    /* in bytes, from one key to the next */
};

/* Groups `count` things, of which each has a key at `stride` bytes from the one before; things whose key is 0 are left out. The
 * keys are borrowed. False when memory runs out, or there are more than UINT32_MAX. Cost: about linear, whatever
 * the keys are n log n at most; 5 bytes a thing. */
bool evd_groups_find(const uint64_t *keys, size_t stride, size_t count, struct evd_groups *groups);

/* Where the group ends that begins at `from` in the order. */
size_t evd_group_end(const struct evd_groups *groups, size_t from);

void evd_groups_release(struct evd_groups *groups);

#endif
