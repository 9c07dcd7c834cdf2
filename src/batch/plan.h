/* The plan of a night: its jobs, with the globs of the manifest resolved.
 *
 * Ownership: all of it belongs to the plan's arena. Threads: a made plan is read-only. */
#ifndef EVD_BATCH_PLAN_H
#define EVD_BATCH_PLAN_H

#include "base/arena.h"
#include "batch/settings.h"
#include "evdiff/batch.h"
#include "evdiff/error.h"

struct evd_batch_job {
    const char *name; /* checked by evd_job_name_fault: it becomes a folder */
    const char *canary;
    struct evd_batch_list ours; /* runs of one build, at least 1: each is diffed with canary's log */
    struct evd_batch_list control, control_of_ours;
    struct evd_batch_settings settings;
    uint64_t line;           /* in the manifest */
    uint64_t estimate_bytes; /* of memory that its diff takes; orders the queue too */
};

struct evd_batch_plan {
    struct evd_arena arena;
    const char *manifest;       /* as it was given; "-" is standard input */
    const char *folder;         /* absolute: where the manifest is; the paths of the jobs are relative to it */
    unsigned fail_on;           /* bits of enum evd_batch_state */
    struct evd_batch_job *jobs; /* in the order of their names, byte by byte */
    size_t job_count;
};

enum { EVD_JOBS_MAX = 100000, EVD_RUNS_MAX = 64, EVD_JOB_NAME_MAX = 512 };

/* Why a job may not have a name: a sentence, or NULL for a good one. It becomes a path below DIR/jobs, so that "..",
 * an absolute path or a name of one of the files there is none. */
const char *evd_job_name_fault(const char *name);

/* Sorts the jobs. The first of two with one name, or NULL. */
const struct evd_batch_job *evd_plan_sort(struct evd_batch_plan *plan);

/* A copy of a text in an arena; NULL when memory runs out. */
const char *evd_keep_string(struct evd_arena *arena, const char *text, size_t length);

void evd_plan_release(struct evd_batch_plan *plan);

#endif
