/* Selftest under rules with names: what it finds is what a diff finds of the whole log with the mutation in it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "log/log.h"
#include "mutated_log.h"
#include "random.h"

enum { SEEDS = 24, SAMPLES = 14, STEPS_MAX = 260, THREADS = 5, OURS_SHIFT = 0x5000 };

/* Names of both scopes, blocks, ends, and events that an absorber may take. */
static const char RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\","
    "\"pairing\":{\"kind\":\"first\",\"field\":\"f\",\"why\":\"w\"},"
    "\"engine_local_kinds\":[{\"kind\":\"tick\",\"counted\":false,\"why\":\"w\"}],"
    "\"skipped_fields\":[{\"kind\":\"call\",\"fields\":[\"skipped\"],\"why\":\"w\"}],"
    "\"sid_sources\":[{\"kind\":\"wait\",\"field\":\"sids\",\"many\":true,\"why\":\"w\"}],"
    "\"absorbers\":[{\"name\":\"wait\",\"type\":\"floating-sid\",\"kind\":\"wait\","
    "\"column\":\"floating_wait\",\"why\":\"w\"}],"
    "\"name_classes\":["
    "{\"class\":\"address\",\"at_least\":\"0x100\",\"scope\":\"thread\",\"why\":\"w\"},"
    "{\"class\":\"handle\",\"at_least\":\"0x4\",\"at_most\":\"0xffff\",\"scope\":\"log\",\"why\":\"w\"}],"
    "\"names\":["
    "{\"form\":\"value\",\"class\":\"address\",\"kind\":\"call\",\"fields\":[\"args.*\"],\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"wait\",\"fields\":[\"handle\"],\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"call\",\"name_field\":\"name\","
    "\"calls\":[\"read\"],\"fields\":[\"args.a0\"],\"why\":\"w\"},"
    "{\"form\":\"end\",\"class\":\"handle\",\"kind\":\"call\",\"name_field\":\"name\","
    "\"calls\":[\"close\"],\"fields\":[\"args.a0\"],\"why\":\"w\"},"
    "{\"form\":\"end\",\"class\":\"address\",\"kind\":\"call\",\"name_field\":\"name\","
    "\"calls\":[\"free\"],\"fields\":[\"args.a0\"],\"why\":\"w\"},"
    "{\"form\":\"birth\",\"class\":\"address\",\"kind\":\"return\",\"name_field\":\"name\","
    "\"calls\":[\"malloc\"],\"fields\":[\"value\"],\"why\":\"w\","
    "\"size\":{\"kind\":\"call\",\"field\":\"args.a0\"}},"
    "{\"form\":\"birth\",\"class\":\"handle\",\"kind\":\"return\",\"name_field\":\"name\","
    "\"calls\":[\"open\"],\"fields\":[\"value\"],\"why\":\"w\"}],"
    "\"priority_fields\":[],\"summaries\":[]}";

/* ── Random logs ── */

struct writer {
    struct evd_buffer *log;
    unsigned tid, idx;
};

static void write_event(struct writer *writer, const char *kind, const char *payload)
{
    evd_buffer_format(writer->log, "{\"kind\":\"%s\",\"tid\":%u,\"tid_event_idx\":%u,\"payload\":%s}\n", kind,
                      writer->tid, writer->idx++, payload);
}

