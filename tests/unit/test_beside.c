/* The events around a place, aligned: whatever two logs hold, rows are in order, tell each event once, and each event is beside
 * that which the diff has matched with it or set against it, as a slow twin finds. */
#include <stdlib.h>
#include <string.h>

#include "diff_case.h"

enum { SEEDS = 300, ROWS_MAX = 2 * EVD_BESIDE_CONTEXT_MAX + 2 };

static void write_randomly(struct case_ *c)
{
    const unsigned steps = 1 + (unsigned)rand() % 60;
    begin(c);
    for (unsigned i = 0; i < steps; i++) {
        char name[16];
        snprintf(name, sizeof name, "call%d", rand() % 4);
        switch (rand() % 6) {
        case 0: fresh(c, EVD_CANARY, name, 1 + (unsigned)rand() % 3); break;
        case 1: fresh(c, EVD_OURS, name, 1 + (unsigned)rand() % 3); break;
        case 2: differing(c, name, "1", "2"); break;
        default: both(c, name, rand() % 2 ? "7" : "8");
        }
    }
    diff(c);
}

static bool is_same(struct evd_text a, struct evd_text b)
{
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

static bool is_equal(const struct evd_event_quotation *a, const struct evd_event_quotation *b)
{
    return is_same(a->kind, b->kind) && is_same(a->payload, b->payload);
}

enum { EVENTS_MAX = 4096, ALONE = -1 };

/* What the diff says of each event of canary: ours that it is beside, and whether they differ. */
struct told {
    int64_t beside[EVD_SIDES][EVENTS_MAX];
    bool differs[EVENTS_MAX];
};

/* The slow twin: every event takes part, and nothing is absorbed, so what the outcome does not tell of stands one by one. */
static void tell(const struct case_ *c, struct told *told)
{
    const struct evd_pair_outcome *pair = &c->outcome->pairs[0];
    uint64_t at[EVD_SIDES] = {0, 0};
    cr_assert(c->count[EVD_CANARY] < EVENTS_MAX && c->count[EVD_OURS] < EVENTS_MAX);
    for (int side = 0; side < EVD_SIDES; side++)
        for (uint64_t i = 0; i < EVENTS_MAX; i++)
            told->beside[side][i] = ALONE;
    memset(told->differs, 0, sizeof told->differs);
    for (size_t i = 0; i <= pair->divergence_count; i++) {
        const struct evd_divergence *next = i < pair->divergence_count ? &pair->divergences[i] : NULL;
        const bool is_value = next != NULL && next->class_ == EVD_CLASS_VALUE;
        const uint64_t to = (next != NULL ? evd_run_of(next, EVD_CANARY).position : c->count[EVD_CANARY]) + is_value;
        for (; at[EVD_CANARY] < to; at[EVD_CANARY]++, at[EVD_OURS]++) {
            told->beside[EVD_CANARY][at[EVD_CANARY]] = (int64_t)at[EVD_OURS];
            told->beside[EVD_OURS][at[EVD_OURS]] = (int64_t)at[EVD_CANARY];
        }
        if (is_value)
            told->differs[to - 1] = true;
        for (int side = 0; next != NULL && !is_value && side < EVD_SIDES; side++)
            at[side] += evd_run_of(next, side).count;
    }
}

static void check(const struct evd_beside *beside, const struct told *told, enum evd_side side, int64_t idx,
                  uint64_t context, unsigned seed)
{
    int64_t last[EVD_SIDES] = {-1, -1};
    size_t places = 0;
    cr_assert_leq(beside->row_count, (size_t)ROWS_MAX * 2);
    for (size_t i = 0; i < beside->row_count; i++) {
        const struct evd_beside_row *row = &beside->rows[i];
        const struct evd_event_quotation *c = &row->event[EVD_CANARY], *o = &row->event[EVD_OURS];
        for (int at = 0; at < EVD_SIDES; at++) {
            if (row->kind == (at == EVD_CANARY ? EVD_BESIDE_OURS : EVD_BESIDE_CANARY)) {
                cr_assert_eq(row->event[at].kind.length, 0, "seed %u", seed);
                continue;
            }
            cr_assert(last[at] < 0 || row->event[at].tid_event_idx == last[at] + 1, "seed %u, row %zu", seed, i);
            last[at] = row->event[at].tid_event_idx;
        }
        for (int at = 0; at < EVD_SIDES; at++)
            if (row->event[at].kind.length > 0)
                cr_assert_eq(told->beside[at][row->event[at].tid_event_idx],
                             row->event[1 - at].kind.length > 0 ? row->event[1 - at].tid_event_idx : ALONE,
                             "seed %u, row %zu: an event is not beside what the diff set it beside", seed, i);
        if (row->kind == EVD_BESIDE_EQUAL || row->kind == EVD_BESIDE_DIFFERS)
            cr_assert_eq(row->kind == EVD_BESIDE_DIFFERS, told->differs[c->tid_event_idx], "seed %u", seed);
        if (row->kind == EVD_BESIDE_EQUAL)
            cr_assert(is_equal(c, o) && row->field_count == 0, "seed %u, row %zu", seed, i);
        if (row->kind == EVD_BESIDE_DIFFERS)
            cr_assert(is_same(c->call, o->call) && !is_equal(c, o) && row->field_count == 1, "seed %u, row %zu", seed,
                      i);
        places += row->is_place;
        if (row->is_place)
            cr_assert_eq(row->event[side].tid_event_idx, idx, "seed %u", seed);
        else if (row->event[side].kind.length > 0)
            cr_assert_leq((uint64_t)llabs(row->event[side].tid_event_idx - idx), context, "seed %u", seed);
    }
    cr_assert_eq(places, 1, "seed %u: %zu places", seed, places);
}

Test(beside, is_as_the_slow_twin, .timeout = 120)
{
    size_t rows = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct case_ c;
        static struct told told;
        srand(seed);
        write_randomly(&c);
        tell(&c, &told);
        const struct evd_log *const logs[EVD_SIDES] = {c.logs[EVD_CANARY], c.logs[EVD_OURS]};
        for (int i = 0; i < 8; i++) {
            const enum evd_side side = rand() % 2 ? EVD_CANARY : EVD_OURS;
            const int64_t idx = (int64_t)((uint64_t)rand() % c.count[side]);
            const uint64_t context = rand() % 4 ? (uint64_t)rand() % 8 : EVD_BESIDE_CONTEXT_MAX;
            struct evd_beside *beside;
            struct evd_error error;
            cr_assert_eq(evd_beside_make(logs, c.outcome, side, 1, idx, context, &beside, &error), EVD_OK,
                         "seed %u: %s", seed, error.message);
            check(beside, &told, side, idx, context, seed);
            rows += beside->row_count;
            evd_beside_free(beside);
        }
        end(&c);
    }
    cr_expect_gt(rows, 10000);
}

