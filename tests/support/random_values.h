/* Random values for outcomes: texts that break what shows them, numbers, values as JSON. Aborts when memory runs out. */
#ifndef EVD_TESTS_RANDOM_VALUES_H
#define EVD_TESTS_RANDOM_VALUES_H

#include "random.h"
#include "random_outcome.h"

struct evd_text random_text(struct random *random);

/* Mostly small, now and then huge; sums of them stay below 2^64. */
uint64_t random_number(struct random *random);
void random_numbers(struct random *random, uint64_t *numbers, size_t count);
int64_t random_signed(struct random *random);

/* From 0 to 1, both included. */
double random_share(struct random *random);

/* Memory of the outcome, zeroed. */
void *random_items(struct random_outcome *made, size_t count, size_t size);

/* A value; now and then a list of values that is too long to be shown. */
struct evd_text random_value_json(struct random_outcome *made, struct random *random);

/* Facts about two values, one a side, which need not be true of what they show. */
const struct evd_field_value *random_values(struct random_outcome *made, struct random *random);

#endif
