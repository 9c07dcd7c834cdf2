/* evdiff config: tells where the values of a command's options come from. */
#include <getopt.h>

#include "cli.h"
#include "config_files.h"
#include "options.h"

static const struct cli_option OPTIONS[] = {CLI_OPTIONS_END};

static const struct cli_usage USAGE = {
    .command = "config",
    .synopsis = "evdiff config [COMMAND]...",
    .summary =
        "Tell the options of the commands (default: diff), the value of each where one is set other than on the command line,\n"
        "and by what: a line of a configuration file, EVDIFF_OPTS, or nothing (default).",
    .options = OPTIONS,
    .epilogue =
        "The command line goes before EVDIFF_OPTS, that before the nearest .evdiff.toml from the current folder upwards,\n"
        "that before $XDG_CONFIG_HOME/evdiff/config.toml. EVDIFF_CONFIG names one file instead of both, or none.",
};

/* The files that are read, as comments, so that the rest is all that is set. */
static bool print_files(void)
{
    static const char *const NAMES[] = {[CLI_CONFIG_USER] = "user's own", [CLI_CONFIG_NEAREST] = "nearest"};
    struct cli_config_files files;
    const bool is_read = cli_config_files_read(&files);
    for (int place = CLI_CONFIG_PLACES - 1; is_read && place >= 0; place--)
        cli_print_line("# %s: %s%s", NAMES[place], files.path[place] != NULL ? files.path[place] : "none",
                       files.path[place] != NULL && files.config[place] == NULL ? " (is not there)" : "");
    const struct evd_config *config = files.config[CLI_CONFIG_USER];
    for (size_t i = 0; is_read && config != NULL && i < config->count; i++)
        if (config->values[i].section[0] == '\0')
            cli_print_line("pager = %s  (%s:%llu:%llu)", config->values[i].text, config->path,
                           (unsigned long long)config->values[i].line, (unsigned long long)config->values[i].column);
    cli_config_files_release(&files);
    return is_read;
}

static int print_command(const char *name)
{
    char word[64] = "";
    for (size_t i = 0; name[i] != '\0' && i + 1 < sizeof word; i++)
        word[i] = name[i];
    char *words[] = {word, NULL};
    cli_want_config();
    return cli_find_command(name)->run(1, words);
}

static int run(int argc, char **argv)
{
    int code;
    if (!cli_read_options(&USAGE, argc, argv, NULL, &code))
        return code;
    const int first = optind;
    for (int i = first; i < argc; i++)
        if (cli_find_command(argv[i]) == NULL || !cli_config_has_command(argv[i]))
            return cli_usage_error("config", "'%s' is no command that takes options from a configuration", argv[i]);
    if (!print_files())
        return EXIT_TROUBLE;
    if (first == argc)
        return print_command("diff");
    code = EXIT_DONE;
    for (int i = first; i < argc && code == EXIT_DONE; i++)
        code = print_command(argv[i]);
    return code;
}

const struct cli_command cli_config = {"config", "tell where the values of options come from", run};
