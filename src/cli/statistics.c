#include "statistics.h"

#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "plain.h"

double cli_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* One phase; bytes and events are 0 where they mean nothing. */
struct phase {
    const char *name;
    double seconds;
    uint64_t bytes;
    uint64_t events;
};

enum { PHASE_COUNT = 6, RULE_WIDTH = 44 };

/* Events that the walk looked at, on both sides. */
static uint64_t walked_events(const struct evd_outcome *outcome)
{
    uint64_t events = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            events += outcome->pairs[i].total[side] - outcome->pairs[i].left_over[side];
    return events;
}

static uint64_t exact_comparisons(const struct evd_outcome *outcome)
{
    uint64_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        count += outcome->pairs[i].exact_comparisons;
    return count;
}

static void list_phases(const struct cli_statistics *s, struct phase *phases)
{
    const struct evd_read_statistics *reading = &s->reading;
    phases[0] = (struct phase){"rules", s->rules_seconds, 0, 0};
    phases[1] = (struct phase){"open", reading->open_seconds, 0, 0};
    phases[2] = (struct phase){"scan", reading->scan_seconds, reading->scanned_bytes, reading->scanned_events};
    phases[3] = (struct phase){"index", reading->index_seconds, 0, reading->scanned_events};
    phases[4] = (struct phase){"walk", s->outcome->walk_seconds, 0, walked_events(s->outcome)};
    phases[5] = (struct phase){"report", s->report_seconds, s->report_bytes, 0};
}

/* Peak of what was in memory, mapped files included, in bytes. */
static uint64_t peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

/* Memory in use now that belongs to no file, in bytes; 0 where the system does not say. */
static uint64_t anonymous_memory(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL)
        return 0;
    char line[256];
    unsigned long long kib = 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "RssAnon: %llu kB", &kib) == 1)
            break;
    fclose(status);
    return (uint64_t)kib * 1024;
}

/* Bytes of the logs' text that were read: all of it without saved indexes, else what was looked at. */
static uint64_t text_read(const struct cli_statistics *s)
{
    return s->reading.scanned_bytes + s->outcome->bytes_read_again;
}

/* "skipped fields of wait.end"; returns how many bytes that is. */
static size_t print_rule(const struct evd_rule_use *use, FILE *out)
{
    const char *summary = evd_rule_subject_summary(use->subject);
    fputs(summary, out);
    if (use->of.length == 0)
        return strlen(summary);
    fputc(' ', out);
    cli_print_plain(out, use->of.bytes, use->of.length);
    return strlen(summary) + 1 + use->of.length;
}

/* The same as a string of JSON. */
static void print_rule_json(const struct evd_rule_use *use, FILE *out)
{
    fprintf(out, "\"%s%s", evd_rule_subject_summary(use->subject), use->of.length > 0 ? " " : "");
    cli_print_json_letters(out, use->of.bytes, use->of.length);
    fputc('"', out);
}

/* A saved index does not tell them. */
static bool has_uncounted_gaps(const struct cli_statistics *s)
{
    return s->reading.scanned_events < s->reading.events;
}

static void print_gaps(const struct cli_statistics *s, FILE *out)
{
    const uint64_t missing = s->reading.idx_missing;
    if (s->reading.scanned_events == 0 && has_uncounted_gaps(s)) {
        fputs("gaps in tid_event_idx: not counted, because saved indexes were read instead of the text\n\n", out);
        return;
    }
    fprintf(out, "gaps in tid_event_idx: %" PRIu64 ", which leave out %" PRIu64 " number%s%s\n\n", s->reading.idx_gaps,
            missing, missing == 1 ? "" : "s",
            has_uncounted_gaps(s) ? "; not counted in a log whose saved index was read" : "");
}

