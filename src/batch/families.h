/* The families of a job, tonight and in the nights before: what is new, since when, and whether it was seen often enough.
 *
 * A root that occurs once is as often noise as a bug, and neither its count nor its weight tells; that it occurs again does. So it is
 * new when all of tonight's runs have it, where there are several, or so many nights in a row as the job's `confirm` says. */
#ifndef EVD_BATCH_FAMILIES_H
#define EVD_BATCH_FAMILIES_H

#include "batch/batch.h"
#include "batch/night.h"
#include "json/value.h"

/* Reads the outcomes of a job's runs, whose results are there, and the job of the night before in `before` (night.json; NULL:
 * there is none). A job that is not conclusive keeps the families that it had before. Errors: EVD_E_IO, EVD_E_INPUT for an
 * outcome that can't be read, EVD_E_NO_MEMORY. */
enum evd_status evd_families_judge(struct evd_night *night, const struct evd_batch *batch,
                                   const struct evd_batch_job *planned, const struct evd_value *before,
                                   struct evd_night_job *job, struct evd_error *error);

/* What the families of a job that has diverged come to. One without families, as where a thread ends early, is new. */
enum evd_job_state evd_families_state(const struct evd_night_families *families);

#endif
