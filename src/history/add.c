#include "history/add.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
#include "batch/plan.h"
#include "history/order.h"
#include "history/spans.h"

/* Pages fill up to seven eighths as nights are added, and wholly when the file is packed, which needs it for itself: where somebody reads it,
 * it is left for another time. */
enum { PACK_NIGHTS = 32 };

/* A night of the history. */
struct night {
    const char *label, *folder;
};

/* A job whose spans are to be made anew. */
struct stale_job {
    const char *name;
    int64_t id;
};

/* An addition while it goes on. */
struct addition {
    struct evd_history *history;
    const struct evd_night_facts *facts;
    struct evd_arena arena;
    struct night *nights; /* by their numbers, from 1 */
    size_t night_count, night_capacity;
    int64_t night; /* number of the one that is added */
    struct stale_job *stale;
    size_t stale_count, stale_capacity;
    bool is_added, is_changed, has_dropped;
};

/* ── Nights ── */

static bool add_night(struct addition *addition, const char *label, const char *folder)
{
    struct night *nights = evd_grow(addition->nights, addition->night_count, &addition->night_capacity, sizeof *nights);
    if (nights == NULL)
        return false;
    addition->nights = nights;
    nights[addition->night_count++] = (struct night){label, folder};
    return label != NULL && folder != NULL;
}

static const char *keep_column(struct evd_arena *arena, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL ? NULL : evd_keep_string(arena, text, strlen(text));
}

/* Nights have the numbers from 1 on, in their order. */
static enum evd_status load_nights(struct addition *addition, struct evd_error *error)
{
    sqlite3_stmt *statement;
    bool is_there = true;
    enum evd_status status = evd_database_bind(addition->history, EVD_SQL_NIGHTS, &statement, error, "");
    while (status == EVD_OK && is_there) {
        int64_t number;
        status = evd_database_next(addition->history, statement, &number, 1, &is_there, error);
        if (status != EVD_OK || !is_there)
            break;
        if (!add_night(addition, keep_column(&addition->arena, statement, 1),
                       keep_column(&addition->arena, statement, 2)))
            return evd_fail_memory(error);
        const size_t count = addition->night_count;
        if (number != (int64_t)count ||
            (count > 1 &&
             evd_compare_labels(addition->nights[count - 2].label, addition->nights[count - 1].label) >= 0))
            return evd_database_refuse(addition->history, error);
    }
    return status;
}

/* Makes room for a night before others. */
static enum evd_status shift(struct addition *addition, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (int which = EVD_SQL_SHIFT_NIGHT; status == EVD_OK && which <= EVD_SQL_SHIFT_SPAN_FIRST_BACK; which++) {
        const bool is_back = which == EVD_SQL_SHIFT_NIGHT_BACK || which == EVD_SQL_SHIFT_RUN_BACK ||
                             which == EVD_SQL_SHIFT_SPAN_FIRST_BACK;
        status = evd_database_do(addition->history, (enum evd_sql)which, error, is_back ? "" : "i", addition->night);
    }
    return status;
}

/* Finds the place of the night, and puts it there. */
static enum evd_status place_night(struct addition *addition, struct evd_error *error)
{
    const struct evd_night_facts *facts = addition->facts;
    size_t before = addition->night_count;
    while (before > 0 && evd_compare_labels(addition->nights[before - 1].label, facts->label) >= 0)
        before--;
    addition->night = (int64_t)before + 1;
    if (before < addition->night_count && strcmp(addition->nights[before].label, facts->label) == 0) {
        addition->nights[before].folder = facts->folder;
        const enum evd_status status =
            evd_database_do(addition->history, EVD_SQL_NIGHT_MOVE, error, "is", addition->night, facts->folder);
        addition->is_changed |= sqlite3_changes(addition->history->sqlite) > 0;
        return status;
    }
    addition->is_added = true;
    enum evd_status status = before < addition->night_count ? shift(addition, error) : EVD_OK;
    if (status == EVD_OK)
        status = evd_database_do(
            addition->history, EVD_SQL_NIGHT_INSERT, error, "iss", addition->night, facts->label, facts->folder);
    if (status != EVD_OK)
        return status;
    if (!add_night(addition, facts->label, facts->folder))
        return evd_fail_memory(error);
    memmove(&addition->nights[before + 1], &addition->nights[before],
            (addition->night_count - 1 - before) * sizeof *addition->nights);
    addition->nights[before] = (struct night){facts->label, facts->folder};
    return EVD_OK;
}

