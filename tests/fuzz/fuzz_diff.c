/* A whole diff: the input is two logs, one after a line "====". Every cut into chunks, number of
 * threads and way of reading lines gives the same status and the same report. */
#include <string.h>

#include <evdiff/evdiff.h>

#include "demand.h"
#include "memory_log.h"
#include "rules/rules.h"
#include "target.h"
#include "two_logs.h"
#include "json/validate.h"

/* Every divergence and family, and how each event came out, which must be once. */
static void list_divergences(const struct evd_outcome *outcome, struct evd_buffer *text)
{
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        for (int side = 0; side < EVD_SIDES; side++) {
            const struct evd_event_counts *counts = &pair->counts[side];
            demand(counts->matched + counts->differing + counts->absorbed + counts->engine_local + counts->left_over ==
                   pair->total[side]);
        }
        for (size_t j = 0; j < pair->divergence_count; j++) {
            const struct evd_divergence *divergence = &pair->divergences[j];
            demand(divergence->family < outcome->family_count);
            evd_buffer_format(text, "%s %s after %llu\n", evd_class_name(divergence->class_),
                              outcome->families[divergence->family].id, (unsigned long long)divergence->matched_after);
            for (int side = 0; side < EVD_SIDES; side++) {
                const struct evd_run run = evd_run_of(divergence, side);
                evd_buffer_format(text, "%llu %lu %lld %lld %llu ", (unsigned long long)run.position,
                                  (unsigned long)run.count, (long long)run.first_idx, (long long)run.last_idx,
                                  (unsigned long long)run.offset);
            }
            demand((divergence->value != NULL) == (divergence->class_ == EVD_CLASS_VALUE));
            for (int side = 0; divergence->value != NULL && side < EVD_SIDES; side++) {
                const struct evd_field_value *value = &divergence->value[side];
                demand(value->shown_from + value->shown.length <= value->length);
                demand(value->shown.length <= EVD_VALUE_MAX);
                evd_buffer_append(text, value->shown.bytes, value->shown.length);
                evd_buffer_format(text, " %d %llx", (int)value->type, (unsigned long long)value->hash);
            }
        }
    }
}

static void report(const struct evd_outcome *outcome, const char *format, struct evd_buffer *text)
{
    const size_t start = text->length;
    struct evd_json_fault fault;
    demand(evd_report_write(outcome, format, NULL, append_bytes, text, NULL) == EVD_OK);
    demand(strcmp(format, "json") != 0 || evd_json_validate(text->data + start, text->length - start, &fault));
}

/* The diff's status, and its report or its message in `text`. */
static enum evd_status run(const char *const *paths, const struct evd_rules *rules, enum evd_pairing pairing,
                           unsigned threads, size_t chunk_bytes, bool is_plain, struct evd_buffer *text)
{
    struct evd_log *logs[2];
    struct evd_outcome *outcome;
    struct evd_error error;
    uint64_t count;
    const struct evd_read_options read = {.threads = threads, .chunk_bytes = chunk_bytes, .is_plain = is_plain};
    const struct evd_diff_options options = {
        .threads = threads, .pairing = pairing, .emit_absorbed_events = true, .resync = true, .is_plain = is_plain};
    enum evd_status status = evd_logs_open(paths, 2, rules, &read, logs, NULL, NULL, NULL, &error);
    if (status == EVD_OK)
        status = evd_diff(logs[0], logs[1], &options, &outcome, &error);
    if (status == EVD_OK) {
        for (size_t i = 0; evd_report_format_name(i) != NULL; i++)
            report(outcome, evd_report_format_name(i), text);
        list_divergences(outcome, text);
        demand(evd_report_absorbed_events(outcome, append_bytes, text, &count, &error) == EVD_OK);
        evd_outcome_free(outcome);
    } else {
        evd_buffer_format(text, "%llu:%llu: %s", (unsigned long long)error.line, (unsigned long long)error.column,
                          error.message);
    }
    evd_log_free(logs[0]);
    evd_log_free(logs[1]);
    return status;
}

