/* A large report in JSON is the same by any number of threads: the slow twin is one. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/buffer.h"
#include "evdiff/report.h"
#include "outcome/causes.h"
#include "random.h"
#include "random_outcome.h"
#include "report/json_divergences.h"

struct taken {
    struct evd_buffer text;
    pthread_t caller;
    size_t left; /* bytes until no more are taken */
};

static bool take(void *context, const char *bytes, size_t length)
{
    struct taken *taken = context;
    cr_assert(pthread_equal(taken->caller, pthread_self()));
    cr_assert_gt(length, 0);
    if (length > taken->left)
        return false;
    taken->left -= length;
    evd_buffer_append(&taken->text, bytes, length);
    return true;
}

static enum evd_status write_report(const struct evd_outcome *outcome, unsigned threads, size_t left,
                                    struct taken *taken)
{
    const struct evd_report_options options = {.threads = threads};
    struct evd_error error;
    *taken = (struct taken){.caller = pthread_self(), .left = left};
    return evd_report_write(outcome, "json", &options, take, taken, &error);
}

/* Numbers the divergences anew for a first pair that has so many, and so many more. */
static void put_causes(struct random_outcome *made, size_t count, size_t more)
{
    struct evd_outcome *outcome = &made->outcome;
    const size_t all = evd_count_numbered(outcome);
    uint32_t *causes = evd_arena_array(&made->arena, all + more, sizeof *causes);
    for (size_t i = 0; i < all + more; i++) {
        const uint32_t cause = outcome->causes[i < count + more ? i % count : i - more];
        causes[i] = cause < count ? cause : cause + (uint32_t)more;
    }
    outcome->causes = causes;
    for (size_t i = 1; i < outcome->pair_count; i++)
        outcome->pairs[i].divergence_begin += (uint32_t)more;
}

/* Gives the first pair so many divergences, which are its own again and again. */
static void make_many(struct random_outcome *made, size_t count)
{
    struct evd_pair_outcome *pair = &made->outcome.pairs[0];
    struct evd_divergence *many = evd_arena_array(&made->arena, count, sizeof *many);
    for (size_t i = 0; i < count; i++)
        many[i] = pair->divergences[i % pair->divergence_count];
    if (pair->divergence_controls != NULL) {
        uint64_t *controls = evd_arena_array(&made->arena, count, sizeof *controls);
        for (size_t i = 0; i < count; i++)
            controls[i] = pair->divergence_controls[i % pair->divergence_count];
        pair->divergence_controls = controls;
    }
    put_causes(made, pair->divergence_count, count - pair->divergence_count);
    pair->divergences = many;
    pair->divergence_count = count;
}

static void draw(struct random_outcome *made, unsigned seed)
{
    for (unsigned i = 0;; i += 1000) {
        random_outcome_make(made, seed + i, 12);
        if (made->outcome.pair_count > 0 && made->outcome.pairs[0].divergence_count > 2)
            return;
        random_outcome_release(made);
    }
}

Test(json_pieces, are_the_same_by_any_number_of_threads)
{
    static const size_t COUNTS[] = {EVD_JSON_LARGE - 1, EVD_JSON_LARGE, EVD_JSON_LARGE + 1,
                                    EVD_JSON_LARGE + EVD_JSON_PIECE, 2 * EVD_JSON_LARGE + 77};
    for (unsigned seed = 0; seed < 5; seed++) {
        struct random_outcome made;
        struct taken wanted, taken;
        draw(&made, seed);
        make_many(&made, COUNTS[seed]);
        cr_assert_eq(write_report(&made.outcome, 1, SIZE_MAX, &wanted), EVD_OK);
        for (unsigned threads = 2; threads <= 5; threads++) {
            cr_assert_eq(write_report(&made.outcome, threads, SIZE_MAX, &taken), EVD_OK);
            cr_assert(taken.text.length == wanted.text.length &&
                          memcmp(taken.text.data, wanted.text.data, wanted.text.length) == 0,
                      "seed %u, %u threads", seed, threads);
            evd_buffer_release(&taken.text);
        }
        for (size_t part = 0; part < 8; part++) {
            cr_assert_eq(write_report(&made.outcome, 3, wanted.text.length / 8 * part, &taken), EVD_E_IO);
            cr_assert_eq(memcmp(taken.text.length > 0 ? taken.text.data : "", wanted.text.data, taken.text.length), 0);
            evd_buffer_release(&taken.text);
        }
        evd_buffer_release(&wanted.text);
        random_outcome_release(&made);
    }
}

Test(json_pieces, have_so_many_threads_and_no_more)
{
    struct random_outcome made;
    struct taken taken;
    draw(&made, 1);
    cr_expect_eq(write_report(&made.outcome, 1024, SIZE_MAX, &taken), EVD_OK);
    evd_buffer_release(&taken.text);
    cr_expect_eq(write_report(&made.outcome, 1025, SIZE_MAX, &taken), EVD_E_ARGUMENT);
    evd_buffer_release(&taken.text);
    random_outcome_release(&made);
}
