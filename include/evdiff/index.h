/* Saved indexes: what reading a log found, in a file beside it, so that the next diff reads no text.
 *
 * docs/saved-index.md describes the file and when it fits its log. Whether evd_logs_open uses one is
 * evd_read_options::index.
 *
 * Threads: all functions may be called from any thread; see evd_index_write for files. */
#ifndef EVDIFF_INDEX_H
#define EVDIFF_INDEX_H

#include "evdiff/log.h"
#include "evdiff/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a log's index may be, by `which` from 0, the first choice first: the one place in `directory`
 * when that is not NULL; else beside the log, then in $XDG_CACHE_HOME/evdiff (~/.cache/evdiff). False
 * when there is no such place, or its path is too long. `path` has room for EVD_PATH_MAX bytes. */
bool evd_index_place(const char *log_path, const char *directory, size_t which, char *path);

/* True for a log that can have an index: a regular file, not a pipe or a device. */
bool evd_index_is_possible(const struct evd_log *log);

/* Whether a new index may take the place of what is at `path`: nothing, an empty file or an index. Errors:
 * EVD_E_INDEX when it is something else, also a pipe or a device, which are not opened; EVD_E_IO when it can't be read. */
enum evd_status evd_index_may_replace(const char *path, struct evd_error *error);

/* Writes the index of an open log through `write`; to be put in its place whole, by renaming, since
 * another process may be mapping the file that is there. Errors: EVD_E_INDEX for a log that can have
 * none (a pipe or a device), EVD_E_IO when `write` returned false or the log can no longer be read, EVD_E_NO_MEMORY. The same bytes
 * whatever the number of threads that read the log. Cost: linear in the events, and reads the log
 * as it is stored once more. */
enum evd_status evd_index_write(const struct evd_log *log, evd_write *write, void *context, struct evd_error *error);

/* Checks all of the index of a log, not only what a diff would touch, and that all of the log, as it is stored, is what
 * the index was made from; with `is_quick` of the log only what every diff compares: its size, its times and 64 blocks
 * of it. `import`: as one of evd_read_options::imports. *path (EVD_PATH_MAX bytes) becomes the index's place. Errors: EVD_E_INDEX when there is none that fits or it
 * is damaged; EVD_E_IO; EVD_E_NO_MEMORY. Cost: linear in the stored bytes; with `is_quick` in the events. */
enum evd_status evd_index_check(const char *log_path, const struct evd_import *import, const struct evd_rules *rules,
                                const char *directory, bool is_quick, char *path, struct evd_error *error);

/* Removes the index at `path`, as evd_index_place gave it. *is_removed is false when none was there.
 * Errors: EVD_E_INDEX when the file is no index, which is then left alone; EVD_E_IO. */
enum evd_status evd_index_remove(const char *path, bool *is_removed, struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
