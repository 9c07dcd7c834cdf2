/* evdiff batch: a night of diffs in a folder, which the same command goes on with. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "batch_paths.h"
#include "cli.h"
#include "ledgers.h"
#include "places.h"
#include "shared_options.h"

enum {
    OPTION_JOBS = CLI_COMMAND_CODES,
    OPTION_MEMORY,
    OPTION_PREVIOUS,
    OPTION_PLAN,
    OPTION_SHARD,
    OPTION_MERGE,
};

struct arguments {
    struct evd_batch_options options;
    struct cli_night_outputs outputs;
    struct cli_work work;
    bool plans, merges; /* and nothing else */
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION('o', "out", "DIR", "the folder of the night; made when it is not there"),
    CLI_OPTION(OPTION_PREVIOUS, "previous", "DIR",
               "the folder of an earlier night: outcomes of logs that are\nthe same are taken from it"),
    CLI_OPTION(OPTION_JOBS, "jobs", "N", "N diffs at a time; default: as threads and memory allow"),
    CLI_OPTION(OPTION_MEMORY, "memory", "SIZE",
               "what all diffs together may take; default: four fifths of\nwhat is free"),
    CLI_OPTION(OPTION_PLAN, "plan", NULL, "write the plan, and diff nothing"),
    CLI_OPTION(OPTION_SHARD, "shard", "I/N", "of N parts of a plan do the I-th, and judge nothing"),
    CLI_OPTION(OPTION_MERGE, "merge", NULL, "judge what the shards have done, and diff nothing"),
    CLI_OPTION_GROUP(cli_night_options, struct arguments, outputs),
    CLI_OPTION_GROUP(cli_work_options, struct arguments, work),
    CLI_OPTIONS_END,
};

static bool read_shard(struct evd_batch_options *options)
{
    char *slash = strchr(optarg, '/');
    uint64_t shard = 0, shards = 0;
    if (slash != NULL) {
        *slash = '\0';
        const bool is_good =
            cli_read_number(slash + 1, 1, 100000, &shards) && cli_read_number(optarg, 1, shards, &shard);
        *slash = '/';
        options->shard = (size_t)shard;
        options->shards = (size_t)shards;
        if (is_good)
            return true;
    }
    cli_usage_error("batch", "--shard: '%s' is no part such as 1/16", optarg);
    return false;
}

static bool read_memory(struct evd_batch_options *options)
{
    if (cli_read_size(optarg, &options->memory_bytes))
        return true;
    cli_usage_error("batch", "--memory: '%s' is no size such as 16G", optarg);
    return false;
}

static bool read_jobs(struct evd_batch_options *options)
{
    uint64_t jobs;
    if (!cli_read_number_option("batch", "jobs", optarg, 1, 1024, &jobs))
        return false;
    options->jobs = (unsigned)jobs;
    return true;
}

