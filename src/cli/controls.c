#include "controls.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "foreign.h"

bool cli_controls_add(const char *command, enum evd_side side, const char **paths, struct evd_control *controls,
                      size_t *count)
{
    if (*count == EVD_CONTROLS_MAX) {
        cli_usage_error(command, "at most %d control runs can be given", EVD_CONTROLS_MAX);
        return false;
    }
    controls[*count].side = side;
    paths[EVD_SIDES + (*count)++] = optarg;
    return true;
}

static const char *name_of(size_t log)
{
    return log == EVD_CANARY ? "the log of canary" : log == EVD_OURS ? "the log of ours" : "a control run already";
}

/* Facts of the files; a log that is none, or not there, has the size -1. */
static void look(const char *const *paths, size_t count, struct stat facts[CLI_LOGS_MAX])
{
    for (size_t i = 0; i < count; i++)
        if (stat(paths[i], &facts[i]) != 0 || !S_ISREG(facts[i].st_mode))
            facts[i] = (struct stat){.st_size = -1};
}

static bool is_one_file(const struct stat *a, const struct stat *b)
{
    return a->st_size >= 0 && b->st_size >= 0 && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool cli_is_one_file(const char *const paths[EVD_SIDES])
{
    struct stat facts[CLI_LOGS_MAX];
    look(paths, EVD_SIDES, facts);
    return is_one_file(&facts[EVD_CANARY], &facts[EVD_OURS]);
}

bool cli_controls_settle(const char *command, const char *const *paths, size_t count)
{
    struct stat facts[CLI_LOGS_MAX];
    if (count == EVD_SIDES)
        return true;
    look(paths, count, facts);
    for (size_t i = EVD_SIDES; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (is_one_file(&facts[i], &facts[j])) {
                cli_usage_error(command, "the control run '%s' is %s; a control run is a run of its own", paths[i],
                                name_of(j));
                return false;
            }
    return true;
}

bool cli_controls_may_be_copies(const char *const *paths, size_t count)
{
    struct stat facts[CLI_LOGS_MAX];
    if (count == EVD_SIDES)
        return false;
    look(paths, count, facts);
    for (size_t i = EVD_SIDES; i < count; i++)
        for (size_t j = 0; facts[i].st_size >= 0 && j < i; j++)
            if (facts[i].st_size == facts[j].st_size)
                return true;
    return false;
}

void cli_controls_tell_copies(struct evd_log *const *logs, size_t count)
{
    char digits[CLI_LOGS_MAX][33];
    for (size_t i = 0; i < count; i++)
        if (!evd_log_content_hash(logs[i], digits[i]))
            digits[i][0] = '\0';
    for (size_t i = EVD_SIDES; i < count; i++)
        for (size_t j = 0; digits[i][0] != '\0' && j < i; j++)
            if (strcmp(digits[i], digits[j]) == 0) {
                cli_say("the control run '%s' is a copy of '%s', %s: it says nothing of what varies from run to run",
                        evd_log_path(logs[i]), evd_log_path(logs[j]), name_of(j));
                break;
            }
}
