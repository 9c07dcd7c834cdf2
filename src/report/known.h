/* What a ledger says of families, in words that reports share. Without a ledger all of it is as if nothing were known. */
#ifndef EVD_REPORT_KNOWN_H
#define EVD_REPORT_KNOWN_H

#include "base/buffer.h"
#include "evdiff/report.h"

/* What a ledger says of a family; NULL: nothing. */
const struct evd_listed_family *evd_known_of(const struct evd_known *known, size_t family);

/* The families that a report tells first, by their place from 0: those that the ledger leaves to be looked at, else the root families;
 * and how many there are. */
size_t evd_told_count(const struct evd_outcome *outcome, const struct evd_known *known);
size_t evd_told_family(const struct evd_known *known, size_t place);

/* Whether a ledger's line lists it as a bug, or as what comes and goes, and nothing about it is to be looked at. */
bool evd_is_known_bug(const struct evd_known *known, size_t family);

/* "by the ledger 1 new, 1 regressed, 3 known, 40 noise" */
void evd_describe_known_counts(struct evd_buffer *out, const struct evd_known *known);

/* "by the ledger 2 families to look at" */
void evd_describe_told(struct evd_buffer *out, const struct evd_known *known);

/* "2027-02-01" */
enum { EVD_DAY_BYTES = 16 };
void evd_spell_day(uint32_t day, char text[EVD_DAY_BYTES]);

/* "regressed, listed as fixed; https://bugs/771; allocator", in one line. */
void evd_describe_known(struct evd_buffer *out, const struct evd_listed_family *known);

/* "known until 2027-02-01; https://bugs/812; owner mk; overlapped reads complete at once": the line alone. */
void evd_describe_known_line(struct evd_buffer *out, const struct evd_listed_family *known);

#endif