/* Names of both scopes, with ranges, for the kinds and fields that the saved inputs have. */
static const char NAME_RULES[] =
    "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\","
    "\"pairing\":{\"kind\":\"kernel.call\",\"field\":\"name\",\"why\":\"w\"},"
    "\"name_classes\":["
    "{\"class\":\"a\",\"at_least\":\"0x100\",\"scope\":\"thread\",\"why\":\"w\"},"
    "{\"class\":\"h\",\"at_least\":\"0x1\",\"at_most\":\"0xffff\",\"scope\":\"log\",\"why\":\"w\"}],"
    "\"names\":["
    "{\"form\":\"value\",\"class\":\"a\",\"kind\":\"kernel.call\",\"fields\":[\"args.*\"],\"why\":\"w\"},"
    "{\"form\":\"birth\",\"class\":\"a\",\"kind\":\"kernel.return\",\"name_field\":\"name\","
    "\"calls\":[\"RtlAllocateHeap\"],\"fields\":[\"return_value\"],\"why\":\"w\","
    "\"size\":{\"kind\":\"kernel.call\",\"field\":\"args.a2\"}},"
    "{\"form\":\"end\",\"class\":\"h\",\"kind\":\"handle.destroy\",\"fields\":[\"raw_handle_id\"],\"why\":\"w\"},"
    "{\"form\":\"value\",\"class\":\"h\",\"kind\":\"handle.create\",\"fields\":[\"raw_handle_id\",\"object_type\"],"
    "\"why\":\"w\"}]}";

/* Which threads are counterparts, and the order of events, for the same kinds. */
static const char THREAD_RULES[] =
    "{\"rules\":\"evdiff.rules/2\",\"name\":\"t\","
    "\"pairing\":{\"kind\":\"kernel.call\",\"field\":\"name\",\"why\":\"w\"},"
    "\"threads\":["
    "{\"name\":\"v\",\"pair\":\"value\",\"when\":{\"kind\":\"handle.*\"},\"fields\":\"raw_handle_id\",\"why\":\"w\"},"
    "{\"name\":\"c\",\"pair\":\"creation\",\"when\":{\"kind\":\"thread.create\"},\"why\":\"w\"},"
    "{\"name\":\"o\",\"pair\":\"order\",\"when\":{\"kind\":\"wait.*\"},\"may_be_missing\":true,\"why\":\"w\"}],"
    "\"any_order\":[{\"name\":\"a\",\"when\":{\"kind\":\"import.*\"},\"why\":\"w\"}],"
    "\"may_move\":[{\"name\":\"m\",\"from\":{\"kind\":\"wait.begin\"},\"to\":{\"kind\":\"wait.end\"},\"by\":9,\"why\":\"w\"}]}";

/* The same under one set of rules and one way of pairing. */
static void try_rules(const char *const *paths, const struct evd_rules *rules, enum evd_pairing pairing, size_t size)
{
    struct evd_buffer once = {0}, again = {0};
    const enum evd_status status = run(paths, rules, pairing, 1, 0, true, &once);
    demand(run(paths, rules, pairing, 2, 1 + size % 97, false, &again) == status);
    demand(once.length == again.length && (once.length == 0 || memcmp(once.data, again.data, once.length) == 0));
    evd_buffer_release(&once);
    evd_buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct evd_rules *rules, *name_rules, *thread_rules;
    if (rules == NULL)
        demand(
            evd_rules_load(NULL, NULL, &rules, NULL) == EVD_OK &&
            evd_rules_load_text("names", NAME_RULES, sizeof NAME_RULES - 1, NULL, &name_rules, NULL) == EVD_OK &&
            evd_rules_load_text("threads", THREAD_RULES, sizeof THREAD_RULES - 1, NULL, &thread_rules, NULL) == EVD_OK);
    struct two_logs files;
    const char *paths[EVD_SIDES];
    two_logs_open(&files, data, size, paths);
    try_rules(paths, rules, EVD_PAIR_FIRST_CALL, size);
    try_rules(paths, rules, EVD_PAIR_SIMILARITY, size);
    try_rules(paths, name_rules, EVD_PAIR_FIRST_CALL, size);
    try_rules(paths, thread_rules, EVD_PAIR_FIRST_CALL, size);
    try_rules(paths, thread_rules, EVD_PAIR_SIMILARITY, size);
    two_logs_close(&files);
    return 0;
}
