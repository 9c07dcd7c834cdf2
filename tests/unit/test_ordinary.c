/* What ours does as trusted runs do elsewhere, held against a slow twin that looks for each step in all threads of all trusted
 * logs; and what lies where logs end. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "diff_case.h"
#include "explain/log_end.h"
#include "explain/ordinary.h"
#include "put_run.h"
#include "random_log.h"
#include "rules_text.h"

enum { SEEDS = 2000, STEPS_MAX = 40 };

/* The keys of a stream's events that take part, and where they are. */
struct keys {
    uint64_t *keys, *positions;
    size_t count;
};

static struct keys keys_of(const struct evd_stream *stream)
{
    struct keys keys = {calloc(stream->count + 1, sizeof(uint64_t)), calloc(stream->count + 1, sizeof(uint64_t)), 0};
    for (uint64_t i = 0; i < stream->count; i++)
        if (evd_event_tag(evd_stream_event(stream, i)) != EVD_TAG_ENGINE_LOCAL) {
            keys.positions[keys.count] = i;
            keys.keys[keys.count++] = evd_stream_event(stream, i)->key;
        }
    return keys;
}

static void release(struct keys *keys)
{
    free(keys->keys);
    free(keys->positions);
}

/* The event that has so many before it, or 0 beyond both ends. */
static uint64_t key_at(const struct keys *keys, size_t index)
{
    return index < keys->count ? keys->keys[index] : 0;
}

static bool has_step(const struct evd_log *log, uint64_t before, uint64_t from, uint64_t to)
{
    bool has_it = false;
    for (size_t i = 0; i < log->stream_count && !has_it; i++) {
        struct keys keys = keys_of(&log->streams[i]);
        for (size_t j = 0; j <= keys.count && !has_it; j++)
            has_it = key_at(&keys, j - 2) == before && key_at(&keys, j - 1) == from && key_at(&keys, j) == to;
        release(&keys);
    }
    return has_it;
}

/* Whether each of the steps of a run of ours, the first 66 of them, is one of a trusted log. */
static bool is_known(struct evd_run run, const struct keys *ours, const struct evd_log *const *trusted, size_t count)
{
    size_t first = 0;
    while (first < ours->count && ours->positions[first] < run.position)
        first++;
    for (size_t i = 0; i <= run.count + 1 && i <= 65 && first + i <= ours->count; i++) {
        bool has_it = false;
        for (size_t j = 0; j < count && !has_it; j++)
            has_it =
                has_step(trusted[j], key_at(ours, first + i - 2), key_at(ours, first + i - 1), key_at(ours, first + i));
        if (!has_it)
            return false;
    }
    return true;
}

static uint64_t key_of(const struct evd_log *log, int64_t tid, struct evd_run run)
{
    return evd_stream_event(evd_log_stream(log, tid), run.position)->key;
}

static void expect_twin(const struct evd_outcome *outcome, const struct evd_log *const logs[EVD_SIDES],
                        const struct evd_log *const *trusted, size_t count, size_t seen[2], unsigned seed)
{
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        struct keys ours = keys_of(evd_log_stream(logs[EVD_OURS], pair->tid[EVD_OURS]));
        for (size_t j = 0; j < pair->divergence_count; j++) {
            const struct evd_divergence *divergence = &pair->divergences[j];
            if (outcome->control_count > 0 ? divergence->news == EVD_NEWS_NONE : divergence->cause != EVD_CAUSE_NONE)
                continue;
            const bool do_keys_tell =
                divergence->class_ != EVD_CLASS_VALUE ||
                key_of(logs[EVD_CANARY], pair->tid[EVD_CANARY], evd_run_of(divergence, EVD_CANARY)) !=
                    key_of(logs[EVD_OURS], pair->tid[EVD_OURS], evd_run_of(divergence, EVD_OURS));
            const bool wanted = do_keys_tell && is_known(evd_run_of(divergence, EVD_OURS), &ours, trusted, count);
            cr_assert_eq(divergence->is_ordinary, wanted, "seed %u, pair %zu, divergence %zu", seed, i, j);
            seen[wanted]++;
        }
        release(&ours);
    }
}

