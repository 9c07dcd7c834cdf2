/* Value: the facts about two values that differ, from what they are as JSON. */
#ifndef EVD_OUTCOME_VALUE_H
#define EVD_OUTCOME_VALUE_H

#include "evdiff/outcome.h"

/* Equal types and, by their hashes, equal JSON. */
bool evd_field_values_equal(const struct evd_field_value *a, const struct evd_field_value *b);

/* Tells of each side's value the length, the hash and the whole of it to show; `json` is borrowed. */
void evd_show_whole(const struct evd_text json[EVD_SIDES], struct evd_field_value value[EVD_SIDES]);

/* The same with at most EVD_VALUE_MAX bytes of each to show. What is too long is cut around the first byte that
 * differs, never inside a word, an escape or a letter. Cost: linear. */
void evd_show_difference(const struct evd_text json[EVD_SIDES], struct evd_field_value value[EVD_SIDES]);

/* The whole number that a text spells: 259, 0x6c, -1. False when it is none, or none that fits in 64 bits. */
bool evd_read_number(struct evd_text text, enum evd_number_form *form, int64_t *number);

#endif
