/* Diff: evd_diff for the layers inside, with more than the outcome. */
#ifndef EVD_DIFF_DIFF_H
#define EVD_DIFF_DIFF_H

#include "evdiff/diff.h"
#include "walk/matched.h"

/* As evd_diff. *matched: what matches in each of the outcome's pairs, those whose names break the renaming
 * included; the caller frees it with evd_matched_free. NULL when the rules have no names, and on failure. */
enum evd_status evd_diff_matched(const struct evd_log *canary, const struct evd_log *ours,
                                 const struct evd_diff_options *options, struct evd_outcome **outcome,
                                 struct evd_matched **matched, struct evd_error *error);

#endif