/* ── Jobs ── */

/* A job of the history. */
struct known_job {
    int64_t id, last_night, peak_mib;
};

static enum evd_status find_job(struct addition *addition, const char *name, struct known_job *job,
                                struct evd_error *error)
{
    int64_t numbers[3];
    bool is_there;
    enum evd_status status = evd_database_ask(addition->history, EVD_SQL_JOB, numbers, 3, &is_there, error, "s", name);
    if (status == EVD_OK && !is_there) {
        status = evd_database_do(addition->history, EVD_SQL_JOB_INSERT, error, "s", name);
        *job = (struct known_job){.id = sqlite3_last_insert_rowid(addition->history->sqlite)};
    } else if (status == EVD_OK) {
        *job = (struct known_job){numbers[0], numbers[1], numbers[2]};
    }
    return status;
}

static enum evd_status put_run(struct addition *addition, int64_t night, int64_t job, const struct evd_job_facts *facts,
                               struct evd_error *error)
{
    return evd_database_do(
        addition->history, EVD_SQL_RUN_PUT, error, "iiiiiiiiii", night, job, (int64_t)facts->verdict,
        (int64_t)facts->digest, (int64_t)facts->events, (int64_t)facts->matched, (int64_t)facts->absorbed,
        (int64_t)facts->sighting_count, (int64_t)facts->roots, (int64_t)facts->centiseconds);
}

static enum evd_status make_stale(struct addition *addition, const char *name, int64_t id, struct evd_error *error)
{
    struct stale_job *stale =
        evd_grow(addition->stale, addition->stale_count, &addition->stale_capacity, sizeof *stale);
    if (stale == NULL)
        return evd_fail_memory(error);
    addition->stale = stale;
    stale[addition->stale_count++] = (struct stale_job){name, id};
    return EVD_OK;
}

/* A job that has come to the same, though perhaps at another cost. */
static enum evd_status take_cost(struct addition *addition, const struct evd_job_facts *facts,
                                 const struct known_job *job, int64_t old_centiseconds, struct evd_error *error)
{
    const bool is_last = job->last_night == addition->night;
    enum evd_status status = EVD_OK;
    if (old_centiseconds != (int64_t)facts->centiseconds) {
        addition->is_changed = true;
        status = put_run(addition, addition->night, job->id, facts, error);
    }
    if (status == EVD_OK && is_last && job->peak_mib != (int64_t)facts->peak_mib) {
        addition->is_changed = true;
        status = evd_database_do(
            addition->history, EVD_SQL_JOB_SEEN, error, "iii", job->id, addition->night, (int64_t)facts->peak_mib);
    }
    return status;
}

static enum evd_status take_job(struct addition *addition, const struct evd_job_facts *facts, struct evd_error *error)
{
    enum { COST, VERDICT, DIGEST, EVENTS, MATCHED, ABSORBED, FAMILIES, ROOTS, COLUMNS };
    const int64_t now[COLUMNS] = {
        [VERDICT] = facts->verdict,
        [DIGEST] = (int64_t)facts->digest,
        [EVENTS] = (int64_t)facts->events,
        [MATCHED] = (int64_t)facts->matched,
        [ABSORBED] = (int64_t)facts->absorbed,
        [FAMILIES] = (int64_t)facts->sighting_count,
        [ROOTS] = (int64_t)facts->roots,
    };
    int64_t old[COLUMNS];
    struct known_job job;
    bool is_there = false;
    enum evd_status status = find_job(addition, facts->name, &job, error);
    if (status == EVD_OK)
        status = evd_database_ask(
            addition->history, EVD_SQL_RUN, old, COLUMNS, &is_there, error, "ii", addition->night, job.id);
    if (status != EVD_OK)
        return status;
    if (is_there && memcmp(&old[VERDICT], &now[VERDICT], sizeof now - sizeof now[0]) == 0)
        return take_cost(addition, facts, &job, old[COST], error);
    addition->is_changed = true;
    status = put_run(addition, addition->night, job.id, facts, error);
    if (status != EVD_OK)
        return status;
    const bool was_conclusive = is_there && old[VERDICT] < EVD_NIGHT_INCONCLUSIVE;
    const bool is_conclusive = evd_is_conclusive(facts->verdict);
    if (was_conclusive || (is_conclusive && job.last_night > addition->night))
        return make_stale(addition, facts->name, job.id, error);
    return is_conclusive ? evd_spans_append(addition->history, job.id, addition->night, job.last_night, facts, error)
                         : EVD_OK;
}

