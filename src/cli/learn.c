/* evdiff learn: what correct runs of one program differ in, as rules. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "output.h"
#include "places.h"
#include "shared_options.h"
#include "skipped.h"

enum { OPTION_RULES = CLI_COMMAND_CODES, OPTION_PAIR, SELFTEST_SAMPLES = 300, SELFTEST_SEED = 1 };

struct arguments {
    const char *paths[EVD_LEARN_RUNS_MAX];
    size_t count;
    const char *out; /* NULL: standard output */
    bool has_out;
    struct evd_read_options reading;
    struct cli_work work;
    struct cli_comparison comparison;
    struct cli_foreign foreign;
    enum evd_pairing pairing;
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION('o', "out", "FILE", "where the rules go; - is standard output"),
    CLI_OPTION(OPTION_RULES, "rules", "FILE",
               "learn in addition to the rules in FILE, or to rules that\ncome with the program by their name, as "
               "wine-relay"),
    CLI_OPTION(OPTION_PAIR, "pair", "HOW", "first-call (default) or similarity: how threads are paired"),
    CLI_OPTION_GROUP(cli_foreign_options, struct arguments, foreign),
    CLI_OPTION_GROUP(cli_reading_options, struct arguments, reading),
    CLI_OPTION_GROUP(cli_work_options, struct arguments, work),
    CLI_OPTIONS_END,
};

