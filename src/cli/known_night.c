/* evdiff known prune, and check of a night: what the lines of its ledgers have come to in all of its jobs. */
#include <stdlib.h>
#include <string.h>

#include "batch_paths.h"
#include "known.h"
#include "ledgers.h"

struct known_night {
    struct evd_batch_options options;
    struct cli_batch_paths paths;
    struct evd_batch *batch;
    struct evd_night *night;
    struct evd_prunable_line *lines;
    size_t line_count;
};

/* Judges it again, by the ledgers as they are, and writes nothing. */
static enum evd_status open_night(struct known_night *known, const char *folder, struct evd_error *error)
{
    known->paths = (struct cli_batch_paths){.command = "known"};
    known->options = (struct evd_batch_options){
        .out = folder,
        .today = cli_today(),
        .is_dry_run = true,
        .accept = cli_batch_accept,
        .accept_context = &known->paths};
    enum evd_status status = evd_batch_open(&known->options, &known->batch, error);
    if (status == EVD_OK)
        status = evd_batch_judge(known->batch, &known->night, error);
    if (status == EVD_OK)
        status = evd_night_prunable(known->night, &known->lines, &known->line_count, error);
    return status;
}

static void close_night(struct known_night *known)
{
    free(known->lines);
    evd_night_free(known->night);
    evd_batch_close(known->batch);
}

struct known_night *known_night_open(const char *folder)
{
    struct evd_error error;
    struct known_night *known = calloc(1, sizeof *known);
    if (known == NULL) {
        cli_report_no_memory();
        return NULL;
    }
    if (open_night(known, folder, &error) == EVD_OK)
        return known;
    if (!known->paths.is_refused)
        cli_report_error(&error);
    known_night_close(known);
    return NULL;
}

char *known_night_outcome(const struct known_night *night, const char *digits)
{
    char *path;
    struct evd_error error;
    if (evd_night_find_outcome(night->night, digits, &path, &error) != EVD_OK)
        cli_report_error(&error);
    return path;
}

bool known_night_outcomes(const struct known_night *night, evd_take_outcome *take, void *context, size_t *left)
{
    struct evd_error error;
    if (evd_night_outcomes(night->night, take, context, left, &error) == EVD_OK)
        return true;
    cli_report_error(&error);
    return false;
}

void known_night_close(struct known_night *night)
{
    if (night == NULL)
        return;
    close_night(night);
    free(night);
}

/* ── check ── */

int known_check_night(const char *folder, int (*check)(const char *path))
{
    struct known_night known = {.batch = NULL};
    struct evd_error error;
    int worst = EXIT_DONE;
    const enum evd_status status = open_night(&known, folder, &error);
    if (status == EVD_E_INPUT) {
        cli_print_line("%s:%llu:%llu: %s", error.path, (unsigned long long)error.line, (unsigned long long)error.column,
                       error.message);
        worst = EXIT_FOUND;
    } else if (status != EVD_OK) {
        worst = known.paths.is_refused ? EXIT_TROUBLE : cli_report_error(&error);
    }
    const char *path;
    for (size_t i = 0; status == EVD_OK && (path = evd_night_ledger(known.night, i)) != NULL; i++) {
        const int code = check(path);
        worst = code > worst ? code : worst;
    }
    for (size_t i = 0; i < known.line_count; i++) {
        const struct evd_prunable_line *line = &known.lines[i];
        cli_print_line("%s:%llu:1: %s", line->path, (unsigned long long)line->line,
                       line->is_fixed ? "fixed: all jobs that had it have passed its place often enough without it"
                                      : "stale: all jobs that had it have long passed its place without it");
        worst = worst == EXIT_DONE ? EXIT_FOUND : worst;
    }
    close_night(&known);
    return worst;
}

/* ── prune ── */

/* Changes the lines of a file. Both they and the file's entries are in the order of the file; what is not there any more is
 * left alone. */
static enum evd_status prune_lines(struct evd_ledger_file *file, const struct evd_prunable_line *lines, size_t count,
                                   struct evd_error *error)
{
    size_t entry_count, taken = 0;
    enum evd_status status = EVD_OK;
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(file, &entry_count);
    for (size_t i = 0; status == EVD_OK && i < entry_count; i++) {
        while (taken < count && lines[taken].line < entries[i].line)
            taken++;
        if (taken == count || lines[taken].line != entries[i].line || lines[taken].signature != entries[i].signature)
            continue;
        struct evd_ledger_entry entry = entries[i];
        entry.state = EVD_LEDGER_FIXED;
        if (lines[taken].is_fixed)
            status = evd_ledger_file_put(file, &entry, NULL, error);
        else
            evd_ledger_file_remove(file, i);
    }
    return status;
}

/* The lines of one file; they are sorted by their files. */
static int prune_file(const struct known_request *request, const struct evd_prunable_line *lines, size_t count)
{
    struct evd_error error;
    struct known_edit *edit = known_edit_open(request, lines[0].path, false, false);
    if (edit == NULL)
        return EXIT_TROUBLE;
    if (prune_lines(known_edit_file(edit), lines, count, &error) != EVD_OK) {
        known_edit_discard(edit);
        return cli_report_error(&error);
    }
    return known_edit_commit(edit, true);
}

int known_prune(const struct known_request *request)
{
    struct known_night known = {.batch = NULL};
    struct evd_error error;
    int worst = EXIT_DONE;
    if (open_night(&known, request->operands[0], &error) != EVD_OK)
        worst = known.paths.is_refused ? EXIT_TROUBLE : cli_report_error(&error);
    for (size_t first = 0, last; worst == EXIT_DONE && first < known.line_count; first = last) {
        for (last = first + 1; last < known.line_count; last++)
            if (strcmp(known.lines[first].path, known.lines[last].path) != 0)
                break;
        worst = prune_file(request, &known.lines[first], last - first);
    }
    close_night(&known);
    return worst;
}
