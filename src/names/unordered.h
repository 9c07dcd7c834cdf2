/* Unordered: of items that keys don't tell apart, in lists without order, which are counterparts: those whose names have
 * stood for each other.
 *
 * Ownership: what is made is in the arena that was given. Threads: all is in the caller's hands. */
#ifndef EVD_NAMES_UNORDERED_H
#define EVD_NAMES_UNORDERED_H

#include "log/canon.h"
#include "names/stand_in.h"

/* The scope of a rule's names in the event at hand, a side. */
typedef uint64_t evd_name_scope_function(void *context, const struct evd_compare_rule *rule, int side);

enum evd_unordered_names {
    EVD_UNORDERED_ALL,
    EVD_UNORDERED_OF_THREADS, /* not those of rules that learn for all threads */
    EVD_UNORDERED_SHARED,     /* those alone */
};

/* What is asked of the names that are known. */
struct evd_unordered {
    const struct evd_stand_ins *known;
    /* Those that `known` may have. Items without any stay as they are, and so do lists in which there are others too. */
    enum evd_unordered_names names;
    evd_name_scope_function *scope; /* NULL: there are none */
    void *context;
};

/* Makes of ours' values *arranged, in which what is counterparts is at one place: in each list, first items whose names
 * stand for each other; of the others one of each side; where there are more they are counterparts in their order: those with a
 * name that is known, those with a new one, those without. If then no name among them is known and several are new, which are as
 * often in one list as in the other, these names are at no place, so that nothing is learnt of who is who; all other values of the items are held against each other. *failed: memory ran out. Cost: n log n in the values; none where no list has any. */
void evd_unordered_arrange(const struct evd_unordered *asked, struct evd_arena *arena, const struct evd_canon *canary,
                           const struct evd_canon *ours, struct evd_canon *arranged, bool *failed);

#endif