static bool read_option(void *values, int code)
{
    struct arguments *arguments = values;
    switch (code) {
    case 'o': arguments->options.out = optarg; return true;
    case OPTION_PREVIOUS: arguments->options.previous = optarg; return true;
    case OPTION_JOBS: return read_jobs(&arguments->options);
    case OPTION_MEMORY: return read_memory(&arguments->options);
    case OPTION_PLAN: arguments->plans = true; return true;
    case OPTION_SHARD: return read_shard(&arguments->options);
    case OPTION_MERGE: arguments->merges = true; return true;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "batch",
    .synopsis = "evdiff batch [OPTION]... MANIFEST --out DIR\n"
                "       evdiff batch [OPTION]... DIR",
    .summary = "Diff the pairs of logs that MANIFEST lists, each in a process of its own, and say what has\n"
               "changed. The same command, or DIR alone, goes on where an earlier one was ended. MANIFEST is\n"
               "a TOML file, or - for JSON Lines on standard input.",
    .options = OPTIONS,
    .epilogue = "Exit status: 0 nothing to look at; 1 something is new; 2 trouble, or a job was not run; 3 a\n"
                "result is inconclusive. 2 comes before 3, 3 before 1.",
    .read = read_option,
};

static bool settle_operands(struct arguments *arguments, int argc, char **argv)
{
    struct evd_batch_options *options = &arguments->options;
    if (optind >= argc) {
        cli_usage_error("batch", "a manifest is needed, or the folder of a night");
        return false;
    }
    const char *operand = argv[optind++];
    if (optind < argc) {
        cli_usage_error("batch", "one operand too many: '%s'", argv[optind]);
    } else if (cli_is_folder(operand) && options->out != NULL) {
        cli_usage_error("batch", "'%s' is a folder, and has its plan; --out is for a manifest", operand);
    } else if (!cli_is_folder(operand) && options->out == NULL) {
        cli_usage_error("batch", "--out is needed: the folder of the night");
    } else if ((arguments->plans || options->shards > 0) && arguments->outputs.history_path != NULL) {
        cli_usage_error("batch", "--history is for a night that is judged, not for --%s",
                        arguments->plans ? "plan" : "shard");
    } else if (arguments->plans + arguments->merges + (options->shards > 0) > 1) {
        cli_usage_error("batch", "--plan, --shard and --merge are steps of their own");
    } else if ((arguments->merges || options->shards > 0) && options->out != NULL) {
        cli_usage_error("batch", "--%s is for the folder of a plan: evdiff batch DIR",
                        arguments->merges ? "merge" : "shard");
    } else if (options->out == NULL) {
        options->out = operand;
        return true;
    } else {
        options->manifest = operand;
        return true;
    }
    return false;
}

/* NULL: it comes from standard input, or there is none. */
static const char *manifest_file(const struct arguments *arguments)
{
    const char *manifest = arguments->options.manifest;
    return manifest != NULL && strcmp(manifest, "-") != 0 ? manifest : NULL;
}

/* ── Stopping ── */

static volatile sig_atomic_t stopped_by;

static void on_stop(int number)
{
    stopped_by = number;
}

/* Whoever started the program with a signal ignored wants it ignored. Children are waited for by their process ids. */
static void take_signals(void)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction present, own = {.sa_handler = on_stop};
    sigemptyset(&own.sa_mask);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++)
        if (sigaction(SIGNALS[i], NULL, &present) == 0 && present.sa_handler != SIG_IGN)
            sigaction(SIGNALS[i], &own, NULL);
    signal(SIGCHLD, SIG_DFL);
}

static int end_by_signal(const struct evd_batch_tally *tally)
{
    cli_say("stopped: %zu of %zu runs done, %zu left; the same command goes on", tally->runs - tally->left, tally->runs,
            tally->left);
    signal(stopped_by, SIG_DFL);
    raise(stopped_by);
    return EXIT_TROUBLE;
}

/* ── Running ── */

/* A night that was ended before it was judged has outcomes to take, and nothing to tell of what was before. */
static void tell_unjudged(const char *previous, const char *night)
{
    char path[EVD_PATH_MAX];
    struct stat earlier, own;
    if (stat(previous, &earlier) != 0 || stat(night, &own) != 0 ||
        (earlier.st_dev == own.st_dev && earlier.st_ino == own.st_ino))
        return;
    if (snprintf(path, sizeof path, "%s/night.json", previous) < (int)sizeof path && access(path, F_OK) != 0)
        cli_say("%s: was not judged, so nothing of earlier nights is known by it; 'evdiff batch %s' goes on with it",
                previous, previous);
}

/* Whether a folder has a night that was judged: what is run then is that night once more. */
static bool is_judged(const char *folder)
{
    char path[EVD_PATH_MAX];
    return snprintf(path, sizeof path, "%s/night.json", folder) < (int)sizeof path && access(path, F_OK) == 0;
}

static void say_judged_again(const char *folder, const struct evd_batch_tally *tally)
{
    const size_t anew = tally->runs - tally->cached;
    char what[96] = "no run was made anew";
    if (anew > 0)
        snprintf(what, sizeof what, "%zu of its %zu runs %s made anew", anew, tally->runs, anew == 1 ? "was" : "were");
    cli_say("%s: was judged before: %s, and it is judged again, by the ledgers as they are now", folder, what);
}

