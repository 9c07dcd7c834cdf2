/* One session for many diffs: each outcome is the one of a fresh diff, whatever the session did before. */
#include "index_files.h"
#include "random_log.h"

enum { SEEDS = 40, DIFFS_A_SEED = 6 };

TestSuite(session, .init = set_up, .fini = tear_down);

static void append_reports(const struct evd_outcome *outcome, struct evd_buffer *reports)
{
    uint64_t count;
    cr_assert_eq(evd_report_write(outcome, "json", NULL, append_bytes, reports, NULL), EVD_OK);
    cr_assert_eq(evd_report_write(outcome, "markdown", NULL, append_bytes, reports, NULL), EVD_OK);
    cr_assert_eq(evd_report_absorbed_events(outcome, append_bytes, reports, &count, NULL), EVD_OK);
    evd_buffer_format(reports, "read again: %llu\n", (unsigned long long)outcome->bytes_read_again);
}

static struct evd_diff_options random_options(struct random *random)
{
    return (struct evd_diff_options){
        .threads = 2,
        .pairing = random_below(random, 2) == 0 ? EVD_PAIR_SIMILARITY : EVD_PAIR_FIRST_CALL,
        .emit_absorbed_events = random_below(random, 2) == 0,
        .resync = random_below(random, 2) == 0,
        .demands = {.no_truncated = random_below(random, 4) == 0},
        .is_plain = random_below(random, 4) == 0};
}

static void hold(struct evd_session *session, struct evd_log *const logs[EVD_SIDES],
                 const struct evd_diff_options *options, unsigned seed)
{
    struct evd_buffer reports[2] = {{0}, {0}};
    enum evd_status status[2];
    for (int i = 0; i < 2; i++) {
        struct evd_outcome *outcome;
        status[i] = i == 0 ? evd_diff(logs[EVD_CANARY], logs[EVD_OURS], options, &outcome, NULL)
                           : evd_session_diff(session, logs[EVD_CANARY], logs[EVD_OURS], options, &outcome, NULL);
        if (status[i] == EVD_OK)
            append_reports(outcome, &reports[i]);
        evd_outcome_free(outcome);
    }
    cr_assert_eq(status[0], status[1], "seed %u", seed);
    cr_assert(reports[0].length == reports[1].length &&
                  (reports[0].length == 0 || memcmp(reports[0].data, reports[1].data, reports[0].length) == 0),
              "seed %u", seed);
    evd_buffer_release(&reports[0]);
    evd_buffer_release(&reports[1]);
}

static void hold_under_rules(const char *rules_path)
{
    struct evd_rules *loaded;
    struct evd_session *session;
    uint64_t compared = 0;
    cr_assert_eq(evd_rules_load(rules_path, NULL, &loaded, NULL), EVD_OK);
    cr_assert_eq(evd_session_open(loaded, 2, &session, NULL), EVD_OK);
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
        struct evd_log *logs[EVD_SIDES];
        random_log_pair(&random, 200, texts);
        for (int side = 0; side < EVD_SIDES; side++)
            logs[side] = memory_log(&texts[side], loaded);
        for (int i = 0; i < DIFFS_A_SEED; i++) {
            const struct evd_diff_options options = random_options(&random);
            hold(session, logs, &options, seed);
            compared++;
        }
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_log_free(logs[side]);
            evd_buffer_release(&texts[side]);
        }
    }
    cr_expect_eq(compared, SEEDS * DIFFS_A_SEED);
    evd_session_close(session);
    evd_rules_free(loaded);
}

Test(session, as_fresh_diffs)
{
    hold_under_rules(NULL);
}

Test(session, as_fresh_diffs_with_names)
{
    char path[EVD_PATH_MAX];
    snprintf(path, sizeof path, "%s/wine-relay.json", getenv("EVD_TEST_RULES"));
    hold_under_rules(path);
}

/* What the steps of one diff said. */
struct heard {
    uint64_t begun[EVD_STEPS], last[EVD_STEPS], total[EVD_STEPS];
    enum evd_step step;
    bool has_gone_back, is_beyond;
};

