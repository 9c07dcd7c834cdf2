/* Compress: bytes to zstd as they come.
 *
 * Threads: one packer, one thread at a time. */
#ifndef EVD_BASE_COMPRESS_H
#define EVD_BASE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct evd_packer;

/* Takes the next `length` bytes, at least 1; false: no more of them. */
typedef bool evd_packed_write(void *context, const char *bytes, size_t length);

/* Packs what evd_packer_write is given, in frames of 4 MiB of text that say so, which several threads can unpack at once
 * (base/frames.h), and hands them to `write`. NULL when memory runs out; destroy takes NULL too. */
struct evd_packer *evd_packer_create(evd_packed_write *write, void *context);
void evd_packer_destroy(struct evd_packer *packer);

/* An evd_packed_write for a struct evd_packer. False when `write` was, or memory ran out. */
bool evd_packer_write(void *packer, const char *bytes, size_t length);

/* Ends the stream; false as above. */
bool evd_packer_finish(struct evd_packer *packer);

/* Packs a whole text, of at least 0 bytes, behind what *packed has: a stream of its own, of which `write` sees nothing. One packer
 * takes one text after the other, which for small ones takes half the time of a packer each. False when memory runs out. */
bool evd_packer_pack(struct evd_packer *packer, const char *bytes, size_t length, struct evd_buffer *packed);

#endif
