/* Learning, phase by phase:
 *
 *     diff      evd_learn_pair (learn/runs.c)      each pair of runs: the values that differ, the events without a counterpart
 *     count     evd_learn_count (learn/runs.c)     each run: how often there is what differs
 *     decide    evd_make_lessons (learn/lessons.c) what is taken for a rule (learn/decide.c)
 *     write     evd_learnt_write (learn/write.c)   the rules as a file
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "learn/lessons.h"
#include "learn/runs.h"

static enum evd_status check(const struct evd_log *const *runs, size_t count, struct evd_error *error)
{
    if (count < EVD_LEARN_RUNS_MIN || count > EVD_LEARN_RUNS_MAX)
        return evd_fail(error, EVD_E_ARGUMENT, "learning takes %d to %d runs", EVD_LEARN_RUNS_MIN, EVD_LEARN_RUNS_MAX);
    for (size_t i = 1; i < count; i++)
        if (runs[i]->rules != runs[0]->rules)
            return evd_fail(error, EVD_E_ARGUMENT, "all runs must be read with the same rules");
    return EVD_OK;
}

/* The paths of the runs, which may be freed before the file is written. */
static bool keep_paths(struct evd_owned_learnt *owned, const struct evd_log *const *runs, size_t count)
{
    owned->paths = evd_arena_array(&owned->book.arena, count, sizeof *owned->paths);
    for (size_t i = 0; owned->paths != NULL && i < count; i++) {
        const size_t length = strlen(runs[i]->path);
        char *bytes = evd_arena_alloc(&owned->book.arena, length + 1);
        if (bytes == NULL)
            return false;
        memcpy(bytes, runs[i]->path, length + 1);
        owned->paths[i] = (struct evd_string){bytes, length};
    }
    return owned->paths != NULL;
}

static void begin_counting(struct evd_session *session, const struct evd_log *const *runs, size_t count,
                           const struct evd_learn_options *options)
{
    uint64_t events = 0;
    for (size_t i = 0; i < count; i++)
        events += runs[i]->event_count;
    session->steps.tell = options->progress;
    session->steps.context = options->progress_context;
    evd_steps_begin(&session->steps, EVD_STEP_LEARN, events);
}

enum evd_status evd_learn(const struct evd_log *const *runs, size_t count, const struct evd_learn_options *options,
                          struct evd_learnt **learnt, struct evd_error *error)
{
    static const struct evd_learn_options DEFAULTS = {.pairing = EVD_PAIR_FIRST_CALL};
    struct evd_session *session = NULL;
    *learnt = NULL;
    options = options != NULL ? options : &DEFAULTS;
    enum evd_status status = check(runs, count, error);
    if (status != EVD_OK)
        return status;
    const struct evd_diff_options diffing = {
        .pairing = options->pairing,
        .resync = true,
        .progress = options->progress,
        .progress_context = options->progress_context};
    struct evd_owned_learnt *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return evd_fail_memory(error);
    struct evd_book *book = &owned->book;
    book->rules = runs[0]->rules;
    book->run_count = owned->learnt.run_count = count;
    book->pair_count = owned->learnt.run_pairs = count * (count - 1) / 2;
    status = evd_session_open(book->rules, options->threads, &session, error);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; status == EVD_OK && j < count; j++)
            status = evd_learn_pair(book, session, runs, i, j, &diffing, error);
    if (status == EVD_OK)
        begin_counting(session, runs, count, options);
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        status = evd_learn_count(book, &session->steps, runs[i], i, error);
    if (status == EVD_OK && (!keep_paths(owned, runs, count) || !evd_make_lessons(owned)))
        status = evd_fail_memory(error);
    evd_session_close(session);
    if (status == EVD_OK)
        *learnt = &owned->learnt;
    else
        evd_learnt_free(&owned->learnt);
    return status;
}

void evd_learnt_free(struct evd_learnt *learnt)
{
    if (learnt == NULL)
        return;
    struct evd_owned_learnt *owned = (struct evd_owned_learnt *)learnt;
    evd_book_release(&owned->book);
    free(owned->sources);
    free(learnt->lessons);
    free(owned);
}
