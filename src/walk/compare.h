/* Compare: two events, exactly, by the rules; the slow twin of comparing their keys. */
#ifndef EVD_WALK_COMPARE_H
#define EVD_WALK_COMPARE_H

#include "evdiff/outcome.h"
#include "walk/event_view.h"

/* What two events differ in first. Values and names borrow from the events. */
struct evd_difference {
    enum evd_difference_form form; /* a name: equal to evd_compare, found by names/name_break.h */
    struct evd_string field;
    bool has_member;
    struct evd_string member;                 /* of the object in `field` */
    struct evd_value kind[EVD_SIDES];         /* EVD_DIFFERENCE_KIND: the kinds; `value` points to them */
    const struct evd_value *value[EVD_SIDES]; /* NULL: absent */
};

/* True when the events compare equal; else `difference` is the first by the order of the search: the kind;
 * the kind's priority fields; canary's payload in order; what only ours has. */
bool evd_compare(const struct evd_event_view *canary, const struct evd_event_view *ours,
                 struct evd_difference *difference);

/* Tells the kinds of two events as what differs; NULL: the side has no event there. */
void evd_differ_in_kind(const struct evd_event_view *canary, const struct evd_event_view *ours,
                        struct evd_difference *difference);

/* True when the events, of one kind, do not compare equal at the place of `difference`, which gets the values there. */
bool evd_differ_at(const struct evd_event_view *canary, const struct evd_event_view *ours,
                   struct evd_difference *difference);

/* The call's name, as reports tell it with a priority field, and the field that has it: of canary, or else of ours; NULL
 * when neither has one that is true in Python's sense. */
const struct evd_value *evd_difference_name(const struct evd_event_view *canary, const struct evd_event_view *ours,
                                            struct evd_string *field);

/* The path of what differs: "return_value", "args.a1"; "kind" for the kind. */
void evd_difference_path(const struct evd_difference *difference, struct evd_buffer *out);

#endif
