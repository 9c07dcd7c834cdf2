/* Breaks: what differs in events that the walk took for matching, as divergences among the others of a pair: names that
 * break the renaming, and nulls under a mark. */
#ifndef EVD_NAMES_BREAKS_H
#define EVD_NAMES_BREAKS_H

#include "align/recorder.h"
#include "names/name_break.h"

/* Reads the two events of a break again, which the walker's cursors stand at, and tells in walker->difference which
 * names break it. Errors: as evd_walk. */
enum evd_status evd_name_break_read(const struct evd_name_break *break_, struct evd_walker *walker,
                                    struct evd_error *error);

/* Adds what breaks the renaming, and nulls, to the recorder's list, each in its place by ranks; two events in which
 * there is both are one divergence, of the names. The recorder's walker is aimed at the pair. Errors: as evd_walk. Cost:
 * parses the events of each and those before. */
enum evd_status evd_breaks_add(const struct evd_name_break_list *breaks, const struct evd_null_list *nulls,
                               struct evd_recorder *recorder, struct evd_error *error);

#endif
