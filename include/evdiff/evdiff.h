/* evdiff: where two engines' event logs of the same program first part.
 *
 *     struct evd_rules *rules;
 *     struct evd_log *logs[2];
 *     struct evd_outcome *outcome;
 *     struct evd_error error;
 *     evd_rules_load(NULL, NULL, &rules, &error);
 *     evd_logs_open(paths, 2, rules, NULL, logs, NULL, NULL, NULL, &error);
 *     evd_diff(logs[0], logs[1], NULL, &outcome, &error);
 *     evd_report_write(outcome, "text", NULL, write, context, &error);
 *
 * For many diffs by the same rules, evd_session_open makes once what evd_diff makes for each (evdiff/diff.h).
 *
 * A call needs at most 256 KiB of its thread's stack, however deep values nest.
 *
 * Each call returns an enum evd_status; EVD_OK is 0. Free the outcome, the logs, then the rules. version.h says what a
 * new version may change. */
#ifndef EVDIFF_EVDIFF_H
#define EVDIFF_EVDIFF_H

#include "evdiff/batch.h"
#include "evdiff/config.h"
#include "evdiff/diff.h"
#include "evdiff/error.h"
#include "evdiff/history.h"
#include "evdiff/import.h"
#include "evdiff/index.h"
#include "evdiff/judge.h"
#include "evdiff/learn.h"
#include "evdiff/ledger.h"
#include "evdiff/log.h"
#include "evdiff/outcome.h"
#include "evdiff/progress.h"
#include "evdiff/report.h"
#include "evdiff/rules.h"
#include "evdiff/saved.h"
#include "evdiff/selftest.h"
#include "evdiff/text.h"
#include "evdiff/version.h"

#endif
