/* The library as its users see it: logs in, outcome out. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <evdiff/evdiff.h>

#include "memory_log.h"

struct session {
    struct evd_rules *rules;
    struct evd_log *logs[2];
    struct evd_outcome *outcome;
    enum evd_status status;
    struct evd_error error;
};

static struct session diff(const char *const *paths, const struct evd_read_options *read,
                           const struct evd_diff_options *options)
{
    struct session s = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &s.rules, &s.error), EVD_OK);
    s.status = evd_logs_open(paths, 2, s.rules, read, s.logs, NULL, NULL, NULL, &s.error);
    if (s.status == EVD_OK)
        s.status = evd_diff(s.logs[0], s.logs[1], options, &s.outcome, &s.error);
    return s;
}

static void end(struct session *s)
{
    evd_outcome_free(s->outcome);
    evd_log_free(s->logs[0]);
    evd_log_free(s->logs[1]);
    evd_rules_free(s->rules);
}

static struct session diff_texts(const struct evd_buffer *canary, const struct evd_buffer *ours,
                                 const struct evd_diff_options *options)
{
    char names[EVD_SIDES][MEMORY_PATH_BYTES];
    const int c = memory_file(canary->data, canary->length, names[EVD_CANARY]);
    const int o = memory_file(ours->data, ours->length, names[EVD_OURS]);
    const char *const paths[] = {names[EVD_CANARY], names[EVD_OURS]};
    const struct session s = diff(paths, NULL, options);
    close(c);
    close(o);
    return s;
}

static struct evd_buffer report(const struct evd_outcome *outcome, const char *format)
{
    struct evd_buffer text = {0};
    struct evd_error error;
    cr_assert_eq(evd_report_write(outcome, format, NULL, append_bytes, &text, &error), EVD_OK);
    return text;
}

/* Two threads with equal first calls, then `tail` events that both logs share. */
static void begin(struct evd_buffer *log)
{
    evd_buffer_string(log, LOG_HEADER);
    append_event(log, "kernel.call", 1, 0, "{\"name\":\"Start\"}");
}

Test(diff, equal_threads_match_to_the_end)
{
    struct evd_buffer a = {0};
    begin(&a);
    append_event(&a, "x", 1, 1, "{\"v\":[1,2.50,null]}");
    struct session s = diff_texts(&a, &a, NULL);
    cr_assert_eq(s.status, EVD_OK);
    cr_assert_eq(s.outcome->pair_count, 1);
    cr_expect_eq(s.outcome->pairs[0].matched, 2);
    cr_expect_not(s.outcome->pairs[0].is_diverged);
    cr_expect_eq(s.outcome->pairs[0].exact_comparisons, 0);
    end(&s);
    evd_buffer_release(&a);
}

Test(diff, the_first_differing_event_is_named_with_its_context)
{
    struct evd_buffer a = {0}, b = {0};
    begin(&a);
    begin(&b);
    append_event(&a, "x", 1, 5, "{\"v\":1}");
    append_event(&b, "x", 1, 9, "{\"v\":2}");
    append_event(&a, "y", 1, 6, "{}");
    struct session s = diff_texts(&a, &b, NULL);
    cr_assert_eq(s.status, EVD_OK);
    const struct evd_pair_outcome *pair = &s.outcome->pairs[0];
    cr_assert(pair->is_diverged);
    const struct evd_first_divergence *d = pair->divergence;
    cr_expect_eq(pair->matched, 1);
    cr_expect_eq(d->event[EVD_CANARY].tid_event_idx, 5);
    cr_expect_eq(d->event[EVD_OURS].tid_event_idx, 9);
    const char expected[] = "payload.v: canary=1 ours=2";
    struct evd_buffer description = {0};
    cr_assert_eq(evd_report_first_divergence(d, append_bytes, &description, NULL), EVD_OK);
    cr_assert_eq(description.length, strlen(expected));
    cr_expect_eq(memcmp(description.data, expected, strlen(expected)), 0);
    evd_buffer_release(&description);
    cr_expect_eq(d->context_count, 1);
    cr_expect(d->has_next[EVD_CANARY]);
    cr_expect_not(d->has_next[EVD_OURS]);
    cr_expect_eq(pair->left_over[EVD_CANARY], 2);
    cr_expect_eq(pair->left_over[EVD_OURS], 1);
    end(&s);
    evd_buffer_release(&a);
    evd_buffer_release(&b);
}

Test(diff, a_stream_that_ends_while_its_partner_goes_on_is_no_divergence_and_is_told)
{
    struct evd_buffer a = {0}, b = {0};
    begin(&a);
    begin(&b);
    append_event(&b, "wake.requested", 1, 1, "{}");
    append_event(&b, "x", 1, 2, "{}");
    struct session s = diff_texts(&a, &b, NULL);
    cr_assert_eq(s.status, EVD_OK);
    cr_expect_not(s.outcome->pairs[0].is_diverged);
    cr_expect_eq(s.outcome->pairs[0].left_over[EVD_CANARY], 0);
    cr_expect_eq(s.outcome->pairs[0].left_over[EVD_OURS], 1);
    struct evd_buffer text = report(s.outcome, "text");
    cr_expect_not_null(memmem(text.data, text.length, "canary ends early", 17));
    evd_buffer_release(&text);
    end(&s);
    evd_buffer_release(&a);
    evd_buffer_release(&b);
}

