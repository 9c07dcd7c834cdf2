/* History: random nights in random order, changed and imported again, against a slow twin that goes through all sightings. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "history/add.h"
#include "history/order.h"
#include "random.h"

enum { NIGHTS = 12, JOBS = 3, FAMILIES = 4, SEEDS = 40, STEPS = 40, LINES_MAX = 2048, LINE_BYTES = 160 };

struct seen {
    bool is_there, is_root;
    unsigned count, weight, tid;
};

struct job {
    bool is_there;
    enum evd_night_verdict verdict;
    unsigned centiseconds, peak;
    struct seen seen[FAMILIES];
};

/* What the folders hold, and which of them were imported. */
struct world {
    struct job jobs[NIGHTS][JOBS];
    bool is_imported[NIGHTS];
    bool is_gone[NIGHTS]; /* the folder is not there any more */
};

static const char *const NAMES[JOBS] = {"a", "b/c", "d"};

/* In the order of the nights: numbers count as such. */
static void name_night(unsigned night, char label[16])
{
    snprintf(label, 16, "night-%u", night + 4);
}

static void draw_job(struct random *random, struct job *job)
{
    *job = (struct job){.is_there = random_below(random, 10) > 0,
                        .centiseconds = random_below(random, 2),
                        .peak = random_below(random, 2)};
    job->verdict = random_below(random, 4) == 0 ? (enum evd_night_verdict)random_below(random, EVD_NIGHT_VERDICTS)
                                                : EVD_NIGHT_DIVERGED;
    for (unsigned i = 0; i < FAMILIES; i++)
        job->seen[i] = (struct seen){
            .is_there = random_below(random, 3) > 0,
            .is_root = random_below(random, 2) > 0,
            .count = random_below(random, 9) + 1,
            .weight = random_below(random, 9),
            .tid = random_below(random, 3),
        };
}

/* ── As facts ── */

static enum evd_status read_night(void *context, const char *folder, const char *const *names, size_t name_count,
                                  struct evd_night_facts *facts, struct evd_error *error)
{
    const struct world *world = context;
    char label[16];
    unsigned night = 0;
    *facts = (struct evd_night_facts){.label = NULL};
    for (; night < NIGHTS; night++) {
        name_night(night, label);
        if (strcmp(label, folder) == 0)
            break;
    }
    cr_assert(night < NIGHTS);
    if (world->is_gone[night])
        return evd_fail_at(error, EVD_E_IO, folder, 0, 0, "No such file or directory");
    char *kept = evd_arena_alloc(&facts->arena, sizeof label);
    memcpy(kept, label, sizeof label);
    facts->label = facts->folder = kept;
    facts->jobs = evd_arena_array(&facts->arena, JOBS, sizeof *facts->jobs);
    for (unsigned i = 0; i < JOBS; i++) {
        const struct job *job = &world->jobs[night][i];
        bool is_wanted = names == NULL;
        for (size_t k = 0; k < name_count; k++)
            is_wanted |= strcmp(names[k], NAMES[i]) == 0;
        if (!job->is_there || !is_wanted)
            continue;
        struct evd_job_facts *told = &facts->jobs[facts->job_count++];
        *told = (struct evd_job_facts){
            .name = NAMES[i], .verdict = job->verdict, .centiseconds = job->centiseconds, .peak_mib = job->peak};
        told->sightings = evd_arena_array(&facts->arena, FAMILIES, sizeof *told->sightings);
        for (unsigned k = 0; evd_is_conclusive(job->verdict) && k < FAMILIES; k++)
            if (job->seen[k].is_there)
                told->sightings[told->sighting_count++] = (struct evd_sighting){
                    .signature = UINT64_MAX - k,
                    .recipe = 1,
                    .class_ = "value",
                    .kind = {"kind", 4},
                    .is_root = job->seen[k].is_root,
                    .count = job->seen[k].count,
                    .weight = job->seen[k].weight,
                    .place = {.tid = job->seen[k].tid, .tid_event_idx = -1},
                };
        cr_assert(evd_job_facts_settle(told));
    }
    return EVD_OK;
}

/* ── As lines: of the database, and of the twin ── */

struct lines {
    char text[LINES_MAX][LINE_BYTES];
    size_t count;
};