static bool read_option(void *values, int code)
{
    static const char *const PAIRINGS[] = {
        [EVD_PAIR_FIRST_CALL] = "first-call", [EVD_PAIR_SIMILARITY] = "similarity", NULL};
    struct arguments *arguments = values;
    int word;
    switch (code) {
    case 'o':
        arguments->has_out = true;
        arguments->out = strcmp(optarg, "-") == 0 || cli_is_standard_output(optarg) ? NULL : optarg;
        return true;
    case OPTION_RULES:
        arguments->comparison.rules = cli_find_rules("learn", optarg, &arguments->comparison.rules_file);
        return arguments->comparison.rules != NULL;
    case OPTION_PAIR:
        if (!cli_read_word_option("learn", "pair", optarg, PAIRINGS, &word))
            return false;
        arguments->pairing = (enum evd_pairing)word;
        return true;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "learn",
    .synopsis = "evdiff learn [OPTION]... -o FILE RUN RUN [RUN]...",
    .summary = "Learn from correct runs of one program what differs without a bug, and write it as rules\n"
               "that a person can read, with the evidence.",
    .options = OPTIONS,
    .epilogue = "What was learnt, and what was not and why, is printed; so is what the rules cost.\n"
                "Exit status: 0 done; 2 trouble.",
    .read = read_option,
};

static bool read_operands(struct arguments *arguments, int argc, char **argv)
{
    for (; optind < argc; optind++) {
        if (arguments->count == EVD_LEARN_RUNS_MAX) {
            cli_usage_error("learn", "at most %d runs: '%s' is one too many", EVD_LEARN_RUNS_MAX, argv[optind]);
            return false;
        }
        arguments->paths[arguments->count++] = argv[optind];
    }
    if (arguments->count < EVD_LEARN_RUNS_MIN)
        cli_usage_error("learn", "at least %d runs are needed", EVD_LEARN_RUNS_MIN);
    else if (!arguments->has_out)
        cli_usage_error("learn", "--out FILE is needed: where the rules go");
    else
        return cli_settle_logs("learn", arguments->paths, arguments->count);
    return false;
}

static bool check_places(const struct arguments *arguments)
{
    struct cli_run_paths paths = {0};
    cli_list_logs(&paths, arguments->paths, arguments->count);
    for (size_t i = 0; i < arguments->count; i++)
        cli_run_paths_index(&paths, NULL, arguments->paths[i], NULL);
    cli_run_paths_read(&paths, "the file of --rules", arguments->comparison.rules);
    cli_run_paths_read(&paths, "the file of --mapping", arguments->foreign.mapping);
    cli_run_paths_write(&paths, "--out", arguments->out != NULL ? arguments->out : "-");
    if (arguments->out != NULL)
        cli_run_paths_print(&paths);
    return cli_run_paths_settle(&paths, "learn");
}

/* What rules come to: divergences between the runs, and what a self-test sees. */
struct worth {
    uint64_t divergences;
    struct evd_detection detection;
};

static enum evd_status open_runs(const struct arguments *arguments, const struct evd_rules *rules,
                                 struct evd_log **logs, struct evd_error *error)
{
    struct cli_progress progress;
    struct evd_read_options options = arguments->reading;
    cli_progress_start(&progress, arguments->work.progress);
    options.threads = arguments->work.threads;
    options.imports = (const struct evd_import *const *)arguments->foreign.imports;
    options.progress = cli_progress_show;
    options.progress_context = &progress;
    const enum evd_status status =
        evd_logs_open(arguments->paths, arguments->count, rules, &options, logs, NULL, NULL, NULL, error);
    cli_progress_end(&progress);
    return status;
}

/* The first run against itself. A log in which no mutation can be planted detects none. */
static enum evd_status test_rules(const struct arguments *arguments, const struct evd_log *log,
                                  struct evd_detection *detection, struct evd_error *error)
{
    struct cli_progress progress;
    const struct evd_selftest_options options = {
        .threads = arguments->work.threads,
        .seed = SELFTEST_SEED,
        .samples = SELFTEST_SAMPLES,
        .pairing = arguments->pairing,
        .progress = cli_progress_show_step,
        .progress_context = &progress};
    struct evd_selftest *result;
    cli_progress_start(&progress, arguments->work.progress);
    const enum evd_status status = evd_selftest(log, log, &options, &result, error);
    cli_progress_end(&progress);
    if (status == EVD_OK)
        *detection = result->all;
    evd_selftest_free(result);
    return status;
}

static enum evd_status count_divergences(const struct arguments *arguments, struct evd_log *const *logs,
                                         const struct evd_rules *rules, uint64_t *count, struct evd_error *error)
{
    struct cli_progress progress;
    const struct evd_diff_options options = {
        .pairing = arguments->pairing,
        .resync = true,
        .progress = cli_progress_show_step,
        .progress_context = &progress};
    struct evd_session *session;
    enum evd_status status = evd_session_open(rules, arguments->work.threads, &session, error);
    cli_progress_start(&progress, arguments->work.progress);
    for (size_t i = 0; i < arguments->count; i++)
        for (size_t j = i + 1; status == EVD_OK && j < arguments->count; j++) {
            struct evd_outcome *outcome;
            status = evd_session_diff(session, logs[i], logs[j], &options, &outcome, error);
            for (size_t k = 0; status == EVD_OK && k < outcome->pair_count; k++)
                *count += outcome->pairs[k].divergence_count;
            evd_outcome_free(outcome);
        }
    cli_progress_end(&progress);
    evd_session_close(session);
    return status;
}

static void free_runs(struct evd_log **logs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        evd_log_free(logs[i]);
}

/* Reads the runs by the rules as they are, and learns. */
static enum evd_status learn(const struct arguments *arguments, const struct evd_rules *rules, struct worth *before,
                             struct evd_learnt **learnt, struct evd_error *error)
{
    struct cli_progress progress;
    const struct evd_learn_options options = {
        .threads = arguments->work.threads,
        .pairing = arguments->pairing,
        .progress = cli_progress_show_step,
        .progress_context = &progress};
    struct evd_log *logs[EVD_LEARN_RUNS_MAX] = {NULL};
    enum evd_status status = open_runs(arguments, rules, logs, error);
    for (size_t i = 0; status == EVD_OK && i < arguments->count; i++) {
        cli_tell_skipped(logs[i]);
        if (!arguments->work.is_quiet)
            cli_tell_import(evd_log_path(logs[i]), evd_log_import(logs[i]));
    }
    cli_progress_start(&progress, arguments->work.progress);
    if (status == EVD_OK)
        status = evd_learn((const struct evd_log *const *)logs, arguments->count, &options, learnt, error);
    cli_progress_end(&progress);
    if (status == EVD_OK) {
        before->divergences = (*learnt)->divergences;
        status = test_rules(arguments, logs[0], &before->detection, error);
    }
    free_runs(logs, arguments->count);
    return status;
}

/* Reads the runs by the rules that were learnt, and tries these. */
static enum evd_status try_rules(const struct arguments *arguments, const struct evd_learnt *learnt,
                                 struct worth *after, struct evd_error *error)
{
    struct evd_log *logs[EVD_LEARN_RUNS_MAX] = {NULL};
    struct evd_rules *rules;
    enum evd_status status = evd_learnt_load(learnt, &rules, error);
    if (status == EVD_OK)
        status = open_runs(arguments, rules, logs, error);
    if (status == EVD_OK)
        status = count_divergences(arguments, logs, rules, &after->divergences, error);
    if (status == EVD_OK)
        status = test_rules(arguments, logs[0], &after->detection, error);
    free_runs(logs, arguments->count);
    evd_rules_free(rules);
    return status;
}

/* ---- what is told ---- */

struct share {
    char text[32];
};

/* 100.0 means all. */
static struct share share_of(const struct evd_detection *detection)
{
    struct share share = {"none"};
    if (detection->planted == 0)
        return share;
    double percent = 100.0 * (double)detection->detected / (double)detection->planted;
    if (detection->detected < detection->planted && percent > 99.9)
        percent = 99.9;
    snprintf(share.text, sizeof share.text, "%.1f %%", percent);
    return share;
}

/* Two sentences, for people and for the file. */
static void tell_cost(const struct worth *before, const struct worth *after, char *text, size_t size)
{
    const int length =
        snprintf(text, size, "Divergences between the runs: %" PRIu64 " before, %" PRIu64 " by these rules.",
                 before->divergences, after->divergences);
    if (before->detection.planted > 0 && after->detection.planted > 0)
        snprintf(text + length, size - (size_t)length,
                 " A self-test of the first run (%d of each mutation, seed %d) detects %s before, %s by these rules.",
                 SELFTEST_SAMPLES, SELFTEST_SEED, share_of(&before->detection).text, share_of(&after->detection).text);
}

static void print_lesson(const struct evd_learnt *learnt, const struct evd_lesson *lesson)
{
    cli_print_wrapped(
        "  %.*s%s%.*s%s%.*s: %" PRIu64 " of %" PRIu64 ", in %zu of %zu pairs of runs; %s%.*s", (int)lesson->kind.length,
        lesson->kind.bytes, lesson->call.length > 0 ? " " : "", (int)lesson->call.length, lesson->call.bytes,
        lesson->field.length > 0 ? " " : "", (int)lesson->field.length, lesson->field.bytes, lesson->varied,
        lesson->seen, lesson->pairs, learnt->run_pairs, lesson->why_not != NULL ? lesson->why_not : "",
        (int)lesson->as.length, lesson->as.bytes);
}

static void print_lessons(const struct evd_learnt *learnt, bool are_learnt)
{
    for (size_t i = 0; i < learnt->lesson_count; i++)
        if ((learnt->lessons[i].why_not == NULL) == are_learnt)
            print_lesson(learnt, &learnt->lessons[i]);
}

static void print(const struct evd_learnt *learnt, const char *cost)
{
    if (learnt->learnt_count > 0)
        cli_print_line("Learnt: what differs, how often of how many times, and what it is taken for");
    print_lessons(learnt, true);
    if (learnt->learnt_count > 0 && learnt->learnt_count < learnt->lesson_count)
        cli_print_line("%s", "");
    if (learnt->learnt_count < learnt->lesson_count)
        cli_print_line("Not learnt:");
    print_lessons(learnt, false);
    if (learnt->lesson_count > 0)
        cli_print_line("%s", "");
    cli_print_line("%zu of %zu things that differ between %zu runs are learnt.", learnt->learnt_count,
                   learnt->lesson_count, learnt->run_count);
    cli_print_wrapped("%s", cost);
}

static int write_rules(const struct arguments *arguments, const struct evd_learnt *learnt, const char *cost)
{
    struct cli_output output;
    struct evd_error error;
    char *text;
    size_t length;
    if (evd_learnt_write(learnt, cost, &text, &length, &error) != EVD_OK)
        return cli_report_error(&error);
    int code = EXIT_TROUBLE;
    if (cli_output_open(&output, arguments->out)) {
        cli_output_write(&output, text, length);
        code = cli_output_commit(&output);
    }
    free(text);
    if (code == EXIT_DONE && arguments->out != NULL && !arguments->work.is_quiet)
        cli_say("rules written to %s", arguments->out);
    return code;
}

static int run_with_rules(const struct arguments *arguments, const struct evd_rules *rules)
{
    struct worth before = {0}, after = {0};
    struct evd_learnt *learnt = NULL;
    struct evd_error error;
    char cost[512];
    enum evd_status status = learn(arguments, rules, &before, &learnt, &error);
    if (status == EVD_OK)
        status = try_rules(arguments, learnt, &after, &error);
    int code;
    if (status == EVD_OK) {
        tell_cost(&before, &after, cost, sizeof cost);
        code = write_rules(arguments, learnt, cost);
        if (code == EXIT_DONE && arguments->out != NULL)
            print(learnt, cost);
    } else {
        code = cli_report_error(&error);
    }
    evd_learnt_free(learnt);
    return code;
}

/* Runs are read twice. What can't be looked at is told of when it is opened. */
static bool are_files(const struct arguments *arguments)
{
    struct stat facts;
    for (size_t i = 0; i < arguments->count; i++)
        if (stat(arguments->paths[i], &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) {
            cli_usage_error("learn", "'%s' is no file: runs are read twice", arguments->paths[i]);
            return false;
        }
    return true;
}

static bool read_arguments(struct arguments *arguments, int argc, char **argv, int *code)
{
    if (!cli_read_options(&USAGE, argc, argv, arguments, code))
        return false;
    *code = EXIT_TROUBLE;
    if (!read_operands(arguments, argc, argv) || !check_places(arguments))
        return false;
    if (!are_files(arguments))
        return false;
    *code = cli_foreign_open(&arguments->foreign, "learn", arguments->paths, arguments->count,
                             arguments->reading.is_tolerant, arguments->work.is_quiet);
    return *code == EXIT_DONE;
}

static int run_learn(int argc, char **argv)
{
    struct arguments arguments = {.pairing = EVD_PAIR_FIRST_CALL};
    struct evd_rules *rules = NULL;
    int code;
    if (read_arguments(&arguments, argc, argv, &code) &&
        (code = cli_comparison_load("learn", &arguments.comparison, &arguments.foreign, &rules)) == EXIT_DONE)
        code = cli_finish_output(run_with_rules(&arguments, rules));
    evd_rules_free(rules);
    cli_foreign_close(&arguments.foreign);
    return code;
}

const struct cli_command cli_learn = {"learn", "learn rules from correct runs", run_learn};
