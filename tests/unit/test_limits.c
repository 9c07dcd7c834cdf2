/* Numbers that docs/divergences.md and docs/rules.md state about a diff: each has a case at its limit and one beyond. */
#include "diff_case.h"

/* ---- meeting points ---- */

/* Canary and ours have `before[side]` events of their own, then `met` that both have, then their own again, `total` in
 * all. All are one call: where the streams do not meet they are compared one by one, and none is equal. Returns
 * how many events behind the first one match. */
static uint64_t count_met(const unsigned before[EVD_SIDES], unsigned met, unsigned total)
{
    struct case_ c;
    char value[16];
    begin(&c);
    for (int side = 0; side < EVD_SIDES; side++)
        fresh(&c, side, "f", before[side]);
    for (unsigned i = 0; i < met; i++) {
        snprintf(value, sizeof value, "%u", i);
        both(&c, "f", value);
    }
    const unsigned rest = total - before[0] - before[1] - 2 * met;
    fresh(&c, EVD_CANARY, "f", rest / 2);
    fresh(&c, EVD_OURS, "f", rest - rest / 2);
    const uint64_t matched = diff(&c)->counts[EVD_CANARY].matched - 1;
    end(&c);
    return matched;
}

/* Two events that occur once a side tell 2 * (log2 total - 1) bits: 10 of 64 events. They must tell 6, which is 1 in 64, and
 * log2 of the distance on each side, plus one. */
Test(limits, a_meeting_tells_one_in_64_and_its_distance)
{
    cr_expect_eq(count_met((const unsigned[]){1, 7}, 2, 64), 2, "6 + 1 + 3 bits are told");
    cr_expect_eq(count_met((const unsigned[]){7, 1}, 2, 64), 2, "on the other side");
    cr_expect_eq(count_met((const unsigned[]){1, 8}, 2, 64), 0, "a little more is not");
    cr_expect_eq(count_met((const unsigned[]){8, 1}, 2, 64), 0);
    cr_expect_eq(count_met((const unsigned[]){2, 7}, 2, 64), 0);
    cr_expect_eq(count_met((const unsigned[]){7, 2}, 2, 64), 0);
    cr_expect_eq(count_met((const unsigned[]){1, 7}, 2, 63), 0, "nor when fewer events surround them");
    /* Between powers of two log2 is a straight line: of 91 events 10.84 bits are told. */
    cr_expect_eq(count_met((const unsigned[]){1, 13}, 2, 91), 2, "6 + 1 + 3.75");
    cr_expect_eq(count_met((const unsigned[]){1, 14}, 2, 91), 0, "6 + 1 + 3.88");
}

/* One tells enough here, were two not asked for. */
Test(limits, a_meeting_has_two_events)
{
    cr_expect_eq(count_met((const unsigned[]){1, 3}, 1, 4096), 0);
    cr_expect_eq(count_met((const unsigned[]){1, 3}, 2, 4096), 2);
}

/* The same event over and over tells next to nothing. Where the streams meet, all of them match and only one event is
 * extra; else they are compared in step, and one is left over. */
Test(limits, sixty_four_events_in_a_row_are_a_meeting)
{
    for (unsigned count = 63; count <= 64; count++) {
        struct case_ c;
        begin(&c);
        fresh(&c, EVD_CANARY, "f", 1);
        fresh(&c, EVD_OURS, "f", 2);
        for (unsigned i = 0; i < count; i++)
            both(&c, "f", "0");
        const struct evd_pair_outcome *pair = diff(&c);
        cr_expect_eq(pair->counts[EVD_CANARY].matched - 1, count == 64 ? 64 : 62, "%u", count);
        cr_expect_eq(count_class(pair, EVD_CLASS_EXTRA), count == 64, "%u", count);
        cr_expect_eq(count_class(pair, EVD_CLASS_TRUNCATED), count == 63, "%u", count);
        end(&c);
    }
}

/* ---- gaps ---- */

