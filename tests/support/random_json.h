/* Random JSON: values from a small pool, so that equal ones are frequent, spelled in many ways. */
#ifndef EVD_TESTS_RANDOM_JSON_H
#define EVD_TESTS_RANDOM_JSON_H

#include "base/buffer.h"
#include "random.h"

/* Appends the value that `meaning` draws, spelled as `spelling` draws: the same meaning with other
 * spellings is the same value. `depth` limits nesting. */
void random_json_value(struct random *meaning, struct random *spelling, unsigned depth, struct evd_buffer *out);

/* The same, always an object. */
void random_json_object(struct random *meaning, struct random *spelling, unsigned depth, struct evd_buffer *out);

#endif
