/* Two logs that differ as a test says, written event by event, and the diff of them. */
#ifndef EVD_TESTS_DIFF_CASE_H
#define EVD_TESTS_DIFF_CASE_H

#include <criterion/criterion.h>
#include <stdio.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"

/* The two logs of a thread while they are written, and the diff of them. */
struct case_ {
    struct evd_rules *rules;
    struct evd_buffer text[EVD_SIDES];
    uint64_t count[EVD_SIDES]; /* events of the thread at hand */
    int tid;
    unsigned fresh; /* values that no other event has */
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
};

static inline void call(struct case_ *c, int side, const char *name, const char *value)
{
    char payload[128];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\",\"return_value\":%s}", name, value);
    append_event(&c->text[side], "kernel.return", c->tid, c->count[side]++, payload);
}

static inline void both(struct case_ *c, const char *name, const char *value)
{
    call(c, EVD_CANARY, name, value);
    call(c, EVD_OURS, name, value);
}

/* The call on both sides, and what it returns. */
static inline void differing(struct case_ *c, const char *name, const char *canary, const char *ours)
{
    call(c, EVD_CANARY, name, canary);
    call(c, EVD_OURS, name, ours);
}

/* Events of one call that no other event is equal to. */
static inline void fresh(struct case_ *c, int side, const char *name, unsigned count)
{
    char value[16];
    for (unsigned i = 0; i < count; i++) {
        snprintf(value, sizeof value, "%u", 1000000 + c->fresh++);
        call(c, side, name, value);
    }
}

/* So many calls that both sides have once, the same in the same order, named from a letter on. */
static inline void same(struct case_ *c, char letter, unsigned count)
{
    char name[16];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%c%u", letter, i);
        both(c, name, "0");
    }
}

/* A thread of both logs, which begins with an event that pairs it and matches. */
static inline void begin_thread(struct case_ *c)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"name\":\"Start%d\"}", ++c->tid);
    for (int side = 0; side < EVD_SIDES; side++) {
        c->count[side] = 0;
        append_event(&c->text[side], "kernel.call", c->tid, c->count[side]++, payload);
    }
}

/* Begins with the rules of a file, or with the built-in ones. */
static inline void begin_with(struct case_ *c, const char *rules)
{
    struct evd_error error;
    *c = (struct case_){0};
    cr_assert_eq(evd_rules_load(rules, NULL, &c->rules, &error), EVD_OK, "%s", error.message);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_string(&c->text[side], LOG_HEADER);
    begin_thread(c);
}

static inline void begin(struct case_ *c)
{
    begin_with(c, NULL);
}

static inline const struct evd_pair_outcome *diff(struct case_ *c)
{
    const struct evd_diff_options options = {.threads = 1, .resync = true};
    for (int side = 0; side < EVD_SIDES; side++)
        c->logs[side] = memory_log(&c->text[side], c->rules);
    cr_assert_eq(evd_diff(c->logs[0], c->logs[1], &options, &c->outcome, NULL), EVD_OK);
    cr_assert_eq(c->outcome->pair_count, (size_t)c->tid);
    return &c->outcome->pairs[0];
}

static inline void end(struct case_ *c)
{
    evd_outcome_free(c->outcome);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_log_free(c->logs[side]);
        evd_buffer_release(&c->text[side]);
    }
    evd_rules_free(c->rules);
}

static inline size_t count_class(const struct evd_pair_outcome *pair, enum evd_divergence_class class_)
{
    size_t count = 0;
    for (size_t i = 0; i < pair->divergence_count; i++)
        count += pair->divergences[i].class_ == class_;
    return count;
}

#endif
