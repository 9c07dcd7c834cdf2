/* Trust: all events are counted once, demands are held exactly, unused rules are named. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "random_log.h"

enum { SEEDS = 1000, STEPS_MAX = 120 };

struct session {
    struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    int fds[EVD_SIDES];
};

static struct session open_logs(const struct evd_buffer logs[EVD_SIDES])
{
    struct session session;
    char paths[EVD_SIDES][MEMORY_PATH_BYTES];
    for (int side = 0; side < EVD_SIDES; side++) {
        session.fds[side] = memory_file(logs[side].data, logs[side].length, paths[side]);
    }
    const char *const names[] = {paths[0], paths[1]};
    struct evd_error error = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &session.rules, NULL), EVD_OK);
    cr_assert_eq(evd_logs_open(names, EVD_SIDES, session.rules, NULL, session.logs, NULL, NULL, NULL, &error), EVD_OK,
                 "%s", error.message);
    return session;
}

static void end(struct session *session)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_log_free(session->logs[side]);
        close(session->fds[side]);
    }
    evd_rules_free(session->rules);
}

static struct evd_outcome *diff(const struct session *session, const struct evd_demands *demands, bool resync)
{
    const struct evd_diff_options options = {.threads = 1, .resync = resync, .demands = *demands};
    struct evd_outcome *outcome;
    struct evd_error error = {0};
    cr_assert_eq(evd_diff(session->logs[EVD_CANARY], session->logs[EVD_OURS], &options, &outcome, &error), EVD_OK, "%s",
                 error.message);
    return outcome;
}

static uint64_t sum(const struct evd_event_counts *counts)
{
    return counts->matched + counts->differing + counts->absorbed + counts->engine_local + counts->left_over;
}

/* What the random pairs must have among them, so that the test means something. */
struct seen {
    uint64_t differing, absorbed, engine_local, left_over, unpaired;
};

static void expect_all_counted(const struct evd_outcome *outcome, unsigned seed, struct seen *seen)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        uint64_t all = 0;
        for (size_t i = 0; i < outcome->pair_count; i++) {
            const struct evd_pair_outcome *pair = &outcome->pairs[i];
            const struct evd_event_counts *counts = &pair->counts[side];
            uint64_t absorbed = 0;
            for (size_t j = 0; j < outcome->absorber_count; j++)
                absorbed += pair->absorbed_in_all[side][j];
            cr_expect_eq(sum(counts), pair->total[side], "seed %u", seed);
            cr_expect_eq(absorbed, counts->absorbed, "seed %u", seed);
            cr_expect_eq(pair->counts[EVD_CANARY].matched, pair->counts[EVD_OURS].matched, "seed %u", seed);
            all += sum(counts);
            seen->differing += counts->differing;
            seen->absorbed += counts->absorbed;
            seen->engine_local += counts->engine_local;
            seen->left_over += counts->left_over;
        }
        cr_expect_eq(sum(&outcome->counts[side]), all, "seed %u", seed);
        cr_expect_eq(all + outcome->unpaired_events[side], outcome->event_count[side], "seed %u", seed);
        seen->unpaired += outcome->unpaired_events[side];
    }
}

static void expect_unfired(const struct evd_outcome *outcome, unsigned seed)
{
    size_t unfired = 0;
    for (size_t i = 0; i < outcome->rule_use_count; i++) {
        const struct evd_rule_use *use = &outcome->rule_uses[i];
        if (use->count[EVD_CANARY] + use->count[EVD_OURS] > 0)
            continue;
        cr_assert_lt(unfired, outcome->unfired_rule_count, "seed %u", seed);
        cr_expect_eq(outcome->unfired_rules[unfired], i, "seed %u", seed);
        unfired++;
    }
    cr_expect_eq(unfired, outcome->unfired_rule_count, "seed %u", seed);
}

Test(verdict, every_event_of_a_random_pair_is_counted_once, .timeout = 300)
{
    static const struct evd_demands NONE;
    struct seen seen[2] = {{0}};
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer logs[EVD_SIDES] = {{0}};
        random_log_pair(&random, STEPS_MAX, logs);
        struct session session = open_logs(logs);
        for (int resync = 0; resync < 2; resync++) {
            struct evd_outcome *outcome = diff(&session, &NONE, resync != 0);
            expect_all_counted(outcome, seed, &seen[resync]);
            expect_unfired(outcome, seed);
            evd_outcome_free(outcome);
        }
        end(&session);
        evd_buffer_release(&logs[0]);
        evd_buffer_release(&logs[1]);
    }
    for (int resync = 0; resync < 2; resync++) {
        cr_expect_gt(seen[resync].differing, SEEDS);
        cr_expect_gt(seen[resync].absorbed, SEEDS / 4);
        cr_expect_gt(seen[resync].engine_local, SEEDS);
        cr_expect_gt(seen[resync].left_over, SEEDS);
        cr_expect_gt(seen[resync].unpaired, SEEDS);
    }
    cr_expect_lt(seen[1].left_over, seen[0].left_over, "resync compares what is left over else");
}