static int compare_lines(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void add_line(struct lines *lines, const char *text)
{
    cr_assert(lines->count < LINES_MAX && strlen(text) < LINE_BYTES);
    strcpy(lines->text[lines->count++], text);
}

static void list_database(struct evd_history *history, struct lines *lines)
{
    static const char *const SQL[] = {
        "SELECT 'night ' || id || ' ' || label FROM night",
        "SELECT 'run ' || label || ' ' || name || ' ' || verdict || ' ' || families || ' ' || roots || ' ' || centiseconds"
        " FROM run JOIN night ON night.id = night JOIN job ON job.id = job",
        "SELECT 'job ' || name || ' ' || last_night || ' ' || peak_mib FROM job",
        "SELECT 'family ' || printf('%x', signature) || ' ' || recipe || ' ' || class || ' ' || kind FROM family",
        "SELECT 'strand ' || name || ' ' || printf('%x', signature) || ' ' || first_night || ' ' || span_first || ' ' ||"
        " count_last || ' ' || weight_last || ' ' || canary_tid || ' ' || canary_idx || ' ' || root_streak FROM strand"
        " JOIN job ON job.id = job JOIN family ON family.id = family",
        "SELECT 'span ' || name || ' ' || printf('%x', signature) || ' ' || span.first_night || ' ' || last_night || ' ' ||"
        " nights || ' ' || root_nights || ' ' || count_min || ' ' || count_max FROM span JOIN (SELECT strand.id AS s, name,"
        " signature FROM strand JOIN job ON job.id = job JOIN family ON family.id = family) ON s = strand",
    };
    lines->count = 0;
    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++) {
        sqlite3_stmt *statement;
        cr_assert_eq(sqlite3_prepare_v2(history->sqlite, SQL[i], -1, &statement, NULL), SQLITE_OK, "%s",
                     sqlite3_errmsg(history->sqlite));
        while (sqlite3_step(statement) == SQLITE_ROW)
            add_line(lines, (const char *)sqlite3_column_text(statement, 0));
        sqlite3_finalize(statement);
    }
    qsort(lines->text, lines->count, LINE_BYTES, compare_lines);
}

/* A job's family, night by night. `rank` has the numbers of the nights that are imported, from 1. */
static bool list_family(const struct world *world, const unsigned *rank, unsigned job, unsigned family,
                        struct lines *lines)
{
    char line[LINE_BYTES];
    unsigned first_ever = 0, first = 0, last = 0, nights = 0, roots = 0, least = 0, most = 0, streak = 0;
    const struct seen *newest = NULL;
    for (unsigned night = 0; night < NIGHTS; night++) {
        const struct job *now = &world->jobs[night][job];
        const struct seen *seen = &now->seen[family];
        if (!world->is_imported[night] || !now->is_there || !evd_is_conclusive(now->verdict))
            continue;
        if (seen->is_there && nights == 0) {
            first = rank[night];
            roots = 0, least = most = seen->count, streak = 0;
        }
        if (seen->is_there) {
            first_ever = first_ever == 0 ? rank[night] : first_ever;
            last = rank[night];
            nights++;
            roots += seen->is_root;
            streak = seen->is_root ? streak + 1 : 0;
            least = seen->count < least ? seen->count : least;
            most = seen->count > most ? seen->count : most;
            newest = seen;
        } else if (nights > 0) {
            snprintf(line, sizeof line, "span %s %llx %u %u %u %u %u %u", NAMES[job],
                     (unsigned long long)(UINT64_MAX - family), first, last, nights, roots, least, most);
            add_line(lines, line);
            nights = 0;
        }
    }
    if (nights > 0) {
        snprintf(line, sizeof line, "span %s %llx %u %u %u %u %u %u", NAMES[job],
                 (unsigned long long)(UINT64_MAX - family), first, last, nights, roots, least, most);
        add_line(lines, line);
    }
    if (newest == NULL)
        return false;
    snprintf(line, sizeof line, "strand %s %llx %u %u %u %u %u -1 %u", NAMES[job],
             (unsigned long long)(UINT64_MAX - family), first_ever, first, newest->count, newest->weight, newest->tid,
             streak);
    add_line(lines, line);
    return true;
}

