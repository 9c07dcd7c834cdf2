/* evdiff diff: reads two logs, diffs them, writes the report. */
#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "controls.h"
#include "diff_exit.h"
#include "index_file.h"
#include "skipped.h"
#include "statistics.h"

/* All that one run holds. */
struct run {
    struct cli_diff_arguments arguments;
    struct evd_rules *rules;
    struct cli_other_rules other_rules;
    struct evd_log *logs[EVD_SIDES + EVD_CONTROLS_MAX];
    enum evd_side sides[EVD_SIDES + EVD_CONTROLS_MAX]; /* of logs */
    struct evd_outcome *outcome;
    struct cli_statistics statistics;
    double started;
};

static size_t log_count(const struct run *run)
{
    return EVD_SIDES + run->arguments.diff.control_count;
}

static int load_rules(struct run *run)
{
    const double started = cli_seconds();
    const int code = cli_comparison_load("diff", &run->arguments.comparison, &run->arguments.foreign, &run->rules);
    run->statistics.rules_seconds = cli_seconds() - started;
    return code;
}

/* Which indexes are used, and why not. */
static void tell_indexes(const struct run *run)
{
    for (size_t i = 0; i < log_count(run); i++) {
        const struct evd_log *log = run->logs[i];
        const char *why_not, *path = evd_log_index(log, &why_not);
        if (path != NULL)
            cli_say("%s: index %s is used", evd_log_path(log), path);
        else if (*why_not != '\0')
            cli_say("%s: read in full: %s", evd_log_path(log), why_not);
    }
}

/* Lets reading show how far it is; cli_progress_end is to follow. */
static void start_progress(struct run *run, struct cli_progress *progress)
{
    cli_progress_start(progress, run->arguments.work.progress);
    run->arguments.reading.progress = cli_progress_show;
    run->arguments.reading.progress_context = progress;
    run->arguments.diff.progress = cli_progress_show_step;
    run->arguments.diff.progress_context = progress;
}

/* Where a batch wants the hashes of what its diff reads, each where the text goes by anyway; -1: nowhere. */
static int reply_file(void)
{
    const char *number = getenv("EVDIFF_BATCH_REPLY");
    uint64_t file;
    return number != NULL && cli_read_number(number, STDERR_FILENO + 1, INT_MAX, &file) ? (int)file : -1;
}

static int tell_hashes(struct run *run)
{
    const int file = reply_file();
    for (size_t i = 0; file >= 0 && i < log_count(run); i++) {
        char digits[33];
        evd_log_content_hash(run->logs[i], digits);
        dprintf(file, "%s\n", digits);
    }
    return EXIT_DONE;
}

/* Says it where each log says that it is the other one. */
static void tell_swapped(const struct run *run)
{
    const char *const *paths = run->arguments.paths;
    const char *engine[EVD_SIDES];
    struct evd_error error;
    for (int side = 0; side < EVD_SIDES; side++)
        if (evd_import_detect_side(paths[side], &engine[side], &error) != EVD_OK || engine[side] == NULL)
            return;
    if (strcmp(engine[EVD_CANARY], "ours") == 0 && strcmp(engine[EVD_OURS], "canary") == 0)
        cli_say(
            "the logs look swapped: '%s' says that its engine is ours, and '%s' that it is canary; canary's log comes first",
            paths[EVD_CANARY], paths[EVD_OURS]);
}

static int read_logs(struct run *run)
{
    run->sides[EVD_OURS] = EVD_OURS;
    for (size_t i = 0; i < run->arguments.diff.control_count; i++)
        run->sides[EVD_SIDES + i] = run->arguments.controls[i].side;
    run->arguments.reading.sides = run->sides;
    run->arguments.reading.has_content_hash =
        reply_file() >= 0 || cli_controls_may_be_copies(run->arguments.paths, log_count(run));
    struct evd_error error;
    struct cli_progress progress;
    start_progress(run, &progress);
    const enum evd_status status =
        evd_logs_open(run->arguments.paths, log_count(run), run->rules, &run->arguments.reading, run->logs, NULL, NULL,
                      &run->statistics.reading, &error);
    cli_progress_end(&progress);
#ifdef __GLIBC__
    malloc_trim(0); /* What reading took, and what is in between is not, goes back to the system. */
#endif
    if (status != EVD_OK)
        return cli_report_error(&error);
    if (run->arguments.is_verbose)
        tell_indexes(run);
    if (!run->arguments.work.is_quiet && cli_is_one_file(run->arguments.paths))
        cli_say("both logs are one file, '%s': nothing can differ", run->arguments.paths[EVD_CANARY]);
    else if (!run->arguments.work.is_quiet)
        tell_swapped(run);
    cli_controls_tell_copies(run->logs, log_count(run));
    return EXIT_DONE;
}

