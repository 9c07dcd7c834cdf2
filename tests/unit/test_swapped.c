/* Swapped sides: what a diff finds does not depend on which log is which, but for what is said of the sides: what
 * ours lacks, it then has too many of. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "random_log.h"

enum { SMALL_PAIRS = 3000, EVENTS_MAX = 20, PROGRAMS = 600, STEPS_MAX = 60 };

static enum evd_divergence_class mirrored(enum evd_divergence_class class_)
{
    switch (class_) {
    case EVD_CLASS_MISSING: return EVD_CLASS_EXTRA;
    case EVD_CLASS_EXTRA: return EVD_CLASS_MISSING;
    default: return class_;
    }
}

static struct evd_outcome *diff(const struct evd_buffer texts[EVD_SIDES], int canary, const struct evd_rules *rules)
{
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    const struct evd_diff_options options = {.threads = 1, .resync = true};
    for (int side = 0; side < EVD_SIDES; side++)
        logs[side] = memory_log(&texts[side == EVD_CANARY ? canary : !canary], rules);
    cr_assert_eq(evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(logs[side]);
    return outcome;
}

/* What was seen, so that a test can tell that it saw enough. */
struct seen {
    size_t classes[EVD_CLASSES];
    uint64_t absorbed, matched_behind;
};

static const struct evd_pair_outcome *pair_of(const struct evd_outcome *outcome, int64_t canary, int64_t ours)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].tid[EVD_CANARY] == canary && outcome->pairs[i].tid[EVD_OURS] == ours)
            return &outcome->pairs[i];
    return NULL;
}

static void expect_mirrored(const struct evd_pair_outcome *pair, const struct evd_pair_outcome *swapped, unsigned seed,
                            struct seen *seen)
{
    cr_assert_eq(pair->matched, swapped->matched, "seed %u", seed);
    cr_assert_eq(pair->searches_cut_short, swapped->searches_cut_short, "seed %u", seed);
    for (int side = 0; side < EVD_SIDES; side++)
        cr_assert_arr_eq(&pair->counts[side], &swapped->counts[!side], sizeof pair->counts[side], "seed %u", seed);
    cr_assert_eq(pair->divergence_count, swapped->divergence_count, "seed %u: %zu and %zu", seed,
                 pair->divergence_count, swapped->divergence_count);
    for (size_t i = 0; i < pair->divergence_count; i++) {
        const struct evd_divergence *here = &pair->divergences[i], *there = &swapped->divergences[i];
        cr_assert_eq(here->class_, mirrored(there->class_), "seed %u", seed);
        cr_assert_eq(here->matched_after, there->matched_after, "seed %u", seed);
        for (int side = 0; side < EVD_SIDES; side++) {
            cr_assert_eq(evd_run_of(here, side).position, evd_run_of(there, !side).position, "seed %u", seed);
            cr_assert_eq(evd_run_of(here, side).count, evd_run_of(there, !side).count, "seed %u", seed);
            cr_assert_eq(evd_run_of(here, side).first_idx, evd_run_of(there, !side).first_idx, "seed %u", seed);
        }
        seen->classes[here->class_]++;
    }
    seen->absorbed += pair->counts[EVD_CANARY].absorbed + pair->counts[EVD_OURS].absorbed;
    seen->matched_behind += pair->counts[EVD_CANARY].matched - pair->matched;
}

/* Diffs two logs both ways; `back`: rules that say of each side what the others say of the other. */
static void check(const struct evd_buffer texts[EVD_SIDES], const struct evd_rules *rules, const struct evd_rules *back,
                  unsigned seed, struct seen *seen)
{
    struct evd_outcome *outcome = diff(texts, EVD_CANARY, rules), *swapped = diff(texts, EVD_OURS, back);
    cr_assert_eq(outcome->pair_count, swapped->pair_count, "seed %u", seed);
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        const struct evd_pair_outcome *twin = pair_of(swapped, pair->tid[EVD_OURS], pair->tid[EVD_CANARY]);
        cr_assert_not_null(twin, "seed %u", seed);
        expect_mirrored(pair, twin, seed, seen);
    }
    evd_outcome_free(outcome);
    evd_outcome_free(swapped);
}

