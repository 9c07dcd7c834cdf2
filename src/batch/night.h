/* What a night has come to, job by job: what its reports are made of.
 *
 * It is a function of the plan, the records, the outcomes, the ledgers, the night before and the day, and says nothing of what they cost:
 * the same night on one machine or on several is the same, byte for byte. */
#ifndef EVD_BATCH_NIGHT_H
#define EVD_BATCH_NIGHT_H

#include "base/arena.h"
#include "base/output.h"
#include "batch/ledgers.h"
#include "batch/memory.h"
#include "batch/record.h"
#include "evdiff/batch.h"

/* What is gravest about a job. */
enum evd_job_state {
    EVD_JOB_TROUBLE, /* a diff could not be made */
    EVD_JOB_NOT_RUN,
    EVD_JOB_INCONCLUSIVE,
    EVD_JOB_NEW,
    EVD_JOB_MOVED,
    EVD_JOB_REGRESSED,
    EVD_JOB_EXPIRED,
    EVD_JOB_UNCONFIRMED, /* what is new was not seen often enough yet */
    EVD_JOB_GROWN,
    EVD_JOB_FIXED, /* what is known may be fixed */
    EVD_JOB_KNOWN, /* all that differs is known */
    EVD_JOB_UNCHANGED,
    EVD_JOB_STATES,
};

/* "not_run"; as JSON has it. For people "not run", "fixed?". */
const char *evd_job_state_name(enum evd_job_state state);
const char *evd_job_state_summary(enum evd_job_state state);

/* One run of ours. */
struct evd_night_run {
    enum evd_batch_result result;
    const char *verdict;    /* NULL unless it is done */
    uint64_t skipped_lines; /* of both logs and the control runs; 0 unless it is done */
    const char *message;    /* what is wrong, unless it is done; may have several lines */
};

/* What became of it, for people: "nothing compared", "missing log"; what nobody knows is as it is. */
const char *evd_night_run_summary(const struct evd_night_run *run);

/* A family of a job, over all of its runs; texts are in the night's arena, none is NULL. */
struct evd_night_family {
    uint64_t signature;
    enum evd_standing standing;
    size_t run;                            /* the first that has it */
    size_t runs;                           /* of tonight's, in which it follows from no other */
    uint64_t count;                        /* its most divergences in one run */
    struct evd_memory memory;              /* with tonight */
    const char *what;                      /* "value kernel.return NtReadFile return_value" */
    const char *difference, *place, *show; /* of the place to look at, in the first run that has it */
    const char
        *events; /* around that place, in lines as of the text report; NULL: not quoted, or not to be looked at */
    const char *sides[EVD_SIDES]; /* both values there; NULL: it is no difference of values, or of an earlier night */
    const char *note;             /* what its line says, or why it is told though it has one; may be empty */
    const struct evd_ledger_entry *entry; /* that lists it, or NULL */
    const char *path;                     /* the ledger that has that line; NULL without */
    uint64_t follows; /* the signature of the family that it follows from, of EVD_STANDING_FOLLOWER; else 0 */
};

struct evd_night_families {
    struct evd_night_family *list; /* freed by evd_night_free; roots before followers, by the first run's order */
    size_t count, capacity;
};

/* A line of a ledger whose family is not there tonight: one whose place was known, or is. */
struct evd_night_line {
    uint64_t signature;
    enum evd_standing standing;
    bool is_confirmed, is_expired;
    struct evd_memory memory;
    const char *what, *note;              /* as of a family */
    const struct evd_ledger_entry *entry; /* NULL where the job is not conclusive */
    const char *path;
    uint64_t masked_by; /* the signature of the family that its place lies in, of EVD_STANDING_MASKED; else 0 */
};

struct evd_night_lines {
    struct evd_night_line *list; /* freed by evd_night_free; in the order of the ledgers */
    size_t count, capacity;
};

struct evd_night_job {
    const char *name;
    uint64_t line; /* in the manifest */
    enum evd_job_state state;
    unsigned states; /* bits of enum evd_night_state: all that a family or a line of it is */
    struct evd_night_run *runs;
    size_t run_count;
    uint64_t confirm;                    /* nights in a row that make a root new */
    bool is_conclusive;                  /* all of its runs have a result that means something */
    const char *canary;                  /* the hash of canary's log, in digits; NULL: not known */
    const struct evd_job_ledger *listed; /* its ledgers, of which people add to the last; NULL: it has none */
    struct evd_night_families families;  /* as of an earlier night where it is not conclusive */
    struct evd_night_families gone;      /* what the night before had as new or unconfirmed, and tonight has not */
    struct evd_night_lines lines;        /* as of an earlier night where it is not conclusive */
    struct evd_job_night *nights;        /* the last ones, as a history has them, tonight last */
    size_t night_count;                  /* 0: no history was asked */
};

struct evd_night {
    struct evd_arena arena;
    struct evd_ledgers ledgers;
    const char *name;     /* the last part of the folder's path */
    const char *folder;   /* absolute */
    const char *manifest; /* as it was given */
    unsigned fail_on;
    struct evd_night_job *jobs; /* in the order of the plan */
    size_t job_count;
    size_t counts[EVD_JOB_STATES];
};

/* Whether the night fails by what a job is. */
bool evd_job_fails(const struct evd_night *night, const struct evd_night_job *job);

/* What has diverged without a family, as where a thread has no counterpart. */
bool evd_job_is_new_without_family(const struct evd_night_job *job);

/* What a night may fail on by a standing, of enum evd_night_state; -1: by none. */
int evd_night_state_of(enum evd_standing standing);

/* "night n1: 212 jobs: 3 new, 190 unchanged (141 runs cached), …" */
void evd_describe_night(struct evd_buffer *out, const struct evd_night *night, const struct evd_batch_tally *tally);

/* A format of a night's report. */
struct evd_night_format {
    const char *name, *summary;
    void (*render)(const struct evd_night *night, const struct evd_batch_tally *tally, struct evd_output *out);
};

extern const struct evd_night_format evd_night_annotations;
extern const struct evd_night_format evd_night_github;
extern const struct evd_night_format evd_night_html;
extern const struct evd_night_format evd_night_json;
extern const struct evd_night_format evd_night_junit;
extern const struct evd_night_format evd_night_text;

#endif