static void free_logs(struct run *run)
{
    for (size_t i = 0; i < log_count(run); i++) {
        evd_log_free(run->logs[i]);
        run->logs[i] = NULL;
    }
}

static void add_reading(struct evd_read_statistics *all, const struct evd_read_statistics *one)
{
    all->open_seconds += one->open_seconds;
    all->scan_seconds += one->scan_seconds;
    all->index_seconds += one->index_seconds;
    all->scanned_bytes += one->scanned_bytes;
    all->scanned_events += one->scanned_events;
    all->idx_gaps += one->idx_gaps;
    all->idx_missing += one->idx_missing;
}

/* Diffs the logs, by their texts where an index turns out to be damaged. */
static enum evd_status diff_logs(struct run *run, struct evd_error *error)
{
    const struct cli_diff_arguments *arguments = &run->arguments;
    struct evd_session *session;
    struct evd_fall_back fall_back;
    struct cli_progress progress;
    enum evd_status status = evd_session_open(run->rules, arguments->diff.threads, &session, error);
    if (status != EVD_OK)
        return status;
    start_progress(run, &progress);
    status = evd_session_diff_logs(
        session, run->logs, &arguments->reading, &arguments->diff, &run->outcome, &fall_back, error);
    cli_progress_end(&progress);
    evd_session_close(session);
    if (fall_back.is_taken && arguments->is_verbose)
        cli_report_error(&fall_back.why);
    add_reading(&run->statistics.reading, &fall_back.reading);
    return status;
}

static bool has_demands(const struct evd_demands *demands)
{
    return demands->min_compared.is_set || demands->max_absorbed.is_set || demands->no_truncated;
}

/* The reference's report alone is asked for, without what the reference does not have. */
static bool is_as_reference(const struct cli_diff_arguments *arguments)
{
    return !arguments->diff.resync && arguments->diff.control_count == 0 && !has_demands(&arguments->diff.demands) &&
           arguments->diff.pairing == EVD_PAIR_FIRST_CALL;
}

/* Those that come with the program. */
static struct evd_other_rules_list load_other_rules(void *context)
{
    struct run *run = context;
    cli_load_other_rules(run->rules, &run->arguments.comparison.options, &run->other_rules);
    return (struct evd_other_rules_list){run->other_rules.rules, run->other_rules.count};
}

static int align(struct run *run)
{
    struct evd_error error;
    const struct cli_diff_outputs *outputs = &run->arguments.outputs;
    run->arguments.diff.emit_absorbed_events = outputs->absorbed != NULL;
    const bool has_ledgers = run->arguments.ledgers.count > 0;
    /* What is told by a ledger is any family. */
    run->arguments.diff.resync = cli_outputs_need_resync(outputs) || has_ledgers;
    run->arguments.diff.quotations = cli_outputs_need_quotations(outputs) || has_ledgers;
    if (run->arguments.comparison.rules == NULL)
        run->arguments.diff.other_rules = load_other_rules;
    run->arguments.diff.other_rules_context = run;
    const enum evd_status status = diff_logs(run, &error);
    /* Who asks for the reference's report alone gets its message too. */
    if (status == EVD_E_NO_MAPPING && is_as_reference(&run->arguments)) {
        cli_say("no tid mapping (auto-mapping found no shared first-kernel-call). Pass --tid-map manually.");
        return EXIT_TROUBLE;
    }
    if (status == EVD_E_NO_MAPPING && run->arguments.foreign.is_mixed) {
        cli_say("no two threads begin with the same call: the logs are of two formats%s",
                run->arguments.foreign.is_quiet
                    ? "; --from FORMAT says what both are, and 'evdiff import' makes a log of a trace"
                    : "");
        return EXIT_TROUBLE;
    }
    if (status != EVD_OK)
        return cli_report_error(&error);
    /* Also where only the reference's report is written, which has no place for it. */
    for (size_t i = 0; i < log_count(run); i++) {
        cli_tell_skipped(run->logs[i]);
        if (!run->arguments.work.is_quiet)
            cli_tell_import(evd_log_path(run->logs[i]), evd_log_import(run->logs[i]));
    }
    for (size_t i = 0; i < run->outcome->missing_tid_count; i++)
        cli_say("%s", evd_missing_tid_sentence(&run->outcome->missing_tids[i]).text);
    return EXIT_DONE;
}

static int read_ledgers(struct run *run)
{
    return cli_ledgers_read(&run->arguments.ledgers);
}

