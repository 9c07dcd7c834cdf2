#include "config_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "options.h"

static const char NEAREST[] = ".evdiff.toml";

/* Commands that only read, or write where their own command line says. */
static const char *const COMMANDS[] = {
    "batch", "check", "diff", "explain", "judge", "learn", "rules", "selftest", "show", "view", NULL};

/* What no file that was found on the way may say: where to write, and what to run. */
static const char *const TRUSTED[] = {
    "out", "report", "emit-absorbed-events", "index", "index-dir", "previous", "history", "pager", NULL};

bool cli_config_has_command(const char *command)
{
    return cli_read_word(command, COMMANDS) >= 0;
}

/* The nearest file from the current folder upwards; "" when there is none, NULL when memory runs out. */
static char *find_nearest(void)
{
    char *folder = getcwd(NULL, 0), *path = NULL;
    if (folder == NULL)
        return errno == ENOMEM ? NULL : strdup("");
    for (;;) {
        size_t length = strlen(folder);
        if (length == 1 && folder[0] == '/')
            length = 0;
        if (asprintf(&path, "%.*s/%s", (int)length, folder, NEAREST) < 0)
            path = NULL;
        if (path == NULL || access(path, F_OK) == 0)
            break;
        char *slash = strrchr(folder, '/');
        if (length == 0 || slash == NULL) {
            path[0] = '\0';
            break;
        }
        slash[slash == folder] = '\0';
        free(path);
    }
    free(folder);
    return path;
}

/* Where the user's own is, be it there or not; "" for nowhere, NULL when memory runs out. */
static char *find_user(void)
{
    const char *folder = getenv("XDG_CONFIG_HOME"), *middle = "";
    char *path;
    if (folder == NULL || folder[0] != '/') { /* by the XDG specification, other paths count as none */
        folder = getenv("HOME");
        middle = "/.config";
    }
    if (folder == NULL || folder[0] != '/')
        return strdup("");
    return asprintf(&path, "%s%s/evdiff/config.toml", folder, middle) < 0 ? NULL : path;
}

static bool refuse(const struct evd_config *config, const struct evd_config_value *value, const char *before,
                   const char *name, const char *after)
{
    cli_say("%s:%llu:%llu: %s%s%s", config->path, (unsigned long long)value->line, (unsigned long long)value->column,
            before, name, after);
    return false;
}

static bool check(const struct evd_config *config, enum cli_config_place place)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct evd_config_value *value = &config->values[i];
        if (place == CLI_CONFIG_NEAREST && cli_read_word(value->key, TRUSTED) >= 0)
            return refuse(
                config, value, "\"", value->key,
                "\" says where to write or what to run, which a file found on the way may not; the user's own "
                "configuration may");
        if (value->section[0] == '\0' && (strcmp(value->key, "pager") != 0 || value->text == NULL || value->is_item))
            return refuse(
                config, value, "\"", value->key,
                "\" is in no table: options are in that of their command, as [diff], and outside there is the "
                "text \"pager\" alone");
        if (value->section[0] != '\0' && !cli_config_has_command(value->section))
            return refuse(config, value, "[", value->section,
                          "] is no command that takes options from a configuration");
    }
    return true;
}

bool cli_config_files_find(struct cli_config_files *files)
{
    const char *only = getenv("EVDIFF_CONFIG");
    *files = (struct cli_config_files){{NULL, NULL}, {NULL, NULL}};
    files->path[CLI_CONFIG_USER] = only != NULL ? strdup(only) : find_user();
    files->path[CLI_CONFIG_NEAREST] = only != NULL ? strdup("") : find_nearest();
    for (int place = 0; place < CLI_CONFIG_PLACES; place++) {
        if (files->path[place] == NULL)
            return cli_report_no_memory() == EXIT_DONE;
        if (files->path[place][0] == '\0') {
            free(files->path[place]);
            files->path[place] = NULL;
        }
    }
    return true;
}

bool cli_config_files_read(struct cli_config_files *files)
{
    struct evd_error error;
    if (!cli_config_files_find(files))
        return false;
    const bool is_named = getenv("EVDIFF_CONFIG") != NULL;
    for (int place = 0; place < CLI_CONFIG_PLACES; place++) {
        const char *path = files->path[place];
        if (path == NULL || (!is_named && access(path, F_OK) != 0))
            continue;
        if (evd_config_read(path, &files->config[place], &error) != EVD_OK)
            return cli_report_error(&error) == EXIT_DONE;
        if (!check(files->config[place], (enum cli_config_place)place))
            return false;
    }
    return true;
}

void cli_config_files_release(struct cli_config_files *files)
{
    for (int place = 0; place < CLI_CONFIG_PLACES; place++) {
        evd_config_free(files->config[place]);
        free(files->path[place]);
    }
    *files = (struct cli_config_files){{NULL, NULL}, {NULL, NULL}};
}

char *cli_config_pager(void)
{
    struct cli_config_files files;
    char *pager = NULL;
    if (cli_config_files_read(&files) && files.config[CLI_CONFIG_USER] != NULL)
        for (size_t i = 0; i < files.config[CLI_CONFIG_USER]->count; i++) {
            const struct evd_config_value *value = &files.config[CLI_CONFIG_USER]->values[i];
            if (value->section[0] == '\0')
                pager = strdup(value->text);
        }
    cli_config_files_release(&files);
    return pager;
}
