/* A pair that is taken apart by several workers against the same pair by one, and against one that remembers nothing:
 * divergences, what families are made of, counts, what matches and nulls are the same. */
#include <criterion/criterion.h>
#include <string.h>

#include "align/moved.h"
#include "align/parts.h"
#include "align/resync.h"
#include "memory_log.h"
#include "random.h"
#include "random_log.h"

/* What resync has found in one pair. */
struct found {
    struct evd_walker walker;
    struct evd_recorder recorder;
    struct evd_arena arena;
    struct evd_divergence_list list;
    struct evd_matched matched;
    struct evd_null_list nulls;
    struct evd_resync_result result;
};

static void resync(const struct evd_log *const logs[EVD_SIDES], const struct evd_stream *const streams[EVD_SIDES],
                   const struct evd_gap_help *help, bool is_plain, struct found *found)
{
    enum evd_walk_end end;
    struct evd_error error;
    *found = (struct found){.result = {0}};
    cr_assert(evd_walker_init(&found->walker, logs[EVD_CANARY]->rules));
    cr_assert(evd_recorder_init(&found->recorder));
    evd_walker_set_plain(&found->walker, is_plain);
    found->recorder.reader.reread.is_plain = is_plain;
    evd_walker_aim(&found->walker, logs, streams);
    found->walker.matched = &found->matched;
    found->walker.nulls = &found->nulls;
    cr_assert_eq(evd_walk(&found->walker, &end, &error), EVD_OK);
    evd_recorder_aim(&found->recorder, &found->walker, &found->arena, &found->list);
    found->recorder.has_mirrored = true;
    cr_assert_eq(evd_resync_pair(&found->recorder, help, &found->result, &error), EVD_OK);
}

static void release(struct found *found)
{
    evd_walker_release(&found->walker);
    evd_recorder_release(&found->recorder);
    evd_arena_release(&found->arena);
    evd_divergences_release(&found->list);
    evd_matched_release(&found->matched);
    evd_null_list_release(&found->nulls);
}

static bool are_same_runs(const struct evd_divergence *x, const struct evd_divergence *y, int side)
{
    const struct evd_run a = evd_run_of(x, side), b = evd_run_of(y, side);
    return a.position == b.position && a.count == b.count && a.first_idx == b.first_idx && a.last_idx == b.last_idx &&
           a.offset == b.offset;
}

