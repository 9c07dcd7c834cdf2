/* evdiff show: prints an event and its neighbours in its thread. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "options.h"

enum { OPTION_TID = 256, OPTION_IDX };

static const struct cli_option OPTIONS[] = {
    {OPTION_TID, "tid", "T", "the thread"},
    {OPTION_IDX, "idx", "N", "the event's tid_event_idx"},
    {'C', "context", "LINES", "print so many events before and after it; default: 0"},
    {0},
};

static const struct cli_usage USAGE = {
    .command = "show",
    .synopsis = "evdiff show LOG --tid T --idx N [-C LINES]",
    .summary = "Print an event as the log has it, and its neighbours in its thread.",
    .options = OPTIONS,
    .epilogue = "With -C the event itself is marked with '>'.\n"
                "Exit status: 0 done; 2 no such event, or the log can't be read.",
};

struct request {
    const char *path;
    int64_t tid, idx;
    bool has_tid, has_idx;
    uint64_t context;
};

static bool read_integer(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 0);
    *value = number;
    return errno == 0 && end != text && *end == '\0';
}

static int print_events(const struct evd_log *log, const struct request *request)
{
    struct evd_error error;
    uint64_t position;
    if (evd_log_find(log, request->tid, request->idx, &position, &error) != EVD_OK)
        return cli_report_error(&error);
    const uint64_t before = position < request->context ? position : request->context;
    for (uint64_t i = position - before; i <= position + request->context; i++) {
        const char *text;
        size_t length;
        if (!evd_log_line(log, request->tid, i, &text, &length))
            break;
        if (request->context > 0)
            fputs(i == position ? "> " : "  ", stdout);
        fwrite(text, 1, length, stdout);
        putchar('\n');
    }
    return EXIT_DONE;
}

static int show(const struct request *request)
{
    struct evd_rules *rules;
    struct evd_log *log;
    struct evd_error error;
    if (evd_rules_load(NULL, NULL, &rules, &error) != EVD_OK)
        return cli_report_error(&error);
    int code;
    if (evd_logs_open(&request->path, 1, rules, NULL, &log, NULL, NULL, NULL, &error) == EVD_OK)
        code = print_events(log, request);
    else
        code = cli_report_error(&error);
    evd_log_free(log);
    evd_rules_free(rules);
    return cli_finish_output(code);
}

static int run_show(int argc, char **argv)
{
    struct request request = {0};
    int option;
    while ((option = cli_next_option(&USAGE, argc, argv)) != CLI_OPTION_END) {
        switch (option) {
        case OPTION_TID:
            request.has_tid = read_integer(optarg, &request.tid);
            if (!request.has_tid)
                return cli_usage_error("show", "--tid: '%s' is no integer", optarg);
            break;
        case OPTION_IDX:
            request.has_idx = read_integer(optarg, &request.idx);
            if (!request.has_idx)
                return cli_usage_error("show", "--idx: '%s' is no integer", optarg);
            break;
        case 'C':
            if (!cli_read_number(optarg, 0, INT64_MAX / 2, &request.context))
                return cli_usage_error("show", "--context: '%s' is no number of events", optarg);
            break;
        case CLI_OPTION_HELP:
            return cli_finish_output(EXIT_DONE);
        default:
            return EXIT_TROUBLE;
        }
    }
    if (argc - optind != 1)
        return cli_usage_error("show", "one log is needed");
    if (!request.has_tid || !request.has_idx)
        return cli_usage_error("show", "--tid and --idx are needed");
    request.path = argv[optind];
    return show(&request);
}

const struct cli_command cli_show = {"show", "print an event and its neighbours", run_show};