/* One step of a thread's program, on one side. `shift`: what its names are more by than canary's. */
static void write_step(struct writer *writer, unsigned step, unsigned first, unsigned second, unsigned shift)
{
    char payload[160];
    const unsigned address = 0x100 + first % 60 * 4 + shift, block = 0x1000 + first % 12 * 16 + shift;
    const unsigned handle = 4 + second % 9 + shift;
    switch (step) {
    case 0:
        snprintf(payload, sizeof payload, "{\"name\":\"malloc\",\"args\":{\"a0\":%u}}", 4 + second % 40);
        write_event(writer, "call", payload);
        snprintf(payload, sizeof payload, "{\"name\":\"malloc\",\"value\":\"0x%x\"}", block);
        write_event(writer, "return", payload);
        return;
    case 1: snprintf(payload, sizeof payload, "{\"name\":\"free\",\"args\":{\"a0\":\"0x%x\"}}", block); break;
    case 2:
        snprintf(payload, sizeof payload, "{\"name\":\"open\",\"value\":%u}", handle);
        write_event(writer, "return", payload);
        return;
    case 3: snprintf(payload, sizeof payload, "{\"name\":\"close\",\"args\":{\"a0\":%u}}", handle); break;
    case 4:
        snprintf(payload, sizeof payload, "{\"name\":\"read\",\"args\":{\"a0\":%u,\"a1\":\"0x%x\"}}", handle, address);
        break;
    case 5:
        snprintf(payload, sizeof payload, "{\"sids\":[\"s%u\"],\"handle\":%u}", second % 3, handle);
        write_event(writer, "wait", payload);
        return;
    case 6:
        snprintf(payload, sizeof payload, "{\"name\":\"other\",\"args\":{\"a0\":%u},\"skipped\":%u}", first % 3,
                 second);
        break;
    default:
        snprintf(payload, sizeof payload, "{\"name\":\"use\",\"args\":{\"a0\":\"0x%x\",\"a1\":\"0x%x\"}}",
                 step & 1 ? address : block + second % 8, address + second % 2 * 4);
    }
    write_event(writer, "call", payload);
}

enum { STEPS = 11 };

/* Threads of one program do the same, with names of their own or not; some programs do it over and over, so that
 * swapped threads part at their ends only. */
static void make_logs(struct random *random, struct evd_buffer texts[EVD_SIDES])
{
    struct writer writers[EVD_SIDES][THREADS];
    struct random programs[THREADS], starts[THREADS];
    unsigned left[THREADS];
    const unsigned odds = random_below(random, 2) ? 1000000 : 60 + random_below(random, 300);
    const unsigned program_count = 1 + random_below(random, THREADS);
    const unsigned period = random_below(random, 3) == 0 ? 1 + random_below(random, 4) : STEPS_MAX + 1;
    const bool has_own_names = period > STEPS_MAX || random_below(random, 2);
    for (unsigned i = 0; i < THREADS; i++) {
        programs[i].state = i < program_count ? random_next(random) : programs[i % program_count].state;
        left[i] = i < program_count ? 1 + random_below(random, STEPS_MAX) : left[i % program_count];
        starts[i] = programs[i];
    }
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(&texts[side], "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
        for (unsigned i = 0; i < THREADS; i++) {
            char payload[32];
            writers[side][i] = (struct writer){&texts[side], i, 0};
            snprintf(payload, sizeof payload, "{\"f\":%u}", i);
            write_event(&writers[side][i], "first", payload);
        }
    }
    for (unsigned open = THREADS; open > 0;) {
        const unsigned tid = random_below(random, THREADS);
        if (left[tid] == 0)
            continue;
        open -= --left[tid] == 0;
        if (left[tid] % period == 0)
            programs[tid] = starts[tid];
        struct random *names = has_own_names ? random : &programs[tid];
        const unsigned step = random_below(&programs[tid], STEPS);
        const unsigned first = random_below(names, 3) ? random_below(names, 8) : random_below(names, 240);
        const unsigned second = random_below(&programs[tid], 100), fate = random_below(random, odds);
        for (int side = 0; side < EVD_SIDES; side++) {
            struct writer *writer = &writers[side][tid];
            const unsigned shift = side == EVD_OURS ? OURS_SHIFT : 0;
            if (random_below(random, 12) == 0)
                write_event(writer, "tick", "{}");
            if (side == EVD_CANARY && fate == 0)
                continue;
            write_step(writer, step, first, second, shift + (side == EVD_OURS && fate < 4 ? 4 : 0));
            if (side == EVD_OURS && fate == 4)
                write_step(writer, 5, first, second, shift);
        }
    }
}

/* ── The twin ── */

static bool has_divergence(const struct evd_pair_outcome *pair, const struct evd_divergence *divergence)
{
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_divergence *other = &pair->divergences[i];
        if (other->class_ == divergence->class_ &&
            evd_run_of(other, EVD_CANARY).position == evd_run_of(divergence, EVD_CANARY).position &&
            evd_run_of(other, EVD_CANARY).count == evd_run_of(divergence, EVD_CANARY).count &&
            evd_run_of(other, EVD_OURS).count == evd_run_of(divergence, EVD_OURS).count)
            return true;
    }
    return false;
}

