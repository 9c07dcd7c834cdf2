/* Selftest: what is found in excerpts is what a diff of the whole mutated log finds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <evdiff/evdiff.h>

#include "mutated_log.h"
#include "outcome/value.h"
#include "random_log.h"
#include "selftest/change.h"

enum { SEEDS = 25, SAMPLES = 12, STEPS_MAX = 700 };

/* Whether the verdict on a pair is another: it parts elsewhere, or ends elsewhere. That an absorber took an event,
 * so that fewer match, is no verdict. A thread whose every event is gone can't be paired. */
static bool are_different(const struct evd_pair_outcome *a, const struct evd_pair_outcome *b)
{
    if (a == NULL || b == NULL)
        return a != b;
    const struct evd_first_divergence *left = a->divergence, *right = b->divergence;
    if (a->is_diverged != b->is_diverged || a->marked_null_count != b->marked_null_count ||
        memcmp(a->left_over, b->left_over, sizeof a->left_over) != 0)
        return true;
    if (!a->is_diverged)
        return false;
    return left->event[EVD_CANARY].tid_event_idx != right->event[EVD_CANARY].tid_event_idx ||
           left->form != right->form || left->path.length != right->path.length ||
           (left->path.length > 0 && memcmp(left->path.bytes, right->path.bytes, left->path.length) != 0) ||
           !evd_field_values_equal(&left->value[EVD_CANARY], &right->value[EVD_CANARY]) ||
           !evd_field_values_equal(&left->value[EVD_OURS], &right->value[EVD_OURS]);
}

/* Whether a diff of the whole mutated log differs from that of the log as it is, with the threads paired and
 * the SIDs shared as they are there. */
static bool is_seen_in_full(const struct pair_of_logs *pair, const struct evd_outcome *plain,
                            const struct evd_selftest_plan *plan, const struct evd_mutant *mutant)
{
    struct evd_outcome *outcome = diff_mutated(pair, plain, plan, mutant, false);
    const struct evd_place *places[] = {&mutant->at, &mutant->other};
    bool is_seen = false;
    for (int i = 0; i < 2; i++) {
        const int64_t tid = plan->stretches.items[places[i]->stretch].stream[EVD_OURS]->tid;
        is_seen |= are_different(pair_of(plain, EVD_OURS, tid), pair_of(outcome, EVD_OURS, tid));
    }
    evd_outcome_free(outcome);
    return is_seen;
}

/* The same of a lost thread: threads are paired anew, and one that had a counterpart has none, or another that it differs
 * from. */
static bool is_loss_seen_in_full(const struct pair_of_logs *pair, const struct evd_outcome *plain,
                                 const struct evd_selftest_plan *plan, const struct evd_mutant *mutant)
{
    struct evd_buffer text = mutate(&pair->lines, plan, mutant);
    const struct evd_string string = {text.data, text.length};
    const struct evd_diff_options options = {.threads = 1, .resync = true};
    struct evd_log *mutated;
    struct evd_outcome *outcome;
    bool is_seen = false;
    cr_assert_eq(evd_logs_open_texts(&string, 1, pair->rules, NULL, &mutated, NULL), EVD_OK);
    mutated->floating = pair->logs[EVD_OURS]->floating;
    const enum evd_status status = evd_diff(pair->logs[EVD_CANARY], mutated, &options, &outcome, NULL);
    cr_assert(status == EVD_OK || status == EVD_E_NO_MAPPING);
    for (size_t i = 0; status == EVD_OK && i < plain->pair_count; i++) {
        const int64_t *tid = plain->pairs[i].tid;
        const struct evd_pair_outcome *now = pair_of(outcome, EVD_CANARY, tid[EVD_CANARY]);
        is_seen |= now == NULL || (now->tid[EVD_OURS] != tid[EVD_OURS] && now->divergence_count > 0);
    }
    if (status == EVD_OK)
        evd_outcome_free(outcome);
    evd_log_free(mutated);
    evd_buffer_release(&text);
    return is_seen || status == EVD_E_NO_MAPPING;
}

/* A log matches itself to the ends of its threads, whatever these end with. */
static void expect_whole_threads(const struct evd_selftest_plan *plan, const struct evd_outcome *plain, unsigned seed)
{
    cr_expect_eq(plan->stretches.count, plain->pair_count, "seed %u", seed);
    for (size_t i = 0; i < plan->stretches.count; i++) {
        const struct evd_stretch *stretch = &plan->stretches.items[i];
        cr_expect(stretch->from[EVD_OURS] == 0 && stretch->to == stretch->stream[EVD_OURS]->count &&
                      stretch->plant_to == stretch->to,
                  "seed %u, tid %lld", seed, (long long)stretch->stream[EVD_OURS]->tid);
    }
}

