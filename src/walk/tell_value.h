/* Tell value: the facts that an outcome keeps of two values that differ. */
#ifndef EVD_WALK_TELL_VALUE_H
#define EVD_WALK_TELL_VALUE_H

#include "outcome/value.h"
#include "json/value.h"

/* How much of a value an outcome keeps. */
enum evd_value_extent {
    EVD_EXTENT_WHOLE,
    EVD_EXTENT_DIFFERENCE, /* evd_show_difference */
};

/* Tells the facts about the values of both sides; NULL: absent. What is shown goes to the arena; `scratch` is used on
 * the way. False when memory runs out. Cost: linear in the values' text. */
bool evd_tell_values(const struct evd_value *const value[EVD_SIDES], enum evd_value_extent extent,
                     struct evd_buffer *scratch, struct evd_arena *arena, struct evd_field_value told[EVD_SIDES]);

/* The same, with what is shown in `scratch`, until that is used again. */
bool evd_view_values(const struct evd_value *const value[EVD_SIDES], enum evd_value_extent extent,
                     struct evd_buffer *scratch, struct evd_field_value told[EVD_SIDES]);

#endif