/* Jobs that the night had and has no more. */
static enum evd_status drop_jobs(struct addition *addition, struct evd_error *error)
{
    sqlite3_stmt *statement;
    bool is_there = true;
    enum evd_status status =
        evd_database_bind(addition->history, EVD_SQL_RUNS_OF_NIGHT, &statement, error, "i", addition->night);
    while (status == EVD_OK && is_there) {
        int64_t run[2];
        status = evd_database_next(addition->history, statement, run, 2, &is_there, error);
        if (status != EVD_OK || !is_there)
            break;
        const char *name = keep_column(&addition->arena, statement, 2);
        if (name == NULL)
            return evd_fail_memory(error);
        if (evd_find_job_facts(addition->facts, name) != NULL)
            continue;
        addition->is_changed = addition->has_dropped = true;
        status = evd_database_do(addition->history, EVD_SQL_RUN_DELETE, error, "ii", addition->night, run[0]);
        if (status == EVD_OK && run[1] < EVD_NIGHT_INCONCLUSIVE)
            status = make_stale(addition, name, run[0], error);
    }
    return status;
}

/* ── Making anew ── */

static int compare_stale(const void *left, const void *right)
{
    return strcmp(((const struct stale_job *)left)->name, ((const struct stale_job *)right)->name);
}

static enum evd_status clear_job(struct addition *addition, int64_t job, bool *has_run, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (int which = EVD_SQL_JOB_CLEAR_SPANS; status == EVD_OK && which <= EVD_SQL_JOB_CLEAR; which++)
        status = evd_database_do(addition->history, (enum evd_sql)which, error, "i", job);
    sqlite3_stmt *statement;
    bool is_there = true;
    if (status == EVD_OK)
        status = evd_database_bind(addition->history, EVD_SQL_RUNS_OF_JOB, &statement, error, "i", job);
    while (status == EVD_OK && is_there) {
        int64_t night;
        status = evd_database_next(addition->history, statement, &night, 1, &is_there, error);
        if (status == EVD_OK && is_there && (night < 1 || night > (int64_t)addition->night_count))
            return evd_database_refuse(addition->history, error);
        if (status == EVD_OK && is_there)
            has_run[night] = true;
    }
    return status;
}

static enum evd_status replay(struct addition *addition, int64_t night, const struct evd_night_facts *facts,
                              struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < addition->stale_count; i++) {
        const struct stale_job *stale = &addition->stale[i];
        const struct evd_job_facts *job = evd_find_job_facts(facts, stale->name);
        struct known_job present;
        if (job == NULL) {
            status = evd_database_do(addition->history, EVD_SQL_RUN_DELETE, error, "ii", night, stale->id);
            continue;
        }
        status = find_job(addition, stale->name, &present, error);
        if (status == EVD_OK)
            status = put_run(addition, night, stale->id, job, error);
        if (status == EVD_OK && evd_is_conclusive(job->verdict))
            status = evd_spans_append(addition->history, stale->id, night, present.last_night, job, error);
    }
    return status;
}

