/* Numbers that docs/pairing.md states about similarity: each has a case at its limit and one beyond. */
#include <stdlib.h>

#include "base/log2.h"
#include "diff_case.h"
#include "pair/assign.h"
#include "pair/sketch.h"
#include "random.h"

/* Two logs without a thread. Their threads have no first call, so nothing but similarity pairs them. */
static void begin_empty(struct case_ *c)
{
    *c = (struct case_){0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &c->rules, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_string(&c->text[side], LOG_HEADER);
}

static void next_thread(struct case_ *c)
{
    c->tid++;
    c->count[EVD_CANARY] = c->count[EVD_OURS] = 0;
}

static void calls(struct case_ *c, int side, char letter, unsigned from, unsigned to)
{
    char name[16];
    for (unsigned i = from; i < to; i++) {
        snprintf(name, sizeof name, "%c%u", letter, i);
        call(c, side, name, "0");
    }
}

static void pair_by_similarity(struct case_ *c)
{
    const struct evd_diff_options options = {.threads = 1, .pairing = EVD_PAIR_SIMILARITY};
    struct evd_error error;
    for (int side = 0; side < EVD_SIDES; side++)
        c->logs[side] = memory_log(&c->text[side], c->rules);
    cr_assert_eq(evd_diff(c->logs[0], c->logs[1], &options, &c->outcome, &error), EVD_OK, "%s", error.message);
}

/* In millionths. */
static void expect_similarity(const struct evd_pair_outcome *pair, double expected)
{
    cr_assert_not_null(pair->pairing);
    cr_expect_float_eq(pair->pairing->similarity, expected, 2e-6, "%f is not %f", pair->pairing->similarity, expected);
}

/* One thread a side: `common` events that both have, each once, with own ones before or behind them; how similar they
 * are. A common event weighs half of an own one, which one of two threads has. */
static double similarity_of(unsigned before, unsigned common, unsigned behind_canary, unsigned behind_ours)
{
    struct case_ c;
    begin_empty(&c);
    next_thread(&c);
    for (int side = 0; side < EVD_SIDES; side++) {
        calls(&c, side, side ? 'o' : 'c', 0, before);
        calls(&c, side, 'a', 0, common);
        calls(&c, side, side ? 'p' : 'd', 0, side ? behind_ours : behind_canary);
    }
    pair_by_similarity(&c);
    cr_assert_eq(c.outcome->pair_count, 1);
    cr_assert_not_null(c.outcome->pairs[0].pairing);
    const double similarity = c.outcome->pairs[0].pairing->similarity;
    end(&c);
    return similarity;
}

Test(pairing_limits, keys_weigh_6_first_events_2_and_the_length_1)
{
    static const double NEAR = 2e-6;
    cr_expect_float_eq(similarity_of(0, 64, 0, 0), 1, NEAR);
    /* Of the keys 64 in 128, none of the first events, the whole length. */
    cr_expect_float_eq(similarity_of(32, 64, 0, 0), (6 * 0.5 + 0 + 1) / 9, NEAR);
    cr_expect_float_eq(similarity_of(0, 64, 32, 32), (6 * 0.5 + 2 + 1) / 9, NEAR);
    cr_expect_float_eq(similarity_of(0, 60, 30, 0), (6 * (2 / 3.0) + 2 + 2 / 3.0) / 9, NEAR);
}

/* The keys of the shorter thread, all of which the longer one has by then; of the length nothing. */
Test(pairing_limits, what_64_events_begin_with_counts_when_it_is_more)
{
    static const double NEAR = 2e-6;
    cr_expect_float_eq(similarity_of(0, 64, 64, 0), (6 + 2 + 0) / 9.0, NEAR);
    cr_expect_float_eq(similarity_of(0, 63, 63, 0), (6 * (2 * 63 / (2 * 63 + 2 * 63.0)) + 2 + 1 / 2.0) / 9, NEAR);
    cr_expect_float_eq(similarity_of(0, 64, 1, 0), (6 * (128 / 130.0) + 2 + 64 / 65.0) / 9, NEAR);
}

enum { KEYS = 40, EVENTS = 300 };

struct twin_key {
    unsigned count[EVD_SIDES], first[EVD_SIDES];
};

static double weigh(unsigned threads, unsigned count)
{
    return (256 + 256 - (threads == 2 ? 256 : 0)) * (256.0 + evd_log2(count));
}

static double similarity_by_hand(unsigned char keys[EVD_SIDES][EVENTS], const unsigned counts[EVD_SIDES])
{
    const unsigned shorter = counts[0] < counts[1] ? counts[0] : counts[1];
    double shared = 0, all = 0, early = 0, beginnings = 0, firsts = 0;
    for (unsigned key = 0; key < KEYS; key++) {
        struct twin_key twin = {{0}, {EVENTS, EVENTS}};
        unsigned begin[EVD_SIDES] = {0};
        for (int side = 0; side < EVD_SIDES; side++)
            for (unsigned i = counts[side]; i-- > 0;)
                if (keys[side][i] == key) {
                    twin.count[side]++;
                    twin.first[side] = i;
                    begin[side] += i < 32;
                }
        const unsigned threads = (twin.count[0] > 0) + (twin.count[1] > 0);
        bool is_early = true;
        for (int side = 0; side < EVD_SIDES; side++) {
            all += twin.count[side] > 0 ? weigh(threads, twin.count[side]) : 0;
            beginnings += twin.first[side] < shorter ? weigh(threads, 1) : 0;
            is_early &= twin.first[side] < shorter;
        }
        shared += threads == 2 ? weigh(2, twin.count[0] < twin.count[1] ? twin.count[0] : twin.count[1]) : 0;
        early += is_early ? weigh(2, 1) : 0;
        firsts += begin[0] < begin[1] ? begin[0] : begin[1];
    }
    const double whole = 6 * 2 * shared / all + (double)shorter / (counts[0] + counts[1] - shorter);
    const double cut = shorter < 64 ? 0 : 6 * 2 * early / beginnings;
    unsigned begin = 0;
    for (int side = 0; side < EVD_SIDES; side++)
        begin += counts[side] < 32 ? counts[side] : 32;
    return ((whole > cut ? whole : cut) + 2 * 2 * firsts / begin) / 9;
}

/* Two threads that begin alike, of which either may stop. */
Test(pairing_limits, similarity_is_what_the_slow_twin_says)
{
    for (unsigned seed = 0; seed < 300; seed++) {
        struct random random = {seed};
        unsigned char keys[EVD_SIDES][EVENTS];
        const unsigned counts[EVD_SIDES] = {
            20 + random_below(&random, EVENTS - 20), 20 + random_below(&random, EVENTS - 20)};
        const unsigned noise = 1 + random_below(&random, 30);
        struct case_ c;
        begin_empty(&c);
        next_thread(&c);
        for (unsigned i = 0; i < EVENTS; i++) {
            const unsigned char common = (unsigned char)random_below(&random, 2 + i * (KEYS - 2) / EVENTS);
            for (int side = 0; side < EVD_SIDES; side++) {
                keys[side][i] = random_below(&random, noise) == 0 ? (unsigned char)random_below(&random, KEYS) : common;
                if (i < counts[side])
                    calls(&c, side, 'k', keys[side][i], keys[side][i] + 1U);
            }
        }
        pair_by_similarity(&c);
        const double by_hand = similarity_by_hand(keys, counts);
        cr_assert_not_null(c.outcome->pairs[0].pairing, "seed %u", seed);
        cr_assert_float_eq(c.outcome->pairs[0].pairing->similarity, by_hand, 4e-6, "seed %u: %f, not %f", seed,
                           c.outcome->pairs[0].pairing->similarity, by_hand);
        end(&c);
    }
}

Test(pairing_limits, the_first_32_events_count)
{
    static const double NEAR = 2e-6;
    cr_expect_float_eq(similarity_of(0, 32, 1, 1), (6 * (32 / 34.0) + 2 + 1) / 9, NEAR);
    cr_expect_float_eq(similarity_of(0, 31, 1, 1), (6 * (31 / 33.0) + 2 * (31 / 32.0) + 1) / 9, NEAR);
}

/* A thread that another one created; `entry` is where it begins. */
static void create_thread(struct case_ *c, int side, const char *entry)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"entry_pc\":\"%s\"}", entry);
    append_event(&c->text[side], "thread.create", c->tid, c->count[side]++, payload);
}

