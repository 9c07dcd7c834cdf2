/* Change: a payload with one of its values replaced by another of the same type. */
#ifndef EVD_SELFTEST_CHANGE_H
#define EVD_SELFTEST_CHANGE_H

#include "selftest/excerpt.h"

/* Changes the value that `choice` picks among the numbers, strings, booleans and nulls of an event's payload,
 * at any depth: `payload` becomes the text of the whole payload, `field` the value's path. Both stay empty when
 * the payload has no value to change, or the change means nothing, as in a member that a later one of
 * the same key hides. False when memory runs out. */
bool evd_change_payload(struct evd_excerpt_reader *scratch, const struct evd_excerpt *excerpt, uint64_t choice,
                        struct evd_buffer *payload, struct evd_buffer *field);

#endif