static void list_world(const struct world *world, struct lines *lines)
{
    char line[LINE_BYTES], label[16];
    unsigned rank[NIGHTS] = {0}, count = 0;
    bool has_family[FAMILIES] = {false};
    lines->count = 0;
    for (unsigned night = 0; night < NIGHTS; night++) {
        if (!world->is_imported[night])
            continue;
        rank[night] = ++count;
        name_night(night, label);
        snprintf(line, sizeof line, "night %u %s", count, label);
        add_line(lines, line);
        for (unsigned i = 0; i < JOBS; i++) {
            const struct job *job = &world->jobs[night][i];
            unsigned families = 0, roots = 0;
            for (unsigned k = 0; evd_is_conclusive(job->verdict) && k < FAMILIES; k++) {
                families += job->seen[k].is_there;
                roots += job->seen[k].is_there && job->seen[k].is_root;
            }
            snprintf(line, sizeof line, "run %s %s %d %u %u %u", label, NAMES[i], (int)job->verdict, families, roots,
                     job->centiseconds);
            if (job->is_there)
                add_line(lines, line);
        }
    }
    for (unsigned i = 0; i < JOBS; i++) {
        unsigned last = 0, peak = 0;
        bool is_known = false;
        for (unsigned night = 0; night < NIGHTS; night++)
            if (world->is_imported[night] && world->jobs[night][i].is_there) {
                is_known = true;
                if (!evd_is_conclusive(world->jobs[night][i].verdict))
                    continue;
                last = rank[night];
                peak = world->jobs[night][i].peak;
            }
        snprintf(line, sizeof line, "job %s %u %u", NAMES[i], last, peak);
        if (is_known)
            add_line(lines, line);
        for (unsigned k = 0; k < FAMILIES; k++)
            has_family[k] |= list_family(world, rank, i, k, lines);
    }
    for (unsigned k = 0; k < FAMILIES; k++) {
        snprintf(line, sizeof line, "family %llx 1 value kind", (unsigned long long)(UINT64_MAX - k));
        if (has_family[k])
            add_line(lines, line);
    }
    qsort(lines->text, lines->count, LINE_BYTES, compare_lines);
}

/* ── Steps ── */

static enum evd_status import(struct evd_history *history, struct world *world, unsigned night,
                              enum evd_night_change *change, struct evd_error *error)
{
    const struct evd_night_reader reader = {read_night, world};
    struct evd_night_facts facts;
    char label[16];
    name_night(night, label);
    enum evd_status status = read_night(world, label, NULL, 0, &facts, error);
    if (status == EVD_OK)
        status = evd_history_add(history, &facts, &reader, change, error);
    evd_night_facts_release(&facts);
    return status;
}

static struct evd_history *open_new(char path[64])
{
    struct evd_history *history;
    struct evd_error error;
    snprintf(path, 64, "%s/test_history.%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
    unlink(path);
    cr_assert_eq(evd_history_open(path, true, &history, &error), EVD_OK, "%s", error.message);
    return history;
}

static struct lines found, wanted;

static void check(struct evd_history *history, const struct world *world, unsigned seed, unsigned step)
{
    list_database(history, &found);
    list_world(world, &wanted);
    for (size_t i = 0; i < found.count && i < wanted.count; i++)
        cr_assert_str_eq(found.text[i], wanted.text[i], "seed %u, step %u: '%s', wanted '%s'", seed, step,
                         found.text[i], wanted.text[i]);
    cr_assert_eq(found.count, wanted.count, "seed %u, step %u", seed, step);
}

/* A changed folder is looked at once it is imported again; until then the history knows nothing of it, which is why it is imported
 * at once. */
Test(history, any_order)
{
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct world world = {.is_imported = {false}};
        struct evd_error error;
        char path[64];
        struct evd_history *history = open_new(path);
        for (unsigned i = 0; i < NIGHTS; i++)
            for (unsigned k = 0; k < JOBS; k++)
                draw_job(&random, &world.jobs[i][k]);
        for (unsigned step = 0; step < STEPS; step++) {
            const unsigned night = random_below(&random, NIGHTS);
            const bool was_imported = world.is_imported[night], is_redrawn = random_below(&random, 3) == 0;
            enum evd_night_change change;
            if (is_redrawn)
                draw_job(&random, &world.jobs[night][random_below(&random, JOBS)]);
            cr_assert_eq(import(history, &world, night, &change, &error), EVD_OK, "seed %u: %s", seed, error.message);
            cr_assert_eq(change == EVD_NIGHT_ADDED, !was_imported, "seed %u", seed);
            cr_assert(is_redrawn || !was_imported || change == EVD_NIGHT_UNCHANGED, "seed %u", seed);
            world.is_imported[night] = true;
            check(history, &world, seed, step);
        }
        evd_history_close(history);
        unlink(path);
    }
}

