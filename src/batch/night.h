/* What a night has come to, job by job: what its reports are made of.
 *
 * It is a function of the plan, the records and the outcomes, and says nothing of what they cost: the same night on one machine or
 * on several is the same, byte for byte. */
#ifndef EVD_BATCH_NIGHT_H
#define EVD_BATCH_NIGHT_H

#include "base/arena.h"
#include "base/output.h"
#include "batch/record.h"
#include "evdiff/batch.h"

enum evd_job_state {
    EVD_JOB_TROUBLE, /* a diff could not be made */
    EVD_JOB_NOT_RUN,
    EVD_JOB_INCONCLUSIVE,
    EVD_JOB_NEW,
    EVD_JOB_UNCHANGED,
    EVD_JOB_STATES,
};

/* "not_run"; as JSON has it. */
const char *evd_job_state_name(enum evd_job_state state);

/* One run of ours. */
struct evd_night_run {
    enum evd_batch_result result;
    const char *verdict; /* NULL unless it is done */
    const char *message; /* what is wrong, unless it is done; may have several lines */
};

struct evd_night_job {
    const char *name;
    uint64_t line; /* in the manifest */
    enum evd_job_state state;
    struct evd_night_run *runs;
    size_t run_count;
};

struct evd_night {
    struct evd_arena arena;
    const char *name;     /* the last part of the folder's path */
    const char *manifest; /* as it was given */
    unsigned fail_on;
    struct evd_night_job *jobs; /* in the order of the plan */
    size_t job_count;
    size_t counts[EVD_JOB_STATES];
};

/* A format of a night's report. */
struct evd_night_format {
    const char *name, *summary;
    void (*render)(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out);
};

extern const struct evd_night_format evd_night_text;
extern const struct evd_night_format evd_night_json;

#endif
