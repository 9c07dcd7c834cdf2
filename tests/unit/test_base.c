#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/failures.h"
#include "base/log2.h"
#include "base/pool.h"
#include "base/table.h"
#include "random.h"

Test(arena, allocations_are_aligned_apart_and_writable)
{
    struct evd_arena arena = {0};
    unsigned char *previous = NULL;
    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *bytes = evd_arena_alloc(&arena, size);
        cr_assert_not_null(bytes);
        cr_expect_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
        memset(bytes, 0xaa, size);
        cr_expect_neq(bytes, previous);
        previous = bytes;
    }
    cr_expect_null(evd_arena_array(&arena, SIZE_MAX / 2, 3));
    cr_expect_null(evd_arena_alloc(&arena, SIZE_MAX));
    evd_arena_release(&arena);
}

Test(arena, reset_keeps_it_usable)
{
    struct evd_arena arena = {0};
    evd_arena_reset(&arena);
    for (int round = 0; round < 100; round++) {
        memset(evd_arena_alloc(&arena, 100000), round, 100000);
        memset(evd_arena_alloc(&arena, 10), round, 10);
        evd_arena_reset(&arena);
    }
    evd_arena_release(&arena);
}

Test(arena, what_another_takes_over_stays_where_it_is)
{
    struct evd_arena arenas[2] = {{0}, {0}};
    for (int round = 0; round < 3; round++) { /* nothing, little, several blocks */
        char *texts[2] = {NULL, NULL};
        const size_t size = round == 0 ? 0 : 60000;
        for (int i = 0; i < 2 && size > 0; i++)
            for (int times = 0; times < round; times++) {
                texts[i] = evd_arena_alloc(&arenas[i], size);
                cr_assert_not_null(texts[i]);
                memset(texts[i], 'a' + i, size);
            }
        evd_arena_take(&arenas[0], &arenas[1]);
        cr_expect_null(arenas[1].blocks);
        for (int i = 0; i < 2 && size > 0; i++)
            for (size_t j = 0; j < size; j++)
                cr_assert_eq(texts[i][j], 'a' + i);
        cr_assert_not_null(evd_arena_alloc(&arenas[0], 8));
        cr_assert_not_null(evd_arena_alloc(&arenas[1], 8));
    }
    evd_arena_release(&arenas[0]);
    evd_arena_release(&arenas[1]);
}

Test(buffer, appends_in_order)
{
    struct evd_buffer buffer = {0};
    for (int i = 0; i < 1000; i++)
        evd_buffer_format(&buffer, "%d,", i);
    evd_buffer_byte(&buffer, '!');
    cr_expect_eq(buffer.length, 10 * 2 + 90 * 3 + 900 * 4 + 1);
    cr_expect_eq(memcmp(buffer.data, "0,1,2,3,", 8), 0);
    cr_expect_not(buffer.failed);
    evd_buffer_release(&buffer);
}

/* The twin: snprintf. */
Test(buffer, formats_as_the_library_does)
{
    static const int64_t NUMBERS[] = {
        0, 1, -1, 9, 10, -10, 99, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1234567890123456789};
    static const char *const STRINGS[] = {"", "a", "%d", "\xc3\xa4", "a longer one, with more than sixteen bytes"};
    struct random random = {1};
    for (int i = 0; i < 2000; i++) {
        const int64_t a = random_below(&random, 2) ? NUMBERS[random_below(&random, 12)] : (int64_t)random_next(&random);
        const int64_t b = NUMBERS[random_below(&random, 12)];
        const char *text = STRINGS[random_below(&random, 5)];
        struct evd_buffer buffer = {0};
        char expected[1000];
        int length = 0;
#define BOTH(...)                             \
    (evd_buffer_format(&buffer, __VA_ARGS__), \
     length += snprintf(expected + length, sizeof expected - (size_t)length, __VA_ARGS__))
        BOTH("%d,%u%%", (int)a, (unsigned)a);
        BOTH("%" PRId64 " %" PRIu64 "|%" PRId64, a, (uint64_t)a, b);
        BOTH("%s%zu%s", text, (size_t)a, text);
        BOTH("%ld%lu", (long)a, (unsigned long)b);
        BOTH("%lld %llu", (long long)a, (unsigned long long)b);
        BOTH("%s %5d %c %-4s %.2f %016" PRIx64 " %.*s", text, (int)b, 'x', text, 0.5, (uint64_t)a, 3, text);
        BOTH("no directive");
        BOTH("%%");
        BOTH("%s", "");
#undef BOTH
        cr_assert(buffer.length == (size_t)length && memcmp(buffer.data, expected, buffer.length) == 0, "%.*s\n%s",
                  (int)buffer.length, buffer.data, expected);
        evd_buffer_release(&buffer);
    }
}

Test(buffer, a_failure_is_kept_and_stops_appending)
{
    struct evd_buffer buffer = {0};
    evd_buffer_string(&buffer, "abc");
    cr_expect_not(evd_buffer_reserve(&buffer, SIZE_MAX));
    evd_buffer_string(&buffer, "def");
    cr_expect(buffer.failed);
    cr_expect_eq(buffer.length, 3);
    evd_buffer_clear(&buffer);
    cr_expect_not(buffer.failed);
    evd_buffer_release(&buffer);
}

