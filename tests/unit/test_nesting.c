/* Values as deep as they may be are read, hashed, compared, written and changed in 256 KB of the caller's stack, which is
 * what threads of small systems have. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "evdiff/evdiff.h"
#include "log/log.h"
#include "memory_log.h"
#include "name_rules.h"
#include "json/json.h"

/* Sanitizers and code that is not optimized need several times as much. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_LARGE_FRAMES
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define HAS_LARGE_FRAMES
#endif
#ifdef HAS_LARGE_FRAMES
enum { STACK_BYTES = 2 << 20 };
#else
enum { STACK_BYTES = 256 << 10 };
#endif

/* Event and payload are two of the levels. */
enum { DEEP = EVD_JSON_DEPTH_MAX - 2 };

/* What one level is, with the next one inside. */
struct level {
    const char *open, *close;
};

/* The last two are objects of more members than are compared pair by pair. */
#define TEN_MEMBERS(letter)                                                                                          \
    "\"" letter "0\":0,\"" letter "1\":1,\"" letter "2\":2,\"" letter "3\":3,\"" letter "4\":4,\"" letter "5\":5,\"" \
    "" letter "6\":6,\"" letter "7\":7,\"" letter "8\":8,\"" letter "9\":9,"
static const struct level LEVELS[] = {
    {"[", "]"},
    {"{\"k\":", "}"},
    {"[0,{\"k\":1,\"l\":", "},\"\\u0041\"]"}, /* two at once */
    {"{" TEN_MEMBERS("a") TEN_MEMBERS("b") TEN_MEMBERS("c") "\"k\":", "}"},
    {"{\"k\":0,\"k\":", ",\"l\":1}"},
};

struct job {
    const struct level *level;
    unsigned deep;
    const char *rules;
    bool is_plain;
};

static void append_call(struct evd_buffer *log, const struct job *job, int idx, const char *inmost)
{
    evd_buffer_format(log,
                      "{\"kind\":\"call\",\"tid\":1,\"tid_event_idx\":%d,\"payload\":{\"name\":\"use\",\"args\":", idx);
    const unsigned step = job->level->open[0] == '[' && job->level->open[1] != '\0' ? 2 : 1;
    for (unsigned i = 0; i < job->deep; i += step)
        evd_buffer_string(log, job->level->open);
    evd_buffer_string(log, inmost);
    for (unsigned i = 0; i < job->deep; i += step)
        evd_buffer_string(log, job->level->close);
    evd_buffer_string(log, "}}\n");
}

static enum evd_status open_deep(const struct job *job, const struct evd_rules *rules, struct evd_log **logs,
                                 struct evd_error *error)
{
    struct evd_buffer text[EVD_SIDES] = {{0}, {0}};
    struct evd_string texts[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(&text[side], LOG_HEADER);
        append_event(&text[side], "first", 1, 0, "{\"f\":\"f\"}");
        append_call(&text[side], job, 1, "0");
        append_call(&text[side], job, 2, side == EVD_CANARY ? "1" : "2");
        append_call(&text[side], job, 3, "0");
        texts[side] = (struct evd_string){text[side].data, text[side].length};
    }
    const struct evd_read_options options = {.threads = 1, .is_plain = job->is_plain, .has_statistics = true};
    const enum evd_status status = evd_logs_open_texts(texts, EVD_SIDES, rules, &options, logs, error);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_release(&text[side]);
    return status;
}

static void write_reports(const struct evd_outcome *outcome)
{
    struct evd_buffer report = {0};
    struct evd_error error;
    static const char *const FORMATS[] = {"markdown", "text", "full", "json"};
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++)
        cr_expect_eq(evd_report_write(outcome, FORMATS[i], NULL, append_bytes, &report, &error), EVD_OK);
    evd_buffer_release(&report);
}

/* All that looks at values. */
static void *use_deep(void *context)
{
    const struct job *job = context;
    struct evd_error error;
    struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome;
    struct evd_selftest *result;
    uint64_t position;
    cr_assert_eq(evd_rules_load_text("", job->rules, strlen(job->rules), NULL, &rules, &error), EVD_OK, "%s",
                 error.message);
    cr_assert_eq(open_deep(job, rules, logs, &error), EVD_OK, "%s", error.message);
    const struct evd_diff_options options = {.threads = 1, .resync = true, .is_plain = job->is_plain};
    cr_assert_eq(evd_diff(logs[0], logs[1], &options, &outcome, &error), EVD_OK, "%s", error.message);
    cr_expect_eq(outcome->pairs[0].matched, 2);
    cr_expect_eq(outcome->pairs[0].divergence_count, 1);
    write_reports(outcome);
    cr_expect_eq(evd_log_find(logs[0], 1, 3, &position, &error), EVD_OK);
    const struct evd_selftest_options planting = {.threads = 1, .samples = 3};
    cr_expect_eq(evd_selftest(logs[0], logs[0], &planting, &result, &error), EVD_OK, "%s", error.message);
    cr_expect_gt(result->by_mutation[EVD_MUTATION_CHANGE].planted, 0);
    evd_selftest_free(result);
    evd_outcome_free(outcome);
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    evd_rules_free(rules);
    return NULL;
}

static void run_on_a_small_stack(struct job job)
{
    pthread_t thread;
    pthread_attr_t attributes;
    cr_assert_eq(pthread_attr_init(&attributes), 0);
    cr_assert_eq(pthread_attr_setstacksize(&attributes, STACK_BYTES), 0);
    cr_assert_eq(pthread_create(&thread, &attributes, use_deep, &job), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

Test(nesting, fits_a_small_stack)
{
    for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++)
        for (int is_plain = 0; is_plain < 2; is_plain++)
            run_on_a_small_stack((struct job){&LEVELS[i], DEEP, NAME_RULES, is_plain != 0});
}

/* One level more is refused, at the bracket that is one too many. */
Test(nesting, has_a_limit)
{
    struct evd_rules *rules;
    struct evd_log *logs[EVD_SIDES];
    struct evd_error error;
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, &error), EVD_OK);
    for (int is_plain = 0; is_plain < 2; is_plain++)
        for (unsigned more = 0; more < 2; more++) {
            const struct job job = {&LEVELS[0], DEEP + more, NULL, is_plain != 0};
            const enum evd_status status = open_deep(&job, rules, logs, &error);
            cr_assert_eq(status, more == 0 ? EVD_OK : EVD_E_INPUT);
            if (status != EVD_OK) {
                cr_expect_eq(error.line, 3);
                cr_expect_eq(error.column, 73 + DEEP, "%llu", (unsigned long long)error.column);
            } else {
                evd_log_free(logs[0]);
                evd_log_free(logs[1]);
            }
        }
    evd_rules_free(rules);
}