static void hold(const struct pair_of_logs *pair, unsigned seed, struct tally *tally)
{
    struct evd_selftest_plan plan;
    struct evd_outcome *plain;
    const struct evd_selftest_options options = {.threads = 1, .seed = seed, .samples = SAMPLES};
    const struct evd_diff_options diff = {.threads = 1};
    cr_assert_eq(evd_diff(pair->logs[EVD_CANARY], pair->logs[EVD_OURS], &diff, &plain, NULL), EVD_OK);
    cr_assert_eq(evd_selftest_try(pair->logs[EVD_CANARY], pair->logs[EVD_OURS], &options, &plan, NULL), EVD_OK);
    if (seed % 2)
        expect_whole_threads(&plan, plain, seed);
    for (size_t i = 0; i < plan.mutant_count; i++) {
        const struct evd_mutant *mutant = &plan.mutants[i];
        if (mutant->is_planted && is_before_divergence(&plan, mutant))
            expect_verdict(&plan, mutant,
                           mutant->mutation == EVD_MUTATION_LOSE_THREAD
                               ? is_loss_seen_in_full(pair, plain, &plan, mutant)
                               : is_seen_in_full(pair, plain, &plan, mutant),
                           seed, tally);
    }
    evd_selftest_plan_release(&plan);
    evd_outcome_free(plain);
}

Test(selftest, excerpts_tell_what_whole_logs_tell, .timeout = 600)
{
    static struct pair_of_logs pair;
    struct tally tally = {{0}, {0}};
    struct evd_rules *rules;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    pair.rules = rules;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[EVD_SIDES] = {{0}};
        random_log_pair(&random, STEPS_MAX, texts);
        /* Every second time a log against itself. */
        const int canary = seed % 2 ? EVD_OURS : EVD_CANARY;
        const struct evd_string strings[] = {
            {texts[canary].data, texts[canary].length}, {texts[EVD_OURS].data, texts[EVD_OURS].length}};
        cr_assert_eq(evd_logs_open_texts(strings, 2, rules, NULL, pair.logs, NULL), EVD_OK);
        take_apart(&texts[EVD_OURS], &pair.lines);
        hold(&pair, seed, &tally);
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_log_free(pair.logs[side]);
            evd_buffer_release(&texts[side]);
        }
    }
    evd_rules_free(rules);
    for (int i = 0; i < EVD_MUTATIONS; i++) {
        cr_expect_geq(tally.planted[i], SEEDS, "%s", evd_mutation_name((enum evd_mutation)i));
        cr_expect_gt(tally.detected[i], tally.planted[i] / 4);
        if (i < EVD_MUTATION_SWAP_THREADS)
            cr_expect_lt(tally.detected[i], tally.planted[i], "all seen: no rule was tried");
    }
}

