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
    EVD_JOB_UNCONFIRMED, /* what is new was not seen often enough yet */
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

enum evd_family_state { EVD_FAMILY_NEW, EVD_FAMILY_UNCONFIRMED, EVD_FAMILY_FOLLOWER, EVD_FAMILY_STATES };

const char *evd_family_state_name(enum evd_family_state state);

/* A family of a job, over all of its runs; texts are in the night's arena. */
struct evd_night_family {
    uint64_t signature;
    enum evd_family_state state;
    size_t runs;                           /* of tonight's, in which it follows from no other */
    uint64_t nights;                       /* in a row in which the job has it, with tonight */
    const char *first;                     /* the night that had it first, of these */
    const char *what;                      /* "value kernel.return NtReadFile return_value" */
    const char *difference, *place, *show; /* of the place to look at, in the first run that has it */
};

struct evd_night_families {
    struct evd_night_family *list; /* freed by evd_night_free; roots before followers, by the first run's order */
    size_t count, capacity;
};

struct evd_night_job {
    const char *name;
    uint64_t line; /* in the manifest */
    enum evd_job_state state;
    struct evd_night_run *runs;
    size_t run_count;
    uint64_t confirm;                   /* nights in a row that make a root new */
    bool is_conclusive;                 /* all of its runs have a result that means something */
    struct evd_night_families families; /* as of an earlier night where it is not conclusive */
    struct evd_night_families gone;     /* what the night before had as new or unconfirmed, and tonight has not */
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