/* What there is not is refused, and nothing is made. */
Test(beside, refuses_what_there_is_not)
{
    struct case_ c;
    struct evd_beside *beside;
    struct evd_error error;
    begin(&c);
    same(&c, 'a', 4);
    diff(&c);
    const struct evd_log *const logs[EVD_SIDES] = {c.logs[EVD_CANARY], c.logs[EVD_OURS]};
    const struct {
        int64_t tid, idx;
        uint64_t context;
        enum evd_status status;
    } CASES[] = {{1, 0, 0, EVD_OK},
                 {1, 4, EVD_BESIDE_CONTEXT_MAX, EVD_OK},
                 {1, 4, EVD_BESIDE_CONTEXT_MAX + 1, EVD_E_ARGUMENT},
                 {1, 5, 1, EVD_E_ARGUMENT},
                 {1, -1, 1, EVD_E_ARGUMENT},
                 {2, 0, 1, EVD_E_ARGUMENT}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        cr_expect_eq(
            evd_beside_make(logs, c.outcome, EVD_CANARY, CASES[i].tid, CASES[i].idx, CASES[i].context, &beside, &error),
            CASES[i].status, "case %zu", i);
        cr_expect((beside != NULL) == (CASES[i].status == EVD_OK), "case %zu", i);
        evd_beside_free(beside);
    }
    end(&c);
}
