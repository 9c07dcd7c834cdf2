/* evdiff selftest: plants mutations in copies of a log and tells which of them the diff sees. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "diff_arguments.h"
#include "options.h"
#include "places.h"
#include "plain.h"
#include "terminal.h"

enum {
    OPTION_RULES = 256,
    OPTION_SEED,
    OPTION_SAMPLES,
    OPTION_FORMAT,
    OPTION_NO_ALLOCATORS,
    OPTION_NO_HEAP,
    OPTION_DISABLE,
    OPTION_PROGRESS,
};

static const struct cli_option OPTIONS[] = {
    {OPTION_SAMPLES, "samples", "N", "plant each mutation N times; default: 300"},
    {OPTION_SEED, "seed", "N", "choose other places: the same seed, the same places;\ndefault: 1"},
    {OPTION_RULES, "rules", "FILE", "use the rules in FILE ('evdiff rules' prints a start)"},
    {OPTION_NO_ALLOCATORS, "no-canonicalize-allocators", NULL, "compare allocator returns as they are"},
    {OPTION_NO_HEAP, "no-canonicalize-host-heap-fields", NULL, "compare host-heap fields as they are"},
    {OPTION_DISABLE, "disable-absorber", "LIST", "switch absorbers off by name, comma-separated"},
    {OPTION_FORMAT, "format", "NAME", "text (tables) or json; default: text"},
    {'j', "threads", "N", "use N threads; default: one a core"},
    {OPTION_PROGRESS, "progress", "WHEN", "auto, always or never show progress"},
    {0},
};

static const struct cli_usage USAGE = {
    .command = "selftest",
    .synopsis = "evdiff selftest [OPTION]... A [B]",
    .summary = "Plant mutations in copies of a log and tell which of them the diff sees: how sharp the\n"
               "rules are. With one log, copies of A are diffed with A; with two, copies of B with A.",
    .options = OPTIONS,
    .epilogue = "Mutations: drop or duplicate an event, swap two, change a field, swap threads, cut the end.\n"
                "Exit status: 0 done; 2 trouble.",
};

static const char *const FORMATS[] = {"text", "json", NULL};
enum format { FORMAT_TEXT, FORMAT_JSON };

struct arguments {
    const char *paths[EVD_SIDES]; /* the second is NULL for one log */
    const char *rules;
    const char *disabled; /* the list as given, or NULL */
    struct evd_rules_options rules_options;
    struct evd_selftest_options options;
    enum format format;
    enum cli_when progress;
};

static bool read_number(const char *option, uint64_t least, uint64_t most, uint64_t *value)
{
    if (cli_read_number(optarg, least, most, value))
        return true;
    cli_usage_error("selftest", "--%s: '%s' is no number from %" PRIu64 " to %" PRIu64, option, optarg,
                    least, most);
    return false;
}

/* Reads one of some words. */
static bool read_word(const char *option, const char *const *words, const char *listed, int *word)
{
    *word = cli_read_word(optarg, words);
    if (*word < 0)
        cli_usage_error("selftest", "--%s: '%s' is none of %s", option, optarg, listed);
    return *word >= 0;
}

static bool read_option(struct arguments *arguments, int code)
{
    uint64_t threads;
    int word;
    switch (code) {
    case OPTION_RULES:
        arguments->rules = optarg;
        return true;
    case OPTION_SEED:
        return read_number("seed", 0, UINT64_MAX, &arguments->options.seed);
    case OPTION_SAMPLES:
        return read_number("samples", 1, EVD_SAMPLES_MAX, &arguments->options.samples);
    case OPTION_FORMAT:
        if (!read_word("format", FORMATS, "text, json", &word))
            return false;
        arguments->format = (enum format)word;
        return true;
    case OPTION_NO_ALLOCATORS:
        arguments->rules_options.keep_allocator_returns = true;
        return true;
    case OPTION_NO_HEAP:
        arguments->rules_options.keep_host_heap_fields = true;
        return true;
    case OPTION_DISABLE:
        arguments->disabled = optarg;
        return true;
    case 'j':
        if (!read_number("threads", 1, 1024, &threads))
            return false;
        arguments->options.threads = (unsigned)threads;
        return true;
    case OPTION_PROGRESS:
        if (!read_word("progress", cli_when_words, "auto, always, never", &word))
            return false;
        arguments->progress = (enum cli_when)word;
        return true;
    default:
        return false;
    }
}

