/* Resync by known answers: divergences of every class are planted in one side of a pair, and what is found is
 * held against what was planted. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"
#include "random.h"

enum {
    EVENTS = 600,
    EVENTS_MAX = 2 * EVENTS,
    PLANTED_MAX = 12,
    SPACING = 40, /* events between two planted divergences */
    RUN_MAX = 9,
    NEARBY = 2 * RUN_MAX, /* a run among like events may as well be a little further on */
    SEEDS = 600,
};

struct event {
    const char *kind;
    unsigned name;
    unsigned value;
};

struct stream {
    struct event events[EVENTS_MAX];
    size_t count;
};

struct plant {
    enum evd_divergence_class class_;
    size_t at[EVD_SIDES], count[EVD_SIDES];
};

struct case_ {
    struct stream side[EVD_SIDES];
    struct plant planted[PLANTED_MAX];
    size_t planted_count;
};

/* A program: calls in threes, some of them far more often than others, with few values and now and then a rare
 * one. */
static void run_program(struct random *random, struct stream *stream)
{
    static const char *const KINDS[] = {"import.call", "kernel.call", "kernel.return"};
    stream->count = 0;
    while (stream->count < EVENTS) {
        const unsigned draw = random_below(random, 100);
        const unsigned name = draw < 50 ? draw % 4 : draw < 80 ? draw % 16 : draw;
        for (int i = 0; i < 3; i++)
            stream->events[stream->count++] = (struct event){
                KINDS[i], name, random_below(random, 6) ? random_below(random, 3) : random_below(random, 100000)};
    }
}

static void copy(struct stream *to, const struct event *events, size_t count)
{
    memcpy(to->events + to->count, events, count * sizeof *events);
    to->count += count;
}

/* Events that no program has. */
static void make_up(struct random *random, struct stream *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to->events[to->count++] =
            (struct event){"kernel.call", 200 + random_below(random, 50), random_below(random, 1000)};
}

static bool are_equal(const struct event *a, const struct event *b)
{
    return strcmp(a->kind, b->kind) == 0 && a->name == b->name && a->value == b->value;
}

/* Plants one divergence at the n-th event of canary; returns how many of canary's events it took. */
static size_t plant(struct random *random, struct case_ *c, enum evd_divergence_class class_, size_t n)
{
    const struct event *canary = c->side[EVD_CANARY].events + n;
    struct stream *ours = &c->side[EVD_OURS];
    struct plant *plant = &c->planted[c->planted_count++];
    size_t taken = 1 + random_below(random, RUN_MAX), given = taken;
    *plant = (struct plant){.class_ = class_, .at = {n, ours->count}};
    switch (class_) {
    case EVD_CLASS_VALUE:
        taken = given = 1;
        ours->events[ours->count] = *canary;
        ours->events[ours->count++].value += 1000000;
        break;
    case EVD_CLASS_MISSING: given = 0; break;
    case EVD_CLASS_EXTRA:
        taken = 0;
        make_up(random, ours, given);
        break;
    case EVD_CLASS_REPLACED:
        given = 1 + random_below(random, RUN_MAX);
        make_up(random, ours, given);
        break;
    default: { /* reordered: two events that differ change places */
        size_t other = 1;
        while (other < RUN_MAX && are_equal(&canary[0], &canary[other]))
            other++;
        taken = given = other + 1;
        copy(ours, canary + other, 1);
        copy(ours, canary + 1, other - 1);
        copy(ours, canary, 1);
        if (are_equal(&canary[0], &canary[other]))
            c->planted_count--;
    }
    }
    plant->count[EVD_CANARY] = taken;
    plant->count[EVD_OURS] = given;
    return taken;
}

static void make_case(struct random *random, struct case_ *c)
{
    struct stream *canary = &c->side[EVD_CANARY], *ours = &c->side[EVD_OURS];
    run_program(random, canary);
    ours->count = c->planted_count = 0;
    size_t done = 0;
    while (canary->count - done > 2 * SPACING && c->planted_count < PLANTED_MAX - 1) {
        const size_t equal = SPACING + random_below(random, SPACING);
        copy(ours, canary->events + done, equal);
        done += equal;
        if (canary->count - done > SPACING)
            done += plant(random, c, (enum evd_divergence_class)random_below(random, EVD_CLASS_TRUNCATED), done);
    }
    const size_t rest = canary->count - done;
    const size_t cut = rest > SPACING ? random_below(random, SPACING / 2) : 0;
    copy(ours, canary->events + done, rest - cut);
    if (cut > 0)
        c->planted[c->planted_count++] =
            (struct plant){EVD_CLASS_TRUNCATED, {canary->count - cut, ours->count}, {cut, 0}};
}

