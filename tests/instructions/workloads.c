/* What is counted (see check): the hot paths on small fixed inputs, one a run, on one thread.
 *
 *     workloads --list                                name and counted function of each, and the compiler
 *     workloads [--dearer] FOLDER CANARY OURS NAME    runs one; FOLDER is for files, the logs are the sample
 *
 * Every processor takes the same path: the linker sends the reader of shapes for processors with wide
 * compares here (--wrap), and the one for all processors reads. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "log/shape_trie.h"

evd_shape_reader __real_evd_shape_read_baseline, __wrap_evd_shape_read_baseline, __wrap_evd_shape_read_v3;

static bool is_dearer; /* some more work at every line: the check must notice */

const char *__wrap_evd_shape_read_baseline(struct evd_shapes *shapes, const char *line, const char *end,
                                           struct evd_event_record *record)
{
    for (volatile int i = 0; is_dearer && i < 20; i++)
        ;
    return __real_evd_shape_read_baseline(shapes, line, end, record);
}

const char *__wrap_evd_shape_read_v3(struct evd_shapes *shapes, const char *line, const char *end,
                                     struct evd_event_record *record)
{
    return __wrap_evd_shape_read_baseline(shapes, line, end, record);
}

/* What a workload works on. */
struct job {
    const char *folder;
    const char *logs[EVD_SIDES];
    struct evd_rules *rules;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "workloads: %s\n", what);
    exit(2);
}

static void open_logs(const struct job *job, const char *const *paths, enum evd_index_mode index, bool is_plain,
                      struct evd_log **logs)
{
    struct evd_error error;
    const struct evd_read_options options = {
        .threads = 1, .is_plain = is_plain, .index = index, .index_directory = job->folder};
    if (evd_logs_open(paths, EVD_SIDES, job->rules, &options, logs, NULL, NULL, NULL, &error) != EVD_OK)
        fail(error.message);
}

static void free_logs(struct evd_log **logs)
{
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(logs[side]);
}

static void read_by_shapes(const struct job *job)
{
    struct evd_log *logs[EVD_SIDES];
    open_logs(job, job->logs, EVD_INDEX_OFF, false, logs);
    free_logs(logs);
}

static void read_by_parser(const struct job *job)
{
    struct evd_log *logs[EVD_SIDES];
    open_logs(job, job->logs, EVD_INDEX_OFF, true, logs);
    free_logs(logs);
}

static bool write_to_file(void *context, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

static void save_indexes(const struct job *job)
{
    struct evd_log *logs[EVD_SIDES];
    open_logs(job, job->logs, EVD_INDEX_OFF, false, logs);
    for (int side = 0; side < EVD_SIDES; side++) {
        char path[EVD_PATH_MAX];
        struct evd_error error;
        if (!evd_index_place(job->logs[side], job->folder, 0, path))
            fail("no place for an index");
        FILE *file = fopen(path, "wb");
        if (file == NULL || evd_index_write(logs[side], write_to_file, file, &error) != EVD_OK || fclose(file) != 0)
            fail("an index could not be written");
    }
    free_logs(logs);
}

/* Where `paths` part, with at least `comparisons` looks at two events. */
static void diff(const struct job *job, const char *const *paths, enum evd_index_mode index, uint64_t comparisons)
{
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    struct evd_error error;
    const struct evd_diff_options options = {.threads = 1};
    open_logs(job, paths, index, false, logs);
    if (evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error) != EVD_OK)
        fail(error.message);
    uint64_t compared = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        compared += outcome->pairs[i].exact_comparisons;
    if (compared < comparisons)
        fail("the walk compared fewer events than this workload is for");
    evd_outcome_free(outcome);
    free_logs(logs);
}

/* A function of its own, so that its name can be told to callgrind. */
static __attribute__((noinline)) void diff_by_saved_indexes(const struct job *job)
{
    diff(job, job->logs, EVD_INDEX_REQUIRE, 0);
}

static void save_and_diff(const struct job *job)
{
    save_indexes(job);
    diff_by_saved_indexes(job);
}

static void walk_by_keys(const struct job *job)
{
    const char *const twice[] = {job->logs[EVD_CANARY], job->logs[EVD_CANARY]};
    diff(job, twice, EVD_INDEX_OFF, 0);
}

enum { COMPARED = 2000, EVENTS_BETWEEN = 4 };

static void append(FILE *file, int tid, int *idx, const char *kind, const char *payload)
{
    fprintf(file, "{\"kind\":\"%s\",\"tid\":%d,\"tid_event_idx\":%d,\"payload\":%s}\n", kind, tid, (*idx)++, payload);
}

/* A thread's events; ours waits for what two threads share now and then, and canary does not: there the
 * walk compares two events and absorbs one. */
