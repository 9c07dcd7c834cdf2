/* Changing a ledger's file: it is read, and written whole when something changed. */
#include <stdlib.h>

#include "known.h"
#include "output.h"

struct known_edit {
    struct evd_ledger_file *file;
    struct cli_output out;
    const char *path; /* borrowed */
    bool is_dry_run;
};

static bool note_bytes(void *context, const char *bytes, size_t length)
{
    (void)bytes;
    *(bool *)context |= length > 0;
    return true;
}

/* False after a message; *has is whether the file differs from what was read. */
static bool has_changes(const struct evd_ledger_file *file, bool *has)
{
    struct evd_error error;
    *has = false;
    if (evd_ledger_file_write_changes(file, note_bytes, has, &error) == EVD_OK)
        return true;
    cli_report_error(&error);
    return false;
}

/* Says the first fault of a file, which is to be mended before anything is put in. */
static bool is_whole(const struct evd_ledger_file *file, const char *path)
{
    size_t count;
    const struct evd_ledger_problem *problems = evd_ledger_file_problems(file, &count);
    if (count == 0)
        return true;
    cli_say("%s:%llu:%llu: %s", path, (unsigned long long)problems[0].line, (unsigned long long)problems[0].column,
            problems[0].message);
    return false;
}

struct known_edit *known_edit_open(const struct known_request *request, const char *path, bool may_be_new,
                                   bool may_be_faulty)
{
    struct evd_error error;
    struct known_edit *edit = calloc(1, sizeof *edit);
    if (edit == NULL) {
        cli_report_no_memory();
        return NULL;
    }
    edit->path = path;
    edit->is_dry_run = (request->given & KNOWN_DRY_RUN) != 0;
    /* First of all, so that what is no regular file is refused and not waited for. */
    if (!edit->is_dry_run && !cli_output_open_file(&edit->out, path)) {
        free(edit);
        return NULL;
    }
    if (evd_ledger_file_read(path, may_be_new, &edit->file, &error) != EVD_OK) {
        cli_report_error(&error);
        known_edit_discard(edit);
        return NULL;
    }
    if (!may_be_faulty && !is_whole(edit->file, path)) {
        known_edit_discard(edit);
        return NULL;
    }
    return edit;
}

struct evd_ledger_file *known_edit_file(struct known_edit *edit)
{
    return edit->file;
}

void known_edit_discard(struct known_edit *edit)
{
    if (!edit->is_dry_run)
        cli_output_discard(&edit->out);
    evd_ledger_file_free(edit->file);
    free(edit);
}

/* Puts the file in its place. */
static int put_in_place(struct known_edit *edit)
{
    struct evd_error error;
    const enum evd_status status = evd_ledger_file_write(edit->file, cli_output_write, &edit->out, &error);
    if (status == EVD_OK || status == EVD_E_IO)
        return cli_output_commit(&edit->out);
    cli_output_discard(&edit->out);
    return cli_report_error(&error);
}

static int print_changes(const struct known_edit *edit)
{
    struct cli_output out;
    struct evd_error error;
    if (!cli_output_open(&out, NULL))
        return EXIT_TROUBLE;
    /* A person reads it, a path and comments of the ledger may hold anything. */
    out.is_made_plain = true;
    const enum evd_status status = evd_ledger_file_write_changes(edit->file, cli_output_write, &out, &error);
    if (status == EVD_OK || status == EVD_E_IO)
        return cli_output_commit(&out);
    cli_output_discard(&out);
    return cli_report_error(&error);
}

int known_edit_commit(struct known_edit *edit, bool prints)
{
    bool has;
    int code = has_changes(edit->file, &has) ? EXIT_DONE : EXIT_TROUBLE;
    if (code != EXIT_DONE || !has) {
        known_edit_discard(edit);
        return code;
    }
    if (!edit->is_dry_run)
        code = put_in_place(edit);
    if (code == EXIT_DONE && (prints || edit->is_dry_run)) {
        code = print_changes(edit);
        if (code == EXIT_TROUBLE && !edit->is_dry_run)
            cli_say("%s: was changed all the same; only what changed was not printed", edit->path);
    }
    evd_ledger_file_free(edit->file);
    free(edit);
    return code;
}
