#include "saved_logs.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "asked.h"

static enum evd_status fail(struct evd_error *error, enum evd_status status, const char *message)
{
    *error = (struct evd_error){.status = status};
    snprintf(error->message, sizeof error->message, "%s", message);
    return status;
}

static void note(struct cli_saved_logs *saved, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keeps the first warning: one line is read. */
static void note(struct cli_saved_logs *saved, const char *format, ...)
{
    va_list args;
    if (saved->warning[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(saved->warning, sizeof saved->warning, format, args);
    va_end(args);
}

/* False when the text has no room, or holds what no path may. */
static bool copy_text(struct evd_text text, char *copy, size_t capacity)
{
    if (text.length >= capacity || (text.length > 0 && memchr(text.bytes, '\0', text.length) != NULL))
        return false;
    if (text.length > 0)
        memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    return true;
}

/* The format that a log was read in; "" for a log. An older outcome does not say: then its content tells. */
static enum evd_status find_format(const struct cli_saved_logs *saved, int side, char *format, size_t capacity,
                                   struct evd_error *error)
{
    const struct evd_outcome *outcome = saved->outcome;
    const char *found = saved->foreign->format;
    enum evd_status status = EVD_OK;
    format[0] = '\0';
    if (found == NULL && (outcome->format[side].length > 0 || outcome->rules_hash.length > 0))
        return copy_text(outcome->format[side], format, capacity)
                   ? EVD_OK
                   : fail(error, EVD_E_INPUT, "the outcome names a format that there is not; --from names another");
    if (found == NULL)
        status = evd_import_detect(saved->paths[side], &found, error);
    if (status == EVD_OK && found != NULL && strcmp(found, "log") != 0)
        snprintf(format, capacity, "%s", found);
    return status;
}

static enum evd_status open_import(struct cli_saved_logs *saved, int side, struct evd_error *error)
{
    char format[64], mapping[EVD_PATH_MAX];
    const struct evd_text *asked = cli_asked_argument(saved->outcome, "--mapping");
    struct evd_import_options options = {
        .mapping = saved->foreign->mapping, .has_places = true, .is_tolerant = saved->reading.is_tolerant};
    const enum evd_status status = find_format(saved, side, format, sizeof format, error);
    if (status != EVD_OK || format[0] == '\0')
        return status;
    if (options.mapping == NULL && asked != NULL && copy_text(*asked, mapping, sizeof mapping))
        options.mapping = mapping;
    return evd_import_open(format, &options, &saved->foreign->imports[side], error);
}

/* What rules the outcome was made with, of those that are there: a file of one's own, those that come with the program, else
 * those that suit the trace, or the built-in ones. */
static enum evd_status load_recorded(struct cli_saved_logs *saved, const struct evd_rules_options *options,
                                     struct evd_error *error)
{
    const struct evd_text *asked = cli_asked_argument(saved->outcome, "--rules");
    char given[EVD_PATH_MAX], name[256];
    struct cli_rules_file file;
    const char *path = NULL;
    if (asked != NULL && copy_text(*asked, given, sizeof given))
        path = cli_find_rules_quietly(given, &file);
    if (path != NULL && evd_rules_load(path, options, &saved->rules, error) == EVD_OK)
        return EVD_OK;
    if (copy_text(saved->outcome->rules, name, sizeof name) &&
        evd_rules_load_shipped(name, options, &saved->rules, error) == EVD_OK)
        return EVD_OK;
    const struct evd_import *import = saved->foreign->imports[EVD_CANARY];
    const char *suited = import != NULL ? evd_import_format_rules(evd_import_format(import)) : NULL;
    if (suited != NULL)
        return evd_rules_load_shipped(suited, options, &saved->rules, error);
    return evd_rules_load(NULL, options, &saved->rules, error);
}

/* Says when rules are not those that the outcome was made with; older outcomes tell no more than a name. */
static void check_rules(struct cli_saved_logs *saved)
{
    const struct evd_outcome *outcome = saved->outcome;
    const struct evd_text *asked = cli_asked_argument(outcome, "--rules");
    const struct evd_text named = asked != NULL ? *asked : outcome->rules;
    char digits[EVD_RULES_HASH_BYTES];
    evd_rules_hash(saved->rules, digits);
    if (outcome->rules_hash.length > 0 && (outcome->rules_hash.length != EVD_RULES_HASH_BYTES - 1 ||
                                           memcmp(outcome->rules_hash.bytes, digits, EVD_RULES_HASH_BYTES - 1) != 0))
        note(saved,
             "the rules that the outcome was made with, '%.*s', are not there any more as they were: events "
             "may be shown otherwise; --rules names them",
             (int)named.length, named.length > 0 ? named.bytes : "");
}

static enum evd_status load_rules(struct cli_saved_logs *saved, struct evd_error *error)
{
    const struct evd_outcome *outcome = saved->outcome;
    const struct evd_text *disabled = cli_asked_argument(outcome, "--disable-absorber");
    char list[1024], **names = NULL;
    struct evd_rules_options options = {
        .keep_allocator_returns = cli_asked_argument(outcome, "--no-canonicalize-allocators") != NULL,
        .keep_host_heap_fields = cli_asked_argument(outcome, "--no-canonicalize-host-heap-fields") != NULL};
    if (disabled != NULL && copy_text(*disabled, list, sizeof list)) {
        names = cli_split_names(list, &options.disabled_absorber_count);
        if (names == NULL)
            return fail(error, EVD_E_NO_MEMORY, "out of memory");
        options.disabled_absorbers = (const char *const *)names;
    }
    enum evd_status status =
        saved->rules_path != NULL ? evd_rules_load(saved->rules_path, &options, &saved->rules, error)
                                  : load_recorded(saved, &options, error);
    cli_free_names(names);
    if (status == EVD_OK && saved->rules_path == NULL)
        check_rules(saved);
    return status;
}

/* Another log under the same name has other events at the outcome's places. */
static void check_logs(struct cli_saved_logs *saved)
{
    for (int side = 0; side < EVD_SIDES; side++)
        if (evd_log_event_count(saved->logs[side]) != saved->outcome->event_count[side])
            note(saved,
                 "%s: has %" PRIu64 " events, and had %" PRIu64
                 " when the outcome was made: make it again by 'evdiff diff'",
                 saved->paths[side], evd_log_event_count(saved->logs[side]), saved->outcome->event_count[side]);
}

enum evd_status cli_saved_logs_open(struct cli_saved_logs *saved, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    saved->reading.is_tolerant |= cli_asked_argument(saved->outcome, "--tolerant") != NULL;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        if (!copy_text(saved->outcome->path[side], saved->paths[side], sizeof saved->paths[side]))
            return fail(error, EVD_E_INPUT, "the outcome's path of a log is none");
        status = open_import(saved, side, error);
    }
    if (status == EVD_OK)
        status = load_rules(saved, error);
    if (status == EVD_OK) {
        const char *const paths[EVD_SIDES] = {saved->paths[EVD_CANARY], saved->paths[EVD_OURS]};
        saved->reading.sides = cli_sides;
        saved->reading.index = EVD_INDEX_AUTO;
        saved->reading.index_directory = saved->index_directory;
        saved->reading.imports = (const struct evd_import *const *)saved->foreign->imports;
        status = evd_logs_open(paths, EVD_SIDES, saved->rules, &saved->reading, saved->logs, NULL, NULL, NULL, error);
    }
    if (status == EVD_OK)
        check_logs(saved);
    else
        cli_saved_logs_close(saved);
    return status;
}

void cli_saved_logs_close(struct cli_saved_logs *saved)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_log_free(saved->logs[side]);
        saved->logs[side] = NULL;
    }
    evd_rules_free(saved->rules);
    saved->rules = NULL;
    if (saved->foreign != NULL)
        cli_foreign_close(saved->foreign);
}