Test(pairing_limits, the_origin_weighs_1_half_of_it_for_the_place)
{
    for (int is_same = 0; is_same < 2; is_same++) {
        struct case_ c;
        begin_empty(&c);
        next_thread(&c);
        for (int side = 0; side < EVD_SIDES; side++) {
            calls(&c, side, 'm', 0, 40);
            create_thread(&c, side, side == EVD_OURS && !is_same ? "0x2000" : "0x1000");
        }
        next_thread(&c);
        for (int side = 0; side < EVD_SIDES; side++)
            calls(&c, side, 'a', 0, 40);
        pair_by_similarity(&c);
        cr_assert_eq(c.outcome->pair_count, 2);
        expect_similarity(&c.outcome->pairs[1], is_same ? 1 : (6 + 2 + 1 + 0.5) / 10);
        end(&c);
    }
}

/* Canary's thread has 1,000 events, ours so many; they have the last of them in common, which is little. How many are
 * paired, beside two that are the same. */
static size_t count_pairs(unsigned ours)
{
    struct case_ c;
    begin_empty(&c);
    next_thread(&c);
    for (int side = 0; side < EVD_SIDES; side++)
        calls(&c, side, 'a', 0, 20);
    next_thread(&c);
    calls(&c, EVD_CANARY, 'c', 0, 999);
    calls(&c, EVD_OURS, 'o', 0, ours - 1);
    both(&c, "z", "0");
    pair_by_similarity(&c);
    const size_t count = c.outcome->pair_count;
    end(&c);
    return count;
}

