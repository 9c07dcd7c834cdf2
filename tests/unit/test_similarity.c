/* Pairing by similarity: threads that start alike and are numbered at random find their counterparts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "pair/sketch.h"
#include "random.h"

enum { THREADS_MAX = 24, SEEDS = 200, CROWD = 3000 };

/* One thread's events: all threads start with the same calls; `program` says what comes then, `noise` what differs
 * from run to run. */
static void write_thread(struct evd_buffer *log, int tid, unsigned program, struct random *noise)
{
    struct random random = {program};
    const unsigned length = 40 + random_below(&random, 200);
    for (unsigned i = 0; i < length; i++) {
        const unsigned common = random_below(&random, 40);
        const unsigned own = program * 1000 + random_below(&random, 30);
        const unsigned name = i < 5 ? i : random_below(&random, 3) ? common : own;
        const unsigned value = random_below(noise, 5) ? name : random_below(noise, 1000000);
        evd_buffer_format(log,
                          "{\"kind\":\"kernel.call\",\"tid\":%d,\"tid_event_idx\":%u,\"payload\":"
                          "{\"name\":\"f%u\",\"args\":{\"a0\":%u}}}\n",
                          tid, i, name, value);
    }
}

/* tids[i] is the tid of the thread that runs program i + 1. */
static struct evd_log *make_log(const int *tids, size_t count, unsigned noise_seed, struct evd_rules *rules)
{
    struct evd_buffer text = {0};
    struct random noise = {noise_seed};
    evd_buffer_string(&text, LOG_HEADER);
    for (size_t i = 0; i < count; i++)
        write_thread(&text, tids[i], (unsigned)i + 1, &noise);
    struct evd_log *log = memory_log(&text, rules);
    evd_buffer_release(&text);
    return log;
}

static void shuffle(struct random *random, int *tids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tids[i] = 4 * (int)i + 4;
    for (size_t i = count; i > 1; i--) {
        const size_t j = random_below(random, (unsigned)i);
        const int tid = tids[i - 1];
        tids[i - 1] = tids[j];
        tids[j] = tid;
    }
}

Test(similarity, finds_every_counterpart, .timeout = 120)
{
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        const size_t count = 2 + random_below(&random, THREADS_MAX - 1);
        int tids[EVD_SIDES][THREADS_MAX];
        struct evd_log *logs[EVD_SIDES];
        for (int side = 0; side < EVD_SIDES; side++) {
            shuffle(&random, tids[side], count);
            logs[side] = make_log(tids[side], count, seed * 2 + (unsigned)side, rules);
        }
        const struct evd_diff_options options = {.threads = 1 + seed % 4, .pairing = EVD_PAIR_SIMILARITY};
        struct evd_outcome *outcome;
        cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
        cr_assert_eq(outcome->pair_count, count, "seed %u", seed);
        for (size_t i = 0; i < count; i++) {
            const struct evd_pair_outcome *pair = &outcome->pairs[i];
            size_t program = 0;
            while (tids[EVD_CANARY][program] != pair->tid[EVD_CANARY])
                program++;
            cr_expect_eq(pair->tid[EVD_OURS], tids[EVD_OURS][program], "seed %u, tid %d", seed,
                         (int)pair->tid[EVD_CANARY]);
            cr_expect(pair->pairing != NULL && pair->pairing->similarity > 0.2 && pair->pairing->similarity <= 1 &&
                          pair->pairing->confidence >= 0 && pair->pairing->confidence <= 1,
                      "seed %u", seed);
            cr_expect(!pair->pairing->has_runner_up || pair->pairing->runner_up_similarity <= pair->pairing->similarity,
                      "seed %u", seed);
        }
        evd_outcome_free(outcome);
        evd_log_free(logs[0]);
        evd_log_free(logs[1]);
    }
    evd_rules_free(rules);
}

/* Of a thread's events one is its own; some have 60 others too, the same ones in both logs or any: more pairs of
 * threads have one in common than are compared. */
static struct evd_log *make_crowd(int first_tid, int step, struct evd_rules *rules)
{
    enum { SHARED = 8, COMMON = 60, SHARERS = 50 };
    struct evd_buffer text = {0};
    struct random noise = {(uint64_t)first_tid};
    evd_buffer_string(&text, LOG_HEADER);
    for (unsigned program = 0; program < CROWD; program++) {
        struct random random = {program};
        for (unsigned i = 0; i <= COMMON; i++) {
            const unsigned value = i == COMMON ? program : random_below(i < SHARED ? &random : &noise, CROWD / SHARERS);
            evd_buffer_format(&text,
                              "{\"kind\":\"kernel.call\",\"tid\":%d,\"tid_event_idx\":%u,\"payload\":"
                              "{\"name\":\"f%u\",\"args\":{\"a0\":%u}}}\n",
                              first_tid + step * (int)program, i, i, value);
        }
    }
    struct evd_log *log = memory_log(&text, rules);
    evd_buffer_release(&text);
    return log;
}

