/* What a night has of the night before and of its ledgers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "batch/ledgers.h"
#include "batch/past.h"
#include "random.h"
#include "json/json.h"
#include "json/value.h"

enum { JOBS_MAX = 40, NAMES = 30, ROUNDS = 200 };

static void build(const struct evd_buffer *text, struct evd_arena *arena, struct evd_value *root)
{
    struct evd_json_fault fault = {0};
    struct evd_json_parser *parser = evd_json_parser_create();
    const struct evd_json_tape *tape = evd_json_parse(parser, text->data, text->length, &fault);
    cr_assert_not_null(tape, "%s", fault.reason);
    cr_assert(evd_value_build(arena, tape, 0, root));
    evd_json_parser_destroy(parser);
}

/* A job is known again by its canary, which is its index. */
static void write_night(struct evd_buffer *text, const int *names, size_t count)
{
    evd_buffer_string(text, "{\"jobs\":[");
    for (size_t i = 0; i < count; i++) {
        evd_buffer_string(text, i > 0 ? "," : "");
        if (names[i] == 0)
            evd_buffer_string(text, "17");
        else if (names[i] == 1)
            evd_buffer_format(text, "{\"name\":null,\"canary\":\"%zu\"}", i);
        else
            evd_buffer_format(text, "{\"name\":\"job %d\",\"canary\":\"%zu\"}", names[i], i);
    }
    evd_buffer_string(text, "]}");
    const size_t length = text->length;
    cr_assert(evd_buffer_reserve(text, EVD_JSON_PADDING));
    memset(text->data + length, 0, EVD_JSON_PADDING);
}

Test(night_before, the_first_job_with_a_name_is_taken)
{
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random random = {seed};
        struct evd_buffer text = {0};
        struct evd_arena arena = {0};
        struct evd_value root;
        struct evd_before before;
        int names[JOBS_MAX];
        const size_t count = random_below(&random, JOBS_MAX + 1);
        for (size_t i = 0; i < count; i++)
            names[i] = (int)random_below(&random, NAMES);
        write_night(&text, names, count);
        build(&text, &arena, &root);
        cr_assert(evd_before_index(&before, &root));
        for (int wanted = 0; wanted < NAMES + 2; wanted++) {
            struct evd_job_past past;
            char name[32], canary[32];
            size_t first = 0;
            while (first < count && (wanted < 2 || names[first] != wanted))
                first++;
            snprintf(name, sizeof name, "job %d", wanted);
            snprintf(canary, sizeof canary, "%zu", first);
            cr_assert(evd_past_read(&arena, &before, name, &past));
            if (first == count)
                cr_assert_null(past.canary, "seed %llu: %s", (unsigned long long)seed, name);
            else
                cr_assert_str_eq(past.canary, canary, "seed %llu: %s", (unsigned long long)seed, name);
            evd_past_release(&past);
        }
        evd_before_release(&before);
        evd_arena_release(&arena);
        evd_buffer_release(&text);
    }
}

Test(night_before, without_one_there_is_no_past)
{
    struct evd_arena arena = {0};
    const struct evd_before before = {.jobs = NULL};
    struct evd_job_past past;
    cr_assert(evd_past_read(&arena, &before, "boot", &past));
    cr_assert_null(past.canary);
    cr_assert_eq(past.families.count + past.lines.count, 0);
    evd_past_release(&past);
    evd_arena_release(&arena);
}

/* ── Ledgers ── */

static void write_ledger(const char *folder, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs("#evdiff known 1\n", file);
    fclose(file);
}

/* A job of a plan whose memory is overwritten and freed before the ledgers are asked. */
static void find(struct evd_ledgers *ledgers, const char *folder, const char *const *names, size_t count,
                 const struct evd_job_ledger **found)
{
    struct evd_error error = {0};
    char *copies[EVD_LEDGER_FILES_MAX];
    const char *items[EVD_LEDGER_FILES_MAX];
    char *folder_copy = strdup(folder);
    for (size_t i = 0; i < count; i++)
        items[i] = copies[i] = strdup(names[i]);
    const struct evd_batch_plan plan = {.folder = folder_copy};
    const struct evd_batch_job job = {.name = "boot", .settings.known = {items, count}};
    cr_assert_eq(evd_ledgers_find(ledgers, &plan, &job, found, &error), EVD_OK, "%s", error.message);
    for (size_t i = 0; i < count; i++) {
        memset(copies[i], 'x', strlen(copies[i]));
        free(copies[i]);
        items[i] = "";
    }
    memset(folder_copy, 'x', strlen(folder_copy));
    free(folder_copy);
}

Test(night_before, ledgers_borrow_nothing_from_the_plan)
{
    char folder[] = "/tmp/evd-ledgers-XXXXXX", absolute[100], beside[100];
    cr_assert_not_null(mkdtemp(folder));
    write_ledger(folder, "a.known");
    write_ledger(folder, "b.known");
    snprintf(absolute, sizeof absolute, "%s/a.known", folder);
    snprintf(beside, sizeof beside, "%s/b.known", folder);
    struct evd_ledgers ledgers = {0};
    const struct evd_job_ledger *first, *same, *other;
    find(&ledgers, folder, (const char *const[]){absolute, "b.known"}, 2, &first);
    find(&ledgers, folder, (const char *const[]){absolute, "b.known"}, 2, &same);
    find(&ledgers, folder, (const char *const[]){"b.known"}, 1, &other);
    cr_assert_eq(first, same);
    cr_assert_neq(first, other);
    cr_assert_eq(first->count, 2);
    cr_assert_str_eq(first->paths[0], absolute);
    cr_assert_str_eq(first->paths[1], beside);
    cr_assert_str_eq(other->paths[0], beside);
    cr_assert_eq(ledgers.file_count, 2);
    cr_assert_str_eq(ledgers.files[0], absolute);
    cr_assert_str_eq(ledgers.files[1], beside);
    evd_ledgers_release(&ledgers);
    unlink(absolute);
    unlink(beside);
    rmdir(folder);
}
