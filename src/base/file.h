/* File: opening one to read, and reading from a place in it. */
#ifndef EVD_BASE_FILE_H
#define EVD_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "evdiff/error.h"

/* Opens a file to read. Opening a FIFO waits for its writer, and a signal does not end the wait. -1 with errno. Any
 * thread may call it. */
int evd_file_open(const char *path);

/* Copies `size` bytes of an open file from `offset` on. Returns how many could be read: fewer where the file ends
 * or its device fails. Any thread may call it. */
size_t evd_file_read(int fd, uint64_t offset, void *bytes, size_t size);

/* Appends a file or what a pipe has to `text`, which the caller releases; it stops once there are more than `limit` bytes,
 * which the caller refuses. `what` it should have been, for messages. Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_file_read_text(const char *path, const char *what, size_t limit, struct evd_buffer *text,
                                   struct evd_error *error);

#endif
