/* Variants: which names would break the renaming, were a few events of ours otherwise.
 *
 * All variants are held against the names as they are while these are checked (names/check.h), which is what one
 * check each would find, at a fraction of its cost. Of a variant's renamings only what differs from the real
 * ones is kept, mostly a range or two, and a name outside of these does the same to both:
 *
 *     events      …  e₁        e₂           …    what e₁ taught is one range; the variant has another
 *     really         [a = b]   a, b: known
 *     variant        [a = c]   a, b: breaks [a = c]
 *
 * A variant whose difference has gone, since its ranges were given anew, costs nothing any more.
 *
 * Ownership: the caller owns the variants; a check borrows them. Threads: one at a time. */
#ifndef EVD_SELFTEST_VARIANTS_H
#define EVD_SELFTEST_VARIANTS_H

#include "names/check.h"
#include "selftest/renaming_view.h"

/* What a variant has in the place of one matching event of canary. */
struct evd_variant_event {
    size_t variant;
    size_t pair;      /* the same for all events of a variant */
    uint64_t offset;  /* of the canary event's line */
    size_t first_use; /* in evd_variants::uses: its names */
    size_t use_count; /* 0: without names, or matching nothing */
};

/* All zero is none. */
struct evd_variants {
    struct evd_variant_event *events; /* of a variant in ascending order of offsets */
    size_t event_count, event_capacity;
    struct evd_name_use *uses;
    size_t use_count, use_capacity;
    size_t count;    /* evd_variant_event::variant is less */
    bool *is_broken; /* `count` of them: a name breaks in it at an event where none breaks really */
};

/* Adds an event with the names `uses`; false when memory runs out. */
bool evd_variants_add(struct evd_variants *variants, const struct evd_variant_event *event,
                      const struct evd_name_use *uses);
void evd_variants_release(struct evd_variants *variants);

/* A variant's renaming, in the list of the real one. */
struct evd_variant_view {
    size_t variant;
    struct evd_renaming_view view;
};

struct evd_variant_view_list {
    struct evd_variant_view *views;
    size_t count, capacity;
};

/* The size that a variant has waiting where really there is another. */
struct evd_variant_size {
    size_t variant, pair;
    uint32_t size_index;
    struct evd_name_size size;
};

struct evd_variant_check {
    struct evd_variants *variants;
    struct evd_known_names *known;       /* really */
    struct evd_variant_event *events;    /* by offset */
    size_t next, current;                /* events[current] to [next - 1] are at the event that is looked at */
    struct evd_variant_view_list *lists; /* by index of known->renamings; no view is empty */
    size_t list_count, list_capacity;
    struct evd_variant_size *sizes;
    size_t size_count, size_capacity;
    size_t *broken; /* variants with a name that breaks at the event */
    size_t broken_count, broken_capacity;
};

/* Holds variants against the names of the check that it observes, with a struct evd_variant_check as context, in
 * which only `variants` is set; the caller releases that one in any case. Cost: for each name a look at the views of
 * its renaming that are not empty. */
extern const struct evd_names_observer evd_variant_observer;

void evd_variant_check_release(struct evd_variant_check *check);

#endif