static enum evd_status read_again(struct addition *addition, int64_t night, const char *const *names,
                                  const struct evd_night_reader *reader, struct evd_error *error)
{
    struct evd_night_facts facts;
    struct evd_error why;
    const struct night *wanted = &addition->nights[night - 1];
    enum evd_status status = reader->read(reader->context, wanted->folder, names, addition->stale_count, &facts, &why);
    if (status != EVD_OK && status != EVD_E_NO_MEMORY)
        status = evd_fail_at(error, status, why.path, why.line, why.column,
                             "%.200s; night %.80s is read again, since one before it is imported or has changed; "
                             "import all nights that are left into a new file",
                             why.message, wanted->label);
    else if (status == EVD_OK && strcmp(facts.label, wanted->label) != 0)
        status = evd_fail_at(error, EVD_E_INPUT, wanted->folder, 0, 0,
                             "is night %.80s no more, but %.80s; import all nights that are left into a new file",
                             wanted->label, facts.label);
    else
        status = status == EVD_OK ? replay(addition, night, &facts, error) : evd_fail_memory(error);
    evd_night_facts_release(&facts);
    return status;
}

static enum evd_status remake(struct addition *addition, const struct evd_night_reader *reader, struct evd_error *error)
{
    const char **names = calloc(addition->stale_count, sizeof *names);
    bool *has_run = calloc(addition->night_count + 1, sizeof *has_run);
    enum evd_status status = names == NULL || has_run == NULL ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK)
        qsort(addition->stale, addition->stale_count, sizeof *addition->stale, compare_stale);
    for (size_t i = 0; status == EVD_OK && i < addition->stale_count; i++) {
        names[i] = addition->stale[i].name;
        status = clear_job(addition, addition->stale[i].id, has_run, error);
    }
    for (size_t i = 1; status == EVD_OK && i <= addition->night_count; i++) {
        if ((int64_t)i == addition->night)
            status = replay(addition, (int64_t)i, addition->facts, error);
        else if (has_run[i])
            status = read_again(addition, (int64_t)i, names, reader, error);
    }
    free(names);
    free(has_run);
    return status;
}

/* ── Both ── */

static enum evd_status add(struct addition *addition, const struct evd_night_reader *reader, struct evd_error *error)
{
    enum evd_status status = load_nights(addition, error);
    if (status == EVD_OK)
        status = place_night(addition, error);
    for (size_t i = 0; status == EVD_OK && i < addition->facts->job_count; i++)
        status = take_job(addition, &addition->facts->jobs[i], error);
    if (status == EVD_OK && !addition->is_added)
        status = drop_jobs(addition, error);
    if (status == EVD_OK && addition->stale_count > 0)
        status = remake(addition, reader, error);
    if (status == EVD_OK && (addition->stale_count > 0 || addition->has_dropped)) {
        status = evd_database_do(addition->history, EVD_SQL_DROP_FAMILIES, error, "");
        if (status == EVD_OK)
            status = evd_database_do(addition->history, EVD_SQL_DROP_JOBS, error, "");
    }
    return status;
}

static void pack(struct evd_history *history)
{
    sqlite3_busy_timeout(history->sqlite, 0);
    evd_database_do(history, EVD_SQL_PACK, NULL, "");
    sqlite3_busy_timeout(history->sqlite, EVD_HISTORY_BUSY_MS);
}

enum evd_status evd_history_add(struct evd_history *history, const struct evd_night_facts *facts,
                                const struct evd_night_reader *reader, enum evd_night_change *change,
                                struct evd_error *error)
{
    struct addition addition = {.history = history, .facts = facts};
    enum evd_status status = evd_database_do(history, EVD_SQL_BEGIN, error, "");
    if (status != EVD_OK)
        return status;
    status = add(&addition, reader, error);
    *change = addition.is_added ? EVD_NIGHT_ADDED : addition.is_changed ? EVD_NIGHT_CHANGED : EVD_NIGHT_UNCHANGED;
    for (int i = 0; i < EVD_SQL_COUNT; i++)
        if (history->statements[i] != NULL)
            sqlite3_reset(history->statements[i]);
    if (status == EVD_OK)
        status = evd_database_do(history, EVD_SQL_COMMIT, error, "");
    if (status != EVD_OK)
        evd_database_do(history, EVD_SQL_ROLLBACK, NULL, "");
    else if (addition.is_added && addition.night_count % PACK_NIGHTS == 0)
        pack(history);
    free(addition.nights);
    free(addition.stale);
    evd_arena_release(&addition.arena);
    return status;
}
