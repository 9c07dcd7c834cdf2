/* Sided fields: values of two events that rules of `compare` hold against each other (`within`, `pairs`, `if_both`), and that differ. */
#ifndef EVD_DIFF_SIDED_FIELDS_H
#define EVD_DIFF_SIDED_FIELDS_H

#include "diff/differing_fields.h"

/* Adds to a list the fields of values that take both sides and differ whatever events before have told: keys take those for equal.
 * *are_told becomes false where a field is not found, or the list is full. Of items in lists without order that have names it is not
 * known which ones are counterparts: they are left out, and so is what only events before can tell. False when memory runs out. Cost:
 * linear in such values, expected. */
bool evd_find_sided_fields(const struct evd_event_view views[EVD_SIDES], struct evd_buffer *scratch,
                           struct evd_arena *arena, struct evd_field_list *list, bool *are_told);

#endif
