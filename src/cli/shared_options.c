#include "shared_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "pair_file.h"

enum {
    OPTION_PROGRESS = CLI_GROUP_CODES,
    OPTION_RULES,
    OPTION_NO_ALLOCATORS,
    OPTION_NO_HEAP,
    OPTION_DISABLE,
    OPTION_TID_MAP,
    OPTION_PAIR,
    OPTION_MAX_UNPACKED,
    OPTION_MEMORY,
    OPTION_TOLERANT,
};

/* ── Work ── */

static const struct cli_option WORK_OPTIONS[] = {
    CLI_OPTION('j', "threads", "N", "use N threads; default: one a core"),
    CLI_OPTION(OPTION_PROGRESS, "progress", "WHEN", "auto, always or never show progress"),
    CLI_OPTION('q', "quiet", NULL, "say only what is wrong"),
    CLI_OPTIONS_END,
};

bool cli_read_when(const char *command, const char *option, enum cli_when *when)
{
    int word;
    if (!cli_read_word_option(command, option, optarg, cli_when_words, &word))
        return false;
    *when = (enum cli_when)word;
    return true;
}

static bool read_work(void *values, const char *command, int code)
{
    struct cli_work *work = values;
    uint64_t threads;
    if (code == 'q') {
        work->is_quiet = true;
        work->progress = CLI_NEVER;
        return true;
    }
    if (code == OPTION_PROGRESS)
        return cli_read_when(command, "progress", &work->progress);
    if (!cli_read_number_option(command, "threads", optarg, 1, 1024, &threads))
        return false;
    work->threads = (unsigned)threads;
    return true;
}

const struct cli_option_group cli_work_options = {WORK_OPTIONS, read_work};

/* ── Reading ── */

static const struct cli_option READING_OPTIONS[] = {
    CLI_OPTION(OPTION_MAX_UNPACKED, "max-unpacked", "SIZE",
               "unpack, or read from pipes, at most so many bytes in all;\nK, M, G and T are taken; default: three "
               "fifths of the\nfree memory"),
    CLI_OPTION(OPTION_MEMORY, "memory", "SIZE",
               "keep so much of texts and tables in memory, and the rest\nin files in $TMPDIR; default: all in memory"),
    CLI_OPTION(OPTION_TOLERANT, "tolerant", NULL, "skip lines that are no events, and tell which"),
    CLI_OPTIONS_END,
};

static bool read_reading(void *values, const char *command, int code)
{
    struct evd_read_options *reading = values;
    if (code == OPTION_TOLERANT) {
        reading->is_tolerant = true;
        return true;
    }
    const bool is_memory = code == OPTION_MEMORY;
    if (cli_read_size(optarg, is_memory ? &reading->memory_bytes : &reading->max_unpacked_bytes))
        return true;
    cli_usage_error(command, "--%s: '%s' is no size from 1, such as 4096, 500M or 4G",
                    is_memory ? "memory" : "max-unpacked", optarg);
    return false;
}

const struct cli_option_group cli_reading_options = {READING_OPTIONS, read_reading};

/* ── Comparison ── */

static const struct cli_option COMPARISON_OPTIONS[] = {
    CLI_OPTION(
        OPTION_RULES, "rules", "FILE",
        "use the rules in FILE ('evdiff rules' prints a start),\nor rules that come with the program by their name,\nas wine-relay"),
    CLI_OPTION(OPTION_NO_ALLOCATORS, "no-canonicalize-allocators", NULL, "compare allocator returns as they are"),
    CLI_OPTION(OPTION_NO_HEAP, "no-canonicalize-host-heap-fields", NULL, "compare host-heap fields as they are"),
    CLI_OPTION(OPTION_DISABLE, "disable-absorber", "LIST", "switch absorbers off by name, comma-separated"),
    CLI_OPTIONS_END,
};

static bool read_comparison(void *values, const char *command, int code)
{
    struct cli_comparison *comparison = values;
    switch (code) {
    case OPTION_RULES:
        comparison->given = optarg;
        comparison->rules = cli_find_rules(command, optarg, &comparison->rules_file);
        return comparison->rules != NULL;
    case OPTION_NO_ALLOCATORS: comparison->options.keep_allocator_returns = true; return true;
    case OPTION_NO_HEAP: comparison->options.keep_host_heap_fields = true; return true;
    case OPTION_DISABLE: comparison->disabled = optarg; return true;
    default: return false;
    }
}

const struct cli_option_group cli_comparison_options = {COMPARISON_OPTIONS, read_comparison};