static struct evd_log *open_stream(const struct stream *stream, const struct evd_rules *rules)
{
    struct evd_buffer log = {0};
    evd_buffer_string(&log, LOG_HEADER "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":0,"
                                       "\"payload\":{\"name\":\"Start\"}}\n");
    for (size_t i = 0; i < stream->count; i++)
        evd_buffer_format(&log,
                          "{\"kind\":\"%s\",\"tid\":1,\"tid_event_idx\":%zu,"
                          "\"payload\":{\"name\":\"f%u\",\"return_value\":%u}}\n",
                          stream->events[i].kind, i + 1, stream->events[i].name, stream->events[i].value);
    struct evd_log *opened = memory_log(&log, rules);
    evd_buffer_release(&log);
    return opened;
}

static struct evd_outcome *diff(const struct case_ *c, struct evd_rules *rules, unsigned threads)
{
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    for (int side = 0; side < EVD_SIDES; side++)
        logs[side] = open_stream(&c->side[side], rules);
    const struct evd_diff_options options = {.threads = threads, .resync = true};
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(logs[side]);
    return outcome;
}

static bool is_near(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) <= NEARBY;
}

/* What was found is what was planted: the class, near the place, and as many events. Of a reordering only
 * what moved is told, which may be either part. */
static bool fits(const struct evd_divergence *found, const struct plant *planted)
{
    if (found->class_ != planted->class_)
        return false;
    for (int side = 0; side < EVD_SIDES; side++)
        if (!is_near(evd_run_of(found, side).position, planted->at[side] + 1) ||
            (planted->class_ != EVD_CLASS_REORDERED && evd_run_of(found, side).count != planted->count[side]))
            return false;
    return true;
}

static void expect_all_events_counted(const struct evd_outcome *outcome, unsigned seed)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (int side = 0; side < EVD_SIDES; side++) {
            const struct evd_event_counts *counts = &outcome->pairs[i].counts[side];
            cr_expect_eq(
                counts->matched + counts->differing + counts->absorbed + counts->engine_local + counts->left_over,
                outcome->pairs[i].total[side], "seed %u", seed);
        }
}

Test(resync, finds_what_was_planted, .timeout = 300)
{
    struct evd_rules *rules;
    static struct case_ c;
    size_t planted[EVD_CLASSES] = {0}, recalled[EVD_CLASSES] = {0};
    size_t found[EVD_CLASSES] = {0}, right[EVD_CLASSES] = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        make_case(&random, &c);
        struct evd_outcome *outcome = diff(&c, rules, 1);
        const struct evd_pair_outcome *pair = &outcome->pairs[0];
        expect_all_events_counted(outcome, seed);
        for (size_t i = 0; i < c.planted_count; i++) {
            bool is_recalled = false;
            for (size_t j = 0; j < pair->divergence_count; j++)
                is_recalled |= fits(&pair->divergences[j], &c.planted[i]);
            planted[c.planted[i].class_]++;
            recalled[c.planted[i].class_] += is_recalled;
        }
        for (size_t j = 0; j < pair->divergence_count; j++) {
            bool is_right = false;
            for (size_t i = 0; i < c.planted_count; i++)
                is_right |= fits(&pair->divergences[j], &c.planted[i]);
            found[pair->divergences[j].class_]++;
            right[pair->divergences[j].class_] += is_right;
        }
        evd_outcome_free(outcome);
    }
    evd_rules_free(rules);
    for (int class_ = 0; class_ < EVD_CLASSES; class_++) {
        const double recall = (double)recalled[class_] / (double)planted[class_];
        const double precision = (double)right[class_] / (double)found[class_];
        fprintf(stderr, "%-9s recall %.4f of %zu planted, precision %.4f of %zu found\n",
                evd_class_name((enum evd_divergence_class)class_), recall, planted[class_], precision, found[class_]);
        cr_expect_geq(planted[class_], 100);
        cr_expect_geq(recall, 0.97);
        cr_expect_geq(precision, 0.97);
    }
}

