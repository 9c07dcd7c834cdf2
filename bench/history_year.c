/* evdiff-history-year: a history of many nights, as years of them would make it, without the folders.
 *
 *     evdiff-history-year FILE NIGHTS JOBS FAMILIES
 *
 * 85 of 100 families of a job come at some night and stay, for good or for a while; 15 come and go, each with a likeliness of its own between
 * 0.2 and 0.8. They are drawn from 2,000 that there are in all. Counts and weights vary from night to night in two of three families. One run in a hundred is not
 * conclusive. The last line of standard output is JSON: seconds of all nights, and of the last one. Same arguments, same file but for seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history/add.h"

enum { FAMILIES_MAX = 1000 };

struct draw {
    uint64_t state;
};

static uint64_t draw(struct draw *draw)
{
    uint64_t x = draw->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static unsigned below(struct draw *state, unsigned limit)
{
    return (unsigned)(draw(state) % limit);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A family of a job, the same in every night. */
struct family {
    uint64_t signature;
    unsigned first, last;   /* nights */
    unsigned likely;        /* of 100 */
    unsigned count, weight; /* about */
    bool is_root, varies;
    int64_t tid, idx;
};

struct year {
    unsigned nights, jobs, families;
    struct family *list; /* jobs × families */
    char (*names)[32];
};

enum { DIFFERENT_FAMILIES = 2000 };

/* The families of a job: different ones of those that there are. */
static void choose(unsigned *drawn, unsigned count, struct draw *state)
{
    for (unsigned i = 0; i < count; i++) {
        bool is_taken = true;
        while (is_taken) {
            drawn[i] = below(state, DIFFERENT_FAMILIES);
            is_taken = false;
            for (unsigned k = 0; k < i; k++)
                is_taken |= drawn[k] == drawn[i];
        }
    }
}

static void plan(struct year *year, struct draw *state)
{
    unsigned drawn[FAMILIES_MAX];
    for (unsigned i = 0; i < year->jobs * year->families; i++) {
        struct family *family = &year->list[i];
        const unsigned which = i % year->families;
        if (which == 0)
            choose(drawn, year->families, state);
        const bool is_flaky = below(state, 100) < 15;
        *family = (struct family){
            .signature = (uint64_t)(1 + drawn[which]) * 0x9e3779b97f4a7c15u,
            .likely = is_flaky ? 20 + below(state, 61) : 100,
            .first = below(state, 3) == 0 ? below(state, year->nights) : 0,
            .last = year->nights,
            .count = 1 + below(state, 40),
            .weight = below(state, 2000),
            .is_root = below(state, 10) == 0,
            .varies = below(state, 3) > 0,
            .tid = 4 * (1 + below(state, 300)),
            .idx = below(state, 60000),
        };
        if (below(state, 5) == 0)
            family->last = family->first + below(state, year->nights - family->first) + 1;
    }
}

static bool fill(const struct year *year, unsigned night, struct draw *state, struct evd_night_facts *facts)
{
    static const char *const CALLS[] = {"NtReadFile", "NtGetTickCount", "RtlAllocateHeap", "NtQuerySystemTime"};
    char *label = evd_arena_alloc(&facts->arena, 32);
    facts->jobs = evd_arena_array(&facts->arena, year->jobs, sizeof *facts->jobs);
    if (label == NULL || facts->jobs == NULL)
        return false;
    snprintf(label, 32, "night-%04u", night);
    facts->label = facts->folder = label;
    facts->job_count = year->jobs;
    for (unsigned i = 0; i < year->jobs; i++) {
        struct evd_job_facts *job = &facts->jobs[i];
        *job = (struct evd_job_facts){
            .name = year->names[i],
            .verdict = below(state, 100) == 0 ? EVD_NIGHT_INCONCLUSIVE : EVD_NIGHT_DIVERGED,
            .events = 2000000 + below(state, 1000),
            .matched = 1900000 + below(state, 50000),
            .absorbed = 30000 + below(state, 1000),
            .centiseconds = 50 + below(state, 200),
            .peak_mib = 200 + below(state, 100),
            .sightings = evd_arena_array(&facts->arena, year->families, sizeof *job->sightings),
        };
        if (job->sightings == NULL)
            return false;
        for (unsigned k = 0; evd_is_conclusive(job->verdict) && k < year->families; k++) {
            const struct family *family = &year->list[i * year->families + k];
            const char *call = CALLS[family->signature % 4];
            if (night < family->first || night >= family->last || below(state, 100) >= family->likely)
                continue;
            job->sightings[job->sighting_count++] = (struct evd_sighting){
                .signature = family->signature,
                .recipe = 1,
                .class_ = "value",
                .kind = {"kernel.return", 13},
                .call = {call, strlen(call)},
                .field = {"return_value", 12},
                .after = {"import.call,kernel.call", 23},
                .is_root = family->is_root,
                .count = family->count + (family->varies ? below(state, 1 + family->count / 4) : 0),
                .weight = family->weight + (family->varies ? below(state, 100) : 0),
                .place = {.tid = family->tid, .tid_event_idx = family->idx + (family->varies ? below(state, 50) : 0)},
            };
        }
        if (!evd_job_facts_settle(job))
            return false;
    }
    return true;
}

static enum evd_status add_night(struct evd_history *history, const struct year *year, unsigned night,
                                 struct draw *state, struct evd_error *error)
{
    static const struct evd_night_reader NONE = {NULL, NULL}; /* nights come in their order */
    struct evd_night_facts facts = {.label = NULL};
    enum evd_night_change change;
    enum evd_status status = fill(year, night, state, &facts) ? EVD_OK : EVD_E_NO_MEMORY;
    if (status == EVD_OK)
        status = evd_history_add(history, &facts, &NONE, &change, error);
    evd_night_facts_release(&facts);
    return status;
}

int main(int argc, char **argv)
{
    struct evd_history *history = NULL;
    struct evd_error error = {.message = "out of memory"};
    struct draw state = {1};
    if (argc != 5) {
        fputs("Usage: evdiff-history-year FILE NIGHTS JOBS FAMILIES\n", stderr);
        return 2;
    }
    struct year year = {(unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]), NULL, NULL};
    year.list = calloc((size_t)year.jobs * year.families, sizeof *year.list);
    year.names = calloc(year.jobs, sizeof *year.names);
    if (year.list == NULL || year.names == NULL || year.nights == 0 || year.families > FAMILIES_MAX)
        return 2;
    for (unsigned i = 0; i < year.jobs; i++)
        snprintf(year.names[i], sizeof year.names[i], "boot/program-%05u", i);
    plan(&year, &state);
    enum evd_status status = evd_history_open(argv[1], true, &history, &error);
    const double started = seconds_now();
    double last = started;
    for (unsigned night = 0; status == EVD_OK && night < year.nights; night++) {
        last = seconds_now();
        status = add_night(history, &year, night, &state, &error);
    }
    const double ended = seconds_now();
    evd_history_close(history);
    free(year.list);
    free(year.names);
    if (status != EVD_OK) {
        fprintf(stderr, "evdiff-history-year: %s\n", error.message);
        return 2;
    }
    printf("{\"all_seconds\": %.3f, \"last_night_seconds\": %.3f}\n", ended - started, ended - last);
    return 0;
}
