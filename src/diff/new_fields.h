/* New fields: the events of a value divergence may differ in several fields, of which it tells one. What control runs have of that
 * one says nothing of the others.
 *
 * Threads: a run, one thread at a time. */
#ifndef EVD_DIFF_NEW_FIELDS_H
#define EVD_DIFF_NEW_FIELDS_H

#include "diff/run.h"

/* Fields of an event that are looked at; the rest is not. */
enum { EVD_NEW_FIELDS_MAX = 256 };

/* Teaches the noise in which fields of which calls the diff of a control run (evd_noise_learn) differs. Errors: as evd_walk. Cost:
 * reads the events of all value divergences. */
enum evd_status evd_learn_fields(struct evd_diff_run *learning, struct evd_noise *noise, unsigned control,
                                 enum evd_side side, struct evd_error *error);

/* Where a value divergence is noise by the field that it tells, and its events differ in one that no control run has for such a call,
 * it tells that one, and is a divergence of another family. Nothing without control runs. Errors and cost: as above, of noise. */
enum evd_status evd_phase_tell_new_fields(struct evd_diff_run *diff, struct evd_error *error);

#endif