/* A run that ours has later, behind `between` events. */
static bool has_moved(unsigned run, unsigned between)
{
    struct case_ c;
    char name[16];
    begin(&c);
    for (unsigned i = 0; i < run; i++) {
        snprintf(name, sizeof name, "moved%u", i);
        call(&c, EVD_CANARY, name, "0");
    }
    same(&c, 'a', between);
    for (unsigned i = 0; i < run; i++) {
        snprintf(name, sizeof name, "moved%u", i);
        call(&c, EVD_OURS, name, "0");
    }
    same(&c, 'b', 20);
    const struct evd_pair_outcome *pair = diff(&c);
    const bool is_one = pair->divergence_count == 1 && count_class(pair, EVD_CLASS_REORDERED) == 1;
    cr_expect(is_one || (count_class(pair, EVD_CLASS_MISSING) == 1 && count_class(pair, EVD_CLASS_EXTRA) == 1));
    end(&c);
    return is_one;
}

Test(limits, a_run_has_moved_within_64_events_and_16_more_for_each_of_its_own)
{
    cr_expect(has_moved(1, 80));
    cr_expect_not(has_moved(1, 81));
    cr_expect(has_moved(3, 112));
    cr_expect_not(has_moved(3, 113));
}

/* A run answers for one other: of two that are extra and one that is missing, one has moved. */
Test(limits, a_run_moves_once)
{
    struct case_ c;
    begin(&c);
    call(&c, EVD_CANARY, "moved", "0");
    same(&c, 'a', 20);
    call(&c, EVD_OURS, "moved", "0");
    same(&c, 'b', 20);
    call(&c, EVD_OURS, "moved", "0");
    same(&c, 'c', 20);
    const struct evd_pair_outcome *pair = diff(&c);
    cr_expect_eq(pair->divergence_count, 2);
    cr_expect_eq(count_class(pair, EVD_CLASS_REORDERED), 1);
    cr_expect_eq(count_class(pair, EVD_CLASS_EXTRA), 1);
    end(&c);
}

/* In a gap without an equal event one call is on both sides, `before[side]` events behind its beginning, in step with neither end;
 * true when the two are taken for the same call, which returns another value. */
static bool are_counterparts(const unsigned before[EVD_SIDES], const unsigned behind[EVD_SIDES])
{
    struct case_ c;
    char name[16];
    begin(&c);
    for (int side = 0; side < EVD_SIDES; side++) {
        for (unsigned i = 0; i < before[side]; i++) {
            snprintf(name, sizeof name, "%c%u", side ? 'o' : 'c', i);
            call(&c, side, name, "0");
        }
        call(&c, side, "f", side ? "1" : "2");
        for (unsigned i = 0; i < behind[side]; i++) {
            snprintf(name, sizeof name, "%c%u", side ? 'p' : 'd', i);
            call(&c, side, name, "0");
        }
    }
    const struct evd_pair_outcome *pair = diff(&c);
    const bool are_paired = count_class(pair, EVD_CLASS_VALUE) == 1;
    cr_expect(are_paired || pair->divergence_count == 1);
    end(&c);
    return are_paired;
}

/* One call of 1,024 that is there once a side tells 9 bits: 6, and log2 of the distance on each side, plus one. In step
 * with the beginning or the end it need tell nothing. */
Test(limits, a_call_in_a_gap_is_the_same_by_what_it_tells_or_by_its_place)
{
    cr_expect(are_counterparts((const unsigned[]){1, 3}, (const unsigned[]){500, 518}));
    cr_expect(are_counterparts((const unsigned[]){3, 1}, (const unsigned[]){518, 500}));
    cr_expect_not(are_counterparts((const unsigned[]){1, 4}, (const unsigned[]){500, 517}));
    cr_expect_not(are_counterparts((const unsigned[]){4, 1}, (const unsigned[]){517, 500}));
    cr_expect_not(are_counterparts((const unsigned[]){1, 3}, (const unsigned[]){500, 517}));
    cr_expect(are_counterparts((const unsigned[]){4, 4}, (const unsigned[]){1, 2}), "in step with the beginning");
    cr_expect(are_counterparts((const unsigned[]){3, 4}, (const unsigned[]){2, 2}), "in step with the end");
    cr_expect_not(are_counterparts((const unsigned[]){3, 4}, (const unsigned[]){1, 2}));
}

/* ---- causes ---- */

/* Where one side took another path of `path` events, a divergence behind `between` events that match. */
static enum evd_cause cause_behind(unsigned path, unsigned between)
{
    struct case_ c;
    begin(&c);
    fresh(&c, EVD_CANARY, "missing", path);
    same(&c, 'a', between);
    differing(&c, "f", "1", "2");
    same(&c, 'b', 20);
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->divergence_count, 2);
    cr_assert_eq(pair->divergences[0].matched_after, between);
    const enum evd_cause cause = pair->divergences[1].cause;
    end(&c);
    return cause;
}

