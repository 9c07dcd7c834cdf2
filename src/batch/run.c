/* run: which diff begins when.
 *
 * The longest come first, so that none is left over at the end; no two of them together may take more memory than there is, but for
 * one that no budget would ever admit, which runs alone. Hashing logs goes on while diffs run, a piece at a time, and just so
 * far ahead that a place that gets free is taken at once: what is read too early is out of the system's cache again when
 * its diff begins. A diff that has ended gives its place to the next one first; its outcome is taken while that runs. */
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/free_memory.h"
#include "batch/batch.h"
#include "batch/record.h"
#include "batch/unit.h"

/* Between two looks at the children while there is hashing to do. */
#define PIECE_BYTES ((uint64_t)8 << 20)

enum { WAIT_MS = 200, THREADS_MAX = 1024, AHEAD = 1 };

struct run {
    struct evd_batch *batch;
    struct evd_key_maker maker;
    struct evd_unit *units; /* longest first */
    size_t count;
    size_t first_waiting; /* those before it wait no more */
    size_t first_undone;  /* those before it are done */
    size_t ready, running, ended, done, trouble, cached, diffed;
    uint64_t work_bytes, done_bytes; /* as estimated; without what is cached */
    uint64_t used_bytes, budget_bytes;
    unsigned cores, slots; /* threads in all, and diffs at a time */
    double started;
    const char *last_name;
    struct pollfd *polls;
    struct evd_unit **running_units; /* by index of polls */
    struct evd_unit **ended_units;   /* to be concluded, the first of them first; twice as many as slots at most */
    bool is_stopped;
};

/* ── What earlier runs have found the logs to be ── */

static bool remember_job(struct evd_batch *batch, const char *out, const struct evd_batch_job *job)
{
    struct evd_buffer path = {0};
    bool is_good = true;
    for (size_t i = 0; is_good && i < job->ours.count; i++) {
        struct evd_arena arena = {0};
        struct evd_record record;
        char name[EVD_FILE_NAME_MAX];
        evd_record_name(i, name);
        is_good = evd_job_file(&path, out, job, name);
        if (is_good && evd_record_read(&arena, path.data, &record))
            for (size_t j = 0; is_good && j < record.log_count; j++)
                is_good = evd_identities_add(&batch->identities, record.logs[j].path, &record.logs[j].identity);
        evd_arena_release(&arena);
    }
    evd_buffer_release(&path);
    return is_good;
}

static bool remember_all(struct evd_batch *batch)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < batch->plan.job_count; i++)
        is_good = remember_job(batch, batch->out, &batch->plan.jobs[i]) &&
                  (batch->previous == NULL || remember_job(batch, batch->previous, &batch->plan.jobs[i]));
    return is_good;
}

/* ── Setting up ── */

static unsigned count_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static int by_estimate(const void *a, const void *b)
{
    const struct evd_unit *left = a, *right = b;
    if (left->estimate_bytes != right->estimate_bytes)
        return left->estimate_bytes < right->estimate_bytes ? 1 : -1;
    const int order = strcmp(left->job->name, right->job->name);
    return order != 0 ? order : (left->run > right->run) - (left->run < right->run);
}

/* Every machine deals the same units to the same shards: their order is that of the plan. */
static void deal(struct run *run)
{
    const struct evd_batch_options *options = run->batch->options;
    size_t kept = 0;
    if (run->count > 0)
        qsort(run->units, run->count, sizeof *run->units, by_estimate);
    for (size_t i = 0; i < run->count; i++)
        if (options->shards == 0 || i % options->shards == options->shard - 1)
            run->units[kept++] = run->units[i];
    run->count = kept;
}

static bool make_units(struct run *run)
{
    const struct evd_batch_plan *plan = &run->batch->plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->job_count; i++)
        count += plan->jobs[i].ours.count;
    run->units = calloc(count, sizeof *run->units);
    if (run->units == NULL)
        return false;
    for (size_t i = 0; i < plan->job_count; i++)
        for (size_t j = 0; j < plan->jobs[i].ours.count; j++)
            run->units[run->count++] =
                (struct evd_unit){.job = &plan->jobs[i], .run = j, .estimate_bytes = plan->jobs[i].estimate_bytes};
    deal(run);
    for (size_t i = 0; i < run->count; i++)
        run->work_bytes += run->units[i].estimate_bytes;
    return true;
}