static bool read_operands(struct arguments *arguments, int argc, char **argv)
{
    for (int i = 0; i < EVD_SIDES && optind < argc; i++)
        arguments->paths[i] = cli_log_path(argv[optind++]);
    if (optind < argc)
        cli_usage_error("selftest", "one log too many: '%s'", argv[optind]);
    else if (arguments->paths[0] == NULL)
        cli_usage_error("selftest", "a log is needed");
    else if (arguments->paths[1] != NULL && cli_is_same_pipe(arguments->paths[0], arguments->paths[1]))
        cli_usage_error("selftest", "both logs are one pipe");
    else
        return true;
    return false;
}

/* ── Text ── */

static double percent(const struct evd_detection *detection)
{
    return detection->planted == 0
               ? 0
               : 100.0 * (double)detection->detected / (double)detection->planted;
}

static void print_row(const char *name, size_t name_length, int width,
                      const struct evd_detection *detection)
{
    printf("%-*.*s  %8" PRIu64 "  %8" PRIu64, width, (int)name_length, name, detection->planted,
           detection->detected);
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
        printf("  %-12s  %.*s%s%.*s: %" PRIu64 " of %" PRIu64 " detected\n",
               evd_mutation_name(field->mutation), (int)field->kind.length, field->kind.bytes,
               field->field.length > 0 ? "." : "", (int)field->field.length, field->field.bytes,
               field->detection.detected, field->detection.planted);
    }
}

static void print_text(const struct arguments *arguments, const struct evd_selftest *result)
{
    const bool is_pair = arguments->paths[EVD_OURS] != NULL;
    const char *mutated = arguments->paths[is_pair], *other = is_pair ? arguments->paths[EVD_CANARY] : "itself";
    printf("Detected: %" PRIu64 " of %" PRIu64 " mutations (%.1f %%), planted in ", result->all.detected,
           result->all.planted, percent(&result->all));
    cli_print_plain(stdout, mutated, strlen(mutated));
    printf(" where it matches ");
    cli_print_plain(stdout, other, strlen(other));
    printf(": %" PRIu64 " of %" PRIu64 " events\n", result->matched_events, result->event_count);
    int width = 12;
    for (size_t i = 0; i < result->kind_count; i++)
        width = wider(width, result->kinds[i].kind.length);
    print_head("mutation", width);
    for (int i = 0; i < EVD_MUTATIONS; i++) {
        const char *name = evd_mutation_name((enum evd_mutation)i);
        print_row(name, strlen(name), width, &result->by_mutation[i]);
    }
    print_head("kind", width);
    for (size_t i = 0; i < result->kind_count; i++)
        print_row(result->kinds[i].kind.bytes, result->kinds[i].kind.length, width,
                  &result->kinds[i].all);
    print_undetected(result);
}

/* ── JSON; kinds and fields come spelled as it has them ── */

