#include "batch_paths.h"

#include "cli.h"
#include "places.h"
#include "run_paths.h"

static bool take_file(void *context, const char *what, const char *path, enum evd_batch_use use)
{
    struct cli_run_paths *paths = context;
    if (use == EVD_BATCH_KEEPS)
        cli_run_paths_keep_copy(paths, what, path);
    else
        cli_run_paths_read_copy(paths, what, path);
    if (use == EVD_BATCH_READS_LOG)
        cli_run_paths_index(paths, NULL, path, NULL);
    return !paths->has_failed;
}

/* Opens the history, which is known to be nothing that the run reads, before a folder is made; but for one in the folder itself. */
static bool open_history(const struct cli_batch_paths *paths, const struct evd_batch *batch)
{
    if (paths->outputs == NULL || paths->outputs->history_path == NULL)
        return true;
    if (!evd_batch_has_folder(batch) && cli_is_made_with(paths->outputs->history_path, paths->folder))
        return true;
    return cli_night_open_history(paths->outputs);
}

bool cli_batch_accept(void *context, const struct evd_batch *batch)
{
    struct cli_batch_paths *batch_paths = context;
    struct cli_run_paths paths = {0};
    if (!evd_batch_files(batch, take_file, &paths))
        paths.has_failed = true;
    if (batch_paths->outputs != NULL)
        cli_night_list(batch_paths->outputs, &paths);
    else
        cli_run_paths_print(&paths);
    batch_paths->is_refused = !cli_run_paths_settle(&paths, batch_paths->command) || !open_history(batch_paths, batch);
    return !batch_paths->is_refused;
}

int cli_batch_open(struct evd_batch_options *options, struct cli_batch_paths *paths, struct evd_batch **batch)
{
    struct evd_error error;
    paths->folder = options->out;
    options->accept = cli_batch_accept;
    options->accept_context = paths;
    if (evd_batch_open(options, batch, &error) == EVD_OK)
        return EXIT_DONE;
    return paths->is_refused ? EXIT_TROUBLE : cli_report_error(&error);
}