static void choose_slots(struct run *run)
{
    const struct evd_batch_options *options = run->batch->options;
    run->cores = options->threads > 0 ? options->threads : count_cores();
    run->slots = options->jobs > 0 ? options->jobs : run->cores;
    if (run->slots > run->count && run->count > 0)
        run->slots = (unsigned)run->count;
    if (run->slots < 1)
        run->slots = 1;
    run->budget_bytes = options->memory_bytes > 0 ? options->memory_bytes : evd_free_memory("") / 5 * 4;
}

static enum evd_status set_up(struct run *run, struct evd_error *error)
{
    run->started = evd_seconds_now();
    if (!remember_all(run->batch) || !make_units(run))
        return evd_fail_memory(error);
    choose_slots(run);
    run->polls = calloc(run->slots, sizeof *run->polls);
    run->running_units = calloc(run->slots, sizeof(struct evd_unit *));
    run->ended_units = calloc(2 * (size_t)run->slots, sizeof(struct evd_unit *));
    if (run->polls == NULL || run->running_units == NULL || run->ended_units == NULL)
        return evd_fail_memory(error);
    return evd_key_maker_init(&run->maker, run->batch->options, run->batch->plan.folder, error);
}

/* ── Keeping count ── */

static void tell(const struct run *run)
{
    const struct evd_batch_options *options = run->batch->options;
    const struct evd_batch_progress progress = {
        .jobs = run->count,
        .done = run->done,
        .running = run->running,
        .trouble = run->trouble,
        .seconds = evd_seconds_now() - run->started,
        .work_bytes = run->work_bytes,
        .done_bytes = run->done_bytes,
        .name = run->last_name,
    };
    if (options->progress != NULL)
        options->progress(options->progress_context, &progress);
}

static void count_done(struct run *run, const struct evd_unit *unit)
{
    run->done++;
    if (unit->is_cached)
        run->work_bytes -= unit->estimate_bytes;
    else
        run->done_bytes += unit->estimate_bytes;
    run->trouble += unit->result != EVD_RESULT_DONE;
    run->cached += unit->is_cached;
    run->diffed += !unit->is_cached && unit->result == EVD_RESULT_DONE;
}

/* ── Steps ── */

/* A piece of work on the first unit that waits. */
static enum evd_status prepare_some(struct run *run, struct evd_error *error)
{
    while (run->first_waiting < run->count && run->units[run->first_waiting].state != EVD_UNIT_WAITING)
        run->first_waiting++;
    if (run->first_waiting == run->count)
        return EVD_OK;
    struct evd_unit *unit = &run->units[run->first_waiting];
    const enum evd_status status = evd_unit_prepare(unit, run->batch, &run->maker, PIECE_BYTES, error);
    if (unit->state == EVD_UNIT_DONE)
        count_done(run, unit);
    run->ready += unit->state == EVD_UNIT_READY;
    return status;
}

static bool is_admitted(const struct run *run, const struct evd_unit *unit)
{
    return run->running == 0 ||
           (run->used_bytes <= run->budget_bytes && unit->estimate_bytes <= run->budget_bytes - run->used_bytes);
}

/* For the diff that begins now. The last ones, which have the machine for themselves, get all of it. */
static unsigned choose_threads(const struct run *run)
{
    const size_t left = run->count - run->done - run->ended;
    const unsigned beside = left < run->slots ? (unsigned)left : run->slots;
    const unsigned threads = run->cores / beside;
    return threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
}

/* Starts the longest unit that is ready and has room. */
static enum evd_status start_one(struct run *run, bool *is_started, struct evd_error *error)
{
    *is_started = false;
    while (run->first_undone < run->count && run->units[run->first_undone].state == EVD_UNIT_DONE)
        run->first_undone++;
    for (size_t i = run->first_undone; i < run->count && run->ready > 0; i++) {
        struct evd_unit *unit = &run->units[i];
        if (unit->state != EVD_UNIT_READY || !is_admitted(run, unit))
            continue;
        const enum evd_status status = evd_unit_start(unit, run->batch, choose_threads(run), error);
        if (status != EVD_OK)
            return status;
        run->ready--;
        run->running_units[run->running++] = unit;
        run->used_bytes += unit->estimate_bytes;
        run->last_name = unit->job->name;
        *is_started = true;
        return EVD_OK;
    }
    return EVD_OK;
}

