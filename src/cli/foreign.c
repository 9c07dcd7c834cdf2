#include "foreign.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"

/* Those behind are EVD_CANARY, which is 0. */
const enum evd_side cli_sides[CLI_LOGS_MAX] = {EVD_CANARY, EVD_OURS};

enum { OPTION_FROM = CLI_GROUP_CODES + 64, OPTION_MAPPING };

/* What --from takes for what is no trace. */
static const char LOG[] = "log";

static const struct cli_option FOREIGN_OPTIONS[] = {
    CLI_OPTION(OPTION_FROM, "from", "FORMAT",
               "the logs are traces in FORMAT ('evdiff import --help' lists\nthem), or logs with 'log'; default: "
               "what a file's content\nplainly is"),
    CLI_OPTION(OPTION_MAPPING, "mapping", "FILE", "what the members of an ndjson trace mean"),
    CLI_OPTIONS_END,
};

static bool read_foreign(void *values, const char *command, int code)
{
    struct cli_foreign *foreign = values;
    (void)command;
    if (code == OPTION_FROM)
        foreign->format = optarg;
    else
        foreign->mapping = optarg;
    return true;
}

const struct cli_option_group cli_foreign_options = {FOREIGN_OPTIONS, read_foreign};

/* An error about an option, in the command's voice; about a file, with its place. */
static int report(const char *command, const struct evd_error *error)
{
    return error->status == EVD_E_ARGUMENT ? cli_usage_error(command, "--from: %s", error->message)
                                           : cli_report_error(error);
}

/* Settles the format of one log; *format is NULL for what is none of another's. */
static enum evd_status settle_format(const struct cli_foreign *foreign, const char *path, const char **format,
                                     struct evd_error *error)
{
    *format = foreign->format;
    if (foreign->format == NULL)
        return evd_import_detect(path, format, error);
    if (strcmp(foreign->format, LOG) == 0)
        *format = NULL;
    return EVD_OK;
}

/* What a log is, by its content. */
static const char *format_of(const struct cli_foreign *foreign, size_t log)
{
    const struct evd_import *import = foreign->imports[log];
    return import == NULL ? foreign->made_of[log] : evd_import_format(import);
}

/* The rules that all logs are to be compared by, when they agree. */
static const char *common_rules(const struct cli_foreign *foreign, size_t count)
{
    const char *rules = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *format = format_of(foreign, i);
        const char *own = format == NULL ? NULL : evd_import_format_rules(format);
        if (own == NULL || (i > 0 && (rules == NULL || strcmp(rules, own) != 0)))
            return NULL;
        rules = own;
    }
    return rules;
}

bool cli_foreign_check(const struct cli_foreign *foreign, const char *command)
{
    const struct evd_import_options options = {.mapping = foreign->mapping, .has_places = true};
    struct evd_import *import = NULL;
    struct evd_error error;
    if (foreign->mapping != NULL && foreign->format == NULL) {
        cli_usage_error(command, "--mapping needs --from, which says what is mapped");
        return false;
    }
    if (foreign->format == NULL || strcmp(foreign->format, LOG) == 0)
        return true;
    const bool is_good = evd_import_open(foreign->format, &options, &import, &error) == EVD_OK;
    if (!is_good)
        report(command, &error);
    evd_import_free(import);
    return is_good;
}

/* A pipe and its like is read once, so what it holds is not looked at before. */
static bool is_unknown(const struct cli_foreign *foreign, const char *path)
{
    struct stat file;
    return foreign->format == NULL && stat(path, &file) == 0 && !S_ISREG(file.st_mode) && !S_ISDIR(file.st_mode);
}

/* Beside a trace, or a log that was made of one, it may be either as well. */
static void tell_unknown(const struct cli_foreign *foreign, const char *path, const char *other, const char *format)
{
    const char *rules = format != NULL ? evd_import_format_rules(format) : NULL;
    if (rules != NULL && !foreign->has_rules && !foreign->is_quiet)
        cli_say("%s is no plain file, so it is read as a log, and %s is of the format %s: --rules %s compares what was "
                "made of such traces, --from %s says that both are traces",
                path, other, format, rules, format);
}

