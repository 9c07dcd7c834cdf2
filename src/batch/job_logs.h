/* The logs of a job as files: a control run that is one of the other logs explains what it must not. */
#ifndef EVD_BATCH_JOB_LOGS_H
#define EVD_BATCH_JOB_LOGS_H

#include "batch/plan.h"

/* Two of a job's logs that are one file, of which at least one is a control run; whatever their paths are. */
struct evd_job_twins {
    const char *control; /* NULL: there are none */
    const char *what;    /* what the file is as well: "the log of canary" */
};

/* Looks at the files, below `folder`; those that are not there are passed over. False when memory runs out. Cost: a stat a log. */
bool evd_job_find_twins(const struct evd_batch_job *job, const char *folder, struct evd_job_twins *twins);

#endif
