/* What is told of events behind a first divergence: ordinals, runs that moved, families, searches that were cut short. */
#include <string.h>
#include <unistd.h>

#include "diff_case.h"

static void allocate(struct case_ *c, int side, const char *address)
{
    call(c, side, "RtlAllocateHeap", address);
}

/* Ours lacks an allocation. From where the streams meet again the n-th is the n-th again. */
Test(behind, ordinals_count_anew_from_a_meeting_point)
{
    struct case_ c;
    begin(&c);
    allocate(&c, EVD_CANARY, "1000");
    same(&c, 'a', 20);
    allocate(&c, EVD_CANARY, "2000");
    allocate(&c, EVD_OURS, "3000");
    same(&c, 'b', 20);
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->divergence_count, 1);
    cr_expect_eq(pair->divergences[0].class_, EVD_CLASS_MISSING);
    cr_expect_eq(pair->counts[EVD_CANARY].matched, 42);
    end(&c);
}

static const char HEAP_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\",\"pairing\":{\"kind\":\"kernel.call\",\"field\":\"name\",\"why\":\"w\"},"
    "\"host_heap_fields\":[{\"kind\":\"create\",\"fields\":[\"ptr\"],\"mark\":\"HEAP\",\"why\":\"w\"}],"
    "\"sid_sources\":[{\"kind\":\"create\",\"field\":\"sid\",\"many\":false,\"why\":\"w\"}],"
    "\"absorbers\":[{\"name\":\"a\",\"type\":\"floating-sid\",\"kind\":\"create\",\"column\":\"floating_create\",\"why\":\"w\"}]}";

static void create(struct case_ *c, int side, const char *sid)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"sid\":\"%s\",\"ptr\":\"0x1\"}", sid);
    append_event(&c->text[side], "create", c->tid, c->count[side]++, payload);
}

/* One that is absorbed puts canary ahead. That is one divergence, of two events that are equal otherwise, and no more. */
Test(behind, ordinals_that_are_ahead_are_one_divergence)
{
    struct case_ c;
    char path[MEMORY_PATH_BYTES];
    const int file = memory_file(HEAP_RULES, strlen(HEAP_RULES), path);
    begin_with(&c, path);
    same(&c, 'a', 20);
    create(&c, EVD_CANARY, "shared");
    for (char letter = 'b'; letter <= 'd'; letter++) {
        same(&c, letter, 20);
        create(&c, EVD_CANARY, "own");
        create(&c, EVD_OURS, "own");
    }
    begin_thread(&c);
    create(&c, EVD_CANARY, "shared");
    create(&c, EVD_OURS, "shared");
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->counts[EVD_CANARY].absorbed, 1);
    cr_assert_eq(pair->divergence_count, 1);
    cr_expect_eq(pair->divergences[0].class_, EVD_CLASS_VALUE);
    cr_expect_eq(evd_run_of(&pair->divergences[0], EVD_CANARY).first_idx, 42);
    cr_expect_eq(pair->counts[EVD_CANARY].matched, 83);
    end(&c);
    close(file);
}

static void expect_text(struct evd_text text, const char *expected)
{
    cr_expect(text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0, "%.*s is not %s",
              (int)text.length, text.bytes, expected);
}

/* Events before a divergence are quoted as they stood: each mark has the number of its place. */
Test(behind, quoted_events_have_the_ordinals_of_their_place)
{
    struct case_ c;
    char path[MEMORY_PATH_BYTES];
    const int file = memory_file(HEAP_RULES, strlen(HEAP_RULES), path);
    begin_with(&c, path);
    for (int i = 0; i < 3; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            create(&c, side, "own");
    differing(&c, "f", "1", "2");
    for (int side = 0; side < EVD_SIDES; side++)
        create(&c, side, "own");
    const struct evd_first_divergence *divergence = diff(&c)->divergence;
    cr_assert_eq(divergence->context_count, 4);
    for (int side = 0; side < EVD_SIDES; side++) {
        expect_text(divergence->context[1][side].value, "{\"sid\": \"own\", \"ptr\": \"<HEAP_create_ptr_0>\"}");
        expect_text(divergence->context[3][side].value, "{\"sid\": \"own\", \"ptr\": \"<HEAP_create_ptr_2>\"}");
        expect_text(divergence->next[side].value, "{\"sid\": \"own\", \"ptr\": \"<HEAP_create_ptr_3>\"}");
    }
    end(&c);
    close(file);
}

/* A payload that is not there is an empty one; one that is null is shown so. */
Test(behind, events_without_a_payload_are_quoted)
{
    struct case_ c;
    begin(&c);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_format(&c.text[side], "{\"kind\":\"x\",\"tid\":1,\"tid_event_idx\":%d}\n", 1);
        append_event(&c.text[side], "x", c.tid, 2, "null");
        c.count[side] = 3;
    }
    differing(&c, "f", "1", "2");
    const struct evd_first_divergence *divergence = diff(&c)->divergence;
    cr_assert_eq(divergence->context_count, 3);
    expect_text(divergence->context[1][EVD_OURS].value, "{}");
    expect_text(divergence->context[2][EVD_OURS].value, "null");
    end(&c);
}

