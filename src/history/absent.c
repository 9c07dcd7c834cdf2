/* In the place of all other files of this room where there is no SQLite. */
#include "base/fail.h"
#include "evdiff/history.h"

static enum evd_status refuse(struct evd_error *error)
{
    return evd_fail(error, EVD_E_ARGUMENT,
                    "this evdiff was built without SQLite; build it with libsqlite3-dev and -Dhistory=enabled");
}

bool evd_history_is_built(void)
{
    return false;
}

bool evd_history_is_there(const char *path)
{
    (void)path;
    return false;
}

enum evd_status evd_history_open(const char *path, bool is_made, struct evd_history **history, struct evd_error *error)
{
    (void)path;
    (void)is_made;
    *history = NULL;
    return refuse(error);
}

void evd_history_close(struct evd_history *history)
{
    (void)history;
}

enum evd_status evd_history_import(struct evd_history *history, const char *const *folders, size_t count,
                                   struct evd_history_tally *tally, struct evd_error *error)
{
    (void)history;
    (void)folders;
    (void)count;
    *tally = (struct evd_history_tally){0};
    return refuse(error);
}

enum evd_status evd_history_job_nights(void *history, const char *job, const char *night, evd_take_job_night *take,
                                       void *taken, struct evd_error *error)
{
    (void)history;
    (void)job;
    (void)night;
    (void)take;
    (void)taken;
    return refuse(error);
}

enum evd_status evd_history_answer(struct evd_history *history, const struct evd_history_request *request,
                                   const char *format, evd_write *write, void *context, struct evd_error *error)
{
    (void)history;
    (void)request;
    (void)format;
    (void)write;
    (void)context;
    return refuse(error);
}

enum evd_status evd_history_night_before(struct evd_history *history, const char *night, char **folder,
                                         struct evd_error *error)
{
    (void)history;
    (void)night;
    *folder = NULL;
    return refuse(error);
}

enum evd_status evd_history_first_night(struct evd_history *history, const char *job, uint64_t signature,
                                        const char *night, char **first, struct evd_error *error)
{
    (void)history;
    (void)job;
    (void)signature;
    (void)night;
    *first = NULL;
    return refuse(error);
}
