#include "cli.h"
#include "output.h"
#include "show.h"
#include "terminal.h"

enum { CONTEXT = 3 /* events, unless -C says how many */ };

enum evd_status cli_show_beside(struct evd_log *const *logs, const struct cli_show_request *request,
                                struct evd_error *error)
{
    const struct evd_log *const both[EVD_SIDES] = {logs[EVD_CANARY], logs[EVD_OURS]};
    struct cli_progress progress;
    const struct evd_diff_options options = cli_pairing_diff(&request->pairing, &progress);
    const struct evd_report_options report = {.has_color = request->has_color, .width = request->width};
    struct evd_outcome *outcome;
    struct evd_beside *beside = NULL;
    cli_progress_start(&progress, CLI_AUTO);
    enum evd_status status = evd_diff(both[EVD_CANARY], both[EVD_OURS], &options, &outcome, error);
    cli_progress_end(&progress);
    if (status == EVD_OK)
        status = evd_beside_make(both, outcome, request->is_ours ? EVD_OURS : EVD_CANARY, request->tid, request->idx,
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
    evd_outcome_free(outcome);
    return status;
}