static int judge(struct run *run)
{
    return cli_ledgers_judge(&run->arguments.ledgers, run->outcome, run->arguments.outputs.job);
}

static int write_absorbed(struct run *run)
{
    return cli_outputs_write_absorbed(&run->arguments.outputs, run->outcome);
}

static int write_reports(struct run *run)
{
    run->arguments.outputs.threads = run->arguments.diff.threads;
    return cli_outputs_write_reports(
        &run->arguments.outputs, run->outcome, run->arguments.ledgers.known, &run->statistics);
}

static int save_indexes(struct run *run)
{
    const struct cli_diff_arguments *arguments = &run->arguments;
    int worst = EXIT_DONE;
    for (size_t i = 0; arguments->index == CLI_INDEX_SAVE && i < log_count(run); i++) {
        const struct evd_log *log = run->logs[i];
        char path[EVD_PATH_MAX];
        if (evd_log_index(log, NULL) != NULL || !evd_index_is_possible(log))
            continue;
        const int code = cli_index_save(log, arguments->reading.index_directory, path);
        if (code != EXIT_DONE)
            worst = code;
        else if (arguments->is_verbose)
            cli_say("%s: index saved to %s", evd_log_path(log), path);
    }
    return worst;
}

/* No pair differs, or all that does is known or ends early, but what was compared is too little to say so of the logs; control
 * runs, of which that may be so too, say it of what is equal alone. Who demands a share has said what is enough, and
 * who pairs by hand which threads count. */
static bool says_too_little(const struct run *run)
{
    const struct cli_diff_arguments *arguments = &run->arguments;
    const bool is_told = run->outcome->verdict == EVD_VERDICT_UNPAIRED || run->outcome->control_count == 0;
    return arguments->exit_option != NULL && is_told && arguments->diff.tid_map == NULL &&
           !arguments->diff.demands.min_compared.is_set && !is_as_reference(arguments) &&
           evd_leaves_much_unpaired(run->outcome);
}

static int conclude(struct run *run)
{
    const struct cli_diff_arguments *arguments = &run->arguments;
    run->statistics.outcome = run->outcome;
    run->statistics.total_seconds = cli_seconds() - run->started;
    if (arguments->has_json_stats)
        cli_statistics_print_json(&run->statistics, stderr);
    else if (arguments->has_stats)
        cli_statistics_print_text(&run->statistics, stderr);
    const int code = arguments->exit_option != NULL ? cli_diff_exit_code(arguments, run->outcome) : EXIT_DONE;
    for (size_t i = 0; i < run->outcome->unmet_count; i++)
        cli_say("inconclusive: %s", evd_unmet_sentence(&run->outcome->unmet[i]).text);
    const bool is_empty = run->outcome->verdict == EVD_VERDICT_NOTHING && arguments->exit_option != NULL;
    if (is_empty)
        cli_say("inconclusive: nothing was compared: no thread of --tid-map or --pair is in both logs");
    const bool is_little = code == EXIT_DONE && says_too_little(run);
    if (is_little)
        cli_say(
            "inconclusive: threads without a counterpart were not compared, and hold %.1f %% of canary's events and %.1f %% "
            "of ours; %s--min-compared says how much is enough",
            100.0 * (double)run->outcome->unpaired_events[EVD_CANARY] / (double)run->outcome->event_count[EVD_CANARY],
            100.0 * (double)run->outcome->unpaired_events[EVD_OURS] / (double)run->outcome->event_count[EVD_OURS],
            arguments->diff.pairing == EVD_PAIR_FIRST_CALL ? "--pair similarity may pair them, " : "");
    const bool is_inconclusive = run->outcome->verdict == EVD_VERDICT_INCONCLUSIVE || is_empty || is_little;
    return is_inconclusive ? EXIT_INCONCLUSIVE : code;
}

static int run_diff(int argc, char **argv)
{
    struct run run = {.started = cli_seconds(), .arguments.index = EVD_INDEX_AUTO};
    int code = EXIT_TROUBLE;
    if (!cli_diff_arguments_read(&run.arguments, argc, argv, &code))
        goto out;
    static int (*const STEPS[])(struct run *) = {read_ledgers, load_rules,     read_logs,     tell_hashes,  align,
                                                 judge,        write_absorbed, write_reports, save_indexes, conclude};
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++)
        if ((code = STEPS[i](&run)) != EXIT_DONE)
            break;
out:
    evd_outcome_free(run.outcome);
    free_logs(&run);
    evd_rules_free(run.rules);
    cli_free_other_rules(&run.other_rules);
    cli_diff_arguments_free(&run.arguments);
    return code;
}

const struct cli_command cli_diff = {"diff", "say where two logs first part, thread by thread", run_diff};
