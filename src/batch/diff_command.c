#include "batch/diff_command.h"

#include <stdio.h>
#include <string.h>

/* The command line of a diff; texts that are made are in the arena. */
struct command {
    struct evd_arena *arena;
    char **list;
    size_t count;
    bool has_failed;
};

static void add(struct command *command, const char *argument)
{
    if (argument == NULL || command->count == EVD_DIFF_ARGUMENTS_MAX) {
        command->has_failed = true;
        return;
    }
    /* The system's type takes no const; nothing is written there. */
    command->list[command->count++] = (char *)(uintptr_t)argument;
}

/* A path that begins with '-' would be an option, or standard input. */
static void add_log(struct command *command, const char *path)
{
    char *spelled = path[0] == '-' ? evd_arena_alloc(command->arena, strlen(path) + 3) : NULL;
    if (path[0] == '-' && spelled != NULL)
        sprintf(spelled, "./%s", path);
    add(command, path[0] == '-' ? spelled : path);
}

static void add_settings(struct command *command, const struct evd_batch_settings *settings)
{
    struct evd_batch_settings copy = *settings;
    for (const struct evd_setting_key *key = evd_setting_keys; key->name != NULL; key++) {
        if (key->option == NULL || evd_setting_is_unset(settings, key))
            continue;
        add(command, key->option);
        if (evd_setting_is_text(key))
            add(command, *evd_setting_text(&copy, key));
    }
}

static void add_controls(struct command *command, const char *option, const struct evd_batch_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        add(command, option);
        add_log(command, list->items[i]);
    }
}

static const char *format_text(struct evd_arena *arena, const char *before, const char *text)
{
    char *made = evd_arena_alloc(arena, strlen(before) + strlen(text) + 1);
    if (made != NULL)
        sprintf(made, "%s%s", before, text);
    return made;
}

bool evd_diff_command(struct evd_arena *arena, const struct evd_batch_job *job, size_t run, unsigned threads,
                      char *list[EVD_DIFF_ARGUMENTS_MAX + 1])
{
    struct command made = {.arena = arena, .list = list}, *command = &made;
    char number[16];
    snprintf(number, sizeof number, "%u", threads);
    add(command, "evdiff");
    add(command, "diff");
    add(command, "--quiet");
    add(command, "--progress=never");
    add(command, format_text(command->arena, "--threads=", number));
    add(command, "--report=json=-");
    add_settings(command, &job->settings);
    add_controls(command, "--control", &job->control);
    add_controls(command, "--control-of-ours", &job->control_of_ours);
    add(command, "--");
    add_log(command, job->canary);
    add_log(command, job->ours.items[run]);
    list[made.count] = NULL;
    return !made.has_failed;
}
