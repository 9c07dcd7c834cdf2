/* Spill: pages in memory up to a budget, beyond it in files. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pages.h"
#include "base/spill.h"
#include "base/text_memory.h"
#include "random.h"

Test(spill, holds_up_to_its_limit_and_no_byte_beyond)
{
    struct evd_spill spill = {.most = 1000};
    cr_expect(evd_spill_hold(&spill, 400));
    cr_expect(evd_spill_hold(&spill, 600));
    cr_expect_not(evd_spill_hold(&spill, 1));
    cr_expect_not(evd_spill_hold(&spill, UINT64_MAX));
    evd_spill_give_back(&spill, 1);
    cr_expect(evd_spill_hold(&spill, 1));
    cr_expect_eq(spill.held, 1000);
    cr_expect(evd_spill_hold(NULL, UINT64_MAX));
}

static size_t count_open_files(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += dup2(fd, fd) >= 0;
    return count;
}

/* A span says the same wherever it is, and leaves nothing behind: no memory that counts, no open file. */
Test(spill, a_span_is_the_same_in_memory_and_in_a_file)
{
    enum { ROUNDS = 300, PIECE = 200000, PADDING = 64 };
    static char piece[PIECE];
    const size_t open_files = count_open_files();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct random random = {round};
        struct evd_spill spill = {.most = random_below(&random, 8 << 20)};
        struct evd_text_limit limit = {.most = UINT64_MAX, .spill = &spill};
        struct evd_text_memory spilled = {.limit = &limit}, plain = {0};
        const bool is_finished = random_below(&random, 2) == 0;
        for (size_t left = random_below(&random, 40); left > 0; left--) {
            const size_t length = random_below(&random, sizeof piece);
            memset(piece, (int)random_below(&random, 256), length);
            struct evd_text_memory *const both[] = {&spilled, &plain};
            for (int i = 0; i < 2; i++) {
                cr_assert(evd_text_memory_reserve(both[i], length));
                memcpy(both[i]->pages + both[i]->length, piece, length);
                cr_assert(evd_text_memory_add(both[i], length));
            }
        }
        cr_assert_leq(spill.held, spill.most, "seed %u", round);
        if (is_finished) {
            cr_assert(evd_text_memory_finish(&spilled, PADDING));
            cr_assert(evd_text_memory_finish(&plain, PADDING));
            cr_expect_eq(spilled.size, plain.size);
            cr_expect_eq(count_open_files(), open_files);
        }
        cr_assert_eq(spilled.length, plain.length, "seed %u", round);
        cr_assert(
            plain.size == 0 || memcmp(spilled.pages, plain.pages, plain.length + (is_finished ? PADDING : 0)) == 0,
            "seed %u", round);
        evd_text_memory_release(&spilled);
        evd_text_memory_release(&plain);
        cr_expect_eq(spill.held, 0);
        cr_expect_eq(count_open_files(), open_files);
    }
}

/* Room that is not there is told with its folder, once, and only where it is the reason. */
Test(spill, a_folder_that_is_not_there_is_told)
{
    struct evd_spill spill = {.most = 0};
    struct evd_error error = {0};
    cr_assert_eq(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    cr_expect_eq(evd_spill_free(), 0);
    cr_expect_eq(evd_spill_tell(&spill, EVD_E_NO_MEMORY, &error), EVD_E_NO_MEMORY);
    cr_expect_null(evd_spill_map_file(&spill, 1, NULL));
    cr_expect_eq(spill.fault, ENOENT);
    cr_expect_eq(evd_spill_tell(&spill, EVD_OK, &error), EVD_OK);
    cr_expect_eq(evd_spill_tell(&spill, EVD_E_INPUT, &error), EVD_E_INPUT);
    cr_expect_eq(evd_spill_tell(&spill, EVD_E_NO_MEMORY, &error), EVD_E_IO);
    cr_expect_str_eq(error.path, "/nowhere/at/all");
    cr_expect_not_null(strstr(error.message, "--memory"), "%s", error.message);
}

Test(spill, files_are_zeroed_and_take_their_room_at_once)
{
    struct evd_spill spill = {.most = 0};
    int fd;
    char *pages = evd_spill_map_file(&spill, 10000, &fd);
    cr_assert_not_null(pages);
    for (size_t i = 0; i < 10000; i++)
        cr_assert_eq(pages[i], 0);
    memset(pages, 'x', 10000);
    pages = evd_spill_resize_file(&spill, fd, pages, 10000, 3 << 20);
    cr_assert_not_null(pages);
    cr_expect(pages[0] == 'x' && pages[9999] == 'x' && pages[10000] == 0 && pages[(3 << 20) - 1] == 0);
    /* Beyond what any disk has: what there is stays. */
    cr_expect_null(evd_spill_resize_file(&spill, fd, pages, 3 << 20, (size_t)1 << 62));
    cr_expect_neq(spill.fault, 0);
    cr_expect_eq(pages[9999], 'x');
    close(fd);
    evd_pages_free(pages, 3 << 20);
}