static void begin_stream(struct evd_buffer *text)
{
    evd_buffer_clear(text);
    evd_buffer_string(text, LOG_HEADER);
    append_event(text, "kernel.call", 1, 0, "{\"name\":\"Start\"}");
}

/* One call a letter. */
static void write_stream(struct evd_buffer *text, const char *letters)
{
    char payload[64];
    begin_stream(text);
    for (uint64_t i = 1; *letters != '\0'; letters++, i++) {
        snprintf(payload, sizeof payload, "{\"name\":\"%c\"}", *letters);
        append_event(text, "kernel.call", 1, i, payload);
    }
}

Test(swapped, a_pair_that_once_matched_on_one_way_only)
{
    struct evd_rules *rules;
    struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
    struct seen seen = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    write_stream(&texts[EVD_CANARY], "CBD");
    write_stream(&texts[EVD_OURS], "BC");
    check(texts, rules, rules, 0, &seen);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_release(&texts[side]);
    evd_rules_free(rules);
}

/* The events of one side: few kinds in any order or, where `from` is not NULL, another side's with some lost, made
 * up, and moved. Most alignments of these have others that are as good. */
static void draw_events(struct random *random, unsigned alphabet, const unsigned *from, size_t from_count,
                        unsigned *events, size_t *count)
{
    const size_t length = from == NULL ? random_below(random, EVENTS_MAX + 1) : from_count;
    *count = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned fate = from == NULL ? 1 : random_below(random, 8);
        if (fate != 0)
            events[(*count)++] = fate == 1 ? random_below(random, alphabet) : from[i];
    }
    if (from != NULL && *count > 1 && random_below(random, 2)) {
        const size_t a = random_below(random, (unsigned)*count), b = random_below(random, (unsigned)*count);
        const unsigned moved = events[a];
        events[a] = events[b];
        events[b] = moved;
    }
}

Test(swapped, small_pairs, .timeout = 300)
{
    struct evd_rules *rules;
    struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
    struct seen seen = {0};
    unsigned events[EVD_SIDES][EVENTS_MAX];
    size_t count[EVD_SIDES];
    char payload[64];
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (unsigned seed = 0; seed < SMALL_PAIRS; seed++) {
        struct random random = {seed};
        const unsigned names = 2 + random_below(&random, 8), values = 1 + random_below(&random, 3);
        const bool is_edited = random_below(&random, 2);
        draw_events(&random, names * values, NULL, 0, events[EVD_CANARY], &count[EVD_CANARY]);
        draw_events(&random, names * values, is_edited ? events[EVD_CANARY] : NULL, count[EVD_CANARY], events[EVD_OURS],
                    &count[EVD_OURS]);
        for (int side = 0; side < EVD_SIDES; side++) {
            begin_stream(&texts[side]);
            for (size_t i = 0; i < count[side]; i++) {
                const unsigned event = events[side][i];
                snprintf(payload, sizeof payload, "{\"name\":\"f%u\",\"return_value\":%u}", event / values,
                         event % values);
                append_event(&texts[side], "kernel.return", 1, i + 1, payload);
            }
        }
        check(texts, rules, rules, seed, &seen);
    }
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        cr_expect_gt(seen.classes[class_], 20, "%s", evd_class_name((enum evd_divergence_class)class_));
    cr_expect_gt(seen.matched_behind, SMALL_PAIRS);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_release(&texts[side]);
    evd_rules_free(rules);
}