Test(limits, streams_are_in_step_again_when_2_events_match_for_each_of_the_path_4_to_128)
{
    static const unsigned ENOUGH[][2] = {{1, 4}, {2, 4}, {3, 6}, {10, 20}, {64, 128}, {65, 128}, {100, 128}};
    for (size_t i = 0; i < sizeof ENOUGH / sizeof ENOUGH[0]; i++) {
        cr_expect_eq(cause_behind(ENOUGH[i][0], ENOUGH[i][1] - 1), EVD_CAUSE_CLOSE, "%u", ENOUGH[i][0]);
        cr_expect_eq(cause_behind(ENOUGH[i][0], ENOUGH[i][1]), EVD_CAUSE_NONE, "%u", ENOUGH[i][0]);
    }
}

/* The cause of a divergence whose two values those of an earlier one of another call are, or as far apart. */
static enum evd_cause cause_of_values(const char *const first[EVD_SIDES], const char *const second[EVD_SIDES])
{
    struct case_ c;
    begin(&c);
    differing(&c, "f", first[EVD_CANARY], first[EVD_OURS]);
    same(&c, 'a', 200);
    differing(&c, "g", second[EVD_CANARY], second[EVD_OURS]);
    same(&c, 'b', 20);
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->divergence_count, 2);
    const enum evd_cause cause = pair->divergences[1].cause;
    end(&c);
    return cause;
}

static enum evd_cause cause_handed_on(const char *canary, const char *ours)
{
    const char *const values[EVD_SIDES] = {canary, ours};
    return cause_of_values(values, values);
}

Test(limits, numbers_tell_from_16_on)
{
    cr_expect_eq(cause_handed_on("16", "17"), EVD_CAUSE_VALUE);
    cr_expect_eq(cause_handed_on("17", "16"), EVD_CAUSE_VALUE);
    cr_expect_eq(cause_handed_on("15", "17"), EVD_CAUSE_NONE);
    cr_expect_eq(cause_handed_on("17", "15"), EVD_CAUSE_NONE);
    cr_expect_eq(cause_handed_on("-17", "17"), EVD_CAUSE_VALUE);
    cr_expect_eq(cause_handed_on("-16", "17"), EVD_CAUSE_NONE);
    cr_expect_eq(cause_handed_on("-15", "17"), EVD_CAUSE_NONE);
    cr_expect_eq(cause_handed_on("17", "-15"), EVD_CAUSE_NONE);
    cr_expect_eq(cause_handed_on("\"0x10\"", "\"0x11\""), EVD_CAUSE_VALUE);
    cr_expect_eq(cause_handed_on("\"0xf\"", "\"0x11\""), EVD_CAUSE_NONE);
}

Test(limits, texts_tell_from_6_characters_on)
{
    cr_expect_eq(cause_handed_on("\"sixsix\"", "\"others\""), EVD_CAUSE_VALUE);
    cr_expect_eq(cause_handed_on("\"five5\"", "\"others\""), EVD_CAUSE_NONE);
    cr_expect_eq(cause_handed_on("\"others\"", "\"five5\""), EVD_CAUSE_NONE);
}

Test(limits, addresses_from_64_kib_on_shift_together)
{
    cr_expect_eq(cause_of_values((const char *const[]){"\"0x10000\"", "\"0x10010\""},
                                 (const char *const[]){"\"0x20000\"", "\"0x20010\""}),
                 EVD_CAUSE_OFFSET);
    cr_expect_eq(cause_of_values((const char *const[]){"\"0x20000\"", "\"0x20010\""},
                                 (const char *const[]){"\"0xffff\"", "\"0x1000f\""}),
                 EVD_CAUSE_NONE);
    cr_expect_eq(cause_of_values((const char *const[]){"\"0x20000\"", "\"0x20010\""},
                                 (const char *const[]){"\"0x20100\"", "\"0x20111\""}),
                 EVD_CAUSE_NONE, "not as far apart");
}

/* Of two divergences that are 16 bytes ahead, canary's address in the second. */
static enum evd_cause cause_of_offset_at(const char *canary, const char *ours)
{
    return cause_of_values((const char *const[]){"\"0x80000\"", "\"0x80010\""}, (const char *const[]){canary, ours});
}