Test(diff, threads_without_a_counterpart_are_listed)
{
    struct evd_buffer a = {0}, b = {0};
    begin(&a);
    begin(&b);
    append_event(&b, "kernel.call", 7, 0, "{\"name\":\"Other\"}");
    struct session s = diff_texts(&a, &b, NULL);
    cr_assert_eq(s.status, EVD_OK);
    cr_expect_eq(s.outcome->unpaired_count[EVD_CANARY], 0);
    cr_assert_eq(s.outcome->unpaired_count[EVD_OURS], 1);
    cr_expect_eq(s.outcome->unpaired[EVD_OURS][0].tid, 7);
    end(&s);
    evd_buffer_release(&a);
    evd_buffer_release(&b);
}

Test(diff, no_shared_first_call_is_no_mapping)
{
    struct evd_buffer a = {0}, b = {0};
    evd_buffer_string(&a, LOG_HEADER);
    begin(&b);
    struct session s = diff_texts(&a, &b, NULL);
    cr_expect_eq(s.status, EVD_E_NO_MAPPING);
    cr_expect_null(s.outcome);
    end(&s);
    evd_buffer_release(&a);
    evd_buffer_release(&b);
}

Test(diff, a_map_with_a_thread_twice_is_refused)
{
    const struct evd_tid_pair map[] = {{1, 1}, {2, 2}, {1, 2}};
    const struct evd_diff_options options = {.tid_map = map, .tid_map_count = 3};
    struct evd_buffer a = {0}, b = {0};
    begin(&a);
    begin(&b);
    struct session s = diff_texts(&a, &b, &options);
    cr_expect_eq(s.status, EVD_E_ARGUMENT);
    cr_expect_str_eq(s.error.message, "canary tid 1 is mapped twice");
    cr_expect_null(s.outcome);
    end(&s);
    evd_buffer_release(&a);
    evd_buffer_release(&b);
}

/* What the library says of options; the logs are good. */
static void expect_refusal(const struct evd_diff_options *options, enum evd_status status, const char *message)
{
    struct evd_buffer a = {0};
    begin(&a);
    struct session s = diff_texts(&a, &a, options);
    cr_expect_eq(s.status, status);
    cr_expect_str_eq(s.error.message, message);
    cr_expect_null(s.outcome);
    end(&s);
    evd_buffer_release(&a);
}

Test(diff, a_way_of_pairing_that_there_is_not_is_refused)
{
    const struct evd_tid_pair one = {1, 1};
    int pairing = EVD_PAIR_SIMILARITY + 1;
    struct evd_diff_options options = {0};
    memcpy(&options.pairing, &pairing, sizeof pairing);
    expect_refusal(&options, EVD_E_ARGUMENT,
                   "pairing is 2, which is no way of pairing; EVD_PAIR_FIRST_CALL and EVD_PAIR_SIMILARITY are");
    options.tid_map = &one;
    options.tid_map_count = 1;
    expect_refusal(&options, EVD_E_ARGUMENT,
                   "pairing is 2, which is no way of pairing; EVD_PAIR_FIRST_CALL and EVD_PAIR_SIMILARITY are");
    pairing = 77;
    memcpy(&options.pairing, &pairing, sizeof pairing);
    expect_refusal(&options, EVD_E_ARGUMENT,
                   "pairing is 77, which is no way of pairing; EVD_PAIR_FIRST_CALL and EVD_PAIR_SIMILARITY are");
    pairing = -1;
    memcpy(&options.pairing, &pairing, sizeof pairing);
    expect_refusal(&options, EVD_E_ARGUMENT,
                   "pairing is -1, which is no way of pairing; EVD_PAIR_FIRST_CALL and EVD_PAIR_SIMILARITY are");
}

Test(diff, a_map_without_an_entry_is_refused)
{
    static const char MESSAGE[] =
        "tid_map has no entry (tid_map_count is 0); with a tid_map of NULL, threads are paired by `pairing`";
    const struct evd_tid_pair one = {1, 1};
    struct evd_diff_options options = {.tid_map = &one};
    expect_refusal(&options, EVD_E_NO_MAPPING, MESSAGE);
    options.pairing = EVD_PAIR_SIMILARITY;
    expect_refusal(&options, EVD_E_NO_MAPPING, MESSAGE);
}

