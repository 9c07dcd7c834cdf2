#include "selftest_outputs.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "plain.h"
#include "skipped.h"

/* 100.0 means all and 0.0 none. */
static double percent(const struct evd_detection *detection)
{
    const double exact = 100.0 * (double)detection->detected / (double)detection->planted;
    if (detection->detected == detection->planted || detection->detected == 0)
        return exact;
    return exact > 99.9 ? 99.9 : exact < 0.1 ? 0.1 : exact;
}

static void print_row(const char *name, size_t name_length, int width, const struct evd_detection *detection)
{
    printf("%-*.*s  %8" PRIu64 "  %8" PRIu64, width, (int)name_length, name, detection->planted, detection->detected);
    if (detection->planted == 0)
        printf("         -\n");
    else
        printf("  %6.1f %%\n", percent(detection));
}

static int wider(int width, size_t length)
{
    return length > (size_t)width ? (int)length : width;
}

static void print_head(const char *name, int width)
{
    printf("\n%-*s  %8s  %8s\n", width, name, "planted", "detected");
}

/* Why there are fewer than were asked for. */
static void print_missing(const struct cli_selftest_report *report)
{
    const struct evd_selftest *result = report->result;
    const uint64_t samples = report->options->samples;
    bool are_missing = false;
    /* There are as many threads to lose as there are. */
    for (int i = 0; i < EVD_MUTATIONS; i++)
        are_missing |= i != EVD_MUTATION_LOSE_THREAD && result->by_mutation[i].planted < samples;
    if (!are_missing)
        return;
    printf("\nFewer than %" PRIu64 " of a mutation: there was no place for more", samples);
    if (result->passed_over > 0)
        printf(", and %" PRIu64 " place%s left out since the logs do not match around %s", result->passed_over,
               result->passed_over == 1 ? " was" : "s were", result->passed_over == 1 ? "it" : "them");
    printf(".\n");
}

static void print_undetected(const struct evd_selftest *result)
{
    uint64_t missed = result->all.planted - result->all.detected;
    if (missed == 0)
        return;
    printf("\nNot detected:\n");
    for (size_t i = 0; i < result->field_count; i++) {
        const struct evd_field_detection *field = &result->fields[i];
        missed = field->detection.planted - field->detection.detected;
        if (missed == 0)
            continue;
        printf("  %-12s  %.*s%s%.*s: %" PRIu64 " of %" PRIu64 " detected\n", evd_mutation_name(field->mutation),
               (int)field->kind.length, field->kind.bytes, field->field.length > 0 ? "." : "", (int)field->field.length,
               field->field.bytes, field->detection.detected, field->detection.planted);
    }
}

static void print_skipped(const struct evd_log *log)
{
    const uint64_t count = log != NULL ? evd_log_skipped_count(log) : 0;
    if (count == 0)
        return;
    putchar('\n');
    cli_print_plain(stdout, evd_log_path(log), strlen(evd_log_path(log)));
    printf(": %" PRIu64 " line%s skipped\n", count, count == 1 ? " is no event and was" : "s are no events and were");
    cli_print_skipped(log);
}

void cli_selftest_print_text(const struct cli_selftest_report *report)
{
    const struct evd_selftest *result = report->result;
    const bool is_pair = report->paths[EVD_OURS] != NULL;
    const char *mutated = report->paths[is_pair], *other = is_pair ? report->paths[EVD_CANARY] : "itself";
    printf("Detected: %" PRIu64 " of %" PRIu64 " mutations (%.1f %%)\n", result->all.detected, result->all.planted,
           percent(&result->all));
    cli_print_wrapped("Planted in %s where it matches %s: %" PRIu64 " of %" PRIu64 " events", mutated, other,
                      result->matched_events, result->event_count);
    int width = 12;
    for (size_t i = 0; i < result->kind_count; i++)
        width = wider(width, result->kinds[i].kind.length);
    print_head("mutation", width);
    for (int i = 0; i < EVD_MUTATIONS; i++) {
        const char *name = evd_mutation_name((enum evd_mutation)i);
        print_row(name, strlen(name), width, &result->by_mutation[i]);
    }
    print_missing(report);
    print_head("kind", width);
    for (size_t i = 0; i < result->kind_count; i++)
        print_row(result->kinds[i].kind.bytes, result->kinds[i].kind.length, width, &result->kinds[i].all);
    print_undetected(result);
    for (int side = 0; side < EVD_SIDES; side++)
        print_skipped(report->logs[side]);
}

