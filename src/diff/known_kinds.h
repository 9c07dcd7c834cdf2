/* Known kinds: whether rules say anything of the kinds of events that logs have. */
#ifndef EVD_DIFF_KNOWN_KINDS_H
#define EVD_DIFF_KNOWN_KINDS_H

#include "evdiff/diff.h"
#include "log/log.h"

/* True when the logs have events, and none is of a kind that a rule is about; for rules that ask for kinds by conditions the
 * first few events of both logs stand for all. Cost: linear in the rules; reads these events where no other rule tells. */
bool evd_knows_no_kind(const struct evd_log *const log[EVD_SIDES]);

/* EVD_E_NO_MAPPING, where that is so: says the first kinds, and which of the other rules of `options` know them. Reads a few events
 * of both logs. */
enum evd_status evd_fail_unknown_kinds(const struct evd_log *const log[EVD_SIDES],
                                       const struct evd_diff_options *options, struct evd_error *error);

#endif