static void make_absorbed_log(const char *path, int side)
{
    static const char WAIT[] = "{\"handles_semantic_ids\":[\"00c0ffee00c0ffee\"],\"timeout\":-1}";
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        fail("a log could not be written");
    fputs("{\"kind\":\"schema_version\",\"schema_version\":1}\n", file);
    int idx = 0, other_idx = 0;
    append(file, 2, &other_idx, "wait.begin", WAIT);
    append(file, 1, &idx, "import.call", "{\"name\":\"NtYieldExecution\"}");
    append(file, 1, &idx, "wait.begin", WAIT);
    for (int i = 0; i < COMPARED; i++) {
        for (int j = 0; j < EVENTS_BETWEEN; j++) {
            char payload[96];
            snprintf(payload, sizeof payload, "{\"name\":\"NtYieldExecution\",\"args\":{\"a0\":\"0x%08x\"}}",
                     i * EVENTS_BETWEEN + j);
            append(file, 1, &idx, "kernel.call", payload);
        }
        if (side == EVD_OURS)
            append(file, 1, &idx, "wait.begin", WAIT);
    }
    if (fclose(file) != 0)
        fail("a log could not be written");
}

static void walk_by_comparisons(const struct job *job)
{
    char canary[EVD_PATH_MAX], ours[EVD_PATH_MAX];
    snprintf(canary, sizeof canary, "%s/canary.jsonl", job->folder);
    snprintf(ours, sizeof ours, "%s/ours.jsonl", job->folder);
    make_absorbed_log(canary, EVD_CANARY);
    make_absorbed_log(ours, EVD_OURS);
    const char *const paths[] = {canary, ours};
    diff(job, paths, EVD_INDEX_OFF, COMPARED - 1);
}

/* Clocks of 19 digits, which move at every line: all but the first line are read by their shape. */
static void read_long_clocks(const struct job *job)
{
    enum { LINES = 5000 };
    char path[EVD_PATH_MAX];
    snprintf(path, sizeof path, "%s/clocks.jsonl", job->folder);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        fail("a log could not be written");
    fputs("{\"kind\":\"schema_version\",\"schema_version\":1}\n", file);
    for (int i = 0; i < LINES; i++)
        fprintf(file,
                "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":%d,\"host_ns\":%lld,\"payload\":{\"name\":"
                "\"NtYieldExecution\"}}\n",
                i, 1764000000000000000LL + i * 1234567LL);
    if (fclose(file) != 0)
        fail("a log could not be written");
    const char *const paths[] = {path, path};
    struct evd_log *logs[EVD_SIDES];
    open_logs(job, paths, EVD_INDEX_OFF, false, logs);
    free_logs(logs);
}

static const struct workload {
    const char *name;
    const char *counted; /* the function that is counted, with all that it calls */
    void (*run)(const struct job *job);
} WORKLOADS[] = {
    {"scan by shapes", "evd_scan", read_by_shapes},
    {"scan by parser", "evd_scan", read_by_parser},
    {"scan of clocks since 1970", "evd_scan", read_long_clocks},
    {"index add", "evd_index_add", read_by_shapes},
    {"index build", "evd_index_build", read_by_shapes},
    {"index save", "evd_index_write", save_indexes},
    {"diff by saved indexes", "diff_by_saved_indexes", save_and_diff},
    {"walk by keys", "evd_diff", walk_by_keys},
    {"walk by comparisons", "evd_diff", walk_by_comparisons},
};

enum { WORKLOAD_COUNT = sizeof WORKLOADS / sizeof WORKLOADS[0] };

static int list(void)
{
#if defined(__clang__)
    printf("compiler\tclang %s\n", __clang_version__);
#else
    printf("compiler\tgcc %s\n", __VERSION__);
#endif
    for (int i = 0; i < WORKLOAD_COUNT; i++)
        printf("%s\t%s\n", WORKLOADS[i].name, WORKLOADS[i].counted);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list();
    is_dearer = argc > 1 && strcmp(argv[1], "--dearer") == 0;
    argv += is_dearer;
    if (argc - is_dearer != 5)
        fail("usage: workloads [--dearer] FOLDER CANARY OURS NAME");
    struct job job = {.folder = argv[1], .logs = {argv[2], argv[3]}};
    struct evd_error error;
    if (evd_rules_load(NULL, NULL, &job.rules, &error) != EVD_OK)
        fail(error.message);
    for (int i = 0; i < WORKLOAD_COUNT; i++)
        if (strcmp(WORKLOADS[i].name, argv[4]) == 0) {
            WORKLOADS[i].run(&job);
            evd_rules_free(job.rules);
            return 0;
        }
    fail("no such workload");
}