static bool are_same_texts(struct evd_text a, struct evd_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static bool are_same_values(const struct evd_field_value *a, const struct evd_field_value *b)
{
    for (int side = 0; a != NULL && b != NULL && side < EVD_SIDES; side++)
        if (a[side].type != b[side].type || a[side].form != b[side].form || a[side].number != b[side].number ||
            a[side].hash != b[side].hash || !are_same_texts(a[side].shown, b[side].shown))
            return false;
    return (a == NULL) == (b == NULL);
}

static uint64_t call_hash(const struct evd_divergence_list *list, uint32_t call)
{
    return call == EVD_NO_CALL ? 0 : list->natures.calls[call].hash;
}

static bool are_same_natures(const struct evd_divergence_list *a, const struct evd_divergence_list *b, size_t i)
{
    const struct evd_divergence_nature *x = evd_nature_of(&a->natures, i), *y = evd_nature_of(&b->natures, i);
    for (int j = 0; j < EVD_FAMILY_BEFORE_MAX; j++)
        if (call_hash(a, x->before[j]) != call_hash(b, y->before[j]))
            return false;
    return x->signature == y->signature && x->mirrored == y->mirrored && x->run_hash == y->run_hash &&
           call_hash(a, x->call) == call_hash(b, y->call) && are_same_texts(x->field, y->field) &&
           are_same_texts(a->natures.calls[x->call].kind, b->natures.calls[y->call].kind) &&
           are_same_texts(a->natures.calls[x->call].name, b->natures.calls[y->call].name);
}

static void expect_same(const struct found *a, const struct found *b, unsigned seed)
{
    cr_assert_eq(a->list.count, b->list.count, "seed %u", seed);
    for (size_t i = 0; i < a->list.count; i++) {
        const struct evd_divergence *x = &a->list.divergences[i], *y = &b->list.divergences[i];
        cr_assert_eq(x->class_, y->class_, "seed %u, %zu", seed, i);
        cr_assert(are_same_runs(x, y, EVD_CANARY) && are_same_runs(x, y, EVD_OURS), "seed %u, %zu", seed, i);
        cr_assert(are_same_values(x->value, y->value), "seed %u, %zu", seed, i);
        cr_assert(are_same_natures(&a->list, &b->list, i), "seed %u, %zu", seed, i);
        cr_assert_eq(x->matched_after, y->matched_after, "seed %u, %zu", seed, i); /* their ranks */
    }
    const struct evd_walk_counts *c = &a->walker.counts, *d = &b->walker.counts;
    const size_t absorbers = a->walker.rules->absorber_count;
    cr_assert_eq(c->matched, d->matched, "seed %u", seed);
    cr_assert(c->exact_comparisons == d->exact_comparisons || a->walker.is_plain != b->walker.is_plain, "seed %u",
              seed);
    cr_assert_eq(memcmp(c->times, d->times, absorbers * sizeof *c->times), 0, "seed %u", seed);
    for (int side = 0; side < EVD_SIDES; side++) {
        cr_assert_eq(c->engine_local[side], d->engine_local[side], "seed %u", seed);
        cr_assert_eq(memcmp(c->absorbed[side], d->absorbed[side], absorbers * sizeof *c->times), 0, "seed %u", seed);
    }
    cr_assert_eq(memcmp(&a->result, &b->result, sizeof a->result), 0, "seed %u", seed);
    cr_assert_eq(a->matched.count, b->matched.count, "seed %u", seed);
    for (size_t i = 0; i < a->matched.count; i++)
        cr_assert_eq(memcmp(&a->matched.runs[i], &b->matched.runs[i], sizeof a->matched.runs[i]), 0, "seed %u", seed);
    cr_assert_eq(a->nulls.count, b->nulls.count, "seed %u", seed);
    for (size_t i = 0; i < a->nulls.count; i++)
        cr_assert_eq(memcmp(&a->nulls.nulls[i], &b->nulls.nulls[i], sizeof a->nulls.nulls[i]), 0, "seed %u", seed);
}

Test(parts, find_what_one_worker_finds, .timeout = 300)
{
    enum { SEEDS = 250 };
    struct evd_rules *rules;
    struct evd_pool *pool = evd_pool_create(3);
    size_t divergences = 0, gaps_alone = 0;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
    cr_assert_neq(pool, NULL);
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
        const struct evd_log *logs[EVD_SIDES];
        random_log_pair(&random, 400, texts);
        for (int side = 0; side < EVD_SIDES; side++)
            logs[side] = memory_log(&texts[side], rules);
        const struct evd_gap_help help = {pool, 1 + random_below(&random, 40)};
        /* Threads of other work too: then little but gaps is between them. */
        for (size_t i = 0; i < logs[EVD_CANARY]->stream_count; i++)
            for (size_t j = 0; j < logs[EVD_OURS]->stream_count; j++) {
                const struct evd_stream *const streams[EVD_SIDES] = {
                    &logs[EVD_CANARY]->streams[i], &logs[EVD_OURS]->streams[j]};
                struct found alone, together, plain;
                resync(logs, streams, NULL, false, &alone);
                resync(logs, streams, &help, false, &together);
                resync(logs, streams, seed % 2 ? &help : NULL, true, &plain);
                expect_same(&alone, &together, seed);
                expect_same(&alone, &plain, seed);
                divergences += alone.list.count;
                gaps_alone += i != j;
                release(&alone);
                release(&together);
                release(&plain);
            }
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_log_free((struct evd_log *)logs[side]);
            evd_buffer_release(&texts[side]);
        }
    }
    evd_pool_destroy(pool);
    evd_rules_free(rules);
    cr_expect(divergences > 5000 && gaps_alone > 250, "%zu divergences, %zu pairs of other work", divergences,
              gaps_alone);
}
