/* Hints: each at its limit, and one below. */
#include <stdlib.h>
#include <string.h>

#include "diff/hints.h"
#include "diff_case.h"

static void diff_with(struct case_ *c, const struct evd_diff_options *options)
{
    struct evd_error error;
    for (int side = 0; side < EVD_SIDES; side++)
        if (c->logs[side] == NULL)
            c->logs[side] = memory_log(&c->text[side], c->rules);
    evd_outcome_free(c->outcome);
    cr_assert_eq(evd_diff(c->logs[0], c->logs[1], options, &c->outcome, &error), EVD_OK, "%s", error.message);
}

static const struct evd_hint *hint_of(const struct case_ *c, enum evd_hint_kind kind)
{
    for (size_t i = 0; i < c->outcome->hint_count; i++)
        if (c->outcome->hints[i].kind == kind)
            return &c->outcome->hints[i];
    return NULL;
}

/* So many pairs of threads, of which so many part when `matched` of their events do. */
static void write_pairs(struct case_ *c, unsigned count, unsigned parting, unsigned matched)
{
    *c = (struct case_){0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &c->rules, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_string(&c->text[side], LOG_HEADER);
    for (unsigned i = 0; i < count; i++) {
        begin_thread(c);
        same(c, 'a', matched - 1);
        if (i < parting)
            differing(c, "parts", "1", "2");
        same(c, 'b', 10);
    }
}

static void expect_similarity(unsigned count, unsigned parting, unsigned matched, bool is_hinted)
{
    struct case_ c;
    write_pairs(&c, count, parting, matched);
    struct evd_diff_options options = {.resync = true};
    diff_with(&c, &options);
    const struct evd_hint *hint = hint_of(&c, EVD_HINT_SIMILARITY);
    cr_expect_eq(hint != NULL, is_hinted, "%u of %u, %u matched", parting, count, matched);
    if (hint != NULL)
        cr_expect(hint->part == parting && hint->whole == count && hint->name.length == 0);
    options.resync = false;
    diff_with(&c, &options);
    cr_expect_eq(hint_of(&c, EVD_HINT_SIMILARITY) != NULL, is_hinted);
    options.pairing = EVD_PAIR_SIMILARITY;
    diff_with(&c, &options);
    cr_expect_eq(c.outcome->hint_count, 0);
    const struct evd_tid_pair map[] = {{1, 1}, {2, 2}, {3, 3}};
    options = (struct evd_diff_options){.tid_map = map, .tid_map_count = 3};
    diff_with(&c, &options);
    cr_expect_eq(c.outcome->hint_count, 0);
    end(&c);
}

Test(hints, at_similarity_where_three_pairs_and_a_quarter_part_within_four_events)
{
    expect_similarity(12, 3, 3, true);
    expect_similarity(12, 2, 3, false);
    expect_similarity(13, 3, 3, false);
    expect_similarity(16, 4, 3, true);
    expect_similarity(17, 4, 3, false);
    expect_similarity(12, 3, 4, false);
    expect_similarity(12, 12, 4, false);
    expect_similarity(3, 3, 1, true);
}

/* So many of `all` events are in a thread that the other log has none like. */
static void write_unpaired(struct evd_buffer *text, const char *name, unsigned unpaired, unsigned all)
{
    char payload[64];
    evd_buffer_string(text, LOG_HEADER);
    for (unsigned i = 0; i < all; i++) {
        const bool is_paired = i >= unpaired;
        snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", is_paired ? "shared" : name);
        append_event(text, "kernel.call", is_paired ? 1 : 2, is_paired ? i - unpaired : i, payload);
    }
}

static void expect_unpaired(const unsigned unpaired[EVD_SIDES], const unsigned all[EVD_SIDES], bool is_hinted)
{
    struct case_ c = {0};
    struct evd_diff_options options = {.resync = true};
    cr_assert_eq(evd_rules_load(NULL, NULL, &c.rules, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++)
        write_unpaired(&c.text[side], side == EVD_CANARY ? "canary" : "ours", unpaired[side], all[side]);
    diff_with(&c, &options);
    const struct evd_hint *hint = hint_of(&c, EVD_HINT_UNPAIRED);
    cr_expect_eq(hint != NULL, is_hinted, "%u of %u and %u of %u", unpaired[0], all[0], unpaired[1], all[1]);
    cr_expect_eq(evd_leaves_much_unpaired(c.outcome), is_hinted);
    if (hint != NULL)
        cr_expect(hint->part == unpaired[0] + unpaired[1] && hint->whole == all[0] + all[1]);
    options.pairing = EVD_PAIR_SIMILARITY;
    diff_with(&c, &options);
    cr_expect_null(hint_of(&c, EVD_HINT_UNPAIRED));
    end(&c);
}

Test(hints, at_similarity_where_threads_without_a_counterpart_hold_an_eighth_of_each_log)
{
    expect_unpaired((unsigned[]){2, 3}, (unsigned[]){16, 24}, true);
    expect_unpaired((unsigned[]){2, 3}, (unsigned[]){17, 24}, false);
    expect_unpaired((unsigned[]){2, 3}, (unsigned[]){16, 25}, false);
    expect_unpaired((unsigned[]){0, 8}, (unsigned[]){16, 16}, false);
    expect_unpaired((unsigned[]){8, 0}, (unsigned[]){16, 16}, false);
    expect_unpaired((unsigned[]){15, 15}, (unsigned[]){16, 16}, true);
}

static const char OTHER_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"other\",\"pairing\":{\"kind\":\"kernel.call\",\"field\":\"name\",\"why\":\"w\"},"
    "\"skipped_fields\":[{\"kind\":\"x\",\"fields\":[\"clock\"],\"why\":\"w\"}],"
    "\"name_classes\":[{\"class\":\"handle\",\"at_least\":\"0x10\",\"at_most\":\"0xff\",\"scope\":\"thread\",\"why\":\"w\"}],"
    "\"names\":[{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"kernel.return\",\"name_field\":\"name\","
    "\"calls\":[\"open\"],\"fields\":[\"return_value\"],\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"kernel.return\",\"fields\":[\"other\"],\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"handle\",\"kind\":\"kernel.call\",\"fields\":[\"args.*\"],\"why\":\"w\"},"
    "{\"form\":\"plain\",\"kind\":\"kernel.return\",\"name_field\":\"name\",\"calls\":[\"count\"],"
    "\"fields\":[\"other\"],\"why\":\"w\"}]}";

/* An event that differs in one field, and ten that match. */
static void differ(struct case_ *c, const char *kind, const char *name, const char *field, const char *canary,
                   const char *ours)
{
    char payload[128];
    for (int side = 0; side < EVD_SIDES; side++) {
        snprintf(payload, sizeof payload, "{\"name\":\"%s\",%s%s}", name, field, side ? ours : canary);
        append_event(&c->text[side], kind, c->tid, c->count[side]++, payload);
    }
    same(c, (char)('a' + c->fresh++), 10);
}

/* Other rules, and how often they were asked for. */
struct asked {
    struct evd_other_rules_list list;
    unsigned times;
};

static struct evd_other_rules_list list_rules(void *context)
{
    struct asked *asked = context;
    asked->times++;
    return asked->list;
}

Test(hints, other_rules_are_asked_for_when_a_value_differs)
{
    struct case_ c;
    struct asked asked = {{NULL, 0}, 0};
    const struct evd_diff_options options = {.resync = true, .other_rules = list_rules, .other_rules_context = &asked};
    begin(&c);
    same(&c, 'a', 4);
    fresh(&c, EVD_OURS, "f", 1);
    diff_with(&c, &options);
    cr_expect(c.outcome->pairs[0].divergence_count > 0);
    cr_expect_eq(asked.times, 0);
    end(&c);
}

/* How many divergences other rules see past, of so many; none when there is no hint. */
static void expect_rules(struct case_ *c, uint64_t part, uint64_t whole)
{
    struct evd_rules *other;
    struct evd_error error;
    cr_assert_eq(evd_rules_load_text("other", OTHER_RULES, sizeof OTHER_RULES - 1, NULL, &other, &error), EVD_OK, "%s",
                 error.message);
    const struct evd_other_rules others[] = {{"in force", c->rules}, {"fitting", other}, {"as fitting", other}};
    struct asked asked = {{others, 3}, 0};
    const struct evd_diff_options options = {.resync = true, .other_rules = list_rules, .other_rules_context = &asked};
    diff_with(c, &options);
    cr_expect_eq(asked.times, 1);
    const struct evd_hint *hint = hint_of(c, EVD_HINT_RULES);
    cr_expect_eq(hint != NULL, part > 0);
    if (hint != NULL) {
        cr_expect(hint->part == part && hint->whole == whole, "%d of %d", (int)hint->part, (int)hint->whole);
        cr_expect(hint->name.length == 7 && memcmp(hint->name.bytes, "fitting", 7) == 0);
    }
    const struct evd_diff_options without = {.resync = true};
    diff_with(c, &without);
    cr_expect_eq(c->outcome->hint_count, 0);
    evd_rules_free(other);
    end(c);
}

Test(hints, at_rules_that_see_past_half_of_what_differs)
{
    struct case_ c;
    begin(&c);
    differ(&c, "kernel.return", "open", "\"return_value\":", "16", "255");
    differ(&c, "kernel.return", "close", "\"return_value\":", "16", "255"); /* no rule about it */
    expect_rules(&c, 1, 2);
    begin(&c);
    differ(&c, "kernel.return", "open", "\"return_value\":", "16", "255");
    differ(&c, "kernel.return", "close", "\"return_value\":", "16", "255");
    differ(&c, "kernel.return", "seek", "\"return_value\":", "16", "255");
    expect_rules(&c, 0, 0);
    begin(&c); /* skipped, a member of an object, a field of any call */
    differ(&c, "kernel.return", "open", "\"return_value\":", "\"0x10\"", "\"0xff\"");
    differ(&c, "x", "tick", "\"clock\":", "1", "100000");
    differ(&c, "kernel.call", "seek", "\"args\":", "{\"a\":16}", "{\"a\":17}");
    differ(&c, "kernel.return", "seek", "\"other\":", "16", "17");
    expect_rules(&c, 4, 4);
}

Test(hints, not_at_rules_for_values_that_they_take_as_they_are)
{
    struct case_ c;
    begin(&c);
    differ(&c, "kernel.return", "open", "\"return_value\":", "15", "255");
    expect_rules(&c, 0, 0);
    begin(&c);
    differ(&c, "kernel.return", "open", "\"return_value\":", "16", "256");
    expect_rules(&c, 0, 0);
    begin(&c);
    differ(&c, "kernel.return", "open", "\"return_value\":", "\"16\"", "\"17\""); /* a text, no hexadecimal */
    expect_rules(&c, 0, 0);
    begin(&c);
    differ(&c, "kernel.return", "count", "\"other\":", "16", "17");
    expect_rules(&c, 0, 0);
}

/* Any log has fields of these names: only a call that the rules name says that they are for it. */
Test(hints, not_at_rules_that_name_no_call_that_differs)
{
    struct case_ c;
    begin(&c);
    differ(&c, "kernel.return", "seek", "\"other\":", "16", "17");
    expect_rules(&c, 0, 0);
}

/* A run of one thread, of whose events the last `unmatched` are like those of no other run. */
static struct evd_log *run_of(const struct case_ *c, char name, unsigned whole, unsigned unmatched)
{
    struct evd_buffer text = {0};
    char payload[64];
    evd_buffer_string(&text, LOG_HEADER);
    for (unsigned i = 0; i < whole; i++) {
        snprintf(payload, sizeof payload, "{\"name\":\"%c%u\"}", i < whole - unmatched ? 'a' : name, i);
        append_event(&text, "kernel.call", 1, i, payload);
    }
    struct evd_log *log = memory_log(&text, c->rules);
    evd_buffer_release(&text);
    return log;
}

/* Canary has 128 events, ours 2 that differ, or none; each control so many of so many. `hinted`: the control that the hint
 * is about, or -1. */
static void expect_control(unsigned differing, const struct evd_control *runs, size_t count, int hinted,
                           struct case_ *c)
{
    const struct evd_diff_options options = {.resync = true, .controls = runs, .control_count = count};
    c->logs[EVD_CANARY] = run_of(c, 'c', 128, 0);
    c->logs[EVD_OURS] = run_of(c, 'o', 128, differing);
    diff_with(c, &options);
    const struct evd_hint *hint = hint_of(c, EVD_HINT_CONTROL);
    cr_expect_eq(hint != NULL, hinted >= 0);
    if (hint != NULL && hinted >= 0) {
        const struct evd_control_run *run = &c->outcome->controls[hinted];
        cr_expect(hint->part == run->unmatched && hint->whole == 128);
        cr_expect(hint->name.length == run->path.length &&
                  memcmp(hint->name.bytes, run->path.bytes, run->path.length) == 0);
    }
    for (size_t i = 0; i < count; i++)
        evd_log_free((struct evd_log *)runs[i].log);
    end(c);
}

static void expect_one_control(unsigned differing, unsigned unmatched, enum evd_side side, bool is_hinted)
{
    struct case_ c;
    begin(&c);
    const struct evd_control run = {run_of(&c, 'x', 128, unmatched), side};
    expect_control(differing, &run, 1, is_hinted ? 0 : -1, &c);
}

Test(hints, at_a_control_run_that_differs_four_times_as_much_and_in_a_sixteenth)
{
    expect_one_control(2, 8, EVD_CANARY, true);
    expect_one_control(2, 7, EVD_CANARY, false);
    expect_one_control(1, 7, EVD_CANARY, false);
    expect_one_control(3, 11, EVD_CANARY, false);
    expect_one_control(3, 12, EVD_CANARY, true);
    expect_one_control(2, 8, EVD_OURS, true);
    expect_one_control(3, 8, EVD_OURS, false);
    expect_one_control(0, 64, EVD_CANARY, false); /* nothing differs that it could explain */
}

Test(hints, at_the_worst_control_run)
{
    struct case_ c;
    begin(&c);
    const struct evd_control runs[] = {
        {run_of(&c, 'x', 128, 1), EVD_CANARY},
        {run_of(&c, 'y', 128, 20), EVD_CANARY},
        {run_of(&c, 'z', 128, 30), EVD_OURS},
        {run_of(&c, 'w', 128, 30), EVD_CANARY}};
    expect_control(2, runs, 4, 2, &c);
}
