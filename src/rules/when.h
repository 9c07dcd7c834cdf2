/* When: which events a rule is about, by kind, by call and by what their fields hold.
 *
 * Ownership: in the arena of the rules. Threads: read-only. */
#ifndef EVD_RULES_WHEN_H
#define EVD_RULES_WHEN_H

#include "rules/path.h"
#include "json/quantity.h"

/* A value that others are held against: a number whatever its spelling, true (1) and false (0) too, a text, or null. */
struct evd_given_value {
    bool is_number;
    struct evd_quantity number;
    struct evd_value value; /* unless it is a number */
};

/* What is asked of a value; all that is asked must be so. */
struct evd_condition {
    const struct evd_given_value *one_of;
    size_t one_of_count;           /* 0: not asked */
    const struct evd_string *like; /* patterns (rules/pattern.h) of texts */
    size_t like_count;             /* 0: not asked */
    bool has_least, has_most;
    struct evd_quantity at_least, at_most;
    bool has_mask; /* the number's lowest 64 bits under the mask are `is` */
    uint64_t mask, is;
    bool asks_absence, is_absent;       /* whether there is a value that is not null */
    const struct evd_condition *is_not; /* must not hold; or NULL */
};

struct evd_when_field {
    struct evd_path path;
    struct evd_condition condition; /* of some value at the path; of absence: of all */
};

/* Many patterns: a table tells those that are the text itself, the others are tried one by one. */
struct evd_pattern_set {
    const struct evd_string *patterns;
    size_t count;
    uint64_t seed;
    const uint32_t *table; /* open addressing: index of a plain pattern, + 1; 0: none. NULL: all are tried */
    size_t mask;
    const struct evd_string *others;
    size_t other_count;
};

struct evd_when {
    uint32_t number;                /* among those of the rule set, from 0 */
    bool has_side;                  /* only events of one side */
    unsigned side;                  /* enum evd_side */
    const struct evd_string *kinds; /* patterns; none: any kind */
    size_t kind_count;
    struct evd_pattern_set calls; /* none: any call */
    const struct evd_when_field *fields;
    size_t field_count;
};

/* True when the value is the given one. *failed: memory ran out. */
bool evd_given_fits(struct evd_arena *arena, const struct evd_given_value *given, const struct evd_value *value,
                    bool *failed);

/* True when a value that is there is what a condition, which does not ask for absence, asks. *failed: memory ran out. */
bool evd_condition_holds(struct evd_arena *arena, const struct evd_condition *asked, const struct evd_value *value,
                         bool *failed);

/* True when a null is what a condition asks, and nothing at all would not be. */
bool evd_condition_fits_null(const struct evd_condition *asked);

/* Fills a set; its memory is in the arena, the patterns are borrowed. `seed` is secret (base/seed.h). False when memory runs
 * out. */
bool evd_pattern_set_fill(struct evd_arena *arena, const struct evd_string *patterns, size_t count, uint64_t seed,
                          struct evd_pattern_set *set);

/* Whether one of them fits. Cost: a look-up, and each pattern that has a star or a backslash. */
bool evd_pattern_set_fits(const struct evd_pattern_set *set, struct evd_string text);

bool evd_when_has_kind(const struct evd_when *when, struct evd_string kind);

/* True when the rule is about an event of that kind and call, which is empty when it has no name. `payload`: an object.
 * *failed: memory ran out. Cost: linear in payload and fields. */
bool evd_when_holds(struct evd_arena *arena, const struct evd_when *when, struct evd_string kind,
                    struct evd_string call, const struct evd_value *payload, bool *failed);

#endif
