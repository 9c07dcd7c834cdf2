/* File: reading from a place in it. */
#ifndef EVD_BASE_FILE_H
#define EVD_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Copies `size` bytes of an open file from `offset` on. Returns how many could be read: fewer where the file ends
 * or its device fails. Any thread may call it. */
size_t evd_file_read(int fd, uint64_t offset, void *bytes, size_t size);

#endif
