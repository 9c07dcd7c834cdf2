/* Compare: two events, exactly, by the rules; the slow twin of comparing their keys. */
#ifndef EVD_WALK_COMPARE_H
#define EVD_WALK_COMPARE_H

#include "walk/event_view.h"

/* What two events differ in first. Values and names borrow from the events. */
struct evd_difference {
    enum {
        EVD_DIFFERENCE_KIND,
        EVD_DIFFERENCE_PRIORITY, /* a priority field, or a member of one */
        EVD_DIFFERENCE_FIELD,    /* any other field of the payload */
        EVD_DIFFERENCE_ADDED,    /* a field of the payload that only ours has */
        EVD_DIFFERENCE_NAME,     /* a name; equal to evd_compare, found by names/name_break.h */
    } form;
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

/* Says what differs, in the reference's words. Memory that runs out is kept in out->failed. */
void evd_difference_describe(const struct evd_difference *difference, const struct evd_event_view *canary,
                             const struct evd_event_view *ours, struct evd_buffer *out);

/* The path of what differs: "return_value", "args.a1"; "kind" for the kind. */
void evd_difference_path(const struct evd_difference *difference, struct evd_buffer *out);

#endif
