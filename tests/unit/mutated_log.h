/* Mutated logs, for tests: a whole log with one mutation really planted in it. */
#ifndef EVD_TESTS_MUTATED_LOG_H
#define EVD_TESTS_MUTATED_LOG_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "base/buffer.h"
#include "log/log.h"
#include "selftest/plan.h"

enum { LINES_MAX = 20000, TIDS_MAX = 100 };

/* A generated line, taken apart. */
struct line {
    char kind[64];
    unsigned tid;
    const char *payload; /* and the rest of the line, with its end */
    size_t length;
};

struct lines {
    struct line items[LINES_MAX];
    size_t count;
};

static inline void take_apart(const struct evd_buffer *log, struct lines *lines)
{
    const char *p = memchr(log->data, '\n', log->length), *end = log->data + log->length;
    lines->count = 0;
    for (p++; p < end;) {
        const char *line_end = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
        struct line *line = &lines->items[lines->count++];
        char head[128];
        cr_assert_leq(lines->count, LINES_MAX);
        snprintf(head, sizeof head, "%.*s", (int)(line_end - p < 127 ? line_end - p : 127), p);
        cr_assert_eq(sscanf(head, "{\"kind\":\"%63[^\"]\",\"tid\":%u,", line->kind, &line->tid), 2);
        line->payload = strstr(p, "\"payload\":") + 10;
        line->length = (size_t)(line_end - line->payload);
        p = line_end;
    }
}

/* The lines of a thread, as indexes. */
struct thread {
    size_t lines[LINES_MAX];
    size_t count;
};

static inline void list_thread(const struct lines *lines, int64_t tid, struct thread *thread)
{
    thread->count = 0;
    for (size_t i = 0; i < lines->count; i++)
        if (lines->items[i].tid == tid)
            thread->lines[thread->count++] = i;
}

static inline void write_line(struct evd_buffer *out, const struct line *line, int64_t tid, unsigned *idx)
{
    evd_buffer_format(out, "{\"kind\":\"%s\",\"tid\":%lld,\"tid_event_idx\":%u,\"payload\":%.*s", line->kind,
                      (long long)tid, (*idx)++, (int)line->length, line->payload);
}

/* Writes one thread of the mutated log, by the definition of each mutation. */
static inline void write_thread(struct evd_buffer *out, const struct lines *lines, int64_t tid,
                                const struct thread *own, const struct thread *other, const struct evd_mutant *mutant,
                                uint64_t at, uint64_t other_at)
{
    unsigned idx = 0;
    size_t order[LINES_MAX];
    size_t count = 0;
    if (mutant->mutation == EVD_MUTATION_LOSE_THREAD)
        return;
    for (size_t i = 0; i < own->count; i++) {
        if (i == at && (mutant->mutation == EVD_MUTATION_CUT || mutant->mutation == EVD_MUTATION_SWAP_THREADS))
            break;
        if (i == at && mutant->mutation == EVD_MUTATION_DROP)
            continue;
        if (i == at && mutant->mutation == EVD_MUTATION_DUPLICATE)
            order[count++] = i;
        order[count++] = i;
    }
    if (mutant->mutation == EVD_MUTATION_SWAP) {
        order[at] = other_at;
        order[other_at] = at;
    }
    for (size_t i = 0; i < count; i++) {
        struct line line = lines->items[own->lines[order[i]]];
        char payload[1024];
        if (mutant->mutation == EVD_MUTATION_CHANGE && order[i] == at) {
            line.length = (size_t)snprintf(
                payload, sizeof payload, "%.*s}\n", (int)mutant->payload.length, mutant->payload.bytes);
            line.payload = payload;
        }
        write_line(out, &line, tid, &idx);
    }
    for (size_t i = other_at; mutant->mutation == EVD_MUTATION_SWAP_THREADS && i < other->count; i++)
        write_line(out, &lines->items[other->lines[i]], tid, &idx);
}

