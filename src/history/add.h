/* Add: takes a night into a history, wherever it belongs.
 *
 * A night that comes last, which is how it mostly is, extends spans or begins them. Where a night comes before others, or what a night says of a
 * job has changed, the spans of the jobs it is about are made anew, of the facts of all nights, which a reader provides. So a
 * history is a function of the nights that are in it, in whatever order they came. */
#ifndef EVD_HISTORY_ADD_H
#define EVD_HISTORY_ADD_H

#include "history/database.h"
#include "history/facts.h"

/* Reads a night as evd_folder_read does. */
struct evd_night_reader {
    enum evd_status (*read)(void *context, const char *folder, const char *const *names, size_t name_count,
                            struct evd_night_facts *facts, struct evd_error *error);
    void *context;
};

enum evd_night_change { EVD_NIGHT_UNCHANGED, EVD_NIGHT_CHANGED, EVD_NIGHT_ADDED };

/* In one transaction: on failure nothing has changed. `facts` has all jobs of the night. */
enum evd_status evd_history_add(struct evd_history *history, const struct evd_night_facts *facts,
                                const struct evd_night_reader *reader, enum evd_night_change *change,
                                struct evd_error *error);

#endif
