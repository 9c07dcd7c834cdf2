/* Breaks: what breaks the renaming of names, as divergences among the others of a pair. */
#ifndef EVD_NAMES_BREAKS_H
#define EVD_NAMES_BREAKS_H

#include "align/recorder.h"
#include "names/name_break.h"

/* Reads the two events of a break again, which the walker's cursors stand at, and tells in walker->difference which
 * names break it. Errors: as evd_walk. */
enum evd_status evd_name_break_read(const struct evd_name_break *break_, struct evd_walker *walker,
                                    struct evd_error *error);

/* Adds what breaks the renaming to the recorder's list, in its place by ranks; the recorder's walker is aimed at the
 * pair. Errors: as evd_walk. Cost: parses the events of each break and those before. */
enum evd_status evd_breaks_add(const struct evd_name_break_list *breaks, struct evd_recorder *recorder,
                               struct evd_error *error);

#endif