void cli_statistics_print_text(const struct cli_statistics *s, FILE *out)
{
    struct phase phases[PHASE_COUNT];
    list_phases(s, phases);
    fprintf(out, "%-8s %10s %14s %12s %10s %14s\n", "phase", "seconds", "bytes", "events", "GB/s", "events/s");
    for (int i = 0; i < PHASE_COUNT; i++) {
        const struct phase *phase = &phases[i];
        const double seconds = phase->seconds > 0 ? phase->seconds : 1e-9;
        fprintf(out, "%-8s %10.4f", phase->name, phase->seconds);
        if (phase->bytes > 0)
            fprintf(out, " %14" PRIu64, phase->bytes);
        else
            fprintf(out, " %14s", "");
        if (phase->events > 0)
            fprintf(out, " %12" PRIu64, phase->events);
        else
            fprintf(out, " %12s", "");
        if (phase->bytes > 0)
            fprintf(out, " %10.3f", (double)phase->bytes * 1e-9 / seconds);
        else
            fprintf(out, " %10s", "");
        if (phase->events > 0)
            fprintf(out, " %14.0f", (double)phase->events / seconds);
        fputc('\n', out);
    }
    fprintf(out, "%-8s %10.4f\n\n", "total", s->total_seconds);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    fprintf(out, "text read: %" PRIu64 " of %" PRIu64 " bytes\n", text_read(s), s->reading.bytes);
    fprintf(out, "page faults: %ld, and %ld that read from the disk\n", usage.ru_minflt, usage.ru_majflt);
    fprintf(out, "peak memory, mapped files included: %" PRIu64 " bytes\n", peak_memory());
    fprintf(out, "memory at the end, without mapped files: %" PRIu64 " bytes\n", anonymous_memory());
    fprintf(out, "slow-path comparisons: %" PRIu64 "\n", exact_comparisons(s->outcome));
    print_gaps(s, out);
    fprintf(out, "%-*s %12s %12s\n", RULE_WIDTH, "rule", "canary", "ours");
    for (size_t i = 0; i < s->outcome->rule_use_count; i++) {
        const struct evd_rule_use *use = &s->outcome->rule_uses[i];
        const size_t width = print_rule(use, out);
        fprintf(out, "%*s %12" PRIu64 " %12" PRIu64 "\n", width < RULE_WIDTH ? RULE_WIDTH - (int)width : 0, "",
                use->count[EVD_CANARY], use->count[EVD_OURS]);
    }
    const size_t unfired_count = s->outcome->unfired_rule_count;
    fprintf(out, "\nrules that never fired:%s\n", unfired_count == 0 ? " none" : "");
    for (size_t i = 0; i < unfired_count; i++) {
        fputs("  ", out);
        print_rule(&s->outcome->rule_uses[s->outcome->unfired_rules[i]], out);
        fputc('\n', out);
    }
}

void cli_statistics_print_json(const struct cli_statistics *s, FILE *out)
{
    struct phase phases[PHASE_COUNT];
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    list_phases(s, phases);
    fputs("{\"phases\": [", out);
    for (int i = 0; i < PHASE_COUNT; i++)
        fprintf(out, "%s{\"phase\": \"%s\", \"seconds\": %.6f, \"bytes\": %" PRIu64 ", \"events\": %" PRIu64 "}",
                i ? ", " : "", phases[i].name, phases[i].seconds, phases[i].bytes, phases[i].events);
    fprintf(out,
            "], \"total_seconds\": %.6f, \"text_bytes\": %" PRIu64 ", \"text_bytes_read\": %" PRIu64
            ", \"page_faults\": %ld, \"page_faults_from_disk\": %ld, \"peak_memory_bytes\": %" PRIu64
            ", \"anonymous_memory_bytes\": %" PRIu64 ", \"slow_path_comparisons\": %" PRIu64
            ", \"tid_event_idx_gaps\": %" PRIu64 ", \"tid_event_idx_missing\": %" PRIu64
            ", \"tid_event_idx_is_counted\": %s, \"rules\": [",
            s->total_seconds, s->reading.bytes, text_read(s), usage.ru_minflt, usage.ru_majflt, peak_memory(),
            anonymous_memory(), exact_comparisons(s->outcome), s->reading.idx_gaps, s->reading.idx_missing,
            has_uncounted_gaps(s) ? "false" : "true");
    for (size_t i = 0; i < s->outcome->rule_use_count; i++) {
        const struct evd_rule_use *use = &s->outcome->rule_uses[i];
        fputs(i ? ", {\"rule\": " : "{\"rule\": ", out);
        print_rule_json(use, out);
        fprintf(out, ", \"canary\": %" PRIu64 ", \"ours\": %" PRIu64 "}", use->count[EVD_CANARY], use->count[EVD_OURS]);
    }
    fputs("], \"rules_that_never_fired\": [", out);
    for (size_t i = 0; i < s->outcome->unfired_rule_count; i++) {
        fputs(i ? ", " : "", out);
        print_rule_json(&s->outcome->rule_uses[s->outcome->unfired_rules[i]], out);
    }
    fputs("]}\n", out);
}