static void print_json_detection(const struct evd_detection *detection)
{
    printf("\"planted\": %" PRIu64 ", \"detected\": %" PRIu64, detection->planted,
           detection->detected);
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

/* With one log it is both. */
static void print_json_path(const struct arguments *arguments, int side)
{
    const char *path = arguments->paths[arguments->paths[side] != NULL ? side : EVD_CANARY];
    cli_print_json(stdout, path, strlen(path));
}

static void print_json(const struct arguments *arguments, const struct evd_selftest *result)
{
    fputs("{\"schema\": \"evdiff.selftest/1\", \"canary\": ", stdout);
    print_json_path(arguments, EVD_CANARY);
    fputs(", \"ours\": ", stdout);
    print_json_path(arguments, EVD_OURS);
    printf(", \"seed\": %" PRIu64 ", \"samples\": %" PRIu64 ", \"events\": %" PRIu64
           ", \"matched_events\": %" PRIu64 ",\n ",
           arguments->options.seed, arguments->options.samples, result->event_count,
           result->matched_events);
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
               evd_mutation_name(field->mutation), (int)field->kind.length, field->kind.bytes,
               (int)field->field.length, field->field.bytes);
        print_json_detection(&field->detection);
        putchar('}');
    }
    fputs("]}\n", stdout);
}

/* ── The run ── */

static int load_rules(struct arguments *arguments, char ***disabled_names, struct evd_rules **rules)
{
    struct evd_error error;
    size_t count = 0;
    if (arguments->disabled != NULL) {
        *disabled_names = cli_split_names(arguments->disabled, &count);
        if (*disabled_names == NULL)
            return EXIT_TROUBLE;
        arguments->rules_options.disabled_absorbers = (const char *const *)*disabled_names;
        arguments->rules_options.disabled_absorber_count = count;
    }
    if (evd_rules_load(arguments->rules, &arguments->rules_options, rules, &error) != EVD_OK)
        return cli_report_error(&error);
    return cli_check_absorbers(*rules, *disabled_names, count) ? EXIT_DONE : EXIT_TROUBLE;
}

static int run_with_rules(const struct arguments *arguments, const struct evd_rules *rules)
{
    struct evd_log *logs[EVD_SIDES] = {NULL, NULL};
    struct evd_selftest *result = NULL;
    struct evd_error error;
    struct cli_progress progress;
    const size_t count = arguments->paths[EVD_OURS] != NULL ? 2 : 1;
    cli_progress_start(&progress, arguments->progress);
    const struct evd_read_options options = {.threads = arguments->options.threads,
                                             .progress = cli_progress_show,
                                             .progress_context = &progress};
    enum evd_status status = evd_logs_open(arguments->paths, count, rules, &options, logs, NULL, NULL,
                                           NULL, &error);
    cli_progress_end(&progress);
    if (status == EVD_OK)
        status = evd_selftest(logs[EVD_CANARY], logs[count - 1], &arguments->options, &result, &error);
    int code = EXIT_DONE;
    if (status == EVD_E_NO_MAPPING) {
        fprintf(stderr, "evdiff: %s: no thread has a counterpart by its first call, so there is nothing "
                        "to plant mutations in\n", arguments->paths[count - 1]);
        code = EXIT_TROUBLE;
    } else if (status != EVD_OK) {
        code = cli_report_error(&error);
    } else if (arguments->format == FORMAT_JSON) {
        print_json(arguments, result);
    } else {
        print_text(arguments, result);
    }
    evd_selftest_free(result);
    for (size_t i = 0; i < count; i++)
        evd_log_free(logs[i]);
    return code;
}

static int run_selftest(int argc, char **argv)
{
    struct arguments arguments = {.options = {.seed = 1, .samples = 300}};
    char **disabled_names = NULL;
    struct evd_rules *rules = NULL;
    int option;
    while ((option = cli_next_option(&USAGE, argc, argv)) != CLI_OPTION_END) {
        if (option == CLI_OPTION_HELP)
            return cli_finish_output(EXIT_DONE);
        if (!read_option(&arguments, option))
            return EXIT_TROUBLE;
    }
    if (!read_operands(&arguments, argc, argv))
        return EXIT_TROUBLE;
    int code = load_rules(&arguments, &disabled_names, &rules);
    if (code == EXIT_DONE)
        code = cli_finish_output(run_with_rules(&arguments, rules));
    evd_rules_free(rules);
    cli_free_names(disabled_names);
    return code;
}

const struct cli_command cli_selftest = {
    "selftest", "measure what the diff sees under the rules", run_selftest};
