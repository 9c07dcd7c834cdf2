/* Alone: events of a gap that need no counterpart, by the rules, are absorbed before the gap is taken apart.
 *
 * Ownership and threads: as align/gap.h. */
#ifndef EVD_ALIGN_ALONE_H
#define EVD_ALIGN_ALONE_H

#include "align/gap.h"

/* As evd_gap_classify, of what absorbers leave of the gap; what they take is counted as absorbed. Errors: the same. Cost:
 * the same, and asks each event of the gap where there are such absorbers (rules/absorber.h). */
enum evd_status evd_gap_classify_rest(struct evd_gaps *gaps, const struct evd_gap *gap, struct evd_error *error);

#endif