/* The same on the logs' streams as they are. */
static void tell_again(struct evd_outcome *outcome, const struct evd_log *const logs[EVD_SIDES],
                       const struct evd_log *const *trusted)
{
    evd_stream_pair *streams = calloc(outcome->pair_count + 1, sizeof *streams);
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            streams[i][side] = evd_log_stream(logs[side], outcome->pairs[i].tid[side]);
    cr_assert_eq(evd_tell_ordinary(outcome, streams, logs[EVD_OURS], trusted, 2, NULL), EVD_OK);
    free(streams);
}

/* As if there were a control run that explains some of it. */
static void draw_news(struct evd_outcome *outcome, struct random *random)
{
    outcome->control_count = 1;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            outcome->pairs[i].divergences[j].news = random_below(random, 2) ? EVD_NEWS_NONE : EVD_NEWS_FAMILY;
}

Test(ordinary, is_what_the_slow_twin_finds, .timeout = 300)
{
    struct evd_error error;
    struct evd_rules *rules;
    size_t seen[2] = {0, 0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK, "%s", error.message);
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer text[4] = {{0}, {0}, {0}, {0}};
        struct evd_log *logs[4];
        struct evd_outcome *outcome;
        const struct evd_diff_options options = {.threads = 1, .resync = true};
        random_log_pair(&random, STEPS_MAX, text);
        random_log_pair(&random, STEPS_MAX, text + 2);
        for (int i = 0; i < 4; i++)
            logs[i] = memory_log(&text[i], rules);
        const enum evd_status status = evd_diff(logs[0], logs[1], &options, &outcome, &error);
        if (status == EVD_OK) {
            const struct evd_log *const two[EVD_SIDES] = {logs[0], logs[1]};
            const struct evd_log *const trusted[2] = {logs[0], logs[2]};
            expect_twin(outcome, two, trusted, 1, seen, seed);
            tell_again(outcome, two, trusted);
            expect_twin(outcome, two, trusted, 2, seen, seed);
            const size_t controls = outcome->control_count;
            draw_news(outcome, &random);
            tell_again(outcome, two, trusted);
            expect_twin(outcome, two, trusted, 2, seen, seed);
            outcome->control_count = controls;
            evd_outcome_free(outcome);
        } else {
            cr_assert_eq(status, EVD_E_NO_MAPPING, "%s", error.message);
        }
        for (int i = 0; i < 4; i++) {
            evd_log_free(logs[i]);
            evd_buffer_release(&text[i]);
        }
    }
    evd_rules_free(rules);
    cr_expect(seen[0] > 500 && seen[1] > 500, "%zu, %zu", seen[0], seen[1]);
}

/* Ours has a turn of a loop too few; canary leaves the loop so late that no other step is new. */
static int32_t points_of_a_lost_turn(unsigned turns, bool is_known)
{
    struct case_ c;
    begin(&c);
    same(&c, 'a', 40);
    for (unsigned i = 0; i < turns; i++)
        same(&c, 'l', 3);
    for (unsigned i = 0; i < 3; i++)
        call(&c, EVD_CANARY, (const char *const[]){"l0", "l1", is_known ? "l2" : "l3"}[i], "0");
    same(&c, 'z', 40);
    diff(&c);
    cr_assert_eq(c.outcome->root_family_count, 1);
    const int32_t points = c.outcome->families[0].suspicion.points[EVD_EVIDENCE_ORDINARY];
    end(&c);
    return points;
}

Test(ordinary, is_a_turn_of_a_loop_but_no_step_that_is_never_taken)
{
    cr_expect_eq(points_of_a_lost_turn(4, true), -5 * EVD_POINT);
    cr_expect_eq(points_of_a_lost_turn(4, false), 0);
}

/* How many events of a run that both logs have elsewhere in that order; behind those ours does what is never done. */
static bool is_ordinary_run(unsigned known)
{
    struct case_ c;
    char name[16];
    begin(&c);
    same(&c, 'a', known);
    same(&c, 'q', 1);
    for (unsigned i = 0; i < known; i++) {
        snprintf(name, sizeof name, "a%u", i);
        call(&c, EVD_OURS, name, "0");
    }
    fresh(&c, EVD_OURS, "f", 1);
    same(&c, 'z', 40);
    /* So that it is no new step how the run begins. */
    snprintf(name, sizeof name, "a%u", known - 1);
    both(&c, name, "0");
    both(&c, "q0", "0");
    both(&c, "a0", "0");
    both(&c, "a1", "0");
    diff(&c);
    const bool is_ordinary = c.outcome->pairs[0].divergences[0].is_ordinary;
    cr_assert_eq(c.outcome->pairs[0].divergences[0].class_, EVD_CLASS_EXTRA);
    cr_assert_eq(evd_run_of(&c.outcome->pairs[0].divergences[0], EVD_OURS).count, known + 1);
    end(&c);
    return is_ordinary;
}

