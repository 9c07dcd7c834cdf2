/* Memory runs out at every place in turn: each allocation of a whole run fails once, and every time the
 * library says so, or does without, and leaves nothing behind. The linker sends the library's
 * allocations here (--wrap). Arguments: two logs, and a rules file unless it is the built-in one. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <evdiff/evdiff.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);

static unsigned long calls, failing; /* the call to fail; 0: none */

static bool is_failing(void)
{
    return ++calls == failing;
}

void *__wrap_malloc(size_t size)
{
    return is_failing() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_failing() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_failing() ? NULL : __real_realloc(memory, size);
}

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return is_failing() ? MAP_FAILED : __real_mmap(address, length, protection, flags, fd, offset);
}

static bool discard(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return true;
}

/* Diffs, and writes all that can be told of it. */
static enum evd_status diff(struct evd_log *const logs[2], enum evd_pairing pairing)
{
    const struct evd_diff_options options = {
        .threads = 1,
        .pairing = pairing,
        .emit_absorbed_events = true,
        .resync = true,
        .demands = {.min_compared = {.is_set = true, .count = UINT64_MAX}}};
    struct evd_outcome *outcome;
    struct evd_error error;
    uint64_t count;
    enum evd_status status = evd_diff(logs[0], logs[1], &options, &outcome, &error);
    for (size_t i = 0; status == EVD_OK && evd_report_format_name(i) != NULL; i++)
        status = evd_report_write(outcome, evd_report_format_name(i), NULL, discard, NULL, &error);
    if (status == EVD_OK)
        status = evd_report_absorbed_events(outcome, discard, NULL, &count, &error);
    evd_outcome_free(outcome);
    return status;
}

/* paths[2] is the rules file, or NULL. `indexes`: the folder of the logs' saved indexes, by which they are read;
 * NULL: by their text, and their indexes are made. */
static enum evd_status run(const char *const *paths, const char *indexes)
{
    struct evd_rules *rules = NULL;
    struct evd_log *logs[2] = {NULL, NULL};
    struct evd_error error;
    /* One thread, so that the n-th allocation is the same in every run. */
    const struct evd_read_options read = {
        .threads = 1,
        .chunk_bytes = 4096,
        .has_statistics = indexes == NULL,
        .index = indexes == NULL ? EVD_INDEX_OFF : EVD_INDEX_REQUIRE,
        .index_directory = indexes};
    const struct evd_selftest_options selftest = {.threads = 1, .seed = 1, .samples = 3};
    struct evd_selftest *tried = NULL;
    enum evd_status status = evd_rules_load(paths[2], NULL, &rules, &error);
    if (status == EVD_OK)
        status = evd_logs_open(paths, 2, rules, &read, logs, NULL, NULL, NULL, &error);
    for (int side = 0; status == EVD_OK && indexes == NULL && side < 2; side++)
        status = evd_index_write(logs[side], discard, NULL, &error);
    if (status == EVD_OK)
        status = diff(logs, EVD_PAIR_FIRST_CALL);
    if (status == EVD_OK)
        status = diff(logs, EVD_PAIR_SIMILARITY);
    /* It takes no logs that were opened by their indexes. */
    if (status == EVD_OK && indexes == NULL)
        status = evd_selftest(logs[0], logs[1], &selftest, &tried, &error);
    evd_selftest_free(tried);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
    return status;
}

static bool write_to_file(void *context, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

static bool save_index(const char *path, const struct evd_rules *rules, const char *folder)
{
    struct evd_log *log;
    struct evd_error error;
    char place[EVD_PATH_MAX];
    if (!evd_index_place(path, folder, 0, place) ||
        evd_logs_open(&path, 1, rules, NULL, &log, NULL, NULL, NULL, &error) != EVD_OK)
        return false;
    FILE *file = fopen(place, "wb");
    const bool is_saved = file != NULL && evd_index_write(log, write_to_file, file, &error) == EVD_OK;
    evd_log_free(log);
    return file != NULL && fclose(file) == 0 && is_saved;
}

static bool fail_each(const char *const *paths, const char *indexes)
{
    calls = failing = 0;
    if (run(paths, indexes) != EVD_OK) {
        fprintf(stderr, "the run without failures failed\n");
        return false;
    }
    const unsigned long total = calls;
    unsigned long refused = 0;
    for (unsigned long i = 1; i <= total; i++) {
        calls = 0;
        failing = i;
        const enum evd_status status = run(paths, indexes);
        if (status != EVD_OK && status != EVD_E_NO_MEMORY) {
            fprintf(stderr, "allocation %lu of %lu: status %d\n", i, total, (int)status);
            return false;
        }
        refused += status == EVD_E_NO_MEMORY;
    }
    printf("%lu allocations, %lu of them refused with a message\n", total, refused);
    return total >= 50 && refused >= total / 2;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4)
        return 2;
    const char *const paths[] = {argv[1], argv[2], argv[3]};
    char folder[] = "/tmp/evdiff-memory-XXXXXX", place[EVD_PATH_MAX];
    struct evd_rules *rules;
    struct evd_error error;
    if (mkdtemp(folder) == NULL || evd_rules_load(argv[3], NULL, &rules, &error) != EVD_OK)
        return 2;
    const bool is_ready = save_index(paths[0], rules, folder) && save_index(paths[1], rules, folder);
    const bool is_good = is_ready && fail_each(paths, NULL) && fail_each(paths, folder);
    for (int side = 0; side < 2; side++)
        if (evd_index_place(paths[side], folder, 0, place))
            unlink(place);
    rmdir(folder);
    evd_rules_free(rules);
    return is_good ? 0 : 1;
}
