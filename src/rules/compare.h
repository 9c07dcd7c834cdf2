/* Compare rules: how values count that are spelled or ordered in two ways, and which events take no part.
 *
 * They are settled while an event is read: what a rule makes of a value goes into the event's key (log/canon.h).
 * Ownership: in the arena of the rules. Threads: read-only. */
#ifndef EVD_RULES_COMPARE_H
#define EVD_RULES_COMPARE_H

#include "rules/when.h"

enum { EVD_COMPARE_RULES_MAX = 256, EVD_COMPARE_PATHS_MAX = 64, EVD_COMPARE_STEPS_MAX = 16 };

/* What a value counts as. */
enum evd_operator {
    EVD_AS_NOTHING,         /* as an absent one */
    EVD_AS_NUMBER,          /* by value; digits without 0x are decimal */
    EVD_AS_HEXADECIMAL,     /* by value; digits without 0x are hexadecimal */
    EVD_AS_MASKED,          /* by value, of which bits alone that are in the mask */
    EVD_AS_LOWER_CASE,      /* A to Z as a to z */
    EVD_AS_FORWARD_SLASHES, /* every backslash as a slash */
    EVD_AS_WITHOUT,         /* a text without the parts that fit a pattern */
    EVD_AS_ALIKE,           /* values of one list as one */
    EVD_AS_BLANK,           /* null and the empty text as absent */
    EVD_AS_SET,             /* a list without order and repeats */
    EVD_AS_MULTISET,        /* a list without order */
};

/* Values that count as one. */
struct evd_alike_group {
    const struct evd_given_value *values;
    size_t count;
    uint32_t mark; /* for evd_value::name; no name and no other group has it */
};

/* Marks from here on are of groups. */
#define EVD_ALIKE_MARK UINT32_C(0x80000000)

struct evd_operation {
    enum evd_operator op;
    uint64_t mask;                  /* EVD_AS_MASKED */
    const struct evd_string *parts; /* EVD_AS_WITHOUT (rules/pattern.h) */
    size_t part_count;
    const struct evd_alike_group *groups; /* EVD_AS_ALIKE */
    size_t group_count;
};

struct evd_compare_rule {
    struct evd_string name;
    struct evd_when when;
    bool is_passed_over; /* events that it is about take no part; then it has no paths */
    const struct evd_path *paths;
    size_t path_count;
    const struct evd_operation *operations; /* one after the other */
    size_t operation_count;
    size_t index; /* among evd_rules::compare */
};

/* Those that may be about events of one kind, in the order of the file. */
struct evd_compare_list {
    const struct evd_compare_rule *const *rules;
    size_t count;
};

#endif
