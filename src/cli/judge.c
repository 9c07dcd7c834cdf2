/* evdiff judge: says again what a night has come to; no log is read. */
#include <getopt.h>

#include "batch_paths.h"
#include "cli.h"
#include "ledgers.h"

struct arguments {
    struct cli_night_outputs outputs;
    bool is_quiet;
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_GROUP(cli_night_options, struct arguments, outputs),
    CLI_OPTION('q', "quiet", NULL, "say only what is wrong"),
    CLI_OPTIONS_END,
};

static bool read_option(void *values, int code)
{
    struct arguments *arguments = values;
    arguments->is_quiet = code == 'q';
    return arguments->is_quiet;
}

static const struct cli_usage USAGE = {
    .command = "judge",
    .synopsis = "evdiff judge [OPTION]... DIR",
    .summary = "Say again what the night in DIR has come to, as after an edit of a ledger. Outcomes are read,\n"
               "and no log.",
    .options = OPTIONS,
    .epilogue = "Exit status: as evdiff batch.",
    .read = read_option,
};

static int run(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct evd_batch *batch = NULL;
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &arguments, &code))
        goto out;
    code = EXIT_TROUBLE;
    if (optind + 1 != argc) {
        cli_usage_error("judge", optind < argc ? "one folder at a time" : "the folder of a night is needed");
        goto out;
    }
    if (!cli_night_settle(&arguments.outputs, "judge", NULL))
        goto out;
    struct cli_batch_paths paths = {.command = "judge", .outputs = &arguments.outputs};
    struct evd_batch_options options = {
        .out = argv[optind], .fail_on = arguments.outputs.fail_on, .today = cli_today()};
    if (!cli_night_recall(&arguments.outputs, options.out, arguments.is_quiet, &options))
        goto out;
    code = cli_batch_open(&options, &paths, &batch);
    if (code == EXIT_DONE)
        code = cli_judge(batch, options.out, &arguments.outputs, arguments.is_quiet, NULL);
    evd_batch_close(batch);
out:
    cli_night_outputs_free(&arguments.outputs);
    return code;
}

const struct cli_command cli_judge_command = {"judge", "say again what a night has come to", run};
