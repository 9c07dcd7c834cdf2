/* Files of a batch's folder: each is whole or absent.
 *
 * Threads: any, on different files. */
#ifndef EVD_BATCH_FILES_H
#define EVD_BATCH_FILES_H

#include "base/buffer.h"
#include "evdiff/error.h"

/* Reads a whole file of at most `most` bytes, with `padding` zero bytes behind that do not count. *is_absent (may be NULL)
 * tells whether it is not there, which then is no error. Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_read_file(const char *path, size_t most, size_t padding, struct evd_buffer *bytes, bool *is_absent,
                              struct evd_error *error);

/* The same of a descriptor, which `path` names. */
enum evd_status evd_read_descriptor(int fd, const char *path, size_t most, size_t padding, struct evd_buffer *bytes,
                                    struct evd_error *error);

/* Writes a file beside its place, and renames it: whoever is killed, the place has the old file or the new one. It is not waited for
 * the disk, which under load takes longer than a diff; what the power takes away is noticed (record.h). What has the name beside, PATH.tmp, is
 * removed first and never written to, be it a link or a pipe. Errors: EVD_E_IO; then nothing is left. */
enum evd_status evd_write_file(const char *path, const void *bytes, size_t length, struct evd_error *error);

/* Refuses what is no regular file: a pipe in a night's folder would be waited for. Errors: EVD_E_IO. */
enum evd_status evd_expect_file(const char *path, struct evd_error *error);

/* Makes the folder at a path, with those above it. Errors: EVD_E_IO. */
enum evd_status evd_make_folders(const char *path, struct evd_error *error);

/* "folder/name", or "folder/middle/name" where middle is not NULL; false when memory runs out. */
bool evd_join(struct evd_buffer *path, const char *folder, const char *middle, const char *name);

/* What a name leads to from a folder: "folder/name", or the name where it begins with a slash; false when memory runs out. */
bool evd_path_from(struct evd_buffer *path, const char *folder, const char *name);

#endif