Test(limits, addresses_of_one_mib_shift_together)
{
    cr_expect_eq(cause_of_offset_at("\"0xffff0\"", "\"0x100000\""), EVD_CAUSE_OFFSET);
    cr_expect_eq(cause_of_offset_at("\"0x100000\"", "\"0x100010\""), EVD_CAUSE_NONE);
}

/* Numbers below zero are addresses at the upper end. */
Test(limits, addresses_below_zero_shift_together_up_to_64_kib_from_the_end)
{
    static const char *const FIRST[] = {"-131072", "-131088"};
    cr_expect_eq(cause_of_values(FIRST, (const char *const[]){"-65536", "-65552"}), EVD_CAUSE_OFFSET);
    cr_expect_eq(cause_of_values(FIRST, (const char *const[]){"-65535", "-65551"}), EVD_CAUSE_NONE);
}

/* ---- suspicion ---- */

/* What it counts for that events match before and behind a thread's one divergence, in 1/256. Canary's stream goes on for
 * `goes_on` events behind those; then that is the divergence. */
static int32_t agreement(unsigned before, unsigned behind, unsigned goes_on)
{
    struct case_ c;
    begin(&c);
    same(&c, 'a', before - 1); /* and the one that a thread begins with */
    if (goes_on == 0)
        differing(&c, "f", "1", "2");
    same(&c, 'b', behind);
    fresh(&c, EVD_CANARY, "f", goes_on);
    cr_assert_eq(diff(&c)->divergence_count, 1);
    cr_assert_eq(c.outcome->root_family_count, 1);
    const int32_t points = c.outcome->families[0].suspicion.points[EVD_EVIDENCE_AGREEMENT];
    end(&c);
    return points;
}

Test(limits, sixty_three_events_that_match_are_6_points)
{
    cr_expect_eq(agreement(100, 3, 0), 2 * EVD_POINT);
    cr_expect_lt(agreement(100, 62, 0), 6 * EVD_POINT);
    cr_expect_eq(agreement(100, 63, 0), 6 * EVD_POINT);
    cr_expect_eq(agreement(100, 200, 0), 6 * EVD_POINT);
}

Test(limits, events_that_canary_goes_on_for_count_as_such_that_match)
{
    cr_expect_eq(agreement(100, 1, 1), 1 * EVD_POINT);
    cr_expect_eq(agreement(100, 1, 3), 2 * EVD_POINT);
    cr_expect_eq(agreement(100, 1, 100), 6 * EVD_POINT);
}

/* ---- more causes ---- */

/* A run that is missing in one thread and extra in another. */
static enum evd_cause cause_of_run_elsewhere(unsigned run)
{
    struct case_ c;
    char name[16];
    for (int thread = 0; thread < 2; thread++) {
        if (thread == 0)
            begin(&c);
        else
            begin_thread(&c);
        same(&c, 'a', 20);
        for (unsigned i = 0; i < run; i++) {
            snprintf(name, sizeof name, "run%u", i);
            call(&c, thread == 0 ? EVD_CANARY : EVD_OURS, name, "0");
        }
        same(&c, 'b', 20);
    }
    diff(&c);
    cr_assert_eq(c.outcome->pairs[1].divergence_count, 1);
    const enum evd_cause cause = c.outcome->pairs[1].divergences[0].cause;
    end(&c);
    return cause;
}

Test(limits, a_run_of_3_events_is_done_elsewhere)
{
    cr_expect_eq(cause_of_run_elsewhere(3), EVD_CAUSE_MOVED);
    cr_expect_eq(cause_of_run_elsewhere(2), EVD_CAUSE_NONE);
}

/* A family of `count` divergences, `following` of which hand values of another family on. */
static size_t count_roots(unsigned following, unsigned count)
{
    struct case_ c;
    char canary[16], ours[16];
    begin(&c);
    same(&c, 'z', 2);
    for (unsigned i = 0; i < count; i++) {
        snprintf(canary, sizeof canary, "%u", 100 + i);
        snprintf(ours, sizeof ours, "%u", 200 + i);
        differing(&c, "f", canary, ours);
        same(&c, (char)('a' + i), 10);
    }
    for (unsigned i = 0; i < count; i++) {
        snprintf(canary, sizeof canary, "%u", (i < following ? 100 : 300) + i);
        snprintf(ours, sizeof ours, "%u", (i < following ? 200 : 400) + i);
        differing(&c, "g", canary, ours);
        same(&c, (char)('m' + i), 10);
    }
    diff(&c);
    cr_assert_eq(c.outcome->family_count, 2);
    const size_t roots = c.outcome->root_family_count;
    end(&c);
    return roots;
}

