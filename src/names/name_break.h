/* Name breaks: matching events in which a name contradicts the renaming learnt before them. */
#ifndef EVD_NAMES_NAME_BREAK_H
#define EVD_NAMES_NAME_BREAK_H

#include "names/renaming.h"
#include "walk/compare.h"

enum { EVD_BREAK_OTHERS_MAX = 3 };

struct evd_name_break {
    uint64_t rank;                /* matching pairs of events before it in its pair */
    uint64_t position[EVD_SIDES]; /* in the streams */
    uint64_t path;                /* of the first name that breaks the renaming, see struct evd_name */
    uint32_t class_index;
    bool is_sided;        /* two values at `path` are not what a rule of `compare` allows; no class of names has them */
    bool is_renamed_anew; /* with is_sided: they are names that stood for others before */
    struct evd_name_pair earlier;               /* what it breaks */
    uint64_t other_paths[EVD_BREAK_OTHERS_MAX]; /* of other ones in the event that do */
    uint32_t other_count;                       /* one more than there is room for: there are more */
};

/* In ascending order of ranks, one an event; all zero is empty. */
struct evd_name_break_list {
    struct evd_name_break *breaks;
    size_t count, capacity;
};

bool evd_name_break_add(struct evd_name_break_list *list, const struct evd_name_break *break_);

/* Notes what else breaks in the event of a break. */
void evd_name_break_also(struct evd_name_break *break_, uint64_t path);

/* Adds a list to another one, in the order of their ranks; of an event that is in both, the break of `breaks`. False when memory
 * runs out. */
bool evd_name_breaks_merge(struct evd_name_break_list *breaks, const struct evd_name_break_list *found);
void evd_name_break_list_release(struct evd_name_break_list *list);

/* Finds the two names in the events; false when one is not there, because its log changed: then difference->value has
 * NULL for canary if it is not there, else for ours. */
bool evd_name_break_find(const struct evd_name_break *break_, const struct evd_event_view *canary,
                         const struct evd_event_view *ours, struct evd_difference *difference);

/* What it contradicts, unless it is sided, in the arena; NULL when memory runs out. `scratch` is any buffer. */
const struct evd_broken_renaming *evd_name_break_tell(const struct evd_name_break *break_,
                                                      const struct evd_rules *rules, struct evd_buffer *scratch,
                                                      struct evd_arena *arena);

#endif
