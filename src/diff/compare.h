/* Compare: two events, exactly, by the rules; the slow twin of comparing their keys. */
#ifndef EVD_DIFF_COMPARE_H
#define EVD_DIFF_COMPARE_H

#include "diff/reader.h"

/* True when the events compare equal; else `description` says what differs, in Python's spelling. The
 * order of the search: the kind; the kind's priority fields; canary's payload in order; what only ours
 * has. Memory that runs out is kept in description->failed. */
bool evd_compare(const struct evd_event_view *canary, const struct evd_event_view *ours,
                 struct evd_buffer *description);

#endif
