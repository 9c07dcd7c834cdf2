/* json: facts that more than one part of the outcome has. Each writes one member of the object that is open, named `key`
 * or as the function says; where there is nothing to tell it writes none. */
#ifndef EVD_REPORT_JSON_FACTS_H
#define EVD_REPORT_JSON_FACTS_H

#include "base/json_writer.h"
#include "evdiff/outcome.h"

void evd_json_sides(struct evd_json_writer *json, const char *key, const uint64_t numbers[EVD_SIDES]);

/* "tid" */
void evd_json_tids(struct evd_json_writer *json, const int64_t tid[EVD_SIDES]);

/* As text: many a reader of JSON keeps only 53 bits of a number. */
void evd_json_hash(struct evd_json_writer *json, const char *key, uint64_t hash);

/* "values" */
void evd_json_values(struct evd_json_writer *json, const struct evd_field_value value[EVD_SIDES]);

/* "breaks"; nothing for NULL. */
void evd_json_breaks(struct evd_json_writer *json, const struct evd_broken_renaming *breaks);

void evd_json_counts(struct evd_json_writer *json, const char *key, const struct evd_event_counts *counts);

/* "controls": the indexes of those that have something, which are the bits of a number. */
void evd_json_control_bits(struct evd_json_writer *json, uint64_t bits);

/* Where a divergence is: indexes in "pairs" and in its "divergences". */
void evd_json_place(struct evd_json_writer *json, const char *key, size_t pair, size_t divergence);

/* "cause"; nothing for EVD_CAUSE_NONE. */
void evd_json_cause(struct evd_json_writer *json, enum evd_cause cause, size_t pair, size_t divergence);

#endif