static void take_all(struct run *run)
{
    for (size_t i = run->running; i-- > 0;) {
        struct evd_unit *unit = run->running_units[i];
        evd_unit_take(unit);
        if (unit->state == EVD_UNIT_RUNNING) {
            evd_child_tick(evd_unit_child(unit));
            continue;
        }
        run->running_units[i] = run->running_units[--run->running];
        run->used_bytes -= unit->estimate_bytes;
        run->ended_units[run->ended++] = unit;
    }
}

/* Concludes the unit that ended first. */
static enum evd_status conclude_one(struct run *run, struct evd_error *error)
{
    struct evd_unit *unit = run->ended_units[0];
    const enum evd_status status = evd_unit_conclude(unit, run->batch, &run->maker, error);
    run->ended--;
    memmove(run->ended_units, run->ended_units + 1, run->ended * sizeof *run->ended_units);
    run->ready += unit->state == EVD_UNIT_READY;
    if (unit->state == EVD_UNIT_WAITING && (size_t)(unit - run->units) < run->first_waiting)
        run->first_waiting = (size_t)(unit - run->units);
    if (unit->state == EVD_UNIT_DONE)
        count_done(run, unit);
    return status;
}

/* Waits at most so long for a child to say something or to end. */
static void wait_for_children(struct run *run, int most_ms)
{
    for (size_t i = 0; i < run->running; i++)
        run->polls[i] = (struct pollfd){.fd = evd_unit_child(run->running_units[i])->pipe, .events = POLLIN};
    poll(run->polls, (nfds_t)run->running, most_ms);
    take_all(run);
}

static void stop_children(struct run *run)
{
    for (size_t i = 0; i < run->running; i++)
        if (!evd_unit_child(run->running_units[i])->is_stopped)
            evd_child_stop(evd_unit_child(run->running_units[i]));
}

static bool is_to_stop(const struct run *run)
{
    const volatile sig_atomic_t *stop = run->batch->options->stop;
    return stop != NULL && *stop != 0;
}

/* Something that is to be done while diffs run; *is_idle: there is nothing. */
static enum evd_status do_some(struct run *run, bool *is_idle, struct evd_error *error)
{
    /* Prepared ahead: one for each place that is free, and one more. */
    const bool has_ahead = run->ready >= run->slots - run->running + AHEAD;
    const bool prepares = run->first_waiting < run->count && !has_ahead;
    enum evd_status status = prepares ? prepare_some(run, error) : EVD_OK;
    *is_idle = !prepares && run->ended == 0;
    if (status == EVD_OK && run->ended > 0)
        status = conclude_one(run, error);
    return status;
}

static enum evd_status go_on(struct run *run, struct evd_error *error)
{
    bool is_started = false, is_idle;
    enum evd_status status = EVD_OK;
    /* What has ended is in memory, and lost when the batch is killed: no more of it than of what runs. */
    if (run->running < run->slots && run->ended <= run->slots)
        status = start_one(run, &is_started, error);
    if (status != EVD_OK || is_started)
        return status;
    status = do_some(run, &is_idle, error);
    if (status == EVD_OK && run->running > 0)
        wait_for_children(run, is_idle ? WAIT_MS : 0);
    return status;
}

/* Ends the diffs; what has ended by itself is concluded. */
static enum evd_status wind_up(struct run *run, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    stop_children(run);
    if (run->running > 0)
        wait_for_children(run, WAIT_MS);
    while (status == EVD_OK && run->ended > 0)
        status = conclude_one(run, error);
    return status;
}

static enum evd_status run_all(struct run *run, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    while (status == EVD_OK && run->done < run->count) {
        run->is_stopped = is_to_stop(run);
        if (run->is_stopped && run->running + run->ended == 0)
            break;
        status = run->is_stopped ? wind_up(run, error) : go_on(run, error);
        tell(run);
    }
    return status;
}

static void release(struct run *run)
{
    for (size_t i = 0; run->units != NULL && i < run->count; i++)
        evd_unit_release(&run->units[i]);
    evd_key_maker_release(&run->maker);
    free(run->units);
    free(run->polls);
    free(run->running_units);
    free(run->ended_units);
}

enum evd_status evd_batch_run(struct evd_batch *batch, struct evd_batch_tally *tally, struct evd_error *error)
{
    struct run run = {.batch = batch};
    enum evd_status status = set_up(&run, error);
    if (status == EVD_OK)
        status = run_all(&run, error);
    *tally = (struct evd_batch_tally){
        .runs = run.count,
        .diffed = run.diffed,
        .cached = run.cached,
        .trouble = run.trouble,
        .left = run.count - run.done,
        .is_stopped = run.is_stopped,
    };
    release(&run);
    return status;
}