Test(limits, a_family_follows_when_three_quarters_of_it_do)
{
    cr_expect_eq(count_roots(3, 4), 1);
    cr_expect_eq(count_roots(2, 4), 2);
    cr_expect_eq(count_roots(6, 8), 1);
    cr_expect_eq(count_roots(5, 8), 2);
}

/* ---- looks, samples, context ---- */

static void tell_families(struct case_ *c, unsigned count)
{
    char name[16], ours[16];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "f%u", i);
        snprintf(ours, sizeof ours, "%u", 200 + i);
        differing(c, name, "1", ours);
        same(c, (char)('a' + i), 200);
    }
}

Test(limits, three_root_families_are_looked_at_first)
{
    for (unsigned count = 2; count <= 4; count++) {
        struct case_ c;
        begin(&c);
        tell_families(&c, count);
        diff(&c);
        cr_assert_eq(c.outcome->root_family_count, count);
        cr_expect_eq(c.outcome->look_count, count < 3 ? count : 3);
        end(&c);
    }
}

Test(limits, three_values_of_a_family_are_kept)
{
    for (unsigned count = 2; count <= 4; count++) {
        struct case_ c;
        char ours[16];
        begin(&c);
        same(&c, 'z', 2);
        for (unsigned i = 0; i < count; i++) {
            snprintf(ours, sizeof ours, "%u", 200 + i);
            differing(&c, "f", "1", ours);
            same(&c, (char)('a' + i), 10);
            differing(&c, "f", "1", ours);
            same(&c, (char)('m' + i), 10);
        }
        diff(&c);
        cr_assert_eq(c.outcome->family_count, 1);
        cr_expect_eq(c.outcome->families[0].sample_count, count < 3 ? count : 3);
        end(&c);
    }
}

Test(limits, five_events_before_a_divergence_and_one_behind_are_quoted)
{
    for (unsigned before = 3; before <= 6; before++)
        for (unsigned behind = 0; behind <= 1; behind++) {
            struct case_ c;
            begin(&c);
            same(&c, 'a', before - 1); /* and the one that a thread begins with */
            differing(&c, "f", "1", "2");
            same(&c, 'b', behind);
            const struct evd_pair_outcome *pair = diff(&c);
            cr_assert(pair->is_diverged);
            cr_expect_eq(pair->divergence->context_count, before < 5 ? before : 5);
            for (int side = 0; side < EVD_SIDES; side++) {
                cr_expect_eq(pair->divergence->has_next[side], behind == 1);
                for (size_t i = 0; i < pair->divergence->context_count; i++)
                    cr_expect_eq(pair->divergence->context[i][side].tid_event_idx,
                                 (int64_t)(before - pair->divergence->context_count + i));
            }
            end(&c);
        }
}

/* ---- absorbers ---- */

static void critical_section(struct case_ *c, int side, const char *name)
{
    static const char *const KINDS[] = {"import.call", "kernel.call", "kernel.return"};
    char payload[64];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    for (int i = 0; i < 3; i++)
        append_event(&c->text[side], KINDS[i], c->tid, c->count[side]++, payload);
}

Test(limits, nested_cs_skips_32_blocks)
{
    for (unsigned blocks = 31; blocks <= 33; blocks++) {
        struct case_ c;
        begin(&c);
        for (unsigned i = 0; i < blocks; i++) {
            critical_section(&c, EVD_CANARY, "RtlEnterCriticalSection");
            critical_section(&c, EVD_CANARY, "RtlLeaveCriticalSection");
        }
        critical_section(&c, EVD_CANARY, "RtlLeaveCriticalSection");
        critical_section(&c, EVD_OURS, "RtlLeaveCriticalSection");
        same(&c, 'a', 3);
        const struct evd_pair_outcome *pair = diff(&c);
        cr_expect_eq(pair->is_diverged, blocks > 32, "%u", blocks);
        if (blocks <= 32)
            cr_expect_eq(pair->counts[EVD_CANARY].absorbed, 6 * blocks);
        end(&c);
    }
}
