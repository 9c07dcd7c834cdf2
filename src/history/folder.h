/* Folder: a night's folder, as evdiff batch leaves it, read as facts. Outcomes are read, and no log. */
#ifndef EVD_HISTORY_FOLDER_H
#define EVD_HISTORY_FOLDER_H

#include "history/facts.h"

/* The name of the night in a folder, kept in the arena. Errors: EVD_E_IO, EVD_E_INPUT, EVD_E_NO_MEMORY. */
enum evd_status evd_folder_label(struct evd_arena *arena, const char *folder, const char **label,
                                 struct evd_error *error);

/* Reads a night; *facts is to be released in any case. With `names`, in order, only the jobs of these names. Errors: as above. */
enum evd_status evd_folder_read(const char *folder, const char *const *names, size_t name_count,
                                struct evd_night_facts *facts, struct evd_error *error);

#endif
