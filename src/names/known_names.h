/* Known names: all renamings of a diff, by class and scope, and the sizes that births wait for.
 *
 * Ownership: it owns its memory. Threads: one at a time. */
#ifndef EVD_NAMES_KNOWN_NAMES_H
#define EVD_NAMES_KNOWN_NAMES_H

#include "base/table.h"
#include "names/renaming.h"
#include "rules/rules.h"

/* A name of both sides, or a size. */
struct evd_name_use {
    const struct evd_name_rule *rule;
    uint64_t path; /* see struct evd_name */
    uint64_t value[EVD_SIDES];
};

/* Of the two sides. */
struct evd_name_size {
    uint64_t value[EVD_SIDES];
};

/* All zero but for the rules knows nothing. */
struct evd_known_names {
    const struct evd_rules *rules;
    struct evd_renaming *renamings;
    size_t renaming_count, renaming_capacity;
    struct evd_table renaming_indexes; /* class and scope → index */
    struct evd_name_size *sizes;
    size_t size_count, size_capacity;
    struct evd_table size_indexes; /* pair and evd_name_rule::size_index → index */
};

/* The renaming of a class as a pair of threads sees it, good until the next call; its index, which stays, goes to
 * *index (may be NULL). NULL when memory runs out. */
struct evd_renaming *evd_known_renaming(struct evd_known_names *known, uint32_t class_index, size_t pair,
                                        size_t *index);

/* What a pair keeps for the next birth by a rule, good until the next call; NULL when memory runs out. */
struct evd_name_size *evd_known_size(struct evd_known_names *known, size_t pair, uint32_t size_index);

void evd_known_names_release(struct evd_known_names *known);

#endif
