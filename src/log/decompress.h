/* Decompress: zstd and gzip, also several frames or members in a row.
 *
 * Threads: all functions may be called from any thread. */
#ifndef EVD_LOG_DECOMPRESS_H
#define EVD_LOG_DECOMPRESS_H

#include "evdiff/error.h"
#include "log/memory.h"
#include "log/source.h"

/* What the first bytes tell. */
enum evd_compression evd_compression_of(const char *bytes, size_t length);

/* The name of a program whose format the first bytes are, but which is not unpacked here: "xz", "bzip2"; NULL when
 * they are of none. */
const char *evd_foreign_compression(const char *bytes, size_t length);

/* Unpacks all of a stream into `memory`, which is empty but may have a limit. Errors, without a path: EVD_E_IO for a
 * damaged stream or one that ends early, EVD_E_NO_MEMORY, EVD_E_LIMIT for one that has, or claims to have, more text
 * than the limit; then memory is to be released all the same.
 * Cost: linear; what is reserved beyond the text is not touched. */
enum evd_status evd_decompress(enum evd_compression compression, const char *bytes, size_t length,
                               struct evd_memory *memory, struct evd_error *error);

#endif
