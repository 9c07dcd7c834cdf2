/* Jobs of a manifest, and templates of jobs. */
#ifndef EVD_BATCH_MANIFEST_JOBS_H
#define EVD_BATCH_MANIFEST_JOBS_H

#include "batch/manifest_values.h"

/* Adds the jobs of an array of tables to reader->jobs. False when one is refused. */
bool evd_manifest_jobs(struct evd_manifest_reader *reader, const struct evd_setting *jobs,
                       const struct evd_batch_settings *defaults);

#endif