/* ── JSON; kinds and fields come spelled as it has them ── */

static void print_json_detection(const struct evd_detection *detection)
{
    printf("\"planted\": %" PRIu64 ", \"detected\": %" PRIu64, detection->planted, detection->detected);
}

static void print_json_mutations(const struct evd_detection *by_mutation)
{
    fputs("\"mutations\": [", stdout);
    for (int i = 0; i < EVD_MUTATIONS; i++) {
        printf("%s{\"mutation\": \"%s\", ", i ? ", " : "", evd_mutation_name((enum evd_mutation)i));
        print_json_detection(&by_mutation[i]);
        putchar('}');
    }
    putchar(']');
}

/* A member only where there are such lines. */
static void print_json_skipped(const struct cli_selftest_report *report)
{
    bool has_any = false;
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_log *log = report->logs[side];
        if (log == NULL || evd_log_skipped_count(log) == 0)
            continue;
        printf("%s\"%s\": ", has_any ? ", " : ",\n \"skipped_lines\": {", evd_side_name((enum evd_side)side));
        cli_print_skipped_json(log);
        has_any = true;
    }
    if (has_any)
        putchar('}');
}

void cli_selftest_print_json(const struct cli_selftest_report *report)
{
    const struct evd_selftest *result = report->result;
    const char *canary = report->paths[EVD_CANARY]; /* with one log it is both */
    const char *ours = report->paths[EVD_OURS] != NULL ? report->paths[EVD_OURS] : canary;
    fputs("{\"schema\": \"evdiff.selftest/1\", \"canary\": ", stdout);
    cli_print_json(stdout, canary, strlen(canary));
    fputs(", \"ours\": ", stdout);
    cli_print_json(stdout, ours, strlen(ours));
    printf(", \"seed\": %" PRIu64 ", \"samples\": %" PRIu64 ", \"events\": %" PRIu64 ", \"matched_events\": %" PRIu64
           ", \"passed_over\": %" PRIu64 ",\n ",
           report->options->seed, report->options->samples, result->event_count, result->matched_events,
           result->passed_over);
    print_json_detection(&result->all);
    fputs(", ", stdout);
    print_json_mutations(result->by_mutation);
    fputs(",\n \"kinds\": [", stdout);
    for (size_t i = 0; i < result->kind_count; i++) {
        const struct evd_kind_detection *kind = &result->kinds[i];
        printf("%s{\"kind\": \"%.*s\", ", i ? ",\n  " : "", (int)kind->kind.length, kind->kind.bytes);
        print_json_detection(&kind->all);
        fputs(", ", stdout);
        print_json_mutations(kind->by_mutation);
        putchar('}');
    }
    fputs("],\n \"fields\": [", stdout);
    for (size_t i = 0; i < result->field_count; i++) {
        const struct evd_field_detection *field = &result->fields[i];
        printf("%s{\"mutation\": \"%s\", \"kind\": \"%.*s\", \"field\": \"%.*s\", ", i ? ",\n  " : "",
               evd_mutation_name(field->mutation), (int)field->kind.length, field->kind.bytes, (int)field->field.length,
               field->field.bytes);
        print_json_detection(&field->detection);
        putchar('}');
    }
    putchar(']');
    print_json_skipped(report);
    fputs("}\n", stdout);
}