/* Where the folder of a later night is gone, an earlier one is refused and nothing changes; what needs no later night goes on. */
Test(history, folders_that_are_gone)
{
    struct random random = {7};
    struct world world = {.is_imported = {false}};
    struct evd_error error;
    enum evd_night_change change;
    char path[64];
    struct evd_history *history = open_new(path);
    for (unsigned i = 0; i < NIGHTS; i++)
        for (unsigned k = 0; k < JOBS; k++) {
            draw_job(&random, &world.jobs[i][k]);
            world.jobs[i][k].is_there = true;
            world.jobs[i][k].verdict = k == 0 ? EVD_NIGHT_TROUBLE : EVD_NIGHT_DIVERGED;
        }
    for (unsigned night = 1; night < 4; night++) {
        cr_assert_eq(import(history, &world, night, &change, &error), EVD_OK);
        world.is_imported[night] = true;
    }
    world.is_gone[1] = world.is_gone[2] = true;
    cr_assert_eq(import(history, &world, 0, &change, &error), EVD_E_IO);
    cr_assert_not_null(strstr(error.message, "night night-5 is read again"), "%s", error.message);
    check(history, &world, 7, 0);
    /* A job that was in trouble, and of which nothing later is known. */
    world.jobs[3][0].verdict = EVD_NIGHT_DIVERGED;
    cr_assert_eq(import(history, &world, 3, &change, &error), EVD_OK, "%s", error.message);
    cr_assert_eq(change, EVD_NIGHT_CHANGED);
    cr_assert_eq(import(history, &world, 4, &change, &error), EVD_OK);
    world.is_imported[4] = true;
    check(history, &world, 7, 1);
    evd_history_close(history);
    unlink(path);
}

/* What was asked is read to its end: another process may write straight after. */
Test(history, questions_before_a_night_leave_the_file_alone)
{
    struct random random = {11};
    struct world world = {.is_imported = {false}};
    struct evd_error error;
    enum evd_night_change change;
    char path[64], *told;
    struct evd_history *history = open_new(path), *other;
    for (unsigned night = 0; night < 2; night++) {
        struct job *job = &world.jobs[night][0];
        draw_job(&random, job);
        job->is_there = job->seen[0].is_there = true;
        job->verdict = EVD_NIGHT_DIVERGED;
    }
    cr_assert_eq(import(history, &world, 0, &change, &error), EVD_OK, "%s", error.message);
    cr_assert_eq(evd_history_open(path, true, &other, &error), EVD_OK, "%s", error.message);
    sqlite3_busy_timeout(other->sqlite, 0);
    cr_assert_eq(evd_history_first_night(history, "a", UINT64_MAX, "night-9", &told, &error), EVD_OK);
    cr_assert_str_eq(told, "night-4");
    free(told);
    cr_assert_eq(evd_history_first_night(history, "a", UINT64_MAX, "night-4", &told, &error), EVD_OK);
    cr_assert_null(told);
    cr_assert_eq(evd_history_night_before(history, "night-9", &told, &error), EVD_OK);
    cr_assert_str_eq(told, "night-4");
    free(told);
    cr_assert_eq(import(other, &world, 1, &change, &error), EVD_OK, "%s", error.message);
    evd_history_close(other);
    evd_history_close(history);
    unlink(path);
}

/* Two that begin a history at once: what one of them has left without a night goes, what the other has filled stays. */
Test(history, a_new_file_that_another_has_open)
{
    struct random random = {12};
    struct world world = {.is_imported = {false}};
    struct evd_error error;
    enum evd_night_change change;
    char path[64];
    struct evd_history *first = open_new(path), *second;
    draw_job(&random, &world.jobs[0][0]);
    first->is_made = true;
    cr_assert_eq(evd_history_open(path, true, &second, &error), EVD_OK, "%s", error.message);
    second->is_made = true; /* neither saw the other's file */
    cr_assert_eq(import(second, &world, 0, &change, &error), EVD_OK, "%s", error.message);
    evd_history_close(first);
    evd_history_close(second);
    cr_assert_eq(access(path, F_OK), 0, "a night was lost");
    first = open_new(path);
    cr_assert(first->is_made);
    cr_assert_eq(evd_history_open(path, true, &second, &error), EVD_OK, "%s", error.message);
    evd_history_close(first);
    cr_assert_neq(access(path, F_OK), 0, "a history without a night stayed");
    cr_assert_eq(import(second, &world, 0, &change, &error), EVD_E_IO);
    cr_assert_str_eq(error.message, "was removed while it was open; try again");
    evd_history_close(second);
    cr_assert_neq(access(path, F_OK), 0);
}

Test(history, order_of_labels)
{
    static const char *const ORDER[] = {
        "",
        "0",
        "00",
        "01",
        "1",
        "9",
        "10",
        "2026",
        "a",
        "a9",
        "a10",
        "a10-2",
        "a010-3",
        "b",
        "b18446744073709551616",
        "b18446744073709551617",
        "\xff"};
    for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++)
        for (size_t k = 0; k < sizeof ORDER / sizeof ORDER[0]; k++)
            cr_assert_eq((evd_compare_labels(ORDER[i], ORDER[k]) > 0) - (evd_compare_labels(ORDER[i], ORDER[k]) < 0),
                         (i > k) - (i < k), "'%s' '%s'", ORDER[i], ORDER[k]);
}
