/* Trends: how a job, or all jobs, came out in the last nights, as small pictures of a page. */
#ifndef EVD_BATCH_NIGHT_TREND_H
#define EVD_BATCH_NIGHT_TREND_H

#include "base/buffer.h"
#include "batch/night.h"

/* Root families by night, as bars, the newest last; a night that said nothing is a stub of another colour. The picture says all of it in
 * its title. Nothing for fewer than two nights. */
void evd_append_roots_trend(struct evd_buffer *out, const struct evd_job_night *nights, size_t count);

/* The share of canary's events that matched, as a line from the least to the most of them; a night that said nothing is a gap. */
void evd_append_matched_trend(struct evd_buffer *out, const struct evd_job_night *nights, size_t count);

/* "98.3 %" of the last of them that said something; or nothing. */
void evd_append_last_matched(struct evd_buffer *out, const struct evd_job_night *nights, size_t count);

/* All jobs of a night together, the newest night last; returns how many nights there are, at most EVD_JOB_NIGHTS_MAX. Of each night only the
 * jobs that said something count; it said something if one of them did. False when memory runs out. Names are the night's. */
bool evd_sum_job_nights(const struct evd_night *night, struct evd_job_night sums[EVD_JOB_NIGHTS_MAX], size_t *count);

#endif
