/* Filters: which divergences a report for people tells. */
#ifndef EVD_REPORT_FILTER_H
#define EVD_REPORT_FILTER_H

#include "evdiff/report.h"
#include "outcome/places.h"

/* True when it leaves something out, be there a limit or not. */
bool evd_filter_is_set(const struct evd_report_filter *filter);

/* True when a divergence is told. */
bool evd_filter_takes(const struct evd_report_filter *filter, const struct evd_outcome *outcome, size_t pair,
                      size_t divergence);

/* Whether the signature of a family begins with 1 to 16 hexadecimal digits; its id is the first 8 of them. */
bool evd_begins_family(const char *digits, const struct evd_family *family);

/* The place at which a family is told: the most suspicious one, else its first one, else the first one that the filter
 * takes; false when it takes none. `places` are the outcome's; without a filter that is set they are not looked at. Cost: linear in
 * the family's divergences. */
bool evd_filter_place(const struct evd_report_filter *filter, const struct evd_outcome *outcome,
                      const struct evd_places *places, size_t family, struct evd_place *place);

/* True when the thread is told: it is the filter's, or one of its divergences is taken. */
bool evd_filter_takes_pair(const struct evd_report_filter *filter, const struct evd_outcome *outcome, size_t pair);

#endif