/* The twin: a list that is searched from its start. */
Test(table, is_a_map_as_a_plain_list_is)
{
    enum { KEYS = 3000 };
    static uint64_t keys[KEYS], values[KEYS];
    struct random random = {42};
    struct evd_table table = {0};
    size_t count = 0;
    for (int i = 0; i < 20000; i++) {
        /* Keys that share their low bits collide. */
        const uint64_t key = (uint64_t)random_below(&random, KEYS / 2) << 32;
        size_t place = 0;
        while (place < count && keys[place] != key)
            place++;
        const uint64_t *found = evd_table_get(&table, key);
        cr_assert_eq(found != NULL, place < count);
        bool is_new;
        uint64_t *value = evd_table_put(&table, key, (uint64_t)i, &is_new);
        cr_assert_eq(is_new, place == count);
        if (place == count) {
            keys[count] = key;
            values[count++] = (uint64_t)i;
        }
        cr_assert_eq(*value, values[place]);
    }
    size_t seen = 0;
    for (size_t cursor = 0; evd_table_next(&table, &cursor) != NULL;)
        seen++;
    cr_expect_eq(seen, count);
    cr_expect_eq(table.count + table.has_zero, count);
    evd_table_release(&table);
}

struct tally {
    atomic_int runs[1000];
    atomic_uint worker_max;
};

static void tally_task(void *context, size_t task, unsigned worker)
{
    struct tally *tally = context;
    atomic_fetch_add(&tally->runs[task], 1);
    unsigned seen = atomic_load(&tally->worker_max);
    while (worker > seen && !atomic_compare_exchange_weak(&tally->worker_max, &seen, worker))
        continue;
}

Test(pool, runs_every_task_once_however_many_workers_there_are)
{
    for (unsigned threads = 1; threads <= 8; threads++) {
        struct evd_pool *pool = evd_pool_create(threads);
        cr_assert_not_null(pool);
        cr_expect_eq(evd_pool_size(pool), threads);
        for (int round = 0; round < 20; round++) {
            struct tally tally = {0};
            evd_pool_run(pool, 1000, tally_task, &tally);
            for (size_t i = 0; i < 1000; i++)
                cr_assert_eq(atomic_load(&tally.runs[i]), 1);
            cr_expect_lt(atomic_load(&tally.worker_max), threads);
        }
        evd_pool_run(pool, 0, tally_task, NULL);
        evd_pool_destroy(pool);
    }
}

/* Tasks of which some fail, each with its number as the message. */
struct failing {
    struct evd_failures failures;
    size_t first, every; /* from `first` on, each `every`-th */
};

static void fail_sometimes(void *context, size_t task, unsigned worker)
{
    struct failing *failing = context;
    struct evd_error error;
    enum evd_status status = EVD_OK;
    if (task >= failing->first && (task - failing->first) % failing->every == 0) {
        snprintf(error.message, sizeof error.message, "%zu", task);
        status = task % 2 == 0 ? EVD_E_IO : EVD_E_INDEX;
    }
    evd_failures_add(&failing->failures, worker, task, status, &error);
}

Test(failures, the_first_task_is_told_whichever_worker_ran_it)
{
    enum { TASKS = 200 };
    for (unsigned workers = 1; workers <= 4; workers++)
        for (size_t first = 0; first <= TASKS; first += 25) {
            struct evd_pool *pool = evd_pool_create(workers);
            struct failing failing = {.first = first, .every = 1 + first % 3};
            struct evd_error error = {.message = "untouched"};
            char expected[EVD_MESSAGE_MAX] = "untouched";
            cr_assert(pool != NULL && evd_failures_init(&failing.failures, workers));
            evd_pool_run(pool, TASKS, fail_sometimes, &failing);
            enum evd_status status = EVD_OK;
            if (first < TASKS) {
                snprintf(expected, sizeof expected, "%zu", first);
                status = first % 2 == 0 ? EVD_E_IO : EVD_E_INDEX;
            }
            cr_expect_eq(evd_failures_tell(&failing.failures, &error), status);
            cr_expect_str_eq(error.message, expected);
            cr_expect_eq(evd_failures_tell(&failing.failures, NULL), status);
            evd_failures_release(&failing.failures);
            evd_pool_destroy(pool);
        }
}

Test(log2, is_exact_at_powers_of_two_and_grows_between)
{
    for (unsigned bit = 0; bit < 64; bit++)
        cr_expect_eq(evd_log2((uint64_t)1 << bit), 256 * bit);
    cr_expect_eq(evd_log2(3), 256 + 128);
    cr_expect_eq(evd_log2(UINT64_MAX), 64 * 256 - 1);
    for (uint64_t number = 1; number < 100000; number++)
        cr_assert(evd_log2(number) <= evd_log2(number + 1), "%llu", (unsigned long long)number);
}