static void critical_section(struct case_ *c, int side, const char *name)
{
    static const char *const KINDS[] = {"import.call", "kernel.call", "kernel.return"};
    char payload[64];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    for (int i = 0; i < 3; i++)
        append_event(&c->text[side], KINDS[i], c->tid, c->count[side]++, payload);
}

/* An event behind one that is replaced says little, but the streams are in step: the walk goes on from there, and
 * absorbs what it absorbs elsewhere. */
Test(behind, streams_in_step_meet_at_any_event)
{
    struct case_ c;
    begin(&c);
    call(&c, EVD_CANARY, "x", "0");
    call(&c, EVD_OURS, "y", "0");
    both(&c, "c", "0");
    critical_section(&c, EVD_CANARY, "RtlEnterCriticalSection");
    critical_section(&c, EVD_CANARY, "RtlLeaveCriticalSection");
    critical_section(&c, EVD_CANARY, "RtlLeaveCriticalSection");
    critical_section(&c, EVD_OURS, "RtlLeaveCriticalSection");
    same(&c, 'a', 20);
    const struct evd_pair_outcome *pair = diff(&c);
    cr_expect_eq(pair->divergence_count, 1);
    cr_expect_eq(count_class(pair, EVD_CLASS_REPLACED), 1);
    cr_expect_eq(pair->counts[EVD_CANARY].absorbed, 6);
    end(&c);
}

/* How far a meeting is away counts from the end of the one before: two events that tell 12 bits, 1 and 7 events behind
 * 30 that match, are one. */
Test(behind, a_meeting_counts_its_distance_from_the_end_of_the_last)
{
    struct case_ c;
    char value[16];
    begin(&c);
    fresh(&c, EVD_CANARY, "f", 1);
    fresh(&c, EVD_OURS, "f", 1);
    for (unsigned i = 0; i < 32; i++) {
        if (i == 30) {
            fresh(&c, EVD_CANARY, "f", 1);
            fresh(&c, EVD_OURS, "f", 7);
        }
        snprintf(value, sizeof value, "%u", i);
        both(&c, "f", value);
    }
    fresh(&c, EVD_CANARY, "f", 27);
    fresh(&c, EVD_OURS, "f", 27);
    cr_expect_eq(diff(&c)->counts[EVD_CANARY].matched - 1, 32);
    end(&c);
}

static void run(struct case_ *c, int side)
{
    call(c, side, "run0", "0");
    call(c, side, "run1", "0");
    call(c, side, "run2", "0");
}

/* Canary's run comes later in ours. */
static void move_run(struct case_ *c)
{
    same(c, 'a', 20);
    run(c, EVD_CANARY);
    same(c, 'b', 20);
    run(c, EVD_OURS);
    same(c, 'c', 20);
}

/* What moved nearby is accounted for: the same run that another thread lacks was not done there. */
Test(behind, a_run_that_moved_answers_for_no_other)
{
    struct case_ c;
    begin(&c);
    move_run(&c);
    begin_thread(&c);
    same(&c, 'a', 20);
    run(&c, EVD_CANARY);
    same(&c, 'b', 20);
    begin_thread(&c);
    same(&c, 'a', 20);
    run(&c, EVD_OURS);
    same(&c, 'b', 20);
    diff(&c);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(c.outcome->pairs[i].divergence_count, 1);
    cr_assert_eq(c.outcome->pairs[0].divergences[0].class_, EVD_CLASS_REORDERED);
    cr_expect_eq(c.outcome->pairs[1].divergences[0].cause, EVD_CAUSE_NONE);
    cr_assert_eq(c.outcome->pairs[2].divergences[0].cause, EVD_CAUSE_MOVED);
    cr_expect_eq(evd_cause_of(c.outcome, 2, 0).pair, 1);
    end(&c);
}