/* The verdict by the definition, in whole numbers: shares are in thousandths here. */
Test(verdict, demands_of_random_pairs_are_held_exactly, .timeout = 300)
{
    size_t met = 0, unmet = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer logs[EVD_SIDES] = {{0}};
        random_log_pair(&random, STEPS_MAX, logs);
        struct session session = open_logs(logs);
        const uint64_t whole = evd_log_event_count(session.logs[EVD_CANARY]);
        const unsigned share = random_below(&random, 1001), absorbed = random_below(&random, 60);
        const bool by_share = random_below(&random, 2) == 0;
        const struct evd_demands demands = {
            .min_compared =
                {.is_set = true, .is_share = by_share, .share = share / 1000.0, .count = share * whole / 1000},
            .max_absorbed =
                {.is_set = true, .is_share = by_share, .share = absorbed / 1000.0, .count = absorbed * whole / 1000},
            .no_truncated = random_below(&random, 2) == 0,
        };
        struct evd_outcome *outcome = diff(&session, &demands, true);
        const struct evd_event_counts *counts = &outcome->counts[EVD_CANARY];
        const uint64_t compared = counts->matched + counts->differing;
        size_t broken = 0;
        broken += by_share ? compared * 1000 < share * whole : compared < share * whole / 1000;
        broken += by_share ? counts->absorbed * 1000 > absorbed * whole : counts->absorbed > absorbed * whole / 1000;
        bool is_truncated = false;
        for (size_t i = 0; i < outcome->pair_count; i++)
            for (int side = 0; side < EVD_SIDES; side++)
                is_truncated |= outcome->pairs[i].counts[side].left_over > 0;
        broken += demands.no_truncated && is_truncated;
        cr_expect_eq(outcome->unmet_count, broken, "seed %u", seed);
        cr_expect_eq(outcome->verdict == EVD_VERDICT_INCONCLUSIVE, broken > 0, "seed %u", seed);
        met += broken == 0;
        unmet += broken > 0;
        evd_outcome_free(outcome);
        end(&session);
        evd_buffer_release(&logs[0]);
        evd_buffer_release(&logs[1]);
    }
    cr_expect_gt(met, SEEDS / 20);
    cr_expect_gt(unmet, SEEDS / 20);
}

/* A pair whose canary has `whole` events, of which `compared` are in a thread that ours has too. */
static struct session open_counted(unsigned compared, unsigned whole)
{
    struct evd_buffer logs[EVD_SIDES] = {{0}};
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(&logs[side], LOG_HEADER);
        for (unsigned i = 0; i < (side == EVD_CANARY ? whole : compared); i++)
            evd_buffer_format(&logs[side],
                              "{\"kind\":\"kernel.call\",\"tid\":%d,\"tid_event_idx\":%u,"
                              "\"payload\":{\"name\":\"Start%d\"}}\n",
                              i < compared ? 1 : 2, i, i < compared ? 1 : 2);
    }
    const struct session session = open_logs(logs);
    evd_buffer_release(&logs[0]);
    evd_buffer_release(&logs[1]);
    return session;
}

Test(verdict, a_share_that_is_just_reached_is_met_whatever_binary_fractions_do)
{
    for (unsigned whole = 1; whole <= 100; whole++)
        for (unsigned compared = 1; compared <= whole; compared += 1 + compared / 7) {
            struct session session = open_counted(compared, whole);
            struct evd_demands demands = {
                .min_compared = {.is_set = true, .is_share = true, .share = compared / (double)whole}};
            struct evd_outcome *outcome = diff(&session, &demands, true);
            cr_expect_eq(outcome->unmet_count, 0, "%u of %u", compared, whole);
            evd_outcome_free(outcome);
            demands.min_compared.share = (compared + 0.001) / whole;
            if (compared < whole) {
                outcome = diff(&session, &demands, true);
                cr_expect_eq(outcome->unmet_count, 1, "%u of %u", compared, whole);
                evd_outcome_free(outcome);
            }
            end(&session);
        }
}

