/* Called: members of objects that count as members of another name, by compare rules.
 *
 * Ownership: in the arena that each function is given; names are the rules' and the payload's. Threads: as log/canon.h. */
#ifndef EVD_LOG_CALLED_H
#define EVD_LOG_CALLED_H

#include "rules/compare.h"
#include "json/value.h"

/* A member of the payload, or of an object that is a member of it, that counts as one of another name. */
struct evd_called {
    const struct evd_called *next;
    bool is_inner;           /* in the object that is called `outer` in the log */
    struct evd_string outer; /* is_inner */
    struct evd_string was, now;
};

/* A name that a rule gives a member. */
struct evd_given_name {
    const struct evd_compare_rule *rule; /* whose first operator tells it; NULL: the member has the log's */
    struct evd_string was;               /* that */
};

/* True when a rule's first operator gives members a name. */
static inline bool evd_gives_name(const struct evd_compare_rule *rule)
{
    return rule->own_count > 0 && rule->operations[0].op == EVD_AS_CALLED;
}

/* Gives the members of an object their names, one of `given` a member, where it has none of that name and no two are to have
 * one; the rule of those that keep the log's is NULL then. False when memory runs out. Cost: O(n log n) in the members, times
 * how many are given a name. */
bool evd_called_give(struct evd_arena *arena, struct evd_value *object, struct evd_given_name *given);

/* Adds to a list what a member was given, if it was; `outer`: what the log calls the payload's member that has it; NULL: it is
 * one itself. False when memory runs out. */
bool evd_called_keep(struct evd_arena *arena, const struct evd_given_name *given, const struct evd_string *outer,
                     const struct evd_called **list);

/* What a payload is, as its log has it, but with members called as they count. The payload stays as it is. False when memory
 * runs out. Cost: O(n log n) in the members of the objects that have such. */
bool evd_called_show(struct evd_arena *arena, const struct evd_called *called, const struct evd_value *payload,
                     struct evd_value *named);

#endif