/* Logs of several formats have few events in common, and what is told of them then leads nowhere. One that evdiff import made is of the
 * format of its trace. */
static void tell_mixed(struct cli_foreign *foreign, const char *const *paths, size_t count)
{
    const char *const first = format_of(foreign, 0);
    for (size_t i = 1; i < count && foreign->format == NULL && !foreign->is_mixed; i++) {
        const char *const other = format_of(foreign, i);
        const bool is_first = is_unknown(foreign, paths[0]);
        if (is_first || is_unknown(foreign, paths[i])) {
            tell_unknown(foreign, paths[is_first ? 0 : i], paths[is_first ? i : 0], is_first ? other : first);
            continue;
        }
        if (first == other || (first != NULL && other != NULL && strcmp(first, other) == 0))
            continue;
        foreign->is_mixed = true;
        if (!foreign->is_quiet)
            cli_say(
                "%s is %s%s, and %s %s%s: logs of two formats have few events in common; --from FORMAT says what both "
                "are, and 'evdiff import' makes a log of a trace",
                paths[0], first != NULL ? "of the format " : "an evdiff log", first != NULL ? first : "", paths[i],
                other != NULL ? "of the format " : "an evdiff log", other != NULL ? other : "");
    }
}

/* Where one is mistyped, what the others are is not what matters. */
static bool all_are_there(const char *const *paths, size_t count)
{
    struct stat file;
    while (count > 0 && stat(paths[count - 1], &file) == 0)
        count--;
    return count == 0;
}

int cli_foreign_open(struct cli_foreign *foreign, const char *command, const char *const *paths, size_t count,
                     bool is_tolerant, bool is_quiet)
{
    const struct evd_import_options options = {
        .mapping = foreign->mapping, .has_places = true, .is_tolerant = is_tolerant};
    const bool are_there = all_are_there(paths, count);
    struct evd_error error;
    if (foreign->mapping != NULL && foreign->format == NULL)
        return cli_usage_error(command, "--mapping needs --from, which says what is mapped");
    for (size_t i = 0; i < count; i++) {
        const char *format;
        if (settle_format(foreign, paths[i], &format, &error) != EVD_OK)
            return cli_report_error(&error);
        if (format == NULL) {
            if (evd_import_detect_made(paths[i], &foreign->made_of[i], &error) != EVD_OK)
                return cli_report_error(&error);
            continue;
        }
        if (evd_import_open(format, &options, &foreign->imports[i], &error) != EVD_OK)
            return report(command, &error);
        if (foreign->format == NULL && !is_quiet && are_there)
            cli_say("%s: is read as %s; --from names another format", paths[i], format);
    }
    foreign->rules = common_rules(foreign, count);
    foreign->is_quiet = is_quiet;
    if (are_there)
        tell_mixed(foreign, paths, count);
    return EXIT_DONE;
}

void cli_foreign_close(struct cli_foreign *foreign)
{
    for (size_t i = 0; i < CLI_LOGS_MAX; i++) {
        evd_import_free(foreign->imports[i]);
        foreign->imports[i] = NULL;
    }
}

enum evd_status cli_foreign_load_rules(const struct cli_foreign *foreign, const char *path,
                                       const struct evd_rules_options *options, struct evd_rules **rules,
                                       struct evd_error *error)
{
    return path == NULL && foreign->rules != NULL
               ? evd_rules_load_shipped(foreign->rules, options, rules, error)
               : evd_rules_load(path, options, rules, error);
}

struct cli_skip_words cli_skip_words(const struct evd_import_skip *skip)
{
    struct cli_skip_words words;
    const int length = snprintf(words.text, sizeof words.text, "skipped %s: %" PRIu64 ", the first is line %" PRIu64,
                                skip->what, skip->count, skip->first_line);
    if (skip->first_event > 0 && length > 0 && (size_t)length < sizeof words.text)
        snprintf(words.text + length, sizeof words.text - (size_t)length, ", event %" PRIu64, skip->first_event);
    return words;
}

void cli_tell_import(const char *path, const struct evd_import_summary *summary)
{
    for (size_t i = 0; summary != NULL && i < summary->skip_count; i++)
        cli_say("%s: %s", path, cli_skip_words(&summary->skips[i]).text);
}
