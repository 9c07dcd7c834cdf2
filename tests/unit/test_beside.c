/* The events around a place, aligned: whatever two logs hold, rows are in order, tell each event once, and as many of them are
 * equal as a slow twin finds. */
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

/* The length of the longest common subsequence of both sides' events, row by row of the textbook's table. */
static size_t count_equal(const struct evd_beside *beside)
{
    static size_t table[ROWS_MAX][ROWS_MAX];
    const struct evd_event_quotation *events[EVD_SIDES][ROWS_MAX];
    size_t count[EVD_SIDES] = {0, 0};
    for (size_t i = 0; i < beside->row_count; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            if (beside->rows[i].kind != (side == EVD_CANARY ? EVD_BESIDE_OURS : EVD_BESIDE_CANARY))
                events[side][count[side]++] = &beside->rows[i].event[side];
    for (size_t i = 0; i <= count[EVD_CANARY]; i++)
        for (size_t j = 0; j <= count[EVD_OURS]; j++) {
            if (i == 0 || j == 0)
                table[i][j] = 0;
            else if (is_equal(events[EVD_CANARY][i - 1], events[EVD_OURS][j - 1]))
                table[i][j] = table[i - 1][j - 1] + 1;
            else
                table[i][j] = table[i - 1][j] > table[i][j - 1] ? table[i - 1][j] : table[i][j - 1];
        }
    return table[count[EVD_CANARY]][count[EVD_OURS]];
}

static void check(const struct evd_beside *beside, enum evd_side side, int64_t idx, uint64_t context, unsigned seed)
{
    int64_t last[EVD_SIDES] = {-1, -1};
    size_t equal = 0, places = 0;
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
        if (row->kind == EVD_BESIDE_EQUAL)
            cr_assert(is_equal(c, o) && row->field_count == 0, "seed %u, row %zu", seed, i);
        if (row->kind == EVD_BESIDE_DIFFERS)
            cr_assert(is_same(c->call, o->call) && !is_equal(c, o) && row->field_count == 1, "seed %u, row %zu", seed,
                      i);
        equal += row->kind == EVD_BESIDE_EQUAL;
        places += row->is_place;
        if (row->is_place)
            cr_assert_eq(row->event[side].tid_event_idx, idx, "seed %u", seed);
        else if (row->event[side].kind.length > 0)
            cr_assert_leq((uint64_t)llabs(row->event[side].tid_event_idx - idx), context, "seed %u", seed);
    }
    cr_assert_eq(places, 1, "seed %u: %zu places", seed, places);
    cr_assert_eq(equal, count_equal(beside), "seed %u", seed);
}

Test(beside, is_as_the_slow_twin, .timeout = 120)
{
    size_t rows = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct case_ c;
        srand(seed);
        write_randomly(&c);
        const struct evd_log *const logs[EVD_SIDES] = {c.logs[EVD_CANARY], c.logs[EVD_OURS]};
        for (int i = 0; i < 8; i++) {
            const enum evd_side side = rand() % 2 ? EVD_CANARY : EVD_OURS;
            const int64_t idx = (int64_t)((uint64_t)rand() % c.count[side]);
            const uint64_t context = rand() % 4 ? (uint64_t)rand() % 8 : EVD_BESIDE_CONTEXT_MAX;
            struct evd_beside *beside;
            struct evd_error error;
            cr_assert_eq(evd_beside_make(logs, c.outcome, side, 1, idx, context, &beside, &error), EVD_OK,
                         "seed %u: %s", seed, error.message);
            check(beside, side, idx, context, seed);
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