Test(diff, a_report_of_an_unknown_format_is_refused)
{
    struct evd_buffer a = {0};
    struct evd_error error;
    begin(&a);
    struct session s = diff_texts(&a, &a, NULL);
    cr_expect_eq(evd_report_write(s.outcome, "sonnet", NULL, append_bytes, &a, &error), EVD_E_ARGUMENT);
    end(&s);
    evd_buffer_release(&a);
}

Test(diff, an_event_is_found_by_its_tid_event_idx)
{
    struct evd_buffer a = {0};
    uint64_t position;
    struct evd_error error;
    begin(&a);
    for (int i = 1; i < 100; i++)
        append_event(&a, "x", 1, i * 3, "{}");
    struct session s = diff_texts(&a, &a, NULL);
    cr_assert_eq(evd_log_find(s.logs[0], 1, 99, &position, &error), EVD_OK);
    cr_expect_eq(position, 33);
    cr_expect_eq(evd_log_find(s.logs[0], 1, 100, &position, &error), EVD_E_ARGUMENT);
    cr_expect_eq(evd_log_find(s.logs[0], 2, 0, &position, &error), EVD_E_ARGUMENT);
    end(&s);
    evd_buffer_release(&a);
}

/* What is read again of a pair must not depend on the pairs before it, as which these are depends on the threads. */
Test(diff, what_is_read_of_a_pair_is_the_same_after_another_pair)
{
    struct evd_buffer a = {0}, b = {0};
    evd_buffer_string(&a, LOG_HEADER);
    evd_buffer_string(&b, LOG_HEADER);
    for (int tid = 1; tid <= 2; tid++) {
        append_event(&a, "kernel.call", tid, 0, "{\"name\":\"Start\"}");
        append_event(&b, "kernel.call", tid, 0, "{\"name\":\"Start\"}");
        append_event(&a, "wait.begin", tid, 1, "{\"handles_semantic_ids\":[\"0123456789abcdef\"]}");
        append_event(&a, "kernel.call", tid, 2, "{\"name\":\"NtClose\"}");
        append_event(&b, "kernel.call", tid, 2, "{\"name\":\"NtClose\"}");
    }
    uint64_t bytes[3]; /* of both pairs, of the first, of the second */
    for (int i = 0; i < 3; i++) {
        const struct evd_tid_pair one = {i, i};
        const struct evd_diff_options options = {.tid_map = i > 0 ? &one : NULL, .tid_map_count = i > 0, .threads = 1};
        struct session s = diff_texts(&a, &b, &options);
        cr_assert_eq(s.status, EVD_OK);
        cr_expect_eq(s.outcome->pairs[0].counts[EVD_CANARY].absorbed, 1);
        bytes[i] = s.outcome->bytes_read_again;
        end(&s);
    }
    cr_expect_gt(bytes[1], 0);
    cr_expect_eq(bytes[0], bytes[1] + bytes[2], "%llu bytes together, %llu and %llu alone",
                 (unsigned long long)bytes[0], (unsigned long long)bytes[1], (unsigned long long)bytes[2]);
    evd_buffer_release(&a);
    evd_buffer_release(&b);
}

/* The results are a function of the logs alone. */
Test(diff, any_cut_into_chunks_and_any_number_of_threads_give_the_same_report_in_memory_or_not, .timeout = 300)
{
    const char *const folder = getenv("EVD_TEST_DATA");
    cr_assert_not_null(folder, "EVD_TEST_DATA names tests/data");
    char canary[4096], ours[4096];
    snprintf(canary, sizeof canary, "%s/boot-canary.jsonl.zst", folder);
    snprintf(ours, sizeof ours, "%s/boot-ours.jsonl.zst", folder);
    const char *const paths[] = {canary, ours};
    struct evd_buffer first = {0};
    static const size_t CHUNKS[] = {0, 300, 4096, 77777, 1 << 20};
    static const unsigned THREADS[] = {1, 2, 4, 8};
    /* All in memory; all in files; and so that what is larger is in one. */
    static const uint64_t MEMORY[] = {0, 1, 100000, 3000000};
    for (size_t c = 0; c < sizeof CHUNKS / sizeof CHUNKS[0]; c++)
        for (size_t t = 0; t < sizeof THREADS / sizeof THREADS[0]; t++) {
            const struct evd_read_options read = {
                .threads = THREADS[t], .chunk_bytes = CHUNKS[c], .memory_bytes = MEMORY[(c + t) % 4]};
            const struct evd_diff_options options = {.threads = THREADS[t]};
            struct session s = diff(paths, &read, &options);
            cr_assert_eq(s.status, EVD_OK, "%s", s.error.message);
            struct evd_buffer text = report(s.outcome, "markdown");
            if (first.length == 0) {
                first = text;
            } else {
                cr_expect(text.length == first.length && memcmp(text.data, first.data, first.length) == 0,
                          "chunks of %zu bytes, %u threads, %llu bytes of memory", CHUNKS[c], THREADS[t],
                          (unsigned long long)read.memory_bytes);
                evd_buffer_release(&text);
            }
            end(&s);
        }
    evd_buffer_release(&first);
}