/* The whole of ours with one mutation. */
static inline struct evd_buffer mutate(const struct lines *lines, const struct evd_selftest_plan *plan,
                                       const struct evd_mutant *mutant)
{
    static struct thread own, other;
    struct evd_buffer out = {0};
    const int64_t tid = plan->stretches.items[mutant->at.stretch].stream[EVD_OURS]->tid;
    const int64_t other_tid = plan->stretches.items[mutant->other.stretch].stream[EVD_OURS]->tid;
    list_thread(lines, tid, &own);
    list_thread(lines, other_tid, &other);
    evd_buffer_string(&out, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
    bool is_written[TIDS_MAX] = {false};
    for (size_t i = 0; i < lines->count; i++) {
        const unsigned line_tid = lines->items[i].tid;
        cr_assert_lt(line_tid, TIDS_MAX);
        if (line_tid == tid || line_tid == other_tid || is_written[line_tid])
            continue;
        static struct thread rest;
        list_thread(lines, line_tid, &rest);
        unsigned idx = 0;
        for (size_t j = 0; j < rest.count; j++)
            write_line(&out, &lines->items[rest.lines[j]], line_tid, &idx);
        is_written[line_tid] = true;
    }
    write_thread(&out, lines, tid, &own, &other, mutant, mutant->at.position, mutant->other.position);
    if (other_tid != tid)
        write_thread(&out, lines, other_tid, &other, &own, mutant, mutant->other.position, mutant->at.position);
    return out;
}

/* ── Holding the verdicts of excerpts against those of whole logs ── */

struct pair_of_logs {
    const struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    struct lines lines; /* of ours */
};

/* What a diff of the logs as they are says of a thread of one of them; NULL when it is in no pair. */
static inline const struct evd_pair_outcome *pair_of(const struct evd_outcome *outcome, int side, int64_t tid)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].tid[side] == tid)
            return &outcome->pairs[i];
    return NULL;
}

/* A diff of canary with the whole mutated log, with the threads paired and the SIDs shared as in `plain`, the diff
 * of the logs as they are. */
static inline struct evd_outcome *diff_mutated(const struct pair_of_logs *pair, const struct evd_outcome *plain,
                                               const struct evd_selftest_plan *plan, const struct evd_mutant *mutant,
                                               bool resync)
{
    static const struct evd_read_options ONE_THREAD = {.threads = 1};
    struct evd_buffer text = mutate(&pair->lines, plan, mutant);
    const struct evd_string string = {text.data, text.length};
    struct evd_log *mutated;
    struct evd_error error = {0};
    cr_assert_eq(evd_logs_open_texts(&string, 1, pair->rules, &ONE_THREAD, &mutated, &error), EVD_OK, "%s",
                 error.message);
    struct evd_tid_pair *map = calloc(plain->pair_count, sizeof *map);
    for (size_t i = 0; i < plain->pair_count; i++)
        map[i] = (struct evd_tid_pair){plain->pairs[i].tid[EVD_CANARY], plain->pairs[i].tid[EVD_OURS]};
    const struct evd_diff_options options = {
        .threads = 1, .tid_map = map, .tid_map_count = plain->pair_count, .resync = resync};
    struct evd_outcome *outcome;
    mutated->floating = pair->logs[EVD_OURS]->floating;
    cr_assert_eq(evd_diff(pair->logs[EVD_CANARY], mutated, &options, &outcome, NULL), EVD_OK);
    evd_log_free(mutated);
    free(map);
    evd_buffer_release(&text);
    return outcome;
}

/* Whether nothing parts before a mutation: behind that resync tells, which may go another way. */
static inline bool is_before_divergence(const struct evd_selftest_plan *plan, const struct evd_mutant *mutant)
{
    return plan->stretches.items[mutant->at.stretch].from[EVD_OURS] == 0 &&
           plan->stretches.items[mutant->other.stretch].from[EVD_OURS] == 0;
}

struct tally {
    size_t planted[EVD_MUTATIONS], detected[EVD_MUTATIONS];
};

/* Holds a verdict against that of the whole log, and counts it. */
static inline void expect_verdict(const struct evd_selftest_plan *plan, const struct evd_mutant *mutant,
                                  bool is_seen_in_full, unsigned seed, struct tally *tally)
{
    tally->planted[mutant->mutation]++;
    tally->detected[mutant->mutation] += mutant->is_detected;
    cr_expect_eq(mutant->is_detected, is_seen_in_full, "seed %u: %s of a %.*s, tid %lld position %llu, %.*s: %s", seed,
                 evd_mutation_name(mutant->mutation), (int)plan->candidates.kinds[mutant->kind].name.length,
                 plan->candidates.kinds[mutant->kind].name.bytes,
                 (long long)plan->stretches.items[mutant->at.stretch].stream[EVD_OURS]->tid,
                 (unsigned long long)mutant->at.position, (int)mutant->payload.length, mutant->payload.bytes,
                 mutant->is_detected ? "detected" : "not detected");
}

#endif
