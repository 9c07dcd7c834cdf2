#include "option_layers.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "options.h"

/* Options of which one makes the other meaningless. */
static const char *const INSTEAD[][2] = {{"pair", "tid-map"}, {"tid-map", "pair"}};

static bool has_code(const int *codes, int code)
{
    for (; *codes != 0; codes++)
        if (*codes == code)
            return true;
    return false;
}

static const struct cli_option *find_option(const struct cli_usage *usage, const char *name)
{
    struct cli_option_walk walk = cli_option_walk(usage);
    for (const struct cli_option *option; (option = cli_next_option(&walk)) != NULL;)
        if (strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

/* True when a layer further up, the first `count` that were found, or the command line has the option or another in its place. */
static bool is_taken(const struct cli_option_layers *layers, const struct cli_usage *usage, size_t count,
                     const int *codes, const struct cli_option *option)
{
    if (has_code(codes, option->code))
        return true;
    for (size_t i = 0; i < count; i++)
        if (layers->given[i].code == option->code)
            return true;
    for (size_t i = 0; i < sizeof INSTEAD / sizeof INSTEAD[0]; i++)
        if (strcmp(option->name, INSTEAD[i][0]) == 0) {
            const struct cli_option *other = find_option(usage, INSTEAD[i][1]);
            if (other == NULL)
                continue;
            if (has_code(codes, other->code))
                return true;
            for (size_t j = 0; j < count; j++)
                if (layers->given[j].code == other->code)
                    return true;
        }
    return false;
}

static bool add(struct cli_option_layers *layers, int code, const char *argument, bool is_off, char *origin)
{
    struct cli_given_option *longer =
        origin != NULL ? realloc(layers->given, (layers->count + 1) * sizeof *longer) : NULL;
    if (longer == NULL) {
        free(origin);
        return cli_report_no_memory() == EXIT_DONE;
    }
    layers->given = longer;
    layers->given[layers->count++] = (struct cli_given_option){code, argument, is_off, origin};
    return true;
}

/* ── EVDIFF_OPTS ── */

struct taking {
    struct cli_option_layers *layers;
    const struct cli_usage *usage;
    const int *codes;
};

static bool take_word(void *context, int code)
{
    struct taking *taking = context;
    return has_code(taking->codes, code) || add(taking->layers, code, optarg, false, strdup("EVDIFF_OPTS"));
}

static bool find_words(struct cli_option_layers *layers, const struct cli_usage *usage, const int *codes)
{
    struct taking taking = {layers, usage, codes};
    struct cli_option_words *words = &layers->words;
    if (strcmp(usage->command, "diff") != 0)
        return true;
    if (!cli_option_words_make(words, usage->command) ||
        !cli_take_words(usage, words->argc, words->argv, take_word, &taking))
        return false;
    if (optind < words->argc) {
        cli_usage_error(usage->command, "EVDIFF_OPTS: '%s' is no option", words->argv[optind]);
        return false;
    }
    return true;
}

/* ── configuration files ── */

static bool refuse(const struct evd_config *config, const struct evd_config_value *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(const struct evd_config *config, const struct evd_config_value *value, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    cli_say("%s:%llu:%llu: %s", config->path, (unsigned long long)value->line, (unsigned long long)value->column,
            message);
    return false;
}

static bool refuse_key(const struct evd_config *config, const struct evd_config_value *value,
                       const struct cli_usage *usage)
{
    const char *names[128];
    size_t count = 0;
    struct cli_option_walk walk = cli_option_walk(usage);
    for (const struct cli_option *option; count < 128 && (option = cli_next_option(&walk)) != NULL;)
        names[count++] = option->name;
    const char *meant = evd_suggest_name(value->key, strlen(value->key), names, count);
    return refuse(config, value, "\"%s\" is no option of evdiff %s%s%s%s", value->key, usage->command,
                  meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

/* Files are named from the folder of the configuration on, where they are there. */
static bool find_file(struct cli_option_layers *layers, const struct evd_config *config,
                      const struct cli_option *option, const char **argument)
{
    static const char *const FILES[] = {"FILE", "LOG", "LEDGER", "HOW", NULL};
    const char *slash = strrchr(config->path, '/');
    char *path;
    if (*argument == NULL || (*argument)[0] == '/' || slash == NULL || cli_read_word(option->argument, FILES) < 0)
        return true;
    char **longer = realloc(layers->paths, (layers->path_count + 1) * sizeof *longer);
    if (longer == NULL)
        return cli_report_no_memory() == EXIT_DONE;
    layers->paths = longer;
    if (asprintf(&path, "%.*s/%s", (int)(slash - config->path), config->path, *argument) < 0)
        return cli_report_no_memory() == EXIT_DONE;
    layers->paths[layers->path_count++] = path;
    if (access(path, F_OK) == 0)
        *argument = path;
    return true;
}

static bool add_value(struct cli_option_layers *layers, const struct evd_config *config,
                      const struct evd_config_value *value, const struct cli_option *option)
{
    const char *argument = value->text;
    char *origin;
    if (option->argument == NULL && argument != NULL)
        return refuse(config, value, "\"%s\" is to be true or false", value->key);
    if (option->argument != NULL && argument == NULL && (option->argument[0] != '[' || !value->is_on))
        return refuse(config, value, "\"%s\" is to be a text or a number: %s", value->key, option->argument);
    if (value->is_item && !cli_option_is_added_up(option))
        return refuse(config, value, "\"%s\" takes one value%s", value->key,
                      strcmp(option->argument, "LIST") == 0 ? ": a text with commas between its names" : "");
    if (!find_file(layers, config, option, &argument))
        return false;
    if (asprintf(&origin, "%s:%llu:%llu", config->path, (unsigned long long)value->line,
                 (unsigned long long)value->column) < 0)
        origin = NULL;
    return add(layers, option->code, argument, option->argument == NULL && !value->is_on, origin);
}

static bool find_values(struct cli_option_layers *layers, const struct evd_config *config,
                        const struct cli_usage *usage, const int *codes)
{
    const size_t above = layers->count;
    for (size_t i = 0; config != NULL && i < config->count; i++) {
        const struct evd_config_value *value = &config->values[i];
        if (strcmp(value->section, usage->command) != 0)
            continue;
        const struct cli_option *option = find_option(usage, value->key);
        if (option == NULL)
            return refuse_key(config, value, usage);
        if (!is_taken(layers, usage, above, codes, option) && !add_value(layers, config, value, option))
            return false;
    }
    return true;
}

bool cli_option_layers_find(struct cli_option_layers *layers, const struct cli_usage *usage, const int *codes)
{
    *layers = (struct cli_option_layers){.count = 0};
    if (!find_words(layers, usage, codes))
        return false;
    if (!cli_config_has_command(usage->command))
        return true;
    return cli_config_files_read(&layers->files) &&
           find_values(layers, layers->files.config[CLI_CONFIG_NEAREST], usage, codes) &&
           find_values(layers, layers->files.config[CLI_CONFIG_USER], usage, codes);
}

void cli_option_layers_release(struct cli_option_layers *layers)
{
    for (size_t i = 0; i < layers->count; i++)
        free(layers->given[i].origin);
    for (size_t i = 0; i < layers->path_count; i++)
        free(layers->paths[i]);
    free(layers->given);
    free(layers->paths);
    cli_option_words_release(&layers->words);
    cli_config_files_release(&layers->files);
    *layers = (struct cli_option_layers){.count = 0};
}
