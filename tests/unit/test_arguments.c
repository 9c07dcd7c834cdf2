/* Arguments that no program should give the library: each is refused with a message that names it, and nothing is made. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <evdiff/evdiff.h>

#include "diff_case.h"

/* An enumeration's value that there is none of. */
#define SET_NUMBER(place, number) memcpy(&(place), &(int){number}, sizeof(int))

static void expect_diff_refused(const struct case_ *c, const struct evd_diff_options *options, const char *message)
{
    struct evd_outcome *outcome;
    struct evd_error error = {0};
    cr_expect_eq(evd_diff(c->logs[0], c->logs[1], options, &outcome, &error), EVD_E_ARGUMENT);
    cr_expect_str_eq(error.message, message);
    cr_expect_null(outcome);
}

Test(arguments, a_control_run_is_of_one_of_both_sides)
{
    struct case_ c;
    struct evd_error error = {0};
    struct evd_fall_back fall_back;
    struct evd_session *session;
    begin(&c);
    same(&c, 'a', 4);
    diff(&c);
    struct evd_control controls[] = {{c.logs[EVD_CANARY], EVD_CANARY}, {c.logs[EVD_CANARY], EVD_OURS}};
    const struct evd_diff_options options = {.threads = 1, .controls = controls, .control_count = 2};
    evd_outcome_free(c.outcome);
    cr_expect_eq(evd_diff(c.logs[0], c.logs[1], &options, &c.outcome, NULL), EVD_OK);
    SET_NUMBER(controls[1].side, 2);
    expect_diff_refused(&c, &options, "the side of control run 1 is 2, which is no side; EVD_CANARY and EVD_OURS are");
    SET_NUMBER(controls[1].side, -1);
    expect_diff_refused(&c, &options, "the side of control run 1 is -1, which is no side; EVD_CANARY and EVD_OURS are");
    SET_NUMBER(controls[0].side, 7);
    expect_diff_refused(&c, &options, "the side of control run 0 is 7, which is no side; EVD_CANARY and EVD_OURS are");
    struct evd_log *logs[] = {c.logs[0], c.logs[1], c.logs[0], c.logs[0]};
    struct evd_outcome *outcome;
    cr_assert_eq(evd_session_open(c.rules, 1, &session, &error), EVD_OK);
    cr_expect_eq(evd_session_diff_logs(session, logs, NULL, &options, &outcome, &fall_back, &error), EVD_E_ARGUMENT);
    cr_expect_str_eq(error.message, "the side of control run 0 is 7, which is no side; EVD_CANARY and EVD_OURS are");
    cr_expect_null(outcome);
    evd_session_close(session);
    end(&c);
}

static struct evd_other_rules_list list_rules(void *context)
{
    return *(const struct evd_other_rules_list *)context;
}

Test(arguments, other_rules_are_there_and_have_a_name)
{
    struct case_ c;
    begin(&c);
    differing(&c, "Call", "1", "2");
    diff(&c);
    struct evd_other_rules others[] = {{"same", c.rules}, {"none", NULL}};
    struct evd_other_rules_list list = {others, 1};
    const struct evd_diff_options options = {
        .threads = 1, .resync = true, .other_rules = list_rules, .other_rules_context = &list};
    evd_outcome_free(c.outcome);
    cr_expect_eq(evd_diff(c.logs[0], c.logs[1], &options, &c.outcome, NULL), EVD_OK);
    list.count = 2;
    expect_diff_refused(&c, &options, "other_rules[1] has no rules (NULL)");
    others[1] = (struct evd_other_rules){NULL, c.rules};
    expect_diff_refused(&c, &options, "other_rules[1] has no name (NULL)");
    end(&c);
}

Test(arguments, events_are_set_beside_those_of_one_of_both_sides)
{
    static const int NONE[] = {-1, 2, 5};
    struct case_ c;
    begin(&c);
    same(&c, 'a', 4);
    diff(&c);
    const struct evd_log *const logs[EVD_SIDES] = {c.logs[EVD_CANARY], c.logs[EVD_OURS]};
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++) {
        struct evd_beside *beside;
        struct evd_error error = {0};
        enum evd_side side;
        char message[96];
        SET_NUMBER(side, NONE[i]);
        snprintf(message, sizeof message, "the side is %d, which is no side; EVD_CANARY and EVD_OURS are", NONE[i]);
        cr_expect_eq(evd_beside_make(logs, c.outcome, side, 1, 0, 1, &beside, &error), EVD_E_ARGUMENT);
        cr_expect_str_eq(error.message, message);
        cr_expect_null(beside);
    }
    end(&c);
}

