/* The outcomes of a night: which has a family, by the first digits of its signature, and all of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "batch/night.h"

/* The least and the greatest signature that begin with 1 to 16 digits; false when they are none. */
static bool read_range(const char *digits, uint64_t range[2])
{
    const size_t length = strlen(digits);
    if (length == 0 || length > 16 || strspn(digits, "0123456789abcdef") != length)
        return false;
    const unsigned shift = 4 * (16 - (unsigned)length);
    range[0] = strtoull(digits, NULL, 16) << shift;
    range[1] = range[0] | (((uint64_t)1 << shift) - 1);
    return true;
}

/* What was found: of the first job, and whether another family begins alike. */
struct found {
    const struct evd_night_job *job;
    const struct evd_night_family *family;
    bool is_one_of_several;
};

static struct found find(const struct evd_night *night, const char *digits)
{
    struct found found = {.job = NULL};
    uint64_t range[2];
    if (!read_range(digits, range))
        return found;
    for (size_t i = 0; i < night->job_count; i++) {
        const struct evd_night_job *job = &night->jobs[i];
        for (size_t j = 0; job->is_conclusive && j < job->families.count; j++) {
            const struct evd_night_family *family = &job->families.list[j];
            if (family->signature < range[0] || family->signature > range[1])
                continue;
            if (found.job == NULL)
                found = (struct found){.job = job, .family = family};
            found.is_one_of_several |= family->signature != found.family->signature;
        }
    }
    return found;
}

/* Of a run's outcome; NULL when memory runs out. */
static char *make_path(const struct evd_night *night, const struct evd_night_job *job, size_t run)
{
    char name[EVD_FILE_NAME_MAX], *path;
    evd_outcome_name(run, name);
    return asprintf(&path, "%s/jobs/%s/%s", night->folder, job->name, name) >= 0 ? path : NULL;
}

enum evd_status evd_night_find_outcome(const struct evd_night *night, const char *digits, char **path,
                                       struct evd_error *error)
{
    const struct found found = find(night, digits);
    *path = NULL;
    if (found.job == NULL)
        return evd_fail_at(error, EVD_E_ARGUMENT, night->folder, 0, 0, "no job has a family '%.16s'", digits);
    if (found.is_one_of_several)
        return evd_fail_at(error, EVD_E_ARGUMENT, night->folder, 0, 0,
                           "'%.16s' is short for several families; more digits tell which", digits);
    *path = make_path(night, found.job, found.family->run);
    return *path != NULL ? EVD_OK : evd_fail_memory(error);
}

enum evd_status evd_night_outcomes(const struct evd_night *night, evd_take_outcome *take, void *context, size_t *left,
                                   struct evd_error *error)
{
    *left = 0;
    for (size_t i = 0; i < night->job_count; i++)
        *left += !night->jobs[i].is_conclusive;
    for (size_t i = 0; i < night->job_count; i++)
        for (size_t run = 0; night->jobs[i].is_conclusive && run < night->jobs[i].run_count; run++) {
            char *path = make_path(night, &night->jobs[i], run);
            if (path == NULL)
                return evd_fail_memory(error);
            const struct evd_job_ledger *listed = night->jobs[i].listed;
            const struct evd_night_outcome outcome = {
                path, night->jobs[i].name, listed != NULL ? listed->ledger : NULL};
            const bool goes_on = take(context, &outcome);
            free(path);
            if (!goes_on)
                return EVD_OK;
        }
    return EVD_OK;
}
