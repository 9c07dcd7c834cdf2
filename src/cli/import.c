/* evdiff import: makes a log of a trace that another program wrote. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "arguments.h"
#include "cli.h"
#include "foreign.h"
#include "options.h"
#include "output.h"
#include "run_paths.h"

enum {
    OPTION_FROM = CLI_COMMAND_CODES,
    OPTION_MAPPING,
    OPTION_ENGINE,
    OPTION_SOURCE_LINES,
    OPTION_MEMORY,
    OPTION_TOLERANT
};

struct arguments {
    const char *format, *path, *out;
    struct evd_import_options import;
    bool is_quiet;
};

static const struct cli_option OPTIONS[] = {
    CLI_OPTION(OPTION_FROM, "from", "FORMAT", "the trace's format; default: what its content plainly is"),
    CLI_OPTION(OPTION_MAPPING, "mapping", "FILE", "what the members of an ndjson trace mean"),
    CLI_OPTION('o', "out", "PATH",
               "write the log to PATH, whole or not at all; packed with zstd\nwhen PATH ends in .zst; - is standard "
               "output, the default"),
    CLI_OPTION(OPTION_ENGINE, "engine", "NAME", "what the events' engine is; default: FORMAT"),
    CLI_OPTION(OPTION_SOURCE_LINES, "source-lines", NULL, "give each event source_line, its line in the trace"),
    CLI_OPTION(
        OPTION_MEMORY, "memory", "SIZE",
        "keep so much in memory of a trace that is in no order, as\nthose of Chrome are, and the rest in a file in "
        "$TMPDIR;\ndefault: 64M"),
    CLI_OPTION(OPTION_TOLERANT, "tolerant", NULL, "skip damaged lines, and tell how many"),
    CLI_OPTION('q', "quiet", NULL, "say only what is wrong"),
    CLI_OPTIONS_END,
};

static const struct cli_words FORMATS = {OPTION_FROM, evd_import_format_name, evd_import_format_summary};

static bool read_memory(struct evd_import_options *options)
{
    if (cli_read_size(optarg, &options->memory_bytes))
        return true;
    cli_usage_error("import", "--memory: '%s' is no size from 1, such as 4096, 500M or 4G", optarg);
    return false;
}

static bool read_option(void *values, int code)
{
    struct arguments *arguments = values;
    switch (code) {
    case OPTION_FROM: arguments->format = optarg; return true;
    case OPTION_MAPPING: arguments->import.mapping = optarg; return true;
    case OPTION_ENGINE: arguments->import.engine = optarg; return true;
    case OPTION_SOURCE_LINES: arguments->import.has_places = true; return true;
    case OPTION_MEMORY: return read_memory(&arguments->import);
    case OPTION_TOLERANT: arguments->import.is_tolerant = true; return true;
    case 'o': arguments->out = optarg; return true;
    case 'q': arguments->is_quiet = true; return true;
    default: return false;
    }
}

static const struct cli_usage USAGE = {
    .command = "import",
    .synopsis = "evdiff import [OPTION]... TRACE",
    .summary = "Make a log of a trace that another program wrote. The other commands take such traces\n"
               "themselves (--from); a log of its own is for traces that are diffed often.",
    .options = OPTIONS,
    .words = &FORMATS,
    .epilogue = "Exit status: 0 done; 2 trouble.",
    .read = read_option,
};

static bool has_suffix(const char *path, const char *suffix)
{
    const size_t length = strlen(path), size = strlen(suffix);
    return length >= size && strcmp(path + length - size, suffix) == 0;
}

/* Why nothing tells what the trace's format is. */
static int refuse_unknown(const char *path)
{
    struct stat file;
    const int failure = stat(path, &file) != 0 ? errno : S_ISDIR(file.st_mode) ? EISDIR : 0;
    if (failure != 0) {
        cli_say("%s: %s", path, strerror(failure));
        return EXIT_TROUBLE;
    }
    cli_say(S_ISREG(file.st_mode) ? "%s: its content does not plainly tell its format; --from FORMAT names it"
                                  : "%s: is no plain file, so its format is not looked for; --from FORMAT names it",
            path);
    cli_say_help("import");
    return EXIT_TROUBLE;
}

static int settle_format(struct arguments *arguments)
{
    struct evd_error error;
    if (arguments->format != NULL)
        return EXIT_DONE;
    if (evd_import_detect(arguments->path, &arguments->format, &error) != EVD_OK)
        return cli_report_error(&error);
    if (arguments->format != NULL) {
        if (!arguments->is_quiet)
            cli_say("%s: is read as %s; --from names another format", arguments->path, arguments->format);
        return EXIT_DONE;
    }
    return refuse_unknown(arguments->path);
}

static void tell(const struct arguments *arguments, const struct evd_import_summary *summary)
{
    if (arguments->is_quiet)
        return;
    cli_tell_import(arguments->path, summary);
    cli_say("%s: %" PRIu64 " event%s of %" PRIu64 " line%s", arguments->path, summary->events,
            cli_plural(summary->events), summary->lines, cli_plural(summary->lines));
}

static int report_stop(struct evd_error *error, const struct evd_import_summary *summary)
{
    const size_t length = strlen(error->message);
    if (error->status == EVD_E_INPUT && summary->is_stopped_by_damage)
        snprintf(error->message + length, sizeof error->message - length, "; --tolerant skips such lines");
    return cli_report_error(error);
}

static int write_log(const struct arguments *arguments, const struct evd_import *import)
{
    struct cli_output output;
    struct evd_import_summary summary;
    struct evd_error error;
    if (!cli_output_open(&output, arguments->out))
        return EXIT_TROUBLE;
    const bool is_packed = arguments->out != NULL && has_suffix(arguments->out, ".zst");
    const enum evd_status status =
        evd_import_file(import, arguments->path, is_packed, cli_output_write, &output, &summary, &error);
    /* What could not be written is told by the output, which knows why. */
    if (status != EVD_OK && output.failure == 0) {
        cli_output_discard(&output);
        return report_stop(&error, &summary);
    }
    const int code = cli_output_commit(&output);
    if (code == EXIT_DONE)
        tell(arguments, &summary);
    return code;
}

static int run_import(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct evd_import *import = NULL;
    struct evd_error error;
    int code;
    if (!cli_read_options(&USAGE, argc, argv, &arguments, &code))
        return code;
    if (argc - optind != 1)
        return cli_usage_error("import", "one trace is needed");
    arguments.path = cli_log_path(argv[optind]);
    if (arguments.out != NULL && strcmp(arguments.out, "-") == 0)
        arguments.out = NULL;
    if (arguments.out != NULL && has_suffix(arguments.out, ".gz"))
        return cli_usage_error("import", "--out: '%s': a log is packed with zstd, .zst, or not at all", arguments.out);
    struct cli_run_paths paths = {0};
    cli_run_paths_read(&paths, "the trace", arguments.path);
    cli_run_paths_read(&paths, "the file of --mapping", arguments.import.mapping);
    cli_run_paths_write(&paths, "--out", arguments.out);
    if (!cli_run_paths_settle(&paths, "import"))
        return EXIT_TROUBLE;
    code = settle_format(&arguments);
    if (code != EXIT_DONE)
        return code;
    if (evd_import_open(arguments.format, &arguments.import, &import, &error) != EVD_OK)
        code =
            error.status == EVD_E_ARGUMENT ? cli_usage_error("import", "%s", error.message) : cli_report_error(&error);
    else
        code = write_log(&arguments, import);
    evd_import_free(import);
    return code;
}

const struct cli_command cli_import = {"import", "make a log of another program's trace", run_import};