/* The built-in rules, and the same with the absorber of one side made that of the other. */
static void load_mirrored_rules(struct evd_rules **rules, struct evd_rules **back)
{
    static const char SIDE[] = "\"side\": \"canary\"", OTHER[] = "\"side\": \"ours\"";
    char mirrored_text[1 << 16];
    size_t length;
    cr_assert_eq(evd_rules_load(NULL, NULL, rules, NULL), EVD_OK);
    const char *text = evd_rules_text(*rules, &length);
    const char *place = memmem(text, length, SIDE, sizeof SIDE - 1);
    cr_assert_not_null(place);
    const size_t before = (size_t)(place - text), after = length - before - (sizeof SIDE - 1);
    const int written = snprintf(mirrored_text, sizeof mirrored_text, "%.*s%s%.*s", (int)before, text, OTHER,
                                 (int)after, place + sizeof SIDE - 1);
    cr_assert(written > 0 && (size_t)written < sizeof mirrored_text);
    char path[MEMORY_PATH_BYTES];
    const int file = memory_file(mirrored_text, (size_t)written, path);
    cr_assert_eq(evd_rules_load(path, NULL, back, NULL), EVD_OK);
    close(file);
}

/* Threads with allocations, shared handles, nested sections and what is engine-local. */
Test(swapped, programs, .timeout = 300)
{
    struct evd_rules *rules, *back;
    struct seen seen = {0};
    load_mirrored_rules(&rules, &back);
    for (unsigned seed = 0; seed < PROGRAMS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
        random_log_pair(&random, STEPS_MAX, texts);
        check(texts, rules, back, seed, &seen);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_buffer_release(&texts[side]);
    }
    cr_expect_gt(seen.absorbed, 100);
    cr_expect_gt(seen.matched_behind, PROGRAMS);
    evd_rules_free(rules);
    evd_rules_free(back);
}

/* What a control of ours teaches with sides swapped is what the diff finds: canary is the control itself. */
Test(swapped, controls_teach_what_the_other_direction_finds, .timeout = 300)
{
    static const char *const DISABLED[] = {"nested-cs"}; /* the absorber that has a side */
    const struct evd_rules_options no_sides = {.disabled_absorbers = DISABLED, .disabled_absorber_count = 1};
    struct evd_rules *rules;
    size_t classes[EVD_CLASSES] = {0};
    cr_assert_eq(evd_rules_load(NULL, &no_sides, &rules, NULL), EVD_OK);
    for (unsigned seed = 0; seed < PROGRAMS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
        struct evd_log *logs[EVD_SIDES];
        struct evd_outcome *outcome;
        random_log_pair(&random, STEPS_MAX, texts);
        for (int side = 0; side < EVD_SIDES; side++)
            logs[side] = memory_log(&texts[side], rules);
        const struct evd_control control = {logs[EVD_CANARY], EVD_OURS};
        const struct evd_diff_options options = {.threads = 1, .controls = &control, .control_count = 1};
        cr_assert_eq(evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, NULL), EVD_OK);
        for (size_t i = 0; i < outcome->pair_count; i++)
            for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
                const struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
                cr_assert_eq(outcome->pairs[i].divergence_controls[j], 1, "seed %u, pair %zu, divergence %zu", seed, i,
                             j);
                cr_assert(divergence->news == EVD_NEWS_NONE, "seed %u", seed);
                /* That a stream ends is told by its thread alone. */
                cr_assert_eq(divergence->has_noisy_place, divergence->class_ != EVD_CLASS_TRUNCATED, "seed %u", seed);
                classes[divergence->class_]++;
            }
        cr_assert(outcome->verdict == EVD_VERDICT_NOTHING_NEW || outcome->verdict == EVD_VERDICT_EQUAL, "seed %u",
                  seed);
        evd_outcome_free(outcome);
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_log_free(logs[side]);
            evd_buffer_release(&texts[side]);
        }
    }
    for (int class_ = 0; class_ < EVD_CLASSES; class_++)
        cr_expect_gt(classes[class_], 10, "%s", evd_class_name((enum evd_divergence_class)class_));
    evd_rules_free(rules);
}