/* Which pairs are left out does not matter: those of counterparts are not. */
Test(similarity, finds_counterparts_in_a_crowd, .timeout = 300)
{
    struct evd_rules *rules;
    struct evd_outcome *outcome;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    struct evd_log *canary = make_crowd(1, 1, rules), *ours = make_crowd(CROWD, -1, rules);
    const struct evd_diff_options options = {.pairing = EVD_PAIR_SIMILARITY};
    cr_assert_eq(evd_diff(canary, ours, &options, &outcome, NULL), EVD_OK);
    cr_assert_eq(outcome->pair_count, CROWD);
    size_t wrong = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        wrong += outcome->pairs[i].tid[EVD_CANARY] + outcome->pairs[i].tid[EVD_OURS] != CROWD + 1;
    cr_expect_eq(wrong, 0, "%zu of %d threads", wrong, CROWD);
    evd_outcome_free(outcome);
    evd_log_free(canary);
    evd_log_free(ours);
    evd_rules_free(rules);
}

/* Threads that do the very same are paired in the order in which they start, whatever their tids. */
Test(similarity, pairs_like_threads_in_order_of_start)
{
    static const int TIDS[EVD_SIDES][3] = {{30, 10, 20}, {5, 9, 7}};
    struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer text = {0};
        evd_buffer_string(&text, LOG_HEADER);
        for (int i = 0; i < 3; i++) {
            struct random noise = {1};
            write_thread(&text, TIDS[side][i], 1, &noise);
        }
        logs[side] = memory_log(&text, rules);
        evd_buffer_release(&text);
    }
    const struct evd_diff_options options = {.pairing = EVD_PAIR_SIMILARITY};
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
    cr_assert_eq(outcome->pair_count, 3);
    cr_expect(outcome->pairs[0].tid[0] == 10 && outcome->pairs[0].tid[1] == 9);
    cr_expect(outcome->pairs[1].tid[0] == 20 && outcome->pairs[1].tid[1] == 7);
    cr_expect(outcome->pairs[2].tid[0] == 30 && outcome->pairs[2].tid[1] == 5);
    cr_expect_eq(outcome->pairs[0].pairing->confidence, 0);
    evd_outcome_free(outcome);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
}

/* Two threads that do the same and begin at the same place, each created by another thread; in ours they start the
 * other way round. */
Test(similarity, pairs_threads_by_who_created_them)
{
    enum { CREATORS = 2, EVENTS = 12 };
    struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer text = {0};
        char payload[64];
        evd_buffer_string(&text, LOG_HEADER);
        for (int creator = 1; creator <= CREATORS; creator++)
            for (int i = 0; i < EVENTS; i++) {
                snprintf(payload, sizeof payload, "{\"name\":\"creator%d\",\"i\":%d}", creator, i);
                append_event(&text, "kernel.call", creator, (uint64_t)i, payload);
            }
        for (int worker = 1; worker <= CREATORS; worker++) {
            const int creator = side == EVD_CANARY ? worker : CREATORS + 1 - worker;
            append_event(&text, "thread.create", creator, EVENTS, "{\"entry_pc\":\"0x1000\"}");
            for (int i = 0; i < EVENTS; i++) {
                snprintf(payload, sizeof payload, "{\"name\":\"work\",\"i\":%d}", i);
                append_event(&text, "kernel.call", 10 + worker, (uint64_t)i, payload);
            }
        }
        logs[side] = memory_log(&text, rules);
        evd_buffer_release(&text);
    }
    const struct evd_diff_options options = {.pairing = EVD_PAIR_SIMILARITY};
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
    cr_assert_eq(outcome->pair_count, 2 * CREATORS);
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const int64_t tid = outcome->pairs[i].tid[EVD_CANARY];
        cr_expect_eq(outcome->pairs[i].tid[EVD_OURS], tid > 10 ? 23 - tid : tid, "tid %d", (int)tid);
    }
    evd_outcome_free(outcome);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
}

/* Threads that all do the very same are not compared, each with each, but paired by first call: there is nothing to
 * be told of such a pair. */