/* Whether `pair` has a divergence that `other` does not have; with `also_names` it may be a broken name. */
static bool has_more(const struct evd_pair_outcome *pair, const struct evd_pair_outcome *other, bool also_names)
{
    for (size_t i = 0; i < pair->divergence_count; i++)
        if ((also_names || evd_breaks_of(&pair->divergences[i]) == NULL) &&
            !has_divergence(other, &pair->divergences[i]))
            return true;
    return false;
}

/* Whether the whole mutated log is told apart: a thread matches otherwise than without the mutation, or a name
 * breaks that does not. */
static bool is_seen_in_full(const struct pair_of_logs *pair, const struct evd_outcome *plain,
                            const struct evd_selftest_plan *plan, const struct evd_mutant *mutant)
{
    struct evd_outcome *outcome = diff_mutated(pair, plain, plan, mutant, true);
    bool is_seen = false;
    for (size_t i = 0; i < plain->pair_count; i++) {
        const struct evd_pair_outcome *now = pair_of(outcome, EVD_CANARY, plain->pairs[i].tid[EVD_CANARY]);
        is_seen |= now == NULL || has_more(now, &plain->pairs[i], true) || has_more(&plain->pairs[i], now, false);
    }
    evd_outcome_free(outcome);
    return is_seen;
}

static void hold(const struct pair_of_logs *pair, unsigned seed, struct tally *tally)
{
    struct evd_selftest_plan plan;
    const struct evd_selftest_options options = {.threads = 1, .seed = seed, .samples = SAMPLES};
    const struct evd_diff_options diff = {.threads = 1, .resync = true};
    struct evd_outcome *plain;
    cr_assert_eq(evd_diff(pair->logs[EVD_CANARY], pair->logs[EVD_OURS], &diff, &plain, NULL), EVD_OK);
    cr_assert_eq(evd_selftest_try(pair->logs[EVD_CANARY], pair->logs[EVD_OURS], &options, &plan, NULL), EVD_OK);
    for (size_t i = 0; i < plan.mutant_count; i++) {
        const struct evd_mutant *mutant = &plan.mutants[i];
        if (mutant->is_planted && is_before_divergence(&plan, mutant))
            expect_verdict(&plan, mutant, is_seen_in_full(pair, plain, &plan, mutant), seed, tally);
    }
    evd_selftest_plan_release(&plan);
    evd_outcome_free(plain);
}

Test(selftest_names, the_self_test_tells_what_whole_logs_tell, .timeout = 600)
{
    static struct pair_of_logs pair;
    struct tally tally = {{0}, {0}};
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load_text("rules", RULES, sizeof RULES - 1, NULL, &rules, &error), EVD_OK, "%s",
                 error.message);
    pair.rules = rules;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[EVD_SIDES] = {{0}};
        make_logs(&random, texts);
        /* Every third time a log against itself. */
        const int canary = seed % 3 ? EVD_CANARY : EVD_OURS;
        const struct evd_string strings[] = {
            {texts[canary].data, texts[canary].length}, {texts[EVD_OURS].data, texts[EVD_OURS].length}};
        cr_assert_eq(evd_logs_open_texts(strings, 2, rules, NULL, pair.logs, &error), EVD_OK, "%s", error.message);
        take_apart(&texts[EVD_OURS], &pair.lines);
        hold(&pair, seed, &tally);
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_log_free(pair.logs[side]);
            evd_buffer_release(&texts[side]);
        }
    }
    evd_rules_free(rules);
    for (int i = 0; i < EVD_MUTATIONS; i++) {
        printf("%-12s planted %zu, detected %zu\n", evd_mutation_name((enum evd_mutation)i), tally.planted[i],
               tally.detected[i]);
        cr_expect_gt(tally.planted[i], SEEDS, "%s", evd_mutation_name((enum evd_mutation)i));
        cr_expect_gt(tally.detected[i], tally.planted[i] / 4);
    }
    cr_expect_lt(tally.detected[EVD_MUTATION_CHANGE], tally.planted[EVD_MUTATION_CHANGE]);
}
