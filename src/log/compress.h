/* Compress: bytes to zstd as they come.
 *
 * Threads: one packer, one thread at a time. */
#ifndef EVD_LOG_COMPRESS_H
#define EVD_LOG_COMPRESS_H

#include "evdiff/import.h"

struct evd_packer;

/* Packs what evd_packer_write is given, and hands it to `write`. NULL when memory runs out; destroy takes NULL too. */
struct evd_packer *evd_packer_create(evd_import_write *write, void *context);
void evd_packer_destroy(struct evd_packer *packer);

/* An evd_import_write for a struct evd_packer. False when `write` was, or memory ran out. */
bool evd_packer_write(void *packer, const char *bytes, size_t length);

/* Ends the stream; false as above. */
bool evd_packer_finish(struct evd_packer *packer);

#endif
