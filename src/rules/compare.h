/* Compare rules: how values count that are spelled or ordered in two ways, and which events take no part.
 *
 * They are settled while an event is read: what a rule makes of a value goes into the event's key (log/canon.h).
 * Ownership: in the arena of the rules. Threads: read-only. */
#ifndef EVD_RULES_COMPARE_H
#define EVD_RULES_COMPARE_H

#include "rules/when.h"

enum { EVD_COMPARE_RULES_MAX = 256, EVD_COMPARE_PATHS_MAX = EVD_PATHS_MAX, EVD_COMPARE_STEPS_MAX = 16 };

#define EVD_FACTOR_MAX UINT64_C(1000000000000000000) /* 10^18 */

/* What a value counts as. */
enum evd_operator {
    EVD_AS_NOTHING,         /* as an absent one */
    EVD_AS_NUMBER,          /* by value; digits without 0x are decimal */
    EVD_AS_HEXADECIMAL,     /* by value; digits without 0x are hexadecimal */
    EVD_AS_MASKED,          /* by value, of which bits alone that are in the mask */
    EVD_AS_TIMES,           /* a number times a factor */
    EVD_AS_LOWER_CASE,      /* A to Z as a to z */
    EVD_AS_FORWARD_SLASHES, /* every backslash as a slash */
    EVD_AS_WITHOUT,         /* a text without the parts that fit a pattern */
    EVD_AS_FIRST,           /* a text as its first characters */
    EVD_AS_CONSTANT,        /* one given value */
    EVD_AS_CALLED,          /* a member of another name; before anything is made of it */
    EVD_AS_JSON,            /* a text as the object or list that it spells; before what rules make of what is in it */
    EVD_AS_ONLY,            /* what it is; the operators behind are about values that fit a condition */
    EVD_AS_ALIKE,           /* values of one list as one */
    EVD_AS_BLANK,           /* null, the empty text and what has no members or items as absent */
    EVD_AS_SET,             /* a list without order and repeats */
    EVD_AS_MULTISET,        /* a list without order */
    /* What takes both sides, so that it is looked at when events match; behind all others: */
    EVD_AS_IF_BOTH,       /* what one side alone has is equal */
    EVD_AS_PAIRS,         /* some pairs of values are equal */
    EVD_AS_WITHIN,        /* numbers that are not far apart are equal */
    EVD_AS_DRIFT,         /* numbers are equal when they are as far apart as those of the event before, or nearly so */
    EVD_AS_RENAMED,       /* values are equal when they have stood for each other since the thread began, or are new */
    EVD_AS_ADOPT,         /* any two whole numbers are equal, and are taken over */
    EVD_AS_ADOPTED,       /* whole numbers are equal that come of what was taken over */
    EVD_AS_RENAMED_PARTS, /* the same of parts of texts that are equal but for them */
};

/* Values that count as one. */
struct evd_alike_group {
    const struct evd_given_value *values;
    size_t count;
    uint32_t mark; /* for evd_value::name; no name and no other group has it */
};

/* Marks from here on are of groups; from there on, of values that take both sides, by rule. */
#define EVD_ALIKE_MARK UINT32_C(0x80000000)
#define EVD_SIDES_MARK UINT32_C(0xc0000000)

/* Two values, canary's and ours, that count as equal. */
struct evd_given_pair {
    struct evd_given_value value[2];
};

/* How far apart two numbers may be: either will do. */
struct evd_tolerance {
    bool has_absolute, has_relative;
    double absolute, relative; /* relative: to the larger one */
    unsigned bits;             /* whole numbers begin anew at 2 to this power, 1 to 64; 0: they do not */
};

struct evd_operation {
    enum evd_operator op;
    uint64_t mask;                  /* EVD_AS_MASKED */
    const struct evd_string *parts; /* EVD_AS_WITHOUT, EVD_AS_RENAMED_PARTS (rules/pattern.h) */
    size_t part_count;
    const struct evd_alike_group *groups; /* EVD_AS_ALIKE */
    size_t group_count;
    const struct evd_given_pair *pairs; /* EVD_AS_PAIRS */
    size_t pair_count;
    const struct evd_condition
        *condition;            /* EVD_AS_ONLY: of the values that are meant; EVD_AS_RENAMED: of those that are
                                              names, NULL: numbers and texts that are not empty */
    uint64_t length;           /* EVD_AS_FIRST: in characters, at least 1 */
    uint64_t factor;           /* EVD_AS_TIMES: 2 to EVD_FACTOR_MAX */
    struct evd_value constant; /* EVD_AS_CONSTANT: a scalar */
    struct evd_string called;  /* EVD_AS_CALLED: the member's name; it is not empty */
    struct evd_string place;   /* EVD_AS_ADOPT, EVD_AS_ADOPTED: the payload's member that says where a value is kept */
    struct evd_tolerance tolerance; /* EVD_AS_WITHIN, EVD_AS_DRIFT, which has an absolute one */
};

struct evd_compare_rule {
    struct evd_string name;
    struct evd_when when;
    bool is_passed_over; /* events that it is about take no part; then it has no paths */
    const struct evd_path *paths;
    size_t path_count;
    const struct evd_operation *operations; /* one after the other */
    size_t operation_count;
    size_t own_count;     /* those of one value, which come first */
    bool is_shared;       /* what it learns of names counts for all threads */
    bool has_scope_field; /* is_shared: and names belong to what a field holds */
    struct evd_path scope_field;
    size_t index; /* among evd_rules::compare */
};

/* Those that may be about events of one kind, in the order of the file. */
struct evd_compare_list {
    const struct evd_compare_rule *const *rules;
    size_t count;
};

#endif
