/* Outcomes of a night in memory, and a packer that takes one of them after the other. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/compress.h"
#include "base/decompress.h"
#include "batch/kept.h"
#include "outcome/outcome.h"
#include "random.h"

enum { ROUNDS = 200, JOBS = 50, RUNS = 3, TEXT_BYTES_MAX = 300000 };

static struct evd_outcome *make(size_t event_count)
{
    struct evd_owned_outcome *owned = evd_outcome_new();
    cr_assert_not_null(owned);
    owned->outcome.event_count[0] = event_count;
    return &owned->outcome;
}

Test(kept, what_is_taken_is_what_was_added_last)
{
    struct random random = {1};
    for (int round = 0; round < ROUNDS; round++) {
        struct evd_kept kept = {.list = NULL};
        size_t wanted[JOBS][RUNS] = {{0}};
        for (size_t i = 1; i < 2 * JOBS; i++) {
            const size_t job = random_below(&random, JOBS), run = random_below(&random, RUNS);
            evd_kept_add(&kept, job, run, make(i), 1);
            wanted[job][run] = i;
        }
        for (size_t i = 0; i < JOBS * RUNS; i++) {
            const size_t job = random_below(&random, JOBS), run = random_below(&random, RUNS);
            struct evd_outcome *taken = evd_kept_take(&kept, job, run);
            cr_assert_eq(taken == NULL ? 0 : taken->event_count[0], wanted[job][run]);
            evd_outcome_free(taken);
            wanted[job][run] = 0;
        }
        evd_kept_release(&kept);
    }
}

Test(kept, what_finds_no_room_is_read_again)
{
    struct evd_kept kept = {.list = NULL};
    evd_kept_add(&kept, 0, 0, make(1), (size_t)EVD_KEPT_TEXT_BYTES_MAX + 1);
    cr_assert_null(evd_kept_take(&kept, 0, 0));
    evd_kept_add(&kept, 1, 0, make(1), EVD_KEPT_TEXT_BYTES_MAX - 1);
    evd_kept_add(&kept, 2, 0, make(2), 2);
    evd_kept_add(&kept, 3, 0, make(3), 1);
    evd_kept_add(&kept, 4, 0, make(4), 1);
    for (size_t job = 0; job < 5; job++) {
        struct evd_outcome *taken = evd_kept_take(&kept, job, 0);
        cr_assert_eq(taken != NULL, job == 1 || job == 3, "job %zu", job);
        evd_outcome_free(taken);
    }
    evd_kept_release(&kept);
}

Test(kept, one_packer_takes_one_text_after_the_other)
{
    struct random random = {2};
    static char text[TEXT_BYTES_MAX];
    struct evd_packer *packer = evd_packer_create(NULL, NULL);
    cr_assert_not_null(packer);
    for (int round = 0; round < ROUNDS; round++) {
        struct evd_buffer packed = {0};
        struct evd_text_memory unpacked = {0};
        struct evd_error error;
        const size_t length = round == 0 ? 0 : random_below(&random, round % 2 == 0 ? 100 : TEXT_BYTES_MAX);
        for (size_t i = 0; i < length; i++)
            text[i] = (char)('a' + random_below(&random, 1 + (uint64_t)round % 26));
        evd_buffer_string(&packed, "ahead");
        cr_assert(evd_packer_pack(packer, text, length, &packed));
        cr_assert_eq(memcmp(packed.data, "ahead", 5), 0);
        cr_assert_eq(evd_decompress(EVD_COMPRESSION_ZSTD, packed.data + 5, packed.length - 5, 1, &unpacked, &error),
                     EVD_OK);
        cr_assert_eq(unpacked.length, length);
        cr_assert(length == 0 || memcmp(unpacked.pages, text, length) == 0);
        evd_text_memory_release(&unpacked);
        evd_buffer_release(&packed);
    }
    evd_packer_destroy(packer);
}