Test(similarity, says_nothing_of_pairs_that_were_not_compared)
{
    enum { ALIKE = 80 };
    struct evd_rules *rules;
    struct evd_outcome *outcome;
    struct evd_buffer text = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    evd_buffer_string(&text, LOG_HEADER);
    for (int i = 0; i < ALIKE; i++) {
        struct random noise = {1};
        write_thread(&text, i, 1, &noise);
    }
    struct evd_log *log = memory_log(&text, rules);
    const struct evd_diff_options options = {.pairing = EVD_PAIR_SIMILARITY};
    cr_assert_eq(evd_diff(log, log, &options, &outcome, NULL), EVD_OK);
    cr_assert_eq(outcome->pair_count, ALIKE);
    for (size_t i = 0; i < ALIKE; i++) {
        cr_expect_eq(outcome->pairs[i].tid[EVD_OURS], outcome->pairs[i].tid[EVD_CANARY]);
        cr_expect_null(outcome->pairs[i].pairing);
    }
    evd_outcome_free(outcome);
    evd_log_free(log);
    evd_rules_free(rules);
    evd_buffer_release(&text);
}

/* A thread that has nothing in common with any is left alone, and told. */
Test(similarity, leaves_strangers_unpaired)
{
    struct evd_rules *rules;
    struct evd_outcome *outcome;
    struct evd_buffer text = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    evd_buffer_string(&text, LOG_HEADER);
    struct random noise = {1};
    write_thread(&text, 1, 1, &noise);
    struct evd_log *ours = memory_log(&text, rules);
    for (int i = 0; i < 20; i++)
        evd_buffer_format(&text, "{\"kind\":\"x\",\"tid\":2,\"tid_event_idx\":%d,\"payload\":{\"v\":%d}}\n", i, i);
    struct evd_log *canary = memory_log(&text, rules);
    const struct evd_diff_options options = {.pairing = EVD_PAIR_SIMILARITY};
    cr_assert_eq(evd_diff(canary, ours, &options, &outcome, NULL), EVD_OK);
    cr_assert_eq(outcome->pair_count, 1);
    cr_assert_eq(outcome->unpaired_count[EVD_CANARY], 1);
    cr_expect_eq(outcome->unpaired[EVD_CANARY][0].tid, 2);
    cr_expect_eq(outcome->unpaired_count[EVD_OURS], 0);
    evd_outcome_free(outcome);
    evd_log_free(canary);
    evd_log_free(ours);
    evd_rules_free(rules);
    evd_buffer_release(&text);
}

static int by_key(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* A sketch against its slow twin: all keys sorted and counted, then those of the lowest level that is few enough. */
Test(similarity, sketches_hold_what_they_say, .timeout = 120)
{
    enum { EVENTS_MAX = 20000 };
    static struct evd_event events[EVENTS_MAX];
    static uint64_t keys[EVENTS_MAX];
    struct evd_log log = {0};
    for (unsigned seed = 0; seed < 200; seed++) {
        struct random random = {seed};
        const size_t count = random_below(&random, EVENTS_MAX);
        const unsigned distinct = 1 + random_below(&random, 1u << random_below(&random, 15));
        size_t participating = 0;
        for (size_t i = 0; i < count; i++) {
            struct random key = {random_below(&random, distinct)};
            const bool is_engine_local = random_below(&random, 10) == 0;
            events[i] = (struct evd_event){random_next(&key), i << 16 | is_engine_local};
            if (!is_engine_local)
                keys[participating++] = events[i].key;
        }
        const struct evd_stream stream = {.records = events, .count = count};
        struct evd_sketch sketch;
        cr_assert_eq(evd_sketch_make(&log, &stream, &sketch, NULL), EVD_OK);
        cr_assert_eq(sketch.participating, participating, "seed %u", seed);
        qsort(keys, participating, sizeof *keys, by_key);
        unsigned level = 0;
        size_t sampled;
        do {
            sampled = 0;
            for (size_t i = 0; i < participating; i++)
                sampled += (i == 0 || keys[i] != keys[i - 1]) && evd_sketch_samples(keys[i], level);
        } while (sampled > EVD_SKETCH_KEYS && ++level);
        cr_assert_eq(sketch.level, level, "seed %u", seed);
        cr_assert_eq(sketch.key_count, sampled, "seed %u", seed);
        size_t place = 0;
        for (size_t k = 0; k < sketch.key_count; k++) {
            while (keys[place] != sketch.keys[k].key)
                cr_assert_lt(++place, participating, "seed %u", seed);
            size_t times = 0, first = 0;
            for (size_t i = 0; events[i].key != keys[place] || evd_event_tag(&events[i]) == EVD_TAG_ENGINE_LOCAL; i++)
                first += evd_event_tag(&events[i]) != EVD_TAG_ENGINE_LOCAL;
            cr_expect_eq(first, sketch.keys[k].first, "seed %u", seed);
            while (place < participating && keys[place] == sketch.keys[k].key) {
                times++;
                place++;
            }
            cr_expect_eq(times, sketch.keys[k].count, "seed %u", seed);
        }
        evd_sketch_release(&sketch);
    }
}
