/* Canon: what a payload counts as by compare rules (rules/compare.h).
 *
 * The same is made of it while a log is read, for keys, and of an event that is read again, for the exact comparison.
 * Fields that are skipped or made canonical, and values that are names, are left to those rules.
 *
 * Ownership: all in the arena that the maker was given. Threads: one arena, one thread at a time. */
#ifndef EVD_LOG_CANON_H
#define EVD_LOG_CANON_H

#include "log/called.h"
#include "log/event.h"
#include "log/payload_call.h"

/* Items of a list without order that nothing tells apart but values that take both sides are a group. */
struct evd_item_level {
    uint32_t group;                      /* from 1; 0: it is in none */
    uint64_t item, inner;                /* the item that a value is in, and its place in that */
    const struct evd_item_level *within; /* of such a list inside the item; NULL: it is in none */
};

/* A value that takes both sides: what it counts as by the rule's other operators, and its place. */
struct evd_sided_value {
    const struct evd_compare_rule *rule;
    uint64_t place;              /* a hash of the members' names and items' numbers that lead to it */
    uint64_t lasting;            /* the same from event to event: of items in lists without order, what they count as */
    uint64_t common;             /* the same of all items of such lists; where there is none it is `lasting` */
    uint64_t shown;              /* the same of the first one or two members, which reports tell it by (log/names.h) */
    struct evd_value value;      /* in the arena */
    struct evd_item_level level; /* of the outermost list in whose items there is a group */
};

struct evd_canon {
    struct evd_value payload;        /* an object; what counts as absent is left out */
    bool is_passed_over;             /* the event takes no part */
    const uint32_t *uses;            /* how many values each of evd_event_fields::compare was about; NULL: none */
    const struct evd_called *called; /* the last one first; NULL: none */
    struct evd_sided_value *sided;   /* in the order of the payload, and of lists without order in theirs */
    size_t sided_count;
};

/* Makes of an event's payload what it counts as. False when memory runs out. Cost: builds the payload's tree; linear in it
 * and the paths of the rules, but for sorting lists and removing parts of texts. */
bool evd_canon_make(struct evd_arena *arena, const struct evd_json_tape *tape, const struct evd_event_fields *fields,
                    struct evd_canon *canon);

/* The same beside events of its own log alone: values that take both sides are what the rules' other operators make of them,
 * and names are values. */
bool evd_canon_make_alone(struct evd_arena *arena, const struct evd_json_tape *tape,
                          const struct evd_event_fields *fields, struct evd_canon *canon);

/* Makes of a value what it counts as by one operator that leaves it there: not EVD_AS_NOTHING, EVD_AS_BLANK. False when
 * memory runs out. Cost: linear in the value, but for sorting a list. */
bool evd_canon_operate(struct evd_arena *arena, const struct evd_operation *operation, struct evd_value *value);

/* True when some rule may be about a value in that field of the payload. Cost: linear in the rules' paths. */
bool evd_canon_is_about(const struct evd_compare_list *compare, struct evd_string field);

/* True when some rule may pass over events for what is in their payloads. */
bool evd_canon_may_pass_over(const struct evd_compare_list *compare);

#endif
