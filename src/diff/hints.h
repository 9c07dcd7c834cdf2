/* Hints: what another way of diffing would see better, as far as an outcome shows it. */
#ifndef EVD_DIFF_HINTS_H
#define EVD_DIFF_HINTS_H

#include "base/arena.h"
#include "evdiff/diff.h"
#include "pair/chosen.h"
#include "rules/rules.h"

/* Lists outcome->hints; the outcome is complete but for them.
 *
 *   EVD_HINT_SIMILARITY   threads were paired by first call, and EVD_HINT_PAIRS pairs or more, at least one in
 *                         EVD_HINT_PAIRS_SHARE of all, diverge with fewer than EVD_HINT_EVENTS events matched
 *   EVD_HINT_UNPAIRED     threads were paired by first call, and evd_leaves_much_unpaired
 *   EVD_HINT_KINDS        something differs, and evd_knows_no_kind
 *   EVD_HINT_RULES        other rules see past at least one in EVD_HINT_VALUES_SHARE of the divergences of value, and past
 *                         more than the rules of this diff would: their field is skipped or a name, and both values are
 *                         in the range of its class. At least one of them is in a call that these rules name
 *
 *   EVD_HINT_CONTROL      something differs, and a control run leaves at least EVD_HINT_CONTROL_TIMES times as many events of the log of its side unmatched
 *                         as the other log does, and at least one in EVD_HINT_CONTROL_SHARE. Of several the first that leaves the
 *                         largest share
 *
 *   EVD_HINT_THREADS      something differs, and a rule of threads finds nothing that it knows threads by in a log: it pairs none then, or,
 *                         when it asks for creations, those of a log of several threads by their order alone. Not one whose threads
 *                         may be missing
 *
 * What is found goes to `arena`. Errors: EVD_E_NO_MEMORY; EVD_E_ARGUMENT when other rules have no name or are NULL. Cost: linear in the pairs; with other rules in the
 * divergences, times the name rules about a call. */
enum evd_status evd_find_hints(struct evd_outcome *outcome, const struct evd_log *const log[EVD_SIDES],
                               const struct evd_diff_options *options, const struct evd_rules *rules,
                               const struct evd_chosen_pairs *chosen, struct evd_arena *arena, struct evd_error *error);

enum {
    EVD_HINT_EVENTS = 4,
    EVD_HINT_PAIRS = 3,
    EVD_HINT_PAIRS_SHARE = 4,
    EVD_HINT_VALUES_SHARE = 2,
    EVD_HINT_CONTROL_TIMES = 4, /* correct runs differ from each other, but not by an order of magnitude */
    EVD_HINT_CONTROL_SHARE = 16,
};

#endif
