/* What a batch holds while it is open. */
#ifndef EVD_BATCH_BATCH_H
#define EVD_BATCH_BATCH_H

#include "base/buffer.h"
#include "base/compress.h"
#include "batch/identity.h"
#include "batch/kept.h"
#include "batch/plan.h"
#include "evdiff/batch.h"

/* In a night's folder: what the night before had come to, night.json of its folder. */
#define EVD_NIGHT_BEFORE "before.json"

struct evd_batch {
    const struct evd_batch_options *options;
    struct evd_batch_plan plan;
    char *out, *previous;             /* absolute; previous may be NULL */
    int lock, shard_lock;             /* descriptors; -1: none */
    struct evd_identities identities; /* what earlier runs have found logs to be, in either folder */
    struct evd_packer *packer;        /* of outcomes; NULL until there is one */
    struct evd_kept kept;
};

/* The folder of a job below that of a night, "out/jobs/NAME", and a file of its in it; false when memory runs out. */
bool evd_job_folder(struct evd_buffer *path, const char *out, const struct evd_batch_job *job);
bool evd_job_file(struct evd_buffer *path, const char *out, const struct evd_batch_job *job, const char *name);

#endif
