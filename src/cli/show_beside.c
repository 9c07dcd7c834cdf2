#include "cli.h"
#include "output.h"
#include "pager.h"
#include "saved_logs.h"
#include "show.h"
#include "terminal.h"

enum { CONTEXT = 3 /* events, unless -C says how many */ };

static enum evd_status print_beside(const struct evd_log *const both[EVD_SIDES], const struct evd_outcome *outcome,
                                    const struct cli_show_request *request, struct evd_error *error)
{
    const struct evd_report_options report = {.has_color = request->has_color, .width = request->width};
    struct evd_beside *beside = NULL;
    const enum evd_status status =
        evd_beside_make(both, outcome, request->is_ours ? EVD_OURS : EVD_CANARY, request->tid, request->idx,
                        request->has_context ? request->context : CONTEXT, &beside, error);
    if (status == EVD_OK) {
        struct cli_output out;
        if (cli_output_open(&out, NULL)) {
            struct evd_error written;
            evd_report_beside(beside, &report, cli_output_write, &out, &written);
            cli_output_commit(&out);
        }
    }
    evd_beside_free(beside);
    return status;
}

enum evd_status cli_show_beside(struct evd_log *const *logs, const struct cli_show_request *request,
                                struct evd_error *error)
{
    const struct evd_log *const both[EVD_SIDES] = {logs[EVD_CANARY], logs[EVD_OURS]};
    struct cli_progress progress;
    const struct evd_diff_options options = cli_pairing_diff(&request->pairing, &progress);
    struct evd_outcome *outcome;
    cli_progress_start(&progress, CLI_AUTO);
    enum evd_status status = evd_diff(both[EVD_CANARY], both[EVD_OURS], &options, &outcome, error);
    cli_progress_end(&progress);
    if (status == EVD_OK)
        status = print_beside(both, outcome, request, error);
    evd_outcome_free(outcome);
    return status;
}

int cli_show_outcome(struct cli_show_request *request)
{
    struct cli_saved_logs saved = {
        .rules_path = request->comparison.rules,
        .index_directory = request->index_directory,
        .foreign = &request->foreign,
        .reading = request->reading};
    struct evd_outcome *outcome;
    struct evd_error error;
    struct cli_pager pager;
    enum evd_status status = evd_saved_read(request->paths[0], &outcome, &error);
    if (status != EVD_OK)
        return cli_report_error(&error);
    saved.outcome = outcome;
    request->has_color = cli_has_color(request->color);
    request->width = cli_width();
    status = cli_saved_logs_open(&saved, &error);
    if (status == EVD_OK) {
        const struct evd_log *const both[EVD_SIDES] = {saved.logs[EVD_CANARY], saved.logs[EVD_OURS]};
        cli_pager_start(&pager, !request->has_no_pager);
        status = print_beside(both, outcome, request, &error);
        if (!cli_pager_end(&pager) && status == EVD_OK)
            status = print_beside(both, outcome, request, &error);
    }
    if (saved.warning[0] != '\0')
        cli_say("%s", saved.warning);
    cli_saved_logs_close(&saved);
    evd_outcome_free(outcome);
    return status == EVD_OK ? EXIT_DONE : cli_report_error(&error);
}