/* The main thread gets a differing handle, hands it on, and then creates a thread in canary only. */
Test(resync, tells_causes)
{
    struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer text = {0};
        const unsigned handle = side == EVD_CANARY ? 0x6c : 0x64;
        unsigned idx = 0;
        evd_buffer_string(&text, LOG_HEADER);
        for (int i = 0; i < 20; i++)
            evd_buffer_format(&text,
                              "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":%u,"
                              "\"payload\":{\"name\":\"f%d\"}}\n",
                              idx++, i);
        evd_buffer_format(&text,
                          "{\"kind\":\"kernel.return\",\"tid\":1,\"tid_event_idx\":%u,"
                          "\"payload\":{\"name\":\"Open\",\"return_value\":%u}}\n",
                          idx++, handle);
        for (int i = 0; i < 20; i++)
            evd_buffer_format(&text,
                              "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":%u,"
                              "\"payload\":{\"name\":\"g%d\"}}\n",
                              idx++, i);
        evd_buffer_format(&text,
                          "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":%u,"
                          "\"payload\":{\"name\":\"Read\",\"args\":{\"a0\":\"0x%08x\"}}}\n",
                          idx++, handle);
        for (int i = 0; i < 20; i++)
            evd_buffer_format(&text,
                              "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":%u,"
                              "\"payload\":{\"name\":\"h%d\"}}\n",
                              idx++, i);
        evd_buffer_format(&text,
                          "{\"kind\":\"thread.create\",\"tid\":1,\"tid_event_idx\":%u,"
                          "\"payload\":{\"entry_pc\":\"0x1000\"}}\n",
                          idx++);
        if (side == EVD_CANARY)
            evd_buffer_string(&text, "{\"kind\":\"x\",\"tid\":2,\"tid_event_idx\":0}\n");
        logs[side] = memory_log(&text, rules);
        evd_buffer_release(&text);
    }
    const struct evd_diff_options options = {.resync = true};
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, NULL), EVD_OK);
    cr_assert_eq(outcome->pair_count, 1);
    const struct evd_pair_outcome *pair = &outcome->pairs[0];
    cr_assert_eq(pair->divergence_count, 2);
    cr_expect_eq(pair->divergences[0].cause, EVD_CAUSE_NONE);
    cr_expect_eq(pair->divergences[1].cause, EVD_CAUSE_VALUE);
    cr_expect_eq(evd_cause_of(outcome, 0, 1).pair, 0);
    cr_expect_eq(evd_cause_of(outcome, 0, 1).divergence, 0);
    cr_assert_eq(outcome->unpaired_count[EVD_CANARY], 1);
    cr_expect_eq(outcome->unpaired[EVD_CANARY][0].cause, EVD_CAUSE_CREATOR);
    cr_expect_eq(outcome->unpaired[EVD_CANARY][0].cause_divergence, 1);
    /* Forgiving the one forgives what follows from it: all that is behind matches. */
    cr_assert_eq(outcome->family_count, 2);
    cr_expect_eq(outcome->families[0].weight, 41);
    cr_assert_eq(outcome->look_count, 1);
    cr_expect_eq(outcome->looks[0].family, 0);
    evd_outcome_free(outcome);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
}

static bool is_same_run(struct evd_run a, struct evd_run b)
{
    return a.position == b.position && a.count == b.count && a.first_idx == b.first_idx && a.last_idx == b.last_idx &&
           a.offset == b.offset;
}

static bool are_same(const struct evd_divergence *a, const struct evd_divergence *b)
{
    return a->class_ == b->class_ && a->family == b->family && a->matched_after == b->matched_after &&
           is_same_run(evd_run_of(a, EVD_CANARY), evd_run_of(b, EVD_CANARY)) &&
           is_same_run(evd_run_of(a, EVD_OURS), evd_run_of(b, EVD_OURS)) && a->cause == b->cause;
}

static bool have_same_cause(const struct evd_outcome *a, const struct evd_outcome *b, size_t pair, size_t index)
{
    if (a->pairs[pair].divergences[index].cause == EVD_CAUSE_NONE)
        return true;
    const struct evd_cause_place left = evd_cause_of(a, pair, index), right = evd_cause_of(b, pair, index);
    return left.pair == right.pair && left.divergence == right.divergence;
}

Test(resync, gives_the_same_on_any_number_of_threads)
{
    const char *data = getenv("EVD_TEST_DATA");
    char paths[EVD_SIDES][4096];
    struct evd_rules *rules;
    struct evd_outcome *outcomes[4];
    cr_assert_not_null(data);
    snprintf(paths[0], sizeof paths[0], "%s/boot-canary.jsonl.zst", data);
    snprintf(paths[1], sizeof paths[1], "%s/boot-ours.jsonl.zst", data);
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    for (unsigned i = 0; i < 4; i++) {
        const char *const names[] = {paths[0], paths[1]};
        struct evd_log *logs[EVD_SIDES];
        const struct evd_diff_options options = {.threads = 1u << i, .resync = true};
        cr_assert_eq(evd_logs_open(names, 2, rules, NULL, logs, NULL, NULL, NULL, NULL), EVD_OK);
        cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcomes[i], NULL), EVD_OK);
        evd_log_free(logs[0]);
        evd_log_free(logs[1]);
        expect_all_events_counted(outcomes[i], i);
        const struct evd_outcome *first = outcomes[0], *here = outcomes[i];
        cr_expect_gt(here->family_count, 10);
        cr_assert_eq(here->family_count, first->family_count);
        for (size_t j = 0; j < here->family_count; j++)
            cr_expect(here->families[j].signature == first->families[j].signature &&
                      here->families[j].count == first->families[j].count &&
                      here->families[j].weight == first->families[j].weight);
        for (size_t j = 0; j < here->pair_count; j++) {
            cr_assert_eq(here->pairs[j].divergence_count, first->pairs[j].divergence_count);
            for (size_t k = 0; k < here->pairs[j].divergence_count; k++)
                cr_expect(are_same(&here->pairs[j].divergences[k], &first->pairs[j].divergences[k]) &&
                          have_same_cause(here, first, j, k));
        }
    }
    for (unsigned i = 0; i < 4; i++)
        evd_outcome_free(outcomes[i]);
    evd_rules_free(rules);
}