static void hear(void *context, enum evd_step step, uint64_t done, uint64_t total)
{
    struct heard *heard = context;
    cr_assert_lt((unsigned)step, EVD_STEPS);
    cr_assert_not_null(evd_step_words(step));
    heard->is_beyond |= done > total || total == 0;
    if (step != heard->step || done == 0)
        heard->begun[step]++;
    else
        heard->has_gone_back |= done < heard->last[step];
    heard->has_gone_back |= step < heard->step;
    heard->step = step;
    heard->last[step] = done;
    heard->total[step] = total;
}

static void hold_steps(const char *rules_path, unsigned threads)
{
    struct evd_rules *loaded;
    struct evd_session *session;
    cr_assert_eq(evd_rules_load(rules_path, NULL, &loaded, NULL), EVD_OK);
    cr_assert_eq(evd_session_open(loaded, threads, &session, NULL), EVD_OK);
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_buffer texts[EVD_SIDES] = {{0}, {0}};
        struct evd_log *logs[EVD_SIDES];
        struct evd_outcome *outcome;
        struct heard heard = {.step = EVD_STEP_PAIR};
        random_log_pair(&random, 200, texts);
        for (int side = 0; side < EVD_SIDES; side++)
            logs[side] = memory_log(&texts[side], loaded);
        const struct evd_diff_options options = {
            .pairing = EVD_PAIR_SIMILARITY, .resync = true, .progress = hear, .progress_context = &heard};
        if (evd_session_diff(session, logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, NULL) == EVD_OK) {
            uint64_t events = 0;
            for (size_t i = 0; i < outcome->pair_count; i++)
                events += outcome->pairs[i].total[EVD_CANARY] + outcome->pairs[i].total[EVD_OURS];
            cr_assert_eq(heard.total[EVD_STEP_ALIGN], events, "seed %u", seed);
            cr_assert_eq(heard.begun[EVD_STEP_NAMES], rules_path != NULL, "seed %u", seed);
            cr_assert(!heard.has_gone_back && !heard.is_beyond, "seed %u", seed);
            /* Of several threads one may find another telling, and leave it the last word. */
            for (int step = EVD_STEP_PAIR; threads == 1 && step <= EVD_STEP_FINISH; step++)
                cr_assert(heard.last[step] == heard.total[step] || (step == EVD_STEP_NAMES && heard.total[step] == 1),
                          "seed %u step %d: %llu of %llu", seed, step, (unsigned long long)heard.last[step],
                          (unsigned long long)heard.total[step]);
            /* A diff that asks for none is told nothing of the one before. */
            const struct heard before = heard;
            const struct evd_diff_options silent = {.resync = true};
            evd_outcome_free(outcome);
            if (evd_session_diff(session, logs[EVD_CANARY], logs[EVD_OURS], &silent, &outcome, NULL) == EVD_OK)
                evd_outcome_free(outcome);
            cr_assert_eq(memcmp(&before, &heard, sizeof heard), 0, "seed %u", seed);
        }
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_log_free(logs[side]);
            evd_buffer_release(&texts[side]);
        }
    }
    evd_session_close(session);
    evd_rules_free(loaded);
}

Test(session, tells_each_step_to_its_end)
{
    char path[EVD_PATH_MAX];
    snprintf(path, sizeof path, "%s/wine-relay.json", getenv("EVD_TEST_RULES"));
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        hold_steps(NULL, threads);
        hold_steps(path, threads);
    }
    cr_expect_null(evd_step_words(EVD_STEPS));
    cr_expect_null(evd_step_unit(EVD_STEPS));
}