int cli_comparison_load(const char *command, struct cli_comparison *comparison, const struct cli_foreign *foreign,
                        struct evd_rules **rules)
{
    struct evd_error error;
    size_t count = 0;
    if (comparison->disabled != NULL) {
        comparison->disabled_names = cli_split_names(comparison->disabled, &count);
        if (comparison->disabled_names == NULL)
            return EXIT_TROUBLE;
    }
    comparison->options.disabled_absorbers = (const char *const *)comparison->disabled_names;
    comparison->options.disabled_absorber_count = count;
    if (cli_foreign_load_rules(foreign, comparison->rules, &comparison->options, rules, &error) != EVD_OK)
        return cli_report_error(&error);
    if (comparison->rules == NULL && foreign->rules != NULL && !foreign->is_quiet)
        cli_say("the rules for %s are used; --rules names others, 'built-in' the built-in ones", foreign->rules);
    return cli_check_absorbers(command, *rules, comparison->disabled_names, count) ? EXIT_DONE : EXIT_TROUBLE;
}

void cli_comparison_free(struct cli_comparison *comparison)
{
    cli_free_names(comparison->disabled_names);
}

/* ── Pairing ── */

static const struct cli_option PAIRING_OPTIONS[] = {
    CLI_OPTION(OPTION_TID_MAP, "tid-map", "MAP",
               "pair threads by hand: 6=1,7=2 pairs canary's 6 with\nours 1 and 7 with 2"),
    CLI_OPTION(OPTION_PAIR, "pair", "HOW",
               "first-call: threads whose first call is the same, the default;\nsimilarity: by what they "
               "do; or a file of pairs, 6=1 a line"),
    CLI_OPTIONS_END,
};

static bool read_pair(struct cli_pairing *pairing)
{
    static const char *const WORDS[] = {
        [EVD_PAIR_FIRST_CALL] = "first-call", [EVD_PAIR_SIMILARITY] = "similarity", NULL};
    const int word = cli_read_word(optarg, WORDS);
    free(pairing->from_file);
    pairing->from_file = NULL;
    pairing->has_pair = true;
    pairing->file = NULL;
    pairing->pairing = word < 0 ? EVD_PAIR_FIRST_CALL : (enum evd_pairing)word;
    if (word >= 0)
        return true;
    pairing->file = optarg;
    pairing->from_file = cli_read_pair_file(optarg, &pairing->from_file_count);
    return pairing->from_file != NULL;
}

static bool read_pairing(void *values, const char *command, int code)
{
    struct cli_pairing *pairing = values;
    if (code == OPTION_PAIR)
        return read_pair(pairing);
    free(pairing->by_hand);
    pairing->map = optarg;
    pairing->by_hand = cli_read_tid_map(command, optarg, &pairing->by_hand_count);
    /* An empty map is no map, as in the reference. */
    pairing->tid_map = *optarg == '\0' ? NULL : pairing->by_hand;
    return pairing->by_hand != NULL;
}

const struct cli_option_group cli_pairing_options = {PAIRING_OPTIONS, read_pairing};

bool cli_read_index_directory(const char *command, const char **directory)
{
    *directory = optarg;
    if (*optarg == '\0')
        cli_usage_error(command, "--index-dir: '' is no folder");
    return *optarg != '\0';
}

bool cli_pairing_settle(struct cli_pairing *pairing, const char *command)
{
    if (pairing->tid_map != NULL && pairing->has_pair) {
        cli_usage_error(command, "--tid-map and --pair both say which thread is which");
        return false;
    }
    pairing->tid_map_count = pairing->by_hand_count;
    if (pairing->from_file != NULL) {
        pairing->tid_map = pairing->from_file;
        pairing->tid_map_count = pairing->from_file_count;
    }
    return true;
}

struct evd_diff_options cli_pairing_diff(const struct cli_pairing *pairing, struct cli_progress *progress)
{
    return (struct evd_diff_options){
        .resync = true,
        .progress = cli_progress_show_step,
        .progress_context = progress,
        .tid_map = pairing->tid_map,
        .tid_map_count = pairing->tid_map_count,
        .pairing = pairing->pairing};
}

void cli_pairing_free(struct cli_pairing *pairing)
{
    free(pairing->by_hand);
    free(pairing->from_file);
}

/* ── Logs ── */

bool cli_settle_logs(const char *command, const char **paths, size_t count)
{
    size_t from_standard_input = 0;
    for (size_t i = 0; i < count; i++) {
        if (paths[i] == NULL)
            continue;
        from_standard_input += strcmp(paths[i], "-") == 0;
        paths[i] = cli_log_path(paths[i]);
    }
    if (from_standard_input > 1)
        cli_usage_error(command, "standard input can be only one of the logs");
    return from_standard_input <= 1;
}

void cli_list_logs(struct cli_run_paths *paths, const char *const *logs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cli_run_paths_read(paths, "one of the logs", logs[i]);
}
