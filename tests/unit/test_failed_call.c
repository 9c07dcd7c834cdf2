/* Events that differ in several fields: which of them is told. */
#include <stdio.h>
#include <string.h>

#include "diff_case.h"

static const char RULES[] =
    "{\"rules\":\"evdiff.rules/2\",\"name\":\"calls\",\"pairing\":{\"kind\":\"syscall\",\"field\":\"call\",\"why\":\"w\"},"
    "\"skipped_fields\":[{\"kind\":\"syscall\",\"fields\":[\"errno\"],\"why\":\"w\"}],"
    "\"failures\":[{\"kind\":\"syscall\",\"fields\":[\"errno\",\"result\",\"out.status\"],\"values\":[\"-1\"],\"why\":\"w\"},"
    "{\"kind\":\"syscall\",\"calls\":[\"seek\"],\"fields\":[\"result\"],\"values\":[\"-2\"],\"why\":\"w\"}],"
    "\"priority_fields\":[{\"kind\":\"syscall\",\"form\":\"members\",\"fields\":[\"args\"],\"name_field\":\"call\",\"why\":\"w\"}]}";

static void begin_calls(struct case_ *c)
{
    struct evd_error error;
    *c = (struct case_){0};
    cr_assert_eq(evd_rules_load_text("calls", RULES, sizeof RULES - 1, NULL, &c->rules, &error), EVD_OK, "%s",
                 error.message);
}

/* A log of 40 calls of one thread, of which the one in the middle is `payload`. */
static struct evd_log *log_of(const struct case_ *c, const char *payload)
{
    struct evd_buffer text = {0};
    char other[64];
    evd_buffer_string(&text, LOG_HEADER);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(other, sizeof other, "{\"call\":\"call%u\",\"result\":0}", i);
        append_event(&text, "syscall", 1, i, i == 20 ? payload : other);
    }
    struct evd_log *log = memory_log(&text, c->rules);
    evd_buffer_release(&text);
    return log;
}

static void expect_field(const char *canary, const char *ours, const char *field, bool fails)
{
    const struct evd_diff_options options = {.resync = true};
    struct case_ c;
    begin_calls(&c);
    c.logs[EVD_CANARY] = log_of(&c, canary);
    c.logs[EVD_OURS] = log_of(&c, ours);
    cr_assert_eq(evd_diff(c.logs[0], c.logs[1], &options, &c.outcome, NULL), EVD_OK);
    cr_assert_eq(c.outcome->family_count, 1);
    const struct evd_text told = c.outcome->families[0].field;
    cr_expect(told.length == strlen(field) && memcmp(told.bytes, field, told.length) == 0, "%.*s of %s",
              (int)told.length, told.bytes, ours);
    const struct evd_divergence *divergence = &c.outcome->pairs[0].divergences[0];
    cr_expect_eq(divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS], fails, "%s", ours);
    end(&c);
}

Test(failed_call, is_told_before_what_it_was_given)
{
    const char *canary = "{\"call\":\"open\",\"args\":{\"a\":1},\"errno\":0,\"result\":0,\"out\":{\"status\":0}}";
    expect_field(canary, "{\"call\":\"open\",\"args\":{\"a\":2},\"errno\":0,\"result\":-1,\"out\":{\"status\":0}}",
                 "result", true);
    expect_field(canary, "{\"call\":\"open\",\"args\":{\"a\":2},\"errno\":0,\"result\":3,\"out\":{\"status\":-1}}",
                 "out.status", true);
    /* Neither has failed. */
    expect_field(canary, "{\"call\":\"open\",\"args\":{\"a\":2},\"errno\":0,\"result\":3,\"out\":{\"status\":0}}",
                 "args.a", false);
    /* What is skipped says nothing. */
    expect_field(canary, "{\"call\":\"open\",\"args\":{\"a\":2},\"errno\":-1,\"result\":0,\"out\":{\"status\":0}}",
                 "args.a", false);
    /* Both have failed. */
    expect_field("{\"call\":\"open\",\"args\":{\"a\":1},\"result\":-1}",
                 "{\"call\":\"open\",\"args\":{\"a\":2},\"result\":-1}", "args.a", false);
    /* It stands alone. */
    expect_field("{\"call\":\"open\",\"args\":{\"a\":1},\"result\":-1}",
                 "{\"call\":\"open\",\"args\":{\"a\":1},\"result\":2}", "result", true);
}

/* A rule about the call counts instead of one about all calls. */
Test(failed_call, is_told_by_the_rules_of_its_call)
{
    const char *canary = "{\"call\":\"seek\",\"args\":{\"a\":1},\"result\":0}";
    expect_field(canary, "{\"call\":\"seek\",\"args\":{\"a\":2},\"result\":-2}", "result", true);
    expect_field(canary, "{\"call\":\"seek\",\"args\":{\"a\":2},\"result\":-1}", "args.a", false);
}

/* How many divergences of ours are new, where a control run is given. */
static void expect_news(const char *canary, const char *control, const char *ours, uint64_t news)
{
    struct case_ c;
    begin_calls(&c);
    const struct evd_control run = {log_of(&c, control), EVD_CANARY};
    const struct evd_diff_options options = {.resync = true, .controls = &run, .control_count = 1};
    c.logs[EVD_CANARY] = log_of(&c, canary);
    c.logs[EVD_OURS] = log_of(&c, ours);
    cr_assert_eq(evd_diff(c.logs[0], c.logs[1], &options, &c.outcome, NULL), EVD_OK);
    cr_expect_eq(c.outcome->news_count, news, "%s", ours);
    evd_log_free((struct evd_log *)run.log);
    end(&c);
}

Test(failed_call, is_news_beside_a_field_that_differs_in_a_control_run)
{
    const char *canary = "{\"call\":\"open\",\"args\":{\"a\":1},\"result\":0}";
    const char *control = "{\"call\":\"open\",\"args\":{\"a\":2},\"result\":0}";
    expect_news(canary, control, "{\"call\":\"open\",\"args\":{\"a\":3},\"result\":0}", 0);
    expect_news(canary, control, "{\"call\":\"open\",\"args\":{\"a\":3},\"result\":-1}", 1);
}

/* Where a control run has another value, it explains that field and no other one. */
Test(failed_call, values_of_a_control_run_explain_no_other_field)
{
    const char *canary = "{\"call\":\"read\",\"args\":{\"a\":1},\"result\":20,\"time\":5}";
    const char *control = "{\"call\":\"read\",\"args\":{\"a\":1},\"result\":20,\"time\":6}";
    expect_news(canary, control, "{\"call\":\"read\",\"args\":{\"a\":1},\"result\":20,\"time\":7}", 0);
    expect_news(canary, control, "{\"call\":\"read\",\"args\":{\"a\":1},\"result\":777,\"time\":7}", 1);
    expect_news(canary, control, "{\"call\":\"read\",\"args\":{\"a\":4},\"result\":20,\"time\":7}", 1);
}
