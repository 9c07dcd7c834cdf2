/* Where divergences end, and what their families are signed by: on random logs, against what the logs' lines say. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "outcome/signature.h"
#include "random_log.h"
#include "rules/rules.h"

enum { SEEDS = 60, STEPS = 200 };

static bool takes_part(const struct evd_rules *rules, const struct evd_thread_event *event)
{
    static const char KEY[] = "\"kind\"";
    const char *key = memmem(event->text, event->length, KEY, strlen(KEY));
    cr_assert_not_null(key);
    const char *start = strchr(key + strlen(KEY), '"') + 1;
    const struct evd_kind_rule *rule = evd_rules_kind(rules, start, (size_t)(strchr(start, '"') - start));
    return rule == NULL || !rule->engine_local;
}

/* The tid_event_idx of the event that is the run's last, found line by line. */
static int64_t find_last(const struct evd_log *log, const struct evd_rules *rules, int64_t tid, struct evd_run run)
{
    struct evd_events *events;
    struct evd_thread_event event;
    bool has_event = true;
    int64_t last = run.first_idx;
    cr_assert_eq(evd_events_open(log, tid, run.position, &events, NULL), EVD_OK);
    for (uint64_t left = run.count; left > 0 && has_event;) {
        cr_assert_eq(evd_events_next(events, &event, &has_event, NULL), EVD_OK);
        if (!has_event || !takes_part(rules, &event))
            continue;
        last = event.tid_event_idx;
        left--;
    }
    evd_events_close(events);
    return last;
}

Test(ends, runs_end_where_the_lines_say)
{
    struct evd_rules *rules;
    size_t long_runs = 0, later = 0;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[2] = {{0}};
        random_log_pair(&random, STEPS, texts);
        struct evd_log *logs[2] = {memory_log(&texts[0], rules), memory_log(&texts[1], rules)};
        struct evd_outcome *outcome;
        struct evd_error error;
        const struct evd_diff_options options = {.resync = true};
        cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, &error), EVD_OK, "seed %llu: %s",
                     (unsigned long long)seed, error.message);
        for (size_t i = 0; i < outcome->pair_count; i++)
            for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
                for (int side = 0; side < EVD_SIDES; side++) {
                    const struct evd_run run = evd_run_of(&outcome->pairs[i].divergences[j], side);
                    const int64_t last = find_last(logs[side], rules, outcome->pairs[i].tid[side], run);
                    cr_assert_eq(run.last_idx, last, "seed %llu: pair %zu, divergence %zu", (unsigned long long)seed, i,
                                 j);
                    long_runs += run.count > 1;
                    later += run.count > 1 && (uint64_t)(run.last_idx - run.first_idx) > run.count - 1;
                }
        for (size_t i = 0; i < outcome->family_count; i++)
            cr_assert_eq(evd_signature_of(&outcome->families[i]), outcome->families[i].signature, "seed %llu",
                         (unsigned long long)seed);
        evd_outcome_free(outcome);
        for (int side = 0; side < 2; side++) {
            evd_log_free(logs[side]);
            evd_buffer_release(&texts[side]);
        }
    }
    cr_assert(long_runs > 100 && later > 10, "%zu long runs, %zu with events that take no part", long_runs, later);
    evd_rules_free(rules);
}
