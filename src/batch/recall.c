/* What a history knows of a night's jobs, taken into the night: how each came out in the last nights. */
#include <string.h>

#include "base/fail.h"
#include "batch/night.h"
#include "batch/plan.h"

struct taker {
    struct evd_night *night;
    struct evd_job_night list[EVD_JOB_NIGHTS_MAX]; /* the newest first, as they are told */
    size_t count;
    bool has_failed;
};

static bool take(void *context, const struct evd_job_night *told)
{
    struct taker *taker = context;
    if (taker->count == EVD_JOB_NIGHTS_MAX)
        return true;
    struct evd_job_night *kept = &taker->list[taker->count];
    *kept = *told;
    kept->name = evd_keep_string(&taker->night->arena, told->name, strlen(told->name));
    taker->has_failed |= kept->name == NULL;
    taker->count++;
    return !taker->has_failed;
}

enum evd_status evd_night_recall(struct evd_night *night, evd_tell_job_nights *tell, void *context,
                                 struct evd_error *error)
{
    for (size_t i = 0; i < night->job_count; i++) {
        struct evd_night_job *job = &night->jobs[i];
        struct taker taker = {.night = night};
        const enum evd_status status = tell(context, job->name, night->name, take, &taker, error);
        if (status != EVD_OK || taker.has_failed)
            return taker.has_failed ? evd_fail_memory(error) : status;
        struct evd_job_night *kept = evd_arena_array(&night->arena, taker.count, sizeof *kept);
        if (kept == NULL)
            return evd_fail_memory(error);
        for (size_t j = 0; j < taker.count; j++)
            kept[j] = taker.list[taker.count - 1 - j];
        job->nights = kept;
        job->night_count = taker.count;
    }
    return EVD_OK;
}