Test(ordinary, is_told_by_the_first_64_events_of_a_run_and_the_two_behind_them)
{
    cr_expect_not(is_ordinary_run(65));
    cr_expect(is_ordinary_run(66));
}

/* Each round signals all workers and waits; every signal returns the same. Ours lacks one of them. */
Test(ordinary, is_no_lost_call_behind_a_return_that_says_nothing_but_success)
{
    struct case_ c;
    begin(&c);
    for (unsigned round = 0; round < 6; round++) {
        for (unsigned worker = 0; worker < 3; worker++)
            for (int side = 0; side < EVD_SIDES; side++)
                if (side == EVD_CANARY || round != 3 || worker != 1) {
                    call(&c, side, (const char *const[]){"signal 5", "signal 6", "signal 7"}[worker], "0");
                    call(&c, side, "success", "0");
                }
        both(&c, "wait", "0");
    }
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->divergence_count, 1);
    cr_assert_eq(pair->divergences[0].class_, EVD_CLASS_MISSING);
    cr_expect_not(pair->divergences[0].is_ordinary);
    end(&c);
}

/* What a log's only thread does, an event a letter. */
static void letters(struct case_ *c, int side, const char *names)
{
    char kind[] = "x";
    for (; (kind[0] = *names) != '\0'; names++)
        append_event(&c->text[side], kind, c->tid, c->count[side]++, "{}");
}

Test(ordinary, is_told_by_streams_as_rules_have_arranged_them)
{
    static const char RULES[] =
        "{\"rules\":\"evdiff.rules/2\",\"name\":\"n\","
        "\"pairing\":{\"kind\":\"kernel.call\",\"field\":\"name\",\"why\":\"w\"},"
        "\"may_move\":[{\"name\":\"m\",\"when\":{\"kind\":\"M\"},\"by\":9,\"why\":\"w\"}]}";
    struct case_ c = {.rules = load_text(RULES, NULL)};
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_string(&c.text[side], LOG_HEADER);
    begin_thread(&c);
    letters(&c, EVD_CANARY, "aMbcXdefghbcYde");
    letters(&c, EVD_OURS, "abcYMdefghbcYde");
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->divergence_count, 1);
    cr_assert_eq(pair->divergences[0].class_, EVD_CLASS_REPLACED);
    cr_expect(pair->divergences[0].is_ordinary);
    end(&c);
}

/* Logs of 6,400 bytes; events of both sides that begin at these offsets, or none where that is UINT64_MAX. */
static bool is_at_end(uint64_t canary, uint64_t ours)
{
    const uint64_t offsets[EVD_SIDES] = {canary, ours};
    struct evd_log log = {.source = {.length = 6400}};
    const struct evd_log *const logs[EVD_SIDES] = {&log, &log};
    struct evd_divergence divergence = {.class_ = EVD_CLASS_REPLACED};
    struct evd_pair_outcome pair = {.divergences = &divergence, .divergence_count = 1};
    struct evd_outcome outcome = {.pairs = &pair, .pair_count = 1};
    for (int side = 0; side < EVD_SIDES; side++)
        put_run(&divergence, side,
                (struct evd_run){.offset = offsets[side] != UINT64_MAX ? offsets[side] : 0,
                                 .count = offsets[side] != UINT64_MAX});
    evd_tell_log_ends(&outcome, logs);
    return divergence.is_at_end;
}

Test(ordinary, logs_end_with_their_last_64th)
{
    cr_expect(is_at_end(6300, 6399));
    cr_expect_not(is_at_end(6299, 6399));
    cr_expect_not(is_at_end(6300, 6299));
    cr_expect(is_at_end(UINT64_MAX, 6300));
    cr_expect(is_at_end(6300, UINT64_MAX));
}
