#include "index_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "new_file.h"
#include "output.h"

const char *const cli_index_words[] = {"off", "auto", "require", "save", NULL};

/* Makes the folders above `path`; true when a file can be made there. */
static bool prepare_folder(const char *path)
{
    char folder[EVD_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return cli_new_file_is_possible(path);
}

int cli_index_save(const struct evd_log *log, const char *directory, char *path)
{
    int failure = 0;
    size_t which = 0;
    while (evd_index_place(evd_log_path(log), directory, which, path) && !prepare_folder(path)) {
        if (failure == 0)
            failure = errno;
        which++;
    }
    if (!evd_index_place(evd_log_path(log), directory, which, path)) {
        cli_say("%s: its index has no place: %s; --index-dir names one", evd_log_path(log),
                strerror(failure != 0 ? failure : ENAMETOOLONG));
        return EXIT_TROUBLE;
    }
    struct evd_error error;
    if (evd_index_may_replace(path, &error) != EVD_OK)
        return cli_report_error(&error);
    struct cli_output output;
    if (!cli_output_open_file(&output, path))
        return EXIT_TROUBLE;
    const enum evd_status status = evd_index_write(log, cli_output_write, &output, &error);
    if (status != EVD_OK && status != EVD_E_IO) {
        cli_output_discard(&output);
        return cli_report_error(&error);
    }
    return cli_output_commit(&output);
}