/* A run that moved and one that is missing are no family, although they are the same events behind the same ones. */
Test(behind, a_run_that_moved_is_of_another_family_than_one_that_is_missing)
{
    struct case_ c;
    begin(&c);
    move_run(&c);
    begin_thread(&c);
    same(&c, 'a', 20);
    run(&c, EVD_CANARY);
    same(&c, 'b', 20);
    diff(&c);
    cr_assert_eq(c.outcome->pairs[0].divergences[0].class_, EVD_CLASS_REORDERED);
    cr_assert_eq(c.outcome->pairs[1].divergences[0].class_, EVD_CLASS_MISSING);
    cr_expect_eq(c.outcome->family_count, 2);
    end(&c);
}

/* What engines do in their own time takes no part in what a family is. */
Test(behind, engine_local_events_before_a_divergence_make_no_other_family)
{
    struct case_ c;
    begin(&c);
    same(&c, 'a', 20);
    differing(&c, "f", "1", "2");
    same(&c, 'b', 20);
    for (int side = 0; side < EVD_SIDES; side++)
        append_event(&c.text[side], "contention.observed", c.tid, c.count[side]++, "{}");
    differing(&c, "f", "1", "2");
    same(&c, 'c', 20);
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->divergence_count, 2);
    cr_assert_eq(pair->counts[EVD_CANARY].engine_local, 1);
    cr_expect_eq(c.outcome->family_count, 1);
    end(&c);
}

/* Another path right before canary's end explains much, but not that ours goes on. */
Test(behind, that_a_stream_ends_has_no_cause)
{
    struct case_ c;
    begin(&c);
    same(&c, 'a', 20);
    fresh(&c, EVD_CANARY, "other", 10);
    same(&c, 'b', 10);
    fresh(&c, EVD_OURS, "more", 5);
    const struct evd_pair_outcome *pair = diff(&c);
    cr_assert_eq(pair->divergence_count, 2);
    cr_assert_eq(pair->divergences[0].class_, EVD_CLASS_MISSING);
    cr_assert_eq(pair->divergences[1].class_, EVD_CLASS_TRUNCATED);
    cr_expect_eq(pair->divergences[1].cause, EVD_CAUSE_NONE);
    end(&c);
}

static void expect_order(const struct case_ *c, const char *first, const char *second)
{
    const struct evd_family *families = c->outcome->families;
    cr_assert_eq(c->outcome->root_family_count, 2);
    cr_assert_eq(families[0].suspicion.total, families[1].suspicion.total);
    expect_text(families[0].call, first);
    expect_text(families[1].call, second);
}

/* Two threads that are equal but for one event; more matches behind the second one's. */
Test(behind, of_equal_suspicion_the_family_of_more_weight_is_told_first)
{
    struct case_ c;
    begin(&c);
    same(&c, 'a', 200);
    differing(&c, "f", "1", "2");
    same(&c, 'b', 100);
    begin_thread(&c);
    same(&c, 'c', 200);
    differing(&c, "g", "3", "4");
    same(&c, 'd', 150);
    diff(&c);
    expect_order(&c, "g", "f");
    cr_expect_gt(c.outcome->families[0].weight, c.outcome->families[1].weight);
    end(&c);
}

/* The same with equal weights; the second thread's divergence has another one that follows from it. */
Test(behind, of_equal_weight_the_family_that_leads_to_more_is_told_first)
{
    struct case_ c;
    begin(&c);
    same(&c, 'a', 200);
    differing(&c, "f", "100", "200");
    same(&c, 'b', 200);
    begin_thread(&c);
    same(&c, 'c', 200);
    differing(&c, "g", "300", "400");
    same(&c, 'd', 100);
    differing(&c, "h", "300", "400");
    same(&c, 'e', 100);
    diff(&c);
    expect_order(&c, "g", "f");
    cr_expect_eq(c.outcome->families[0].weight, c.outcome->families[1].weight);
    end(&c);
}

/* Two stretches of one call each that ours has in the other order: 2 * length events differ, and a search follows 1,024
 * from either end. In how many searches more were needed. */
static uint64_t searches_cut_short(unsigned length, bool are_equal)
{
    struct case_ c;
    begin(&c);
    for (int side = 0; side < EVD_SIDES; side++)
        for (int part = 0; part < 2; part++) {
            const char *name = part == side ? "f" : "g";
            if (!are_equal)
                fresh(&c, side, name, length);
            for (unsigned i = 0; are_equal && i < length; i++)
                call(&c, side, name, "0");
        }
    const uint64_t count = diff(&c)->searches_cut_short;
    end(&c);
    return count;
}

Test(behind, searches_that_were_cut_short_are_counted)
{
    cr_expect_eq(searches_cut_short(1024, true), 0);
    cr_expect_gt(searches_cut_short(1025, true), 0);
    cr_expect_eq(searches_cut_short(1024, false), 0, "in a gap, where calls are aligned");
    cr_expect_gt(searches_cut_short(1025, false), 0);
}