/* Each event that both have weighs 2/3 of an own one here. */
Test(pairing_limits, below_5_percent_threads_are_no_counterparts)
{
    cr_expect_eq(count_pairs(445), 2, "(6 * 0.0923 + 0.445) / 9 is 5.006 %%");
    cr_expect_eq(count_pairs(444), 1, "(6 * 0.0924 + 0.444) / 9 is 4.995 %%");
}

/* Of threads that have nothing else in common. */
Test(pairing_limits, sixty_four_threads_a_side_are_compared_for_an_event_in_common)
{
    struct case_ c;
    for (unsigned threads = 64; threads <= 65; threads++) {
        begin_empty(&c);
        next_thread(&c);
        for (int side = 0; side < EVD_SIDES; side++)
            calls(&c, side, 'u', 0, 20);
        for (unsigned i = 0; i < threads; i++) {
            next_thread(&c);
            both(&c, "alike", "0");
        }
        pair_by_similarity(&c);
        cr_expect_eq(c.outcome->pair_count, threads == 64 ? 65 : 1, "%u", threads);
        end(&c);
    }
}

Test(pairing_limits, a_sketch_has_1024_keys_and_32_first_events)
{
    enum { MANY = 1025 };
    static struct evd_event events[MANY];
    const struct evd_log log = {0};
    for (size_t i = 0; i < MANY; i++)
        events[i] = (struct evd_event){(i + 1) * UINT64_C(0x9e3779b97f4a7c15), i << 16};
    for (size_t count = MANY - 1; count <= MANY; count++) {
        const struct evd_stream stream = {.records = events, .count = count};
        struct evd_sketch sketch;
        cr_assert_eq(evd_sketch_make(&log, &stream, &sketch, NULL), EVD_OK);
        cr_expect_eq(sketch.level, count > 1024);
        cr_expect_eq(sketch.key_count == 1024, count == 1024);
        cr_expect_eq(sketch.first_count, 32);
        evd_sketch_release(&sketch);
    }
}

/* Two that are best paired crosswise, and others that compete for the second; true when they are. */
static bool is_exact(size_t lefts, bool is_swapped)
{
    struct evd_score *scores = malloc((lefts + 2) * sizeof *scores);
    size_t *partners = malloc((lefts + 2) * sizeof *partners);
    cr_assert(scores != NULL && partners != NULL);
    size_t count = 0;
    scores[count++] = (struct evd_score){0, 0, 10};
    scores[count++] = (struct evd_score){0, 1, 9};
    scores[count++] = (struct evd_score){1, 0, 9};
    for (uint32_t i = 2; i < lefts; i++)
        scores[count++] = (struct evd_score){i, 0, 1};
    for (size_t i = 0; is_swapped && i < count; i++)
        scores[i] = (struct evd_score){scores[i].right, scores[i].left, scores[i].score};
    cr_assert(evd_assign(scores, count, is_swapped ? 2 : lefts, is_swapped ? lefts : 2, partners));
    const bool is_crosswise = partners[0] == 1 && partners[1] == 0;
    free(scores);
    free(partners);
    return is_crosswise;
}

Test(pairing_limits, four_hundred_threads_are_paired_exactly)
{
    for (int is_swapped = 0; is_swapped < 2; is_swapped++) {
        cr_expect(is_exact(400, is_swapped));
        cr_expect_not(is_exact(401, is_swapped));
    }
}