Test(selftest, a_change_always_means_something)
{
    struct evd_rules *rules;
    struct evd_excerpt_reader reader, scratch;
    size_t changed = 0;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    cr_assert(evd_excerpt_reader_init(&reader) && evd_excerpt_reader_init(&scratch));
    static const char *const PAYLOADS[] = {
        "{}",
        "{\"a\":{}}",
        "{\"a\":9}",
        "{\"a\":-9}",
        "{\"a\":19}",
        "{\"a\":0}",
        "{\"a\":1.5}",
        "{\"a\":15e-1}",
        "{\"a\":true}",
        "{\"a\":null}",
        "{\"a\":\"\"}",
        "{\"a\":\"\\u0039\"}",
        "{\"a\":\"\\n\"}",
        "{\"a\":\"z\"}",
        "{\"a\":\"\xc3\xa9\"}",
        "{\"a\":1,\"a\":2}",
        "{ \"a\" : [ 1 , { \"b\" : \"}]\\\"\" } ] }",
        "{\"a\":[[],[[7]]],\"\\\"\":{\"c\":false}}"};
    for (size_t i = 0; i < sizeof PAYLOADS / sizeof PAYLOADS[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"kind\":\"schema_version\",\"schema_version\":1}\n"
                 "{\"tid\":1,\"payload\":{\"x\":1},\"payload\":%s,\"kind\":\"x\",\"tid_event_idx\":0}\n",
                 PAYLOADS[i]);
        const struct evd_string string = {text, strlen(text)};
        struct evd_log *log;
        cr_assert_eq(evd_logs_open_texts(&string, 1, rules, NULL, &log, NULL), EVD_OK, "%s", text);
        for (uint64_t choice = 0; choice < 4; choice++) {
            struct evd_excerpt excerpt;
            struct evd_buffer payload = {0}, field = {0};
            cr_assert(evd_excerpt_read(&reader, log, evd_stream_event(&log->streams[0], 0), &excerpt));
            cr_expect(excerpt.payload.length == strlen(PAYLOADS[i]) &&
                      memcmp(excerpt.payload.bytes, PAYLOADS[i], excerpt.payload.length) == 0);
            cr_assert(evd_change_payload(&scratch, &excerpt, choice, &payload, &field));
            changed += payload.length > 0;
            if (payload.length > 0) {
                struct evd_log *logs[2];
                char other[512];
                snprintf(other, sizeof other,
                         "{\"kind\":\"schema_version\",\"schema_version\":1}\n"
                         "{\"tid\":1,\"payload\":%.*s,\"kind\":\"x\",\"tid_event_idx\":0}\n",
                         (int)payload.length, payload.data);
                const struct evd_string both[] = {string, {other, strlen(other)}};
                const struct evd_tid_pair map = {1, 1};
                const struct evd_diff_options options = {.tid_map = &map, .tid_map_count = 1};
                struct evd_outcome *outcome;
                cr_assert_eq(evd_logs_open_texts(both, 2, rules, NULL, logs, NULL), EVD_OK, "%s", other);
                cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
                cr_expect(outcome->pairs[0].is_diverged, "%s", other);
                cr_expect_gt(field.length, 0);
                evd_outcome_free(outcome);
                evd_log_free(logs[0]);
                evd_log_free(logs[1]);
            }
            evd_buffer_release(&payload);
            evd_buffer_release(&field);
        }
        evd_log_free(log);
    }
    cr_expect_gt(changed, 50);
    evd_excerpt_reader_release(&reader);
    evd_excerpt_reader_release(&scratch);
    evd_rules_free(rules);
}

static struct evd_selftest *run(struct evd_log *const logs[2], unsigned threads, uint64_t seed)
{
    const struct evd_selftest_options options = {.threads = threads, .seed = seed, .samples = 40};
    struct evd_selftest *result;
    cr_assert_eq(evd_selftest(logs[0], logs[1], &options, &result, NULL), EVD_OK);
    return result;
}

static bool are_same(const struct evd_selftest *a, const struct evd_selftest *b)
{
    bool is_same = memcmp(a->by_mutation, b->by_mutation, sizeof a->by_mutation) == 0 &&
                   a->kind_count == b->kind_count && a->field_count == b->field_count;
    for (size_t i = 0; is_same && i < a->field_count; i++)
        is_same =
            a->fields[i].mutation == b->fields[i].mutation && a->fields[i].field.length == b->fields[i].field.length &&
            memcmp(a->fields[i].field.bytes, b->fields[i].field.bytes, a->fields[i].field.length) == 0 &&
            memcmp(&a->fields[i].detection, &b->fields[i].detection, sizeof a->fields[i].detection) == 0;
    return is_same;
}

Test(selftest, the_seed_alone_decides)
{
    const char *folder = getenv("EVD_TEST_DATA");
    char paths[2][4096];
    struct evd_rules *rules;
    struct evd_log *logs[2];
    cr_assert_not_null(folder);
    snprintf(paths[0], sizeof paths[0], "%s/boot-canary.jsonl.zst", folder);
    snprintf(paths[1], sizeof paths[1], "%s/boot-ours.jsonl.zst", folder);
    const char *const names[] = {paths[0], paths[1]};
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    cr_assert_eq(evd_logs_open(names, 2, rules, NULL, logs, NULL, NULL, NULL, NULL), EVD_OK);
    struct evd_selftest *first = run(logs, 1, 5), *other = run(logs, 1, 6);
    cr_expect_not(are_same(first, other));
    for (unsigned threads = 1; threads <= 8; threads *= 2) {
        struct evd_selftest *again = run(logs, threads, 5);
        cr_expect(are_same(first, again), "%u threads", threads);
        evd_selftest_free(again);
    }
    evd_selftest_free(first);
    evd_selftest_free(other);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
}