static void show_progress(void *context, const struct evd_batch_progress *progress)
{
    struct cli_progress *shown = context;
    const unsigned long seconds = (unsigned long)progress->seconds;
    if (!cli_progress_is_due(shown))
        return;
    char left[CLI_TIME_MAX];
    cli_time_left(progress->seconds, (double)progress->done_bytes, (double)progress->work_bytes, left);
    cli_show_line("%zu of %zu done, %zu running, %zu left, %zu trouble, %lu:%02lu%s  %.32s", progress->done,
                  progress->jobs, progress->running, progress->jobs - progress->done - progress->running,
                  progress->trouble, seconds / 60, seconds % 60, left, progress->name != NULL ? progress->name : "");
}

static const char *find_rules(void *context, const char *name)
{
    return cli_find_rules("batch", name, context);
}

static int run_jobs(struct arguments *arguments, struct evd_batch *batch, struct evd_batch_tally *tally)
{
    struct cli_progress progress;
    struct evd_error error;
    cli_progress_start(&progress, arguments->work.progress);
    arguments->options.progress_context = &progress;
    const enum evd_status status = evd_batch_run(batch, tally, &error);
    cli_progress_end(&progress);
    if (status != EVD_OK)
        return cli_report_error(&error);
    return tally->is_stopped ? end_by_signal(tally) : EXIT_DONE;
}

static int say_shard(const struct arguments *arguments, const struct evd_batch_tally *tally)
{
    if (!arguments->work.is_quiet)
        cli_say("shard %zu of %zu: %zu runs, %zu diffed, %zu cached, %zu trouble", arguments->options.shard,
                arguments->options.shards, tally->runs, tally->diffed, tally->cached, tally->trouble);
    return tally->trouble > 0 ? EXIT_TROUBLE : EXIT_DONE;
}

static int run_batch(struct arguments *arguments, struct evd_batch *batch)
{
    struct evd_batch_tally tally = {0};
    if (arguments->plans) {
        if (!arguments->work.is_quiet)
            cli_say("%zu job%s planned in %s", evd_batch_job_count(batch), cli_plural(evd_batch_job_count(batch)),
                    arguments->options.out);
        return EXIT_DONE;
    }
    const bool is_again = is_judged(arguments->options.out);
    const int code = arguments->merges ? EXIT_DONE : run_jobs(arguments, batch, &tally);
    if (code != EXIT_DONE)
        return code;
    if (arguments->options.shards > 0)
        return say_shard(arguments, &tally);
    if (is_again && !arguments->merges && !arguments->work.is_quiet)
        say_judged_again(arguments->options.out, &tally);
    return cli_judge(batch, arguments->options.out, &arguments->outputs, arguments->work.is_quiet, &tally);
}

static int run(int argc, char **argv)
{
    struct arguments arguments = {
        .options = {.stop = &stopped_by, .progress = show_progress, .find_rules = find_rules}};
    struct cli_rules_file rules_file;
    struct evd_batch *batch = NULL;
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &arguments, &code))
        goto out;
    code = EXIT_TROUBLE;
    if (!settle_operands(&arguments, argc, argv) ||
        !cli_night_settle(&arguments.outputs, "batch", manifest_file(&arguments)))
        goto out;
    arguments.options.find_rules_context = &rules_file;
    arguments.options.threads = arguments.work.threads;
    arguments.options.today = cli_today();
    arguments.options.fail_on = arguments.outputs.fail_on;
    /* Tests put a program that misbehaves in the place of the diffs. */
    arguments.options.program = getenv("EVDIFF_BATCH_PROGRAM");
    if (!cli_night_recall(&arguments.outputs, arguments.options.out, arguments.work.is_quiet, &arguments.options))
        goto out;
    take_signals();
    struct cli_batch_paths paths = {.command = "batch", .outputs = &arguments.outputs};
    code = cli_batch_open(&arguments.options, &paths, &batch);
    if (code == EXIT_DONE && arguments.options.previous != NULL && !arguments.work.is_quiet)
        tell_unjudged(arguments.options.previous, arguments.options.out);
    if (code == EXIT_DONE)
        code = run_batch(&arguments, batch);
    evd_batch_close(batch);
out:
    cli_night_outputs_free(&arguments.outputs);
    return code;
}

const struct cli_command cli_batch = {"batch", "diff the pairs of logs of a night", run};
