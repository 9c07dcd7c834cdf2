/* The past of a job: what the night before has of it, read from its night.json, which may be anything. */
#ifndef EVD_BATCH_PAST_H
#define EVD_BATCH_PAST_H

#include "base/table.h"
#include "batch/night.h"
#include "json/value.h"

/* All zero is that of a job that was not there. Texts are in the night's arena. */
struct evd_job_past {
    struct evd_night_families families; /* which ledgers' lines they had is not known */
    struct evd_night_lines lines;
    struct evd_table by_signature; /* index of a family, or of a line + the number of families */
    const char *canary;            /* the hash of canary's log; NULL: not known */
};

/* The jobs of the night before by their names; all zero: there is no night before. Borrows its document. */
struct evd_before {
    const struct evd_value *jobs; /* an array; NULL: there is none */
    struct evd_table by_name;     /* hash of a name → index of the first job that has it */
};

/* False when memory runs out; to be released in any case. Cost: linear in the jobs. */
bool evd_before_index(struct evd_before *before, const struct evd_value *document);
void evd_before_release(struct evd_before *before);

/* Takes a job by its name. Of several with one name the first is taken. False when memory runs out. */
bool evd_past_read(struct evd_arena *arena, const struct evd_before *before, const char *name,
                   struct evd_job_past *past);

/* What is remembered of a family; NULL: nothing. */
const struct evd_memory *evd_past_find(const struct evd_job_past *past, uint64_t signature);

void evd_past_release(struct evd_job_past *past);

/* Room for one more, at the end; NULL when memory runs out. */
struct evd_night_family *evd_families_add(struct evd_night_families *families);
struct evd_night_line *evd_lines_add(struct evd_night_lines *lines);

#endif