Test(session, goes_on_after_a_failure)
{
    struct evd_session *session;
    struct evd_rules *others;
    struct evd_log *logs[EVD_SIDES], *other;
    struct evd_buffer text = {0};
    struct evd_outcome *outcome;
    struct evd_error error;
    evd_buffer_string(&text, LOG_HEADER);
    append_event(&text, "kernel.call", 1, 0, "{\"name\":\"n\"}");
    cr_assert_eq(evd_rules_load(NULL, NULL, &others, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++)
        logs[side] = memory_log(&text, rules);
    other = memory_log(&text, others);
    cr_assert_eq(evd_session_open(rules, 1, &session, NULL), EVD_OK);
    cr_expect_eq(evd_session_diff(session, logs[0], other, NULL, &outcome, &error), EVD_E_ARGUMENT);
    cr_expect_null(outcome);
    cr_expect_str_eq(error.message, "both logs must be read with the same rules");
    cr_expect_eq(evd_session_diff(session, other, other, NULL, &outcome, &error), EVD_E_ARGUMENT);
    const struct evd_tid_pair twice[] = {{1, 1}, {1, 1}};
    const struct evd_diff_options options = {.tid_map = twice, .tid_map_count = 2};
    cr_expect_eq(evd_session_diff(session, logs[0], logs[1], &options, &outcome, &error), EVD_E_ARGUMENT);
    cr_expect_eq(evd_session_diff(session, logs[0], logs[1], NULL, &outcome, &error), EVD_OK);
    cr_expect_eq(outcome->verdict, EVD_VERDICT_EQUAL);
    evd_outcome_free(outcome);
    evd_session_close(session);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_log_free(logs[side]);
    evd_log_free(other);
    evd_rules_free(others);
    evd_buffer_release(&text);
}

Test(session, threads_are_bounded)
{
    struct evd_session *session;
    struct evd_error error;
    cr_assert_eq(evd_session_open(rules, 1024, &session, &error), EVD_OK);
    evd_session_close(session);
    cr_expect_eq(evd_session_open(rules, 1025, &session, &error), EVD_E_ARGUMENT);
    cr_expect_null(session);
    evd_session_close(session);
}

/* Damages the last byte of canary's index, which is of an event's record. */
static void damage_index(const struct evd_buffer *index)
{
    struct evd_buffer damaged = {0};
    evd_buffer_append(&damaged, index->data, index->length);
    damaged.data[damaged.length - 12] ^= 1;
    write_file(index_paths[EVD_CANARY], &damaged);
    evd_buffer_release(&damaged);
}

Test(session, falls_back_to_the_text)
{
    struct evd_buffer text = {0}, index = {0}, reports[2] = {{0}, {0}};
    struct evd_session *session;
    struct evd_error error;
    evd_buffer_string(&text, LOG_HEADER);
    for (int i = 0; i < 3; i++)
        append_event(&text, "kernel.call", 1, (uint64_t)i, "{\"name\":\"n\"}");
    for (int side = 0; side < EVD_SIDES; side++)
        write_file(paths[side], &text);
    save(EVD_CANARY, &index);
    damage_index(&index);
    cr_assert_eq(evd_session_open(rules, 1, &session, NULL), EVD_OK);
    static const enum evd_index_mode MODES[] = {EVD_INDEX_OFF, EVD_INDEX_AUTO, EVD_INDEX_REQUIRE};
    for (int i = 0; i < 3; i++) {
        struct evd_log *logs[EVD_SIDES];
        struct evd_outcome *outcome;
        struct evd_fall_back fall_back;
        const struct evd_read_options reading = {.threads = 1, .index = MODES[i]};
        cr_assert_eq(open_log(EVD_CANARY, MODES[i], &logs[EVD_CANARY], &error), EVD_OK);
        cr_assert_eq(open_log(EVD_OURS, EVD_INDEX_OFF, &logs[EVD_OURS], &error), EVD_OK);
        const struct evd_log *ours = logs[EVD_OURS];
        const enum evd_status status =
            evd_session_diff_logs(session, logs, &reading, NULL, &outcome, &fall_back, &error);
        cr_expect_eq(status, MODES[i] == EVD_INDEX_REQUIRE ? EVD_E_INDEX : EVD_OK);
        cr_expect_eq(fall_back.is_taken, MODES[i] == EVD_INDEX_AUTO);
        cr_expect_eq(fall_back.reading.scanned_events, MODES[i] == EVD_INDEX_AUTO ? 3 : 0);
        cr_expect_eq(logs[EVD_OURS], ours, "a log without an index stays");
        cr_expect_eq(evd_log_index(logs[EVD_CANARY], NULL) == NULL, MODES[i] != EVD_INDEX_REQUIRE);
        if (status == EVD_OK)
            cr_assert_eq(evd_report_write(outcome, "json", NULL, append_bytes, &reports[i], NULL), EVD_OK);
        else
            cr_expect_null(outcome);
        evd_outcome_free(outcome);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_log_free(logs[side]);
    }
    cr_expect(reports[0].length == reports[1].length &&
              memcmp(reports[0].data, reports[1].data, reports[0].length) == 0);
    evd_session_close(session);
    evd_buffer_release(&text);
    evd_buffer_release(&index);
    evd_buffer_release(&reports[0]);
    evd_buffer_release(&reports[1]);
}
