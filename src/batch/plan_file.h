/* plan.json: a plan as a file, so that every machine of a night, and whoever judges it later, has the same one. */
#ifndef EVD_BATCH_PLAN_FILE_H
#define EVD_BATCH_PLAN_FILE_H

#include "batch/plan.h"

/* Writes a plan, whole or not at all; a file that has it already is left alone. Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_plan_write(const struct evd_batch_plan *plan, const char *path, struct evd_error *error);

/* Reads a plan into one that is all zero; to be released in any case. Every name and number is checked as the manifest's
 * are. Errors: EVD_E_IO, also when the file is no plan; EVD_E_NO_MEMORY. */
enum evd_status evd_plan_read(struct evd_batch_plan *plan, const char *path, struct evd_error *error);

#endif