Test(arguments, the_use_of_indexes_is_one_that_there_is)
{
    static const char *const PATHS[] = {"/nonexistent/log.jsonl"};
    struct evd_rules *rules;
    struct evd_log *log;
    struct evd_error error = {0};
    struct evd_read_options options = {.index = EVD_INDEX_REQUIRE};
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
    cr_expect_eq(evd_logs_open(PATHS, 1, rules, &options, &log, NULL, NULL, NULL, &error), EVD_E_IO);
    SET_NUMBER(options.index, 3);
    cr_expect_eq(evd_logs_open(PATHS, 1, rules, &options, &log, NULL, NULL, NULL, &error), EVD_E_ARGUMENT);
    cr_expect_str_eq(error.message, "index is 3, which is no use of indexes; EVD_INDEX_OFF, EVD_INDEX_AUTO and "
                                    "EVD_INDEX_REQUIRE are");
    cr_expect_null(log);
    evd_rules_free(rules);
}

Test(arguments, a_job_of_a_report_is_not_blank)
{
    struct case_ c;
    struct evd_buffer out = {0};
    begin(&c);
    same(&c, 'a', 4);
    diff(&c);
    for (const char *blank = "   "; true; blank++) {
        const struct evd_report_options options = {.job = blank};
        struct evd_error error = {0};
        cr_expect_eq(evd_report_write(c.outcome, "junit", &options, append_bytes, &out, &error), EVD_E_ARGUMENT);
        cr_expect_str_eq(error.message, "the job's name is blank; NULL names it as the log of ours");
        if (*blank == '\0')
            break;
    }
    cr_expect_eq(out.length, 0);
    const struct evd_report_options named = {.job = " a"};
    cr_expect_eq(evd_report_write(c.outcome, "junit", &named, append_bytes, &out, NULL), EVD_OK);
    evd_buffer_release(&out);
    end(&c);
}

static void expect_entry_refused(struct evd_ledger_file *file, const struct evd_ledger_entry *entry,
                                 const char *message)
{
    bool is_changed = false;
    size_t count;
    struct evd_error error = {0};
    cr_expect_eq(evd_ledger_file_put(file, entry, &is_changed, &error), EVD_E_ARGUMENT);
    cr_expect_str_eq(error.message, message);
    cr_expect(!is_changed);
    evd_ledger_file_entries(file, &count);
    cr_expect_eq(count, 0);
}

Test(arguments, an_entry_of_a_ledger_is_one_that_can_be_read_again)
{
    static const char HEADER[] = "#evdiff known 1\n";
    const struct evd_ledger_entry good = {
        .state = EVD_LEDGER_FIXED,
        .key = {.class_ = EVD_CLASS_TRUNCATED,
                .kind = {"k", 1},
                .call = {"c", 1},
                .field = {"", 0},
                .after_count = EVD_FAMILY_BEFORE_MAX},
        .job = {"*", 1},
        .since = 20240229,
        .until = 99991231};
    struct evd_ledger_file *file;
    struct evd_ledger_entry entry = good;
    cr_assert_eq(evd_ledger_file_read_text("ledger", HEADER, sizeof HEADER - 1, &file, NULL), EVD_OK);
    for (size_t i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        entry.key.after[i] = (struct evd_text){"b", 1};
    const struct evd_ledger_entry whole = entry;

    SET_NUMBER(entry.state, EVD_LEDGER_STATES);
    expect_entry_refused(file, &entry, "the state of an entry is 4, and there are states 0 to 3");
    SET_NUMBER(entry.state, -1);
    expect_entry_refused(file, &entry, "the state of an entry is -1, and there are states 0 to 3");
    entry = whole;
    SET_NUMBER(entry.key.class_, 77);
    expect_entry_refused(file, &entry, "the class of an entry is 77, and there are classes 0 to 5");
    SET_NUMBER(entry.key.class_, EVD_CLASSES);
    expect_entry_refused(file, &entry, "the class of an entry is 6, and there are classes 0 to 5");
    entry = whole;
    entry.key.after_count = EVD_FAMILY_BEFORE_MAX + 1;
    char message[96];
    snprintf(message, sizeof message, "an entry has %d events before it, and there are at most %d",
             EVD_FAMILY_BEFORE_MAX + 1, EVD_FAMILY_BEFORE_MAX);
    expect_entry_refused(file, &entry, message);
    entry = whole;
    entry.until = 20270231;
    expect_entry_refused(file, &entry,
                         "until of an entry is 20270231, which is no day of the calendar as 20270201 is one, nor 0 "
                         "for none");
    entry.until = UINT32_MAX;
    expect_entry_refused(file, &entry,
                         "until of an entry is 4294967295, which is no day of the calendar as 20270201 is one, nor 0 "
                         "for none");
    entry = whole;
    entry.since = 20230229;
    expect_entry_refused(file, &entry,
                         "since of an entry is 20230229, which is no day of the calendar as 20270201 is one, nor 0 "
                         "for none");
    cr_expect_eq(evd_ledger_file_put(file, &whole, NULL, NULL), EVD_OK);
    evd_ledger_file_free(file);
}