Test(verdict, each_broken_demand_has_a_line)
{
    struct session session = open_counted(1234, 10000);
    struct evd_demands demands = {.min_compared = {.is_set = true, .is_share = true, .share = 0.9}};
    struct evd_outcome *outcome = diff(&session, &demands, false);
    cr_assert_eq(outcome->unmet_count, 1);
    cr_expect_str_eq(evd_unmet_sentence(&outcome->unmet[0]).text,
                     "compared 12.3 % of canary's events (1,234 of 10,000); at least "
                     "90 % are demanded");
    evd_outcome_free(outcome);
    demands.min_compared = (struct evd_amount){.is_set = true, .count = 1235};
    outcome = diff(&session, &demands, false);
    cr_assert_eq(outcome->unmet_count, 1);
    cr_expect_str_eq(evd_unmet_sentence(&outcome->unmet[0]).text,
                     "compared 1,234 of canary's 10,000 events; at least 1,235 are demanded");
    evd_outcome_free(outcome);
    end(&session);
}

Test(verdict, nothing_compared_meets_no_share)
{
    struct evd_buffer logs[EVD_SIDES] = {{0}};
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_string(&logs[side], LOG_HEADER);
    struct session session = open_logs(logs);
    const struct evd_tid_pair map = {1, 1};
    const struct evd_diff_options options = {
        .tid_map = &map, .tid_map_count = 1, .demands.min_compared = {.is_set = true, .is_share = true, .share = 0.5}};
    struct evd_outcome *outcome;
    cr_assert_eq(evd_diff(session.logs[0], session.logs[1], &options, &outcome, NULL), EVD_OK);
    cr_expect_eq(outcome->verdict, EVD_VERDICT_INCONCLUSIVE);
    evd_outcome_free(outcome);
    end(&session);
    evd_buffer_release(&logs[0]);
    evd_buffer_release(&logs[1]);
}

Test(verdict, a_share_that_is_none_is_refused)
{
    struct session session = open_counted(1, 2);
    const double shares[] = {-0.1, 1.001, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        for (int which = 0; which < 2; which++) {
            const struct evd_amount amount = {.is_set = true, .is_share = true, .share = shares[i]};
            struct evd_diff_options options = {0};
            struct evd_outcome *outcome;
            struct evd_error error;
            *(which ? &options.demands.min_compared : &options.demands.max_absorbed) = amount;
            cr_expect_eq(evd_diff(session.logs[0], session.logs[1], &options, &outcome, &error), EVD_E_ARGUMENT);
            cr_expect_null(outcome);
        }
    end(&session);
}

#define EXPECT_WORDS(word, type, count)                             \
    do {                                                            \
        for (int i = 0; i < (int)(count); i++)                      \
            cr_expect_not_null(word((enum type)i), #word " %d", i); \
        cr_expect_null(word((enum type)(count)), #word);            \
        cr_expect_null(word((enum type) - 1), #word);               \
    } while (0)

Test(outcome, every_number_has_its_words_and_others_have_none)
{
    EXPECT_WORDS(evd_side_name, evd_side, EVD_SIDES);
    EXPECT_WORDS(evd_class_name, evd_divergence_class, EVD_CLASSES);
    EXPECT_WORDS(evd_cause_name, evd_cause, EVD_CAUSES);
    EXPECT_WORDS(evd_cause_summary, evd_cause, EVD_CAUSES);
    EXPECT_WORDS(evd_relation_name, evd_value_relation, EVD_RELATIONS);
    EXPECT_WORDS(evd_relation_summary, evd_value_relation, EVD_RELATIONS);
    EXPECT_WORDS(evd_evidence_name, evd_evidence, EVD_EVIDENCES);
    EXPECT_WORDS(evd_evidence_summary, evd_evidence, EVD_EVIDENCES);
    EXPECT_WORDS(evd_verdict_name, evd_verdict, EVD_VERDICTS);
    EXPECT_WORDS(evd_verdict_summary, evd_verdict, EVD_VERDICTS);
    EXPECT_WORDS(evd_difference_form_name, evd_difference_form, EVD_DIFFERENCE_FORMS);
    EXPECT_WORDS(evd_demand_name, evd_demand, EVD_DEMAND_KINDS);
    EXPECT_WORDS(evd_absorbed_column_name, evd_absorbed_column, EVD_COLUMNS);
    EXPECT_WORDS(evd_rule_subject_name, evd_rule_subject, EVD_RULE_SUBJECTS);
    EXPECT_WORDS(evd_rule_subject_summary, evd_rule_subject, EVD_RULE_SUBJECTS);
    EXPECT_WORDS(evd_value_type_name, evd_value_type, EVD_TYPES);
    EXPECT_WORDS(evd_number_form_name, evd_number_form, EVD_NUMBER_FORMS);
}
