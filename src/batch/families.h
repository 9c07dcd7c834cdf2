/* The families of a job and the lines of its ledgers, tonight and in the nights before: what is new, what is known, since when, and
 * whether it was seen often enough.
 *
 * Judging itself is evd_judge's (evdiff/judge.h). Here it is told what the night before remembered, and what it says is
 * kept for the next one. */
#ifndef EVD_BATCH_FAMILIES_H
#define EVD_BATCH_FAMILIES_H

#include "batch/batch.h"
#include "batch/night.h"
#include "batch/past.h"

/* Reads the outcomes of a job's runs, whose results are there, and the job of the night before in `before`. A job that is not conclusive keeps the families and lines that it had before. Errors: EVD_E_IO, EVD_E_INPUT for an
 * outcome or a ledger that can't be read, EVD_E_NO_MEMORY. */
enum evd_status evd_families_judge(struct evd_night *night, struct evd_batch *batch,
                                   const struct evd_batch_job *planned, const struct evd_before *before,
                                   struct evd_night_job *job, struct evd_error *error);

/* What the families and lines of a conclusive job come to, and *states all that they are; `has_diverged`: a verdict says so. */
enum evd_job_state evd_families_state(const struct evd_night_job *job, bool has_diverged, unsigned *states);

#endif
