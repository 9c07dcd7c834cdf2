/* The job: what a diff is called in reports for CI, where many of them meet. */
#ifndef EVD_REPORT_JOB_H
#define EVD_REPORT_JOB_H

#include "evdiff/report.h"

/* The name that the options give, else that of the log of ours without folder and extensions, else "diff". Borrows from
 * the options or the outcome. */
struct evd_text evd_report_job(const struct evd_outcome *outcome, const struct evd_report_options *options);

#endif
