#include "ledgers.h"

#include <getopt.h>
#include <string.h>
#include <time.h>

#include "cli.h"

bool cli_ledgers_add(struct cli_ledgers *ledgers, const char *command, const char *path)
{
    if (ledgers->count == EVD_LEDGER_FILES_MAX) {
        cli_usage_error(command, "at most %d ledgers can be given", EVD_LEDGER_FILES_MAX);
        return false;
    }
    ledgers->paths[ledgers->count++] = path;
    return true;
}

void cli_ledgers_list(const struct cli_ledgers *ledgers, struct cli_run_paths *paths)
{
    for (size_t i = 0; i < ledgers->count; i++)
        cli_run_paths_read(paths, "the file of --known", ledgers->paths[i]);
}

int cli_ledgers_read(struct cli_ledgers *ledgers)
{
    struct evd_error error;
    if (ledgers->count == 0 || evd_ledger_read(ledgers->paths, ledgers->count, &ledgers->ledger, &error) == EVD_OK)
        return EXIT_DONE;
    return cli_report_error(&error);
}

int cli_ledgers_judge(struct cli_ledgers *ledgers, const struct evd_outcome *outcome, const char *job)
{
    struct evd_error error;
    const struct evd_report_options named = {.job = job};
    /* What is in one run is all that is known of tonight: a root is new at once. */
    const struct evd_night_of_job night = {
        .job = evd_report_job(outcome, &named),
        .outcomes = &outcome,
        .outcome_count = 1,
        .today = cli_today(),
        .confirm = 1,
    };
    if (ledgers->count == 0)
        return EXIT_DONE;
    if (evd_judge(ledgers->ledger, &night, &ledgers->judgement, &error) == EVD_OK &&
        evd_known_make(ledgers->judgement, outcome, &ledgers->known, &error) == EVD_OK)
        return EXIT_DONE;
    return cli_report_error(&error);
}

bool cli_read_job(const char *command, const char **job)
{
    *job = optarg;
    if (optarg[strspn(optarg, " ")] != '\0')
        return true;
    cli_usage_error(command, "--job: the name is blank");
    return false;
}

evd_day cli_today(void)
{
    const time_t now = time(NULL);
    struct tm day;
    if (localtime_r(&now, &day) == NULL)
        return 0;
    return (evd_day)((day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday);
}

void cli_ledgers_free(struct cli_ledgers *ledgers)
{
    evd_known_free(ledgers->known);
    evd_judgement_free(ledgers->judgement);
    evd_ledger_free(ledgers->ledger);
    *ledgers = (struct cli_ledgers){.count = 0};
}
